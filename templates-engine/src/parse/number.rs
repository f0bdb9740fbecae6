//! Numeric constants: every form Go's scanner lets through, under every type that can hold it.

use super::{Ideal, Number, lex::scan_number, token::Kind};
use crate::fmt::{Unit, quote, unquote_char};

/// The number a token stands for, or Go's message.
pub(super) fn parse(text: &str, kind: Kind) -> Result<Number, String> {
    let mut number = Number::default();
    match kind {
        Kind::CharConstant => character(text, &mut number)?,
        Kind::Complex => {
            let (width, _) = scan_number(text.as_bytes());
            let (re, im) = text.split_at(width);
            let im = im.strip_suffix('i').unwrap_or(im);
            number.complex = Some((scan_part(re)?, scan_part(im)?));
            simplify(&mut number);
        }
        _ => plain(text, &mut number)?,
    }
    number.ideal = ideal(text, &number);
    Ok(number)
}

/// The constant's value by its form alone.
fn ideal(text: &str, number: &Number) -> Option<Ideal> {
    if let Some((re, im)) = number.complex {
        return Some(Ideal::Complex(re, im));
    }
    let is_hex_int =
        text.len() > 2 && (text.starts_with("0x") || text.starts_with("0X")) && !text.contains(['p', 'P']);
    let is_float_form = !is_hex_int && !text.starts_with('\'') && text.contains(['.', 'e', 'E', 'p', 'P']);
    if let Some(f) = number.float.filter(|_| is_float_form) {
        return Some(Ideal::Float(f));
    }
    number.int.map(Ideal::Int)
}

/// A part of a complex number, which Go reads by `fmt.Sscan`: that knows no `0b` and no `0o`.
fn scan_part(text: &str) -> Result<f64, String> {
    let has_other_base = text.contains(['b', 'B', 'o', 'O']) && !text.contains(['x', 'X']);
    if has_other_base || !text.contains(|c: char| c.is_ascii_digit()) {
        return Err("syntax error scanning complex number".into());
    }
    let why = match parse_float_or_infinity(text) {
        Some(f) if f.is_finite() => return Ok(f),
        Some(_) => "value out of range",
        None => "invalid syntax",
    };
    Err(format!("strconv.ParseFloat: parsing {}: {why}", quote(text.as_bytes())))
}

fn character(text: &str, number: &mut Number) -> Result<(), String> {
    const SYNTAX: &str = "invalid syntax";
    let (unit, tail) = unquote_char(&text.as_bytes()[1..], b'\'').ok_or(SYNTAX)?;
    if tail != b"'" {
        return Err(format!("malformed character constant: {text}"));
    }
    let code = match unit {
        Unit::Byte(b) => u32::from(b),
        Unit::Char(c) => u32::from(c),
    };
    number.int = Some(i64::from(code));
    number.uint = Some(u64::from(code));
    number.float = Some(f64::from(code));
    Ok(())
}

fn plain(text: &str, number: &mut Number) -> Result<(), String> {
    if let Some(im) = text.strip_suffix('i').and_then(parse_float) {
        number.complex = Some((0.0, im));
        simplify(number);
        return Ok(());
    }
    number.uint = if text.starts_with(['+', '-']) { None } else { parse_uint(text) };
    number.int = parse_int(text);
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    if let Some(n) = number.int {
        number.float = Some(n as f64);
    } else if let Some(n) = number.uint {
        number.float = Some(n as f64);
    } else if let Some(f) = parse_float(text) {
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote(text.as_bytes())));
        }
        number.float = Some(f);
        number.int = exact_int(f);
        number.uint = exact_uint(f);
    }
    if number.float.is_none() {
        return Err(format!("illegal number syntax: {}", quote(text.as_bytes())));
    }
    Ok(())
}

/// A complex number without an imaginary part is also what its real part is.
fn simplify(number: &mut Number) {
    if let Some((re, 0.0)) = number.complex {
        number.float = Some(re);
        number.int = exact_int(re);
        number.uint = exact_uint(re);
    }
}

/// The integer a float equals. Beyond the range, Go's conversion yields the smallest integer on
/// amd64, which such a float can equal too.
fn exact_int(f: f64) -> Option<i64> {
    let n = if (-9.3e18..9.223_372_036_854_775e18).contains(&f) { f as i64 } else { i64::MIN };
    (n as f64 == f).then_some(n)
}

