//! Character classes: `[…]`, `\d` and its kin, `[[:alpha:]]`, `\p{…}`.

use super::{
    error::{Error, ErrorCode},
    names,
    parse::Flags,
    runes::{Builder, Runes},
    scan::{self, Scanned, consumed},
};

type Ranges = &'static [(u32, u32)];

const fn r(lo: u8, hi: u8) -> (u32, u32) {
    (lo as u32, hi as u32)
}

const DIGIT: Ranges = &[r(b'0', b'9')];
const UPPER: Ranges = &[r(b'A', b'Z')];
const LOWER: Ranges = &[r(b'a', b'z')];
const WORD: Ranges = &[r(b'0', b'9'), r(b'A', b'Z'), r(b'_', b'_'), r(b'a', b'z')];
const PERL_SPACE: Ranges = &[r(b'\t', b'\n'), r(0x0c, b'\r'), r(b' ', b' ')];

/// `\d`, `\s`, `\w` and their complements.
pub(super) fn perl_escape(text: &[u8], flags: Flags) -> Option<(Runes, &[u8])> {
    let [b'\\', letter, rest @ ..] = text else { return None };
    let ranges = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => PERL_SPACE,
        b'w' => WORD,
        _ => return None,
    };
    Some((group(ranges, letter.is_ascii_uppercase(), flags), rest))
}

fn group(ranges: Ranges, negated: bool, flags: Flags) -> Runes {
    let mut runes = Runes::of(ranges);
    if flags.fold {
        runes.fold();
    }
    if negated {
        runes.negate();
    }
    runes
}

fn posix(name: &[u8]) -> Option<Ranges> {
    Some(match name {
        b"alnum" => const { &[r(b'0', b'9'), r(b'A', b'Z'), r(b'a', b'z')] },
        b"alpha" => const { &[r(b'A', b'Z'), r(b'a', b'z')] },
        b"ascii" => const { &[r(0, 0x7f)] },
        b"blank" => const { &[r(b'\t', b'\t'), r(b' ', b' ')] },
        b"cntrl" => const { &[r(0, 0x1f), r(0x7f, 0x7f)] },
        b"digit" => DIGIT,
        b"graph" => const { &[r(b'!', b'~')] },
        b"lower" => LOWER,
        b"print" => const { &[r(b' ', b'~')] },
        b"punct" => const { &[r(b'!', b'/'), r(b':', b'@'), r(b'[', b'`'), r(b'{', b'~')] },
        b"space" => const { &[r(b'\t', b'\r'), r(b' ', b' ')] },
        b"upper" => UPPER,
        b"word" => WORD,
        b"xdigit" => const { &[r(b'0', b'9'), r(b'A', b'F'), r(b'a', b'f')] },
        _ => return None,
    })
}

/// `[:name:]` inside a class.
fn named(text: &[u8], flags: Flags) -> Result<Option<(Runes, &[u8])>, Error> {
    let Some(body) = text.strip_prefix(b"[:") else { return Ok(None) };
    let Some(end) = body.windows(2).position(|two| two == b":]") else { return Ok(None) };
    let rest = &body[end + 2..];
    let name = &body[..end];
    let (negated, plain) = name.strip_prefix(b"^").map_or((false, name), |plain| (true, plain));
    match posix(plain) {
        Some(ranges) => Ok(Some((group(ranges, negated, flags), rest))),
        None => Err(Error::new(ErrorCode::CharRange, consumed(text, rest))),
    }
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`.
pub(super) fn unicode(text: &[u8], flags: Flags) -> Result<Option<(Runes, &[u8])>, Error> {
    let [b'\\', letter @ (b'p' | b'P'), body @ ..] = text else { return Ok(None) };
    let (first, after) = scan::next_rune(body)?;
    let (name, rest) = if first == u32::from(b'{') {
        let Some(end) = body.iter().position(|&b| b == b'}') else {
            scan::check_utf8(text)?;
            return Err(Error::new(ErrorCode::CharRange, text));
        };
        scan::check_utf8(&body[1..end])?;
        (&body[1..end], &body[end + 1..])
    } else {
        (consumed(body, after), after)
    };
    let (inverted, name) = name.strip_prefix(b"^").map_or((false, name), |name| (true, name));
    let mut runes =
        names::table(name).ok_or_else(|| Error::new(ErrorCode::CharRange, consumed(text, rest)))?;
    if flags.fold {
        runes.fold();
    }
    if inverted != (*letter == b'P') {
        runes.negate();
    }
    Ok(Some((runes, rest)))
}

/// `[…]`, from its bracket on.
pub(super) fn bracketed(text: &[u8], flags: Flags) -> Scanned<'_, Runes> {
    let mut rest = &text[1..];
    let negated = rest.first() == Some(&b'^');
    if negated {
        rest = &rest[1..];
    }
    let mut class = Builder::default();
    let mut first = true;
    while first || rest.first() != Some(&b']') {
        first = false;
        if class.len() > super::MAX_CLASS_RANGES {
            return Err(Error::new(ErrorCode::Large, text));
        }
        let group = if rest.len() > 2 { named(rest, flags)? } else { None };
        let group = match group {
            Some(group) => Some(group),
            None => unicode(rest, flags)?.or_else(|| perl_escape(rest, flags)),
        };
        if let Some((runes, after)) = group {
            class.add(&runes);
            rest = after;
            continue;
        }
        let start = rest;
        let lo;
        (lo, rest) = class_char(rest, text)?;
        let mut hi = lo;
        if let [b'-', next, ..] = rest
            && *next != b']'
        {
            (hi, rest) = class_char(&rest[1..], text)?;
            if hi < lo {
                return Err(Error::new(ErrorCode::CharRange, consumed(start, rest)));
            }
        }
        class.push(lo, hi);
    }
    let mut runes = class.build();
    if flags.fold {
        runes.fold();
    }
    if negated {
        runes.negate();
    }
    Ok((runes, &rest[1..]))
}

fn class_char<'a>(text: &'a [u8], class: &[u8]) -> Scanned<'a, u32> {
    match text.first() {
        None => Err(Error::new(ErrorCode::MissingBracket, class)),
        Some(b'\\') => scan::escape(text),
        Some(_) => scan::next_rune(text),
    }
}
