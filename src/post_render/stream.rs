//! Streams of resources, read and written as kyaml's `ByteReader` and `ByteWriter` do.

use super::resource::{
    clear_annotation, clear_empty_annotations, field, meta, says_something, set_annotation, wants_wide_lists,
};
use super::{Error, json};
use crate::yaml::nodes::{Encoder, Node, parse};
use std::borrow::Cow;

/// A resource's place in its stream; kyaml's own while it holds the resource.
const INDEX: &str = "internal.config.kubernetes.io/index";
const LEGACY_INDEX: &str = "config.kubernetes.io/index";
const PATH: &str = "internal.config.kubernetes.io/path";
const LEGACY_PATH: &str = "config.kubernetes.io/path";
const ID: &str = "internal.config.kubernetes.io/id";
const LEGACY_ID: &str = "config.k8s.io/id";
/// Says whether lists are indented.
const SEQUENCE_INDENT: &str = "internal.config.kubernetes.io/seqindent";
/// A mapping with this key stands for its value.
const WRAPPED_SEQUENCE: &str = "bareSeqNodeWrappingKey";

/// The resources of a stream. A lone `List` or `ResourceList` gives its items.
pub(super) fn parse_all(stream: &[u8]) -> Result<Vec<Node>, Error> {
    let stream = without_carriage_returns(stream);
    let texts = split_documents(&stream)?;
    let mut resources = Vec::new();
    let mut index = 0usize;
    for (i, text) in texts.iter().enumerate() {
        let mut text = Cow::Borrowed(*text);
        if i + 1 < texts.len() {
            text.to_mut().push(b'\n');
        }
        let Some(mut document) = parse(&text)?.filter(|document| !document.root().is_null()) else {
            continue;
        };
        annotate_read(document.root_mut(), index)?;
        match items(document.root()).filter(|_| texts.len() == 1) {
            Some(items) => resources.extend(items),
            None => {
                resources.push(document);
                index += 1;
            }
        }
    }
    Ok(resources)
}

fn without_carriage_returns(stream: &[u8]) -> Cow<'_, [u8]> {
    if !stream.windows(2).any(|pair| pair == b"\r\n") {
        return Cow::Borrowed(stream);
    }
    let mut out = Vec::with_capacity(stream.len());
    for (i, byte) in stream.iter().enumerate() {
        if !(*byte == b'\r' && stream.get(i + 1) == Some(&b'\n')) {
            out.push(*byte);
        }
    }
    Cow::Owned(out)
}

/// Splits at lines that begin with `---`, the first line excepted. Only a comment may follow on such a line.
fn split_documents(stream: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut documents = Vec::new();
    if stream.is_empty() {
        return Ok(documents);
    }
    let (mut start, mut from) = (0, 0);
    while let Some(at) = find(&stream[from..], b"\n---").map(|at| from + at) {
        let Some(end) = find(&stream[at + 1..], b"\n").map(|end| at + 1 + end) else { break };
        let line = String::from_utf8_lossy(&stream[at + 1..end]);
        let behind = line[3..].trim();
        if !behind.is_empty() && !behind.starts_with('#') {
            return Err(Error::Separator(line.trim().to_owned()));
        }
        documents.push(&stream[start..at]);
        (start, from) = (end + 1, end + 1);
    }
    documents.push(&stream[start..]);
    Ok(documents)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// The annotations that kyaml gives every resource it reads, and those it copies between their names.
fn annotate_read(root: &mut Node, index: usize) -> Result<(), Error> {
    if let Some(meta) = meta(root) {
        for (legacy, new) in [(LEGACY_PATH, PATH), (LEGACY_INDEX, INDEX), (LEGACY_ID, ID)] {
            match (meta.annotation(legacy), meta.annotation(new)) {
                ("", "") => {}
                ("", value) => set_annotation(root, legacy, value)?,
                (value, "") => set_annotation(root, new, value)?,
                _ => {}
            }
        }
    }
    for name in [LEGACY_INDEX, INDEX] {
        set_annotation(root, name, &index.to_string())?;
    }
    Ok(())
}

/// What a list holds; `None` for other resources.
fn items(root: &Node) -> Option<Vec<Node>> {
    let kind = meta(root)?.kind;
    let is_list = kind == "ResourceList" || kind == "List";
    let items = field(root, "items");
    if !is_list || (items.is_none() && field(root, "functionConfig").is_none()) {
        return None;
    }
    Some(items.map(|items| items.content.clone()).unwrap_or_default())
}

/// Writes resources, without kyaml's own annotations.
pub(super) fn write_all(mut resources: Vec<Node>) -> Result<String, Error> {
    let as_json = resources.len() == 1 && resources.first().is_some_and(|only| wants_json(only.root()));
    let mut encoder = Encoder::default();
    let mut compact = Vec::with_capacity(resources.len());
    for resource in &mut resources {
        compact.push(!wants_wide_lists(resource.root(), SEQUENCE_INDENT));
        for name in [INDEX, LEGACY_INDEX, SEQUENCE_INDENT] {
            clear_annotation(resource.root_mut(), name)?;
        }
        clear_empty_annotations(resource.root_mut())?;
    }
    if let (true, Some(only)) = (as_json, resources.first()) {
        return json::write(only.root());
    }
    for (resource, compact) in resources.iter().zip(compact) {
        encoder.encode(unwrapped(resource), compact);
    }
    Ok(encoder.finish())
}

/// kyaml writes a lone resource as JSON if it is annotated with the name of a JSON file.
fn wants_json(root: &Node) -> bool {
    let Some(meta) = meta(root) else { return false };
    let path = meta.find_annotation(PATH).unwrap_or_else(|| meta.annotation(LEGACY_PATH));
    path.trim_end_matches('/').ends_with(".json")
}

fn unwrapped(resource: &Node) -> &Node {
    says_something(field(resource.root(), WRAPPED_SEQUENCE)).unwrap_or(resource)
}
