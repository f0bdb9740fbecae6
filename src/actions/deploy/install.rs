//! A new release.

use super::{
    Common, Crds, Deployer, DryRun, Error, Facts, LookupLog, Renderer, Values, World, apply_method,
    check_labels, create_mode,
    error::NameError,
    is_valid_name,
    lock::Lock,
    ownership,
    plan::{self, Draft},
    stages::stages,
    uninstall, update_mode,
};
use crate::{
    client::Object,
    release::{Info, Release, Status, hook::HookEvent},
    render::Capabilities,
};

/// What install is asked to do, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The release's name.
    pub name: String,
    /// The release's namespace.
    pub namespace: String,
    /// `--create-namespace`.
    pub create_namespace: bool,
    /// `--server-side`.
    pub server_side: bool,
    /// `--skip-crds` and `--crds`.
    pub crds: Crds,
    /// `--replace`.
    pub replace: bool,
    /// What upgrade has too.
    pub common: Common,
}

/// Renders a chart, records the release and creates its objects.
///
/// # Errors
/// Before the record is stored nothing has changed, apart from custom resource definitions and the namespace;
/// afterwards the record says `failed`.
pub fn install(
    deployer: &Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &Options,
) -> Result<Release, Error> {
    let options = &Options { common: options.common.clone().awaited(), ..options.clone() };
    let dry_run = options.common.dry_run;
    let mut lock = check(deployer, options)?;
    chart.process_dependencies(&values, deployer.log).map_err(|error| {
        deployer.log.error("chart dependencies processing failed", &[("error", &error.to_string())]);
        Error::Dependencies(error)
    })?;
    deployer.prepare_crds(chart, options.crds, dry_run, options.server_side)?;
    let world = match dry_run {
        DryRun::Client => World {
            capabilities: Capabilities::default(),
            lookup: None,
            lookup_log: LookupLog::default(),
            clock: deployer.clock,
            log: deployer.log,
        },
        _ => deployer.world(dry_run)?,
    };
    let mut release = render(deployer, chart, values, options, &world, &lock)?;
    if dry_run == DryRun::Client {
        release.info.description = "Dry run complete".into();
        return Ok(release);
    }
    let objects = build(deployer, &release.manifest, options)?;
    let adopted = existing(deployer, &objects, options)?;
    if dry_run.is_dry() {
        release.info.description = "Dry run complete".into();
        return Ok(release);
    }
    store(deployer, &mut lock, &mut release, options)?;
    match perform(deployer, &mut release, &adopted, &objects, options) {
        Ok(()) => Ok(release),
        Err(error) => Err(fail(deployer, &lock, &mut release, deployer.cause(error), options)),
    }
}

/// Everything of an install but the deed.
pub(super) fn draft(
    deployer: &Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &Options,
) -> Result<Draft, Error> {
    let common = Common { dry_run: DryRun::Server, ..options.common.clone() };
    let options = &Options { common, ..options.clone() };
    let lock = check(deployer, options)?;
    check_free(deployer, &lock, options).map_err(Error::Name)?;
    chart.process_dependencies(&values, deployer.log).map_err(Error::Dependencies)?;
    let world = deployer.world(DryRun::Server)?;
    let crds = plan::crds(deployer, chart, options.crds, options.server_side)?;
    let mut release = render(deployer, chart, values, options, &world, &lock)?;
    if options.replace
        && let Ok(last) = deployer.storage.last_summary(&options.name)
    {
        release.version = last.version + 1;
    }
    let targets = build(deployer, &release.manifest, options)?;
    let adopted = existing(deployer, &targets, options)?;
    let (common, server_side) = (&options.common, options.server_side);
    let mode = match adopted.is_empty() {
        true => create_mode(server_side),
        false => {
            let three_way = common.take_ownership && !server_side;
            update_mode(server_side, common.force_conflicts, common.force_replace, three_way)?
        }
    };
    let events: &[HookEvent] =
        if common.no_hooks { &[] } else { &[HookEvent::PreInstall, HookEvent::PostInstall] };
    Ok(Draft {
        operation: "install",
        release,
        originals: Vec::new(),
        targets,
        mode,
        events,
        crds,
        kept: Vec::new(),
    })
}

/// Checks that a cluster answers.
///
/// # Errors
/// When none does, which is logged too.
pub fn check_reachable(deployer: &Deployer<'_>) -> Result<(), Error> {
    deployer.cluster.server_version().map(drop).map_err(|error| {
        deployer.log.error(&format!("cluster reachability check failed: {error}"), &[]);
        Error::Reachability(error)
    })
}

