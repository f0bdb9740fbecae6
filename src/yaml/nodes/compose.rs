//! From events to nodes.

use super::Quoting;
use super::parser::{Event, Parser, Properties};
use super::scan::Comments;
use super::{Kind, Node, STR_TAG, Style, resolved_tag, short_tag};
use crate::yaml::{Error, MAX_NESTING, reader};
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
    let mut composer =
        Composer { parser: Parser::new(&source), peeked: None, anchors: BTreeSet::new(), depth: 0 };
    composer.next()?;
    match composer.next()? {
        Event::DocumentStart(comments) => composer.document(comments).map(Some),
        _ => Ok(None),
    }
}

struct Composer {
    parser: Parser,
    peeked: Option<Event>,
    anchors: BTreeSet<String>,
    depth: usize,
}

impl Composer {
    fn next(&mut self) -> Result<Event, Error> {
        match self.peeked.take() {
            Some(event) => Ok(event),
            None => self.parser.next(),
        }
    }

    fn peek(&mut self) -> Result<&Event, Error> {
        if self.peeked.is_none() {
            self.peeked = Some(self.parser.next()?);
        }
        // It was just set.
        self.peeked.as_ref().ok_or(Error::TooDeep)
    }

    fn document(&mut self, comments: Comments) -> Result<Node, Error> {
        let mut document = Node { head_comment: comments.head, ..Node::new(Kind::Document) };
        document.content.push(self.node()?);
        if let Event::DocumentEnd(comments) = self.next()? {
            document.foot_comment = comments.foot;
        }
        Ok(document)
    }

    fn node(&mut self) -> Result<Node, Error> {
        match self.next()? {
            Event::Alias { name, line, comments } => {
                if !self.anchors.contains(&name) {
                    return Err(Error::Decode(format!("unknown anchor '{name}' referenced")));
                }
                Ok(with_comments(Node { value: name, line, ..Node::new(Kind::Alias) }, comments))
            }
            Event::Scalar { value, quoting, properties, comments } => {
                let default = match quoting {
                    Quoting::Plain if value == "<<" => MERGE_TAG,
                    Quoting::Plain => resolved_tag(&value),
                    _ => STR_TAG,
                };
                let mut node = self.begin(Kind::Scalar, default, properties, comments);
                node.value = value;
                node.style.quoting = quoting;
                Ok(node)
            }
            Event::SequenceStart { flow, properties, comments } => {
                let mut node = self.begin(Kind::Sequence, "!!seq", properties, comments);
                node.style.flow = flow;
                self.deeper(|composer| composer.sequence(node))
            }
            Event::MappingStart { flow, properties, comments } => {
                let mut node = self.begin(Kind::Mapping, "!!map", properties, comments);
                node.style.flow = flow;
                self.deeper(|composer| composer.mapping(node))
            }
            _ => Err(Error::Decode("attempted to go past the end of stream; corrupted value?".to_owned())),
        }
    }

    fn begin(&mut self, kind: Kind, default: &str, properties: Properties, comments: Comments) -> Node {
        let Properties { line, anchor, tag } = properties;
        if !anchor.is_empty() {
            self.anchors.insert(anchor.clone());
        }
        let tagged = !tag.is_empty() && tag != "!";
        let tag = if tagged { short_tag(&tag) } else { default.to_owned() };
        let style = Style { tagged, ..Style::default() };
        with_comments(Node { tag, style, anchor, line, ..Node::new(kind) }, comments)
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Node, Error>) -> Result<Node, Error> {
        if self.depth == MAX_NESTING {
            return Err(Error::TooDeep);
        }
        self.depth += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn sequence(&mut self, mut node: Node) -> Result<Node, Error> {
        while !matches!(self.peek()?, Event::SequenceEnd(_)) {
            let child = self.node()?;
            node.content.push(child);
        }
        if let Event::SequenceEnd(comments) = self.next()? {
            node.line_comment = comments.line;
            node.foot_comment = comments.foot;
        }
        Ok(node)
    }

    fn mapping(&mut self, mut node: Node) -> Result<Node, Error> {
        let block = !node.style.flow;
        while !matches!(self.peek()?, Event::MappingEnd(_)) {
            let mut key = self.node()?;
            // A foot comment above a dedented key belongs to the key before.
            if let (true, false, Some(before)) =
                (block, key.foot_comment.is_empty(), node.content.len().checked_sub(2))
            {
                node.content[before].foot_comment = std::mem::take(&mut key.foot_comment);
            }
            let mut value = self.node()?;
            if key.foot_comment.is_empty() {
                key.foot_comment = std::mem::take(&mut value.foot_comment);
            }
            node.content.extend([key, value]);
        }
        if let Event::MappingEnd(comments) = self.next()? {
            node.line_comment = comments.line;
            node.foot_comment = comments.foot;
        }
        if let (true, false, Some(last)) =
            (block, node.foot_comment.is_empty(), node.content.len().checked_sub(2))
        {
            node.content[last].foot_comment = std::mem::take(&mut node.foot_comment);
        }
        Ok(node)
    }
}

fn with_comments(node: Node, comments: Comments) -> Node {
    Node { head_comment: comments.head, line_comment: comments.line, foot_comment: comments.foot, ..node }
}
