//! Scalars: the choice of their style, and the writing of each.

use super::super::scan::is_break;
use super::analysis::is_printable;
use super::{Encoder, INDENT, Place, Quoting, Ready};
use crate::escape::escaped;

impl Encoder {
    pub(super) fn write_scalar(&mut self, ready: &Ready<'_>) {
        let text = ready.node.value.as_str();
        match self.style(ready) {
            Quoting::Plain => self.plain(text),
            Quoting::Single => self.single_quoted(text),
            Quoting::Double => self.double_quoted(text),
            Quoting::Literal => self.literal(text),
            Quoting::Folded => self.folded(text),
        }
    }

    fn style(&self, ready: &Ready<'_>) -> Quoting {
        let text = ready.node.value.as_str();
        let analysis = ready.analysis;
        let simple_key = ready.place == Place::Key { simple: true };
        let mut style = match ready.node.style.quoting {
            Quoting::Plain if text.contains('\n') => Quoting::Literal,
            Quoting::Plain if ready.quoted => Quoting::Double,
            given => given,
        };
        if simple_key && analysis.multiline {
            style = Quoting::Double;
        }
        if style == Quoting::Plain {
            let flow = self.flow_level > 0;
            let allowed = if flow { analysis.flow_plain_allowed } else { analysis.block_plain_allowed };
            if !allowed || (text.is_empty() && (flow || simple_key)) {
                style = Quoting::Single;
            }
        }
        match style {
            Quoting::Single if !analysis.single_quoted_allowed => Quoting::Double,
            Quoting::Literal | Quoting::Folded
                if !analysis.block_allowed || self.flow_level > 0 || simple_key =>
            {
                Quoting::Double
            }
            _ => style,
        }
    }

    fn plain(&mut self, text: &str) {
        if !text.is_empty() && !self.whitespace {
            self.put(' ');
        }
        self.lines(text, false);
        if !text.is_empty() {
            self.whitespace = false;
        }
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str) {
        self.write_indicator("'", true, false, false);
        self.lines(text, true);
        self.write_indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes text whose line breaks (LS and PS can be such) are written as they are, a line feed twice.
    fn lines(&mut self, text: &str, single: bool) {
        let mut breaks = false;
        for c in text.chars() {
            if c == ' ' {
                self.put(c);
                continue;
            }
            if is_break(c) {
                if !breaks && c == '\n' {
                    self.put_break();
                }
                self.write_break(c);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if single && c == '\'' {
                self.put('\'');
            }
            self.put(c);
            self.indention = false;
            breaks = false;
        }
    }

    fn double_quoted(&mut self, text: &str) {
        self.write_indicator("\"", true, false, false);
        // go-yaml looks for the byte order mark at the start, whichever character it is writing.
        let marked = text.starts_with('\u{FEFF}');
        for c in text.chars() {
            if marked || !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                self.write_text(&escaped(c));
            } else {
                self.put(c);
            }
        }
        self.write_indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn literal(&mut self, text: &str) {
        self.write_indicator("|", true, false, false);
        self.block_header(text);
        let mut breaks = true;
        for c in text.chars() {
            if is_break(c) {
                self.write_break(c);
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(c);
                self.indention = false;
                breaks = false;
            }
        }
    }

    fn folded(&mut self, text: &str) {
        self.write_indicator(">", true, false, false);
        self.block_header(text);
        // go-yaml looks at what follows the text's first line breaks, whichever it is writing.
        let first = text.chars().find(|c| !is_break(*c));
        let first_is_blank = first.is_none_or(|c| matches!(c, ' ' | '\t' | '\0'));
        let (mut breaks, mut leading_spaces) = (true, true);
        for c in text.chars() {
            if is_break(c) {
                if !breaks && !leading_spaces && c == '\n' && !first_is_blank {
                    self.put_break();
                }
                self.write_break(c);
                breaks = true;
                continue;
            }
            if breaks {
                self.write_indent();
                leading_spaces = matches!(c, ' ' | '\t');
            }
            self.put(c);
            self.indention = false;
            breaks = false;
        }
    }

    /// The indicators behind `|` or `>`, and the rest of their line.
    fn block_header(&mut self, text: &str) {
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.write_indicator(&INDENT.to_string(), false, false, false);
        }
        let mut ends = text.chars().rev();
        match (ends.next(), ends.next()) {
            (None, _) => self.write_indicator("-", false, false, false),
            (Some(last), _) if !is_break(last) => self.write_indicator("-", false, false, false),
            (Some(_), before) if before.is_none_or(is_break) => {
                self.write_indicator("+", false, false, false);
            }
            _ => {}
        }
        self.write_line_comment(true);
        self.whitespace = true;
    }
}
