//! From events to nodes.

use super::Quoting;
use super::parser::{Event, Parser, Properties};
use super::scan::Comments;
use super::{Kind, Node, STR_TAG, Style, scalar, short_tag};
use crate::{Error, MAX_NESTING, reader};
use std::collections::BTreeSet;

/// Not resolved from `<<` when it is written again, so it then stands in the text.
const MERGE_TAG: &str = "!!merge";

/// Reads the first document of a text; what follows it is not looked at (but for the next token or two).
/// `None` if there is none.
///
/// # Errors
/// Go's words for a text that is not YAML, or an alias without an anchor; a document that nests deeper than
/// [`MAX_NESTING`].
pub fn parse(text: impl AsRef<[u8]>) -> Result<Option<Node>, Error> {
    let source = reader::read(text.as_ref());
    let mut parser = Parser::new(&source);
    parser.next()?;
    let Event::DocumentStart(comments) = parser.next()? else { return Ok(None) };
    let mut document = Node { head_comment: comments.head, ..Node::new(Kind::Document) };
    document.content.push(root(&mut parser)?);
    if let Event::DocumentEnd(comments) = parser.next()? {
        document.foot_comment = comments.foot;
    }
    Ok(Some(document))
}

/// Reads a document's root; open collections wait on a stack of their own, however deep they nest.
fn root(parser: &mut Parser) -> Result<Node, Error> {
    let mut anchors = BTreeSet::new();
    let mut open: Vec<Node> = Vec::new();
    loop {
        let done = match parser.next()? {
            Event::SequenceEnd(comments) => close(open.pop(), comments),
            Event::MappingEnd(comments) => close(open.pop(), comments).map(settle_foot),
            event => {
                let node = begin(event, &mut anchors)?;
                if matches!(node.kind, Kind::Sequence | Kind::Mapping) {
                    if open.len() == MAX_NESTING {
                        return Err(Error::TooDeep);
                    }
                    open.push(node);
                    continue;
                }
                Some(node)
            }
        };
        let Some(done) = done else {
            return Err(Error::Decode("attempted to go past the end of stream; corrupted value?".to_owned()));
        };
        match open.last_mut() {
            Some(parent) => attach(parent, done),
            None => return Ok(done),
        }
    }
}

/// What an event begins.
fn begin(event: Event, anchors: &mut BTreeSet<String>) -> Result<Node, Error> {
    match event {
        Event::Alias { name, line, comments } => {
            if !anchors.contains(&name) {
                return Err(Error::Decode(format!("unknown anchor '{name}' referenced")));
            }
            Ok(with_comments(Node { value: name, line, ..Node::new(Kind::Alias) }, comments))
        }
        Event::Scalar { value, quoting, properties, comments } => {
            let default = match quoting {
                Quoting::Plain if value == "<<" => MERGE_TAG,
                Quoting::Plain => scalar(&value).tag(),
                _ => STR_TAG,
            };
            let mut node = with_properties(Kind::Scalar, default, properties, anchors);
            node.value = value;
            node.style.quoting = quoting;
            Ok(with_comments(node, comments))
        }
        Event::SequenceStart { flow, properties, comments } => {
            let mut node = with_properties(Kind::Sequence, "!!seq", properties, anchors);
            node.style.flow = flow;
            Ok(with_comments(node, comments))
        }
        Event::MappingStart { flow, properties, comments } => {
            let mut node = with_properties(Kind::Mapping, "!!map", properties, anchors);
            node.style.flow = flow;
            Ok(with_comments(node, comments))
        }
        _ => Err(Error::Decode("attempted to go past the end of stream; corrupted value?".to_owned())),
    }
}

fn with_properties(
    kind: Kind,
    default: &str,
    properties: Properties,
    anchors: &mut BTreeSet<String>,
) -> Node {
    let Properties { line, anchor, tag } = properties;
    if !anchor.is_empty() {
        anchors.insert(anchor.clone());
    }
    let tagged = !tag.is_empty() && tag != "!";
    let tag = if tagged { short_tag(&tag) } else { default.to_owned() };
    let style = Style { tagged, ..Style::default() };
    Node { tag, style, anchor, line, ..Node::new(kind) }
}

fn with_comments(node: Node, comments: Comments) -> Node {
    Node { head_comment: comments.head, line_comment: comments.line, foot_comment: comments.foot, ..node }
}

/// The comments at the end of a collection take the place of those at its start, the head excepted.
fn close(node: Option<Node>, comments: Comments) -> Option<Node> {
    node.map(|node| Node { line_comment: comments.line, foot_comment: comments.foot, ..node })
}

/// The foot comment of an indented mapping belongs to its last key.
fn settle_foot(mut node: Node) -> Node {
    if let (false, false, Some(last)) =
        (node.style.flow, node.foot_comment.is_empty(), node.content.len().checked_sub(2))
    {
        node.content[last].foot_comment = std::mem::take(&mut node.foot_comment);
    }
    node
}

/// Adds a child; foot comments move to the key they follow.
fn attach(parent: &mut Node, mut child: Node) {
    let count = parent.content.len();
    if parent.kind == Kind::Mapping {
        if count % 2 == 1 {
            let key = &mut parent.content[count - 1];
            if key.foot_comment.is_empty() {
                key.foot_comment = std::mem::take(&mut child.foot_comment);
            }
        } else if count > 0 && !parent.style.flow && !child.foot_comment.is_empty() {
            // A foot comment above a dedented key belongs to the key before.
            parent.content[count - 2].foot_comment = std::mem::take(&mut child.foot_comment);
        }
    }
    parent.content.push(child);
}
