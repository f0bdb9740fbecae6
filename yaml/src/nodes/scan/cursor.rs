//! Looking at characters and passing over them.

use super::token::{is_blank, is_blankz};
use super::{Scanner, is_break};
use crate::Error;

impl Scanner {
    /// The character this far ahead; NUL, which no text has, beyond the end.
    pub(super) fn at(&self, ahead: usize) -> char {
        self.chars.get(self.pos() + ahead).copied().unwrap_or('\0')
    }

    pub(super) fn pos(&self) -> usize {
        usize::try_from(self.mark.index).unwrap_or(0)
    }

    /// Fails when this many characters cannot be had because a bad one comes first.
    pub(super) fn need(&self, characters: usize) -> Result<(), Error> {
        match &self.failure {
            Some(failure) if self.pos() + characters > self.chars.len() => Err(failure.clone()),
            _ => Ok(()),
        }
    }

    /// Passes over a character that is no line break.
    pub(super) fn skip(&mut self) {
        if !is_blank(self.at(0)) {
            self.newlines = 0;
        }
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Passes over a character that is no line break and appends it.
    pub(super) fn read(&mut self, out: &mut String) {
        out.push(self.at(0));
        self.skip();
    }

    /// Passes over a line break, if there is one.
    pub(super) fn skip_line(&mut self) {
        let _ = self.take_line();
    }

    /// Passes over a line break and tells what it stands for: `\n` for all but LS and PS.
    pub(super) fn take_line(&mut self) -> Option<char> {
        let character = self.at(0);
        if !is_break(character) {
            return None;
        }
        self.mark.index += if character == '\r' && self.at(1) == '\n' { 2 } else { 1 };
        self.mark.column = 0;
        self.mark.line += 1;
        self.newlines += 1;
        Some(if matches!(character, '\u{2028}' | '\u{2029}') { character } else { '\n' })
    }

    /// Whether `---` or `...` stands here.
    pub(super) fn at_document_indicator(&self) -> bool {
        let head = (self.at(0), self.at(1), self.at(2));
        matches!(head, ('-', '-', '-') | ('.', '.', '.')) && is_blankz(self.at(3))
    }
}
