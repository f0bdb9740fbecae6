//! What the files of a chart mean.

use super::{
    ArchiveError, DocumentError, LoadError, SourceFile, archive_files, bytes, document, load_values, path,
};
use crate::{
    chart::{API_VERSION_V1, Chart, File, Lock, Unknown},
    log::{Level, Log, Record},
};
use std::collections::BTreeMap;

/// How deep charts may be inside charts.
pub const MAX_DEPTH: usize = 64;
/// How much all archives in `charts/` may unpack to together; each keeps to a chart's limit besides.
pub const MAX_NESTED_SIZE: u64 = 1024 * 1024 * 1024;

/// Makes a chart of files.
///
/// Charts inside it come in the order of their names in `charts/`; names that begin with `_` or `.`
/// are left out.
///
/// # Errors
/// When a file that must be there is missing, or one is not what its name says.
///
/// ```
/// use skiff::chart::load::{SourceFile, from_files};
/// let file = |name: &str, data: &'static [u8]| {
///     SourceFile { name: name.into(), data: data.into(), mod_time: None }
/// };
/// let files = vec![
///     file("Chart.yaml", b"name: a\nversion: 1.0.0\n"),
///     file("templates/x.yaml", b"a: b"),
///     file("README.md", b"# a"),
/// ];
/// let chart = from_files(files, &mut Vec::new())?;
/// assert_eq!((chart.name(), chart.metadata.api_version.as_str()), ("a", "v1"));
/// assert_eq!((chart.templates.len(), chart.files.len(), chart.raw.len()), (1, 1, 3));
/// # Ok::<(), skiff::chart::load::LoadError>(())
/// ```
pub fn from_files(files: Vec<SourceFile>, log: &mut dyn Log) -> Result<Chart, LoadError> {
    Loader { log, nested: MAX_NESTED_SIZE }.chart(files, 0)
}

struct Loader<'a> {
    log: &'a mut dyn Log,
    nested: u64,
}

/// The files of `charts/`, by the first part of their names.
type Subcharts = BTreeMap<String, Vec<SourceFile>>;

impl Loader<'_> {
    fn chart(&mut self, files: Vec<SourceFile>, depth: usize) -> Result<Chart, LoadError> {
        if depth > MAX_DEPTH {
            return Err(LoadError::TooDeep);
        }
        let mut chart = Chart { raw: files.iter().map(file).collect(), ..Chart::default() };
        // Chart.yaml decides how others are read, so it comes first, wherever it stands.
        let mut found = false;
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            merge(&mut chart, "Chart.yaml", bytes(file)?)?;
            if chart.metadata.api_version.is_empty() {
                API_VERSION_V1.clone_into(&mut chart.metadata.api_version);
            }
            chart.mod_time = file.mod_time;
            found = true;
        }
        let mut subcharts = Subcharts::new();
        for file in files {
            found |= file.name == "requirements.yaml" || file.name == "requirements.lock";
            self.file(&mut chart, &mut subcharts, file)?;
        }
        if !found {
            return Err(LoadError::MissingChartYaml);
        }
        chart.validate()?;
        for (name, files) in subcharts {
            if !name.starts_with(['_', '.']) {
                let child = self.subchart(&name, files, chart.name(), depth + 1)?;
                chart.dependencies.push(child);
            }
        }
        Ok(chart)
    }

    fn file(
        &mut self,
        chart: &mut Chart,
        subcharts: &mut Subcharts,
        source: SourceFile,
    ) -> Result<(), LoadError> {
        match source.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => chart.lock = lock("Chart.lock", bytes(&source)?)?,
            "values.yaml" => chart.values = load_values(bytes(&source)?).map_err(LoadError::Values)?,
            "values.schema.json" => {
                chart.schema = Some(bytes(&source)?.clone());
                chart.schema_mod_time = source.mod_time;
            }
            "requirements.yaml" => {
                self.warn_of_v1(chart, DEPENDENCIES_WARNING);
                merge(chart, "requirements.yaml", bytes(&source)?)?;
                keep_in_v1(chart, &source);
            }
            "requirements.lock" => {
                chart.lock = lock("requirements.lock", bytes(&source)?)?;
                self.warn_of_v1(chart, LOCK_WARNING);
                keep_in_v1(chart, &source);
            }
            name if name.starts_with("templates/") => chart.templates.push(file(&source)),
            name => match name.strip_prefix("charts/") {
                Some(_) if path::extension(name) == ".prov" => chart.files.push(file(&source)),
                Some(rest) => {
                    let top = rest.split_once('/').map_or(rest, |(top, _)| top).to_owned();
                    let rest = rest.to_owned();
                    subcharts.entry(top).or_default().push(SourceFile { name: rest, ..source });
                }
                None => chart.files.push(file(&source)),
            },
        }
        Ok(())
    }

    fn warn_of_v1(&mut self, chart: &Chart, message: &str) {
        if !chart.metadata.is_v1() {
            self.log.record(Record::new(Level::Info, message));
        }
    }

    fn subchart(
        &mut self,
        name: &str,
        files: Vec<SourceFile>,
        parent: &str,
        depth: usize,
    ) -> Result<Chart, LoadError> {
        let files = if path::extension(name) == ".tgz" {
            let first = files.into_iter().next().ok_or(LoadError::MissingChartYaml)?;
            if first.name != name {
                let (parent, name) = (parent.to_owned(), name.to_owned());
                return Err(LoadError::SubchartFolder { parent, name, found: first.name });
            }
            bytes(&first).and_then(|data| self.unpack(data))
        } else {
            let inner = |file: SourceFile| {
                let (_, name) = file.name.split_once('/')?;
                Some(SourceFile { name: name.to_owned(), ..file })
            };
            Ok(files.into_iter().filter_map(inner).collect())
        };
        files.and_then(|files| self.chart(files, depth)).map_err(|source| LoadError::Subchart {
            name: name.to_owned(),
            parent: parent.to_owned(),
            source: Box::new(source),
        })
    }

    fn unpack(&mut self, data: &[u8]) -> Result<Vec<SourceFile>, LoadError> {
        let files = archive_files(data)?;
        let size =
            files.iter().try_fold(0, |size, file| Ok::<_, LoadError>(size + bytes(file)?.len() as u64))?;
        self.nested = self.nested.checked_sub(size).ok_or(ArchiveError::NestedTooLarge)?;
        Ok(files)
    }
}

