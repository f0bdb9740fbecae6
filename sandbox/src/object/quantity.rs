//! Quantities (`500m`, `1Gi`, `2e3`): reading, comparing, and the canonical text that the API answers with.
//!
//! The rules are `k8s.io/apimachinery/pkg/api/resource`'s.

use std::cmp::Ordering;

/// Why a text is no quantity; the texts are the API's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It does not look like one.
    #[error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    Format,
    /// More digits than any quantity has.
    #[error("unable to parse numeric part of quantity")]
    Number,
    /// The letters after the number are no known unit.
    #[error("unable to parse quantity's suffix")]
    Suffix,
}

/// How a quantity was written, and so how it is written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `1k`, `1M`.
    Decimal,
    /// `1e3`.
    Exponent,
    /// `1Ki`, `1Mi`.
    Binary,
}

/// A number with its unit: `mantissa × 10^scale`.
#[derive(Debug, Clone)]
pub struct Quantity {
    mantissa: i128,
    scale: i32,
    form: Form,
    /// The text as it was given, where that is kept as it is.
    text: Option<String>,
}

/// Longer numbers are refused: no quantity needs them, and 128 bits hold no more.
const MAX_DIGITS: usize = 36;
/// The scale of the smallest quantity, a nano.
const NANO: i32 = -9;
/// Scales beyond this are refused; the real server's arithmetic is unbounded.
const MAX_SCALE: i32 = 60;

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [(&str, u32); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

/// What the text of a quantity consists of.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    pointed: bool,
    suffix: &'a str,
}

