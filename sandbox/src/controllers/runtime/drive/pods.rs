//! Pods: the scheduler and the kubelet of the simulated node.

use super::Outcome;
use crate::controllers::action::{
    Action, CLAIMS, CONFIG_MAPS, KUBELET, NODES, Note, PODS, SCHEDULER, SECRETS, STORAGE_CLASSES,
};
use crate::controllers::runtime::Context;
use crate::controllers::volumes;
use crate::node::life::{Around, Step};
use crate::node::machine;
use crate::node::needs::{self, Lack, Need};
use crate::node::schedule::{self, Verdict};
use crate::object::edit::{conditions, controller, deleting, set_condition, stamp};
use crate::object::{name, pod, text};
use crate::registry::{Caller, Propagation};
use crate::status::Status;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Chooses a node for a pod.
pub(in crate::controllers::runtime) async fn schedule(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(one) = context.get(PODS, namespace, name).await? else { return Ok(None) };
    let ours = matches!(text(&one, &["spec", "schedulerName"]), "" | "default-scheduler");
    if !pod::node(&one).is_empty() || !pod::active(&one) || !ours {
        return Ok(None);
    }
    let mut claims = Vec::new();
    for claim in schedule::claim_names(&one) {
        claims.extend(context.get(CLAIMS, namespace, &claim).await?);
    }
    if waits_for_volumes(context, &claims).await? {
        return Ok(None);
    }
    let nodes = context.list(NODES, "").await?;
    let others = if needs_others(&one, &nodes) { bound(context).await? } else { Vec::new() };
    match schedule::choose(&one, &nodes, &others, &claims) {
        Verdict::Bind(node) => bind(context, &one, &node).await,
        Verdict::Wait(message) => wait(context, &one, "Unschedulable", &message, true).await,
        Verdict::Gated => {
            let message = "Scheduling is blocked due to non-empty scheduling gates";
            wait(context, &one, "SchedulingGated", message, false).await
        }
    }
}

