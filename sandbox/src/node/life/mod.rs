//! The life of a pod on the simulated node: its containers are pulled, started, become ready, end and start again.
//!
//! A [`Life`] remembers moments more precisely than the pod's status can; [`Life::of`] makes one from the status, when
//! the sandbox starts with pods that run already. [`Life::step`] brings it up to a moment.

mod container;
mod status;

#[cfg(test)]
mod tests;

use super::faults::{Faults, terminate_after};
use super::needs::Lack;
use crate::object::edit::{deleting, int, list};
use crate::object::{name, namespace, pod, text, uid};
use container::{Container, State};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use std::time::Duration;

/// From binding until containers are pulled: the pod's network and volumes.
const SETUP: Duration = Duration::from_millis(20);
/// How long a pull takes where no annotation says otherwise.
const PULL: Duration = Duration::from_millis(10);
/// From start until ready, where there is a readiness probe.
const READY: Duration = Duration::from_millis(50);
/// From start until started, where there is a startup probe.
const STARTUP: Duration = Duration::from_millis(20);
/// How long containers run that end by themselves.
const RUN: Duration = Duration::from_millis(100);
/// How long init containers run.
const INIT_RUN: Duration = Duration::from_millis(20);
/// From the first end of a container until it starts again.
const FIRST_RESTART: Duration = Duration::from_millis(100);
/// How long a failed pull shows before it is waited for the next.
const PULL_FAILED: Duration = Duration::from_millis(100);
/// The first wait before a container starts again or an image is pulled again; it doubles each time.
const BACK_OFF: u64 = 10;
/// The longest such wait, in seconds.
const LONGEST_BACK_OFF: u64 = 300;
/// A container that ran so long has left its crashes behind.
const FORGIVEN_AFTER: i64 = 600;

/// What the node tells of a pod's container: `field_path` is empty for the pod itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tale {
    /// `Warning` rather than `Normal`.
    pub warning: bool,
    /// `Started`.
    pub reason: &'static str,
    /// The text.
    pub message: String,
    /// `spec.containers{web}`.
    pub field_path: String,
}

/// What one step comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The pod's status from now on.
    pub status: Value,
    /// What happened.
    pub tales: Vec<Tale>,
    /// When to look again, where something is due by itself.
    pub wake: Option<Timestamp>,
    /// The pod has ended its graceful deletion: it may go.
    pub gone: bool,
}

/// What surrounds a pod.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// References that cannot be followed.
    pub lacks: &'a [Lack],
    /// How many pods of the same owner have failed before.
    pub failed_before: u64,
    /// The pod's address.
    pub address: &'a str,
}

/// What the node knows of a pod.
#[derive(Debug, Clone)]
pub struct Life {
    init: Vec<Container>,
    main: Vec<Container>,
    ready_to_start: Option<Timestamp>,
    ends: Option<Timestamp>,
    lacks_told: Vec<Lack>,
}

impl Life {
    /// The life of a pod, as its status tells of it.
    #[must_use]
    pub fn of(one: &Value, now: Timestamp) -> Self {
        let containers = |spec: &str, statuses: &str, init: bool| {
            list(one, &["spec", spec])
                .iter()
                .map(|container| {
                    let found = list(one, &["status", statuses])
                        .iter()
                        .find(|status| status["name"] == container["name"]);
                    Container::of(container, found, init, now)
                })
                .collect::<Vec<_>>()
        };
        let init = containers("initContainers", "initContainerStatuses", true);
        let main = containers("containers", "containerStatuses", false);
        let begun = init
            .iter()
            .chain(&main)
            .any(|one| !matches!(one.state, State::Waiting { .. }) || one.last.is_some());
        Self { init, main, ready_to_start: begun.then_some(now), ends: None, lacks_told: Vec::new() }
    }

    /// Brings the pod up to this moment.
    pub fn step(&mut self, one: &Value, around: Around<'_>, now: Timestamp) -> Step {
        let mut tales = Vec::new();
        if deleting(one) {
            return self.end(one, around, now);
        }
        let setup = *self.ready_to_start.get_or_insert_with(|| later(now, SETUP));
        let unmounted = self.tell_unmounted(around.lacks, &mut tales);
        if now >= setup && !unmounted {
            self.run(one, around, now, &mut tales);
        }
        let wake = if unmounted {
            None
        } else if now < setup {
            Some(setup)
        } else {
            self.init.iter().chain(&self.main).filter_map(|container| container.due(now)).min()
        };
        let phase = self.phase(one);
        if matches!(phase, "Succeeded" | "Failed") {
            self.stop_sidecars(now);
        }
        let status = status::write(one, self, phase, around.address, now);
        Step { status, tales, wake, gone: false }
    }

    /// Volumes that cannot be mounted hold all containers up. Each is told once.
    fn tell_unmounted(&mut self, lacks: &[Lack], tales: &mut Vec<Tale>) -> bool {
        let mut any = false;
        for lack in lacks {
            let Lack::Volume(volume, reason) = lack else { continue };
            any = true;
            if !self.lacks_told.contains(lack) {
                let message = format!("MountVolume.SetUp failed for volume {volume:?} : {reason}");
                tales.push(Tale { warning: true, reason: "FailedMount", message, field_path: String::new() });
                self.lacks_told.push(lack.clone());
            }
        }
        self.lacks_told.retain(|told| lacks.contains(told));
        any
    }