/// Objects of a rendered manifest, marked as the release's (`KubeClient.Build` and `setMetadataVisitor` of
/// Helm's install).
///
/// # Errors
/// When a document is broken or of a kind that the cluster does not know.
pub fn build(deployer: &Deployer<'_>, manifest: &str, options: &Options) -> Result<Vec<Object>, Error> {
    let objects = deployer.cluster.build(manifest, &options.namespace, !options.common.skip_validation);
    let mut objects = objects.map_err(|cause| Error::Build {
        context: "unable to build kubernetes objects from release manifest: ",
        cause,
    })?;
    stages(&objects)?;
    ownership::mark(&mut objects, &options.name, &options.namespace);
    Ok(objects)
}

/// Those of the objects that exist already and that the release may take.
///
/// # Errors
/// When one exists that belongs to somebody else, or the cluster does not say.
pub fn existing(
    deployer: &Deployer<'_>,
    objects: &[Object],
    options: &Options,
) -> Result<Vec<Object>, Error> {
    deployer
        .existing(objects, &options.name, &options.namespace, options.common.take_ownership)
        .map_err(|cause| Error::Conflict { operation: "install", cause })
}

/// What a dry run says of a chart with custom resource definitions, which it does not install.
pub fn warn_of_crds(deployer: &Deployer<'_>) {
    let message =
        "This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.";
    deployer.log.warn(message, &[]);
}

/// Records that the install failed, or takes away what there is of it.
fn fail(
    deployer: &Deployer<'_>,
    lock: &Lock,
    release: &mut Release,
    error: Error,
    options: &Options,
) -> Error {
    if options.common.rollback_on_failure {
        return uninstall_again(deployer, lock, error, options);
    }
    release.set_status(Status::Failed, format!("Release {:?} failed: {error}", options.name));
    // The error that is returned says more than one about the record could.
    let _ = deployer.update_record(release);
    error
}

fn uninstall_again(deployer: &Deployer<'_>, lock: &Lock, error: Error, options: &Options) -> Error {
    let common = &options.common;
    let undo =
        uninstall::Options { no_hooks: common.no_hooks, wait: common.wait, ..uninstall::Options::default() };
    let original = Box::new(error);
    match uninstall::run(deployer, lock, &options.name, &undo) {
        Ok(_) => Error::UninstalledAgain { name: options.name.clone(), cause: original },
        Err(cause) => Error::NotUninstalledAgain { original, cause: Box::new(cause) },
    }
}

/// Checks what stands before everything else, and begins to lock the name.
fn check(deployer: &Deployer<'_>, options: &Options) -> Result<Lock, Error> {
    let dry_run = options.common.dry_run;
    if dry_run.asks_cluster() {
        check_reachable(deployer)?;
    }
    if !dry_run.is_dry() && options.common.hide_secret {
        deployer.log.error(&Error::HideSecret.to_string(), &[]);
        return Err(Error::HideSecret);
    }
    let refused = |error: NameError| {
        deployer.log.error("release name check failed", &[("error", &error.to_string())]);
        Error::Name(error)
    };
    check_name(options).map_err(refused)?;
    let lock = deployer.lock_unless(dry_run, &options.name, options.common.rollback_on_failure);
    if !dry_run.is_dry() {
        check_free(deployer, &lock, options).map_err(refused)?;
    }
    Ok(lock)
}

fn check_name(options: &Options) -> Result<(), NameError> {
    if options.name.is_empty() {
        return Err(NameError::Missing);
    }
    if !is_valid_name(&options.name) {
        return Err(NameError::Invalid(options.name.clone()));
    }
    Ok(())
}

fn check_free(deployer: &Deployer<'_>, lock: &Lock, options: &Options) -> Result<(), NameError> {
    // Like Helm: a history that cannot be read is found out when the record is stored.
    let Ok(mut last) = deployer.storage.last(&options.name) else { return Ok(()) };
    // A living one keeps its name in use.
    if let Ok(Some(dead)) = deployer.bury(lock, &mut last)
        && dead.undo
        && last.version == 1
    {
        deployer.remove_dead(lock, &options.name, options.common.no_hooks, options.common.wait);
        return Ok(());
    }
    match last.info.status {
        Status::Uninstalled | Status::Failed if options.replace => Ok(()),
        _ => Err(NameError::InUse),
    }
}

