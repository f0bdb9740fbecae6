//! One operation on a release at a time, and the end of those whose process died.

use super::{Deployer, DryRun, Error, rollback, uninstall, upgrade};
use crate::{
    client::wait::Wait,
    release::{Release, Status, Time},
    storage::lease::{
        Operation,
        hold::{Answer, Asked, Holder},
    },
};
use std::{cell::Cell, rc::Rc};

/// What an operation holds while it changes a release: the moment that its record carries, and a Lease where the
/// cluster gives one.
pub(super) struct Lock {
    moment: Time,
    is_used: Cell<bool>,
    undo: bool,
    name: String,
    open: Rc<Cell<Option<i64>>>,
    held: Option<(Asked, Holder)>,
}

impl Lock {
    /// Waits until it is known whether anybody else is at work, and gives the operations that died.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub(super) fn unfinished(&self, deployer: &Deployer<'_>) -> Result<Vec<Operation>, Error> {
        let Some((asked, _)) = &self.held else { return Ok(Vec::new()) };
        match asked.answer() {
            Answer::Held(unfinished) => Ok(unfinished.clone()),
            Answer::Busy { holder, since } => Err(Error::Busy(super::Worker {
                release: self.name.clone(),
                holder: holder.clone(),
                since: since.clone(),
            })),
            Answer::Without { why } => {
                deployer.log.debug("no Lease on the release", &[("release", &self.name), ("error", why)]);
                Ok(Vec::new())
            }
        }
    }

    /// Makes sure that nobody else is at work.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub(super) fn check(&self, deployer: &Deployer<'_>) -> Result<(), Error> {
        self.unfinished(deployer).map(drop)
    }

    /// Asks once more, now that the namespace is there.
    pub(super) fn ask_again(&mut self) {
        if let Some((asked, _)) = &mut self.held {
            asked.ask_again();
        }
    }

    /// The moment for the next record that says that an operation is under way; the Lease knows it.
    pub(super) fn next_moment(&self, deployer: &Deployer<'_>) -> Time {
        if !self.is_used.replace(true) {
            return self.moment;
        }
        let moment = deployer.now();
        if let Some((asked, holder)) = &self.held {
            let holder = holder.name.clone();
            asked.also(Operation { moment: moment.to_string(), undo: self.undo, holder });
        }
        moment
    }
}

/// A Lease goes with its operation. Where the record still says that one is under way, because nothing could be
/// recorded any more, the Lease stays: it runs out, and proves that nobody is at work.
impl Drop for Lock {
    fn drop(&mut self) {
        if let (Some((asked, _)), Some(_)) = (&mut self.held, self.open.get()) {
            asked.leave();
        }
    }
}

