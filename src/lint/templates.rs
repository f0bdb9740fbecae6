//! `templates/`: that it renders, and what the rendered objects look like.

use super::{Linter, Loaded, Severity, deprecations, names, object};
use crate::chart::{Chart, io, path};
use crate::log::{Level, Record};
use crate::render::{Capabilities, Engine, Log, ReleaseOptions, RenderValues};
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
        Ok(Some((chart, files))) => check_files(linter, &chart, &files),
        Ok(None) => {}
        Err(error) => linter.add(Severity::Error, DIR, error),
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// The processed chart and its rendered files. Values that do not fit the chart's tree end the rule silently.
fn render(
    linter: &Linter<'_>,
    mut chart: Chart,
    values: &Map<String, Value>,
    records: &mut Vec<Record>,
) -> Result<Option<(Chart, Files)>, String> {
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
    let rendered = engine.render(&chart, &render_values).map_err(|error| error.to_string())?;
    records.extend(rendered.log.iter().map(record));
    Ok(Some((chart, rendered.files)))
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

fn check_files(linter: &mut Linter<'_>, chart: &Chart, files: &Files) {
    for template in &chart.templates {
        let name = template.name.as_str();
        // The second dialect's ending comes after the first's.
        let plain = name.strip_suffix(".tera").unwrap_or(name);
        let extension = path::extension(plain);
        if ![".yaml", ".yml", ".tpl", ".txt"].contains(&extension) {
            let text = format!(
                "file extension '{extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
            );
            linter.add(Severity::Error, name, text);
        }
        if !extension.eq_ignore_ascii_case(".yaml") && !extension.eq_ignore_ascii_case(".yml") {
            continue;
        }
        let content = files.get(&path::join(chart.name(), name)).map(Vec::as_slice).unwrap_or_default();
        if !check_content(linter, name, &String::from_utf8_lossy(content)) {
            return;
        }
    }
}

/// Checks what a template became; false when it is no YAML, which ends the rule for all templates.
fn check_content(linter: &mut Linter<'_>, name: &str, content: &str) -> bool {
    if content.trim().is_empty() {
        return true;
    }
    let indent = top_indent(content);
    linter.rule(Severity::Warning, name, indent);
    for object in object::objects(content.as_bytes()) {
        let object = match object {
            Ok(Some(object)) => object,
            Ok(None) => continue,
            Err(error) => {
                linter.add(Severity::Error, name, format!("unable to parse YAML: {error}"));
                return false;
            }
        };
        if let Some(text) = names::check(&object.kind, &object.name) {
            linter.add(Severity::Warning, name, text);
        }
        let version =
            linter.options.kube_version.clone().unwrap_or_else(|| Capabilities::default().kube_version);
        if let Some(text) = deprecations::warning(&object.api_version, &object.kind, &version) {
            linter.add(Severity::Warning, name, text);
        }
        let workload =
            ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].contains(&object.kind.as_str());
        if workload && !content.contains("matchLabels") && !content.contains("matchExpressions") {
            let (kind, name_of) = (&object.kind, Quoted(&object.name));
            let text =
                format!("a {kind} must contain matchLabels or matchExpressions, and {name_of} does not");
            linter.add(Severity::Error, name, text);
        }
        if object.kind == "List" {
            let result = list_annotations(content);
            linter.rule(Severity::Error, name, result);
        }
    }
    true
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
