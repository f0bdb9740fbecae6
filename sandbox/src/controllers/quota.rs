//! What quotas count.

use super::action::{Action, QUOTAS};
use crate::object::edit::{list, map};
use crate::object::quantity::Quantity;
use crate::object::{pod, text};
use serde_json::{Map, Value, json};

/// What a quota counts by one of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// How many objects of a resource there are: group and plural name.
    Objects(String, String),
    /// A sum over pods: `requests` or `limits`, and the resource.
    Pods(&'static str, String),
    /// The storage that claims ask for, of a class where one is named.
    Storage(Option<String>),
    /// How many claims there are of a class.
    Claims(String),
    /// How many services are of a type.
    Services(&'static str),
    /// Nothing that is known here.
    Unknown,
}

/// What a key of `spec.hard` counts.
#[must_use]
pub fn counted(key: &str) -> Counted {
    if let Some(rest) = key.strip_prefix("count/") {
        let (resource, group) = rest.split_once('.').unwrap_or((rest, ""));
        return Counted::Objects(group.to_owned(), resource.to_owned());
    }
    if let Some((class, what)) = key.split_once(".storageclass.storage.k8s.io/") {
        return match what {
            "requests.storage" => Counted::Storage(Some(class.to_owned())),
            "persistentvolumeclaims" => Counted::Claims(class.to_owned()),
            _ => Counted::Unknown,
        };
    }
    match key {
        "pods"
        | "services"
        | "configmaps"
        | "secrets"
        | "persistentvolumeclaims"
        | "replicationcontrollers"
        | "resourcequotas" => Counted::Objects(String::new(), key.to_owned()),
        "services.nodeports" => Counted::Services("NodePort"),
        "services.loadbalancers" => Counted::Services("LoadBalancer"),
        "requests.storage" => Counted::Storage(None),
        "cpu" | "memory" | "ephemeral-storage" => Counted::Pods("requests", key.to_owned()),
        _ => match (key.strip_prefix("requests."), key.strip_prefix("limits.")) {
            (Some(resource), _) => Counted::Pods("requests", resource.to_owned()),
            (_, Some(resource)) => Counted::Pods("limits", resource.to_owned()),
            _ => Counted::Unknown,
        },
    }
}

fn zero() -> Option<Quantity> {
    Quantity::parse("0").ok()
}

fn sum<'a>(amounts: impl Iterator<Item = &'a Value>) -> Option<Quantity> {
    let amounts = amounts.filter_map(|amount| match amount {
        Value::String(text) => Quantity::parse(text).ok(),
        Value::Number(number) => Quantity::parse(&number.to_string()).ok(),
        _ => None,
    });
    amounts.fold(zero(), |sum, amount| sum.map(|sum| sum.plus(&amount)))
}

/// The sum of what pods that have not ended ask for.
#[must_use]
pub fn of_pods(pods: &[Value], which: &str, resource: &str) -> Option<Quantity> {
    let containers =
        pods.iter().filter(|one| !pod::terminal(one)).flat_map(|one| list(one, &["spec", "containers"]));
    sum(containers.filter_map(|container| map(container, &["resources", which])?.get(resource)))
}

/// The sum of what claims of a class ask for.
#[must_use]
pub fn of_claims(claims: &[Value], class: Option<&str>) -> Option<Quantity> {
    let mine = claims
        .iter()
        .filter(|claim| class.is_none_or(|class| text(claim, &["spec", "storageClassName"]) == class));
    sum(mine.filter_map(|claim| map(claim, &["spec", "resources", "requests"])?.get("storage")))
}

/// The quota's status with these amounts.
#[must_use]
pub fn plan(quota: &Value, used: Map<String, Value>) -> Option<Action> {
    let hard = map(quota, &["spec", "hard"]).cloned().unwrap_or_default();
    Action::status_of(QUOTAS, quota, json!({"hard": hard, "used": used}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_what_is_counted() {
        assert_eq!(counted("pods"), Counted::Objects(String::new(), "pods".into()));
        assert_eq!(counted("count/deployments.apps"), Counted::Objects("apps".into(), "deployments".into()));
        assert_eq!(counted("limits.memory"), Counted::Pods("limits", "memory".into()));
        assert_eq!(
            counted("gold.storageclass.storage.k8s.io/requests.storage"),
            Counted::Storage(Some("gold".into()))
        );
        assert_eq!(counted("x"), Counted::Unknown);
    }

    #[test]
    fn requests_are_summed_over_pods_that_have_not_ended() {
        let pod = |phase: &str, cpu: &str| json!({"status": {"phase": phase}, "spec": {"containers": [{"resources": {"requests": {"cpu": cpu}}}]}});
        let pods = [pod("Running", "250m"), pod("Pending", "1"), pod("Failed", "4")];
        assert_eq!(of_pods(&pods, "requests", "cpu").map(|sum| sum.to_string()).as_deref(), Some("1250m"));
        assert_eq!(of_pods(&pods, "limits", "cpu").map(|sum| sum.to_string()).as_deref(), Some("0"));
    }
}
