//! Deployments, sets, jobs and cron jobs.

use super::Outcome;
use crate::controllers::action::{
    Action, CLAIMS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, JOBS, Known, NODES, PODS, REPLICA_SETS,
    REPLICATION_CONTROLLERS, REVISIONS, STATEFUL_SETS,
};
use crate::controllers::runtime::{Context, Task, Work};
use crate::controllers::{
    cronjob, daemonset, deployment as deployments, job as jobs, replicaset, revisions, statefulset,
};
use crate::object::edit::{controlled_by, deleting, int, list, map, owned_by, set};
use crate::object::select::selects;
use crate::object::{name, text, uid};
use crate::status::Status;
use serde_json::{Value, json};

/// The selector of an owner as a `LabelSelector`.
fn selector(owner: &Value) -> Value {
    let selector = &owner["spec"]["selector"];
    if owner["kind"] == REPLICATION_CONTROLLERS.kind {
        json!({"matchLabels": map(owner, &["spec", "selector"]).cloned().unwrap_or_default()})
    } else {
        selector.clone()
    }
}

/// The objects that an owner controls. Those that its selector means and nobody controls are adopted, those that it no
/// longer means are let go: `ControllerRefManager`.
async fn claimed(context: &Context, of: Known, owner: &Value) -> Result<Vec<Value>, Status> {
    let (namespace, selector) = (crate::object::namespace(owner), selector(owner));
    let mut mine = Vec::new();
    for one in context.owned(of, owner).await? {
        if !controlled_by(&one, uid(owner)) {
            continue;
        }
        if selects(&selector, &one) || deleting(&one) {
            mine.push(one);
        } else if !deleting(owner) {
            let mut freed = one.clone();
            let mut owners = list(&one, &["metadata", "ownerReferences"]).to_vec();
            owners.retain(|reference| text(reference, &["uid"]) != uid(owner));
            set(&mut freed, &["metadata", "ownerReferences"], owners);
            context.perform(vec![Action::update(of, freed)]).await?;
        }
    }
    if deleting(owner) {
        return Ok(mine);
    }
    for one in context.orphans(of, namespace).await? {
        let owners = list(&one, &["metadata", "ownerReferences"]);
        let free = !owners.iter().any(|owner| crate::object::edit::flag(owner, &["controller"]));
        if free && selects(&selector, &one) && !deleting(&one) && belongs(owner, &one) {
            let mut adopted = one.clone();
            let owners: Vec<Value> = owners.iter().cloned().chain([owned_by(owner)]).collect();
            set(&mut adopted, &["metadata", "ownerReferences"], owners);
            mine.push(context.client.update(&of.gvr(), None, adopted).await?);
        }
    }
    Ok(mine)
}

/// A stateful set takes only pods that bear its name.
fn belongs(owner: &Value, one: &Value) -> bool {
    owner["kind"] != STATEFUL_SETS.kind
        || name(one)
            .strip_prefix(name(owner))
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|rest| rest.parse::<u32>().is_ok())
}

/// Owners in a namespace whose selectors may mean a pod that nobody controls.
pub(in crate::controllers::runtime) fn adopters(context: &Context, namespace: &str) -> Vec<Task> {
    let kinds = [
        (REPLICA_SETS, Work::ReplicaSet),
        (REPLICATION_CONTROLLERS, Work::ReplicationController),
        (STATEFUL_SETS, Work::StatefulSet),
        (DAEMON_SETS, Work::DaemonSet),
        (JOBS, Work::Job),
    ];
    let mut tasks = Vec::new();
    for (of, work) in kinds {
        let prefix = format!("{}/{}/{namespace}/", of.group, of.resource);
        // Keys suffice; an unreadable store shows elsewhere.
        if let Ok(page) = context.store().page(&prefix, &prefix, None, 1000) {
            let names = page.items.iter().filter_map(|(key, _)| key.strip_prefix(&prefix));
            tasks.extend(names.map(|name| Task::new(work, namespace, name)));
        }
    }
    tasks
}

/// A deployment.
pub(in crate::controllers::runtime) async fn deployment(
    context: &Context,
    namespace: &str,
    name_: &str,
) -> Outcome {
    let Some(deployment) = context.get(DEPLOYMENTS, namespace, name_).await? else { return Ok(None) };
    let sets = claimed(context, REPLICA_SETS, &deployment).await?;
    let mut pods = Vec::new();
    if text(&deployment, &["spec", "strategy", "type"]) == "Recreate" {
        for set in &sets {
            pods.extend(context.owned(PODS, set).await?);
        }
    }
    let actions = deployments::plan(&deployment, sets, &pods, context.clock.now());
    let made = actions.iter().find_map(|action| match action {
        Action::Create { object, .. } => Some(object.clone()),
        _ => None,
    });
    let outcome = context.perform(actions).await;
    if let (Err(status), Some(made)) = (&outcome, made) {
        set_refused(context, &deployment, &made, status).await?;
    }
    outcome
}