/// Claims that wait for their first pod are bound before the pod is; the claim's change brings the pod here again.
async fn waits_for_volumes(context: &Context, claims: &[Value]) -> Result<bool, Status> {
    for claim in
        claims.iter().filter(|claim| text(claim, &["status", "phase"]) != "Bound" && !deleting(claim))
    {
        let class = context.get(STORAGE_CLASSES, "", text(claim, &["spec", "storageClassName"])).await?;
        if volumes::waits(class.as_ref()) && context.options.node {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a choice depends on the pods that run already. With the simulated node alone it mostly does not: the node is
/// so large that requests need no sum before they come near its size.
fn needs_others(one: &Value, nodes: &[Value]) -> bool {
    let simulated = matches!(nodes, [node] if name(node) == machine::NAME);
    let affinity = one["spec"].get("affinity").is_some_and(|affinity| {
        affinity.get("podAffinity").is_some() || affinity.get("podAntiAffinity").is_some()
    });
    let host_ports = crate::object::edit::list(one, &["spec", "containers"]).iter().any(|container| {
        crate::object::edit::list(container, &["ports"])
            .iter()
            .any(|port| crate::object::edit::int(port, &["hostPort"]).is_some_and(|port| port > 0))
    });
    let requests = !schedule::requests(one).is_empty();
    !simulated || affinity || host_ports || requests
}

async fn bound(context: &Context) -> Result<Vec<Value>, Status> {
    let mut pods = context.list(PODS, "").await?;
    pods.retain(|one| !pod::node(one).is_empty());
    Ok(pods)
}

async fn bind(context: &Context, one: &Value, node: &str) -> Outcome {
    let namespace = crate::object::namespace(one);
    let binding =
        json!({"metadata": {"uid": one["metadata"]["uid"]}, "target": {"kind": "Node", "name": node}});
    let caller = Caller::system("kube-scheduler");
    match context.client.registry().bind(&caller, namespace, name(one), &binding).await {
        // It is gone, on its way out, or has a node by now.
        Err(status) if matches!(status.code, 404 | 409) => return Ok(None),
        outcome => outcome?,
    }
    let message = format!("Successfully assigned {namespace}/{} to {node}", name(one));
    context.tell(Note::normal(SCHEDULER, one, "Scheduled", message));
    Ok(None)
}

async fn wait(context: &Context, one: &Value, reason: &str, message: &str, tell: bool) -> Outcome {
    let mut list = conditions(one);
    let mut condition = json!({
        "type": "PodScheduled", "status": "False", "reason": reason, "message": message, "lastProbeTime": null,
        "lastTransitionTime": stamp(context.clock.now()),
    });
    if let Some(generation) = one["metadata"].get("generation").filter(|_| tell) {
        condition["observedGeneration"] = generation.clone();
    }
    set_condition(&mut list, condition);
    let mut status = one["status"].clone();
    if !status.is_object() {
        status = json!({"phase": "Pending"});
    }
    status["conditions"] = list.into();
    let changed = Action::status_of(PODS, one, status);
    if tell && changed.is_some() {
        context.tell(Note::warning(SCHEDULER, one, "FailedScheduling", message));
    }
    context.perform(changed.into_iter().collect()).await
}

/// Brings a pod on the node up to now.
pub(in crate::controllers::runtime) async fn live(context: &Context, namespace: &str, name: &str) -> Outcome {
    let Some(one) = context.get(PODS, namespace, name).await? else { return Ok(None) };
    if pod::node(&one) != machine::NAME || (pod::terminal(&one) && !deleting(&one)) {
        return Ok(None);
    }
    let lacks = if pod::phase(&one) == "Pending" && !deleting(&one) {
        lacks(context, &one).await?
    } else {
        Vec::new()
    };
    let address = context.address(&one);
    let failed_before = failed_before(context, &one).await?;
    let around = Around { lacks: &lacks, failed_before, address: &address };
    let now = context.clock.now();
    let mut life = context.take_life(&one);
    let step = life.step(&one, around, now);
    let written = write(context, &one, &step).await;
    if !step.gone {
        context.keep_life(&one, life);
    }
    written?;
    for tale in step.tales {
        let note = if tale.warning { Note::warning } else { Note::normal };
        context.tell(note(KUBELET, &one, tale.reason, tale.message).at(&tale.field_path));
    }
    Ok(step.wake.map(|at| context.clock.until(at)))
}

async fn write(context: &Context, one: &Value, step: &Step) -> Result<(), Status> {
    // A pod that goes at once need not show how; one that others hold on to does.
    let held = !crate::object::edit::list(one, &["metadata", "finalizers"]).is_empty();
    if !step.gone || held {
        context.perform(Action::status_of(PODS, one, step.status.clone()).into_iter().collect()).await?;
    }
    if step.gone {
        context.delete(PODS, one, Propagation::Background, Some(0)).await?;
    }
    Ok(())
}

/// What a pod refers to and is not there.
async fn lacks(context: &Context, one: &Value) -> Result<Vec<Lack>, Status> {
    let mut found: BTreeMap<Need, Value> = BTreeMap::new();
    for need in needs::needs(one) {
        let of = if need.config_map { CONFIG_MAPS } else { SECRETS };
        if let Some(object) = context.get(of, crate::object::namespace(one), &need.name).await? {
            found.insert(need, object);
        }
    }
    Ok(needs::lacks(one, |need| found.get(need)))
}

/// How many pods of the same job have failed.
async fn failed_before(context: &Context, one: &Value) -> Result<u64, Status> {
    let Some(owner) = controller(one).filter(|owner| owner["kind"] == "Job") else { return Ok(0) };
    let job = json!({"metadata": {"uid": owner["uid"]}});
    let index = |one: &Value| {
        crate::object::edit::annotation(one, "batch.kubernetes.io/job-completion-index").map(str::to_owned)
    };
    let pods = context.owned(PODS, &job).await?;
    let failed = pods.iter().filter(|other| pod::phase(other) == "Failed" && index(other) == index(one));
    Ok(failed.count() as u64)
}
