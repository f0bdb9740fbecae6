//! Collections in brackets.

use super::{Encoder, Place, Ready};

impl Encoder {
    fn open(&mut self, bracket: &str, ready: &Ready<'_>) {
        self.write_indicator(bracket, true, true, false);
        self.increase_indent(true, false, ready.place);
        self.flow_level += 1;
    }

    fn comma(&mut self) {
        self.write_indicator(",", false, false, false);
    }

    /// A node and its comments, which stand behind the comma. True if the comma is written.
    fn node_and_comma(&mut self, ready: &Ready<'_>) -> bool {
        let trails = self.some_comment_waits();
        self.begin(ready);
        if self.some_comment_waits() {
            self.comma();
        }
        self.write_line_comment(false);
        self.write_foot_comment();
        self.content(ready);
        trails
    }

    pub(super) fn flow_sequence(&mut self, ready: &Ready<'_>) {
        let outer = self.indent;
        self.open("[", ready);
        let mut needs_comma = false;
        for child in &ready.node.content {
            let child = self.prepare(child, Place::FlowItem, "");
            if needs_comma {
                self.comma();
            }
            self.write_head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            needs_comma = !self.node_and_comma(&child);
        }
        self.bring("", &ready.node.line_comment, ready.foot(), "");
        self.flow_level -= 1;
        self.indent = outer;
        if self.column == 0 {
            self.write_indent();
        }
        self.close("]");
    }

    pub(super) fn flow_mapping(&mut self, ready: &Ready<'_>) {
        let outer = self.indent;
        self.open("{", ready);
        let mut needs_comma = false;
        let mut tail = "";
        for pair in ready.node.content.chunks_exact(2) {
            let mut key = self.prepare(&pair[0], Place::Key { simple: false }, tail);
            tail = &pair[0].foot_comment;
            if needs_comma {
                self.comma();
            }
            self.write_head_comment();
            if self.column == 0 {
                self.write_indent();
            }
            let simple = Self::is_simple_key(&key);
            key.place = Place::Key { simple };
            if !simple {
                self.write_indicator("?", true, false, false);
            }
            self.begin(&key);
            self.content(&key);
            let value = self.prepare(&pair[1], Place::Value, "");
            self.write_indicator(":", !simple, false, false);
            needs_comma = !self.node_and_comma(&value);
        }
        self.bring("", &ready.node.line_comment, ready.foot(), tail);
        let comments = [&self.head_comment, &self.foot_comment, &self.tail_comment];
        if needs_comma && comments.iter().any(|comment| !comment.is_empty()) {
            self.comma();
        }
        self.write_head_comment();
        self.flow_level -= 1;
        self.indent = outer;
        self.close("}");
    }

    fn close(&mut self, bracket: &str) {
        self.write_indicator(bracket, false, false, false);
        self.write_line_comment(false);
        self.write_foot_comment();
    }
}
