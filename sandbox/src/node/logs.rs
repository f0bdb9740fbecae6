//! Simulated logs: what a container would have written, always the same for the same pod.

use super::faults::Faults;
use crate::object::edit::{int, list, micro_stamp, time};
use crate::object::{name, text};
use crate::status::Status;
use jiff::Timestamp;
use serde_json::Value;

/// `PodLogOptions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which container; empty where the pod has one only.
    pub container: String,
    /// The run before the present one.
    pub previous: bool,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// The last lines only.
    pub tail_lines: Option<usize>,
    /// Lines from then on only.
    pub since: Option<Timestamp>,
    /// So many bytes at most.
    pub limit_bytes: Option<usize>,
}

/// One run of a container.
struct Run {
    number: i64,
    started: Timestamp,
    ended: Option<(Timestamp, i64, String)>,
}

/// The log of a container.
///
/// # Errors
/// 400 as the real server: no such container, or one that has not started.
pub fn logs(pod: &Value, options: &Options) -> Result<String, Status> {
    let (container, init) = choose(pod, &options.container)?;
    let field = if init { "initContainerStatuses" } else { "containerStatuses" };
    let statuses = list(pod, &["status", field]);
    let status = statuses.iter().find(|status| status["name"] == container).unwrap_or(&Value::Null);
    let Some(run) = run(pod, container, status, options.previous)? else { return Ok(String::new()) };
    let spec = if init { "initContainers" } else { "containers" };
    let specs = list(pod, &["spec", spec]);
    let image = specs.iter().find(|one| one["name"] == container).map_or("", |one| text(one, &["image"]));
    let mut lines = vec![(
        run.started,
        format!("simulated container {container} of {image} started (run {})", run.number + 1),
    )];
    if let Some(log) = Faults::of(pod, container, init).log {
        lines.extend(log.lines().map(|line| (run.started, line.to_owned())));
    }
    if let Some((at, code, reason)) = run.ended {
        lines.push((at, format!("simulated container {container} ended: {reason}, exit code {code}")));
    }
    Ok(written(lines, options))
}

