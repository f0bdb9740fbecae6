//! Back to an earlier revision, as a new one (Helm's `action/rollback.go`).

use super::{Deployer, DryRun, Error, apply_method, is_valid_name, ownership, update_mode};
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
/// record says `failed`; after a failed hook it stays `pending-rollback`, as Helm leaves it.
pub fn rollback(deployer: &mut Deployer<'_>, name: &str, options: &Options) -> Result<(), Error> {
    check_description(&options.description)?;
    deployer.cluster.server_version()?;
    deployer.storage.max_history = options.history_max;
    let mut plan = prepare(deployer, name, options)?;
    if options.dry_run.is_dry() {
        return Ok(());
    }
    deployer.storage.create(&plan.target)?;
    perform(deployer, &mut plan, options)?;
    Ok(deployer.storage.update(&plan.target)?)
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

fn prepare(deployer: &Deployer<'_>, name: &str, options: &Options) -> Result<Plan, Error> {
    if !is_valid_name(name) {
        return Err(Error::RollbackName(name.into()));
    }
    if options.revision < 0 {
        return Err(Error::InvalidRevision);
    }
    let history = deployer.storage.history(name)?;
    let Some(current) = history.last().cloned() else {
        return Err(storage::Error::NoRevision(name.into()).into());
    };
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
    let target = Release {
        name: name.to_owned(),
        namespace: current.namespace.clone(),
        version: current.version + 1,
        apply_method: apply_method(server_side),
        info: Info {
            first_deployed: current.info.first_deployed,
            last_deployed: Some(deployer.now()),
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
    let build = |release: &Release, context| {
        let objects = deployer.cluster.build(&release.manifest, &plan.target.namespace, false);
        objects.map_err(|cause: BuildError| Error::Build { context, cause })
    };
    let current = build(&plan.current, "unable to build kubernetes objects from current release manifest: ")?;
    let mut target = build(&plan.target, "unable to build kubernetes objects from new release manifest: ")?;
    run_hooks(deployer, plan, HookEvent::PreRollback, options)?;
    ownership::mark(&mut target, &plan.target.name, &plan.target.namespace);
    change(deployer, plan, &current, &target, options)?;
    if let Err(error) = deployer.cluster.wait_ready(&target, options.wait, deployer.clock) {
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
    outcome.map_err(|error| match deployer.cause(Error::BareHook(Box::new(error))) {
        Error::Cancelled => {
            let description = format!("Rollback {:?} failed: {}", plan.target.name, Error::Cancelled);
            deployer.fail(&mut plan.target, description);
            Error::Cancelled
        }
        error => error,
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
        (created, outcome) = deployer.update_objects(current, target, mode, true);
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
