//! What is wrong with the objects of an operation that failed: the facts of [`Evidence`] as a person wants to read them.

use crate::client::evidence::{Evidence, PodEvidence, event_time};
use jiff::Timestamp;
use serde_json::Value;

/// Events of one object that are told.
const MAX_EVENTS: usize = 4;
/// The longest text of a message that is told, in characters.
const MAX_TEXT: usize = 400;

/// One object that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for what has none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How far it has come, in a sentence.
    pub status: String,
    /// Its last events that warn.
    pub events: Vec<Event>,
    /// Its Pods that are not as they should be.
    pub pods: Vec<PodTrouble>,
    /// How many more such Pods there are.
    pub more_pods: usize,
}

/// One Pod that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodTrouble {
    /// Its name.
    pub name: String,
    /// Its phase, and why it has no node.
    pub status: String,
    /// Whether it has no node.
    pub is_unscheduled: bool,
    /// Its containers that are not as they should be.
    pub containers: Vec<ContainerTrouble>,
    /// Its last events that warn.
    pub events: Vec<Event>,
}

/// One container that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerTrouble {
    /// Its name.
    pub name: String,
    /// What it does, with the reason.
    pub status: String,
    /// The last lines that it wrote.
    pub log: Vec<String>,
    /// What to try.
    pub advice: String,
    /// Whether more time alone does not help.
    pub is_stuck: bool,
}

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// How often.
    pub count: i64,
    /// How many seconds ago, where that is known.
    pub seconds_ago: Option<i64>,
}

impl Trouble {
    /// What of it more time alone does not mend, in words that stay the same as long as nothing else happens.
    pub fn stuck(&self) -> Vec<String> {
        let of_pod = |pod: &PodTrouble| {
            let containers = pod.containers.iter().filter(|container| container.is_stuck);
            let mut stuck: Vec<String> = containers
                .map(|container| format!("{} {} {}", pod.name, container.name, container.advice))
                .collect();
            if pod.is_unscheduled {
                stuck.push(format!("{} has no node", pod.name));
            }
            stuck
        };
        self.pods.iter().flat_map(of_pod).collect()
    }
}

/// The evidence on one object, judged at a moment.
pub fn judge(evidence: &Evidence, now: Timestamp) -> Trouble {
    let object = &evidence.object;
    let meta = |key: &str| text(&object["metadata"], key);
    let message = &evidence.computed.message;
    let status = evidence.computed.status;
    Trouble {
        kind: text(object, "kind"),
        namespace: meta("namespace"),
        name: meta("name"),
        status: if message.is_empty() { status.to_string() } else { bounded(message) },
        events: events(&evidence.events, now),
        pods: evidence.pods.iter().map(|pod| pod_trouble(pod, now)).collect(),
        more_pods: evidence.more_pods,
    }
}

fn pod_trouble(evidence: &PodEvidence, now: Timestamp) -> PodTrouble {
    let pod = &evidence.pod;
    let (mut status, mut is_unscheduled) = (text(&pod["status"], "phase"), false);
    let conditions = pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    for condition in conditions.filter(|one| one["type"] == "PodScheduled" && one["status"] == "False") {
        status = format!("{status}, no node: {}", bounded(&text(condition, "message")));
        is_unscheduled = true;
    }
    let (namespace, name) = (text(&pod["metadata"], "namespace"), text(&pod["metadata"], "name"));
    let statuses = ["initContainerStatuses", "containerStatuses"];
    let all = statuses.iter().flat_map(|list| pod["status"][*list].as_array().into_iter().flatten());
    let containers = all.filter_map(|status| container(status, evidence, (&namespace, &name))).collect();
    PodTrouble { name, status, is_unscheduled, containers, events: events(&evidence.events, now) }
}

fn container(status: &Value, evidence: &PodEvidence, pod: (&str, &str)) -> Option<ContainerTrouble> {
    let name = text(status, "name");
    let (said, reason) = state(status)?;
    let log = evidence.logs.get(&name).map(String::as_str).unwrap_or_default();
    let advice = advice(&reason, status, (pod.0, pod.1, &name));
    let is_stuck = !matches!(reason.as_str(), "" | "ContainerCreating" | "PodInitializing" | "NotReady");
    Some(ContainerTrouble { name, status: said, log: log.lines().map(printable).collect(), advice, is_stuck })
}

