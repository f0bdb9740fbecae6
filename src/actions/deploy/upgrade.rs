//! The next revision of a release.

use super::{
    BoxError, Common, Crds, Deployer, DryRun, Error, Facts, Renderer, Values, apply_method, check_labels,
    is_valid_name,
    lock::{Lock, rollback_options},
    ownership,
    plan::{self, Draft},
    rollback, server_side,
    stages::stages,
    update_mode,
};
use crate::{
    chart::Chart,
    client::Object,
    log::Record,
    release::{Info, Release, Status, hook::HookEvent},
    storage,
    values::coalesce,
};
use std::collections::BTreeMap;

/// Whose values an upgrade starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuesFrom {
    /// The last release's if none are given, else the new chart's.
    #[default]
    Either,
    /// `--reset-values`: the new chart's.
    Chart,
    /// `--reuse-values`: the last release's, with its chart's defaults.
    LastRelease,
    /// `--reset-then-reuse-values`: the last release's, with the new chart's defaults.
    LastReleaseOverChart,
}

/// What upgrade is asked to do, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The release's name.
    pub name: String,
    /// `--server-side`: `true`, `false` or `auto`.
    pub server_side: String,
    /// `--reuse-values` and its relatives.
    pub values_from: ValuesFrom,
    /// `--history-max`.
    pub history_max: usize,
    /// `--cleanup-on-fail`.
    pub cleanup_on_fail: bool,
    /// `--crds`.
    pub crds: Crds,
    /// What install has too.
    pub common: Common,
}

/// Both ends of an upgrade.
struct Plan {
    current: Release,
    next: Release,
    server_side: bool,
}

/// Renders a chart as the next revision, records it and moves the cluster from the last revision's objects to it.
///
/// # Errors
/// Before the record is stored nothing has changed; afterwards the record says `failed` and the last revision
/// stays the deployed one.
pub fn upgrade(
    deployer: &mut Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &Options,
) -> Result<Release, Error> {
    deployer.cluster.server_version()?;
    let options = &Options { common: options.common.clone().awaited(), ..options.clone() };
    if !is_valid_name(&options.name) {
        return Err(Error::InvalidName(options.name.clone()));
    }
    let lock =
        deployer.lock_unless(options.common.dry_run, &options.name, options.common.rollback_on_failure);
    let mut plan = prepare(deployer, &lock, chart, values, options)?;
    deployer.storage.max_history = options.history_max;
    let (current, target) = objects(deployer, &plan, options)?;
    if options.common.dry_run.is_dry() {
        plan.next.info.description = described(options, "Dry run complete");
        return Ok(plan.next);
    }
    lock.check(deployer)?;
    deployer.expect(&plan.next)?;
    deployer.create_record(&plan.next)?;
    perform(deployer, &lock, &mut plan, &current, &target, options)?;
    deployer.update_record(&plan.next)?;
    Ok(plan.next)
}

/// Everything of an upgrade but the deed.
pub(super) fn draft(
    deployer: &mut Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &Options,
) -> Result<Draft, Error> {
    deployer.cluster.server_version()?;
    let common = Common { dry_run: DryRun::Server, hide_secret: false, ..options.common.clone() };
    let crds = if options.crds == Crds::AsHelm { Crds::Skip } else { options.crds };
    let options = &Options { common, crds: Crds::AsHelm, ..options.clone() };
    if !is_valid_name(&options.name) {
        return Err(Error::InvalidName(options.name.clone()));
    }
    deployer.cluster.discovery().map_err(Error::ApiVersions)?;
    let crds = plan::crds(deployer, chart, crds, false)?;
    let lock = deployer.lock_unless(DryRun::Server, &options.name, false);
    let plan = prepare(deployer, &lock, chart, values, options)?;
    let (originals, targets) = objects(deployer, &plan, options)?;
    let common = &options.common;
    let mode = update_mode(plan.server_side, common.force_conflicts, common.force_replace, false)?;
    let events: &[HookEvent] =
        if common.no_hooks { &[] } else { &[HookEvent::PreUpgrade, HookEvent::PostUpgrade] };
    let release = plan.next;
    Ok(Draft { operation: "upgrade", release, originals, targets, mode, events, crds, kept: Vec::new() })
}

fn described(options: &Options, otherwise: &str) -> String {
    let given = &options.common.description;
    if given.is_empty() { otherwise.to_owned() } else { given.clone() }
}

