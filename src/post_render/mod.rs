//! What stands around a post-renderer: rendered files become one stream of documents that know their file, and
//! the stream that comes back becomes files again (`annotateAndMerge` and `splitAndDeannotate` of Helm's
//! `pkg/action/action.go`).
//!
//! Both ways lead through kyaml, which reads and writes every document ([`crate::yaml::nodes`]): what it changes
//! on the way is seen by the post-renderer and stays in the release.

mod json;
mod resource;
mod stream;

use crate::{manifest::split_manifests, yaml};
use resource::{clear_annotation, meta, set_annotation};
use std::{collections::BTreeMap, fmt};
use stream::{parse_all, write_all};

/// The annotation that names a document's file on its way through the post-renderer.
pub const FILENAME_ANNOTATION: &str = "postrenderer.helm.sh/postrender-filename";

/// A program that changes manifests.
pub trait PostRenderer {
    /// Takes all documents, hooks too, and answers with those that shall take their place.
    ///
    /// # Errors
    /// Whatever keeps the program from answering.
    fn run(&self, manifests: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Why documents could not be sent through a post-renderer. Displays as Helm words it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A rendered file, or what the post-renderer answered, is no stream of resources.
    #[error("{context}: {cause}")]
    In {
        /// What was done, to which file.
        context: String,
        /// Why that failed.
        cause: Box<Error>,
    },
    /// A document is not YAML.
    #[error("MalformedYAMLError: {0}")]
    Yaml(#[from] yaml::Error),
    /// Something else than white space or a comment follows `---`.
    #[error("invalid document separator: {0}")]
    Separator(String),
    /// A node that should be a mapping is none.
    #[error("wrong node kind: expected {expected} but got {found}: node contents:\n{content}")]
    WrongKind {
        /// The kind it should have.
        expected: &'static str,
        /// The kind it has.
        found: &'static str,
        /// The node as YAML.
        content: String,
    },
    /// A document has neither version, kind nor metadata.
    #[error("missing Resource metadata")]
    MissingMetadata,
    /// A resource whose path annotation asks for JSON has no form in it.
    #[error("{0}")]
    Json(String),
    /// The post-renderer failed.
    #[error("{0}")]
    Run(String),
}

impl Error {
    /// What is said of a file that is no text.
    pub(crate) fn unreadable(path: &str, bytes: &[u8]) -> Self {
        let cause = match parse_all(bytes) {
            Err(error) => error,
            Ok(_) => Self::Yaml(yaml::Error::Decode("invalid UTF-8".to_owned())),
        };
        cause.context(format_args!("parsing {path}")).context("error merging manifests")
    }

    fn context(self, context: impl fmt::Display) -> Self {
        Self::In { context: context.to_string(), cause: Box::new(self) }
    }
}

/// Sends rendered files through a post-renderer.
///
/// # Errors
/// A file that is no stream of resources, a post-renderer that fails, an answer that is no such stream.
pub fn post_render(
    files: &BTreeMap<String, String>,
    renderer: &dyn PostRenderer,
) -> Result<BTreeMap<String, String>, Error> {
    let merged = annotate_and_merge(files).map_err(|error| error.context("error merging manifests"))?;
    let answer = renderer
        .run(&merged)
        .map_err(|error| Error::Run(error.to_string()).context("error while running post render on files"))?;
    split_and_deannotate(&answer).map_err(|error| error.context("error while parsing post rendered output"))
}

/// All documents of rendered files in one stream, each annotated with its file's name. Partials (`_…`) and
/// blank files are left out.
///
/// ```
/// let files = [("a.yaml".to_owned(), "kind: A\n---\nkind: B\n".to_owned())].into();
/// let merged = skiff::post_render::annotate_and_merge(&files)?;
/// assert!(merged.starts_with(
///     "kind: A\nmetadata:\n  annotations:\n    postrenderer.helm.sh/postrender-filename: 'a.yaml'\n---\nkind: B\n"
/// ));
/// # Ok::<(), skiff::post_render::Error>(())
/// ```
///
/// # Errors
/// At the first document that is not YAML or no resource.
pub fn annotate_and_merge(files: &BTreeMap<String, String>) -> Result<String, Error> {
    let mut documents = Vec::new();
    for (path, content) in files {
        let base = path.rsplit('/').next().unwrap_or(path);
        if base.starts_with('_') || content.trim().is_empty() {
            continue;
        }
        for text in split_manifests(content) {
            let parsed = parse_all(text.as_bytes());
            for mut document in parsed.map_err(|error| error.context(format_args!("parsing {path}")))? {
                set_annotation(document.root_mut(), FILENAME_ANNOTATION, path)
                    .map_err(|error| error.context(format_args!("annotating {path}")))?;
                documents.push(document);
            }
        }
    }
    write_all(documents).map_err(|error| error.context("writing merged docs"))
}

/// The documents of a stream by the files they are annotated with, without those annotations. A document
/// without one gets the name `generated-by-postrender-N.yaml`, N being its place in the stream.
///
/// # Errors
/// When the stream is not YAML, or holds something that is no resource.
pub fn split_and_deannotate(stream: &[u8]) -> Result<BTreeMap<String, String>, Error> {
    let documents = parse_all(stream).map_err(|error| error.context("error parsing YAML"))?;
    let mut files: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (index, mut document) in documents.into_iter().enumerate() {
        let meta = meta(document.root()).ok_or(Error::MissingMetadata);
        let meta = meta.map_err(|error| error.context("getting metadata"))?;
        let mut path = meta.annotation(FILENAME_ANNOTATION).to_owned();
        if path.is_empty() {
            path = format!("generated-by-postrender-{index}.yaml");
        }
        clear_annotation(document.root_mut(), FILENAME_ANNOTATION)
            .map_err(|error| error.context("clearing filename annotation"))?;
        files.entry(path).or_default().push(document);
    }
    let mut texts = BTreeMap::new();
    for (path, documents) in files {
        let text = write_all(documents).map_err(|error| error.context(format_args!("re-writing {path}")))?;
        texts.insert(path, text);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests;
