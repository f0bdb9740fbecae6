//! What makes pods.

use super::look::{Look, human, labels, or_none, selector};
use jiff::Timestamp;
use serde_json::Value;

/// The cells of workloads.
pub(super) fn cells(group: &str, plural: &str, look: Look<'_>) -> Option<Vec<Value>> {
    let [names, images] = look.containers("/spec/template");
    let ready = || {
        let text = format!("{}/{}", look.number("/status/readyReplicas"), look.number("/spec/replicas"));
        Value::from(text)
    };
    let replicas = || {
        ["/spec/replicas", "/status/replicas", "/status/readyReplicas"]
            .map(|pointer| look.number(pointer).into())
    };
    let chosen = |pointer: &str| or_none(selector(look.at(pointer)));
    let cells = match (group, plural) {
        ("apps", "deployments") => vec![
            look.name(),
            ready(),
            look.number("/status/updatedReplicas").into(),
            look.number("/status/availableReplicas").into(),
            look.age(),
            names,
            images,
            selector(look.at("/spec/selector")).into(),
        ],
        ("apps", "replicasets") => {
            let [desired, current, ready] = replicas();
            vec![look.name(), desired, current, ready, look.age(), names, images, chosen("/spec/selector")]
        }
        ("", "replicationcontrollers") => {
            let [desired, current, ready] = replicas();
            let selector = labels(look.at("/spec/selector"));
            vec![look.name(), desired, current, ready, look.age(), names, images, selector]
        }
        ("apps", "statefulsets") => vec![look.name(), ready(), look.age(), names, images],
        ("apps", "daemonsets") => {
            let mut cells = vec![look.name()];
            for count in [
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "updatedNumberScheduled",
                "numberAvailable",
            ] {
                cells.push(look.number(&format!("/status/{count}")).into());
            }
            let nodes = labels(look.at("/spec/template/spec/nodeSelector"));
            cells.extend([nodes, look.age(), names, images, chosen("/spec/selector")]);
            cells
        }
        ("apps", "controllerrevisions") => {
            vec![look.name(), owner(look), look.number("/revision").into(), look.age()]
        }
        ("batch", "jobs") => {
            let [completions, duration] = [completions(look), duration(look)].map(Value::from);
            let selector = chosen("/spec/selector");
            vec![
                look.name(),
                job_status(look).into(),
                completions,
                duration,
                look.age(),
                names,
                images,
                selector,
            ]
        }
        ("batch", "cronjobs") => cron_job(look),
        _ => return None,
    };
    Some(cells)
}

fn cron_job(look: Look<'_>) -> Vec<Value> {
    let [names, images] = look.containers("/spec/jobTemplate/spec/template");
    let suspended = match look.at("/spec/suspend") {
        Value::Bool(true) => "True",
        Value::Bool(false) => "False",
        _ => "<unset>",
    };
    let last = match look.text("/status/lastScheduleTime") {
        "" => "<none>".to_owned(),
        _ => look.since("/status/lastScheduleTime"),
    };
    // Without a selector nothing is chosen, and nothing is shown as such.
    let selector = match look.at("/spec/jobTemplate/spec/selector") {
        Value::Null => "<none>".into(),
        found => or_none(selector(found)),
    };
    vec![
        look.name(),
        look.text("/spec/schedule").into(),
        look.text_or("/spec/timeZone", "<none>"),
        suspended.into(),
        look.list("/status/active").len().into(),
        last.into(),
        look.age(),
        names,
        images,
        selector,
    ]
}

fn job_status(look: Look<'_>) -> &'static str {
    let has = |kind: &str| look.condition("/status/conditions", kind) == Some("True");
    match () {
        () if has("Complete") => "Complete",
        () if has("Failed") => "Failed",
        () if look.deleted() => "Terminating",
        () if has("Suspended") => "Suspended",
        () if has("FailureTarget") => "FailureTarget",
        () if has("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn completions(look: Look<'_>) -> String {
    let done = look.number("/status/succeeded");
    match (look.at("/spec/completions").as_i64(), look.number("/spec/parallelism")) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallelism @ 2..) => format!("{done}/1 of {parallelism}"),
        (None, _) => format!("{done}/1"),
    }
}

fn duration(look: Look<'_>) -> String {
    let time = |pointer: &str| look.text(pointer).parse::<Timestamp>().ok();
    let Some(start) = time("/status/startTime") else { return String::new() };
    let end = time("/status/completionTime").unwrap_or(look.now);
    human(end.as_millisecond() - start.as_millisecond())
}

/// `deployment.apps/web`: the owner that controls the object.
fn owner(look: Look<'_>) -> Value {
    let owners = look.list("/metadata/ownerReferences").iter();
    let Some(owner) = owners.into_iter().find(|owner| owner["controller"] == true) else {
        return "<none>".into();
    };
    let text = |key: &str| owner[key].as_str().unwrap_or_default();
    let kind = text("kind").to_lowercase();
    match text("apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{}", text("name")).into(),
        None => format!("{kind}/{}", text("name")).into(),
    }
}
