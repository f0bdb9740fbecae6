//! Disruption budgets: how many pods may go, as `pkg/controller/disruption` counts.

use super::action::{Action, BUDGETS, Note};
use super::hash::scaled;
use crate::object::edit::{deleting, int, list, map, omit_empty, set_condition, stamp, time};
use crate::object::{name, pod, text};
use jiff::Timestamp;
use serde_json::{Value, json};
use skiff_compact::Order;

/// How long an evicted pod may take to go, in seconds.
const EVICTION: i64 = 120;

/// What is to be done for a budget: the pods it selects, and the sum of their controllers' sizes, which is `None` where
/// some pod has a controller that is not found.
#[must_use]
pub fn plan(budget: &Value, pods: &[Value], controlled: Option<i64>, now: Timestamp) -> Vec<Action> {
    let mut actions = Vec::new();
    if pods.is_empty() {
        let note = Note::normal("controllermanager", budget, "NoPods", "No matching pods found");
        actions.push(Action::Tell(note));
    }
    let spec = &budget["spec"];
    let count = i64::try_from(pods.len()).unwrap_or(0);
    let counts = match (spec.get("maxUnavailable"), spec.get("minAvailable")) {
        (Some(most), _) if !most.is_null() => {
            controlled.map(|all| (all, (all - scaled(Some(most), all, true)).max(0)))
        }
        (_, Some(least)) if least.is_number() => Some((count, least.as_i64().unwrap_or(0))),
        (_, Some(least)) => controlled.map(|all| (all, scaled(Some(least), all, true))),
        _ => Some((0, 0)),
    };
    let Some((expected, desired)) = counts else {
        let who = pods.first().map_or("", name);
        let message = format!("found no controllers for pod {who:?}");
        let text = format!("Failed to calculate the number of expected pods: {message}");
        actions.push(Action::Tell(Note::warning(
            "controllermanager",
            budget,
            "CalculateExpectedPodCountFailed",
            text,
        )));
        let mut status = budget["status"].clone();
        status["disruptionsAllowed"] = 0.into();
        put(&mut status, "False", "SyncFailed", &message, now);
        actions.extend(Action::status_of(BUDGETS, budget, status));
        return actions;
    };
    let (evicted, again) = evicted(budget, pods, now);
    let healthy =
        pods.iter().filter(|one| !deleting(one) && pod::ready(one) && evicted.get(name(one)).is_none());
    let healthy = i64::try_from(healthy.count()).unwrap_or(0);
    let allowed = if expected <= 0 { 0 } else { (healthy - desired).max(0) };
    let generation = budget["metadata"]["generation"].clone();
    let mut status = json!({
        "currentHealthy": healthy, "desiredHealthy": desired, "expectedPods": expected,
        "disruptionsAllowed": allowed, "observedGeneration": generation, "disruptedPods": evicted,
        "conditions": list(budget, &["status", "conditions"]),
    });
    omit_empty(&mut status, &["disruptedPods"]);
    let (value, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    put(&mut status, value, reason, "", now);
    actions.extend(Action::status_of(BUDGETS, budget, status));
    actions.extend(again.map(Action::again));
    actions
}

fn put(status: &mut Value, value: &str, reason: &str, message: &str, now: Timestamp) {
    let mut conditions = list(status, &["conditions"]).to_vec();
    let mut condition = json!({
        "type": "DisruptionAllowed", "status": value, "reason": reason, "message": message,
        "lastTransitionTime": stamp(now),
    });
    if let Some(generation) = int(status, &["observedGeneration"]) {
        condition["observedGeneration"] = generation.into();
    }
    set_condition(&mut conditions, condition);
    status["conditions"] = conditions.into();
}

/// Pods whose eviction was granted and that have not gone yet; and when to look again.
fn evicted(budget: &Value, pods: &[Value], now: Timestamp) -> (Value, Option<u64>) {
    let (mut kept, mut soonest) = (json!({}), None::<u64>);
    for (who, at) in map(budget, &["status", "disruptedPods"]).into_iter().flatten() {
        let there = pods.iter().any(|one| name(one) == who && !deleting(one));
        let since = time(&json!({ "at": at }), &["at"]);
        let left = since.map_or(0, |since| since.as_second() + EVICTION - now.as_second());
        if let (true, Ok(left)) = (there && left > 0, u64::try_from(left)) {
            kept[who] = at.clone();
            soonest = Some(soonest.map_or(left, |soonest| soonest.min(left)));
        }
    }
    (kept, soonest)
}

/// What a budget's pods are controlled by, each once: kind, name and uid.
#[must_use]
pub fn controllers(pods: &[Value]) -> Vec<(String, String, String)> {
    let mut found: Vec<(String, String, String)> = pods
        .iter()
        .filter_map(crate::object::edit::controller)
        .map(|owner| {
            let part = |key| text(owner, &[key]).to_owned();
            (part("kind"), part("name"), part("uid"))
        })
        .collect();
    found.order();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(ready: usize, all: usize) -> Vec<Value> {
        (0..all)
            .map(|number| {
                json!({"metadata": {"name": format!("p{number}")},
                    "status": {"conditions": [{"type": "Ready", "status": if number < ready { "True" } else { "False" }}]}})
            })
            .collect()
    }

    #[test]
    fn budgets_count_healthy_pods() {
        let cases = [
            (json!({"minAvailable": 1}), 3, 3, (3, 1, 3, 2)),
            (json!({"minAvailable": 1}), 0, 2, (0, 1, 2, 0)),
            (json!({"minAvailable": "50%"}), 3, 3, (3, 2, 3, 1)),
            (json!({"maxUnavailable": 1}), 2, 3, (2, 2, 3, 0)),
            (json!({"maxUnavailable": "34%"}), 3, 3, (3, 1, 3, 2)),
        ];
        for (spec, ready, all, (healthy, desired, expected, allowed)) in cases {
            let budget = json!({"metadata": {"name": "b", "generation": 1}, "spec": spec, "status": {}});
            let actions = plan(&budget, &pods(ready, all), i64::try_from(all).ok(), Timestamp::UNIX_EPOCH);
            let [Action::Update { object, .. }] = &actions[..] else { panic!("{actions:?}") };
            let status = &object["status"];
            let found = ["currentHealthy", "desiredHealthy", "expectedPods", "disruptionsAllowed"]
                .map(|field| status[field].clone());
            assert_eq!(found, [json!(healthy), json!(desired), json!(expected), json!(allowed)]);
            assert!(
                plan(object, &pods(ready, all), i64::try_from(all).ok(), Timestamp::UNIX_EPOCH).is_empty()
            );
        }
    }
}
