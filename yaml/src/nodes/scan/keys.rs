//! Implicit keys and bracket levels.

use super::{MAX_DEPTH, Mark, Scanner};
use crate::Error;

/// An implicit key must end within this many characters.
const MAX_KEY_LENGTH: isize = 1024;

/// Where a token stands that may turn out to be a key.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct SimpleKey {
    possible: bool,
    required: bool,
    pub(super) token: usize,
    pub(super) mark: Mark,
}

impl Scanner {
    /// Whether the first token waits for a `:` that would make it a key.
    pub(super) fn head_may_be_a_key(&mut self) -> Result<bool, Error> {
        match self.simple_keys_by_token.get(&self.tokens_parsed).copied() {
            Some(index) => self.is_valid_key(index),
            None => Ok(false),
        }
    }

    fn is_valid_key(&mut self, index: usize) -> Result<bool, Error> {
        let Some(key) = self.simple_keys.get(index).copied() else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.mark.line || key.mark.index + MAX_KEY_LENGTH < self.mark.index {
            if key.required {
                return Err(self.error(key.mark, "could not find expected ':'"));
            }
            self.simple_keys[index].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    /// Remembers that a key may start here.
    pub(super) fn save_simple_key(&mut self) -> Result<(), Error> {
        let required = self.flow_level == 0 && self.indent == self.mark.column;
        if !self.simple_key_allowed {
            return Ok(());
        }
        let token = self.tokens_parsed + self.tokens.len();
        self.remove_simple_key()?;
        let last = self.simple_keys.len() - 1;
        self.simple_keys[last] = SimpleKey { possible: true, required, token, mark: self.mark };
        self.simple_keys_by_token.insert(token, last);
        Ok(())
    }

    /// Gives up the key of this bracket level.
    pub(super) fn remove_simple_key(&mut self) -> Result<(), Error> {
        let last = self.simple_keys.len() - 1;
        let key = self.simple_keys[last];
        if key.possible {
            if key.required {
                return Err(self.error(key.mark, "could not find expected ':'"));
            }
            self.simple_keys[last].possible = false;
            self.simple_keys_by_token.remove(&key.token);
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
        self.simple_keys_by_token.remove(&key.token);
        Ok(Some(key))
    }

    pub(super) fn increase_flow_level(&mut self) -> Result<(), Error> {
        let token = self.tokens_parsed + self.tokens.len();
        self.simple_keys.push(SimpleKey { token, mark: self.mark, ..SimpleKey::default() });
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
            self.simple_keys_by_token.remove(&key.token);
        }
    }

    pub(super) fn too_deep(&self) -> Error {
        let mark = self.simple_keys.last().map_or(self.mark, |key| key.mark);
        self.error(mark, format!("exceeded max depth of {MAX_DEPTH}"))
    }
}
