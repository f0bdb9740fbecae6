//! How Go prints what Helm's messages quote: `%q` of strings and runes, `%T` of values.

use serde_json::{Number, Value};
use std::fmt::{self, Write};
use templates_engine::quote::is_print;

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

/// A value as Go's `%v` prints it: `map[a:1 b:[x <nil>]]`.
#[derive(Debug, Clone, Copy)]
pub struct Plain<'a>(pub &'a Value);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        tree(f, self.0, &mut |f, leaf| match leaf {
            Value::Null => f.write_str("<nil>"),
            Value::String(text) => f.write_str(text),
            Value::Number(number) => f.write_str(&go_number(number)),
            other => write!(f, "{other}"),
        })
    }
}

/// A value as Go's `%t` prints it, which is made for booleans: `%!t(int64=3)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AsBool<'a>(pub(crate) &'a Value);

impl fmt::Display for AsBool<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_null() {
            return f.write_str("%!t(<nil>)");
        }
        tree(f, self.0, &mut |f, leaf| match leaf {
            Value::Null => f.write_str("<nil>"),
            Value::Bool(truth) => write!(f, "{truth}"),
            leaf => write!(f, "%!t({}={})", type_name(leaf), Plain(leaf)),
        })
    }
}

type Leaf<'f> = dyn FnMut(&mut fmt::Formatter<'_>, &Value) -> fmt::Result + 'f;

fn tree(f: &mut fmt::Formatter<'_>, value: &Value, leaf: &mut Leaf<'_>) -> fmt::Result {
    match value {
        Value::Array(list) => {
            f.write_char('[')?;
            for (i, item) in list.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { " " })?;
                tree(f, item, leaf)?;
            }
            f.write_char(']')
        }
        Value::Object(map) => {
            f.write_str("map[")?;
            for (i, (key, item)) in map.iter().enumerate() {
                f.write_str(if i == 0 { "" } else { " " })?;
                leaf(f, &Value::String(key.clone()))?;
                f.write_char(':')?;
                tree(f, item, leaf)?;
            }
            f.write_char(']')
        }
        other => leaf(f, other),
    }
}

/// A number as `%v` prints an `int64` or a `float64`.
fn go_number(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else { return number.to_string() };
    let scientific = format!("{float:e}");
    match scientific.split_once('e').and_then(|(mantissa, e)| Some((mantissa, e.parse::<i32>().ok()?))) {
        Some((mantissa, e)) if !(-4..21).contains(&e) => {
            format!("{mantissa}e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs())
        }
        _ => float.to_string(),
    }
}

pub use crate::json::type_name;

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
    fn values_are_printed_as_go_prints_them() {
        let value = serde_json::json!({"b": [1, null, "x y"], "a": {"c": 1e21, "d": 1000000.0, "e": true, "f": 0.00001}});
        assert_eq!(
            Plain(&value).to_string(),
            "map[a:map[c:1e+21 d:1e+06 e:true f:1e-05] b:[1 <nil> x y]]".replace("1e+06", "1000000")
        );
        assert_eq!(AsBool(&serde_json::json!(3)).to_string(), "%!t(int64=3)");
        assert_eq!(AsBool(&serde_json::json!([1.5, "a"])).to_string(), "[%!t(float64=1.5) %!t(string=a)]");
        assert_eq!(AsBool(&Value::Null).to_string(), "%!t(<nil>)");
    }

    #[test]
    fn runes_are_quoted_one_by_one() {
        assert_eq!(QuotedRunes("a'\n").to_string(), r"['a' '\'' '\n']");
        assert_eq!(QuotedRunes("").to_string(), "[]");
    }
}
