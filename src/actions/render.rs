//! A chart and its values become a release's content: manifest, hooks and notes
//! (`renderResources` of Helm's `pkg/action/action.go`).

use crate::{
    chart::{self, Chart},
    log::{Level, Record},
    manifest::{FileDocuments, HeadError, INSTALL_ORDER, Manifest, SortError, Sorted, sort_documents},
    post_render::{self, PostRenderer},
    release::hook::Hook,
    render::{Engine, Log, RenderError, RenderValues},
};
use skiff_compact::Order;
use std::{fmt::Write, rc::Rc};

/// What to make of a chart.
#[derive(Clone)]
pub struct ContentOptions {
    /// How templates are rendered.
    pub engine: Engine,
    /// Whether `crds/` goes into the manifest.
    pub include_crds: bool,
    /// Whether Secrets are left out of the manifest, with a line that says so.
    pub hide_secret: bool,
    /// Whether subcharts' notes follow the chart's.
    pub sub_notes: bool,
    /// What manifests and hooks are sent through.
    pub post_renderer: Option<Rc<dyn PostRenderer>>,
}

/// A release's content.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// Custom resource definitions that `include_crds` asked for: path and text.
    pub crds: Vec<Document>,
    /// The documents that are no hooks, in install order.
    pub manifests: Vec<Document>,
    /// The hooks, in install order.
    pub hooks: Vec<Hook>,
    /// The rendered `NOTES.txt`.
    pub notes: String,
    /// What lint mode let pass, and hooks with unknown events.
    pub log: Vec<Log>,
    /// Hook annotations that name no known event; Helm leaves such documents out.
    pub unknown_hooks: Vec<String>,
}

/// A document and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The path after `# Source:`.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Why there is no content. Displays as Helm words it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ContentError {
    /// The chart does not take this version of Kubernetes.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}")]
    KubeVersion {
        /// The chart's range.
        wanted: String,
        /// The version at hand.
        version: String,
    },
    /// A file of the chart cannot be read any more.
    #[error("error reading {path}: {source}")]
    Reading {
        /// Which.
        path: String,
        /// Why.
        source: chart::ContentError,
    },
    /// A template failed.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Documents could not be sent through the post-renderer.
    #[error(transparent)]
    PostRender(#[from] post_render::Error),
    /// A rendered document is not YAML, or has no usable head.
    #[error("{error}")]
    Sort {
        /// Which, and why.
        error: SortError,
        /// Everything that was rendered, for `--debug`.
        rendered: String,
    },
}

impl Content {
    /// What Helm logs of hooks that it leaves out.
    pub fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let skipped =
            |words: &String| Record::new(Level::Info, "skipping unknown hooks").with("hookTypes", words);
        self.unknown_hooks.iter().map(skipped)
    }

    /// The release's manifest as Helm records it: each document after `---` and its source.
    pub fn manifest(&self) -> String {
        self.manifest_with_room(0)
    }

    /// [`Content::manifest`] in a text that has room for so many bytes more.
    pub fn manifest_with_room(&self, room: usize) -> String {
        let documents = || self.crds.iter().chain(&self.manifests);
        let size: usize = documents().map(Document::size).sum();
        let mut manifest = String::with_capacity(size + room);
        documents().for_each(|document| document.append_to(&mut manifest));
        manifest
    }
}

impl Document {
    /// How long it is as Helm prints it.
    pub fn size(&self) -> usize {
        const AROUND: usize = "---\n# Source: \n\n".len();
        self.path.len() + self.text.len() + AROUND
    }

    /// Appends the document as Helm prints it.
    pub fn append_to(&self, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "---\n# Source: {}\n{}", self.path, self.text);
    }
}

const NOTES: &str = "NOTES.txt";