impl Quantity {
    /// Reads a quantity: `ParseQuantity`.
    ///
    /// # Errors
    /// Texts that are no quantities.
    ///
    /// ```
    /// use skiff_sandbox::object::quantity::Quantity;
    /// assert_eq!(Quantity::parse("0.5")?.to_string(), "500m");
    /// assert_eq!(Quantity::parse("1.5Gi")?.to_string(), "1536Mi");
    /// assert!(Quantity::parse("1Q").is_err());
    /// # Ok::<(), skiff_sandbox::object::quantity::Unreadable>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let parts = split(text)?;
        let (binary, exponent, form) = unit(parts.suffix)?;
        let digits: String = [parts.whole, parts.fraction].concat();
        if digits.len() > MAX_DIGITS {
            return Err(Unreadable::Number);
        }
        let number: i128 = digits.parse().map_err(|_| Unreadable::Number)?;
        let places = i32::try_from(parts.fraction.len()).map_err(|_| Unreadable::Number)?;
        let scale = exponent - places;
        if scale.abs() > MAX_SCALE {
            return Err(Unreadable::Number);
        }
        let mantissa = if binary == 0 {
            number
        } else {
            number.checked_shl(binary).filter(|shifted| shifted >> binary == number).unwrap_or(i128::MAX)
        };
        let mut quantity = Self { mantissa, scale, form, text: None };
        quantity.round_up(NANO);
        if form == Form::Binary {
            quantity.bound_binary();
        }
        if parts.negative {
            quantity.mantissa = -quantity.mantissa;
        }
        if kept(text, &parts, number, binary, scale, form) {
            quantity.text = Some(text.to_owned());
        }
        Ok(quantity)
    }

    /// Binary quantities end at 2^63-1, and below one they turn decimal.
    fn bound_binary(&mut self) {
        let most = Self { mantissa: i64::MAX.into(), scale: 0, form: self.form, text: None };
        if self.compare(&most) == Ordering::Greater {
            (self.mantissa, self.scale) = (most.mantissa, 0);
        }
        let one = Self { mantissa: 1, scale: 0, form: self.form, text: None };
        if self.mantissa > 0 && self.compare(&one) == Ordering::Less {
            self.form = Form::Decimal;
        }
    }

    /// Rounds away from zero to a multiple of `10^scale`: `RoundUp`.
    pub fn round_up(&mut self, scale: i32) {
        while self.scale < scale {
            let rest = self.mantissa % 10;
            self.mantissa = self.mantissa / 10 + rest.signum();
            self.scale += 1;
            self.text = None;
        }
    }

    /// Which of two is greater: `Cmp`.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.min(other.scale);
        match (raise(self.mantissa, self.scale - scale), raise(other.mantissa, other.scale - scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // One is too great to be written at the other's scale: signs, then magnitudes tell.
            (None, _) => self.mantissa.signum().cmp(&0),
            (_, None) => 0.cmp(&other.mantissa.signum()),
        }
    }

    /// -1, 0 or 1: `Sign`.
    #[must_use]
    pub fn sign(&self) -> i32 {
        match self.mantissa.cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    /// The whole number that is not below it: `Value`.
    #[must_use]
    pub fn value(&self) -> i64 {
        self.scaled(0)
    }

    /// The thousandths, rounded up: `MilliValue`.
    #[must_use]
    pub fn milli(&self) -> i64 {
        self.scaled(-3)
    }

    /// The sum; the first summand's form is kept: `Add`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let scale = self.scale.min(other.scale);
        let left = raise(self.mantissa, self.scale - scale).unwrap_or(i128::MAX / 4);
        let right = raise(other.mantissa, other.scale - scale).unwrap_or(i128::MAX / 4);
        let form = if self.mantissa == 0 { other.form } else { self.form };
        Self { mantissa: left.saturating_add(right), scale, form, text: None }
    }

    /// The difference: `Sub`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        self.plus(&Self { mantissa: -other.mantissa, ..other.clone() })
    }

    fn scaled(&self, scale: i32) -> i64 {
        let mut copy = Self { text: None, ..self.clone() };
        copy.round_up(scale);
        let bound = if copy.mantissa < 0 { i64::MIN } else { i64::MAX };
        raise(copy.mantissa, copy.scale - scale).and_then(|value| i64::try_from(value).ok()).unwrap_or(bound)
    }

    fn decimal_text(&self, form: Form) -> String {
        let (mut mantissa, mut scale) = (self.mantissa, self.scale);
        while mantissa != 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale += 1;
        }
        while scale.rem_euclid(3) != 0 {
            mantissa = mantissa.saturating_mul(10);
            scale -= 1;
        }
        match form {
            Form::Exponent if scale == 0 => mantissa.to_string(),
            Form::Exponent => format!("{mantissa}e{scale}"),
            _ => {
                // The greatest unit is E; what is beyond it has none, as in the real server.
                let unit =
                    DECIMAL.iter().find(|(_, exponent)| *exponent == scale).map_or("", |(unit, _)| *unit);
                format!("{mantissa}{unit}")
            }
        }
    }

    fn binary_text(&self) -> Option<String> {
        let mut copy = Self { text: None, ..self.clone() };
        copy.round_up(0);
        let exact = copy.compare(self) == Ordering::Equal;
        let mut mantissa = raise(copy.mantissa, copy.scale)?;
        if !exact || mantissa.abs() < 1024 {
            return None;
        }
        let mut unit = 0;
        while mantissa % 1024 == 0 && unit < BINARY.len() {
            mantissa /= 1024;
            unit += 1;
        }
        let suffix =
            unit.checked_sub(1).and_then(|index| BINARY.get(index)).map_or("", |(suffix, _)| *suffix);
        Some(format!("{mantissa}{suffix}"))
    }
}

impl std::fmt::Display for Quantity {
    /// The canonical text: `Quantity.String`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        if self.mantissa == 0 {
            return f.write_str("0");
        }
        match self.form {
            Form::Binary => match self.binary_text() {
                Some(text) => f.write_str(&text),
                None => f.write_str(&self.decimal_text(Form::Decimal)),
            },
            form => f.write_str(&self.decimal_text(form)),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

/// `value × 10^places`, where it fits.
fn raise(value: i128, places: i32) -> Option<i128> {
    if value == 0 {
        return Some(0);
    }
    u32::try_from(places)
        .ok()
        .and_then(|places| 10_i128.checked_pow(places))
        .and_then(|ten| value.checked_mul(ten))
}

/// `parseQuantityString`: sign, digits, digits, letters with an exponent.
fn split(text: &str) -> Result<Parts<'_>, Unreadable> {
    if text.is_empty() {
        return Err(Unreadable::Format);
    }
    let negative = text.starts_with('-');
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = rest.trim_start_matches('0');
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = rest.split_at(digits(rest));
    let (pointed, fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (fraction, suffix) = rest.split_at(digits(rest));
            (true, fraction, suffix)
        }
        None => (false, "", rest),
    };
    let whole = if whole.is_empty() { "0" } else { whole };
    let letters = suffix.bytes().take_while(|byte| b"eEinumkKMGTP".contains(byte)).count();
    let exponent = suffix.get(letters..).unwrap_or_default();
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if exponent.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(Unreadable::Format);
    }
    Ok(Parts { negative, whole, fraction, pointed, suffix })
}

