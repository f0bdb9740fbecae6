//! Namespaces, accounts, budgets, autoscalers, quotas, events.

use super::Outcome;
use crate::controllers::action::{
    AUTOSCALERS, Action, BUDGETS, CLAIMS, CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, PODS, QUOTAS,
    REPLICA_SETS, REPLICATION_CONTROLLERS, SECRETS, SERVICE_ACCOUNTS, SERVICES, STATEFUL_SETS,
};
use crate::controllers::namespaces::{self, Remaining};
use crate::controllers::quota::{self, Counted};
use crate::controllers::runtime::context::scope;
use crate::controllers::runtime::{Context, recorder, route};
use crate::controllers::{autoscale, disruption};
use crate::kinds::Gvr;
use crate::object::edit::{annotation, deleting, list, map, set};
use crate::object::select::selects;
use crate::object::{name, text, uid};
use crate::registry::{DeleteOptions, ListOptions, Patch, Propagation};
use crate::status::Status;
use serde_json::{Map, Value, json};
use skiff_compact::Order;
use std::time::Duration;

/// What each namespace has.
pub(in crate::controllers::runtime) async fn accounts(context: &Context, namespace: &str) -> Outcome {
    let Some(found) = context.get(NAMESPACES, "", namespace).await? else { return Ok(None) };
    if deleting(&found) {
        return Ok(None);
    }
    let account = context.get(SERVICE_ACCOUNTS, namespace, "default").await?;
    let root = context.get(CONFIG_MAPS, namespace, "kube-root-ca.crt").await?;
    let actions = namespaces::missing_basics(namespace, account.as_ref(), root.as_ref(), &context.options.ca);
    context.perform(actions).await
}

/// Empties a namespace that is being deleted, and lets it go.
pub(in crate::controllers::runtime) async fn namespace(context: &Context, name: &str) -> Outcome {
    let Some(mut found) = context.get(NAMESPACES, "", name).await? else { return Ok(None) };
    if !deleting(&found) || !namespaces::held(&found) {
        return Ok(None);
    }
    // Pods first, so that they end before what they need goes.
    let mut resources = context.client.registry().catalogue().stored();
    resources.retain(|resource| resource.namespaced);
    resources.order_by_key(|resource| !(resource.gvr.group.is_empty() && resource.gvr.resource == "pods"));
    let mut remaining = Remaining::default();
    for resource in resources {
        empty(context, &resource.gvr, name, &mut remaining).await?;
        let pods_left = resource.gvr.resource == "pods" && !remaining.nothing();
        if pods_left {
            break;
        }
    }
    let status = namespaces::status(&found, &remaining, context.clock.now());
    if remaining.nothing() {
        let finalizers: Vec<Value> = list(&found, &["spec", "finalizers"])
            .iter()
            .filter(|one| *one != namespaces::FINALIZER)
            .cloned()
            .collect();
        set(&mut found, &["spec", "finalizers"], finalizers);
        let finalize = Action::Update { of: NAMESPACES, part: Some("finalize"), object: found };
        return context.perform(vec![finalize]).await;
    }
    context.perform(Action::status_of(NAMESPACES, &found, status).into_iter().collect()).await
}

