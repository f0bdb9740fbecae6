//! Strings: the choice of their style, and the writing of each.

use super::analysis::{Analysis, analyze, is_break, is_printable};
use super::{Emitter, INDENT, Place, Style};
use crate::escape::escaped;
use crate::resolve::{Resolved, Version, old_bool, resolve};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A key of more bytes is written behind `? `.
const MAX_SIMPLE_KEY: usize = 128;
/// sigs.k8s.io/yaml folds after this column.
const WIDTH: isize = 80;
/// The length of Go's lines of base64.
const BASE64_LINE: usize = 70;
/// go-yaml does not see a `"key":` of more characters than this as a key.
const MAX_JSON_KEY: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
enum Written {
    Plain,
    Single,
    Double,
    Literal,
}

impl Emitter<'_> {
    /// A string, or a mapping's key.
    pub fn string(&mut self, text: &str) {
        let analysis = analyze(text, self.style == Style::Pretty);
        self.altered_by_json |= analysis.altered_by_json;
        let plain = self.can_be_plain(text);
        self.styled(text, analysis, plain, "");
    }

    /// Bytes that are not UTF-8 (only [`Style::Pretty`] writes such).
    pub fn bytes(&mut self, bytes: &[u8]) {
        let encoded = STANDARD.encode(bytes);
        let mut text = String::with_capacity(encoded.len() + encoded.len() / BASE64_LINE + 1);
        for (i, c) in encoded.chars().enumerate() {
            text.push(c);
            if encoded.len() >= BASE64_LINE && ((i + 1) % BASE64_LINE == 0 || i + 1 == encoded.len()) {
                text.push('\n');
            }
        }
        let analysis = analyze(&text, self.style == Style::Pretty);
        self.styled(&text, analysis, true, "!!binary");
    }

    fn styled(&mut self, text: &str, analysis: Analysis, plain: bool, tag: &str) {
        let is_key = self.place == Place::Key;
        let mut simple = false;
        if is_key {
            simple = !analysis.multiline && text.len() + tag.len() <= MAX_SIMPLE_KEY;
            self.altered_by_json |= is_too_long_for_json(text);
            self.write_indent();
            if !simple {
                self.write_indicator("?", true, false, true);
            }
        } else {
            self.before_node();
        }
        let written = choose(text, analysis, plain, simple);
        if !tag.is_empty() {
            self.write_indicator(tag, true, false, false);
        }
        let outer = self.indent;
        self.indent = if outer < 0 { INDENT } else { outer + INDENT };
        match written {
            Written::Plain => self.plain(text, self.folds(simple)),
            Written::Single => self.single_quoted(text, self.folds(simple)),
            Written::Double => self.double_quoted(text, self.folds(simple)),
            Written::Literal => self.literal(text),
        }
        self.indent = outer;
        if is_key {
            self.place = Place::Value { simple };
        } else {
            self.after_node();
        }
    }

    fn folds(&self, simple_key: bool) -> bool {
        self.style == Style::Sigs && !simple_key
    }

    /// Whether the text would be read as this same string without quotes.
    fn can_be_plain(&self, text: &str) -> bool {
        let version = if self.style == Style::Sigs { Version::V2 } else { Version::V3 };
        resolve(text, version) == Resolved::Str && old_bool(text).is_none() && !is_base60(text)
    }

    pub(super) fn plain(&mut self, text: &str, folds: bool) {
        if !self.whitespace && (self.style == Style::Sigs || !text.is_empty()) {
            self.put(' ');
        }
        self.write_folding(text, folds, |_, _| true);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes text without escapes; single spaces may become line breaks.
    fn write_folding(&mut self, text: &str, folds: bool, may_fold: impl Fn(usize, u8) -> bool) {
        let width = isize::try_from(text.len()).unwrap_or(isize::MAX);
        if !folds || self.column.saturating_add(width) <= WIDTH {
            self.write_text(text);
            return;
        }
        let bytes = text.as_bytes();
        let mut after_space = false;
        for (i, c) in text.char_indices() {
            let next = bytes.get(i + 1).copied().unwrap_or(0);
            if c == ' ' && !after_space && self.column > WIDTH && next != b' ' && may_fold(i, next) {
                self.write_indent();
            } else {
                self.put(c);
            }
            self.indention &= c == ' ';
            after_space = c == ' ';
        }
    }

    fn single_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("'", true, false, false);
        if text.chars().any(is_break) {
            self.single_quoted_lines(text, folds);
        } else {
            let doubled = text.replace('\'', "''");
            let last = doubled.len() - 1;
            self.write_folding(&doubled, folds, |i, _| i > 0 && i < last);
        }
        self.write_indicator("'", false, false, false);
    }

    /// With LS or PS inside, which break lines.
    fn single_quoted_lines(&mut self, text: &str, folds: bool) {
        let bytes = text.as_bytes();
        let (mut after_space, mut after_break) = (false, false);
        for (i, c) in text.char_indices() {
            if c == ' ' {
                let inside = i > 0 && i + 1 < bytes.len() && bytes[i + 1] != b' ';
                if folds && !after_space && self.column > WIDTH && inside {
                    self.write_indent();
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if is_break(c) {
                self.put(c);
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.write_indent();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention = false;
                (after_space, after_break) = (false, false);
            }
        }
    }

    fn double_quoted(&mut self, text: &str, folds: bool) {
        self.write_indicator("\"", true, false, false);
        // go-yaml looks for the byte order mark at the start, whichever character it is writing.
        let marked = text.starts_with('\u{FEFF}');
        let bytes = text.as_bytes();
        let mut after_space = false;
        for (i, c) in text.char_indices() {
            if marked || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.write_text(&escaped(c));
                after_space = false;
            } else if c == ' ' {
                let inside = i > 0 && i + 1 < bytes.len();
                if folds && !after_space && self.column > WIDTH && inside {
                    self.write_indent();
                    if bytes[i + 1] == b' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
        }
        self.write_indicator("\"", false, false, false);
    }

    fn literal(&mut self, text: &str) {
        self.write_indicator("|", true, false, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.write_indicator("2", false, false, false);
        }
        let mut ends = text.chars().rev();
        let (last, before) = (ends.next(), ends.next());
        match last {
            Some(c) if !is_break(c) => self.write_indicator("-", false, false, false),
            _ if before.is_none_or(is_break) => self.write_indicator("+", false, false, false),
            _ => {}
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(is_break).unwrap_or(rest.len());
            if end > 0 {
                self.write_indent();
                self.write_text(&rest[..end]);
                self.indention = false;
            }
            let mut tail = rest[end..].chars();
            if let Some(c) = tail.next() {
                if c == '\n' {
                    self.put_break()
                } else {
                    self.out.push(c)
                }
                self.column = 0;
                self.indention = true;
            }
            rest = tail.as_str();
        }
    }
}

fn choose(text: &str, analysis: Analysis, plain: bool, simple_key: bool) -> Written {
    if analysis.line_feed {
        let literal = analysis.block_allowed && !simple_key;
        return if literal { Written::Literal } else { Written::Double };
    }
    if !plain || (simple_key && analysis.multiline) {
        return Written::Double;
    }
    match analysis {
        Analysis { plain_allowed: true, .. } if !(text.is_empty() && simple_key) => Written::Plain,
        Analysis { single_quoted_allowed: true, .. } => Written::Single,
        _ => Written::Double,
    }
}

/// Whether the key as JSON text has too many characters for go-yaml.
fn is_too_long_for_json(key: &str) -> bool {
    // No character needs more than six.
    if key.len() * 6 + 2 <= MAX_JSON_KEY {
        return false;
    }
    let mut text = String::new();
    crate::write::write_json_string(key, &mut text);
    text.chars().count() > MAX_JSON_KEY
}

/// YAML 1.1's numbers of base 60, which go-yaml quotes though it reads them as text.
fn is_base60(text: &str) -> bool {
    let Some(first) = text.bytes().next() else { return false };
    if !(matches!(first, b'+' | b'-') || first.is_ascii_digit()) || !text.contains(':') {
        return false;
    }
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (body, fraction) = body.split_once('.').unwrap_or((body, ""));
    let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut parts = body.split(':');
    let head = parts.next().unwrap_or_default();
    let sixty = |part: &str| match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
        _ => false,
    };
    head.starts_with(|c: char| c.is_ascii_digit()) && number(head) && number(fraction) && parts.all(sixty)
}
