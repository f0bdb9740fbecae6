//! Go's regular expression syntax (Perl flags), with its order of checks.

use super::{
    ast::{MAX_HEIGHT, MAX_REPEAT, MAX_SIZE, Node, Repeat},
    class,
    error::{Error, ErrorCode},
    scan::{self, consumed},
};
use regex_syntax::hir::{Dot, Hir, Look};

/// The flags `(?imsU)` set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    /// `i`: case does not count.
    pub fold: bool,
    /// `m`: `^` and `$` at lines.
    multi_line: bool,
    /// `s`: `.` takes a newline.
    dot_newline: bool,
    /// `U`: repetitions prefer less.
    ungreedy: bool,
}

/// An open group, or the whole pattern.
#[derive(Default)]
struct Frame {
    capture: Option<u32>,
    /// The flags to go back to.
    outer: Flags,
    alternatives: Vec<Node>,
    sequence: Vec<Node>,
}

impl Frame {
    fn bar(&mut self) {
        self.alternatives.push(match self.sequence.is_empty() {
            true => Node::empty(),
            false => Node::concat(std::mem::take(&mut self.sequence)),
        });
    }
}

struct Parser<'a> {
    whole: &'a [u8],
    flags: Flags,
    frame: Frame,
    outer: Vec<Frame>,
    /// Names of the capturing groups, the whole match first.
    names: Vec<String>,
    class_ranges: usize,
}

