//! What a scalar is: go-yaml's reading of YAML 1.1 (v2), and of 1.2 with leftovers of 1.1 (v3).

mod timestamp;

use super::Error;
use timestamp::is_timestamp;

/// A resolved scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A date or time, which stays text.
    Timestamp,
    /// Text.
    Str,
}

/// Which of Go's YAML libraries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// go.yaml.in/yaml/v2, which sigs.k8s.io/yaml uses.
    V2,
    /// go.yaml.in/yaml/v3, which `toYamlPretty` uses.
    V3,
}

/// What an untagged plain scalar is.
pub(super) fn resolve(text: &str, version: Version) -> Resolved {
    resolve_as(text, version, true)
}

fn resolve_as(text: &str, version: Version, timestamps: bool) -> Resolved {
    let Some(&first) = text.as_bytes().first() else { return Resolved::Null };
    match first {
        b'+' | b'-' | b'0'..=b'9' => {
            if let Some(float) = named_float(text) {
                return Resolved::Float(float);
            }
            if timestamps && is_timestamp(text) {
                return Resolved::Timestamp;
            }
            number(text, version)
        }
        b'.' => named_float(text).or_else(|| float(text)).map_or(Resolved::Str, Resolved::Float),
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text, version),
        _ => Resolved::Str,
    }
}

fn word(text: &str, version: Version) -> Resolved {
    match text {
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "true" | "True" | "TRUE" => Resolved::Bool(true),
        "false" | "False" | "FALSE" => Resolved::Bool(false),
        _ if version == Version::V2 => old_bool(text).map_or(Resolved::Str, Resolved::Bool),
        _ => Resolved::Str,
    }
}

/// YAML 1.1's further spellings of booleans.
pub(super) fn old_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn named_float(text: &str) -> Option<f64> {
    let (sign, name) = match text.as_bytes() {
        [b'-', ..] => (-1.0, &text[1..]),
        [b'+', ..] => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match name {
        ".inf" | ".Inf" | ".INF" => Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if name.len() == text.len() => Some(f64::NAN),
        _ => None,
    }
}

fn number(text: &str, version: Version) -> Resolved {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    let (sign, digits) = split_sign(plain);
    if let Some(integer) = integer(sign, digits, prefixed_base(digits)) {
        return integer;
    }
    if let Some(float) = float(plain) {
        return Resolved::Float(float);
    }
    odd_prefix(plain, version).unwrap_or(Resolved::Str)
}

fn split_sign(text: &str) -> (Option<char>, &str) {
    match text.chars().next() {
        Some(sign @ ('+' | '-')) => (Some(sign), &text[1..]),
        _ => (None, text),
    }
}

/// The base that Go's `ParseInt` reads from a prefix, and the digits behind it.
fn prefixed_base(digits: &str) -> (u32, &str) {
    match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    }
}

fn integer(sign: Option<char>, digits: &str, (base, body): (u32, &str)) -> Option<Resolved> {
    if body.is_empty() || body.starts_with(['+', '-']) || digits.is_empty() {
        return None;
    }
    let size = u64::from_str_radix(body, base).ok()?;
    match sign {
        Some('-') => 0i64.checked_sub_unsigned(size).map(Resolved::Int),
        _ => match i64::try_from(size) {
            Ok(integer) => Some(Resolved::Int(integer)),
            // Go's ParseUint takes no sign.
            Err(_) => sign.is_none().then_some(Resolved::Uint(size)),
        },
    }
}

/// `0b` and (in v3) `0o` may be followed by a sign: `0b-1` is -1.
fn odd_prefix(plain: &str, version: Version) -> Option<Resolved> {
    let prefixes: &[(&str, u32)] = match version {
        Version::V2 => &[("0b", 2)],
        Version::V3 => &[("0b", 2), ("0o", 8)],
    };
    for (prefix, base) in prefixes {
        if let Some(rest) = plain.strip_prefix(prefix) {
            let (sign, digits) = split_sign(rest);
            return integer(sign, digits, (*base, digits));
        }
    }
    None
}

/// A float in YAML's style: no hexadecimals, no bare signs or dots, no overflow.
fn float(text: &str) -> Option<f64> {
    let (_, rest) = split_sign(text);
    let whole = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let has_whole = whole.len() < rest.len();
    let mut tail = whole;
    if let Some(part) = whole.strip_prefix('.') {
        tail = part.trim_start_matches(|c: char| c.is_ascii_digit());
        if !has_whole && tail.len() == part.len() {
            return None;
        }
    } else if !has_whole {
        return None;
    }
    if let Some(exponent) = tail.strip_prefix(['e', 'E']) {
        let (_, exponent) = split_sign(exponent);
        if exponent.is_empty() {
            return None;
        }
        tail = exponent.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    if !tail.is_empty() {
        return None;
    }
    text.parse().ok().filter(|float: &f64| float.is_finite())
}

/// The tags that decide how a scalar is read.
const STR: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
/// Base64.
pub(super) const BINARY: &str = "tag:yaml.org,2002:binary";
/// `<<`.
pub(super) const MERGE: &str = "tag:yaml.org,2002:merge";

/// What a tagged scalar is, as v2 decides it.
///
/// # Errors
/// When the text is not what the tag says.
pub(super) fn resolve_tagged(tag: &str, text: &str) -> Result<Resolved, Error> {
    if !matches!(tag, BOOL | INT | FLOAT | NULL | TIMESTAMP) {
        return Ok(Resolved::Str);
    }
    let resolved = resolve_as(text, Version::V2, tag == TIMESTAMP);
    let found = match resolved {
        Resolved::Null => NULL,
        Resolved::Bool(_) => BOOL,
        Resolved::Int(_) | Resolved::Uint(_) => INT,
        Resolved::Float(_) => FLOAT,
        Resolved::Timestamp => TIMESTAMP,
        Resolved::Str => STR,
    };
    match resolved {
        _ if found == tag => Ok(resolved),
        #[expect(clippy::cast_precision_loss, reason = "Go converts the same way")]
        Resolved::Int(integer) if tag == FLOAT => Ok(Resolved::Float(integer as f64)),
        _ => {
            let short = |tag: &str| tag.replacen("tag:yaml.org,2002:", "!!", 1);
            Err(Error::Decode(format!("cannot decode {} `{text}` as a {}", short(found), short(tag))))
        }
    }
}
