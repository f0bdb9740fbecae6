//! From nodes to text, as go-yaml v3's encoder writes them with kyaml's settings: an indentation of 2, and
//! nothing folds.
//!
//! go-yaml's emitter is a machine of states that is fed with events; here the states are the functions that
//! walk the tree. Comments wait in the emitter from the event that brings them to the place that writes them,
//! which can be far behind.

mod analysis;
mod block;
mod flow;
mod scalar;
mod write;

use super::{Kind, Node, Quoting, STR_TAG, long_tag, scalar};
use analysis::{Analysis, analyze};

/// The indentation.
const INDENT: isize = 2;
/// A key of more bytes is written behind `? `.
const MAX_SIMPLE_KEY: usize = 128;

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    BlockItem,
    FlowItem,
    Key { simple: bool },
    Value,
}

/// A node that is about to be written.
struct Ready<'n> {
    node: &'n Node,
    place: Place,
    /// Handle and rest of a tag that is to be written.
    tag: Option<(&'static str, String)>,
    analysis: Analysis,
    /// The text would be taken for something else without quotes.
    quoted: bool,
}

impl Ready<'_> {
    /// The foot comment that is written with the node: a key's goes behind the value.
    fn foot(&self) -> &str {
        if matches!(self.place, Place::Key { .. }) { "" } else { &self.node.foot_comment }
    }
}

/// Writes documents one after the other into one text, with `---` between them.
#[derive(Debug)]
pub struct Encoder {
    out: String,
    started: bool,
    compact: bool,
    column: isize,
    indent: isize,
    flow_level: usize,
    whitespace: bool,
    /// Only indentation, `-`, `?` and `:` stand in this line.
    indention: bool,
    /// Where an empty line separates a foot comment from what follows; -1 for nowhere.
    foot_indent: isize,
    head_comment: String,
    line_comment: String,
    foot_comment: String,
    tail_comment: String,
    key_line_comment: String,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            out: String::new(),
            started: false,
            compact: true,
            column: 0,
            indent: -1,
            flow_level: 0,
            whitespace: true,
            indention: true,
            foot_indent: -1,
            head_comment: String::new(),
            line_comment: String::new(),
            foot_comment: String::new(),
            tail_comment: String::new(),
            key_line_comment: String::new(),
        }
    }
}

impl Encoder {
    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// Appends a document: the node is one, or its root. `compact`: lists in mappings are not indented.
    pub fn encode(&mut self, node: &Node, compact: bool) {
        self.compact = compact;
        let document = node.kind == Kind::Document;
        if document {
            self.bring(&node.head_comment, "", "", "");
        }
        if self.started {
            self.write_indent();
            self.write_indicator("---", true, false, false);
            self.write_indent();
        }
        self.started = true;
        if !self.head_comment.is_empty() {
            self.write_head_comment();
            self.put_break();
        }
        let ready = self.prepare(node.root(), Place::Root, "");
        self.write_head_comment();
        self.begin_and_comment(&ready);
        self.content(&ready);
        if document {
            self.bring("", "", &node.foot_comment, "");
        }
        self.foot_indent = 0;
        self.write_foot_comment();
        self.foot_indent = -1;
        self.write_indent();
    }

    /// Takes an event's comments; empty ones leave those that wait.
    fn bring(&mut self, head: &str, line: &str, foot: &str, tail: &str) {
        let slots = [
            (&mut self.head_comment, head),
            (&mut self.line_comment, line),
            (&mut self.foot_comment, foot),
            (&mut self.tail_comment, tail),
        ];
        for (slot, text) in slots {
            if !text.is_empty() {
                text.clone_into(slot);
            }
        }
    }