fn exact_uint(f: f64) -> Option<u64> {
    let n = f as u64;
    ((0.0..18_446_744_073_709_551_616.0).contains(&f) && n as f64 == f).then_some(n)
}

/// `strconv.ParseUint(text, 0, 64)`.
fn parse_uint(text: &str) -> Option<u64> {
    let (base, digits) = match text.as_bytes() {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => (16, rest),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => (2, rest),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => (8, rest),
        [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
        rest => (10, rest),
    };
    if digits.is_empty() || !underscores_ok(text) {
        return None;
    }
    digits.iter().filter(|b| **b != b'_').try_fold(0_u64, |n, b| {
        n.checked_mul(base)?.checked_add(u64::from(char::from(*b).to_digit(base as u32)?))
    })
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// Whether underscores stand only between digits or after a base prefix.
fn underscores_ok(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let (mut saw, mut at, mut hex) = ('^', 0, false);
    if let [b'0', prefix @ (b'b' | b'B' | b'o' | b'O' | b'x' | b'X'), ..] = text {
        (saw, at, hex) = ('0', 2, prefix.eq_ignore_ascii_case(&b'x'));
    }
    for b in &text[at..] {
        let next = match b {
            b'_' => '_',
            _ if b.is_ascii_digit() || hex && b.is_ascii_hexdigit() => '0',
            _ => '!',
        };
        if next == '_' && saw != '0' || saw == '_' && next != '0' {
            return false;
        }
        saw = next;
    }
    saw != '_'
}

/// `strconv.ParseFloat(text, 64)` for what the scanner lets through: decimal and hexadecimal.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    parse_float_or_infinity(text).filter(|f| f.is_finite())
}

/// [`parse_float`] where a number out of range is infinite.
fn parse_float_or_infinity(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let clean: String = text.chars().filter(|c| *c != '_').collect();
    let (sign, body) = match clean.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, clean.strip_prefix('+').unwrap_or(&clean)),
    };
    let value = match body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        Some(hex) => parse_hex_float(hex)?,
        // Rust's parser also takes `inf` and `nan`, which cannot come here, and rounds as Go's does.
        None if body.starts_with(|c: char| c.is_ascii_digit() || c == '.') => body.parse::<f64>().ok()?,
        None => return None,
    };
    Some(sign * value)
}

/// Hexadecimal digits with an optional point, and a required binary exponent.
fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let mut exponent = exponent.parse::<i64>().ok()?.clamp(-100_000, 100_000);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut bits = 0_u64;
    for (c, is_fraction) in whole.chars().map(|c| (c, false)).chain(fraction.chars().map(|c| (c, true))) {
        let digit = u64::from(c.to_digit(16)?);
        if bits >> 60 == 0 {
            bits = bits << 4 | digit;
            exponent -= if is_fraction { 4 } else { 0 };
        } else {
            // What does not fit only matters for rounding: keep it as a sticky bit.
            bits |= u64::from(digit != 0);
            exponent += if is_fraction { 0 } else { 4 };
        }
    }
    Some(scale(bits, exponent))
}

/// `bits * 2^exponent`, rounded once to even.
fn scale(bits: u64, exponent: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let top = 63 - i64::from(bits.leading_zeros());
    let kept = (53 - (-1022 - (exponent + top)).max(0)).clamp(0, 53);
    let drop = (top + 1 - kept).max(0);
    let (mut mantissa, rest, half) = if drop >= 64 {
        (0, u128::from(bits), 1_u128 << (drop - 1).min(127))
    } else {
        (
            bits >> drop,
            u128::from(bits & ((1_u64 << drop) - 1)),
            if drop == 0 { 1 } else { 1_u128 << (drop - 1) },
        )
    };
    mantissa += u64::from(rest > half || rest == half && mantissa & 1 == 1);
    let exponent = exponent + drop;
    if exponent > 1100 {
        return f64::INFINITY;
    }
    // Exact: the mantissa has at most 53 bits and each factor keeps it a float64.
    let half_way = (exponent / 2) as i32;
    mantissa as f64 * 2_f64.powi(half_way) * 2_f64.powi(exponent as i32 - half_way)
}