impl Deployer<'_> {
    /// Begins to lock a release, beside whatever the caller does next. `undo`: the operation is to be undone where it
    /// fails.
    pub(super) fn lock(&self, name: &str, undo: bool) -> Lock {
        let moment = self.now();
        let held = self.holder.as_ref().map(|holder| {
            let operation = Operation { moment: moment.to_string(), undo, holder: holder.name.clone() };
            let asked = Asked::begin(self.cluster, self.cluster.namespace(), name, holder, operation);
            (asked, holder.clone())
        });
        self.open.set(None);
        let (is_used, open) = (Cell::new(false), Rc::clone(&self.open));
        Lock { moment, is_used, undo, name: name.to_owned(), open, held }
    }

    /// The same, unless nothing is changed.
    pub(super) fn lock_unless(&self, dry_run: DryRun, name: &str, undo: bool) -> Lock {
        match dry_run.is_dry() {
            true => {
                let (moment, is_used) = (self.now(), Cell::new(false));
                Lock { moment, is_used, undo, name: name.to_owned(), open: Rc::clone(&self.open), held: None }
            }
            false => self.lock(name, undo),
        }
    }

    /// Records as failed what was left of an operation that is known to have died, and gives that operation. Records
    /// of living operations, and those that nobody can judge, such as Helm's, stay as they are.
    ///
    /// # Errors
    /// [`Error::Busy`].
    pub(super) fn bury(&self, lock: &Lock, release: &mut Release) -> Result<Option<Operation>, Error> {
        if !is_unfinished(release) {
            return Ok(None);
        }
        let unfinished = lock.unfinished(self)?;
        let Some(operation) = died(release, &unfinished) else { return Ok(None) };
        let word = release.info.status.as_str().to_owned();
        let revision = release.version.to_string();
        let fields = [
            ("release", release.name.as_str()),
            ("revision", &revision),
            ("status", &word),
            ("holder", &operation.holder),
        ];
        self.log.warn("the last operation died before it was finished; it is recorded as failed", &fields);
        let what = if word == "uninstalling" { "uninstall" } else { word.trim_start_matches("pending-") };
        let description = format!("The {what} was cut off: {} died", operation.holder);
        release.set_status(Status::Failed, description);
        release.info.deleted = None;
        self.record(release);
        Ok(Some(operation))
    }

    /// Undoes an upgrade or rollback that died and was to be undone. What cannot be undone is told; the next operation
    /// starts from there, as it would in Helm.
    pub(super) fn undo_dead(&mut self, lock: &Lock, name: &str, options: &upgrade::Options) {
        if let Err(error) = upgrade::roll_back_dead(self, lock, name, options) {
            self.log.warn(
                "what died could not be rolled back",
                &[("release", name), ("error", &error.to_string())],
            );
        } else {
            self.log.warn("what died was rolled back, as it had been asked for", &[("release", name)]);
        }
    }

    /// Takes away what there is of an install that died and was to be undone.
    pub(super) fn remove_dead(&self, lock: &Lock, name: &str, no_hooks: bool, wait: Wait) {
        let options = uninstall::Options { no_hooks, wait, ..uninstall::Options::default() };
        match uninstall::run(self, lock, name, &options) {
            Ok(_) => {
                let message = "what died was uninstalled, as it had been asked for";
                self.log.warn(message, &[("release", name)]);
            }
            Err(error) => self.log.warn(
                "what died could not be uninstalled",
                &[("release", name), ("error", &error.to_string())],
            ),
        }
    }
}

/// Whether a record says that an operation is under way.
pub(super) fn is_unfinished(release: &Release) -> bool {
    release.info.status.is_pending() || release.info.status == Status::Uninstalling
}

/// The dead operation that a record is of.
fn died(release: &Release, dead: &[Operation]) -> Option<Operation> {
    let info = &release.info;
    let moment = match info.status {
        Status::Uninstalling => info.deleted,
        _ => info.last_deployed,
    };
    let moment = moment?.to_string();
    dead.iter().find(|operation| operation.moment == moment).cloned()
}

/// What a rollback that follows from an upgrade's failure takes from it.
pub(super) fn rollback_options(revision: i64, options: &upgrade::Options) -> rollback::Options {
    let common = &options.common;
    rollback::Options {
        revision,
        no_hooks: common.no_hooks,
        server_side: options.server_side.clone(),
        force_conflicts: common.force_conflicts,
        force_replace: common.force_replace,
        wait: common.wait,
        ..rollback::Options::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Info;

    #[test]
    fn only_the_record_of_the_dead_operation_is_its_own() {
        let time = |text: &str| Time::parse(text).ok();
        let (one, two) = ("2026-01-02T03:04:05.000000001Z", "2026-01-02T03:04:05.000000002Z");
        let dead = [Operation { moment: one.into(), ..Operation::default() }];
        let release = |status: Status, deployed: &str, deleted: Option<&str>| Release {
            info: Info {
                status,
                last_deployed: time(deployed),
                deleted: deleted.and_then(time),
                ..Info::default()
            },
            ..Release::default()
        };
        let is_dead = |release: &Release| is_unfinished(release) && died(release, &dead).is_some();
        assert!(is_dead(&release(Status::PendingUpgrade, one, None)));
        assert!(is_dead(&release(Status::Uninstalling, two, Some(one))));
        assert!(!is_dead(&release(Status::PendingUpgrade, two, None)), "helm's own");
        assert!(!is_dead(&release(Status::Uninstalling, one, Some(two))), "helm uninstalls what died");
        assert!(!is_dead(&release(Status::Uninstalling, one, None)));
        assert!(!is_dead(&release(Status::Deployed, one, None)), "it was finished");
    }
}
