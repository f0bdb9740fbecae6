//! The long way's first half: a document as a tree of nodes, aliases still standing.

use super::Error;
use super::parser::{Event, Parser, Scalar};
use std::collections::BTreeMap;

/// Index of a node in its [`Tree`].
pub(super) type NodeId = usize;

/// A node and the line (from 0) where it starts.
pub(super) struct Node<'a> {
    pub(super) line: usize,
    pub(super) kind: NodeKind<'a>,
}

/// What a node is.
pub(super) enum NodeKind<'a> {
    Scalar(Scalar<'a>),
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
    Alias {
        name: &'a str,
        target: NodeId,
    },
}

/// A document's nodes.
#[derive(Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    anchors: BTreeMap<&'a str, NodeId>,
}

impl<'a> Tree<'a> {
    pub(super) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id]
    }

    fn add(&mut self, line: usize, kind: NodeKind<'a>, anchor: Option<&'a str>) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { line, kind });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        id
    }

    fn add_child(&mut self, parent: NodeId, child: NodeId) {
        if let NodeKind::Sequence(children) | NodeKind::Mapping(children) = &mut self.nodes[parent].kind {
            children.push(child);
        }
    }
}

/// Reads the next document; `None` at the stream's end. The root is node 0.
///
/// # Errors
/// When the text is not YAML, or an alias has no anchor.
pub(super) fn compose<'a>(parser: &mut Parser<'a>) -> Result<Option<Tree<'a>>, Error> {
    if parser.next()? == Event::StreamEnd {
        return Ok(None);
    }
    let mut tree = Tree::default();
    let mut open: Vec<NodeId> = Vec::new();
    loop {
        let parent = open.last().copied();
        let id = match parser.next()? {
            Event::Scalar(scalar) => {
                let anchor = scalar.anchor;
                tree.add(scalar.line, NodeKind::Scalar(scalar), anchor)
            }
            Event::Alias { name, line } => {
                let target = tree.anchors.get(name).copied();
                let target =
                    target.ok_or_else(|| Error::Decode(format!("unknown anchor '{name}' referenced")))?;
                tree.add(line, NodeKind::Alias { name, target }, None)
            }
            Event::SequenceStart { anchor, line } => {
                let id = tree.add(line, NodeKind::Sequence(Vec::new()), anchor);
                open.push(id);
                id
            }
            Event::MappingStart { anchor, line } => {
                let id = tree.add(line, NodeKind::Mapping(Vec::new()), anchor);
                open.push(id);
                id
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                if !open.is_empty() {
                    continue;
                }
                parser.next()?;
                return Ok(Some(tree));
            }
            Event::DocumentStart | Event::DocumentEnd | Event::StreamEnd => return Ok(Some(tree)),
        };
        match parent {
            Some(parent) => tree.add_child(parent, id),
            None if open.is_empty() => {
                parser.next()?;
                return Ok(Some(tree));
            }
            None => {}
        }
    }
}
