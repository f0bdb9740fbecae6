//! Documents as trees that keep comments and styles, as go-yaml v3's `yaml.Node` does.
//!
//! What is read here and written again comes out as go-yaml v3 would write it: comments stay with their
//! nodes, quotes and block styles stay, indentation and blank lines become regular. Numbers, tags and keys
//! are not interpreted.
//!
//! ```
//! use skiff_yaml::nodes::{Encoder, parse};
//! let document = parse("# why\na:   [1,2] # two\n")?.expect("a document");
//! let mut encoder = Encoder::default();
//! encoder.encode(&document, true);
//! assert_eq!(encoder.finish(), "# why\na: [1, 2] # two\n");
//! # Ok::<(), skiff_yaml::Error>(())
//! ```

mod compose;
mod emit;
mod parser;
mod scan;

pub use compose::parse;
pub use emit::Encoder;

use super::resolve::{Resolved, Version, resolve};

/// The tag of null.
pub const NULL_TAG: &str = "!!null";
/// The tag of text.
pub const STR_TAG: &str = "!!str";
/// What short tags stand for.
const LONG_PREFIX: &str = "tag:yaml.org,2002:";

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A document, whose only child is its root.
    Document,
    /// A list.
    Sequence,
    /// Keys and values in turn.
    Mapping,
    /// A text, as yet uninterpreted.
    #[default]
    Scalar,
    /// A reference to an anchor.
    Alias,
}

impl Kind {
    /// The name that kyaml's errors use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Document => "DocumentNode",
            Self::Sequence => "SequenceNode",
            Self::Mapping => "MappingNode",
            Self::Scalar => "ScalarNode",
            Self::Alias => "AliasNode",
        }
    }
}

/// How a scalar is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// As the text allows.
    #[default]
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// How a node was written, and is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Its tag stands in the text.
    pub tagged: bool,
    /// A collection in brackets.
    pub flow: bool,
    /// Of a scalar.
    pub quoting: Quoting,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub style: Style,
    /// Its tag in short form (`!!str`), given or resolved; empty for documents and aliases.
    pub tag: String,
    /// A scalar's text, an alias' name.
    pub value: String,
    /// Its anchor's name, empty for none.
    pub anchor: String,
    /// Its children.
    pub content: Vec<Node>,
    /// The comment lines above it.
    pub head_comment: String,
    /// The comment behind it.
    pub line_comment: String,
    /// The comment lines after it, before a blank line.
    pub foot_comment: String,
    /// The line it starts on, from 1; 0 for a node that was not read.
    pub line: usize,
}

impl Node {
    /// A node of this kind, without content.
    pub fn new(kind: Kind) -> Self {
        Self { kind, ..Self::default() }
    }

    /// A scalar without tag or style.
    pub fn scalar(value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::default() }
    }

    /// The root of a document; any other node itself.
    pub fn root(&self) -> &Self {
        match self.kind {
            Kind::Document => self.content.first().unwrap_or(self),
            _ => self,
        }
    }

    /// As [`Self::root`], to be changed.
    pub fn root_mut(&mut self) -> &mut Self {
        if self.kind == Kind::Document && !self.content.is_empty() { &mut self.content[0] } else { self }
    }

    /// Whether its tag is null's.
    pub fn is_null(&self) -> bool {
        self.tag == NULL_TAG
    }
}

/// What an untagged plain scalar is, to go-yaml v3.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// `~`, `null` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number beyond those with a sign.
    Uint(u64),
    /// Any other number.
    Float(f64),
    /// A date or time.
    Timestamp,
    /// All else.
    Text,
}

impl Scalar {
    /// Its tag in short form.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Null => NULL_TAG,
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Text => STR_TAG,
        }
    }
}

/// What the text is as an untagged plain scalar.
///
/// ```
/// use skiff_yaml::nodes::{Scalar, scalar};
/// assert_eq!([scalar("010"), scalar("on")], [Scalar::Int(8), Scalar::Text]);
/// ```
pub fn scalar(text: &str) -> Scalar {
    match resolve(text, Version::V3) {
        Resolved::Null => Scalar::Null,
        Resolved::Bool(truth) => Scalar::Bool(truth),
        Resolved::Int(integer) => Scalar::Int(integer),
        Resolved::Uint(integer) => Scalar::Uint(integer),
        Resolved::Float(float) => Scalar::Float(float),
        Resolved::Timestamp => Scalar::Timestamp,
        Resolved::Str => Scalar::Text,
    }
}

fn short_tag(tag: &str) -> String {
    tag.strip_prefix(LONG_PREFIX).map_or_else(|| tag.to_owned(), |name| format!("!!{name}"))
}

fn long_tag(tag: &str) -> String {
    tag.strip_prefix("!!").map_or_else(|| tag.to_owned(), |name| format!("{LONG_PREFIX}{name}"))
}

#[cfg(test)]
mod tests;
