//! `lint`: one chart, a folder or an archive, against all rules.

use crate::chart::{
    Metadata, Unknown,
    io::{self, IoError},
    load::{SourceFile, archive_files},
    path,
};
use crate::lint::{Message, Options, Severity, chain, run_all};
use crate::log::Log;
use crate::values::gotext::Quoted;
use crate::yaml;
use serde_json::{Map, Value};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What linting a chart came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintResult {
    /// What the rules say.
    pub messages: Vec<Message>,
    /// What makes the chart fail: messages that are grave enough, or why there was nothing to check.
    pub errors: Vec<String>,
}

impl LintResult {
    /// Whether there is more than information.
    pub fn has_warnings_or_errors(&self) -> bool {
        !self.errors.is_empty() || self.messages.iter().any(|message| message.severity > Severity::Info)
    }
}

/// Lints the chart that the user typed as `typed`, with relative paths starting from `folder`.
///
/// Messages of `tolerated` severity do not make it fail. `values` are what the user set; Helm's rules merge
/// the chart's own tables into them, so that the next chart sees them too.
pub fn lint(
    typed: &str,
    folder: &Path,
    values: &mut Map<String, Value>,
    options: &Options,
    tolerated: Severity,
    log: &mut dyn Log,
) -> LintResult {
    match check(typed, folder, values, options, log) {
        Ok(messages) => {
            let errors = messages.iter().filter(|m| m.severity > tolerated).map(|m| m.text.clone()).collect();
            LintResult { messages, errors }
        }
        Err(error) => LintResult { messages: Vec::new(), errors: vec![error] },
    }
}

/// Whether a name is that of an archive.
pub fn is_archive(name: &str) -> bool {
    name.ends_with(".tgz") || name.ends_with(".tar.gz")
}

fn check(
    typed: &str,
    folder: &Path,
    values: &mut Map<String, Value>,
    options: &Options,
    log: &mut dyn Log,
) -> Result<Vec<Message>, String> {
    if is_archive(typed) {
        let temp = tempfile::Builder::new().prefix("helm-lint").tempdir().map_err(|error| {
            format!("unable to create temp dir to extract tarball: {}", io::reason(&error))
        })?;
        let dir = expand(&folder.join(typed), typed, temp.path())?;
        return Ok(run_all(dir, values, options, log));
    }
    let dir = folder.join(typed);
    let shown = path::join(typed, "Chart.yaml");
    if let Err(error) = io::stat(&dir.join("Chart.yaml")) {
        let error = IoError { path: shown.into(), ..error };
        return Err(format!("unable to check Chart.yaml file in chart: {error}"));
    }
    let dir = path::absolute(&dir).map_err(|error| io::reason(&error))?;
    Ok(run_all(dir, values, options, log))
}

/// Unpacks an archive below `into`; returns the chart's folder.
fn expand(archive: &Path, typed: &str, into: &Path) -> Result<PathBuf, String> {
    let file = File::open(archive).map_err(|error| {
        let error = IoError { operation: "open", path: typed.into(), error };
        format!("unable to open tarball: {error}")
    })?;
    let unable = |reason: String| format!("unable to extract tarball: {reason}");
    let files = archive_files(std::io::BufReader::new(file)).map_err(|error| unable(chain(&error)))?;
    let name = chart_name(&files).map_err(unable)?;
    let dir = into.join(name);
    for file in &files {
        write(&dir, file).map_err(unable)?;
    }
    Ok(dir)
}

fn write(dir: &Path, file: &SourceFile) -> Result<(), String> {
    // A path that would leave the folder is led back into it, as Helm's does.
    let inside = path::clean(&format!("/{}", file.name));
    let target = dir.join(inside.trim_start_matches('/'));
    io::make_dirs(target.parent().unwrap_or(dir)).map_err(|error| error.to_string())?;
    let data = file.data.bytes().map_err(|error| error.to_string())?;
    fs::write(&target, data).map_err(|error| IoError::of("open", &target)(error).to_string())
}

fn chart_name(files: &[SourceFile]) -> Result<String, String> {
    let mut metadata = Metadata::default();
    if let Some(file) = files.iter().rfind(|file| file.name == "Chart.yaml") {
        let failed = |error: String| format!("cannot load Chart.yaml: {error}");
        let text = file.data.bytes().map_err(|error| failed(error.to_string()))?;
        let json = yaml::yaml_to_json(text)
            .map_err(|error| failed(format!("error converting YAML to JSON: {error}")))?;
        metadata
            .merge_json(&json, Unknown::Ignored)
            .map_err(|error| failed(format!("error unmarshaling JSON: while decoding JSON: {error}")))?;
    }
    match metadata.name.as_str() {
        "" => Err("chart name not specified".to_owned()),
        name @ ("." | "..") => Err(format!("chart name {} is not allowed", Quoted(name))),
        name if name != path::base(name) => {
            Err(format!("chart name {} must not contain path separators", Quoted(name)))
        }
        _ => Ok(metadata.name),
    }
}
