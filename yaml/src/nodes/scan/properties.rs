//! Anchors, aliases, tags and directives.

use super::token::{is_alpha, is_blank, is_blankz, is_breakz};
use super::{Mark, Scanner, TokenKind, is_break};
use crate::Error;

/// How many digits a part of the version in `%YAML` may have.
const MAX_VERSION_DIGITS: isize = 2;

impl Scanner {
    pub(super) fn fetch_anchor(&mut self, alias: bool) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.take_alpha()?;
        let ends = is_blankz(self.at(0)) || "?:,]}%@`".contains(self.at(0));
        if name.is_empty() || !ends {
            return Err(self.error(start, "did not find expected alphabetic or numeric character"));
        }
        self.push(if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    fn take_alpha(&mut self) -> Result<String, Error> {
        let mut name = String::new();
        self.need(1)?;
        while is_alpha(self.at(0)) {
            self.read(&mut name);
            self.need(1)?;
        }
        Ok(name)
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.need(2)?;
        let (handle, suffix) = if self.at(1) == '<' {
            self.skip();
            self.skip();
            let suffix = self.scan_tag_uri(start, String::new(), false)?;
            if self.at(0) != '>' {
                return Err(self.error(start, "did not find the expected '>'"));
            }
            self.skip();
            (String::new(), suffix)
        } else {
            self.scan_short_tag(start)?
        };
        self.need(1)?;
        if !is_blankz(self.at(0)) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    fn scan_short_tag(&mut self, start: Mark) -> Result<(String, String), Error> {
        let handle = self.scan_tag_handle(start, false)?;
        if handle.len() > 1 && handle.ends_with('!') {
            let suffix = self.scan_tag_uri(start, String::new(), false)?;
            return Ok((handle, suffix));
        }
        let suffix = self.scan_tag_uri(start, handle[1..].to_owned(), true)?;
        // The tag "!" alone has no handle.
        Ok(if suffix.is_empty() { (suffix, "!".to_owned()) } else { ("!".to_owned(), suffix) })
    }

    fn scan_tag_handle(&mut self, start: Mark, directive: bool) -> Result<String, Error> {
        self.need(1)?;
        if self.at(0) != '!' {
            return Err(self.error(start, "did not find expected '!'"));
        }
        let mut handle = String::new();
        self.read(&mut handle);
        handle.push_str(&self.take_alpha()?);
        if self.at(0) == '!' {
            self.read(&mut handle);
        } else if directive && handle.len() > 1 {
            return Err(self.error(start, "did not find expected '!'"));
        }
        Ok(handle)
    }

    /// Appends the characters of a URI to the head, which counts as part of it if `has_head`.
    fn scan_tag_uri(&mut self, start: Mark, head: String, has_head: bool) -> Result<String, Error> {
        let mut uri = head.into_bytes();
        let mut found = false;
        self.need(1)?;
        while is_alpha(self.at(0)) || ";/?:@&=+$,.!~*'()[]%".contains(self.at(0)) {
            if self.at(0) == '%' {
                self.take_uri_escapes(start, &mut uri)?;
            } else {
                let mut character = String::new();
                self.read(&mut character);
                uri.extend(character.bytes());
            }
            self.need(1)?;
            found = true;
        }
        if !found && !has_head {
            return Err(self.error(start, "did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// Takes the `%XX` octets of one character.
    fn take_uri_escapes(&mut self, start: Mark, uri: &mut Vec<u8>) -> Result<(), Error> {
        let mut remaining = None;
        while remaining != Some(0) {
            self.need(3)?;
            let digit = |ahead| self.at(ahead).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let ('%', Some(high), Some(low)) = (self.at(0), digit(1), digit(2)) else {
                return Err(self.error(start, "did not find URI escaped octet"));
            };
            let octet = (high << 4) | low;
            remaining = Some(match remaining {
                None => match octet {
                    0..0x80 => 0,
                    0xC0..0xE0 => 1,
                    0xE0..0xF0 => 2,
                    0xF0..0xF8 => 3,
                    _ => return Err(self.error(start, "found an incorrect leading UTF-8 octet")),
                },
                Some(_) if octet & 0xC0 != 0x80 => {
                    return Err(self.error(start, "found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => left - 1,
            });
            uri.push(octet);
            (0..3).for_each(|_| self.skip());
        }
        Ok(())
    }

    pub(super) fn fetch_directive(&mut self) -> Result<(), Error> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.take_alpha()?;
        if name.is_empty() {
            return Err(self.error(start, "could not find expected directive name"));
        }
        if !is_blankz(self.at(0)) {
            return Err(self.error(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(self.error(start, "found unknown directive name")),
        };
        self.need(1)?;
        self.skip_blanks()?;
        if self.at(0) == '#' {
            self.skip_to_line_end()?;
        }
        if !is_breakz(self.at(0)) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        if is_break(self.at(0)) {
            self.need(2)?;
            self.skip_line();
        }
        self.push(kind, start);
        Ok(())
    }

    fn scan_version(&mut self, start: Mark) -> Result<TokenKind, Error> {
        self.need(1)?;
        self.skip_blanks()?;
        let major = self.scan_version_number(start)?;
        if self.at(0) != '.' {
            return Err(self.error(start, "did not find expected digit or '.' character"));
        }
        self.skip();
        Ok(TokenKind::VersionDirective(major, self.scan_version_number(start)?))
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u8, Error> {
        self.need(1)?;
        let begin = self.mark.index;
        let mut number = 0;
        while let Some(digit) = self.at(0).to_digit(10) {
            if self.mark.index - begin == MAX_VERSION_DIGITS {
                return Err(self.error(start, "found extremely long version number"));
            }
            number = number * 10 + u8::try_from(digit).unwrap_or(0);
            self.skip();
            self.need(1)?;
        }
        if self.mark.index == begin {
            return Err(self.error(start, "did not find expected version number"));
        }
        Ok(number)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<TokenKind, Error> {
        self.need(1)?;
        self.skip_blanks()?;
        let handle = self.scan_tag_handle(start, true)?;
        self.need(1)?;
        if !is_blank(self.at(0)) {
            return Err(self.error(start, "did not find expected whitespace"));
        }
        self.skip_blanks()?;
        let prefix = self.scan_tag_uri(start, String::new(), false)?;
        self.need(1)?;
        if !is_blankz(self.at(0)) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }
}