    fn run(&mut self, one: &Value, around: Around<'_>, now: Timestamp, tales: &mut Vec<Tale>) {
        let policy = match text(one, &["spec", "restartPolicy"]) {
            "" => "Always",
            policy => policy,
        };
        let mut initialized = true;
        for container in &mut self.init {
            let spec = find(one, "initContainers", &container.name);
            let policy = match (container.sidecar, policy) {
                (true, _) => "Always",
                // An init container starts again until it has done its work.
                (false, "Always") => "OnFailure",
                (false, other) => other,
            };
            let faults = Faults::of(one, &container.name, true);
            let scene = Scene { pod: one, spec, faults, policy, around, now };
            container.advance(&scene, tales);
            if !container.initialized() {
                initialized = false;
                break;
            }
        }
        if !initialized {
            return;
        }
        for container in &mut self.main {
            let spec = find(one, "containers", &container.name);
            let faults = Faults::of(one, &container.name, false);
            let scene = Scene { pod: one, spec, faults, policy, around, now };
            container.advance(&scene, tales);
        }
    }

    /// `getPhase` of the kubelet.
    fn phase(&self, one: &Value) -> &'static str {
        let policy = text(one, &["spec", "restartPolicy"]);
        let failed_init = self.init.iter().any(|container| {
            policy == "Never"
                && !container.sidecar
                && matches!(&container.state, State::Ended(end) if end.code != 0)
        });
        if failed_init {
            return "Failed";
        }
        let initialized = self.init.iter().all(Container::initialized);
        let begun = |container: &Container| {
            !matches!(container.state, State::Waiting { .. }) || container.last.is_some()
        };
        if !initialized || !self.main.iter().all(begun) {
            return "Pending";
        }
        let codes: Option<Vec<i64>> = self
            .main
            .iter()
            .map(|container| match &container.state {
                State::Ended(end) if !restarts(policy, end.code) => Some(end.code),
                _ => None,
            })
            .collect();
        match codes {
            Some(codes) if codes.iter().all(|code| *code == 0) => "Succeeded",
            Some(_) => "Failed",
            None => "Running",
        }
    }

    fn stop_sidecars(&mut self, now: Timestamp) {
        for container in self.init.iter_mut().filter(|container| container.sidecar) {
            container.stop(0, now);
        }
    }

    /// A deleted pod ends at once, or when its annotation says so.
    fn end(&mut self, one: &Value, around: Around<'_>, now: Timestamp) -> Step {
        let mut tales = Vec::new();
        let grace = int(one, &["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        let grace = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
        let first = self.ends.is_none();
        let ends = *self.ends.get_or_insert_with(|| later(now, terminate_after(one).min(grace)));
        if first {
            for (kind, container) in self.each() {
                if matches!(container.state, State::Running { .. }) {
                    tales.push(Tale {
                        warning: false,
                        reason: "Killing",
                        message: format!("Stopping container {}", container.name),
                        field_path: format!("spec.{kind}{{{}}}", container.name),
                    });
                }
            }
        }
        let gone = now >= ends;
        let mut phase = match pod::phase(one) {
            "" => "Pending",
            phase => phase,
        };
        if gone && !pod::terminal(one) {
            for container in self.init.iter_mut().chain(&mut self.main) {
                container.stop(143, now);
            }
            phase = "Failed";
        }
        let status = status::write(one, self, phase, around.address, now);
        Step { status, tales, wake: (!gone).then_some(ends), gone }
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, &Container)> {
        let init = self.init.iter().map(|container| ("initContainers", container));
        init.chain(self.main.iter().map(|container| ("containers", container)))
    }
}

/// What a container's step looks at.
struct Scene<'a> {
    pod: &'a Value,
    spec: &'a Value,
    faults: Faults,
    policy: &'a str,
    around: Around<'a>,
    now: Timestamp,
}

impl Scene<'_> {
    /// `web_default(uid)`, as the kubelet writes pods.
    fn pod_full_name(&self) -> String {
        format!("{}_{}({})", name(self.pod), namespace(self.pod), uid(self.pod))
    }

    fn of_a_job(&self) -> bool {
        crate::object::edit::controller(self.pod).is_some_and(|owner| owner["kind"] == "Job")
    }
}

fn find<'a>(one: &'a Value, field: &str, name: &str) -> &'a Value {
    list(one, &["spec", field]).iter().find(|container| container["name"] == name).unwrap_or(&Value::Null)
}

/// Whether a container starts again after it ended with this code.
fn restarts(policy: &str, code: i64) -> bool {
    match policy {
        "Never" => false,
        "OnFailure" => code != 0,
        _ => true,
    }
}

/// A moment later; the last there is where that overflows.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    now.checked_add(millis.clamp(0, 1 << 42).milliseconds()).unwrap_or(Timestamp::MAX)
}
