//! Collections by indentation.

use super::{Encoder, Kind, Place, Ready};

impl Encoder {
    pub(super) fn block_sequence(&mut self, ready: &Ready<'_>) {
        let outer = self.indent;
        let in_mapping = matches!(ready.place, Place::Key { .. } | Place::Value);
        let compact = in_mapping && (self.column == 0 || !self.indention) && self.compact;
        self.increase_indent(false, compact, ready.place);
        for child in &ready.node.content {
            let child = self.prepare(child, Place::BlockItem, "");
            self.write_head_comment();
            self.write_indent();
            self.write_indicator("-", true, false, true);
            self.begin_and_comment(&child);
            self.content(&child);
        }
        self.bring("", &ready.node.line_comment, ready.foot(), "");
        self.indent = outer;
    }

    pub(super) fn block_mapping(&mut self, ready: &Ready<'_>) {
        let outer = self.indent;
        self.increase_indent(false, false, ready.place);
        // The foot of a key is written after its value: at the head of the next key.
        let mut tail = "";
        for pair in ready.node.content.chunks_exact(2) {
            let mut key = self.prepare(&pair[0], Place::Key { simple: false }, tail);
            tail = &pair[0].foot_comment;
            self.write_head_comment();
            self.write_indent();
            if !self.line_comment.is_empty() {
                self.key_line_comment = std::mem::take(&mut self.line_comment);
            }
            let simple = Self::is_simple_key(&key);
            key.place = Place::Key { simple };
            if !simple {
                self.write_indicator("?", true, false, true);
            }
            self.begin(&key);
            self.content(&key);
            let value = self.prepare(&pair[1], Place::Value, "");
            if simple {
                self.write_indicator(":", false, false, false);
            } else {
                self.write_indent();
                self.write_indicator(":", true, false, true);
            }
            self.place_key_comment(&value);
            self.begin_and_comment(&value);
            self.content(&value);
        }
        self.bring("", &ready.node.line_comment, ready.foot(), tail);
        self.write_head_comment();
        self.indent = outer;
    }

    /// A comment on the key's line goes behind a scalar that has none, or before an indented block; otherwise
    /// it waits for a later key's value.
    fn place_key_comment(&mut self, value: &Ready<'_>) {
        if self.key_line_comment.is_empty() {
            return;
        }
        match value.node.kind {
            Kind::Scalar if self.line_comment.is_empty() => {
                self.line_comment = std::mem::take(&mut self.key_line_comment);
            }
            Kind::Mapping | Kind::Sequence if !value.node.style.flow => {
                std::mem::swap(&mut self.line_comment, &mut self.key_line_comment);
                self.write_line_comment(false);
                std::mem::swap(&mut self.line_comment, &mut self.key_line_comment);
            }
            _ => {}
        }
    }
}