/// Deletes the objects of one resource in a namespace, and notes what stays.
async fn empty(
    context: &Context,
    gvr: &Gvr,
    namespace: &str,
    remaining: &mut Remaining,
) -> Result<(), Status> {
    let items = match context.client.list(gvr, Some(namespace), &ListOptions::default()).await {
        Ok(list) => list.items,
        // It is not served any more.
        Err(status) if status.code == 404 => return Ok(()),
        Err(status) => return Err(status),
    };
    for item in items {
        if !deleting(&item) {
            let options = DeleteOptions {
                uid: Some(uid(&item).to_owned()),
                propagation: Some(Propagation::Background),
                ..DeleteOptions::default()
            };
            match context.client.delete(gvr, Some(namespace), name(&item), options).await {
                Err(status) if !matches!(status.code, 404 | 409) => remaining.errors.push(status.message),
                _ => {}
            }
        }
        let Ok(left) = context.client.get(gvr, Some(namespace), name(&item)).await else { continue };
        *remaining.objects.entry(namespaces::resource_name(&gvr.group, &gvr.resource)).or_default() += 1;
        for finalizer in namespaces::finalizers(&left) {
            *remaining.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
    }
    Ok(())
}

/// Fills a secret with the token of its service account; without a name, all such secrets of the namespace.
pub(in crate::controllers::runtime) async fn token(
    context: &Context,
    namespace: &str,
    name_: &str,
) -> Outcome {
    if name_.is_empty() {
        for secret in context.list(SECRETS, namespace).await? {
            if secret["type"] == "kubernetes.io/service-account-token" {
                fill(context, namespace, secret).await?;
            }
        }
        return Ok(None);
    }
    match context.get(SECRETS, namespace, name_).await? {
        Some(secret) => fill(context, namespace, secret).await,
        None => Ok(None),
    }
}

async fn fill(context: &Context, namespace: &str, mut secret: Value) -> Outcome {
    let account_name =
        annotation(&secret, "kubernetes.io/service-account.name").unwrap_or_default().to_owned();
    if account_name.is_empty() || deleting(&secret) {
        return Ok(None);
    }
    let account = context.get(SERVICE_ACCOUNTS, namespace, &account_name).await?;
    let wanted = annotation(&secret, "kubernetes.io/service-account.uid").unwrap_or_default();
    let Some(account) = account.filter(|account| wanted.is_empty() || uid(account) == wanted) else {
        // The account is gone, and its tokens with it.
        let gone = !wanted.is_empty();
        let action = gone.then(|| Action::delete(SECRETS, &secret));
        return context.perform(action.into_iter().collect()).await;
    };
    let encode = |text: &str| {
        use base64::Engine;
        Value::String(base64::engine::general_purpose::STANDARD.encode(text))
    };
    let before = secret.clone();
    let id = uid(&account).to_owned();
    set(&mut secret, &["metadata", "annotations", "kubernetes.io/service-account.uid"], id.clone());
    if text(&secret, &["data", "namespace"]).is_empty() {
        set(&mut secret, &["data", "namespace"], encode(namespace));
    }
    if text(&secret, &["data", "ca.crt"]).is_empty() && !context.options.ca.is_empty() {
        set(&mut secret, &["data", "ca.crt"], encode(&context.options.ca));
    }
    if text(&secret, &["data", "token"]).is_empty() {
        let make = context.options.tokens.as_ref();
        if let Some(token) = make.and_then(|make| make(namespace, &account_name, &id, name(&before))) {
            set(&mut secret, &["data", "token"], encode(&token));
        }
    }
    let changed = (secret != before).then(|| Action::update(SECRETS, secret));
    context.perform(changed.into_iter().collect()).await
}

/// A disruption budget.
pub(in crate::controllers::runtime) async fn budget(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(budget) = context.get(BUDGETS, namespace, name).await? else { return Ok(None) };
    let mut pods = context.list(PODS, namespace).await?;
    let selector = &budget["spec"]["selector"];
    pods.retain(|one| selects(selector, one) && !crate::object::pod::terminal(one));
    let controlled = sizes(context, namespace, &pods).await?;
    context.perform(disruption::plan(&budget, &pods, controlled, context.clock.now())).await
}

/// The sum of the sizes of the controllers of pods.
async fn sizes(context: &Context, namespace: &str, pods: &[Value]) -> Result<Option<i64>, Status> {
    let mut sum = 0;
    let mut seen: Vec<String> = Vec::new();
    for (kind, name, id) in disruption::controllers(pods) {
        let of = match kind.as_str() {
            "ReplicaSet" => REPLICA_SETS,
            "ReplicationController" => REPLICATION_CONTROLLERS,
            "StatefulSet" => STATEFUL_SETS,
            _ => return Ok(None),
        };
        let Some(mut owner) = context.get(of, namespace, &name).await?.filter(|one| uid(one) == id) else {
            return Ok(None);
        };
        // Replica sets of a deployment count as the deployment.
        if let Some(above) =
            crate::object::edit::controller(&owner).filter(|above| above["kind"] == "Deployment")
        {
            match context.get(DEPLOYMENTS, namespace, text(above, &["name"])).await? {
                Some(deployment) => owner = deployment,
                None => return Ok(None),
            }
        }
        if !seen.iter().any(|one| one == uid(&owner)) {
            seen.push(uid(&owner).to_owned());
            sum += crate::controllers::hash::replicas(&owner);
        }
    }
    Ok(Some(sum))
}

/// An autoscaler.
pub(in crate::controllers::runtime) async fn autoscaler(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(autoscaler) = context.get(AUTOSCALERS, namespace, name).await? else { return Ok(None) };
    let target = &autoscaler["spec"]["scaleTargetRef"];
    let (kind, target_name) = (text(target, &["kind"]), text(target, &["name"]));
    let (group, version) =
        text(target, &["apiVersion"]).split_once('/').unwrap_or(("", text(target, &["apiVersion"])));
    let served = context.client.registry().catalogue().by_kind(group, version, kind);
    let scaled = served.filter(|served| served.subresource("scale").is_some());
    let size = match &scaled {
        None => Err(format!("no matches for kind \"{kind}\" in group \"{group}\"")),
        Some(served) => match context.client.get(&served.gvr, scope(namespace), target_name).await {
            Ok(object) => Ok(crate::controllers::hash::replicas(&object)),
            Err(status) => Err(status.message),
        },
    };
    let plan = autoscale::plan(&autoscaler, size, context.clock.now());
    if let (Some(to), Some(served)) = (plan.resize, scaled) {
        let patch = Patch::Merge(json!({"spec": {"replicas": to}}));
        context.client.patch(&served.gvr, None, scope(namespace), target_name, patch).await?;
    }
    context.perform(plan.actions).await
}

/// A quota: what there is of what it limits.
pub(in crate::controllers::runtime) async fn quota(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(quota) = context.get(QUOTAS, namespace, name).await? else { return Ok(None) };
    let mut used = Map::new();
    for key in map(&quota, &["spec", "hard"]).into_iter().flatten().map(|(key, _)| key) {
        let amount = match quota::counted(key) {
            Counted::Objects(group, resource) if group.is_empty() && resource == "pods" => {
                let pods = context.list(PODS, namespace).await?;
                Some(pods.iter().filter(|one| !crate::object::pod::terminal(one)).count().to_string())
            }
            Counted::Objects(group, resource) => {
                let prefix = format!("{group}/{resource}/{namespace}/");
                let count = context.store().count(&prefix, &prefix).map_err(Status::internal)?;
                Some(count.to_string())
            }
            Counted::Pods(which, resource) => {
                let pods = context.list(PODS, namespace).await?;
                quota::of_pods(&pods, which, &resource).map(|sum| sum.to_string())
            }
            Counted::Storage(class) => {
                let claims = context.list(CLAIMS, namespace).await?;
                quota::of_claims(&claims, class.as_deref()).map(|sum| sum.to_string())
            }
            Counted::Claims(class) => {
                let claims = context.list(CLAIMS, namespace).await?;
                let mine = claims.iter().filter(|claim| text(claim, &["spec", "storageClassName"]) == class);
                Some(mine.count().to_string())
            }
            Counted::Services(kind) => {
                let services = context.list(SERVICES, namespace).await?;
                let matches = |service: &&Value| {
                    let present = text(service, &["spec", "type"]);
                    present == kind || (kind == "NodePort" && present == "LoadBalancer")
                };
                Some(services.iter().filter(matches).count().to_string())
            }
            Counted::Unknown => None,
        };
        if let Some(amount) = amount {
            used.insert(key.clone(), amount.into());
        }
    }
    context.perform(quota::plan(&quota, used).into_iter().collect()).await
}

/// An event goes when it has not happened again for an hour.
pub(in crate::controllers::runtime) async fn expire(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(event) = context.get(EVENTS, namespace, name).await? else { return Ok(None) };
    let seen = route::last_seen(&event).map_or(0, |seen| seen.as_second());
    match u64::try_from(seen + recorder::KEPT - context.clock.now().as_second()) {
        Ok(left) if left > 0 => Ok(Some(Duration::from_secs(left))),
        _ => context.perform(vec![Action::delete(EVENTS, &event)]).await,
    }
}
