//! Changing releases in a cluster: install, upgrade, rollback, test, uninstall, and what they share.
//!
//! Nothing here prints, parses flags or reads charts from disk; the chart and its renderer come as a
//! [`Renderer`], log lines go to a [`Log`].

pub mod chart;
mod crds;
mod error;
pub mod follow;
mod hooks;
pub mod install;
mod lock;
mod lookup;
mod ownership;
pub mod plan;
pub mod report;
pub mod rollback;
pub mod stages;
pub mod test;
pub mod uninstall;
pub mod upgrade;

pub use crds::Crds;
pub use error::{BoxError, Error, Worker};
pub use hooks::{HookError, Shutdown};
use lookup::ClusterLookup;
pub use lookup::LookupLog;

use crate::{
    client::{
        ApplyMode, Cluster, Object,
        wait::{Strategy, Wait},
    },
    clock::Clock,
    log::{Level, Record},
    release::{RecordedChart, Release, Status, Time, hook::Hook},
    render::{Capabilities, KubeVersion, Lookup},
    storage::{self, Storage, lease::hold::Holder},
};
use serde_json::{Map, Value};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, PoisonError},
    thread,
    time::Duration,
};

/// How often a record is written that the server does not take and does not refuse.
const UPDATE_ATTEMPTS: usize = 3;
const UPDATE_PAUSE: Duration = Duration::from_millis(200);
/// How long writing a record may take once the operation's end was wished.
const HURRIED_UPDATE: Duration = Duration::from_millis(1500);

/// Values: what users give and charts hold.
pub type Values = Map<String, Value>;

/// Where log lines go, at once: an operation can take long.
pub trait Log {
    /// Takes one record.
    fn record(&self, record: Record);

    /// Takes what a hook's container wrote.
    fn container_output(&self, bytes: &[u8]);

    /// Whether somebody reads what is wrong with objects that do not get ready. The cluster is not asked for it otherwise.
    fn wants_troubles(&self) -> bool {
        false
    }

    /// Takes what is wrong with objects that did not get ready, and how many more there are.
    fn troubles(&self, _troubles: &[report::Trouble], _more: usize) {}

    /// Takes what is still awaited, several times a second; nothing any more at the end.
    fn waiting(&self, _awaited: &[follow::Awaited]) {}

    /// Something that happened.
    fn info(&self, message: &str) {
        self.record(record(Level::Info, message, &[]));
    }

    /// Something a person should know about.
    fn warn(&self, message: &str, fields: &[(&str, &str)]) {
        self.record(record(Level::Warn, message, fields));
    }

    /// Something went wrong.
    fn error(&self, message: &str, fields: &[(&str, &str)]) {
        self.record(record(Level::Error, message, fields));
    }

    /// Something that helps to find out why; shown with `--debug`.
    fn debug(&self, message: &str, fields: &[(&str, &str)]) {
        self.record(record(Level::Debug, message, fields));
    }
}

fn record(level: Level, message: &str, fields: &[(&str, &str)]) -> Record {
    let record = Record::new(level, message);
    fields.iter().fold(record, |record, (name, value)| record.with(*name, *value))
}

/// A cluster and the records in it.
pub struct Deployer<'a> {
    /// The cluster.
    pub cluster: &'a Arc<Cluster>,
    /// The records.
    pub storage: Storage<'a>,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Where log lines go.
    pub log: &'a dyn Log,
    /// Who asks for Leases on releases; nobody asks for any without.
    pub holder: Option<Holder>,
    /// What the operation must come to; nothing where it may come to anything. What follows from it, such as undoing
    /// what failed, is free.
    pub expected: RefCell<Option<Expected>>,
    /// The revision whose record says that this operation is under way.
    open: Rc<Cell<Option<i64>>>,
}

/// What an operation was planned to come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The revision that it makes, or that it takes away.
    pub revision: i64,
    /// That revision's manifest.
    pub manifest: String,
}

/// A chart that can be rendered.
pub trait Renderer {
    /// Enables and disables subcharts by these values and imports what they export.
    ///
    /// # Errors
    /// Helm's words for broken dependencies.
    fn process_dependencies(&mut self, values: &Values, log: &dyn Log) -> Result<(), BoxError>;

