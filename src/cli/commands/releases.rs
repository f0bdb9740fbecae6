//! What the commands on releases share: the cluster that the settings name, refusals, log lines.

use crate::{
    actions::deploy::{self, Deployer, follow::Awaited, report::Trouble},
    cli::{CliError, Ctx, Matches, progress::Progress},
    client::{
        Cluster,
        wait::{Strategy, Wait},
    },
    log::{Level, Log as _, Record},
    output::{self, color::Palette},
    storage::{
        Driver, Objects, Sql, Storage, Unreadable,
        lease::{DURATION_SECONDS, hold::Holder},
    },
};
use std::{cell::RefCell, rc::Rc, sync::Arc, time::Instant};

/// The cluster that flags, environment and kubeconfig name. Nothing is asked yet.
///
/// # Errors
/// When the sandbox that they name cannot be started.
pub(super) fn cluster(ctx: &Ctx<'_>) -> Result<Arc<Cluster>, CliError> {
    ctx.start_sandbox()?;
    Ok(Arc::new(Cluster::new(ctx.cluster_settings())))
}

/// Checks that a cluster answers, where one is needed to read releases.
///
/// # Errors
/// When none does.
pub(super) fn reach(ctx: &Ctx<'_>, cluster: &Cluster) -> Result<(), CliError> {
    if ctx.loaded.is_none() {
        cluster.server_version()?;
    }
    Ok(())
}

/// Where `HELM_DRIVER` says that releases are kept: in Secrets unless it says otherwise. Words that name no driver were
/// refused before the command ran.
pub(super) fn records<'r, 'c: 'r>(
    ctx: &Ctx<'c>,
    cluster: &'r Cluster,
    namespace: &str,
) -> Box<dyn Driver + 'r> {
    if let Some(database) = &ctx.database {
        return Box::new(Sql::new(Rc::clone(database), namespace, ctx.clock));
    }
    if let Some(loaded) = &ctx.loaded {
        return Box::new(loaded.of(namespace));
    }
    match ctx.env.get("HELM_DRIVER").as_str() {
        "configmap" | "configmaps" => Box::new(Objects::config_maps(cluster, namespace)),
        _ => Box::new(Objects::secrets(cluster, namespace)),
    }
}

/// Lets an operation work on the cluster and its records, with the context's log.
pub(super) fn with_deployer<T>(
    ctx: &mut Ctx<'_>,
    cluster: &Arc<Cluster>,
    work: impl FnOnce(&mut Deployer<'_>) -> T,
) -> T {
    let (clock, records) = (ctx.clock, records(ctx, cluster, cluster.namespace()));
    let expected = RefCell::new(ctx.expected.clone());
    let log = CtxLog::new(ctx);
    let mut deployer = Deployer::new(cluster, Storage::new(&*records, clock), clock, &log);
    (deployer.holder, deployer.expected) = (Some(Holder::this()), expected);
    work(&mut deployer)
}

/// An operation's failure, with what to do about it.
pub(super) fn explained(ctx: &Ctx<'_>, name: &str, error: deploy::Error) -> CliError {
    let program = ctx.program.name;
    let hint = match &error {
        deploy::Error::Busy(worker) => Some(format!(
            "{} is at work on {:?} since {}; should it have died, the next command takes over {} seconds later",
            worker.holder, worker.release, worker.since, DURATION_SECONDS
        )),
        deploy::Error::Pending => Some(format!(
            "should whoever began it be gone, '{program} rollback {name}' ends it, or '{program} uninstall {name}' where \
             it is a first install"
        )),
        _ => None,
    };
    let error = CliError::from(error);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Names records that are left out because they cannot be read.
pub(super) fn warn_of_unreadable(ctx: &mut Ctx<'_>, unreadable: &[Unreadable]) {
    for record in unreadable {
        let warning = Record::new(Level::Warn, "skipping a release record that cannot be read");
        let warning =
            warning.with("namespace", record.namespace.as_str()).with("record", record.key.as_str());
        ctx.record(warning.with("error", record.cause.as_str()));
    }
}

/// `--wait`, with `--timeout`.
pub(super) fn wait(matches: &Matches, for_jobs: bool) -> Wait {
    let strategy = match matches.string("wait").as_str() {
        "watcher" => Strategy::Watcher,
        "legacy" => Strategy::Legacy,
        _ => Strategy::HookOnly,
    };
    Wait { strategy, for_jobs, timeout: matches.duration("timeout").unsigned_abs() }
}

/// An action's log, written to standard error at once.
pub(super) struct CtxLog<'a, 'b> {
    ctx: RefCell<&'a mut Ctx<'b>>,
    progress: RefCell<Progress>,
}

impl<'a, 'b> CtxLog<'a, 'b> {
    /// A log on a context.
    pub(super) fn new(ctx: &'a mut Ctx<'b>) -> Self {
        let progress = RefCell::new(Progress::of(ctx));
        Self { ctx: RefCell::new(ctx), progress }
    }

    /// Standard error, with no progress on it.
    fn write(&self, text: &str) {
        let clear = self.progress.borrow_mut().clear();
        // The error that may follow says the most important.
        let _ = self.ctx.borrow_mut().err().write_all(format!("{clear}{text}").as_bytes());
    }

    fn clear(&self) {
        self.write("");
    }
}

impl deploy::Log for CtxLog<'_, '_> {
    fn record(&self, record: Record) {
        self.clear();
        self.ctx.borrow_mut().record(record);
    }

    /// Under Helm's name nothing but Helm's lines is written, unless a person reads them.
    fn wants_troubles(&self) -> bool {
        let ctx = self.ctx.borrow();
        ctx.program.name != "helm" || ctx.terminal.stderr
    }

    fn troubles(&self, troubles: &[Trouble], more: usize) {
        let palette = {
            let ctx = self.ctx.borrow();
            Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stderr)
        };
        self.write(&output::troubles::text(troubles, more, palette));
    }

    fn waiting(&self, awaited: &[Awaited]) {
        let text = self.progress.borrow_mut().step(awaited, Instant::now());
        if !text.is_empty() {
            let mut ctx = self.ctx.borrow_mut();
            // Who cannot be told of progress is told of the outcome.
            let _ = ctx.err().write_all(text.as_bytes()).and_then(|()| ctx.err().flush());
        }
    }

    /// Helm's hooks write into its log: what is read at once becomes a record, without its last line end.
    fn container_output(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        self.clear();
        self.ctx.borrow_mut().record(Record::new(Level::Info, text));
    }
}
