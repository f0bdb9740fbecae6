//! `strconv.Quote`: how Go's error texts show the strings they complain about.

pub use crate::{fmt::quote as quoted, unicode::is_print};

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
