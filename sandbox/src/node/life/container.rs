//! One container of a pod: waiting, running, ended, and the moments between.

use super::{
    BACK_OFF, FIRST_RESTART, FORGIVEN_AFTER, INIT_RUN, LONGEST_BACK_OFF, PULL, PULL_FAILED, READY, RUN,
    STARTUP, Scene, Tale, later, restarts,
};
use crate::node::needs::Lack;
use crate::object::edit::{flag, int, time};
use crate::object::text;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) code: i64,
    pub(super) reason: String,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Waiting { reason: String, message: String },
    Running { since: Timestamp },
    Ended(Exit),
}

/// Where a pull stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pull {
    No,
    Until(Timestamp),
    Failed(Timestamp),
    BackOff(Timestamp),
    Done,
}

#[derive(Debug, Clone)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) init: bool,
    pub(super) sidecar: bool,
    pub(super) state: State,
    pub(super) ready: bool,
    pub(super) started: bool,
    pub(super) restarts: u64,
    pub(super) last: Option<Exit>,
    pull: Pull,
    failed_pulls: u32,
    /// Ends in a row, for the wait before the next start.
    crashes: u32,
    /// When something happens by itself.
    next: Option<Timestamp>,
    unready_told: bool,
}

impl Container {
    /// As a status tells of it.
    pub(super) fn of(spec: &Value, status: Option<&Value>, init: bool, now: Timestamp) -> Self {
        let exit = |state: &Value| {
            let end = state.get("terminated").filter(|end| end.is_object())?;
            Some(Exit {
                code: int(end, &["exitCode"]).unwrap_or(0),
                reason: text(end, &["reason"]).to_owned(),
                started: time(end, &["startedAt"]).unwrap_or(now),
                finished: time(end, &["finishedAt"]).unwrap_or(now),
            })
        };
        let status = status.unwrap_or(&Value::Null);
        let state = match (exit(&status["state"]), time(status, &["state", "running", "startedAt"])) {
            (Some(end), _) => State::Ended(end),
            (None, Some(since)) => State::Running { since },
            // Pulls and waits begin anew.
            (None, None) => waiting("ContainerCreating", ""),
        };
        let restarts = u64::try_from(int(status, &["restartCount"]).unwrap_or(0)).unwrap_or(0);
        let last = exit(&status["lastState"]);
        let begun = !matches!(state, State::Waiting { .. }) || last.is_some();
        Self {
            name: text(spec, &["name"]).to_owned(),
            init,
            sidecar: init && text(spec, &["restartPolicy"]) == "Always",
            state,
            ready: flag(status, &["ready"]),
            started: flag(status, &["started"]),
            restarts,
            last,
            pull: if begun { Pull::Done } else { Pull::No },
            failed_pulls: 0,
            crashes: u32::try_from(restarts).unwrap_or(u32::MAX),
            next: None,
            unready_told: false,
        }
    }

    /// Whether what comes after this init container may start.
    pub(super) fn initialized(&self) -> bool {
        match &self.state {
            State::Running { .. } => self.sidecar && self.started,
            State::Ended(end) => !self.sidecar && end.code == 0,
            State::Waiting { .. } => false,
        }
    }

    /// Whether the node has come as far as this container, so that the pod's network stands.
    pub(super) fn past_setup(&self) -> bool {
        self.last.is_some()
            || !matches!(&self.state, State::Waiting { reason, .. } if reason == "ContainerCreating")
    }

