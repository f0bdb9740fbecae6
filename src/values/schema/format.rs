//! The formats on which boon and Helm's validator disagree, in verdict or in words.

use crate::values::gotext::Quoted;
use boon::Format;
use serde_json::Value;
use std::error::Error;
use std::net::Ipv6Addr;

type Verdict = Result<(), Box<dyn Error>>;

/// Formats that replace boon's own.
pub(super) const FORMATS: [Format; 12] = [
    Format { name: "ipv4", func: |v| check(v, ipv4) },
    Format { name: "ipv6", func: |v| check(v, ipv6) },
    Format { name: "date", func: |v| check(v, date) },
    Format { name: "uuid", func: |v| check(v, uuid) },
    Format { name: "json-pointer", func: |v| check(v, json_pointer) },
    Format { name: "semver", func: |v| check(v, semver) },
    Format { name: "uri", func: |v| check(v, uri) },
    Format { name: "iri", func: |v| check(v, uri) },
    Format { name: "uri-reference", func: |v| check(v, |s| scheme(s).map(drop)) },
    Format { name: "iri-reference", func: |v| check(v, |s| scheme(s).map(drop)) },
    // Helm's validator does not know these, and lets everything pass.
    Format { name: "idn-email", func: |_| Ok(()) },
    Format { name: "idn-hostname", func: |_| Ok(()) },
];

fn check(value: &Value, verdict: fn(&str) -> Result<(), String>) -> Verdict {
    match value {
        Value::String(text) => Ok(verdict(text)?),
        _ => Ok(()),
    }
}

fn refuse<T>(message: &str) -> Result<T, String> {
    Err(message.to_owned())
}

fn ipv4(text: &str) -> Result<(), String> {
    let groups: Vec<_> = text.split('.').collect();
    if groups.len() != 4 {
        return refuse("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return refuse("leading zeros");
        }
        match group.parse::<i64>() {
            Ok(0..=255) => {}
            Ok(_) => return refuse("decimal must be between 0 and 255"),
            Err(_) => return Err(format!("strconv.Atoi: parsing {}: invalid syntax", Quoted(group))),
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Result<(), String> {
    if !text.contains(':') {
        return refuse("missing colon");
    }
    if text
        .split_once('%')
        .is_some_and(|(address, zone)| !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok())
    {
        return refuse("zone id is not a part of ipv6 address");
    }
    let short = !text.contains("::") && text.matches(':').count() < 7;
    let reason = if short { "address string too short" } else { "unable to parse IP" };
    text.parse::<Ipv6Addr>().map(drop).map_err(|_| format!("ParseAddr({}): {reason}", Quoted(text)))
}

/// As Go's `time.Parse("2006-01-02", …)`.
fn date(text: &str) -> Result<(), String> {
    let cannot = |rest: &str, element: &str| {
        Err(format!(
            "parsing time {} as \"2006-01-02\": cannot parse {} as \"{element}\"",
            Quoted(text),
            Quoted(rest)
        ))
    };
    let mut rest = text;
    let mut numbers = [0_u32; 3];
    for (number, (element, width)) in numbers.iter_mut().zip([("2006", 4), ("01", 2), ("02", 2)]) {
        if element != "2006" {
            let Some(after) = rest.strip_prefix('-') else { return cannot(rest, "-") };
            rest = after;
        }
        let digits = rest.get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let Some(parsed) = digits.and_then(|digits| digits.parse().ok()) else {
            return cannot(rest, element);
        };
        *number = parsed;
        rest = &rest[width..];
        if element == "01" && !(1..=12).contains(number) {
            return Err(format!("parsing time {}: month out of range", Quoted(text)));
        }
    }
    if !rest.is_empty() {
        return Err(format!("parsing time {}: extra text: {}", Quoted(text), Quoted(rest)));
    }
    let [year, month, day] = numbers;
    if day == 0 || day > days(year, month) {
        return Err(format!("parsing time {}: day out of range", Quoted(text)));
    }
    Ok(())
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn uuid(text: &str) -> Result<(), String> {
    let groups: Vec<_> = text.split('-').collect();
    if groups.len() != 5 {
        return refuse("must have 5 elements");
    }
    for (i, (group, length)) in groups.iter().zip([8, 4, 4, 4, 12]).enumerate() {
        if group.len() != length {
            return Err(format!("element {} must be {length} characters long", i + 1));
        }
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {c:?}"));
        }
    }
    Ok(())
}

fn json_pointer(text: &str) -> Result<(), String> {
    let Some(tokens) = text.strip_prefix('/') else {
        return if text.is_empty() { Ok(()) } else { refuse("not starting with /") };
    };
    for token in tokens.split('/') {
        let mut parts = token.split('~');
        parts.next();
        if parts.any(|part| !part.is_empty() && !part.starts_with(['0', '1'])) {
            return refuse("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn semver(text: &str) -> Result<(), String> {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    if build == Some("") {
        return refuse("build is empty");
    }
    identifiers(build, "build", false)?;
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    identifiers(pre, "pre-release", true)?;
    let numbers: Vec<_> = core.split('.').collect();
    if numbers.len() != 3 {
        return refuse("versionCore must have 3 numbers separated by dot");
    }
    for (number, name) in numbers.iter().zip(["major", "minor", "patch"]) {
        if number.is_empty() {
            return Err(format!("{name} is empty"));
        }
        if number.len() > 1 && number.starts_with('0') {
            return Err(format!("{name} starts with zero"));
        }
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

fn identifiers(list: Option<&str>, name: &str, zeros_matter: bool) -> Result<(), String> {
    for identifier in list.into_iter().flat_map(|list| list.split('.')) {
        if identifier.is_empty() {
            return Err(format!("{name} identifier is empty"));
        }
        if let Some(c) = identifier.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("invalid character {c:?} in {name} identifier"));
        }
        let number = identifier.bytes().all(|b| b.is_ascii_digit());
        if zeros_matter && number && identifier.len() > 1 && identifier.starts_with('0') {
            return Err(format!("{name} numeric identifier starts with zero"));
        }
    }
    Ok(())
}

fn uri(text: &str) -> Result<(), String> {
    if scheme(text)? { Ok(()) } else { refuse("relative url") }
}

/// Whether a URL has a scheme, after the checks of Go's `url.Parse` that a values file can meet.
fn scheme(text: &str) -> Result<bool, String> {
    let error = |words: String| Err(format!("parse {}: {words}", Quoted(text)));
    if text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return error("net/url: invalid control character in URL".to_owned());
    }
    let body = text.split('#').next().unwrap_or_default();
    let head =
        body.bytes().position(|b| !b.is_ascii_alphanumeric() && !b"+-.".contains(&b)).unwrap_or(body.len());
    let named = body[head..].starts_with(':') && body.starts_with(|c: char| c.is_ascii_alphabetic());
    if body.starts_with(':') {
        return error("missing protocol scheme".to_owned());
    }
    let path = if named { &body[head + 1..] } else { body };
    let path = path.split('?').next().unwrap_or_default();
    if !named && !path.starts_with('/') && path.split('/').next().is_some_and(|first| first.contains(':')) {
        return error("first path segment in URL cannot contain colon".to_owned());
    }
    for (at, _) in path.match_indices('%') {
        let escape = path.get(at + 1..at + 3).unwrap_or_default();
        if escape.len() != 2 || !escape.bytes().all(|b| b.is_ascii_hexdigit()) {
            let shown: String = path[at..].chars().take(3).collect();
            return error(format!("invalid URL escape {}", Quoted(&shown)));
        }
    }
    Ok(named)
}