    /// The custom resource definitions: name and text of each file of `crds/`, subcharts' too.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    fn crds(&self) -> Result<Vec<(String, String)>, BoxError>;

    /// Renders with values and facts.
    ///
    /// # Errors
    /// Broken templates, values that the schema refuses, documents that are not YAML.
    fn render(&self, values: &Values, facts: &Facts, world: &World<'_>) -> Result<Rendered, BoxError>;

    /// The chart as records hold it.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    fn recorded(&self) -> Result<RecordedChart, BoxError>;

    /// Puts other defaults in the place of the chart's own, for `--reuse-values`.
    fn replace_values(&mut self, values: Values);
}

/// What rendering may ask and tell.
pub struct World<'a> {
    /// What the cluster can do.
    pub capabilities: Capabilities,
    /// What `lookup` asks, if it may.
    pub lookup: Option<Arc<dyn Lookup>>,
    /// What it logs.
    pub lookup_log: LookupLog,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Where log lines go.
    pub log: &'a dyn Log,
}

impl World<'_> {
    /// Logs what lookups had to say.
    pub fn tell_lookups(&self) {
        let mut records = self.lookup_log.lock().unwrap_or_else(PoisonError::into_inner);
        records.drain(..).for_each(|record| self.log.record(record));
    }
}

/// What templates see as `.Release`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The release's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision that is being made.
    pub revision: i64,
    /// An upgrade, not an install.
    pub is_upgrade: bool,
    /// Leave the contents of Secrets out.
    pub hide_secret: bool,
    /// Put the notes of subcharts in too.
    pub subchart_notes: bool,
}

/// What a chart renders to.
#[derive(Clone, Debug, Default)]
pub struct Rendered {
    /// All documents in install order.
    pub manifest: String,
    /// The hooks, apart.
    pub hooks: Vec<Hook>,
    /// NOTES.txt.
    pub notes: String,
}

/// How far an operation goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DryRun {
    /// All the way.
    #[default]
    None,
    /// Nothing leaves this machine.
    Client,
    /// The cluster is asked but not changed.
    Server,
}

impl DryRun {
    /// Whether nothing may be changed.
    pub fn is_dry(self) -> bool {
        self != Self::None
    }

    /// Whether the cluster may be asked.
    pub fn asks_cluster(self) -> bool {
        self != Self::Client
    }
}