/// Renders a chart whose dependencies have been processed.
///
/// # Errors
/// When the chart refuses the Kubernetes version, a template or the post-renderer fails, or a document is not
/// YAML.
pub fn content(
    chart: &Chart,
    values: &RenderValues,
    options: &ContentOptions,
) -> Result<Content, ContentError> {
    check_kube_version(chart, values)?;
    // A post-renderer gets the files first.
    let read = options.post_renderer.is_none();
    let mut files = Vec::new();
    let log =
        options.engine.render_each(chart, values, |path, text| files.push(File::new(path, text, read)))?;
    files.order_by(|a, b| chart::path::compare(&a.path, &b.path));
    let (notes, mut files) = take_notes(chart, files, options.sub_notes);
    if let Some(renderer) = &options.post_renderer {
        if let Some((path, bytes, _)) = files.iter().find_map(File::refusal) {
            return Err(post_render::Error::unreadable(path, bytes).into());
        }
        let texts = files.into_iter().map(|file| (file.path, file.text)).collect();
        let texts = post_render::post_render(&texts, renderer.as_ref())?;
        files = texts.into_iter().map(|(path, text)| File { path, text, ..File::default() }).collect();
    }
    let sorted = match files.iter().find_map(File::refusal) {
        Some((path, _, source)) => Err(SortError { path: path.to_owned(), source }),
        None => sort_documents(files.iter_mut().map(File::take_documents), INSTALL_ORDER),
    };
    let Sorted { hooks, manifests, unknown_hooks } =
        sorted.map_err(|error| ContentError::Sort { error, rendered: blob(&files) })?;
    let crds = if options.include_crds { crds(chart)? } else { Vec::new() };
    let manifests = manifests.into_iter().map(|manifest| document(manifest, options.hide_secret)).collect();
    Ok(Content { crds, manifests, hooks, notes, log, unknown_hooks })
}

fn check_kube_version(chart: &Chart, values: &RenderValues) -> Result<(), ContentError> {
    let wanted = &chart.metadata.kube_version;
    let at_hand = &values.capabilities.kube_version;
    if wanted.is_empty() || at_hand.satisfies(wanted) {
        return Ok(());
    }
    Err(ContentError::KubeVersion { wanted: wanted.clone(), version: at_hand.version.clone() })
}

/// A rendered file.
#[derive(Default)]
struct File {
    path: String,
    text: String,
    /// The bytes, where they are not UTF-8 and so not quite the text.
    bytes: Option<Vec<u8>>,
    /// What has been read of it.
    documents: Option<FileDocuments>,
}

impl File {
    fn new(path: String, bytes: Vec<u8>, read: bool) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => {
                // Notes are no documents.
                let documents = (read && !path.ends_with(NOTES)).then(|| FileDocuments::read(&text));
                Self { path, text, bytes: None, documents }
            }
            Err(error) => {
                let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
                Self { path, text, bytes: Some(error.into_bytes()), documents: None }
            }
        }
    }

    /// Why go-yaml refuses bytes that are not UTF-8, with the path and the bytes.
    fn refusal(&self) -> Option<(&str, &[u8], HeadError)> {
        let bytes = self.bytes.as_deref()?;
        let error = crate::manifest::Head::parse_bytes(bytes).err()?;
        Some((&self.path, bytes, error))
    }

    fn take_documents(&mut self) -> (&str, FileDocuments) {
        let documents = self.documents.take().unwrap_or_else(|| FileDocuments::read(&self.text));
        (&self.path, documents)
    }
}

/// Notes are no manifest: they are taken out, and only the chart's own are kept unless asked.
fn take_notes(chart: &Chart, files: Vec<File>, sub_notes: bool) -> (String, Vec<File>) {
    let own = format!("{}/templates/{NOTES}", chart.name());
    let mut notes = String::new();
    let (of_notes, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.path.ends_with(NOTES));
    for file in of_notes.iter().filter(|file| sub_notes || file.path == own) {
        if !notes.is_empty() {
            notes.push('\n');
        }
        notes.push_str(&file.text);
    }
    (notes, others)
}

fn blob(files: &[File]) -> String {
    let mut blob = String::new();
    for File { path, text, .. } in files.iter().filter(|file| !file.text.trim().is_empty()) {
        Document { path: path.clone(), text: text.clone() }.append_to(&mut blob);
    }
    blob
}

fn crds(chart: &Chart) -> Result<Vec<Document>, ContentError> {
    let placed = chart.placed();
    let crds = placed.iter().flat_map(|placed| placed.crds());
    crds.map(|crd| {
        let reading = |source| ContentError::Reading { path: crd.filename(), source };
        let data = crd.file.data.bytes().map_err(reading)?;
        Ok(Document { path: crd.filename(), text: String::from_utf8_lossy(data).into_owned() })
    })
    .collect()
}

fn document(manifest: Manifest, hide_secret: bool) -> Document {
    let hidden = hide_secret && manifest.head.kind == "Secret" && manifest.head.version == "v1";
    let text =
        if hidden { "# HIDDEN: The Secret output has been suppressed".to_owned() } else { manifest.content };
    Document { path: manifest.name, text }
}