/// A suffix' power of two, power of ten, and form: `suffixHandler.interpret`.
fn unit(suffix: &str) -> Result<(u32, i32, Form), Unreadable> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(unit, _)| *unit == suffix) {
        return Ok((0, *exponent, Form::Decimal));
    }
    if let Some((_, shift)) = BINARY.iter().find(|(unit, _)| *unit == suffix) {
        return Ok((*shift, 0, Form::Binary));
    }
    let exponent =
        suffix.strip_prefix(['e', 'E']).filter(|digits| !digits.is_empty()).ok_or(Unreadable::Suffix)?;
    let exponent: i32 = exponent.parse().map_err(|_| Unreadable::Suffix)?;
    if exponent.abs() > MAX_SCALE {
        return Err(Unreadable::Number);
    }
    Ok((0, exponent, Form::Exponent))
}

/// Whether the API keeps a quantity's text as it was written: where reading it took the short way and it looks canonical.
fn kept(text: &str, parts: &Parts<'_>, number: i128, binary: u32, scale: i32, form: Form) -> bool {
    /// `maxInt64Factors`.
    const FACTORS: i32 = 18;
    let length = i32::try_from(parts.whole.len() + parts.fraction.len()).unwrap_or(i32::MAX);
    if text == "0" {
        return true;
    }
    if form == Form::Binary {
        let whole = i32::try_from(parts.whole.len()).unwrap_or(i32::MAX);
        let precision = 15 - whole - i32::try_from(binary * 3 / 10).unwrap_or_default() - 1;
        return parts.fraction.is_empty() && precision >= 0 && number & 7 != 0;
    }
    let all_zero = parts.whole == "0" && !parts.pointed && parts.suffix.is_empty();
    let digits = [parts.whole, parts.fraction].concat();
    !all_zero
        && length <= FACTORS
        && scale >= NANO
        && scale % 3 == 0
        && !digits.ends_with("000")
        && !digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_canonical_as_the_real_server_answers() {
        let cases = [
            ("1.500", "1.500"),
            ("+1", "+1"),
            ("0100m", "0100m"),
            ("1.0Gi", "1Gi"),
            ("1e3", "1e3"),
            ("12e6", "12e6"),
            ("0.1Mi", "104857600m"),
            ("100Ki", "100Ki"),
            ("1000Ki", "1000Ki"),
            ("1024Mi", "1Gi"),
            ("123456789012345678901Ki", "9223372036854775807"),
            ("0.0000000001", "1n"),
            ("1.5", "1500m"),
            (".5", "500m"),
            ("1.", "1."),
            ("5.0", "5"),
            ("1e-3", "1e-3"),
            ("10000k", "10M"),
            ("99999999999999999999", "99999999999999999999"),
            ("1e2", "100"),
            ("0", "0"),
            ("0Mi", "0"),
            ("-1", "-1"),
        ];
        for (given, canonical) in cases {
            assert_eq!(
                Quantity::parse(given).map(|quantity| quantity.to_string()),
                Ok(canonical.to_owned()),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_no_quantity_says_why() {
        let cases = [
            ("", Unreadable::Format),
            ("1Q", Unreadable::Format),
            ("1KiB", Unreadable::Format),
            ("1.2.3", Unreadable::Format),
            ("1mm", Unreadable::Suffix),
            ("1K", Unreadable::Suffix),
            ("abc", Unreadable::Format),
        ];
        for (given, why) in cases {
            assert_eq!(Quantity::parse(given).map(|quantity| quantity.to_string()), Err(why), "{given}");
        }
    }

    #[test]
    fn quantities_compare_by_what_they_stand_for() {
        let read = |text| Quantity::parse(text).unwrap();
        assert_eq!(read("1Gi").compare(&read("1024Mi")), Ordering::Equal);
        assert_eq!(read("999m").compare(&read("1")), Ordering::Less);
        assert_eq!(read("1E").compare(&read("1n")), Ordering::Greater);
        assert_eq!(read("1500m").value(), 2);
        assert_eq!(read("1.5").milli(), 1500);
        assert_eq!(read("1Gi").plus(&read("512Mi")).to_string(), "1536Mi");
    }
}
