//! Characters, indentation, comments and properties.

use super::super::scan::is_break;
use super::Encoder;

impl Encoder {
    pub(super) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
        self.indention = true;
    }

    /// Writes a line break of the text's own.
    pub(super) fn write_break(&mut self, character: char) {
        if character == '\n' {
            self.put_break();
        } else {
            self.out.push(character);
            self.column = 0;
            self.indention = true;
        }
    }

    pub(super) fn write_text(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += isize::try_from(text.chars().count()).unwrap_or(isize::MAX);
    }

    pub(super) fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.put_break();
        }
        if self.foot_indent == indent {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.foot_indent = -1;
    }

    pub(super) fn write_indicator(
        &mut self,
        indicator: &str,
        spaced: bool,
        is_whitespace: bool,
        is_indention: bool,
    ) {
        if spaced && !self.whitespace {
            self.put(' ');
        }
        self.write_text(indicator);
        self.whitespace = is_whitespace;
        self.indention &= is_indention;
    }

    pub(super) fn write_property(&mut self, text: &str) {
        self.write_text(text);
        self.whitespace = false;
        self.indention = false;
    }

    pub(super) fn write_tag(&mut self, handle: &str, suffix: &str) {
        if handle.is_empty() {
            self.write_indicator("!<", true, false, false);
            self.write_property(&escape_tag(suffix));
            self.write_indicator(">", false, false, false);
            return;
        }
        if !self.whitespace {
            self.put(' ');
        }
        self.write_property(handle);
        self.write_property(&escape_tag(suffix));
    }

    pub(super) fn write_head_comment(&mut self) {
        if !self.tail_comment.is_empty() {
            let comment = std::mem::take(&mut self.tail_comment);
            self.write_indent();
            self.write_comment(&comment);
            self.foot_indent = self.indent.max(0);
        }
        if !self.head_comment.is_empty() {
            let comment = std::mem::take(&mut self.head_comment);
            self.write_indent();
            self.write_comment(&comment);
        }
    }

    /// Writes the comment of this line. `breaks`: the line ends even without one.
    pub(super) fn write_line_comment(&mut self, breaks: bool) {
        if self.line_comment.is_empty() {
            if breaks {
                self.put_break();
            }
            return;
        }
        if !self.whitespace {
            self.put(' ');
        }
        let comment = std::mem::take(&mut self.line_comment);
        self.write_comment(&comment);
    }

    pub(super) fn write_foot_comment(&mut self) {
        if !self.foot_comment.is_empty() {
            let comment = std::mem::take(&mut self.foot_comment);
            self.write_indent();
            self.write_comment(&comment);
            self.foot_indent = self.indent.max(0);
        }
    }

    fn write_comment(&mut self, comment: &str) {
        let (mut breaks, mut pound) = (false, false);
        for character in comment.chars() {
            if is_break(character) {
                self.write_break(character);
                (breaks, pound) = (true, false);
                continue;
            }
            if breaks {
                self.write_indent();
            }
            if !pound {
                if character != '#' {
                    self.write_text("# ");
                }
                pound = true;
            }
            self.put(character);
            self.indention = false;
            breaks = false;
        }
        if !breaks {
            self.put_break();
        }
        self.whitespace = true;
    }
}

fn escape_tag(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-;/?:@&=+$,_.~*'()[]".contains(c) {
            out.push(c);
        } else {
            let mut buffer = [0; 4];
            out.extend(c.encode_utf8(&mut buffer).bytes().map(|octet| format!("%{octet:02X}")));
        }
    }
    out
}
