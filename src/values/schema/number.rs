//! Numbers as Go's localized English printer shows them in schema messages: `12,345`, `1.5×10⁻⁰⁷`.

use serde_json::Number;

/// A count with commas between thousands.
pub(super) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as its `float64` is shown: from a million on, and below 0.0001, with a power of ten.
pub(super) fn float(number: &Number) -> String {
    let float = number.as_f64().unwrap_or(f64::NAN);
    let scientific = format!("{float:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { "⁻" } else { "" };
        let digits: String = format!("{:02}", exponent.abs()).chars().map(superscript).collect();
        return format!("{mantissa}×10{sign}{digits}");
    }
    let plain = float.to_string();
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{sign}{}.{fraction}", grouped(whole)),
        None => format!("{sign}{}", grouped(plain)),
    }
}

fn superscript(digit: char) -> char {
    match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' | '4'..='9' => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
        other => other,
    }
}

/// Whether `number` is a whole multiple of `divisor`, by their shortest decimal forms, as Go's exact fractions decide.
pub(super) fn is_multiple(number: &Number, divisor: &Number) -> bool {
    let (Some((a, a_exponent)), Some((b, b_exponent))) = (decimal(number), decimal(divisor)) else {
        return false;
    };
    if b == 0 {
        return false;
    }
    // Bring both to the same power of ten; what does not fit 128 bits keeps the first verdict.
    let shift = a_exponent.abs_diff(b_exponent);
    let Some(scale) = 10_i128.checked_pow(shift) else { return false };
    let scaled = if a_exponent >= b_exponent {
        (a.checked_mul(scale), Some(b))
    } else {
        (Some(a), b.checked_mul(scale))
    };
    matches!(scaled, (Some(a), Some(b)) if a % b == 0)
}

/// A number's digits and power of ten.
fn decimal(number: &Number) -> Option<(i128, i32)> {
    let text = format!("{:e}", number.as_f64()?);
    let (mantissa, exponent) = text.split_once('e')?;
    let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    Some((
        mantissa.replace('.', "").parse().ok()?,
        exponent.parse::<i32>().ok()? - i32::try_from(fraction).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_helm_prints_them() {
        let show = |n: f64| float(&Number::from_f64(n).unwrap());
        let cases = [
            (0.1, "0.1"),
            (1.0, "1"),
            (1000.0, "1,000"),
            (1234.5, "1,234.5"),
            (123_456.789_012_345, "123,456.789012345"),
            (1e6, "1×10⁰⁶"),
            (-1_234_567.25, "-1.23456725×10⁰⁶"),
            (1e100, "1×10¹⁰⁰"),
            (1e-5, "1×10⁻⁰⁵"),
            (0.000_123, "0.000123"),
            (0.0, "0"),
        ];
        for (number, text) in cases {
            assert_eq!(show(number), text);
        }
        assert_eq!(count(12345), "12,345");
    }

    #[test]
    fn multiples_are_exact() {
        let multiple =
            |a: f64, b: f64| is_multiple(&Number::from_f64(a).unwrap(), &Number::from_f64(b).unwrap());
        assert!(multiple(0.07, 0.01) && multiple(1e20, 0.5) && multiple(-4.0, 2.0));
        assert!(!multiple(0.015, 0.01) && !multiple(1.0, 3.0));
    }
}
