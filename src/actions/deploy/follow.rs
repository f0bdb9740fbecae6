//! Waiting for objects while somebody follows it: what is still awaited, and what is wrong with what does not come.

use super::{
    Deployer,
    report::{Trouble, judge},
};
use crate::client::{
    Object,
    status::Rules,
    wait::{Wait, WaitError, Waiting, Watch},
};
use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

/// How long it is before what is awaited is looked into for the first time, and between two looks.
const LOOK: Duration = Duration::from_secs(15);

/// An object that is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// `Deployment sea/web`.
    pub title: String,
    /// How far it has come; empty where nothing is known.
    pub message: String,
}

impl Deployer<'_> {
    /// Waits until objects are ready, and tells what is wrong with those that do not get there.
    ///
    /// # Errors
    /// When one fails or the time is up.
    pub(super) fn await_ready(&self, objects: &[Object], wait: Wait) -> Result<(), WaitError> {
        let rules = if wait.for_jobs { Rules::Completed } else { Rules::Started };
        self.followed(objects, Some(rules), |watch| self.cluster.wait_ready(objects, wait, watch))
    }

    /// Waits until the Jobs and Pods of a hook have ended well, likewise.
    ///
    /// # Errors
    /// When one fails or the time is up.
    pub(super) fn await_run(&self, objects: &[Object], wait: Wait) -> Result<(), WaitError> {
        self.followed(objects, Some(Rules::Hooks), |watch| self.cluster.wait_hook(objects, wait, watch))
    }

    /// Waits until objects are gone.
    ///
    /// # Errors
    /// When the time is up.
    pub(super) fn await_gone(&self, objects: &[Object], wait: Wait) -> Result<(), WaitError> {
        self.followed(objects, None, |watch| self.cluster.wait_deleted(objects, wait, watch))
    }

    /// Waits, and tells meanwhile what is awaited; by `rules`, also what is stuck and what failed.
    fn followed(
        &self,
        objects: &[Object],
        rules: Option<Rules>,
        wait: impl FnOnce(Watch<'_>) -> Result<(), WaitError>,
    ) -> Result<(), WaitError> {
        let (looked, told) = (Cell::new(Instant::now()), RefCell::new(Vec::new()));
        let follow = |waiting: &[Waiting<'_>]| {
            let awaited: Vec<Awaited> = waiting.iter().map(awaited).collect();
            self.log.waiting(&awaited);
            if let Some(rules) = rules.filter(|_| looked.get().elapsed() >= LOOK) {
                let (troubles, more) = self.troubles(objects, rules);
                let stuck: Vec<String> = troubles.iter().flat_map(Trouble::stuck).collect();
                if !stuck.is_empty() && *told.borrow() != stuck {
                    self.log.troubles(&troubles, more);
                }
                told.replace(stuck);
                looked.set(Instant::now());
            }
        };
        let outcome = wait(Watch { clock: self.clock, follow: &follow });
        self.log.waiting(&[]);
        if let (Err(_), Some(rules)) = (&outcome, rules) {
            let (troubles, more) = self.troubles(objects, rules);
            if !troubles.is_empty() {
                self.log.troubles(&troubles, more);
            }
        }
        outcome
    }

    /// What is wrong with those of the objects that are not ready, and how many more these are; for somebody who reads it.
    fn troubles(&self, objects: &[Object], rules: Rules) -> (Vec<Trouble>, usize) {
        if !self.log.wants_troubles() || self.cluster.cancel().is_cancelled() {
            return (Vec::new(), 0);
        }
        let now = self.cluster.server_time();
        let (evidence, more) = self.cluster.evidence(objects, rules, now);
        (evidence.iter().map(|evidence| judge(evidence, now)).collect(), more)
    }
}

fn awaited(waiting: &Waiting<'_>) -> Awaited {
    let Object { namespace, name, .. } = waiting.object;
    let place = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
    Awaited { title: format!("{} {place}", waiting.object.kind()), message: waiting.computed.message.clone() }
}
