//! Back to an earlier revision, as a new one (Helm's `action/rollback.go`).

use super::{
    Deployer, DryRun, Error, apply_method, is_valid_name,
    lock::Lock,
    ownership,
    plan::{Definitions, Draft},
    update_mode,
};
use crate::{
    client::{BuildError, Object, wait::Wait},
    release::{Info, Release, Status, hook::HookEvent},
    storage,
};

/// The longest description that a rollback takes, in characters (Helm's `MaxDescriptionLength`).
pub const MAX_DESCRIPTION: usize = 256;

/// What rollback is asked to do, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The revision to go back to; 0 is the one before the last.
    pub revision: i64,
    /// `--dry-run`.
    pub dry_run: DryRun,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--description`.
    pub description: String,
    /// `--server-side`: `true`, `false` or `auto`.
    pub server_side: String,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// `--cleanup-on-fail`.
    pub cleanup_on_fail: bool,
    /// `--history-max`; 0 keeps all.
    pub history_max: usize,
    /// `--wait`, `--wait-for-jobs` and `--timeout`.
    pub wait: Wait,
}

/// Both ends of a rollback.
struct Plan {
    current: Release,
    target: Release,
    server_side: bool,
}

/// Records an earlier revision's chart, values and manifest as the newest and moves the cluster to it.
///
/// # Errors
/// Before the record is stored nothing has changed. When objects cannot be changed or do not become ready the new
/// record says `failed`, and after a failed hook too, where Helm leaves it `pending-rollback`.
pub fn rollback(deployer: &mut Deployer<'_>, name: &str, options: &Options) -> Result<(), Error> {
    check_description(&options.description)?;
    deployer.cluster.server_version()?;
    let dry_run = if is_valid_name(name) { options.dry_run } else { DryRun::Client };
    let lock = deployer.lock_unless(dry_run, name, false);
    run(deployer, &lock, name, options)
}

/// The same under a lock that is held already.
///
/// # Errors
/// As [`rollback`].
pub(super) fn run(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    name: &str,
    options: &Options,
) -> Result<(), Error> {
    deployer.storage.max_history = options.history_max;
    let mut plan = prepare(deployer, lock, name, options)?;
    if options.dry_run.is_dry() {
        return Ok(());
    }
    lock.check(deployer)?;
    deployer.expect(&plan.target)?;
    deployer.create_record(&plan.target)?;
    perform(deployer, &mut plan, options)?;
    Ok(deployer.update_record(&plan.target)?)
}

/// Everything of a rollback but the deed.
pub(super) fn draft(deployer: &Deployer<'_>, name: &str, options: &Options) -> Result<Draft, Error> {
    check_description(&options.description)?;
    deployer.cluster.server_version()?;
    let options = &Options { dry_run: DryRun::Server, ..options.clone() };
    let lock = deployer.lock_unless(DryRun::Server, name, false);
    let plan = prepare(deployer, &lock, name, options)?;
    let (originals, mut targets) = objects(deployer, &plan)?;
    ownership::mark(&mut targets, name, &plan.target.namespace);
    let mode = update_mode(plan.server_side, options.force_conflicts, options.force_replace, false)?;
    let events: &[HookEvent] =
        if options.no_hooks { &[] } else { &[HookEvent::PreRollback, HookEvent::PostRollback] };
    Ok(Draft {
        operation: "rollback",
        release: plan.target,
        originals,
        targets,
        mode,
        events,
        crds: Definitions::default(),
        kept: Vec::new(),
    })
}

/// The objects of both ends.
fn objects(deployer: &Deployer<'_>, plan: &Plan) -> Result<(Vec<Object>, Vec<Object>), Error> {
    let build = |release: &Release, context| {
        let objects = deployer.cluster.build(&release.manifest, &plan.target.namespace, false);
        objects.map_err(|cause: BuildError| Error::Build { context, cause })
    };
    let current = build(&plan.current, "unable to build kubernetes objects from current release manifest: ")?;
    let target = build(&plan.target, "unable to build kubernetes objects from new release manifest: ")?;
    Ok((current, target))
}

/// Refuses a description that records may not hold.
///
/// # Errors
/// [`Error::Description`].
pub fn check_description(description: &str) -> Result<(), Error> {
    match description.chars().count() {
        length if length > MAX_DESCRIPTION => Err(Error::Description(length)),
        _ => Ok(()),
    }
}

fn prepare(deployer: &Deployer<'_>, lock: &Lock, name: &str, options: &Options) -> Result<Plan, Error> {
    if !is_valid_name(name) {
        return Err(Error::RollbackName(name.into()));
    }
    if options.revision < 0 {
        return Err(Error::InvalidRevision);
    }
    let history = deployer.storage.history(name)?;
    let Some(mut current) = history.last().cloned() else {
        return Err(storage::Error::NoRevision(name.into()).into());
    };
    if !options.dry_run.is_dry() {
        // What died is taken back by this anyway.
        deployer.bury(lock, &mut current)?;
    }
    let revision = if options.revision == 0 { current.version - 1 } else { options.revision };
    if !history.iter().any(|release| release.version == revision) {
        return Err(Error::NoSuchRevision(revision));
    }
    let previous = deployer.storage.get(name, revision)?;
    let server_side = super::server_side(&options.server_side, &previous.apply_method)?;
    let description = match options.description.as_str() {
        "" => format!("Rollback to {revision}"),
        given => given.to_owned(),
    };
    let moment = lock.next_moment(deployer);
    let target = Release {
        name: name.to_owned(),
        namespace: current.namespace.clone(),
        version: current.version + 1,
        apply_method: apply_method(server_side),
        info: Info {
            first_deployed: current.info.first_deployed,
            last_deployed: Some(moment),
            description,
            status: Status::PendingRollback,
            notes: previous.info.notes,
            rollback_revision: revision,
            ..Info::default()
        },
        chart: previous.chart,
        config: previous.config,
        manifest: previous.manifest,
        hooks: previous.hooks,
        labels: previous.labels,
    };
    Ok(Plan { current, target, server_side })
}

fn perform(deployer: &Deployer<'_>, plan: &mut Plan, options: &Options) -> Result<(), Error> {
    let (current, mut target) = objects(deployer, plan)?;
    run_hooks(deployer, plan, HookEvent::PreRollback, options)?;
    ownership::mark(&mut target, &plan.target.name, &plan.target.namespace);
    change(deployer, plan, &current, &target, options)?;
    if let Err(error) = deployer.await_ready(&target, options.wait) {
        let error = deployer.cause(error.into());
        let release = &mut plan.target;
        release.set_status(Status::Failed, format!("Release {:?} failed: {error}", release.name));
        deployer.record(&plan.current);
        deployer.record(&plan.target);
        return Err(Error::RollbackNotReady { name: plan.target.name.clone(), cause: Box::new(error) });
    }
    run_hooks(deployer, plan, HookEvent::PostRollback, options)?;
    deployer.supersede_deployed(&plan.target.name, |release| deployer.record(release))?;
    plan.target.info.status = Status::Deployed;
    Ok(())
}

fn run_hooks(
    deployer: &Deployer<'_>,
    plan: &mut Plan,
    event: HookEvent,
    options: &Options,
) -> Result<(), Error> {
    if options.no_hooks {
        return Ok(());
    }
    let outcome = deployer.run_hooks(&mut plan.target, event, options.wait, plan.server_side);
    outcome.map_err(|error| {
        let error = deployer.cause(Error::BareHook(Box::new(error)));
        let description = format!("Rollback {:?} failed: {error}", plan.target.name);
        deployer.fail(&mut plan.target, description);
        error
    })
}

/// Moves the cluster from one revision's objects to the other's.
fn change(
    deployer: &Deployer<'_>,
    plan: &mut Plan,
    current: &[Object],
    target: &[Object],
    options: &Options,
) -> Result<(), Error> {
    let mut created = Vec::new();
    let mode = update_mode(plan.server_side, options.force_conflicts, options.force_replace, false);
    let outcome = mode.and_then(|mode| {
        let outcome;
        (created, outcome) = deployer.update_objects(current, target, (mode, true), options.wait);
        outcome
    });
    let Err(error) = outcome else { return Ok(()) };
    let error = deployer.cause(error);
    let message = format!("Rollback {:?} failed: {error}", plan.target.name);
    deployer.log.warn(&message, &[]);
    plan.current.info.status = Status::Superseded;
    plan.target.set_status(Status::Failed, message);
    deployer.record(&plan.current);
    deployer.record(&plan.target);
    match deployer.clean_up(&created, options.cleanup_on_fail) {
        Ok(()) => Err(error),
        Err(errors) => Err(Error::RollbackCleanup(errors)),
    }
}
