//! The format string: flags, widths, precisions, argument indexes.

use super::{flags::Flags, print::Printer};
use crate::{unicode::decode_rune, value::Value};

/// Go's bound on widths and precisions.
const MAX_WIDTH: i64 = 1_000_000;

/// The place in the format and among the arguments.
struct Cursor<'f> {
    format: &'f [u8],
    at: usize,
    args: &'f [Value],
    arg: usize,
    /// An index such as `[3]` was used somewhere.
    reordered: bool,
    /// The current verb's indexes were valid.
    good: bool,
    /// The previous item was an index.
    after_index: bool,
}

impl Cursor<'_> {
    fn byte(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let hit = self.byte() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    fn number(&mut self) -> Option<usize> {
        let (number, next) = parse_number(self.format, self.at, self.format.len());
        self.at = next;
        number
    }

    /// `[n]`, if it is there.
    fn index(&mut self) {
        if self.byte() != Some(b'[') {
            self.after_index = false;
            return;
        }
        self.reordered = true;
        let (index, width) = parse_index(&self.format[self.at..]);
        self.at += width;
        self.after_index = index.is_some();
        match index.and_then(|index| index.checked_sub(1)) {
            Some(index) if index < self.args.len() => self.arg = index,
            _ => self.good = false,
        }
    }

    /// The value of a `*`.
    fn star(&mut self) -> Option<i64> {
        let arg = self.args.get(self.arg)?;
        self.arg += 1;
        let number = match arg {
            Value::Int(_, n) => Some(*n),
            Value::Uint(_, n) => i64::try_from(*n).ok(),
            _ => None,
        };
        number.filter(|n| (-MAX_WIDTH..=MAX_WIDTH).contains(n))
    }
}

/// The number at `from`, if any, and where it ends. Too large a number swallows the rest.
fn parse_number(text: &[u8], from: usize, end: usize) -> (Option<usize>, usize) {
    let (mut number, mut at) = (None, from);
    while at < end && text[at].is_ascii_digit() {
        let so_far = number.unwrap_or(0);
        if so_far > MAX_WIDTH as usize {
            return (None, end);
        }
        number = Some(so_far * 10 + usize::from(text[at] - b'0'));
        at += 1;
    }
    (number, at)
}

/// The number in `[n]`, and how many bytes to pass.
fn parse_index(text: &[u8]) -> (Option<usize>, usize) {
    if text.len() < 3 {
        return (None, 1);
    }
    let Some(close) = text.iter().position(|b| *b == b']').filter(|at| *at > 0) else { return (None, 1) };
    let (number, end) = parse_number(text, 1, close);
    (number.filter(|_| end == close), close + 1)
}

impl Printer {
    pub(super) fn printf(&mut self, format: &[u8], args: &[Value]) {
        let mut cursor =
            Cursor { format, at: 0, args, arg: 0, reordered: false, good: true, after_index: false };
        while cursor.at < format.len() {
            let rest = &format[cursor.at..];
            let text = rest.iter().position(|b| *b == b'%').unwrap_or(rest.len());
            self.out.extend_from_slice(&rest[..text]);
            cursor.at += text + 1;
            if text < rest.len() && !self.directive(&mut cursor) {
                break;
            }
        }
        if !cursor.reordered && cursor.arg < args.len() {
            self.extra(&args[cursor.arg..]);
        }
    }

    /// One `%` directive. Says whether a verb was there.
    fn directive(&mut self, cursor: &mut Cursor<'_>) -> bool {
        cursor.good = true;
        cursor.after_index = false;
        self.flags = Flags::default();
        while let Some(c) = cursor.byte() {
            match c {
                b'#' => self.flags.sharp = true,
                b'0' => self.flags.zero = true,
                b'+' => self.flags.plus = true,
                b'-' => self.flags.minus = true,
                b' ' => self.flags.space = true,
                _ => break,
            }
            cursor.at += 1;
        }
        cursor.index();
        self.width(cursor);
        self.precision(cursor);
        if !cursor.after_index {
            cursor.index();
        }
        if cursor.at >= cursor.format.len() {
            self.text("%!(NOVERB)");
            return false;
        }
        let (verb, width) = decode_rune(&cursor.format[cursor.at..]);
        cursor.at += width;
        self.verb(cursor, verb);
        true
    }

    fn verb(&mut self, cursor: &mut Cursor<'_>, verb: char) {
        if verb == '%' {
            return self.out.push(b'%');
        }
        if !cursor.good {
            return self.text(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(arg) = cursor.args.get(cursor.arg) else {
            return self.text(&format!("%!{verb}(MISSING)"));
        };
        cursor.arg += 1;
        if matches!(verb, 'v' | 'w') {
            self.flags.sharp_v = std::mem::take(&mut self.flags.sharp);
            self.flags.plus_v = std::mem::take(&mut self.flags.plus);
        }
        self.arg(arg, verb);
    }

    fn width(&mut self, cursor: &mut Cursor<'_>) {
        if !cursor.take(b'*') {
            self.flags.width = cursor.number();
            if cursor.after_index && self.flags.width.is_some() {
                cursor.good = false;
            }
            return;
        }
        cursor.after_index = false;
        let Some(width) = cursor.star() else { return self.text("%!(BADWIDTH)") };
        self.flags.width = Some(width.unsigned_abs() as usize);
        if width < 0 {
            self.flags.minus = true;
            self.flags.zero = false;
        }
    }

    fn precision(&mut self, cursor: &mut Cursor<'_>) {
        if cursor.at + 1 >= cursor.format.len() || !cursor.take(b'.') {
            return;
        }
        if cursor.after_index {
            cursor.good = false;
        }
        cursor.index();
        if !cursor.take(b'*') {
            self.flags.precision = Some(cursor.number().unwrap_or_default());
            return;
        }
        cursor.after_index = false;
        self.flags.precision = cursor.star().and_then(|n| usize::try_from(n).ok());
        if self.flags.precision.is_none() {
            self.text("%!(BADPREC)");
        }
    }

    fn extra(&mut self, args: &[Value]) {
        self.flags = Flags::default();
        self.text("%!(EXTRA ");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.text(", ");
            }
            match arg.type_name() {
                None => self.text("<nil>"),
                Some(name) => {
                    self.text(&name);
                    self.out.push(b'=');
                    self.arg(arg, 'v');
                }
            }
        }
        self.out.push(b')');
    }
}
