//! Floats as Go's strconv writes them.

use std::fmt::Write;

/// The shortest decimal digits of a finite float and the position of their decimal point:
/// 0.012 is ("12", -1).
struct Decimal {
    negative: bool,
    digits: String,
    point: i32,
}

impl Decimal {
    /// Reads what Rust writes with `{:e}`: `-1.25e-7`.
    fn read(text: &str) -> Self {
        let negative = text.starts_with('-');
        let (mantissa, exponent) = text.trim_start_matches('-').split_once('e').unwrap_or((text, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let exponent: i32 = exponent.parse().unwrap_or(0);
        Self { negative, digits, point: exponent + 1 }
    }

    fn write_exponent(&self, out: &mut String, least_digits: usize) {
        let (first, rest) = self.digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        let exponent = if self.digits == "0" { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:0least_digits$}", exponent.abs());
    }

    fn write_plain(&self, out: &mut String) {
        let count = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        if self.point <= 0 {
            out.push_str("0.");
            out.extend((self.point..0).map(|_| '0'));
            out.push_str(&self.digits);
        } else if self.point >= count {
            out.push_str(&self.digits);
            out.extend((count..self.point).map(|_| '0'));
        } else {
            let (whole, part) = self.digits.split_at(usize::try_from(self.point).unwrap_or(0));
            out.push_str(whole);
            out.push('.');
            out.push_str(part);
        }
    }
}

/// `strconv.FormatFloat(f, 'g', -1, 64)`, with YAML's names for what is no number.
pub(super) fn write_g(f: f64, out: &mut String) {
    write_general(f, &format!("{f:e}"), out);
}

/// `strconv.FormatFloat(f, 'g', -1, 32)`, with YAML's names for what is no number.
pub(super) fn format_g32(f: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Go rounds to a float32 here")]
    let narrow = f as f32;
    let mut out = String::new();
    write_general(f64::from(narrow), &format!("{narrow:e}"), &mut out);
    out
}

fn write_general(f: f64, exponential: &str, out: &mut String) {
    if !f.is_finite() {
        out.push_str(match f {
            _ if f.is_nan() => ".nan",
            _ if f < 0.0 => "-.inf",
            _ => ".inf",
        });
        return;
    }
    let decimal = Decimal::read(exponential);
    if decimal.negative {
        out.push('-');
    }
    // Without a precision, Go uses exponents outside these bounds, however many digits there are.
    if (-4..6).contains(&(decimal.point - 1)) {
        decimal.write_plain(out);
    } else {
        decimal.write_exponent(out, 2);
    }
}

/// A float as `encoding/json` writes it.
pub(super) fn write_json(f: f64, out: &mut String) {
    let decimal = Decimal::read(&format!("{f:e}"));
    if decimal.negative {
        out.push('-');
    }
    let size = f.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        decimal.write_exponent(out, 1);
    } else {
        decimal.write_plain(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn g(f: f64) -> String {
        let mut out = String::new();
        write_g(f, &mut out);
        out
    }

    #[test]
    fn floats_are_written_as_strconv_does() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (123_456.0, "123456"),
            (1e6, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1e100, "1e+100"),
            (-2.5, "-2.5"),
            (f64::INFINITY, ".inf"),
        ];
        for (f, text) in cases {
            assert_eq!(g(f), text);
        }
        assert_eq!(format_g32(1.123_456_789), "1.1234568");
    }

    #[test]
    fn floats_are_written_as_json_does() {
        let cases =
            [(1e20, "100000000000000000000"), (1e21, "1e+21"), (1.5e-7, "1.5e-7"), (0.000_001, "0.000001")];
        for (f, text) in cases {
            let mut out = String::new();
            write_json(f, &mut out);
            assert_eq!(out, text);
        }
    }
}
