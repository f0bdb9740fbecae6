//! Anchors, aliases, tags and directives.

use super::token::is_alpha;
use super::{Kind, Scanner, Token};
use crate::Error;

/// How many digits a part of the version in `%YAML` may have.
const MAX_VERSION_DIGITS: usize = 2;

impl<'a> Scanner<'a> {
    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        self.pos += 1;
        let name = self.take_alpha()?;
        let ends = self.is_blankz(0) || b"?:,]}%@`".contains(&self.byte(0));
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { Kind::Alias(name) } else { Kind::Anchor(name) });
        Ok(())
    }

    fn take_alpha(&mut self) -> Result<&'a str, Error> {
        let start = self.pos;
        while is_alpha(self.byte(0)) {
            self.pos += 1;
        }
        self.need(1)?;
        Ok(&self.text[start..self.pos])
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        self.need(2)?;
        let (handle, suffix) = if self.byte(1) == b'<' {
            self.pos += 2;
            let suffix = self.scan_tag_uri(String::new(), false)?;
            if self.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.pos += 1;
            (String::new(), suffix)
        } else {
            self.scan_short_tag()?
        };
        self.need(1)?;
        if !self.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        self.push(Kind::Tag { handle, suffix });
        Ok(())
    }

    fn scan_short_tag(&mut self) -> Result<(String, String), Error> {
        let handle = self.scan_tag_handle(false)?;
        if handle.len() > 1 && handle.ends_with('!') {
            let suffix = self.scan_tag_uri(String::new(), false)?;
            return Ok((handle, suffix));
        }
        let suffix = self.scan_tag_uri(handle[1..].to_owned(), true)?;
        // The tag "!" alone has no handle.
        Ok(if suffix.is_empty() { (suffix, "!".to_owned()) } else { ("!".to_owned(), suffix) })
    }

    fn scan_tag_handle(&mut self, directive: bool) -> Result<String, Error> {
        self.need(1)?;
        if self.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let start = self.pos;
        self.pos += 1;
        self.take_alpha()?;
        if self.byte(0) == b'!' {
            self.pos += 1;
        } else if directive && self.pos - start > 1 {
            return Err(self.error("did not find expected '!'"));
        }
        Ok(self.text[start..self.pos].to_owned())
    }

    /// Appends the characters of a URI to the head, which counts as part of it if `has_head`.
    fn scan_tag_uri(&mut self, head: String, has_head: bool) -> Result<String, Error> {
        let mut uri = head.into_bytes();
        let start = self.pos;
        self.need(1)?;
        while is_alpha(self.byte(0)) || b";/?:@&=+$,.!~*'()[]%".contains(&self.byte(0)) {
            if self.byte(0) == b'%' {
                self.take_uri_escapes(&mut uri)?;
            } else {
                uri.push(self.byte(0));
                self.pos += 1;
            }
            self.need(1)?;
        }
        if self.pos == start && !has_head {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// Takes the `%XX` octets of one character.
    fn take_uri_escapes(&mut self, uri: &mut Vec<u8>) -> Result<(), Error> {
        let mut remaining = None;
        while remaining != Some(0) {
            self.need(3)?;
            let digit = |ahead| char::from(self.byte(ahead)).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (b'%', Some(high), Some(low)) = (self.byte(0), digit(1), digit(2)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = (high << 4) | low;
            remaining = Some(match remaining {
                None => match octet {
                    0..0x80 => 0,
                    0xC0..0xE0 => 1,
                    0xE0..0xF0 => 2,
                    0xF0..0xF8 => 3,
                    _ => return Err(self.error("found an incorrect leading UTF-8 octet")),
                },
                Some(_) if octet & 0xC0 != 0x80 => {
                    return Err(self.error("found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => left - 1,
            });
            uri.push(octet);
            self.pos += 3;
        }
        Ok(())
    }

    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let line = self.line;
        self.pos += 1;
        self.need(1)?;
        let name = self.take_alpha()?;
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.is_blankz(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.scan_version()?,
            "TAG" => self.scan_tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.need(1)?;
        self.skip_blanks()?;
        if self.byte(0) == b'#' {
            self.skip_to_line_end();
            self.need(1)?;
        }
        if !self.is_breakz() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.skip_break()?;
        self.tokens.push_back(Token { line, kind });
        Ok(())
    }

    fn skip_blanks(&mut self) -> Result<(), Error> {
        self.need(1)?;
        while self.is_blank() {
            self.pos += 1;
            self.need(1)?;
        }
        Ok(())
    }

    fn scan_version(&mut self) -> Result<Kind<'a>, Error> {
        self.skip_blanks()?;
        let major = self.scan_version_number()?;
        if self.byte(0) != b'.' {
            return Err(self.error("did not find expected digit or '.' character"));
        }
        self.pos += 1;
        Ok(Kind::VersionDirective(major, self.scan_version_number()?))
    }

    fn scan_version_number(&mut self) -> Result<u8, Error> {
        self.need(1)?;
        let start = self.pos;
        let mut number = 0;
        while self.byte(0).is_ascii_digit() {
            if self.pos - start == MAX_VERSION_DIGITS {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + (self.byte(0) - b'0');
            self.pos += 1;
            self.need(1)?;
        }
        if self.pos == start {
            return Err(self.error("did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self) -> Result<Kind<'a>, Error> {
        self.skip_blanks()?;
        let handle = self.scan_tag_handle(true)?;
        self.need(1)?;
        if !self.is_blank() {
            return Err(self.error("did not find expected whitespace"));
        }
        self.skip_blanks()?;
        let prefix = self.scan_tag_uri(String::new(), false)?;
        self.need(1)?;
        if !self.is_blankz(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective { handle, prefix })
    }
}
