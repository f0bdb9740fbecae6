//! Chart rules, one file each, as `helm lint` applies them.
//!
//! [`run_all`] looks at a chart's folder and returns messages in Helm's order. Nothing is printed; what
//! Helm logs on the way comes back beside the messages.

mod chartfile;
mod crds;
mod dependencies;
mod deprecation_table;
mod deprecations;
mod names;
mod object;
mod templates;
mod urls;
mod values;

use crate::chart::{Chart, load, load::LoadError};
use crate::log::{Log, Record};
use crate::render::KubeVersion;
use crate::values::schema::Documents;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

/// How grave a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something could be nicer.
    Info,
    /// Something breaks with convention, but will likely work.
    Warning,
    /// Something will likely not work.
    Error,
}

/// What a rule has to say; `Display` is Helm's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// How grave it is.
    pub severity: Severity,
    /// The file it is about.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        };
        write!(f, "[{severity}] {}: {}", self.path, self.text)
    }
}

/// What the rules need beside the folder.
#[derive(Clone)]
pub struct Options {
    /// `.Release.Namespace`.
    pub namespace: String,
    /// The Kubernetes version to check against; the newest known when there is none.
    pub kube_version: Option<KubeVersion>,
    /// Whether `values.schema.json` is left alone.
    pub skip_schema_validation: bool,
    /// Now, for the date functions.
    pub now: Timestamp,
    /// Where schemas find what they refer to.
    pub documents: Rc<dyn Documents>,
}

/// A run over one chart.
struct Linter<'a> {
    dir: PathBuf,
    options: &'a Options,
    messages: Vec<Message>,
    log: &'a mut dyn Log,
}

/// What a run over one chart had to say.
pub fn run_all(
    dir: PathBuf,
    values: &mut Map<String, Value>,
    options: &Options,
    log: &mut dyn Log,
) -> Vec<Message> {
    let mut linter = Linter { dir, options, messages: Vec::new(), log };
    let mut loading = Vec::new();
    let chart = load::load_dir(&linter.dir, &mut loading);
    let loaded = Loaded { chart, loading };
    chartfile::check(&mut linter);
    values::check(&mut linter, values);
    templates::check(&mut linter, &loaded, values);
    dependencies::check(&mut linter, &loaded);
    crds::check(&mut linter, &loaded);
    linter.messages
}

/// The chart, loaded once; Helm loads it for each group of rules, and logs each time.
struct Loaded {
    chart: Result<Chart, LoadError>,
    loading: Vec<Record>,
}

impl Loaded {
    fn chart(&self, log: &mut dyn Log) -> Result<&Chart, String> {
        self.loading.iter().cloned().for_each(|record| log.record(record));
        self.chart.as_ref().map_err(|error| chain(error))
    }
}

impl Linter<'_> {
    fn add(&mut self, severity: Severity, path: &str, text: impl Into<String>) {
        self.messages.push(Message { severity, path: path.to_owned(), text: text.into() });
    }

    /// Adds the message of a rule that is broken; says whether it holds.
    fn rule(&mut self, severity: Severity, path: &str, result: Result<(), String>) -> bool {
        let holds = result.is_ok();
        if let Err(text) = result {
            self.add(severity, path, text);
        }
        holds
    }
}

/// An error with its causes, as Go's wrapped errors read.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text += &format!(": {error}");
        next = error.source();
    }
    text
}
