//! Failures on demand: annotations on pods that choose how the simulated node treats them.
//!
//! `sandbox.skiff.sh/KEY: VALUE` holds for all containers of a pod (init containers aside),
//! `sandbox.skiff.sh/KEY.CONTAINER: VALUE` for one container, be it an init container or not.

use crate::object::edit::annotation;
use serde_json::Value;
use std::time::Duration;

/// What all annotations of the sandbox begin with.
pub const PREFIX: &str = "sandbox.skiff.sh/";
/// The longest duration that an annotation can ask for.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// How one container is to fare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    /// `pull-error`: the image cannot be pulled; the text is the error where it is not just `true`.
    pub pull_error: Option<String>,
    /// `pull-delay`: how long pulling takes.
    pub pull_delay: Option<Duration>,
    /// `create-error`: the container cannot be created, with this error.
    pub create_error: Option<String>,
    /// `exit-code`: the container ends with this code.
    pub exit_code: Option<i64>,
    /// `exit-times`: only so many runs (of a job: pods) end so; those after them do well.
    pub exit_times: Option<u64>,
    /// `oom`: the container ends since its memory was too small.
    pub oom: bool,
    /// `run-for`: how long the container runs before it ends.
    pub run_for: Option<Duration>,
    /// `never-ready`: readiness never comes.
    pub never_ready: bool,
    /// `ready-after`: how long readiness takes.
    pub ready_after: Option<Duration>,
    /// `liveness-fails-after`: how long the container lives until its liveness probe fails and it is restarted.
    pub liveness_fails_after: Option<Duration>,
    /// `log`: lines that the container writes.
    pub log: Option<String>,
}

impl Faults {
    /// What the annotations of a pod ask for one of its containers.
    #[must_use]
    pub fn of(pod: &Value, container: &str, init: bool) -> Self {
        let text = |key: &str| {
            annotation(pod, &format!("{PREFIX}{key}.{container}"))
                .or_else(|| if init { None } else { annotation(pod, &format!("{PREFIX}{key}")) })
        };
        let flag = |key: &str| text(key).is_some_and(|value| value == "true");
        let error = |key: &str, default: String| match text(key) {
            None | Some("false") => None,
            Some("true" | "") => Some(default),
            Some(message) => Some(message.to_owned()),
        };
        let span = |key: &str| text(key).and_then(duration);
        Self {
            pull_error: error("pull-error", String::new()),
            pull_delay: span("pull-delay"),
            create_error: error("create-error", format!("failed to create container {container:?}")),
            exit_code: text("exit-code")
                .and_then(|value| value.parse().ok())
                .filter(|code| (0..=255).contains(code)),
            exit_times: text("exit-times").and_then(|value| value.parse().ok()),
            oom: flag("oom"),
            run_for: span("run-for"),
            never_ready: flag("never-ready"),
            ready_after: span("ready-after"),
            liveness_fails_after: span("liveness-fails-after"),
            log: text("log").map(str::to_owned),
        }
    }

    /// Whether the run that follows `earlier` failed ones ends badly.
    #[must_use]
    pub fn fails(&self, earlier: u64) -> bool {
        let asked = self.oom || self.exit_code.is_some_and(|code| code != 0);
        asked && self.exit_times.is_none_or(|times| earlier < times)
    }
}

/// `terminate-after`: how long a deleted pod takes to end.
#[must_use]
pub fn terminate_after(pod: &Value) -> Duration {
    annotation(pod, &format!("{PREFIX}terminate-after")).and_then(duration).unwrap_or_default()
}

/// `unschedulable`: the scheduler's reason for leaving the pod alone.
#[must_use]
pub fn unschedulable(pod: &Value) -> Option<&str> {
    annotation(pod, &format!("{PREFIX}unschedulable")).filter(|text| *text != "false")
}

/// A duration as Go writes it (`1m30s`, `250ms`), or a number of seconds. `None` where it is neither.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().map(|one| one.min(LONGEST));
    }
    let (mut rest, mut total) = (text, 0f64);
    while !rest.is_empty() {
        let digits =
            rest.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).filter(|end| *end > 0)?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let scale = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    if text.is_empty() { None } else { Duration::try_from_secs_f64(total).ok().map(|one| one.min(LONGEST)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let cases = [
            ("250ms", Some(250)),
            ("1m30s", Some(90_000)),
            ("1.5s", Some(1500)),
            ("2", Some(2000)),
            ("0.1", Some(100)),
            ("", None),
            ("s", None),
            ("1x", None),
            ("-1s", None),
            ("1e400", None),
        ];
        for (text, millis) in cases {
            assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_containers_own_annotation_comes_before_the_pods() {
        let pod = json!({"metadata": {"annotations": {
            "sandbox.skiff.sh/exit-code": "3", "sandbox.skiff.sh/exit-code.side": "4",
            "sandbox.skiff.sh/pull-error.init": "true"}}});
        assert_eq!(Faults::of(&pod, "web", false).exit_code, Some(3));
        assert_eq!(Faults::of(&pod, "side", false).exit_code, Some(4));
        let init = Faults::of(&pod, "init", true);
        assert_eq!((init.exit_code, init.pull_error.is_some()), (None, true));
    }

    #[test]
    fn failures_end_after_so_many_times() {
        let faults = Faults { exit_code: Some(1), exit_times: Some(2), ..Faults::default() };
        assert_eq!([0, 1, 2].map(|earlier| faults.fails(earlier)), [true, true, false]);
        assert!(!Faults { exit_code: Some(0), ..Faults::default() }.fails(0));
    }
}