const DEPENDENCIES_WARNING: &str = "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.";
const LOCK_WARNING: &str = "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.";

fn file(source: &SourceFile) -> File {
    File { name: source.name.clone(), data: source.data.clone(), mod_time: source.mod_time }
}

fn keep_in_v1(chart: &mut Chart, source: &SourceFile) {
    if chart.metadata.is_v1() {
        chart.files.push(file(source));
    }
}

fn merge(chart: &mut Chart, name: &'static str, text: &[u8]) -> Result<(), LoadError> {
    let json = document(text).map_err(|error| LoadError::File(name, error))?;
    let merged = chart.metadata.merge_json(&json, Unknown::Ignored);
    merged.map_err(|error| LoadError::File(name, DocumentError::Decode(error)))
}

fn lock(name: &'static str, text: &[u8]) -> Result<Option<Lock>, LoadError> {
    let json = document(text).map_err(|error| LoadError::File(name, error))?;
    Lock::from_json(&json).map_err(|error| LoadError::File(name, DocumentError::Decode(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    fn source(name: &str, text: &str) -> SourceFile {
        SourceFile { name: name.into(), data: text.to_owned().into(), mod_time: None }
    }

    /// The message as a user sees it.
    fn refused(files: Vec<SourceFile>) -> String {
        let error = from_files(files, &mut Vec::new()).expect_err("it is refused");
        let mut message = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            message = format!("{message}: {source}");
            next = source.source();
        }
        message
    }

    const CHART: &str = "name: a\nversion: 1.0.0\napiVersion: v2\n";

    #[test]
    fn what_lies_in_charts_and_is_no_chart_is_refused() {
        let files = |name| vec![source("Chart.yaml", CHART), source(name, "x")];
        let message = "error unpacking subchart README.md in a: Chart.yaml file is missing";
        assert_eq!(refused(files("charts/README.md")), message);
        let message = "error unpacking subchart tar in a: expected b.tgz, got b.tgz/x";
        assert_eq!(refused(files("charts/b.tgz/x")), message);
        assert!(from_files(files("charts/_ignored/x"), &mut Vec::new()).is_ok());
        assert!(from_files(files("charts/.ignored"), &mut Vec::new()).is_ok());
    }

    #[test]
    fn an_error_names_its_file() {
        let files = vec![source("Chart.yaml", CHART), source("values.yaml", "a: b: c")];
        let message = "cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: \
                       yaml: mapping values are not allowed in this context";
        assert_eq!(refused(files), message);
        let message = "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
                       string into Go value of type v2.Metadata";
        assert_eq!(refused(vec![source("Chart.yaml", "x")]), message);
        assert_eq!(refused(vec![]), "Chart.yaml file is missing");
    }

    #[test]
    fn charts_may_not_be_nested_without_end() {
        let nested = |depth: usize| {
            let path = |i: usize| format!("{}Chart.yaml", "charts/a/".repeat(i));
            (0..=depth).map(|i| source(&path(i), CHART)).collect::<Vec<_>>()
        };
        assert!(from_files(nested(MAX_DEPTH), &mut Vec::new()).is_ok());
        assert!(refused(nested(MAX_DEPTH + 1)).ends_with(": charts are nested more than 64 deep"));
    }

    #[test]
    fn archives_in_charts_share_a_limit() {
        let mut builder =
            tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(CHART.len() as u64);
        builder.append_data(&mut header, "a/Chart.yaml", CHART.as_bytes()).expect("it fits");
        let archive = builder.into_inner().and_then(flate2::write::GzEncoder::finish).expect("it ends");
        let mut loader = Loader { log: &mut Vec::new(), nested: 2 * CHART.len() as u64 - 1 };
        assert!(loader.unpack(&archive).is_ok());
        let error = loader.unpack(&archive).expect_err("it is too much");
        assert!(matches!(error, LoadError::Archive(ArchiveError::NestedTooLarge)), "{error}");
    }

    #[test]
    fn requirements_lie_over_chart_yaml_and_warn_in_v2() {
        let files = |version: &str| {
            vec![
                source("requirements.yaml", "dependencies: []"),
                source("requirements.lock", "digest: x"),
                source("Chart.yaml", &format!("name: a\nversion: 1.0.0\napiVersion: {version}")),
            ]
        };
        let mut log = Vec::new();
        let chart = from_files(files("v1"), &mut log).expect("it is sound");
        assert!(chart.metadata.origin.declares_dependencies && chart.lock.is_some());
        assert_eq!((chart.files.len(), log.len()), (2, 0));
        let chart = from_files(files("v2"), &mut log).expect("it is sound");
        assert_eq!((chart.files.len(), log.len()), (0, 2));
    }
}
