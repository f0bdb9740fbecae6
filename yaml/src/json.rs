//! JSON as Go's `encoding/json` writes it: HTML's signs escaped, whole floats without a fraction.

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// `json.Marshal`: compact, fields in their order, keys of maps sorted.
///
/// ```
/// use serde_json::json;
/// let text = skiff_yaml::json::to_string(&json!({"b": "<a> & c", "a": 3.0})).unwrap();
/// assert_eq!(text, r#"{"a":3,"b":"\u003ca\u003e \u0026 c"}"#);
/// ```
///
/// # Errors
/// What cannot be JSON: maps whose keys are no texts.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> Result<String, serde_json::Error> {
    write(value, GoFormatter(CompactFormatter))
}

/// `json.MarshalIndent` with this indentation.
///
/// ```
/// use serde_json::json;
/// let text = skiff_yaml::json::to_string_indent(&json!({"a": [1, 2], "b": {}}), "  ").unwrap();
/// assert_eq!(text, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
/// ```
///
/// # Errors
/// What cannot be JSON: maps whose keys are no texts.
pub fn to_string_indent<T: Serialize + ?Sized>(value: &T, indent: &str) -> Result<String, serde_json::Error> {
    write(value, GoFormatter(PrettyFormatter::with_indent(indent.as_bytes())))
}

fn write<T: Serialize + ?Sized, F: Formatter>(value: &T, formatter: F) -> Result<String, serde_json::Error> {
    let mut text = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Changes how texts and floats are written; the layout is the inner formatter's.
struct GoFormatter<F>(F);

impl<F: Formatter> Formatter for GoFormatter<F> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let magnitude = value.abs();
        if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
            let text = format!("{value:e}");
            let signed = if magnitude < 1.0 { text } else { text.replace('e', "e+") };
            writer.write_all(signed.as_bytes())
        } else {
            write!(writer, "{value}")
        }
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let mut after = rest[at..].chars();
            if let Some(sign) = after.next() {
                write!(writer, "\\u{:04x}", u32::from(sign))?;
            }
            rest = after.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// A value's dynamic type as Go's `%T` names it after Helm's decoders.
///
/// Whole numbers are `int64` when they came from `--set` and `float64` when they came from YAML or JSON.
pub fn type_name(value: &serde_json::Value) -> &'static str {
    use serde_json::Value;
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.25e22, "-1.25e+22"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
        ];
        for (float, text) in cases {
            assert_eq!(to_string(&float).unwrap(), text);
        }
    }

    #[test]
    fn control_signs_have_short_escapes_where_go_has_them() {
        assert_eq!(
            to_string("\u{8}\u{c}\n\u{1}\"\\\u{7f}").unwrap(),
            r#""\b\f\n\u0001\"\\"#.to_owned() + "\u{7f}\""
        );
    }
}
