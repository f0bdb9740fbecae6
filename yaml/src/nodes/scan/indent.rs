//! Block collections begin and end with their indentation.

use super::{MAX_DEPTH, Mark, Scanner, Token, TokenKind};
use crate::Error;

impl Scanner {
    /// Begins a block collection if the column is deeper than the current one.
    pub(super) fn roll_indent(
        &mut self,
        column: isize,
        before: Option<usize>,
        kind: TokenKind,
        start: Mark,
    ) -> Result<(), Error> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.insert(before, Token { start, kind });
        Ok(())
    }

    /// Ends the block collections that are deeper than the column. Each end is placed before the foot comments
    /// of its parents: before the first of the latest comments that stands at the ending block's indentation.
    pub(super) fn unroll_indent(&mut self, column: isize, scan: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut block = Mark { index: scan.index - 1, ..scan };
        while self.indent > column {
            let mut stop = block.index;
            for comment in self.comments.iter().rev() {
                if comment.end.index < stop {
                    break;
                }
                if comment.start.column == self.indent + 1 {
                    block = comment.start;
                }
                stop = comment.scan.index;
            }
            self.push(TokenKind::BlockEnd, block);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}
