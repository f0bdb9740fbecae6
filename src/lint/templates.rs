//! `templates/`: that it renders, and what the rendered objects look like.

use super::{Linter, Loaded, Severity, deprecations, names, object};
use crate::chart::{Chart, io, path};
use crate::log::{Level, Record};
use crate::render::{Capabilities, Engine, KubeVersion, Log, ReleaseOptions, RenderValues};
use crate::values::coalesce::coalesce_values;
use crate::values::conditions::process_dependencies;
use crate::values::gotext::Quoted;
use crate::values::schema;
use crate::yaml;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const DIR: &str = "templates/";
/// The longest line that Go's line scanner takes.
const MAX_LINE: usize = 64 * 1024;

pub(super) fn check(linter: &mut Linter<'_>, loaded: &Loaded, values: &Map<String, Value>) {
    match io::stat(&linter.dir.join("templates")) {
        Err(error) if error.is_not_found() => {
            return linter.add(Severity::Warning, DIR, "directory does not exist");
        }
        Err(error) => return linter.add(Severity::Error, DIR, error.to_string()),
        Ok(found) if !found.is_dir() => return linter.add(Severity::Error, DIR, "not a directory"),
        Ok(_) => {}
    }
    let chart = match loaded.chart(linter.log) {
        Ok(chart) => chart.clone(),
        Err(error) => return linter.add(Severity::Error, DIR, error),
    };
    let mut records = Vec::new();
    let rendered = render(linter, chart, values, &mut records);
    records.into_iter().for_each(|record| linter.log.record(record));
    match rendered {
        Ok(Some((chart, findings))) => check_files(linter, &chart, &findings),
        Ok(None) => {}
        Err(error) => linter.add(Severity::Error, DIR, error),
    }
}

/// What the rules find in rendered files, by full path.
type Findings = BTreeMap<String, FileFindings>;

/// What the rules find in one file.
#[derive(Default)]
struct FileFindings {
    messages: Vec<(Severity, String)>,
    /// The file is no YAML, which ends the rule for all templates.
    is_last: bool,
}

/// The processed chart and what is found in its rendered files. Values that do not fit the chart's tree end the rule silently.
fn render(
    linter: &Linter<'_>,
    mut chart: Chart,
    values: &Map<String, Value>,
    records: &mut Vec<Record>,
) -> Result<Option<(Chart, Findings)>, String> {
    if process_dependencies(&mut chart, values, records).is_err() {
        return Ok(None);
    }
    let Ok(values) = coalesce_values(&chart, values.clone(), records) else { return Ok(None) };
    // Helm coalesces once more on its way to the engine.
    let values = Value::Object(coalesce_values(&chart, values, records).map_err(|error| error.to_string())?);
    if !linter.options.skip_schema_validation {
        schema::validate_chart(&chart, &values, &linter.options.documents, records).map_err(|findings| {
            format!(
                "values don't meet the specifications of the schema(s) in the following chart(s):\n{findings}"
            )
        })?;
    }
    let release = ReleaseOptions {
        name: "test-release".to_owned(),
        namespace: linter.options.namespace.clone(),
        revision: 0,
        is_upgrade: false,
    };
    let mut capabilities = Capabilities::default();
    if let Some(version) = &linter.options.kube_version {
        capabilities.kube_version = version.clone();
    }
    let engine = Engine { lint_mode: true, ..Engine::default() };
    let render_values = RenderValues { values, release, capabilities, now: linter.options.now };
    let version = render_values.capabilities.kube_version.clone();
    let mut findings = Findings::new();
    let rendered = engine.render_each(&chart, &render_values, |path, text| {
        let name = path.strip_prefix(chart.name()).and_then(|path| path.strip_prefix('/'));
        // Helm looks at the chart's own templates only.
        if name.is_some_and(|name| name.starts_with("templates/") && is_manifest(name)) {
            let found = find(&String::from_utf8_lossy(&text), &version);
            findings.insert(path, found);
        }
    });
    records.extend(rendered.map_err(|error| error.to_string())?.iter().map(record));
    Ok(Some((chart, findings)))
}