/// The new replica set was not made: its name is taken, or it was refused.
async fn set_refused(
    context: &Context,
    deployment: &Value,
    made: &Value,
    status: &Status,
) -> Result<(), Status> {
    if status.reason == "AlreadyExists" {
        let Some(present) = context.get(REPLICA_SETS, crate::object::namespace(made), name(made)).await?
        else {
            return Ok(());
        };
        let same =
            controlled_by(&present, uid(deployment)) && deployments::same_template(deployment, &present);
        if !same {
            context.perform(vec![deployments::collided(deployment)]).await?;
        }
        return Ok(());
    }
    if status.code != 409 {
        let actions = deployments::refused(deployment, name(made), &status.message, context.clock.now());
        context.perform(actions).await?;
    }
    Ok(())
}

/// A replica set.
pub(in crate::controllers::runtime) async fn replica_set(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    replicas(context, REPLICA_SETS, namespace, name).await
}

/// A replication controller.
pub(in crate::controllers::runtime) async fn replication_controller(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    replicas(context, REPLICATION_CONTROLLERS, namespace, name).await
}

async fn replicas(context: &Context, of: Known, namespace: &str, name: &str) -> Outcome {
    let Some(set) = context.get(of, namespace, name).await? else { return Ok(None) };
    let pods = claimed(context, PODS, &set).await?;
    let now = context.clock.now();
    let failure = context.failure(&set);
    let (writes, others): (Vec<Action>, Vec<Action>) = replicaset::plan(&set, &pods, failure.as_deref(), now)
        .into_iter()
        .partition(|action| matches!(action, Action::Create { .. } | Action::Delete { .. }));
    if writes.is_empty() && failure.is_some() {
        context.note_failure(&set, None);
    }
    let again = context.perform(others).await?;
    match context.perform(writes).await {
        Ok(_) => {
            if failure.is_some() {
                context.note_failure(&set, None);
                return Ok(Some(std::time::Duration::ZERO));
            }
            Ok(again)
        }
        Err(status) => {
            if failure.is_none() && status.code != 409 {
                context.note_failure(&set, Some(&status.message));
                // The failure shows in the status at once.
                if let Some(set) = context.get(of, namespace, name).await? {
                    let actions = replicaset::plan(&set, &pods, Some(&status.message), now);
                    let status = actions.into_iter().filter(|action| matches!(action, Action::Update { .. }));
                    context.perform(status.collect()).await?;
                }
            }
            Err(status)
        }
    }
}

/// A stateful set.
pub(in crate::controllers::runtime) async fn stateful_set(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(set) = context.get(STATEFUL_SETS, namespace, name).await? else { return Ok(None) };
    let pods = claimed(context, PODS, &set).await?;
    let revisions = context.owned(REVISIONS, &set).await?;
    let start = int(&set, &["spec", "ordinals", "start"]).unwrap_or(0);
    let ordinals = start..start + crate::controllers::hash::replicas(&set);
    let condemned =
        pods.iter().filter_map(|one| crate::object::name(one).rsplit_once('-')?.1.parse::<i64>().ok());
    let mut claims = Vec::new();
    if !list(&set, &["spec", "volumeClaimTemplates"]).is_empty() {
        let all: std::collections::BTreeSet<i64> = ordinals.chain(condemned).collect();
        for ordinal in all {
            for (_, claim) in revisions::claims(&set, ordinal) {
                claims.extend(context.get(CLAIMS, namespace, crate::object::name(&claim)).await?);
            }
        }
    }
    context.perform(statefulset::plan(&set, &pods, revisions, &claims, context.clock.now())).await
}

/// A daemon set.
pub(in crate::controllers::runtime) async fn daemon_set(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(set) = context.get(DAEMON_SETS, namespace, name).await? else { return Ok(None) };
    let pods = claimed(context, PODS, &set).await?;
    let revisions = context.owned(REVISIONS, &set).await?;
    let nodes = context.list(NODES, "").await?;
    context.perform(daemonset::plan(&set, &pods, revisions, &nodes, context.clock.now())).await
}

/// A job.
pub(in crate::controllers::runtime) async fn job(context: &Context, namespace: &str, name: &str) -> Outcome {
    let Some(job) = context.get(JOBS, namespace, name).await? else { return Ok(None) };
    let pods = claimed(context, PODS, &job).await?;
    context.perform(jobs::plan(&job, &pods, context.clock.now())).await
}

/// A pod whose job has ended, or is gone, need not be kept to be counted.
pub(in crate::controllers::runtime) async fn release(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(one) = context.get(PODS, namespace, name).await? else { return Ok(None) };
    let Some(action) = jobs::release(&one) else { return Ok(None) };
    let owner = crate::object::edit::controller(&one).filter(|owner| owner["kind"] == JOBS.kind);
    let job = match owner {
        Some(owner) => context
            .get(JOBS, namespace, text(owner, &["name"]))
            .await?
            .filter(|job| uid(job) == text(owner, &["uid"])),
        None => None,
    };
    if job.is_some_and(|job| !jobs::finished(&job)) {
        return Ok(None);
    }
    context.perform(vec![action]).await
}

/// A cron job.
pub(in crate::controllers::runtime) async fn cron_job(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(cron) = context.get(CRON_JOBS, namespace, name).await? else { return Ok(None) };
    let jobs = context.owned(JOBS, &cron).await?;
    context.perform(cronjob::plan(&cron, &jobs, context.clock.now())).await
}