fn written(mut lines: Vec<(Timestamp, String)>, options: &Options) -> String {
    if let Some(since) = options.since {
        lines.retain(|(at, _)| *at >= since);
    }
    if let Some(tail) = options.tail_lines {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let mut text = String::new();
    for (at, line) in lines {
        if options.timestamps {
            text.push_str(micro_stamp(at).as_str().unwrap_or_default());
            text.push(' ');
        }
        text.push_str(&line);
        text.push('\n');
    }
    if let Some(limit) = options.limit_bytes.filter(|limit| *limit < text.len()) {
        let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// The container's name, and whether it is an init container.
fn choose<'a>(pod: &'a Value, wanted: &str) -> Result<(&'a str, bool), Status> {
    let names = |field: &'static str| list(pod, &["spec", field]).iter().map(|one| text(one, &["name"]));
    let pod_name = name(pod);
    if wanted.is_empty() {
        let main: Vec<&str> = names("containers").collect();
        if let [only] = main[..] {
            return Ok((only, false));
        }
        let choices = main.join(" ");
        let init: Vec<&str> = names("initContainers").collect();
        let more = if init.is_empty() {
            String::new()
        } else {
            format!(" or one of the init containers: [{}]", init.join(" "))
        };
        return Err(Status::bad_request(format!(
            "a container name must be specified for pod {pod_name}, choose one of: [{choices}]{more}"
        )));
    }
    let main = names("containers").map(|name| (name, false));
    main.chain(names("initContainers").map(|name| (name, true)))
        .find(|(name, _)| *name == wanted)
        .ok_or_else(|| Status::bad_request(format!("container {wanted} is not valid for pod {pod_name}")))
}

fn run(pod: &Value, container: &str, status: &Value, previous: bool) -> Result<Option<Run>, Status> {
    let pod_name = name(pod);
    let number = int(status, &["restartCount"]).unwrap_or(0);
    let ended = |state: &Value| {
        let end = state.get("terminated").filter(|end| end.is_object())?;
        Some((
            time(end, &["startedAt"])?,
            time(end, &["finishedAt"])?,
            int(end, &["exitCode"])?,
            text(end, &["reason"]).to_owned(),
        ))
    };
    let of = |(started, at, code, reason): (Timestamp, Timestamp, i64, String), number| {
        Ok(Some(Run { number, started, ended: Some((at, code, reason)) }))
    };
    if previous {
        return match ended(&status["lastState"]) {
            Some(end) => of(end, (number - 1).max(0)),
            None => Err(Status::bad_request(format!(
                "previous terminated container {container:?} in pod {pod_name:?} not found"
            ))),
        };
    }
    if let Some(started) = time(status, &["state", "running", "startedAt"]) {
        return Ok(Some(Run { number, started, ended: None }));
    }
    if let Some(end) = ended(&status["state"]).or_else(|| ended(&status["lastState"])) {
        return of(end, number);
    }
    match text(status, &["state", "waiting", "reason"]) {
        // A pod that no kubelet has seen yet has no log, as the real server answers.
        "" => Ok(None),
        reason => {
            let message = text(status, &["state", "waiting", "message"]);
            let problem = match (reason, message) {
                ("ContainerCreating" | "PodInitializing", _) | (_, "") => {
                    format!("is waiting to start: {reason}")
                }
                ("ErrImagePull" | "ImagePullBackOff", _) => {
                    "is waiting to start: trying and failing to pull image".to_owned()
                }
                (_, message) => format!("is waiting to start: {message}"),
            };
            Err(Status::bad_request(format!("container {container:?} in pod {pod_name:?} {problem}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(state: Value, last: Value) -> Value {
        json!({"metadata": {"name": "web", "annotations": {"sandbox.skiff.sh/log": "one\ntwo"}},
            "spec": {"containers": [{"name": "a", "image": "nginx"}]},
            "status": {"containerStatuses": [{"name": "a", "restartCount": 1, "state": state, "lastState": last}]}})
    }

    #[test]
    fn a_running_container_says_what_its_annotation_says() {
        let one = pod(json!({"running": {"startedAt": "2026-01-01T00:00:00Z"}}), json!({}));
        let all = logs(&one, &Options::default());
        assert_eq!(all.as_deref(), Ok("simulated container a of nginx started (run 2)\none\ntwo\n"));
        let options = Options { tail_lines: Some(1), timestamps: true, ..Options::default() };
        assert_eq!(logs(&one, &options).as_deref(), Ok("2026-01-01T00:00:00.000000Z two\n"));
        let options = Options { limit_bytes: Some(9), ..Options::default() };
        assert_eq!(logs(&one, &options).as_deref(), Ok("simulated"));
        let options = Options { previous: true, ..Options::default() };
        let refused = logs(&one, &options).err().map(|status| status.message);
        assert_eq!(refused.as_deref(), Some("previous terminated container \"a\" in pod \"web\" not found"));
    }

    #[test]
    fn the_run_before_shows_how_it_ended() {
        let end = json!({"terminated": {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z", "exitCode": 3, "reason": "Error"}});
        let one = pod(json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}), end);
        let options = Options { previous: true, tail_lines: Some(1), ..Options::default() };
        assert_eq!(logs(&one, &options).as_deref(), Ok("simulated container a ended: Error, exit code 3\n"));
        let waiting = pod(json!({"waiting": {"reason": "ContainerCreating"}}), json!({}));
        let refused = logs(&waiting, &Options::default()).err().map(|status| status.message);
        assert_eq!(
            refused.as_deref(),
            Some("container \"a\" in pod \"web\" is waiting to start: ContainerCreating")
        );
        let unknown = Options { container: "x".into(), ..Options::default() };
        assert_eq!(
            logs(&one, &unknown).err().map(|status| status.message).as_deref(),
            Some("container x is not valid for pod web")
        );
    }
}
