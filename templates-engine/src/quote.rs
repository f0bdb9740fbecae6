//! `strconv.Quote`: how Go's error texts show the strings they complain about.

use std::fmt::Write as _;

/// The text in double quotes, with Go's escapes; bytes that are not UTF-8 become `\xNN`.
pub fn quoted(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for chunk in text.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_escaped(&mut out, c));
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").expect("a String takes all");
        }
    }
    out.push('"');
    out
}

/// The text, with U+FFFD for each single byte that is not UTF-8, as `encoding/json` has it.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

/// `strconv.ParseFloat`: beyond Rust's syntax, underscores between digits and hexadecimal floats.
/// A number out of range is refused, as are other texts.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let separates =
        |at: usize| at > 0 && (digit(at - 1) || matches!(bytes[at - 1], b'x' | b'X')) && digit(at + 1);
    if (0..bytes.len()).any(|at| bytes[at] == b'_' && !separates(at)) {
        return None;
    }
    let plain = text.replace('_', "").to_ascii_lowercase();
    let (sign, unsigned) = match plain.strip_prefix('-') {
        Some(unsigned) => (-1.0, unsigned),
        None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    if unsigned.starts_with(['-', '+']) {
        return None;
    }
    let value = match unsigned.strip_prefix("0x") {
        Some(hex) => parse_hex_float(hex)?,
        None => unsigned.parse::<f64>().ok()?,
    };
    let overflow = value.is_infinite() && unsigned.contains(|c: char| c.is_ascii_digit());
    (!overflow).then_some(sign * value)
}

// `1.8p3`, behind its `0x`; the exponent is required. Digits beyond the mantissa's 64 bits are cut off.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let mut exponent = exponent.parse::<i32>().ok()?.clamp(-100_000, 100_000);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for (digit, behind) in whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true))) {
        let digit = u64::from(digit.to_digit(16)?);
        if value >> 60 == 0 {
            value = value * 16 + digit;
            exponent -= if behind { 4 } else { 0 };
        } else if !behind {
            exponent = exponent.saturating_add(4);
        }
    }
    // In two steps, so that neither factor leaves the range while the product is within it.
    let half = exponent / 2;
    Some(value as f64 * 2f64.powi(half) * 2f64.powi(exponent - half))
}

fn push_escaped(out: &mut String, c: char) {
    let short = match c {
        '"' | '\\' => Some(c),
        '\x07' => Some('a'),
        '\x08' => Some('b'),
        '\x0c' => Some('f'),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\x0b' => Some('v'),
        _ => None,
    };
    let code = u32::from(c);
    match short {
        Some(letter) => {
            out.push('\\');
            out.push(letter);
            Ok(())
        }
        None if is_print(c) => {
            out.push(c);
            Ok(())
        }
        None if code < 0x80 => write!(out, "\\x{code:02x}"),
        None if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
        None => write!(out, "\\U{code:08x}"),
    }
    .expect("a String takes all");
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(c: char) -> bool {
    // Rust's Debug escapes what is not printable; combining marks only where they come first.
    c.is_ascii_graphic()
        || c == ' '
        || (!c.is_ascii() && ['a', c].iter().collect::<String>().escape_debug().count() == 2)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn combining_marks_stay_and_invisible_characters_are_escaped() {
        let text = "a\u{301}\u{a0}\u{feff}é\u{7f}\u{e0001}\n\"";
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0xff);
        assert_eq!(quoted(&bytes), "\"a\u{301}\\u00a0\\ufeffé\\x7f\\U000e0001\\n\\\"\\xff\"");
    }
}
