//! The formats of Helm's validator, in its words.

use super::moments;
use crate::values::gotext::Quoted;
use boon::Format;
use serde_json::Value;
use std::error::Error;
use templates_engine::{
    funcs::network::{Url, ip_version},
    regexp::Regexp,
};

type Verdict = Result<(), Box<dyn Error>>;

/// Formats that replace boon's own.
pub(super) const FORMATS: [Format; 20] = [
    Format { name: "ipv4", func: |v| check(v, ipv4) },
    Format { name: "ipv6", func: |v| check(v, ipv6) },
    Format { name: "date", func: |v| check(v, moments::date) },
    Format { name: "time", func: |v| check(v, moments::time) },
    Format { name: "date-time", func: |v| check(v, moments::date_time) },
    Format { name: "duration", func: |v| check(v, moments::duration) },
    Format { name: "period", func: |v| check(v, moments::period) },
    Format { name: "hostname", func: |v| check(v, hostname) },
    Format { name: "email", func: |v| check(v, email) },
    Format { name: "uri-template", func: |v| check(v, uri_template) },
    Format { name: "relative-json-pointer", func: |v| check(v, relative_json_pointer) },
    Format { name: "uuid", func: |v| check(v, uuid) },
    Format { name: "json-pointer", func: |v| check(v, json_pointer) },
    Format { name: "semver", func: |v| check(v, semver) },
    Format { name: "uri", func: |v| check(v, uri) },
    Format { name: "iri", func: |v| check(v, uri) },
    Format { name: "uri-reference", func: |v| check(v, uri_reference) },
    Format { name: "iri-reference", func: |v| check(v, uri_reference) },
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

pub(super) fn refuse<T>(message: &str) -> Result<T, String> {
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
    ip_version(text.as_bytes())?;
    if text.contains('%') { refuse("zone id is not a part of ipv6 address") } else { Ok(()) }
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
        if token.split('~').skip(1).any(|part| !part.starts_with(['0', '1'])) {
            return refuse("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Result<(), String> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    match text.len() - rest.len() {
        0 => refuse("must start with non-negative integer"),
        2.. if text.starts_with('0') => refuse("starts with zero"),
        _ if rest == "#" => Ok(()),
        _ => json_pointer(rest),
    }
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

/// `url.Parse`, and an address of IPv6 where there is a colon in the host.
fn parsed(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.as_bytes())?;
    if url.hostname().contains(&b':') {
        if !(url.host().contains(&b'[') && url.host().contains(&b']')) {
            return refuse("ipv6 address not enclosed in brackets");
        }
        let host = String::from_utf8_lossy(url.hostname());
        ipv6(&host).map_err(|error| format!("invalid ipv6 address: {error}"))?;
    }
    Ok(url)
}

fn uri(text: &str) -> Result<(), String> {
    if parsed(text)?.scheme().is_empty() { refuse("relative url") } else { Ok(()) }
}

fn uri_reference(text: &str) -> Result<(), String> {
    if text.contains('\\') { refuse("contains \\") } else { parsed(text).map(drop) }
}

fn uri_template(text: &str) -> Result<(), String> {
    let url = parsed(text)?;
    // The validator looks at paths that are not written as Go would escape them.
    if !text.contains(['{', '}']) {
        return Ok(());
    }
    for token in url.path().split(|byte| *byte == b'/') {
        let mut open = false;
        for brace in token.iter().filter(|byte| matches!(byte, b'{' | b'}')) {
            if (*brace == b'{') == open {
                return refuse("nested curly braces");
            }
            open = !open;
        }
        if open {
            return refuse("no matching closing brace");
        }
    }
    Ok(())
}

/// The format that [`FORMATS`] cannot replace: what Go says of a pattern that does not compile.
pub(super) fn regex(text: &str) -> Result<(), String> {
    Regexp::compile(text.as_bytes()).map(drop).map_err(|error| error.to_string())
}

fn hostname(text: &str) -> Result<(), String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return refuse("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return refuse("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return refuse("label starts with hyphen");
        }
        if label.ends_with('-') {
            return refuse("label ends with hyphen");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("invalid character {c:?}"));
        }
    }
    Ok(())
}

fn email(text: &str) -> Result<(), String> {
    if text.len() > 254 {
        return refuse("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return refuse("missing @") };
    if local.len() > 64 {
        return refuse("local part more than 64 characters long");
    }
    match local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) if quoted.contains(['\\', '"']) => {
            return refuse("backslash and quote are not allowed within quoted local part");
        }
        Some(_) => {}
        None => mailbox(local)?,
    }
    match domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(literal) => match literal.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|error| format!("invalid ipv6 address: {error}")),
            None => ipv4(literal).map_err(|error| format!("invalid ipv4 address: {error}")),
        },
        None => hostname(domain).map_err(|error| format!("invalid domain: {error}")),
    }
}

/// What stands before the `@`, without quotes.
fn mailbox(local: &str) -> Result<(), String> {
    if local.starts_with('.') {
        return refuse("starts with dot");
    }
    if local.ends_with('.') {
        return refuse("ends with dot");
    }
    if local.contains("..") {
        return refuse("consecutive dots");
    }
    let allowed = |c: &char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(*c);
    match local.chars().find(|c| !allowed(c)) {
        Some(c) => Err(format!("invalid character {c:?}")),
        None => Ok(()),
    }
}