/// Switches that install and upgrade share.
#[derive(Clone, Debug, Default)]
pub struct Common {
    /// `--dry-run`.
    pub dry_run: DryRun,
    /// `--hide-secret`.
    pub hide_secret: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--description`.
    pub description: String,
    /// `--labels`.
    pub labels: BTreeMap<String, String>,
    /// `--force-conflicts`.
    pub force_conflicts: bool,
    /// `--force-replace`.
    pub force_replace: bool,
    /// `--take-ownership`.
    pub take_ownership: bool,
    /// `--disable-openapi-validation`.
    pub skip_validation: bool,
    /// `--render-subchart-notes`.
    pub subchart_notes: bool,
    /// `--wait`, `--wait-for-jobs` and `--timeout`.
    pub wait: Wait,
    /// `--rollback-on-failure`.
    pub rollback_on_failure: bool,
}

impl Common {
    /// Whoever wants a failed operation undone wants it awaited too (Helm's `RunWithContext` of both).
    fn awaited(mut self) -> Self {
        if self.rollback_on_failure && self.wait.strategy == Strategy::HookOnly {
            self.wait.strategy = Strategy::Watcher;
        }
        self
    }
}

impl<'a> Deployer<'a> {
    /// Works on a cluster and its records, without Leases.
    pub fn new(
        cluster: &'a Arc<Cluster>,
        storage: Storage<'a>,
        clock: &'a dyn Clock,
        log: &'a dyn Log,
    ) -> Self {
        let (holder, expected, open) = (None, RefCell::default(), Rc::default());
        Self { cluster, storage, clock, log, holder, expected, open }
    }
}

impl Deployer<'_> {
    fn now(&self) -> Time {
        Time::from(&self.clock.local())
    }

    /// Stores a new record. From then on, unless the server refuses it for sure, an operation is under way.
    fn create_record(&self, release: &Release) -> Result<(), storage::Error> {
        if lock::is_unfinished(release) {
            self.open.set(Some(release.version));
        }
        let outcome = self.storage.create(release);
        if outcome.as_ref().is_err_and(storage::Error::is_refusal) {
            self.open.set(None);
        }
        outcome
    }

    /// Stores a changed record, which may end the operation or begin it.
    fn update_record(&self, release: &Release) -> Result<(), storage::Error> {
        if lock::is_unfinished(release) {
            self.open.set(Some(release.version));
        }
        self.update_patiently(release)?;
        if !lock::is_unfinished(release) {
            self.close(release.version);
        }
        Ok(())
    }

    /// Replaces a record, again where the server did not say that it will not be: a record that tells what is no longer
    /// true stays for good, and writing it twice does no harm.
    fn update_patiently(&self, release: &Release) -> Result<(), storage::Error> {
        // Whoever wished the end gets it, even from a server that does not answer.
        let is_hurried = self.cluster.cancel().was_cancelled();
        let _until = is_hurried.then(|| self.cluster.within(HURRIED_UPDATE));
        for _ in 1..UPDATE_ATTEMPTS {
            match self.storage.update(release) {
                Err(error) if !error.is_refusal() => thread::sleep(UPDATE_PAUSE),
                outcome => return outcome,
            }
        }
        self.storage.update(release)
    }

    fn delete_record(&self, name: &str, version: i64) -> Result<(), storage::Error> {
        self.storage.delete(name, version)?;
        self.close(version);
        Ok(())
    }

    /// Nothing says any more that an operation on this revision is under way.
    fn close(&self, version: i64) {
        if self.open.get() == Some(version) {
            self.open.set(None);
        }
    }

    /// Refuses what is not what was planned. It is asked when nobody else can work on the release any more.
    fn expect(&self, release: &Release) -> Result<(), Error> {
        let is_it =
            |wanted: &Expected| wanted.revision == release.version && wanted.manifest == release.manifest;
        if self.expected.take().as_ref().is_none_or(is_it) { Ok(()) } else { Err(Error::NotAsPlanned) }
    }

    /// What the server can do.
    fn capabilities(&self) -> Result<Capabilities, Error> {
        let version = self.cluster.server_version().map_err(Error::ServerVersion)?;
        let discovery = self.cluster.discovery().map_err(Error::ApiVersions)?;
        Ok(Capabilities {
            kube_version: KubeVersion {
                version: version.git_version,
                normalized: String::new(),
                major: version.major,
                minor: version.minor,
            },
            api_versions: discovery.version_set(),
        })
    }

    /// Stores a changed record; a failure is told but does not stop what is under way.
    fn record(&self, release: &Release) {
        if let Err(error) = self.update_record(release) {
            let revision = release.version.to_string();
            let fields =
                [("name", release.name.as_str()), ("revision", &revision), ("error", &error.to_string())];
            self.log.warn("failed to update release", &fields);
        }
    }

    /// What a chart is rendered in.
    ///
    /// # Errors
    /// When the cluster does not say what it can do.
    pub fn world(&self, dry_run: DryRun) -> Result<World<'_>, Error> {
        let asks = dry_run.asks_cluster();
        let lookup_log = LookupLog::default();
        let cluster_lookup = || ClusterLookup::new(Arc::clone(self.cluster), Arc::clone(&lookup_log));
        let lookup = asks.then(|| Arc::new(cluster_lookup()) as Arc<dyn Lookup>);
        // An upgrade needs the cluster in any case; only what templates may ask differs.
        let capabilities = self.capabilities()?;
        Ok(World { capabilities, lookup, lookup_log, clock: self.clock, log: self.log })
    }

    /// Moves the cluster from one revision's objects to another's, stage by stage; what was created is returned in any case.
    fn update_objects(
        &self,
        originals: &[Object],
        targets: &[Object],
        (mode, migrate): (ApplyMode, bool),
        wait: Wait,
    ) -> (Vec<Object>, Result<(), Error>) {
        let mut created = Vec::new();
        let outcome = self.in_stages(targets, wait, |stage| {
            let (updated, outcome) = self.cluster.update(originals, stage, mode, migrate);
            for object in &updated.found {
                let message =
                    "resource exists on cluster but not in original release, using cluster state as baseline";
                let namespace = object.namespace.as_str();
                let fields = [("namespace", namespace), ("name", &object.name), ("kind", object.kind())];
                self.log.warn(message, &fields);
            }
            created.extend(updated.created);
            outcome?;
            Ok(stage.to_vec())
        });
        let outcome = outcome.and_then(|()| Ok(self.cluster.delete_dropped(originals, targets)?));
        (created, outcome)
    }

    /// Deletes what a failed operation created, where `--cleanup-on-fail` asks for it.
    fn clean_up(&self, created: &[Object], asked: bool) -> Result<(), String> {
        if !asked || created.is_empty() {
            return Ok(());
        }
        let deleted = self.cluster.delete(created, "Background");
        deleted.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    }

    /// Marks every revision that is still deployed as superseded.
    fn supersede_deployed(&self, name: &str, note: impl Fn(&Release)) -> Result<(), Error> {
        let deployed = match self.storage.deployed_all(name) {
            Err(storage::Error::NoDeployed(_)) => return Ok(()),
            other => other?,
        };
        for mut release in deployed {
            release.info.status = Status::Superseded;
            note(&release);
        }
        Ok(())
    }

    /// The error of an operation: that somebody wished its end, where somebody did. What follows is not cancelled.
    fn cause(&self, error: Error) -> Error {
        let cancel = self.cluster.cancel();
        match (cancel.take(), cancel.was_lost()) {
            (false, _) => error,
            (true, false) => Error::Cancelled,
            (true, true) => Error::Lost,
        }
    }

    fn fail(&self, release: &mut Release, description: String) {
        release.set_status(Status::Failed, description);
        self.record(release);
    }
}

/// `ssa` or `csa`, as records hold it.
fn apply_method(server_side: bool) -> String {
    if server_side { "ssa" } else { "csa" }.to_owned()
}

/// How objects are changed under these switches.
fn update_mode(
    server_side: bool,
    force_conflicts: bool,
    force_replace: bool,
    three_way: bool,
) -> Result<ApplyMode, Error> {
    if !server_side && force_conflicts {
        return Err(Error::UpdateOptions(
            "invalid client update option(s): forceConflicts enabled when serverSideApply disabled",
        ));
    }
    if force_conflicts && force_replace {
        return Err(Error::UpdateOptions(
            "invalid operation: cannot use force conflicts and force replace together",
        ));
    }
    if server_side && force_replace {
        return Err(Error::UpdateOptions(
            "invalid operation: cannot use server-side apply and force replace together",
        ));
    }
    Ok(match (server_side, force_replace) {
        (_, true) => ApplyMode::Replace,
        (true, false) => ApplyMode::ServerSide { force: force_conflicts },
        (false, false) => ApplyMode::ClientSide { three_way },
    })
}

/// What `--server-side` means for a release whose last revision was applied so (`getUpgradeServerSideValue`).
fn server_side(word: &str, last_method: &str) -> Result<bool, Error> {
    match word {
        "auto" => Ok(last_method == "ssa"),
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Error::ServerSide(other.into())),
    }
}

/// How objects are created.
fn create_mode(server_side: bool) -> ApplyMode {
    if server_side {
        ApplyMode::ServerSide { force: false }
    } else {
        ApplyMode::ClientSide { three_way: false }
    }
}

/// Helm's rule for release names: DNS labels joined by dots, at most 53 bytes.
pub fn is_valid_name(name: &str) -> bool {
    const MAX_LENGTH: usize = 53;
    let is_label = |label: &str| {
        let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let bytes = label.as_bytes();
        edge(bytes.first())
            && edge(bytes.last())
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    !name.is_empty() && name.len() <= MAX_LENGTH && name.split('.').all(is_label)
}

/// A user's label that storage keeps for itself is refused.
fn check_labels(labels: &BTreeMap<String, String>) -> Result<(), Error> {
    use crate::storage::SYSTEM_LABELS;
    if labels.keys().any(|label| SYSTEM_LABELS.contains(&label.as_str())) {
        return Err(Error::SystemLabels);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
