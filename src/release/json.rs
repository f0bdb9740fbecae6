//! JSON as Go's `encoding/json` writes it: `<`, `>`, `&` escaped, floats without a needless fraction.

use serde::Serialize;
use serde_json::{Serializer, ser::Formatter};
use std::io;

/// The bytes of `json.Marshal`.
///
/// # Errors
/// When the value's own serialization fails.
///
/// ```
/// let value = serde_json::json!({"a": 1.0, "b": "<x>", "c": 1e21});
/// assert_eq!(skiff::release::json::to_string(&value).unwrap(), r#"{"a":1,"b":"\u003cx\u003e","c":1e+21}"#);
/// ```
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Go))?;
    String::from_utf8(bytes).map_err(<serde_json::Error as serde::ser::Error>::custom)
}

struct Go;

impl Formatter for Go {
    fn write_f64<W: io::Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value).as_bytes())
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let special = |c| matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
        let mut rest = fragment;
        while let Some(at) = rest.find(special) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut after = rest[at..].chars();
            let character = after.next().map_or(0, u32::from);
            write!(writer, "\\u{character:04x}")?;
            rest = after.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

/// Go's shortest form: positional from 1e-6 up to 1e21, else with an exponent without leading zero.
fn float(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    if value == 0.0 && value.is_sign_negative() {
        return "-0".to_owned();
    }
    format!("{value}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (1e-6, "0.000001"),
            (0.1, "0.1"),
            (-1234567.25, "-1234567.25"),
            (1e-10, "1e-10"),
        ];
        for (value, text) in cases {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn html_and_line_separators_are_escaped() {
        assert_eq!(to_string("a<b>&\u{2028}é\n").unwrap(), "\"a\\u003cb\\u003e\\u0026\\u2028é\\n\"");
    }
}
