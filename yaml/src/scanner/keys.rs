//! Implicit keys, indentation and bracket levels.

use super::{Kind, MAX_DEPTH, Scanner, Token};
use crate::Error;

/// An implicit key must end within this many characters.
const MAX_KEY_LENGTH: usize = 1024;

/// Where a token stands that may turn out to be a key.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct SimpleKey {
    possible: bool,
    required: bool,
    pub(super) token: usize,
    pub(super) pos: usize,
    pub(super) line: usize,
    pub(super) line_start: usize,
}

impl<'a> Scanner<'a> {
    /// Whether the first token waits for a `:` that would make it a key.
    pub(super) fn head_may_be_a_key(&mut self) -> Result<bool, Error> {
        if self.candidates.is_empty() {
            return Ok(false);
        }
        match self.candidates.binary_search_by_key(&self.tokens_parsed, |candidate| candidate.0) {
            Ok(found) => self.is_valid_key(self.candidates[found].1),
            Err(_) => Ok(false),
        }
    }

    fn is_valid_key(&mut self, index: usize) -> Result<bool, Error> {
        let key = self.simple_keys[index];
        if !key.possible {
            return Ok(false);
        }
        let too_long = || {
            self.pos - key.pos > MAX_KEY_LENGTH
                && self.text[key.pos..self.pos].chars().nth(MAX_KEY_LENGTH).is_some()
        };
        if key.line < self.line || too_long() {
            if key.required {
                return Err(self.error("could not find expected ':'"));
            }
            self.simple_keys[index].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    /// Remembers that a key may start here.
    pub(super) fn save_simple_key(&mut self) -> Result<(), Error> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = self.flow_level == 0 && self.indent == self.column();
        self.remove_simple_key()?;
        let key = SimpleKey {
            possible: true,
            required,
            token: self.tokens_parsed + self.tokens.len(),
            pos: self.pos,
            line: self.line,
            line_start: self.line_start,
        };
        let last = self.simple_keys.len() - 1;
        self.simple_keys[last] = key;
        if self.candidates.first().is_some_and(|candidate| candidate.0 < self.tokens_parsed) {
            let parsed = self.tokens_parsed;
            self.candidates.retain(|candidate| candidate.0 >= parsed);
        }
        self.candidates.push((key.token, last));
        Ok(())
    }

    /// Gives up the key of this bracket level.
    pub(super) fn remove_simple_key(&mut self) -> Result<(), Error> {
        let last = self.simple_keys.len() - 1;
        let key = self.simple_keys[last];
        if key.possible {
            if key.required {
                return Err(self.error("could not find expected ':'"));
            }
            self.simple_keys[last].possible = false;
            self.forget(key.token);
        }
        Ok(())
    }

    /// The key that a `:` here ends.
    pub(super) fn take_simple_key(&mut self) -> Result<Option<SimpleKey>, Error> {
        let last = self.simple_keys.len() - 1;
        if !self.is_valid_key(last)? {
            return Ok(None);
        }
        let key = self.simple_keys[last];
        self.simple_keys[last].possible = false;
        self.forget(key.token);
        Ok(Some(key))
    }

    fn forget(&mut self, token: usize) {
        if let Ok(found) = self.candidates.binary_search_by_key(&token, |candidate| candidate.0) {
            self.candidates.remove(found);
        }
    }

    pub(super) fn increase_flow_level(&mut self) -> Result<(), Error> {
        let token = self.tokens_parsed + self.tokens.len();
        self.simple_keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return Err(self.too_deep());
        }
        Ok(())
    }

    pub(super) fn decrease_flow_level(&mut self) {
        if self.flow_level == 0 {
            return;
        }
        self.flow_level -= 1;
        if let Some(key) = self.simple_keys.pop() {
            self.forget(key.token);
        }
    }

    /// Begins a block collection if the column is deeper than the current one.
    pub(super) fn roll_indent(
        &mut self,
        column: isize,
        before: Option<usize>,
        kind: Kind<'a>,
        line: usize,
    ) -> Result<(), Error> {
        if self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.insert(before, Token { line, kind });
        Ok(())
    }

    /// Ends the block collections that are deeper than the column.
    pub(super) fn unroll_indent(&mut self, column: isize) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(Kind::BlockEnd);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn too_deep(&self) -> Error {
        Error::scan(self.line, format!("exceeded max depth of {MAX_DEPTH}"))
    }
}
