//! How Go prints what Helm's messages quote: `%q` of strings and runes, `%T` of values.

use serde_json::Value;
use std::fmt::{self, Write};

/// A string as Go's `%q` prints it.
///
/// ```
/// use skiff::values::gotext::Quoted;
/// assert_eq!(Quoted("a\t\"b\"").to_string(), r#""a\t\"b\"""#);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        self.0.chars().try_for_each(|c| escape(f, c, '"'))?;
        f.write_char('"')
    }
}

/// A slice of runes as Go's `%q` prints it: `['a' '\'']`.
#[derive(Debug, Clone, Copy)]
pub struct QuotedRunes<'a>(pub &'a str);

impl fmt::Display for QuotedRunes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (i, c) in self.0.chars().enumerate() {
            f.write_str(if i == 0 { "'" } else { " '" })?;
            escape(f, c, '\'')?;
            f.write_char('\'')?;
        }
        f.write_char(']')
    }
}

fn escape(f: &mut fmt::Formatter<'_>, c: char, quote: char) -> fmt::Result {
    match c {
        '\u{7}' => f.write_str("\\a"),
        '\u{8}' => f.write_str("\\b"),
        '\u{c}' => f.write_str("\\f"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        '\u{b}' => f.write_str("\\v"),
        '\\' => f.write_str("\\\\"),
        _ if c == quote => write!(f, "\\{c}"),
        _ if is_print(c) => f.write_char(c),
        _ if u32::from(c) < 0x80 => write!(f, "\\x{:02x}", u32::from(c)),
        _ if u32::from(c) < 0x1_0000 => write!(f, "\\u{:04x}", u32::from(c)),
        _ => write!(f, "\\U{:08x}", u32::from(c)),
    }
}

/// Whether Go's `unicode.IsPrint` holds.
fn is_print(c: char) -> bool {
    // Rust escapes what is not printable, but combining marks only where they come first.
    (' '..='~').contains(&c)
        || (!c.is_ascii() && ['a', c].iter().collect::<String>().escape_debug().count() == 2)
}

/// A value's dynamic type as Go's `%T` names it after Helm's decoders.
///
/// Whole numbers are `int64` when they came from `--set` and `float64` when they came from YAML or JSON.
pub fn type_name(value: &Value) -> &'static str {
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
    fn strings_are_quoted_as_go_quotes_them() {
        assert_eq!(
            Quoted("a\"\\\u{7f}\u{a0}é\u{301}\u{10ffff}").to_string(),
            "\"a\\\"\\\\\\x7f\\u00a0é\u{301}\\U0010ffff\""
        );
    }

    #[test]
    fn runes_are_quoted_one_by_one() {
        assert_eq!(QuotedRunes("a'\n").to_string(), r"['a' '\'' '\n']");
        assert_eq!(QuotedRunes("").to_string(), "[]");
    }
}