fn prepare(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    chart: &mut dyn Renderer,
    values: Values,
    options: &Options,
) -> Result<Plan, Error> {
    let common = &options.common;
    if !common.dry_run.is_dry() && common.hide_secret {
        return Err(Error::HideSecret);
    }
    let (last, current) = revisions(deployer, lock, options)?;
    let mut log = Vec::new();
    let values = start_values(chart, &current, values, options.values_from, &mut log)?;
    log.into_iter().for_each(|record| deployer.log.record(record));
    chart.process_dependencies(&values, deployer.log).map_err(Error::Chart)?;
    let facts = Facts {
        name: options.name.clone(),
        namespace: current.namespace.clone(),
        revision: last.version + 1,
        is_upgrade: true,
        hide_secret: common.hide_secret,
        subchart_notes: common.subchart_notes,
    };
    if options.crds != Crds::AsHelm {
        lock.check(deployer)?;
        let server_side = options.server_side != "false";
        deployer.prepare_crds(chart, options.crds, common.dry_run, server_side)?;
    }
    let world = deployer.world(common.dry_run)?;
    let rendered = chart.render(&values, &facts, &world).map_err(Error::Chart)?;
    check_labels(&common.labels)?;
    let server_side = server_side(&options.server_side, &last.apply_method)?;
    let next = Release {
        name: options.name.clone(),
        namespace: current.namespace.clone(),
        chart: Some(chart.recorded().map_err(Error::Chart)?),
        config: values,
        info: Info {
            first_deployed: current.info.first_deployed,
            last_deployed: Some(lock.next_moment(deployer)),
            deleted: None,
            description: "Preparing upgrade".into(),
            status: Status::PendingUpgrade,
            notes: rendered.notes,
            ..Info::default()
        },
        manifest: rendered.manifest,
        hooks: rendered.hooks,
        version: last.version + 1,
        labels: merged_labels(&last.labels, &common.labels),
        apply_method: apply_method(server_side),
    };
    Ok(Plan { current, next, server_side })
}

/// The newest revision, and the deployed one that an upgrade starts from.
fn revisions(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    options: &Options,
) -> Result<(Release, Release), Error> {
    let name = &options.name;
    let mut last = last(deployer, name)?;
    if let Some(dead) = deployer.bury(lock, &mut last)?
        && dead.undo
        && last.version > 1
    {
        deployer.undo_dead(lock, name, options);
        last = self::last(deployer, name)?;
    }
    if last.info.status.is_pending() {
        return Err(Error::Pending);
    }
    if last.info.status == Status::Deployed {
        return Ok((last.clone(), last));
    }
    match deployer.storage.deployed(name) {
        Ok(current) => Ok((last, current)),
        Err(storage::Error::NoDeployed(_))
            if matches!(last.info.status, Status::Failed | Status::Superseded) =>
        {
            Ok((last.clone(), last))
        }
        Err(error) => Err(error.into()),
    }
}

fn last(deployer: &Deployer<'_>, name: &str) -> Result<Release, Error> {
    match deployer.storage.last(name) {
        Err(storage::Error::NotFound) => Err(storage::Error::NoDeployed(name.into()).into()),
        other => Ok(other?),
    }
}

fn start_values(
    chart: &mut dyn Renderer,
    current: &Release,
    given: Values,
    from: ValuesFrom,
    log: &mut Vec<Record>,
) -> Result<Values, Error> {
    let mut merged = given.clone();
    match from {
        ValuesFrom::Chart => Ok(given),
        ValuesFrom::LastRelease => {
            chart.replace_values(all_values(current, log).map_err(Error::OldValues)?);
            coalesce::coalesce_tables(&mut merged, &current.config, log);
            Ok(merged)
        }
        ValuesFrom::LastReleaseOverChart => {
            coalesce::coalesce_tables(&mut merged, &current.config, log);
            Ok(merged)
        }
        ValuesFrom::Either if given.is_empty() => Ok(current.config.clone()),
        ValuesFrom::Either => Ok(given),
    }
}

/// A release's own values over its chart's: what its templates saw. What Helm would log is added to `log`.
///
/// # Errors
/// When the recorded chart cannot be read.
pub fn all_values(release: &Release, log: &mut Vec<Record>) -> Result<Values, BoxError> {
    let chart: Chart = match &release.chart {
        Some(recorded) => serde_json::from_str(recorded.json())?,
        None => Chart::default(),
    };
    Ok(coalesce::coalesce_values(&chart, release.config.clone(), log)?)
}

/// The last revision's labels under the new ones; a new label `null` removes.
fn merged_labels(
    last: &BTreeMap<String, String>,
    given: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut labels = last.clone();
    labels.extend(given.clone());
    labels.retain(|_, value| value != "null");
    labels
}

/// The objects of both revisions, new ones checked for other owners.
fn objects(
    deployer: &Deployer<'_>,
    plan: &Plan,
    options: &Options,
) -> Result<(Vec<Object>, Vec<Object>), Error> {
    let namespace = &plan.next.namespace;
    let strict = !options.common.skip_validation;
    let target = deployer.cluster.build(&plan.next.manifest, namespace, strict);
    // Helm builds the new manifest once before the old one, to say what is wrong with it without a prefix.
    let mut target = target.map_err(|cause| Error::Build { context: "", cause })?;
    let current = deployer.cluster.build(&plan.current.manifest, namespace, false);
    let mut current = current.map_err(|cause| Error::Build { context: removed_api(&cause), cause })?;
    stages(&target)?;
    ownership::mark(&mut target, &plan.next.name, namespace);
    let key =
        |o: &Object| (o.resource.api_version(), o.resource.kind.clone(), o.namespace.clone(), o.name.clone());
    let fresh: Vec<Object> =
        target.iter().filter(|t| !current.iter().any(|c| key(c) == key(t))).cloned().collect();
    let adopted = deployer
        .existing(&fresh, &plan.next.name, namespace, options.common.take_ownership)
        .map_err(|cause| Error::Conflict { operation: "update", cause })?;
    current.extend(adopted);
    Ok((current, target))
}