/// What a container does that it should not, and the reason in one word; nothing for those that are well.
fn state(status: &Value) -> Option<(String, String)> {
    let restarts = status["restartCount"].as_i64().unwrap_or_default();
    let again = if restarts > 0 { format!(", started again {restarts} times") } else { String::new() };
    let waiting = &status["state"]["waiting"];
    if waiting.is_object() {
        let (reason, message) = (text(waiting, "reason"), bounded(&text(waiting, "message")));
        let why = if message.is_empty() { String::new() } else { format!(": {message}") };
        let last = &status["lastState"]["terminated"];
        let ended = if last.is_object() { format!(", {}", ended(last)) } else { String::new() };
        return Some((format!("waiting, {reason}{why}{ended}{again}"), reason));
    }
    let terminated = &status["state"]["terminated"];
    if terminated.is_object() {
        let bad = terminated["exitCode"] != 0;
        return bad.then(|| (format!("{}{again}", ended(terminated)), text(terminated, "reason")));
    }
    let running = status["state"]["running"].is_object();
    (running && status["ready"] == false)
        .then(|| (format!("runs and is not ready{again}"), "NotReady".into()))
}

fn ended(terminated: &Value) -> String {
    let (code, reason) = (terminated["exitCode"].as_i64().unwrap_or_default(), text(terminated, "reason"));
    let message = bounded(&text(terminated, "message"));
    let why = if message.is_empty() { String::new() } else { format!(": {message}") };
    match reason.as_str() {
        "" | "Error" => format!("ended with exit code {code}{why}"),
        reason => format!("ended with exit code {code} ({reason}){why}"),
    }
}

/// What to try.
fn advice(reason: &str, status: &Value, (namespace, pod, container): (&str, &str, &str)) -> String {
    let last = text(&status["lastState"]["terminated"], "reason");
    let log = |more: &str| format!("kubectl logs -n {namespace} {pod} -c {container}{more}");
    match reason {
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" => {
            let image = printable(&text(status, "image"));
            format!("check that the image {image:?} exists, and that imagePullSecrets let it be pulled")
        }
        "CreateContainerConfigError" => {
            "check that the ConfigMaps and Secrets that it takes its environment from exist, with their keys"
                .into()
        }
        "OOMKilled" => "give it more memory: resources.limits.memory".into(),
        "CrashLoopBackOff" if last == "OOMKilled" => "give it more memory: resources.limits.memory".into(),
        "CrashLoopBackOff" => log(" --previous"),
        "NotReady" => format!("its readiness probe does not succeed yet; {}", log("")),
        "ContainerCreating" | "PodInitializing" => format!("kubectl describe pod -n {namespace} {pod}"),
        _ => log(""),
    }
}

/// The last events that warn, oldest first.
fn events(events: &[Value], now: Timestamp) -> Vec<Event> {
    let warnings: Vec<&Value> = events.iter().filter(|event| event["type"] == "Warning").collect();
    let late = warnings.len().saturating_sub(MAX_EVENTS);
    let told = |event: &&Value| {
        let time: Option<Timestamp> = event_time(event).parse().ok();
        let series = event.pointer("/series/count").and_then(Value::as_i64);
        Event {
            reason: printable(&text(event, "reason")),
            message: bounded(&text(event, "message")),
            count: series.or(event["count"].as_i64()).unwrap_or(1),
            seconds_ago: time.map(|time| now.as_second().saturating_sub(time.as_second()).max(0)),
        }
    };
    warnings.iter().skip(late).map(told).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// One line of bounded length.
fn bounded(text: &str) -> String {
    let line = printable(text.trim());
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// A text that does nothing to a terminal: what clusters and containers write is not to be trusted.
fn printable(text: &str) -> String {
    let plain = |c: char| match c {
        '\t' => '\t',
        '\n' | '\r' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
