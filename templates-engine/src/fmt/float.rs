//! Floats as `strconv.FormatFloat` writes them.

use super::flags::Flags;

/// More digits than any float64 has; further ones are zeros.
const MAX_DIGITS: usize = 1100;

/// Significant decimal digits, and where the point stands relative to the first one.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// From Rust's `d.ddde±x` form.
    fn from_scientific(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or_default() + 1 };
        Self { digits, point }
    }

    /// The fewest digits that read back as the same number.
    fn shortest(f: f64, bits: u32) -> Self {
        if bits == 32 {
            return Self::from_scientific(&format!("{:e}", f as f32));
        }
        let shortest = Self::from_scientific(&format!("{f:e}"));
        // Of two equally short and equally near texts Go takes the even one, Rust the larger one.
        // Only numbers with about as many digits as a float64 holds have two.
        if shortest.digits.len() >= 15 {
            let even = format!("{:.*e}", shortest.digits.len() - 1, f);
            if even.parse() == Ok(f) {
                return Self::from_scientific(&even);
            }
        }
        shortest
    }

    /// The first `count` digits, correctly rounded.
    fn rounded(f: f64, count: usize) -> Self {
        Self::from_scientific(&format!("{:.*e}", count.clamp(1, MAX_DIGITS) - 1, f))
    }

    fn digit(&self, at: i32) -> u8 {
        usize::try_from(at).ok().and_then(|at| self.digits.get(at)).copied().unwrap_or(b'0')
    }

    /// `%e`: one digit, `precision` decimals, a signed exponent of at least two digits.
    fn scientific(&self, out: &mut Vec<u8>, precision: usize, letter: u8) {
        out.push(self.digit(0));
        if precision > 0 {
            out.push(b'.');
            out.extend((1..=precision).map(|at| self.digit(at as i32)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        out.extend_from_slice(&[letter, if exponent < 0 { b'-' } else { b'+' }]);
        out.extend_from_slice(format!("{:02}", exponent.unsigned_abs()).as_bytes());
    }

    /// `%f`.
    fn fixed(&self, out: &mut Vec<u8>, precision: usize) {
        if self.point > 0 {
            out.extend((0..self.point).map(|at| self.digit(at)));
        } else {
            out.push(b'0');
        }
        if precision > 0 {
            out.push(b'.');
            out.extend((0..precision).map(|at| self.digit(self.point + at as i32)));
        }
    }
}

/// `strconv.FormatFloat(f, verb, precision, bits)`: verbs `e E f g G b x X`, `None` for the shortest
/// text that reads back as the same number, 32 or 64 bits.
///
/// ```
/// use templates_engine::fmt::format_float;
/// assert_eq!(format_float(1e6, b'g', None, 64), "1e+06");
/// assert_eq!(format_float(0.1 + 0.2, b'f', None, 64), "0.30000000000000004");
/// assert_eq!(format_float(2.5, b'f', Some(0), 64), "2");
/// ```
pub fn format_float(f: f64, verb: u8, precision: Option<usize>, bits: u32) -> String {
    let mut out = Vec::with_capacity(24);
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    if f.is_sign_negative() {
        out.push(b'-');
    }
    let f = f.abs();
    match verb {
        b'b' => binary(&mut out, f, bits),
        b'x' | b'X' => hexadecimal(&mut out, f, precision, bits, verb),
        b'e' | b'E' => {
            let decimal =
                precision.map_or_else(|| Decimal::shortest(f, bits), |p| Decimal::rounded(f, p + 1));
            let precision = precision.unwrap_or_else(|| decimal.digits.len().saturating_sub(1));
            decimal.scientific(&mut out, precision, verb);
        }
        b'f' => fixed(&mut out, f, precision, bits),
        _ => general(&mut out, f, precision, bits, verb),
    }
    crate::unicode::lossy(&out).into_owned()
}

fn fixed(out: &mut Vec<u8>, f: f64, precision: Option<usize>, bits: u32) {
    match precision {
        None => {
            let decimal = Decimal::shortest(f, bits);
            let decimals = decimal.digits.len() as i32 - decimal.point;
            decimal.fixed(out, decimals.max(0) as usize);
        }
        Some(precision) => {
            out.extend_from_slice(format!("{:.*}", precision.min(MAX_DIGITS), f).as_bytes());
            out.extend(std::iter::repeat_n(b'0', precision.saturating_sub(MAX_DIGITS)));
        }
    }
}

/// `%g`: `%e` for exponents below -4 or from the precision on, else `%f`; no trailing zeros.
fn general(out: &mut Vec<u8>, f: f64, precision: Option<usize>, bits: u32, verb: u8) {
    let decimal = precision.map_or_else(|| Decimal::shortest(f, bits), |p| Decimal::rounded(f, p.max(1)));
    let count = decimal.digits.len() as i32;
    let (mut precision, limit) = match precision {
        None => (count, 6),
        Some(precision) => {
            let precision = i32::try_from(precision.max(1)).unwrap_or(i32::MAX);
            let whole = precision > count && count >= decimal.point;
            (precision, if whole { count } else { precision })
        }
    };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= limit {
        precision = precision.min(count);
        return decimal.scientific(
            out,
            (precision - 1).max(0) as usize,
            if verb == b'G' { b'E' } else { b'e' },
        );
    }
    if precision > decimal.point {
        precision = count;
    }
    decimal.fixed(out, (precision - decimal.point).max(0) as usize);
}

/// The mantissa, the exponent of its unit, and how many bits follow the leading one.
fn parts(f: f64, bits: u32) -> (u64, i32, i32) {
    if bits == 32 {
        let raw = (f as f32).to_bits();
        let (exponent, mantissa) = ((raw >> 23 & 0xff) as i32, u64::from(raw & 0x7f_ffff));
        return if exponent == 0 { (mantissa, -126, 23) } else { (mantissa | 1 << 23, exponent - 127, 23) };
    }
    let raw = f.to_bits();
    let (exponent, mantissa) = ((raw >> 52 & 0x7ff) as i32, raw & ((1 << 52) - 1));
    if exponent == 0 { (mantissa, -1022, 52) } else { (mantissa | 1 << 52, exponent - 1023, 52) }
}

/// `%b`: an integer mantissa and a power of two.
fn binary(out: &mut Vec<u8>, f: f64, bits: u32) {
    let (mantissa, exponent, width) = parts(f, bits);
    out.extend_from_slice(format!("{mantissa}p{:+}", exponent - width).as_bytes());
}

/// `%x`: a hexadecimal mantissa and a power of two.
fn hexadecimal(out: &mut Vec<u8>, f: f64, precision: Option<usize>, bits: u32, verb: u8) {
    const LEADING: u64 = 1 << 60;
    let (mut mantissa, mut exponent, width) = parts(f, bits);
    if mantissa == 0 {
        exponent = 0;
    } else {
        mantissa <<= 60 - width;
        let shift = mantissa.leading_zeros() - 3;
        mantissa <<= shift;
        exponent -= shift as i32;
    }
    if let Some(kept) = precision.filter(|p| *p < 15) {
        let dropped = 60 - kept as u32 * 4;
        let rest = mantissa & ((1 << dropped) - 1);
        let half = 1 << (dropped - 1);
        mantissa >>= dropped;
        mantissa += u64::from(rest > half || rest == half && mantissa & 1 == 1);
        mantissa <<= dropped;
        if mantissa >= LEADING << 1 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:015x}", mantissa & (LEADING - 1));
    match precision {
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
        Some(count) => {
            fraction.truncate(count);
            fraction.extend(std::iter::repeat_n('0', count - fraction.len()));
        }
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{fraction}p{sign}{:02}", mantissa >> 60, exponent.unsigned_abs());
    out.extend_from_slice(if verb == b'X' { text.to_uppercase() } else { text }.as_bytes());
}

impl Flags {
    /// Appends a float for a `strconv` verb; the flags' precision wins over the verb's own.
    pub(super) fn float(&self, out: &mut Vec<u8>, f: f64, bits: u32, (verb, precision): (u8, Option<usize>)) {
        let precision = self.precision.or(precision);
        let text = format_float(f, verb, precision, bits);
        let (sign, mut body) = match text.as_bytes() {
            [sign @ (b'-' | b'+'), body @ ..] => (*sign, body.to_vec()),
            body => (b'+', body.to_vec()),
        };
        let sign = if self.space && sign == b'+' && !self.plus { b' ' } else { sign };
        let signed = |body: &[u8]| [&[sign], body].concat();
        if !f.is_finite() {
            let bare = f.is_nan() && !self.space && !self.plus;
            return self.pad_with_spaces(out, &if bare { body } else { signed(&body) });
        }
        if self.sharp && verb != b'b' {
            body = keep_zeros(body, verb, precision);
        }
        if !self.plus && sign == b'+' {
            return self.pad(out, &body);
        }
        let length = body.len() + 1;
        match self.width {
            Some(width) if self.zero && !self.minus && width > length => {
                out.push(sign);
                self.fill(out, width - length);
                out.extend_from_slice(&body);
            }
            _ => self.pad(out, &signed(&body)),
        }
    }
}

/// The `#` flag: always a decimal point, and for `%g` and `%x` the zeros after it.
fn keep_zeros(mut body: Vec<u8>, verb: u8, precision: Option<usize>) -> Vec<u8> {
    let mut wanted = match verb {
        b'g' | b'G' | b'x' => precision.unwrap_or(6) as i64,
        _ => 0,
    };
    let hex = matches!(verb, b'x' | b'X');
    let is_tail = |b: &u8| matches!(b, b'p' | b'P') || !hex && matches!(b, b'e' | b'E');
    let tail = body.iter().position(is_tail).map_or_else(Vec::new, |at| body.split_off(at));
    let mut significant = false;
    for b in body.iter().filter(|b| **b != b'.') {
        significant |= *b != b'0';
        wanted -= i64::from(significant);
    }
    if !body.contains(&b'.') {
        wanted -= i64::from(body == b"0");
        body.push(b'.');
    }
    body.extend(std::iter::repeat_n(b'0', wanted.max(0) as usize));
    body.extend(tail);
    body
}
