//! The chart: what `Chart.yaml`, templates, values and files say, and the charts inside it.
//!
//! Invariant: the JSON of a [`Chart`] is what Helm puts into release records.

use super::{Content, Metadata, Moment, moment, wire};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A file of a chart; its name is relative to the chart's folder, with `/` between parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct File {
    /// Path inside the chart, such as `templates/service.yaml`.
    pub name: String,
    /// The content, without a byte order mark. Clones share it.
    pub data: Content,
    /// When it was last changed.
    #[serde(rename = "modtime", skip_serializing_if = "Option::is_none")]
    pub mod_time: Option<Moment>,
}

/// A chart and the charts it contains.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chart {
    /// All files as they came, subcharts' included (`charts/…`).
    #[serde(skip)]
    pub raw: Vec<File>,
    /// `Chart.yaml`.
    pub metadata: Metadata,
    /// `Chart.lock`.
    pub lock: Option<Lock>,
    /// What is under `templates/`, in the order it was read.
    #[serde(with = "wire::list")]
    pub templates: Vec<File>,
    /// `values.yaml`: a map, or null when the chart has no such file.
    pub values: Value,
    /// `values.schema.json`.
    #[serde(with = "wire::optional_base64")]
    pub schema: Option<Bytes>,
    /// When the schema was last changed.
    #[serde(rename = "schemamodtime", with = "moment::zeroed")]
    pub schema_mod_time: Option<Moment>,
    /// All other files, except subcharts: README, LICENSE, crds/, ….
    #[serde(with = "wire::list")]
    pub files: Vec<File>,
    /// When `Chart.yaml` was last changed.
    #[serde(rename = "modtime", skip_serializing_if = "Option::is_none")]
    pub mod_time: Option<Moment>,
    /// The charts under `charts/`; Helm's records leave them out.
    #[serde(skip)]
    pub dependencies: Vec<Chart>,
}

/// `Chart.lock`: the versions that dependencies were resolved to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lock {
    /// When it was written.
    #[serde(with = "moment::zeroed")]
    pub generated: Option<Moment>,
    /// A hash of what was asked for and what was found.
    pub digest: String,
    /// The exact versions.
    #[serde(deserialize_with = "wire::list::deserialize")]
    pub dependencies: Vec<super::Dependency>,
}

/// A file of `crds/`, and the path it is shown under.
#[derive(Clone, Copy, Debug)]
pub struct Crd<'a> {
    /// `<chart's full path>/crds/<file>`, borrowed parts joined by [`Crd::filename`].
    chart: &'a str,
    /// The file; its name starts with `crds/`.
    pub file: &'a File,
}

/// A chart with its place in the tree.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// The chart.
    pub chart: &'a Chart,
    /// Its full path: `parent/charts/child`.
    pub full_path: String,
    /// Whether it is the chart the walk began with.
    pub is_root: bool,
}

impl Chart {
    /// The chart's name; empty when nothing has been read.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// The path that names this chart's templates, as a child of the chart at `parent`.
    ///
    /// ```
    /// let mut chart = skiff::chart::Chart::default();
    /// chart.metadata.name = "db".into();
    /// assert_eq!(chart.full_path(None), "db");
    /// assert_eq!(chart.full_path(Some("app")), "app/charts/db");
    /// ```
    pub fn full_path(&self, parent: Option<&str>) -> String {
        match parent {
            Some(parent) => format!("{parent}/charts/{}", self.name()),
            None => self.name().to_owned(),
        }
    }