    /// Takes a node's first event. `tail` is the foot comment of the key before.
    fn prepare<'n>(&mut self, node: &'n Node, place: Place, tail: &str) -> Ready<'n> {
        let foot = if matches!(place, Place::Key { .. }) { "" } else { node.foot_comment.as_str() };
        match node.kind {
            Kind::Scalar => self.bring(&node.head_comment, &node.line_comment, foot, tail),
            Kind::Alias => self.bring(&node.head_comment, &node.line_comment, foot, ""),
            Kind::Mapping => self.bring(&node.head_comment, "", "", tail),
            Kind::Sequence | Kind::Document => self.bring(&node.head_comment, "", "", ""),
        }
        let (tag, quoted) = written_tag(node);
        let analysis = if node.kind == Kind::Scalar { analyze(&node.value) } else { Analysis::default() };
        Ready { node, place, tag, analysis, quoted }
    }

    /// Whether a key needs no `?`.
    fn is_simple_key(ready: &Ready<'_>) -> bool {
        let node = ready.node;
        let tag = ready.tag.as_ref().map_or(0, |(handle, suffix)| handle.len() + suffix.len());
        let length = match node.kind {
            Kind::Alias => node.value.len(),
            Kind::Scalar if ready.analysis.multiline => return false,
            Kind::Scalar => node.anchor.len() + tag + node.value.len(),
            Kind::Sequence | Kind::Mapping if node.content.is_empty() => node.anchor.len() + tag,
            _ => return false,
        };
        length <= MAX_SIMPLE_KEY
    }

    /// Writes a scalar or alias, or the properties of a collection.
    fn begin(&mut self, ready: &Ready<'_>) {
        let node = ready.node;
        if node.kind == Kind::Alias {
            self.write_indicator("*", true, false, false);
            self.write_property(&node.value);
            return;
        }
        if !node.anchor.is_empty() {
            self.write_indicator("&", true, false, false);
            self.write_property(&node.anchor);
        }
        // Which style a scalar gets does not depend on what stands before it.
        if let Some((handle, suffix)) = &ready.tag {
            self.write_tag(handle, suffix);
        }
        if node.kind == Kind::Scalar {
            let outer = self.indent;
            self.increase_indent(true, false, ready.place);
            self.write_scalar(ready);
            self.indent = outer;
        }
    }

    fn begin_and_comment(&mut self, ready: &Ready<'_>) {
        self.begin(ready);
        self.write_line_comment(false);
        self.write_foot_comment();
    }

    /// Writes what a collection holds, up to its end.
    fn content(&mut self, ready: &Ready<'_>) {
        let node = ready.node;
        let flow = self.flow_level > 0 || node.style.flow || node.content.is_empty();
        match (node.kind, flow) {
            (Kind::Sequence, false) => self.block_sequence(ready),
            (Kind::Sequence, true) => self.flow_sequence(ready),
            (Kind::Mapping, false) => self.block_mapping(ready),
            (Kind::Mapping, true) => self.flow_mapping(ready),
            _ => {}
        }
    }

    fn increase_indent(&mut self, flow: bool, compact: bool, place: Place) {
        if self.indent < 0 {
            self.indent = if flow { INDENT } else { 0 };
        } else if place == Place::BlockItem {
            // The first indentation in a list only skips the "- ".
            self.indent += 2;
        } else {
            self.indent = INDENT * ((self.indent + INDENT) / INDENT);
            if compact {
                self.indent -= 2;
            }
        }
    }

    fn some_comment_waits(&self) -> bool {
        !(self.line_comment.is_empty() && self.foot_comment.is_empty() && self.tail_comment.is_empty())
    }
}

/// The tag to write, if leaving it out would change the node or it was given; and whether the text must be
/// quoted instead.
fn written_tag(node: &Node) -> (Option<(&'static str, String)>, bool) {
    let (mut tag, mut quoted) = (node.tag.as_str(), false);
    if !node.style.tagged {
        let implied = match node.kind {
            Kind::Scalar if tag == STR_TAG && node.style.quoting != Quoting::Plain => STR_TAG,
            Kind::Scalar => scalar(&node.value).tag(),
            Kind::Mapping => "!!map",
            Kind::Sequence => "!!seq",
            Kind::Document | Kind::Alias => "",
        };
        if tag == implied {
            tag = "";
        } else if tag == STR_TAG && node.kind == Kind::Scalar {
            (tag, quoted) = ("", true);
        }
    }
    let long = long_tag(tag);
    let written = match (long.as_str(), long.strip_prefix(super::LONG_PREFIX)) {
        ("", _) => None,
        (_, Some(name)) => Some(("!!", name.to_owned())),
        (tag, None) => {
            Some(tag.strip_prefix('!').map_or_else(|| ("", tag.to_owned()), |name| ("!", name.to_owned())))
        }
    };
    (written, quoted)
}