/// A pattern for regex-automata and the names of its capturing groups (the whole match first).
pub(super) fn parse(pattern: &[u8]) -> Result<(Hir, Vec<String>), Error> {
    let mut parser = Parser {
        whole: pattern,
        flags: Flags::default(),
        frame: Frame::default(),
        outer: Vec::new(),
        names: vec![String::new()],
        class_ranges: 0,
    };
    let mut rest = pattern;
    // Where the repetition operator just read began, to refuse a second one.
    let mut last_repeat: Option<&[u8]> = None;
    while let Some(&byte) = rest.first() {
        let repeated = matches!(byte, b'*' | b'+' | b'?') || (byte == b'{' && scan::count(rest).is_some());
        if repeated {
            let before = rest;
            rest = parser.repeat(rest, last_repeat)?;
            last_repeat = Some(before);
        } else {
            rest = parser.piece(rest)?;
            last_repeat = None;
        }
    }
    if !parser.outer.is_empty() {
        return Err(Error::new(ErrorCode::MissingParen, pattern));
    }
    let node = parser.close_frame()?;
    Ok((node.into_hir(), parser.names))
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, code: ErrorCode) -> Result<T, Error> {
        Err(Error::new(code, self.whole))
    }

    fn push(&mut self, node: Node) -> Result<(), Error> {
        if node.size() > MAX_SIZE {
            return self.fail(ErrorCode::Large);
        }
        if node.height() > MAX_HEIGHT {
            return self.fail(ErrorCode::NestingDepth);
        }
        self.frame.sequence.push(node);
        Ok(())
    }

    fn literal(&mut self, code: u32) -> Result<(), Error> {
        self.push(Node::literal(code, self.flags.fold))
    }

    /// Everything but repetitions.
    fn piece(&mut self, text: &'a [u8]) -> Result<&'a [u8], Error> {
        let flags = self.flags;
        match text[0] {
            b'(' if text.get(1) == Some(&b'?') => return self.perl_group(text),
            b'(' => self.open_capture(String::new())?,
            b'|' => self.frame.bar(),
            b')' => self.close_group()?,
            b'^' => self.push(Node::look(if flags.multi_line { Look::StartLF } else { Look::Start }))?,
            b'$' => self.push(Node::look(if flags.multi_line { Look::EndLF } else { Look::End }))?,
            b'.' => {
                self.push(Node::dot(if flags.dot_newline { Dot::AnyChar } else { Dot::AnyCharExceptLF }))?;
            }
            b'[' => {
                let (runes, rest) = class::bracketed(text, flags)?;
                self.class(runes)?;
                return Ok(rest);
            }
            b'\\' => return self.backslash(text),
            _ => {
                let (code, rest) = scan::next_rune(text)?;
                self.literal(code)?;
                return Ok(rest);
            }
        }
        Ok(&text[1..])
    }

    fn class(&mut self, runes: super::runes::Runes) -> Result<(), Error> {
        self.class_ranges += runes.ranges();
        if self.class_ranges > super::MAX_CLASS_RANGES {
            return self.fail(ErrorCode::Large);
        }
        self.push(Node::class(runes))
    }

    fn backslash(&mut self, text: &'a [u8]) -> Result<&'a [u8], Error> {
        let look = match text.get(1) {
            Some(b'A') => Look::Start,
            Some(b'z') => Look::End,
            Some(b'b') => Look::WordAscii,
            Some(b'B') => Look::WordAsciiNegate,
            Some(b'C') => return Err(Error::new(ErrorCode::Escape, &text[..2])),
            Some(b'Q') => return self.quoted(&text[2..]),
            _ => {
                let class = match class::unicode(text, self.flags)? {
                    Some(class) => Some(class),
                    None => class::perl_escape(text, self.flags),
                };
                if let Some((runes, rest)) = class {
                    self.class(runes)?;
                    return Ok(rest);
                }
                let (code, rest) = scan::escape(text)?;
                self.literal(code)?;
                return Ok(rest);
            }
        };
        self.push(Node::look(look))?;
        Ok(&text[2..])
    }

    /// `\Q…\E`, from behind the `\Q` on.
    fn quoted(&mut self, text: &'a [u8]) -> Result<&'a [u8], Error> {
        let end = text.windows(2).position(|two| two == br"\E");
        let (mut literal, rest) = match end {
            Some(end) => (&text[..end], &text[end + 2..]),
            None => (text, &[][..]),
        };
        while !literal.is_empty() {
            let (code, after) = scan::next_rune(literal)?;
            self.literal(code)?;
            literal = after;
        }
        Ok(rest)
    }

    fn repeat(&mut self, text: &'a [u8], last_repeat: Option<&[u8]>) -> Result<&'a [u8], Error> {
        let (min, max, mut rest) = match text[0] {
            b'*' => (0, None, &text[1..]),
            b'+' => (1, None, &text[1..]),
            b'?' => (0, Some(1), &text[1..]),
            _ => {
                let Some((min, max, rest)) = scan::count(text) else { return self.piece(text) };
                let limit = i64::from(MAX_REPEAT);
                if min < 0 || min > limit || max.is_some_and(|max| max > limit || (max >= 0 && min > max)) {
                    return Err(Error::new(ErrorCode::RepeatSize, consumed(text, rest)));
                }
                (min, max, rest)
            }
        };
        let mut greedy = !self.flags.ungreedy;
        if let Some(after) = rest.strip_prefix(b"?") {
            rest = after;
            greedy = !greedy;
        }
        if let Some(last) = last_repeat {
            return Err(Error::new(ErrorCode::RepeatOp, consumed(last, rest)));
        }
        let Some(sub) = self.frame.sequence.pop() else {
            return Err(Error::new(ErrorCode::MissingRepeatArgument, consumed(text, rest)));
        };
        let number = |n: i64| u32::try_from(n).unwrap_or(MAX_REPEAT);
        let counted = text[0] == b'{';
        let node = Node::repeat(Repeat { min: number(min), max: max.map(number), greedy, counted }, sub);
        let valid =
            !counted || (min < 2 && max.is_none_or(|max| max < 2)) || node.repeats_at_most(MAX_REPEAT);
        self.push(node)?;
        if valid { Ok(rest) } else { Err(Error::new(ErrorCode::RepeatSize, consumed(text, rest))) }
    }

    fn open(&mut self, capture: Option<u32>) -> Result<(), Error> {
        // Each open group is at least one level of the tree.
        if self.outer.len() > MAX_HEIGHT as usize {
            return self.fail(ErrorCode::NestingDepth);
        }
        let inner = Frame { capture, outer: self.flags, ..Frame::default() };
        self.outer.push(std::mem::replace(&mut self.frame, inner));
        Ok(())
    }

    fn open_capture(&mut self, name: String) -> Result<(), Error> {
        let index = u32::try_from(self.names.len()).or_else(|_| self.fail(ErrorCode::Large))?;
        self.names.push(name);
        self.open(Some(index))
    }

    fn close_frame(&mut self) -> Result<Node, Error> {
        self.frame.bar();
        let node = Node::alternate(std::mem::take(&mut self.frame.alternatives));
        if node.size() > MAX_SIZE { self.fail(ErrorCode::Large) } else { Ok(node) }
    }

    fn close_group(&mut self) -> Result<(), Error> {
        let node = self.close_frame()?;
        let Some(outer) = self.outer.pop() else { return self.fail(ErrorCode::UnexpectedParen) };
        let inner = std::mem::replace(&mut self.frame, outer);
        self.flags = inner.outer;
        self.push(match inner.capture {
            Some(index) => Node::capture(index, node),
            None => node,
        })
    }

    /// `(?…`: a named group, flags, or a group with flags.
    fn perl_group(&mut self, text: &'a [u8]) -> Result<&'a [u8], Error> {
        let name_at = match text {
            [_, _, b'P', b'<', _, ..] => Some(4),
            [_, _, b'<', _, ..] => Some(3),
            _ => None,
        };
        let Some(name_at) = name_at else { return self.flag_group(text) };
        let Some(end) = text.iter().position(|&b| b == b'>') else {
            scan::check_utf8(text)?;
            return Err(Error::new(ErrorCode::NamedCapture, text));
        };
        let name = &text[name_at..end];
        scan::check_utf8(name)?;
        let good = !name.is_empty() && name.iter().all(|&b| b == b'_' || b.is_ascii_alphanumeric());
        if !good {
            return Err(Error::new(ErrorCode::NamedCapture, &text[..=end]));
        }
        self.open_capture(String::from_utf8_lossy(name).into_owned())?;
        Ok(&text[end + 1..])
    }

    fn flag_group(&mut self, text: &'a [u8]) -> Result<&'a [u8], Error> {
        let (group, flags, rest) = self.read_flags(text)?;
        if group {
            self.open(None)?;
        }
        self.flags = flags;
        Ok(rest)
    }

    /// Whether a group opens, with which flags, and what follows.
    fn read_flags(&self, text: &'a [u8]) -> Result<(bool, Flags, &'a [u8]), Error> {
        let mut rest = &text[2..];
        let mut flags = self.flags;
        let (mut on, mut saw_flag) = (true, false);
        while !rest.is_empty() {
            let (code, after) = scan::next_rune(rest)?;
            rest = after;
            match u8::try_from(code).unwrap_or(0) {
                b'i' => flags.fold = on,
                b'm' => flags.multi_line = on,
                b's' => flags.dot_newline = on,
                b'U' => flags.ungreedy = on,
                b'-' if on => {
                    on = false;
                    saw_flag = false;
                    continue;
                }
                end @ (b':' | b')') if on || saw_flag => return Ok((end == b':', flags, rest)),
                _ => break,
            }
            saw_flag = true;
        }
        Err(Error::new(ErrorCode::PerlOp, consumed(text, rest)))
    }
}
