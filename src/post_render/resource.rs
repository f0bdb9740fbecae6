//! Metadata of resources, read and changed as kyaml's filters do it.
//!
//! kyaml looks fields up by the text of the key, whatever kind of node the key is, and takes the first; where it
//! expects a mapping, null passes for an empty one.

use super::Error;
use crate::yaml::nodes::{Encoder, Kind, Node, Quoting, STR_TAG};

const METADATA: &str = "metadata";
const ANNOTATIONS: &str = "annotations";

/// What kyaml reads of a resource.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) kind: String,
    annotations: Vec<(String, String)>,
}

impl Meta {
    /// An annotation's value, empty for none.
    pub(super) fn annotation(&self, name: &str) -> &str {
        self.find_annotation(name).unwrap_or_default()
    }

    pub(super) fn find_annotation(&self, name: &str) -> Option<&str> {
        let mut found = self.annotations.iter().filter(|(known, _)| known == name);
        found.next_back().map(|(_, value)| value.as_str())
    }
}

/// The metadata of a document's root; `None` where neither version, kind nor metadata say anything.
pub(super) fn meta(root: &Node) -> Option<Meta> {
    if root.is_null() {
        return Some(Meta::default());
    }
    let mut meta = Meta::default();
    let mut missing = says_something(field(root, "apiVersion")).is_none();
    if let Some(kind) = says_something(field(root, "kind")) {
        meta.kind.clone_from(&kind.value);
        missing = false;
    }
    let metadata = says_something(field(root, METADATA));
    if let Some(metadata) = metadata {
        missing &= ["name", "namespace", "labels"]
            .iter()
            .all(|name| says_something(field(metadata, name)).is_none());
        if let Some(annotations) = says_something(field(metadata, ANNOTATIONS)) {
            missing = false;
            meta.annotations = fields(annotations);
        }
    }
    (!missing).then_some(meta)
}

/// Whether lists are to be indented: an annotation of kyaml's own asks for it.
pub(super) fn wants_wide_lists(root: &Node, annotation: &str) -> bool {
    if root.is_null() {
        return false;
    }
    let annotations = says_something(first(root, METADATA)).and_then(|metadata| first(metadata, ANNOTATIONS));
    let Some(annotations) = annotations else { return false };
    let mut pairs = annotations.content.chunks_exact(2);
    pairs.rfind(|pair| pair[0].value == annotation).is_some_and(|pair| pair[1].value == "wide")
}

/// A mapping's value under this key.
pub(super) fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    if node.kind == Kind::Mapping { first(node, name) } else { None }
}

fn first<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.content.chunks_exact(2).find(|pair| pair[0].value == name).map(|pair| &pair[1])
}

/// A mapping's keys and values as text; null is empty.
fn fields(node: &Node) -> Vec<(String, String)> {
    if node.kind != Kind::Mapping {
        return Vec::new();
    }
    let text = |node: &Node| if node.is_null() { String::new() } else { node.value.clone() };
    // Of keys with the same text, each time the first one's value.
    let value = |name: &str| first(node, name).map(text).unwrap_or_default();
    node.content.chunks_exact(2).map(|pair| (text(&pair[0]), value(&pair[0].value))).collect()
}

/// The node, unless it is null or an empty collection.
pub(super) fn says_something(node: Option<&Node>) -> Option<&Node> {
    node.filter(|node| {
        let empty = matches!(node.kind, Kind::Mapping | Kind::Sequence) && node.content.is_empty();
        !(node.is_null() || empty)
    })
}

fn expect_mapping(node: &Node) -> Result<(), Error> {
    if node.is_null() || node.kind == Kind::Mapping {
        return Ok(());
    }
    let mut encoder = Encoder::default();
    encoder.encode(node, true);
    Err(Error::WrongKind {
        expected: Kind::Mapping.name(),
        found: node.kind.name(),
        content: encoder.finish(),
    })
}

/// The value under a key, to be changed; `None` too where the node is null.
fn lookup<'n>(node: &'n mut Node, name: &str) -> Result<Option<&'n mut Node>, Error> {
    if node.is_null() {
        return Ok(None);
    }
    expect_mapping(node)?;
    let found = node.content.chunks_exact_mut(2).find(|pair| pair[0].value == name);
    Ok(found.map(|pair| &mut pair[1]))
}

/// As [`lookup`], and a mapping is made where there is nothing.
fn lookup_or_create<'n>(node: &'n mut Node, name: &str) -> Result<Option<&'n mut Node>, Error> {
    if node.is_null() {
        return Ok(None);
    }
    if lookup(node, name)?.is_none() {
        node.content.extend([Node::scalar(name), Node::new(Kind::Mapping)]);
    }
    lookup(node, name)
}

/// Removes a field: the first with this key that has no content, or the first at all.
fn clear_field(node: &mut Node, name: &str, if_empty: bool) -> Result<(), Error> {
    expect_mapping(node)?;
    let mut pairs = node.content.chunks_exact(2);
    let found = pairs.position(|pair| pair[0].value == name && (!if_empty || pair[1].content.is_empty()));
    if let Some(index) = found {
        node.content.drain(2 * index..2 * index + 2);
    }
    Ok(())
}

/// Removes annotations and then metadata where nothing is in them; text counts as nothing.
pub(super) fn clear_empty_annotations(root: &mut Node) -> Result<(), Error> {
    if let Some(metadata) = lookup(root, METADATA)? {
        clear_field(metadata, ANNOTATIONS, true)?;
    }
    clear_field(root, METADATA, true)
}

/// Removes an annotation.
pub(super) fn clear_annotation(root: &mut Node, name: &str) -> Result<(), Error> {
    let Some(metadata) = lookup(root, METADATA)? else { return Ok(()) };
    match lookup(metadata, ANNOTATIONS)? {
        Some(annotations) => clear_field(annotations, name, false),
        None => Ok(()),
    }
}

/// Sets an annotation, in the place and with the quotes of an old one, else last and in single quotes.
pub(super) fn set_annotation(root: &mut Node, name: &str, value: &str) -> Result<(), Error> {
    clear_empty_annotations(root)?;
    let Some(metadata) = lookup_or_create(root, METADATA)? else { return Ok(()) };
    let Some(annotations) = lookup_or_create(metadata, ANNOTATIONS)? else { return Ok(()) };
    let mut node = Node { tag: STR_TAG.to_owned(), ..Node::scalar(value) };
    match lookup(annotations, name)? {
        Some(old) => {
            node.style = old.style;
            *old = node;
        }
        None => {
            node.style.quoting = Quoting::Single;
            annotations.content.extend([Node::scalar(name), node]);
        }
    }
    Ok(())
}
