//! Writes YAML in block style, as go-yaml's encoders do.
//!
//! The [`Emitter`] is driven by calls (begin, scalar, end), so any tree can be written without
//! being copied first, and deep trees need no stack.

mod analysis;
mod order;
mod scalar;

pub use order::{compare_keys, sort_keys};

use super::number::{write_g, write_json};
use super::resolve::{Resolved, Version, resolve};

/// Which of Helm's two encoders to imitate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `yaml.Marshal` of sigs.k8s.io/yaml (`toYaml`): lists are not indented, long lines fold,
    /// values go through JSON.
    Sigs,
    /// go-yaml v3 with an indentation of 2 (`toYamlPretty`): lists are indented, nothing folds.
    Pretty,
}

/// Where the next node goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    Key,
    Value { simple: bool },
}

/// An open collection: the indentation outside it, and where its next node goes.
struct Frame {
    indent: isize,
    place: Place,
}

/// A streaming writer of one document.
///
/// A mapping's keys come in the order of [`sort_keys`]; each is a [`string`](Self::string) followed
/// by its value.
///
/// ```
/// use skiff_yaml::{Emitter, Style};
/// let mut out = String::new();
/// let mut emitter = Emitter::new(&mut out, Style::Sigs);
/// emitter.begin_mapping(false);
/// emitter.string("ports");
/// emitter.begin_sequence(false);
/// emitter.int(80);
/// emitter.end_sequence();
/// emitter.end_mapping();
/// assert!(emitter.finish());
/// assert_eq!(out, "ports:\n- 80\n");
/// ```
pub struct Emitter<'o> {
    out: &'o mut String,
    style: Style,
    frames: Vec<Frame>,
    place: Place,
    indent: isize,
    column: isize,
    whitespace: bool,
    /// Only indentation, `-`, `?` and `:` stand in this line.
    indention: bool,
    /// Something was written that would not survive the way through JSON text.
    altered_by_json: bool,
}

/// go-yaml's indentation.
const INDENT: isize = 2;

impl<'o> Emitter<'o> {
    /// Appends a document to `out`, which must be empty or end with a line break.
    pub fn new(out: &'o mut String, style: Style) -> Self {
        Self {
            out,
            style,
            frames: Vec::new(),
            place: Place::Root,
            indent: -1,
            column: 0,
            whitespace: true,
            indention: true,
            altered_by_json: false,
        }
    }

    /// Ends the document. False (for [`Style::Sigs`]) if the values hold something that Go's way
    /// through JSON text alters or refuses, such as U+007F: what was written is then wrong, and
    /// [`from_json_text`](super::from_json_text) must be asked.
    #[must_use]
    pub fn finish(mut self) -> bool {
        self.write_indent();
        !(self.altered_by_json && self.style == Style::Sigs)
    }

    /// `null`.
    pub fn null(&mut self) {
        self.word("null");
    }

    /// `true` or `false`.
    pub fn bool(&mut self, truth: bool) {
        self.word(if truth { "true" } else { "false" });
    }

    /// A signed integer.
    pub fn int(&mut self, integer: i64) {
        self.word(&integer.to_string());
    }

    /// An unsigned integer.
    pub fn uint(&mut self, integer: u64) {
        self.word(&integer.to_string());
    }

    /// A float: through JSON text, where 1e6 is the integer 1000000, or as Go's `%g` (1e+06).
    /// What is not finite has no JSON text.
    pub fn float(&mut self, float: f64) {
        let mut text = String::new();
        match self.style {
            Style::Pretty => write_g(float, &mut text),
            Style::Sigs if !float.is_finite() => {
                self.altered_by_json = true;
                write_g(float, &mut text);
            }
            Style::Sigs => {
                write_json(float, &mut text);
                match resolve(&text, Version::V2) {
                    Resolved::Int(0) => text.replace_range(.., "0"),
                    Resolved::Int(_) | Resolved::Uint(_) => {}
                    _ => {
                        text.clear();
                        write_g(float, &mut text);
                    }
                }
            }
        }
        self.word(&text);
    }

    /// A float that is already decoded YAML: no way through JSON.
    pub(super) fn native_float(&mut self, float: f64) {
        let mut text = String::new();
        write_g(float, &mut text);
        self.word(&text);
    }

    /// Begins a sequence; `empty` if nothing will come before its end.
    pub fn begin_sequence(&mut self, empty: bool) {
        self.before_node();
        if empty {
            self.write_indicator("[]", true, false, false);
            self.frames.push(Frame { indent: self.indent, place: self.place });
            return;
        }
        let frame = Frame { indent: self.indent, place: self.place };
        let in_mapping = matches!(self.place, Place::Value { .. });
        let indentless = self.style == Style::Sigs && in_mapping && !self.indention;
        self.increase_indent(indentless);
        self.frames.push(frame);
        self.place = Place::Item;
    }

    /// Ends a sequence.
    pub fn end_sequence(&mut self) {
        self.end();
    }

    /// Begins a mapping; `empty` if nothing will come before its end.
    pub fn begin_mapping(&mut self, empty: bool) {
        self.before_node();
        let frame = Frame { indent: self.indent, place: self.place };
        self.frames.push(frame);
        if empty {
            self.write_indicator("{}", true, false, false);
            return;
        }
        self.increase_indent(false);
        self.place = Place::Key;
    }

    /// Ends a mapping.
    pub fn end_mapping(&mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.indent = frame.indent;
            self.place = frame.place;
        }
        self.after_node();
    }

    fn word(&mut self, word: &str) {
        self.before_node();
        self.plain(word, false);
        self.after_node();
    }

    fn increase_indent(&mut self, indentless: bool) {
        if self.indent < 0 {
            self.indent = 0;
        } else if !indentless {
            self.indent += INDENT;
        }
    }

    /// Writes what stands before a node that is no key.
    fn before_node(&mut self) {
        match self.place {
            Place::Root | Place::Key => {}
            Place::Item => {
                self.write_indent();
                self.write_indicator("-", true, false, true);
            }
            Place::Value { simple: true } => self.write_indicator(":", false, false, false),
            Place::Value { simple: false } => {
                self.write_indent();
                self.write_indicator(":", true, false, true);
            }
        }
    }

    fn after_node(&mut self) {
        self.place = match self.place {
            Place::Root => Place::Root,
            Place::Item => Place::Item,
            Place::Key => Place::Value { simple: true },
            Place::Value { .. } => Place::Key,
        };
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        if self.style == Style::Pretty {
            self.indention = true;
        }
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        if self.column < indent {
            self.out.extend(std::iter::repeat_n(' ', usize::try_from(indent - self.column).unwrap_or(0)));
            self.column = indent;
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn write_indicator(&mut self, indicator: &str, spaced: bool, is_whitespace: bool, is_indention: bool) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        self.write_text(indicator);
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }

    fn write_text(&mut self, text: &str) {
        self.out.push_str(text);
        let width = if text.is_ascii() { text.len() } else { text.chars().count() };
        self.column += isize::try_from(width).unwrap_or(isize::MAX);
    }
}
