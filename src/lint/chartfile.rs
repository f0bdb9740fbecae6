//! `Chart.yaml`.

use super::{Linter, Severity, chain, urls};
use crate::chart::{API_VERSION_V1, API_VERSION_V2, Metadata, Unknown, io, path};
use crate::values::gotext::{Quoted, type_name};
use crate::yaml;
use serde_json::Value;
use templates_engine::semver::{Constraint, Version};

const FILE: &str = "Chart.yaml";

pub(super) fn check(linter: &mut Linter<'_>) {
    let file = linter.dir.join(FILE);
    if file.is_dir() {
        linter.add(Severity::Error, FILE, "should be a file, not a directory");
    }
    let text = match io::read(&file) {
        Ok(text) => text,
        Err(error) => return linter.add(Severity::Error, FILE, format!("unable to parse YAML\n\t{error}")),
    };
    let metadata = match metadata(&text, Unknown::Ignored) {
        Ok(metadata) => metadata,
        Err(error) => return linter.add(Severity::Error, FILE, format!("unable to parse YAML\n\t{error}")),
    };
    if let Err(error) = self::metadata(&text, Unknown::Refused) {
        linter.add(
            Severity::Warning,
            FILE,
            format!("failed to strictly parse chart metadata file\n\t{error}"),
        );
    }
    let fields = yaml::to_json(&text).unwrap_or_default();
    let rules = [
        (Severity::Error, name(&metadata)),
        (Severity::Error, api_version(&metadata)),
        (Severity::Error, is_text(&fields, "version")),
        (Severity::Error, version(&metadata)),
        (Severity::Error, is_text(&fields, "appVersion")),
        (Severity::Error, maintainers(&metadata)),
        (Severity::Error, sources(&metadata)),
        (Severity::Info, icon(&metadata)),
        (Severity::Error, icon_url(&metadata)),
        (Severity::Error, chart_type(&metadata)),
        (Severity::Error, dependencies(&metadata)),
        (Severity::Warning, strict_version(&metadata)),
    ];
    for (severity, result) in rules {
        linter.rule(severity, FILE, result);
    }
}

fn metadata(text: &[u8], unknown: Unknown) -> Result<Metadata, String> {
    let json = match unknown {
        Unknown::Ignored => yaml::yaml_to_json(text),
        Unknown::Refused => yaml::yaml_to_json_strict(text),
    };
    let json = json.map_err(|error| format!("error converting YAML to JSON: {}", chain(&error)))?;
    let mut metadata = Metadata::default();
    let merged = metadata.merge_json(&json, unknown);
    merged.map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {}", chain(&error)))?;
    Ok(metadata)
}

fn rule(holds: bool, text: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text()) }
}

fn name(metadata: &Metadata) -> Result<(), String> {
    let name = &metadata.name;
    rule(!name.is_empty(), || "name is required".to_owned())?;
    rule(path::base(name) == name, || format!("chart name {} is invalid", Quoted(name)))
}

fn api_version(metadata: &Metadata) -> Result<(), String> {
    const WANTED: &str = "The value must be either \"v1\" or \"v2\"";
    let version = metadata.api_version.as_str();
    rule(!version.is_empty(), || format!("apiVersion is required. {WANTED}"))?;
    let known = [API_VERSION_V1, API_VERSION_V2].contains(&version);
    rule(known, || format!("apiVersion '{version}' is not valid. {WANTED}"))
}

fn is_text(fields: &Value, key: &str) -> Result<(), String> {
    match fields.get(key) {
        None | Some(Value::String(_)) => Ok(()),
        Some(other) => Err(format!("{key} should be of type string but it's of type {}", type_name(other))),
    }
}

fn version(metadata: &Metadata) -> Result<(), String> {
    let text = &metadata.version;
    rule(!text.is_empty(), || "version is required".to_owned())?;
    let version = Version::parse(text).map_err(|_| format!("version '{text}' is not a valid SemVer"))?;
    let above_zero = Constraint::parse(">0.0.0-0").map_err(|error| error.to_string())?;
    match above_zero.validate(&version).first() {
        Some(mismatch) => Err(format!("version {mismatch}")),
        None => Ok(()),
    }
}

fn strict_version(metadata: &Metadata) -> Result<(), String> {
    let text = &metadata.version;
    rule(Version::parse_strict(text).is_ok(), || format!("version '{text}' is not a valid SemVerV2"))
}

fn maintainers(metadata: &Metadata) -> Result<(), String> {
    rule(!metadata.origin.null_maintainer, || "a maintainer entry is empty".to_owned())?;
    for maintainer in &metadata.maintainers {
        let (name, email, url) = (&maintainer.name, &maintainer.email, &maintainer.url);
        rule(!name.is_empty(), || "each maintainer requires a name".to_owned())?;
        rule(email.is_empty() || urls::is_email(email), || {
            format!("invalid email '{email}' for maintainer '{name}'")
        })?;
        rule(url.is_empty() || urls::is_url(url), || format!("invalid url '{url}' for maintainer '{name}'"))?;
    }
    Ok(())
}

fn sources(metadata: &Metadata) -> Result<(), String> {
    let wrong = metadata.sources.iter().find(|source| !urls::is_request_url(source));
    wrong.map_or(Ok(()), |source| Err(format!("invalid source URL '{source}'")))
}

fn icon(metadata: &Metadata) -> Result<(), String> {
    rule(!metadata.icon.is_empty(), || "icon is recommended".to_owned())
}

fn icon_url(metadata: &Metadata) -> Result<(), String> {
    let icon = &metadata.icon;
    rule(icon.is_empty() || urls::is_request_url(icon), || format!("invalid icon URL '{icon}'"))
}

fn chart_type(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    rule(metadata.chart_type.is_empty() || version == API_VERSION_V2, || {
        format!(
            "chart type is not valid in apiVersion '{version}'. It is valid in apiVersion '{API_VERSION_V2}'"
        )
    })
}

fn dependencies(metadata: &Metadata) -> Result<(), String> {
    let version = &metadata.api_version;
    rule(metadata.dependencies.is_empty() || version == API_VERSION_V2, || {
        format!(
            "dependencies are not valid in the Chart file with apiVersion '{version}'. They are valid in apiVersion '{API_VERSION_V2}'"
        )
    })
}