    /// When something is due after `now`.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let pull = match self.pull {
            Pull::Until(at) | Pull::Failed(at) | Pull::BackOff(at) => Some(at),
            Pull::No | Pull::Done => None,
        };
        [pull, self.next].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Ends a run from outside.
    pub(super) fn stop(&mut self, code: i64, now: Timestamp) {
        if let State::Running { since } = self.state {
            let reason = if code == 0 { "Completed" } else { "Error" }.to_owned();
            self.state = State::Ended(Exit { code, reason, started: since, finished: now });
        }
        self.ready = false;
        self.started = false;
        self.next = None;
        self.pull = Pull::Done;
    }

    /// Does what is due.
    pub(super) fn advance(&mut self, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        match self.state.clone() {
            State::Waiting { .. } => self.try_to_start(scene, tales),
            State::Running { since } => self.live(since, scene, tales),
            State::Ended(end) => self.start_again(&end, scene, tales),
        }
    }

    fn tell(&self, tales: &mut Vec<Tale>, warning: bool, reason: &'static str, message: String) {
        let kind = if self.init { "initContainers" } else { "containers" };
        tales.push(Tale { warning, reason, message, field_path: format!("spec.{kind}{{{}}}", self.name) });
    }

    fn try_to_start(&mut self, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        if self.next.is_some_and(|at| at > scene.now) {
            return;
        }
        if self.last.is_some() {
            self.restarts += 1;
        }
        if self.pull != Pull::Done && !self.pulled(scene, tales) {
            return;
        }
        let lack = scene.around.lacks.iter().find_map(|lack| match lack {
            Lack::Environment(container, reason) if *container == self.name => Some(reason.clone()),
            _ => None,
        });
        let problem = lack.map(|reason| ("CreateContainerConfigError", reason));
        let problem = problem
            .or_else(|| scene.faults.create_error.clone().map(|error| ("CreateContainerError", error)));
        if let Some((reason, message)) = problem {
            let state = waiting(reason, &message);
            if self.state != state {
                self.tell(tales, true, "Failed", format!("Error: {message}"));
            }
            self.state = state;
            self.next = None;
            return;
        }
        self.tell(tales, false, "Created", "Container created".to_owned());
        self.tell(tales, false, "Started", "Container started".to_owned());
        self.state = State::Running { since: scene.now };
        self.next = None;
        self.unready_told = false;
        self.live(scene.now, scene, tales);
    }

    /// Pulls the image. Says whether it is there.
    fn pulled(&mut self, scene: &Scene<'_>, tales: &mut Vec<Tale>) -> bool {
        let image = text(scene.spec, &["image"]).to_owned();
        let now = scene.now;
        let takes = scene.faults.pull_delay.unwrap_or(PULL);
        match self.pull {
            Pull::Done => return true,
            Pull::No
                if text(scene.spec, &["imagePullPolicy"]) == "Never" && scene.faults.pull_error.is_none() =>
            {
                let message = format!(
                    "Container image {image:?} already present on machine and can be accessed by the pod"
                );
                self.tell(tales, false, "Pulled", message);
                self.pull = Pull::Done;
                return true;
            }
            Pull::No => {
                self.tell(tales, false, "Pulling", format!("Pulling image {image:?}"));
                self.pull = Pull::Until(later(now, takes));
            }
            Pull::BackOff(at) if now >= at => {
                self.tell(tales, false, "Pulling", format!("Pulling image {image:?}"));
                self.pull = Pull::Until(later(now, takes));
            }
            Pull::Failed(at) if now >= at => self.back_off_pulling(&image, scene, tales),
            Pull::Until(at) if now >= at => return self.end_pull(&image, takes, scene, tales),
            Pull::Until(_) | Pull::Failed(_) | Pull::BackOff(_) => {}
        }
        false
    }

    fn pull_error(image: &str, scene: &Scene<'_>) -> Option<String> {
        scene.faults.pull_error.clone().map(|error| match error.as_str() {
            "" => format!(
                "rpc error: code = NotFound desc = failed to pull and unpack image {image:?}: failed to resolve reference {image:?}: {image}: not found"
            ),
            _ => error,
        })
    }

    fn end_pull(&mut self, image: &str, takes: Duration, scene: &Scene<'_>, tales: &mut Vec<Tale>) -> bool {
        let Some(error) = Self::pull_error(image, scene) else {
            let took = format!("{}ms", takes.as_millis());
            let message = format!(
                "Successfully pulled image {image:?} in {took} ({took} including waiting). Image size: 0 bytes."
            );
            self.tell(tales, false, "Pulled", message);
            self.pull = Pull::Done;
            self.failed_pulls = 0;
            return true;
        };
        self.tell(tales, true, "Failed", format!("Failed to pull image {image:?}: {error}"));
        self.tell(tales, true, "Failed", "Error: ErrImagePull".to_owned());
        self.state = waiting("ErrImagePull", &error);
        self.pull = Pull::Failed(later(scene.now, PULL_FAILED));
        self.failed_pulls = self.failed_pulls.saturating_add(1);
        false
    }

    fn back_off_pulling(&mut self, image: &str, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        let error = Self::pull_error(image, scene).unwrap_or_default();
        let message = format!("Back-off pulling image {image:?}: ErrImagePull: {error}");
        self.tell(tales, false, "BackOff", format!("Back-off pulling image {image:?}"));
        self.tell(tales, true, "Failed", "Error: ImagePullBackOff".to_owned());
        self.state = waiting("ImagePullBackOff", &message);
        self.pull = Pull::BackOff(later(scene.now, back_off(self.failed_pulls)));
    }

    fn live(&mut self, since: Timestamp, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        let now = scene.now;
        let earlier = self.restarts + if scene.of_a_job() { scene.around.failed_before } else { 0 };
        let fails = scene.faults.fails(earlier);
        let ends_itself =
            fails || scene.faults.run_for.is_some() || (scene.policy != "Always" && !self.sidecar);
        let run = scene.faults.run_for.unwrap_or(if self.init { INIT_RUN } else { RUN });
        let end = ends_itself.then(|| later(since, run));
        let sick = scene.faults.liveness_fails_after.map(|after| later(since, after));
        if let Some(at) = end.filter(|at| now >= *at) {
            let (code, reason) = match (fails, scene.faults.oom) {
                (true, true) => (137, "OOMKilled"),
                (true, false) => (scene.faults.exit_code.unwrap_or(1), "Error"),
                (false, _) => (0, "Completed"),
            };
            return self.finish(
                Exit { code, reason: reason.to_owned(), started: since, finished: at },
                scene,
                tales,
            );
        }
        if let Some(at) = sick.filter(|at| now >= *at) {
            let failed = "Liveness probe failed: HTTP probe failed with statuscode: 503".to_owned();
            self.tell(tales, true, "Unhealthy", failed);
            let killing = format!("Container {} failed liveness probe, will be restarted", self.name);
            self.tell(tales, false, "Killing", killing);
            let exit = Exit { code: 137, reason: "Error".to_owned(), started: since, finished: at };
            return self.finish(exit, scene, tales);
        }
        let has = |probe: &str| scene.spec.get(probe).is_some_and(Value::is_object);
        let started_at = if has("startupProbe") { later(since, STARTUP) } else { since };
        self.started = now >= started_at;
        // What is only there to crash is not ready for a moment before: who waits would take that for success.
        let doomed = fails && scene.faults.run_for.is_none();
        let ready_at = self.ready_at(since, started_at, scene, has("readinessProbe")).filter(|_| !doomed);
        self.ready = ready_at.is_some_and(|at| now >= at);
        if scene.faults.never_ready && !self.unready_told && (!self.init || self.sidecar) {
            self.unready_told = true;
            let message = "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned();
            self.tell(tales, true, "Unhealthy", message);
        }
        let moments = [end, sick, Some(started_at), ready_at];
        self.next = moments.into_iter().flatten().filter(|at| *at > now).min();
    }

    /// When the container becomes ready; an init container never is until it has ended.
    fn ready_at(
        &self,
        since: Timestamp,
        started: Timestamp,
        scene: &Scene<'_>,
        probed: bool,
    ) -> Option<Timestamp> {
        if scene.faults.never_ready || (self.init && !self.sidecar) {
            return None;
        }
        let probe = if probed { later(since, READY) } else { since };
        Some(scene.faults.ready_after.map_or(probe, |after| later(since, after)).max(started))
    }

    fn finish(&mut self, exit: Exit, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        let ran = exit.finished.as_second() - exit.started.as_second();
        if ran >= FORGIVEN_AFTER {
            self.crashes = 0;
        }
        self.ready = self.init && !self.sidecar && exit.code == 0;
        self.started = false;
        self.next = None;
        let again = restarts(scene.policy, exit.code);
        if again {
            self.crashes = self.crashes.saturating_add(1);
        }
        if again && self.crashes > 1 {
            let wait = back_off(self.crashes - 1);
            let who = scene.pod_full_name();
            let message =
                format!("back-off {} restarting failed container={} pod={who}", go_seconds(wait), self.name);
            let told = format!("Back-off restarting failed container {} in pod {who}", self.name);
            self.tell(tales, true, "BackOff", told);
            self.next = Some(later(exit.finished, wait));
            self.state = waiting("CrashLoopBackOff", &message);
            self.last = Some(exit);
        } else {
            self.next = again.then(|| later(exit.finished, FIRST_RESTART));
            self.state = State::Ended(exit);
        }
    }

    fn start_again(&mut self, end: &Exit, scene: &Scene<'_>, tales: &mut Vec<Tale>) {
        if !restarts(scene.policy, end.code) {
            return;
        }
        // A life that was made from a status has no moment for it yet.
        let at = *self.next.get_or_insert_with(|| later(end.finished, FIRST_RESTART));
        if scene.now >= at {
            self.last = Some(end.clone());
            self.next = None;
            self.try_to_start(scene, tales);
        }
    }
}

pub(super) fn waiting(reason: &str, message: &str) -> State {
    State::Waiting { reason: reason.to_owned(), message: message.to_owned() }
}

/// The wait after so many failures: 10 s, 20 s, … 5 min.
fn back_off(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(10);
    Duration::from_secs((BACK_OFF << doublings).min(LONGEST_BACK_OFF))
}

/// `10s`, `2m40s`, as Go writes durations.
fn go_seconds(wait: Duration) -> String {
    let seconds = wait.as_secs();
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}