/// The ending of a template; the second dialect's ending comes after the first's.
fn extension(name: &str) -> &str {
    path::extension(name.strip_suffix(".tera").unwrap_or(name))
}

fn is_manifest(name: &str) -> bool {
    let extension = extension(name);
    extension.eq_ignore_ascii_case(".yaml") || extension.eq_ignore_ascii_case(".yml")
}

/// What lint mode let pass, as Helm logs it.
fn record(log: &Log) -> Record {
    match log {
        Log::MissingRequired(text) => {
            Record::new(Level::Warn, "missing required value").with("message", text.as_str())
        }
        Log::EmptyRequired(text) => {
            Record::new(Level::Warn, "missing required values").with("message", text.as_str())
        }
        Log::Fail(text) => Record::new(Level::Info, "funcMap fail").with("message", text.as_str()),
    }
}

fn check_files(linter: &mut Linter<'_>, chart: &Chart, findings: &Findings) {
    for template in &chart.templates {
        let name = template.name.as_str();
        let extension = extension(name);
        if ![".yaml", ".yml", ".tpl", ".txt"].contains(&extension) {
            let text = format!(
                "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
            );
            linter.add(Severity::Error, name, text);
        }
        // Partials are not rendered; two templates of one name are one.
        let Some(found) = findings.get(&path::join(chart.name(), name)) else { continue };
        for (severity, text) in &found.messages {
            linter.add(*severity, name, text.as_str());
        }
        if found.is_last {
            return;
        }
    }
}

/// Checks what a template became.
fn find(content: &str, version: &KubeVersion) -> FileFindings {
    let mut found = FileFindings::default();
    if content.trim().is_empty() {
        return found;
    }
    let mut add = |severity, text| found.messages.push((severity, text));
    if let Err(text) = top_indent(content) {
        add(Severity::Warning, text);
    }
    for object in object::objects(content.as_bytes()) {
        let object = match object {
            Ok(Some(object)) => object,
            Ok(None) => continue,
            Err(error) => {
                add(Severity::Error, format!("unable to parse YAML: {error}"));
                found.is_last = true;
                return found;
            }
        };
        if let Some(text) = names::check(&object.kind, &object.name) {
            add(Severity::Warning, text);
        }
        if let Some(text) = deprecations::warning(&object.api_version, &object.kind, version) {
            add(Severity::Warning, text);
        }
        let workload =
            ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].contains(&object.kind.as_str());
        if workload && !content.contains("matchLabels") && !content.contains("matchExpressions") {
            let (kind, name_of) = (&object.kind, Quoted(&object.name));
            let text =
                format!("a {kind} must contain matchLabels or matchExpressions, and {name_of} does not");
            add(Severity::Error, text);
        }
        if object.kind == "List"
            && let Err(text) = list_annotations(content)
        {
            add(Severity::Error, text);
        }
    }
    found
}

/// The first line that is not blank must not be indented.
fn top_indent(content: &str) -> Result<(), String> {
    for line in content.lines() {
        if line.len() >= MAX_LINE {
            return Err("bufio.Scanner: token too long".to_owned());
        }
        if line.trim().is_empty() {
            continue;
        }
        if line.starts_with([' ', '\t']) {
            let line = Quoted(line);
            return Err(format!(
                "document starts with an illegal indent: {line}, which may cause parsing problems"
            ));
        }
        return Ok(());
    }
    Ok(())
}

/// Helm does not look at this annotation inside of a List.
fn list_annotations(content: &str) -> Result<(), String> {
    let list = yaml::to_json(content).map_err(|error| format!("unable to parse YAML: {error}"))?;
    let items = list.get("items").and_then(Value::as_array).into_iter().flatten();
    let kept = |item: &Value| {
        item.get("metadata").and_then(|m| m.get("annotations")?.get("helm.sh/resource-policy")).is_some()
    };
    if items.into_iter().any(kept) {
        return Err("annotation 'helm.sh/resource-policy' within List objects are ignored".to_owned());
    }
    Ok(())
}