fn removed_api(error: &crate::client::BuildError) -> &'static str {
    if error.to_string().contains("unable to recognize \"\": no matches for kind") {
        "current release manifest contains removed kubernetes api(s) for this kubernetes version and it is \
         therefore unable to build the kubernetes objects for performing the diff. error from kubernetes: "
    } else {
        "unable to build kubernetes objects from current release manifest: "
    }
}

fn perform(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    plan: &mut Plan,
    current: &[Object],
    target: &[Object],
    options: &Options,
) -> Result<(), Error> {
    let common = &options.common;
    let mut created = Vec::new();
    let outcome = change(deployer, plan, current, target, options, &mut created);
    if let Err(error) = outcome {
        let cause = deployer.cause(error);
        return Err(fail(deployer, lock, plan, cause, &created, options));
    }
    plan.current.info.status = Status::Superseded;
    deployer.record(&plan.current);
    plan.next.info.status = Status::Deployed;
    plan.next.info.description =
        if common.description.is_empty() { "Upgrade complete".into() } else { common.description.clone() };
    Ok(())
}

fn change(
    deployer: &Deployer<'_>,
    plan: &mut Plan,
    current: &[Object],
    target: &[Object],
    options: &Options,
    created: &mut Vec<Object>,
) -> Result<(), Error> {
    let (common, server_side) = (&options.common, plan.server_side);
    if !common.no_hooks {
        deployer
            .run_hooks(&mut plan.next, HookEvent::PreUpgrade, common.wait, server_side)
            .map_err(|error| Error::Hook { context: "pre-upgrade hooks failed", cause: Box::new(error) })?;
    }
    let migrate = server_side && plan.current.apply_method != "ssa";
    let outcome =
        update_mode(server_side, common.force_conflicts, common.force_replace, false).and_then(|mode| {
            let outcome;
            (*created, outcome) = deployer.update_objects(current, target, (mode, migrate), common.wait);
            outcome?;
            Ok(deployer.await_ready(target, common.wait)?)
        });
    if let Err(error) = outcome {
        deployer.record(&plan.current);
        return Err(error);
    }
    if !common.no_hooks {
        deployer
            .run_hooks(&mut plan.next, HookEvent::PostUpgrade, common.wait, server_side)
            .map_err(|error| Error::Hook { context: "post-upgrade hooks failed", cause: Box::new(error) })?;
    }
    Ok(())
}

fn fail(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    plan: &mut Plan,
    error: Error,
    created: &[Object],
    options: &Options,
) -> Error {
    let release = &mut plan.next;
    let text = error.to_string();
    deployer.log.warn("upgrade failed", &[("name", &release.name), ("error", &text)]);
    let description = format!("Upgrade {:?} failed: {text}", release.name);
    deployer.fail(release, description);
    if let Err(cleanup) = deployer.clean_up(created, options.cleanup_on_fail) {
        return Error::Cleanup { original: Box::new(error), cleanup };
    }
    if options.common.rollback_on_failure {
        roll_back(deployer, lock, &plan.next.name, error, options)
    } else {
        error
    }
}

/// Goes back to the last revision that was good once, and says so beside why the upgrade failed.
fn roll_back(deployer: &mut Deployer<'_>, lock: &Lock, name: &str, error: Error, options: &Options) -> Error {
    let original = Box::new(error);
    match last_good(deployer, name) {
        Err(cause) => Error::NoHistory { original, cause },
        Ok(None) => Error::NothingToRollBackTo(original),
        Ok(Some(good)) => match rollback::run(deployer, lock, name, &rollback_options(good, options)) {
            Ok(()) => Error::RolledBack { name: name.to_owned(), cause: original },
            Err(cause) => Error::NotRolledBack { original, cause: Box::new(cause) },
        },
    }
}

/// The newest revision that was good once. Helm's rule: a failed one is superseded only by one that succeeds.
fn last_good(deployer: &Deployer<'_>, name: &str) -> Result<Option<i64>, storage::Error> {
    let mut history = deployer.storage.summaries(name)?.found;
    if history.is_empty() {
        return Err(storage::Error::NotFound);
    }
    history.retain(|revision| matches!(revision.info.status, Status::Superseded | Status::Deployed));
    Ok(history.iter().map(|revision| revision.version).max())
}

/// Goes back to the last good revision from one that died.
pub(super) fn roll_back_dead(
    deployer: &mut Deployer<'_>,
    lock: &Lock,
    name: &str,
    options: &Options,
) -> Result<(), Error> {
    let good = last_good(deployer, name)?.ok_or_else(|| storage::Error::NoDeployed(name.into()))?;
    rollback::run(deployer, lock, name, &rollback_options(good, options))
}
