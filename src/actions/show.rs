//! `show`: what a chart holds.

use crate::{
    chart::{Chart, ContentError, File, save},
    jsonpath, yaml,
};

/// Which part of a chart is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything.
    All,
    /// `Chart.yaml`.
    Chart,
    /// The default values.
    Values,
    /// The README.
    Readme,
    /// The custom resource definitions.
    Crds,
}

/// Why a chart cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// `Chart.yaml` cannot be written as YAML.
    #[error(transparent)]
    Yaml(#[from] yaml::Error),
    /// `Chart.yaml` has no JSON.
    #[error(transparent)]
    Save(#[from] save::SaveError),
    /// A file cannot be read (its name in the chart).
    #[error("error reading {0}")]
    Reading(String, #[source] ContentError),
    /// A JSONPath template that cannot be read.
    #[error("error parsing jsonpath {0}")]
    Template(String, #[source] jsonpath::Error),
}

/// The names a README may have, in any case, the first one first.
const README_NAMES: &[&str] = &["readme.md", "readme.txt", "readme"];

/// A part of a chart, as `helm show` prints it.
///
/// # Errors
/// When `Chart.yaml` cannot be written.
///
/// ```
/// use skiff::{actions::show::{Part, show}, chart::{Chart, Metadata}};
/// let metadata = Metadata { name: "a".into(), version: "1.0.0".into(), ..Metadata::default() };
/// let chart = Chart { metadata, ..Chart::default() };
/// assert_eq!(show(&chart, Part::All)?, b"name: a\nversion: 1.0.0\n\n");
/// # Ok::<(), skiff::actions::show::ShowError>(())
/// ```
pub fn show(chart: &Chart, part: Part) -> Result<Vec<u8>, ShowError> {
    let mut out = Vec::new();
    let wants = |one: Part| part == one || part == Part::All;
    let separate = |out: &mut Vec<u8>| {
        if part == Part::All {
            out.extend_from_slice(b"---\n");
        }
    };
    if wants(Part::Chart) {
        line(&mut out, save::to_yaml(&chart.metadata)?.as_bytes());
    }
    if wants(Part::Values) && !chart.values.is_null() {
        separate(&mut out);
        for file in chart.raw.iter().filter(|file| file.name == "values.yaml") {
            line(&mut out, bytes(file)?);
        }
    }
    if let Some(readme) = readme(&chart.files).filter(|_| wants(Part::Readme)) {
        separate(&mut out);
        line(&mut out, bytes(readme)?);
    }
    if wants(Part::Crds) {
        for file in chart.crds() {
            let text = bytes(file)?;
            if !text.starts_with(b"---") {
                out.extend_from_slice(b"---\n");
            }
            line(&mut out, text);
        }
    }
    Ok(out)
}

fn bytes(file: &File) -> Result<&[u8], ShowError> {
    file.data.bytes().map(|bytes| &bytes[..]).map_err(|error| ShowError::Reading(file.name.clone(), error))
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
}

fn readme(files: &[File]) -> Option<&File> {
    files.iter().find(|file| README_NAMES.iter().any(|name| file.name.eq_ignore_ascii_case(name)))
}

/// The chart's values through a JSONPath template, as `helm show values --jsonpath` prints them.
///
/// Helm prints nothing, and says nothing, where the template does not fit the values.
///
/// # Errors
/// When the template cannot be read.
pub fn values_at(chart: &Chart, template: &str) -> Result<String, ShowError> {
    if chart.values.is_null() {
        return Ok(String::new());
    }
    let failed = |error| ShowError::Template(template.to_owned(), error);
    let parsed = jsonpath::Template::parse(template).map_err(failed)?;
    Ok(parsed.execute(&chart.values).unwrap_or_default())
}