    /// This chart and all inside it, parents before children, each with its full path.
    pub fn placed(&self) -> Vec<Placed<'_>> {
        let mut all = Vec::new();
        self.place(None, &mut all);
        all
    }

    fn place<'a>(&'a self, parent: Option<&str>, all: &mut Vec<Placed<'a>>) {
        let full_path = self.full_path(parent);
        all.push(Placed { chart: self, full_path: full_path.clone(), is_root: parent.is_none() });
        for child in &self.dependencies {
            child.place(Some(&full_path), all);
        }
    }

    /// The files of `crds/` with a manifest's extension, this chart's before its children's.
    pub fn crds(&self) -> Vec<&File> {
        let own = self.files.iter().filter(|file| is_crd(&file.name));
        own.chain(self.dependencies.iter().flat_map(Chart::crds)).collect()
    }

    /// The bytes of `values.yaml`, comments and all.
    pub fn raw_values(&self) -> Option<&Content> {
        self.raw.iter().find(|file| file.name == "values.yaml").map(|file| &file.data)
    }

    /// Sets all times to one moment, cut to seconds in UTC: what `SOURCE_DATE_EPOCH` asks for.
    pub fn stamp(&mut self, moment: Moment) {
        let moment = moment.whole_utc_seconds();
        self.mod_time = Some(moment);
        if self.schema.as_ref().is_some_and(|schema| !schema.is_empty()) {
            self.schema_mod_time = Some(moment);
        }
        if let Some(lock) = &mut self.lock {
            lock.generated = Some(moment);
        }
        for file in self.raw.iter_mut().chain(&mut self.templates).chain(&mut self.files) {
            file.mod_time = Some(moment);
        }
        for child in &mut self.dependencies {
            child.stamp(moment);
        }
    }
}

impl<'a> Placed<'a> {
    /// The custom resource definitions of this chart alone.
    pub fn crds(&'a self) -> impl Iterator<Item = Crd<'a>> {
        let own = self.chart.files.iter().filter(|file| is_crd(&file.name));
        own.map(|file| Crd { chart: &self.full_path, file })
    }
}

impl Crd<'_> {
    /// The path in output: `app/charts/db/crds/x.yaml`.
    pub fn filename(&self) -> String {
        format!("{}/{}", self.chart, self.file.name)
    }
}

fn is_crd(name: &str) -> bool {
    name.starts_with("crds/") && has_manifest_extension(name)
}

/// Whether a name ends in `.yaml`, `.yml` or `.json`, in any case.
fn has_manifest_extension(name: &str) -> bool {
    let base = name.rsplit_once('/').map_or(name, |(_, base)| base);
    let extension = base.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(name: &str, dependencies: Vec<Chart>) -> Chart {
        let files = vec![
            File { name: "crds/a.YAML".into(), ..File::default() },
            File { name: "crds/notes.txt".into(), ..File::default() },
        ];
        let metadata = Metadata { name: name.into(), ..Metadata::default() };
        Chart { metadata, files, dependencies, ..Chart::default() }
    }

    #[test]
    fn crds_are_named_after_their_charts_full_path() {
        let tree = chart("a", vec![chart("b", vec![chart("c", vec![])]), chart("d", vec![])]);
        let placed = tree.placed();
        let names: Vec<String> = placed.iter().flat_map(|p| p.crds().map(|crd| crd.filename())).collect();
        assert_eq!(
            names,
            [
                "a/crds/a.YAML",
                "a/charts/b/crds/a.YAML",
                "a/charts/b/charts/c/crds/a.YAML",
                "a/charts/d/crds/a.YAML"
            ]
        );
        assert_eq!(tree.crds().len(), 4);
        assert!(placed[0].is_root && !placed[1].is_root);
    }

    #[test]
    fn an_empty_chart_is_written_as_go_writes_nils() {
        let json = serde_json::to_string(&Chart::default()).expect("it has JSON");
        assert_eq!(
            json,
            r#"{"metadata":{},"lock":null,"templates":null,"values":null,"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null}"#
        );
        let back: Chart = serde_json::from_str(&json).expect("it reads its own");
        assert_eq!(back, Chart::default());
    }

    #[test]
    fn file_data_is_base64() {
        let file = File { name: "a".into(), data: Content::from("hi"), mod_time: None };
        let json = serde_json::to_string(&file).expect("it has JSON");
        assert_eq!(json, r#"{"name":"a","data":"aGk="}"#);
        assert_eq!(serde_json::from_str::<File>(&json).expect("it reads its own"), file);
    }
}
