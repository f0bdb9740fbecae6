//! `'%s is %d'.format([…])`: the strings extension's formatting.

use super::{
    text::bounded,
    value::{Fail, Result, Val},
};
use crate::field::go_float;
use skiff_compact::Order;

/// Most digits after the point.
const MAX_PRECISION: usize = 1000;

/// Fills a format's directives with values.
pub(crate) fn format<'a>(text: &str, list: &Val<'a>, cost: &mut usize) -> Result<Val<'a>> {
    let args = list.items().ok_or_else(Fail::overload)?;
    let mut args = args.iter().enumerate();
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        let mut precision = None;
        if chars.peek() == Some(&'.') {
            chars.next();
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = digits.parse::<usize>().ok().map(|digits| digits.min(MAX_PRECISION));
        }
        let verb = chars.next().ok_or_else(|| Fail::new("unexpected end of string"))?;
        let (place, value) =
            args.next().ok_or_else(|| Fail::new(format!("index {} out of range", args_len(list))))?;
        let piece = directive(verb, precision, value)
            .map_err(|why| Fail::new(format!("error during formatting: {why}")))?;
        let _ = place;
        out.push_str(&piece);
        bounded(out.len())?;
    }
    *cost += out.len() / 10;
    Ok(Val::text(out))
}

fn args_len(list: &Val<'_>) -> usize {
    list.size().unwrap_or_default()
}

fn directive(verb: char, precision: Option<usize>, value: &Val<'_>) -> std::result::Result<String, String> {
    let places = precision.unwrap_or(6);
    match (verb, value) {
        ('s', value) => string(value),
        ('d', Val::Int(int)) => Ok(int.to_string()),
        ('d', Val::Uint(uint)) => Ok(uint.to_string()),
        ('f', Val::Double(float)) => Ok(format!("{float:.places$}")),
        ('f', Val::Int(int)) => Ok(format!("{int}.{}", "0".repeat(places))),
        ('e', Val::Double(float)) => Ok(templates_engine::fmt::format_float(*float, b'e', Some(places), 64)),
        ('b', Val::Int(int)) if *int < 0 => Ok(format!("-{:b}", int.unsigned_abs())),
        ('b', Val::Int(int)) => Ok(format!("{int:b}")),
        ('b', Val::Uint(uint)) => Ok(format!("{uint:b}")),
        ('b', Val::Bool(flag)) => Ok(u8::from(*flag).to_string()),
        ('x', Val::Int(int)) => Ok(signed(*int, |size| format!("{size:x}"))),
        ('X', Val::Int(int)) => Ok(signed(*int, |size| format!("{size:X}"))),
        ('x', Val::Uint(uint)) => Ok(format!("{uint:x}")),
        ('X', Val::Uint(uint)) => Ok(format!("{uint:X}")),
        ('x', Val::Text(text)) => Ok(text.bytes().map(|byte| format!("{byte:02x}")).collect()),
        ('X', Val::Text(text)) => Ok(text.bytes().map(|byte| format!("{byte:02X}")).collect()),
        ('x', Val::Bytes(bytes)) => Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        ('X', Val::Bytes(bytes)) => Ok(bytes.iter().map(|byte| format!("{byte:02X}")).collect()),
        ('o', Val::Int(int)) => Ok(signed(*int, |size| format!("{size:o}"))),
        ('o', Val::Uint(uint)) => Ok(format!("{uint:o}")),
        ('d', other) => {
            Err(format!("integer clause can only be used on integers, was given {}", other.kind()))
        }
        ('f' | 'e', other) => {
            Err(format!("fixed-point clause can only be used on doubles, was given {}", other.kind()))
        }
        ('b' | 'x' | 'X' | 'o', other) => {
            Err(format!("this clause cannot be used on values of type {}", other.kind()))
        }
        (other, _) => Err(format!("unrecognized formatting clause \"{other}\"")),
    }
}

fn signed(int: i64, size: impl Fn(u64) -> String) -> String {
    format!("{}{}", if int < 0 { "-" } else { "" }, size(int.unsigned_abs()))
}

fn string(value: &Val<'_>) -> std::result::Result<String, String> {
    Ok(match value {
        Val::Null => "null".to_owned(),
        Val::Double(float) => go_float(*float),
        Val::Type(name) => name.to_string(),
        value => match (value.items(), value.entries()) {
            (Some(items), _) => {
                let parts: std::result::Result<Vec<String>, String> = items.iter().map(string).collect();
                format!("[{}]", parts?.join(", "))
            }
            (_, Some(entries)) => {
                let mut parts = Vec::with_capacity(entries.len());
                for (key, value) in &entries {
                    parts.push(format!("{}: {}", string(key)?, string(value)?));
                }
                parts.order();
                format!("{{{}}}", parts.join(", "))
            }
            _ => super::convert::display(value).map_err(|_| {
                format!("string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given {}", value.kind())
            })?,
        },
    })
}
