//! Classifying the documents of rendered files into hooks and manifests, in install order.

use super::{Head, HeadError, order, order::KindOrder, split_manifests};
use crate::release::hook::{
    HOOK_ANNOTATION, HOOK_DELETE_ANNOTATION, HOOK_OUTPUT_LOG_ANNOTATION, HOOK_WEIGHT_ANNOTATION, Hook,
    HookEvent,
};
use skiff_compact::Order;
use std::collections::BTreeMap;

/// A document that is no hook.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The template it came from, as in `# Source:`.
    pub name: String,
    /// The document.
    pub content: String,
    /// What was read of it.
    pub head: Head,
}

/// Hooks and manifests, each in kind order; documents of one kind stay in file order.
#[derive(Clone, Debug, Default)]
pub struct Sorted {
    /// Documents with a known `helm.sh/hook` annotation.
    pub hooks: Vec<Hook>,
    /// All others.
    pub manifests: Vec<Manifest>,
    /// The values of `helm.sh/hook` annotations that name no known event; Helm leaves such
    /// documents out.
    pub unknown_hooks: Vec<String>,
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {path}: {source}")]
pub struct SortError {
    /// The template it came from.
    pub path: String,
    /// Why.
    pub source: HeadError,
}

/// The documents of a file with their heads, up to the first that has none.
#[derive(Clone, Debug, Default)]
pub struct FileDocuments(Vec<(String, Result<Head, HeadError>)>);

impl FileDocuments {
    /// Splits a file and reads each document's head.
    pub fn read(content: &str) -> Self {
        let mut documents = Vec::new();
        for document in split_manifests(content) {
            let head = Head::parse(document);
            let ends = head.is_err();
            documents.push((document.to_owned(), head));
            if ends {
                break;
            }
        }
        Self(documents)
    }
}

/// Splits every file, reads each document's head, and orders what is found.
///
/// Files are taken by name (byte order); partials (`_…`) and blank files are left out.
///
/// # Errors
/// At the first document that is not YAML or has no usable head.
pub fn sort_manifests(files: &BTreeMap<String, String>, order: &KindOrder) -> Result<Sorted, SortError> {
    let files = files.iter().filter(|(path, _)| !is_partial(path));
    sort_documents(files.map(|(path, content)| (path.as_str(), FileDocuments::read(content))), order)
}

/// As [`sort_manifests`], of files whose documents have been read, given by path and in its order.
///
/// # Errors
/// As [`sort_manifests`].
pub fn sort_documents<'p>(
    files: impl IntoIterator<Item = (&'p str, FileDocuments)>,
    order: &KindOrder,
) -> Result<Sorted, SortError> {
    let mut sorted = Sorted::default();
    for (path, documents) in files.into_iter().filter(|(path, _)| !is_partial(path)) {
        for (document, head) in documents.0 {
            let head = head.map_err(|source| SortError { path: path.to_owned(), source })?;
            classify(&mut sorted, path, document, head);
        }
    }
    sorted.hooks.order_by(|a, b| order::compare(&a.kind, &b.kind, order));
    sorted.manifests.order_by(|a, b| order::compare(&a.head.kind, &b.head.kind, order));
    Ok(sorted)
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).starts_with('_')
}

fn classify(sorted: &mut Sorted, path: &str, document: String, head: Head) {
    let Some(words) = head.annotations.get(HOOK_ANNOTATION) else {
        sorted.manifests.push(Manifest { name: path.to_owned(), content: document, head });
        return;
    };
    let events: Option<Vec<_>> =
        annotation_words(words).map(|word| HookEvent::from_annotation(&word)).collect();
    let Some(events) = events else {
        sorted.unknown_hooks.push(words.clone());
        return;
    };
    let policies = |annotation| {
        head.annotations.get(annotation).map(|words| annotation_words(words).collect()).unwrap_or_default()
    };
    sorted.hooks.push(Hook {
        events,
        weight: head
            .annotations
            .get(HOOK_WEIGHT_ANNOTATION)
            .and_then(|w| parse_weight(w))
            .unwrap_or_default(),
        delete_policies: policies(HOOK_DELETE_ANNOTATION),
        output_log_policies: policies(HOOK_OUTPUT_LOG_ANNOTATION),
        name: head.name,
        kind: head.kind,
        path: path.to_owned(),
        manifest: document,
        ..Hook::default()
    });
}

/// The words of a comma-separated annotation, lowercase and trimmed.
fn annotation_words(words: &str) -> impl Iterator<Item = String> {
    words.split(',').map(|word| word.trim().to_lowercase())
}

/// Go's `strconv.Atoi`: a sign and decimal digits, nothing else.
fn parse_weight(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::INSTALL_ORDER;

    fn sort(files: &[(&str, &str)]) -> Sorted {
        let files = files.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        sort_manifests(&files, INSTALL_ORDER).unwrap()
    }

    #[test]
    fn manifests_of_one_kind_keep_the_order_of_files_and_documents() {
        let sorted = sort(&[
            ("b.yaml", "kind: Service\nmetadata: {name: b}"),
            ("a.yaml", "kind: Deployment\n---\nkind: Service\nmetadata: {name: a}"),
        ]);
        let names: Vec<_> =
            sorted.manifests.iter().map(|m| (m.head.kind.as_str(), m.head.name.as_str())).collect();
        assert_eq!(names, [("Service", "a"), ("Service", "b"), ("Deployment", "")]);
    }

    #[test]
    fn a_hook_with_an_unknown_event_is_left_out() {
        let sorted =
            sort(&[("a.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/hook: 'pre-install, nope'}}")]);
        assert!(sorted.hooks.is_empty() && sorted.manifests.is_empty());
        assert_eq!(sorted.unknown_hooks, ["pre-install, nope"]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_zero() {
        let hook = |weight: &str| {
            let text = format!(
                "kind: Job\nmetadata: {{annotations: {{helm.sh/hook: test, helm.sh/hook-weight: '{weight}'}}}}"
            );
            sort(&[("a.yaml", &text)]).hooks[0].weight
        };
        assert_eq!((hook("-5"), hook("five"), hook("+3")), (-5, 0, 3));
    }
}