fn render(
    deployer: &Deployer<'_>,
    chart: &dyn Renderer,
    values: Values,
    options: &Options,
    world: &World<'_>,
    lock: &Lock,
) -> Result<Release, Error> {
    let facts = Facts {
        name: options.name.clone(),
        namespace: options.namespace.clone(),
        revision: 1,
        is_upgrade: false,
        hide_secret: options.common.hide_secret,
        subchart_notes: options.common.subchart_notes,
    };
    let rendered = chart.render(&values, &facts, world).map_err(Error::Chart)?;
    check_labels(&options.common.labels)?;
    let now = lock.next_moment(deployer);
    let mut release = Release {
        name: options.name.clone(),
        namespace: options.namespace.clone(),
        chart: Some(chart.recorded().map_err(Error::Chart)?),
        config: values,
        manifest: rendered.manifest,
        hooks: rendered.hooks,
        version: 1,
        labels: options.common.labels.clone(),
        apply_method: apply_method(options.server_side),
        info: Info {
            first_deployed: Some(now),
            last_deployed: Some(now),
            notes: rendered.notes,
            ..Info::default()
        },
    };
    release.set_status(Status::PendingInstall, "Initial install underway");
    Ok(release)
}

/// Everything that must stand before objects are created: the namespace and the record.
fn store(
    deployer: &Deployer<'_>,
    lock: &mut Lock,
    release: &mut Release,
    options: &Options,
) -> Result<(), Error> {
    if options.create_namespace {
        let namespace = &options.namespace;
        let manifest = serde_json::json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": namespace, "labels": {"name": namespace}},
            // As Go writes its type: the empty ones show in managedFields.
            "spec": {},
            "status": {},
        });
        let objects = deployer.cluster.build(&manifest.to_string(), namespace, true);
        let objects = objects.map_err(|cause| Error::Build { context: "", cause })?;
        match deployer.cluster.create(&objects, create_mode(options.server_side)) {
            Err(error) if !error.is_already_exists() => return Err(error.into()),
            _ => {}
        }
        lock.ask_again();
    }
    lock.check(deployer)?;
    if options.replace {
        replace(deployer, release)?;
    } else {
        deployer.expect(release)?;
    }
    Ok(deployer.create_record(release)?)
}

/// Takes the number after the last revision's, and supersedes it unless it failed.
fn replace(deployer: &Deployer<'_>, release: &mut Release) -> Result<(), Error> {
    let Ok(mut last) = deployer.storage.last(&release.name) else { return deployer.expect(release) };
    release.version = last.version + 1;
    deployer.expect(release)?;
    if last.info.status != Status::Failed {
        last.set_status(Status::Superseded, "superseded by new release");
        deployer.update_record(&last)?;
    }
    Ok(())
}

fn perform(
    deployer: &Deployer<'_>,
    release: &mut Release,
    adopted: &[Object],
    objects: &[Object],
    options: &Options,
) -> Result<(), Error> {
    let (common, server_side) = (&options.common, options.server_side);
    if !common.no_hooks {
        deployer
            .run_hooks(release, HookEvent::PreInstall, common.wait, server_side)
            .map_err(|error| Error::Hook { context: "failed pre-install", cause: Box::new(error) })?;
    }
    let mut named = None;
    if adopted.is_empty() && !objects.is_empty() {
        let mut all = Vec::new();
        deployer.in_stages(objects, common.wait, |stage| {
            let made = deployer.cluster.create(stage, create_mode(server_side))?;
            all.extend_from_slice(&made);
            Ok(made)
        })?;
        named = Some(all);
    } else if !objects.is_empty() {
        let three_way = common.take_ownership && !server_side;
        let mode = update_mode(server_side, common.force_conflicts, common.force_replace, three_way)?;
        deployer.update_objects(adopted, objects, (mode, true), common.wait).1?;
    }
    deployer.await_ready(named.as_deref().unwrap_or(objects), common.wait)?;
    if !common.no_hooks {
        deployer
            .run_hooks(release, HookEvent::PostInstall, common.wait, server_side)
            .map_err(|error| Error::Hook { context: "failed post-install", cause: Box::new(error) })?;
    }
    let description = if common.description.is_empty() { "Install complete" } else { &common.description };
    release.set_status(Status::Deployed, description);
    if let Err(error) = deployer.update_record(release) {
        deployer.log.error("failed to record the release", &[("error", &error.to_string())]);
    }
    Ok(())
}
