//! String formats, as `kube-openapi/pkg/validation/strfmt` knows them.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};
use templates_engine::regexp::Regexp;

/// The formats that definitions of this version may use; written without dashes.
const SUPPORTED: [&str; 26] = [
    "bsonobjectid",
    "uri",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "ssn",
    "hexcolor",
    "rgbcolor",
    "byte",
    "password",
    "date",
    "duration",
    "datetime",
    "k8sshortname",
    "k8slongname",
];

/// Whether a definition may use the format for strings; `date-time` and `datetime` are the same.
pub(crate) fn supported(format: &str) -> bool {
    SUPPORTED.contains(&format.replace('-', "").as_str())
}

/// Whether strings are checked against it.
pub(crate) fn known(format: &str) -> bool {
    !format.is_empty() && supported(format)
}

/// Whether a text has the format; unknown formats take anything.
pub(crate) fn valid(format: &str, text: &str) -> bool {
    match format.replace('-', "").as_str() {
        "bsonobjectid" => text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "uri" => request_uri(text),
        "email" => email(text),
        "hostname" => hostname(text),
        "ipv4" => text.contains('.') && ip_sloppy(text).is_some(),
        "ipv6" => text.contains(':') && text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => cidr_sloppy(text),
        "mac" => mac(text),
        "isbn" => isbn10(text) || isbn13(text),
        "isbn10" => isbn10(text),
        "isbn13" => isbn13(text),
        "creditcard" => credit_card(text),
        "ssn" => text.len() == 11 && matches(r"^\d{3}[- ]?\d{2}[- ]?\d{4}$", text),
        "date" => date(text),
        "datetime" => date_time(text),
        "duration" => duration(text),
        "k8sshortname" => text.len() <= 63 && matches(&format!("^{SHORT_NAME}$"), text),
        "k8slongname" => text.len() <= 253 && matches(&format!(r"^{SHORT_NAME}(\.{SHORT_NAME})*$"), text),
        other => pattern(other).is_none_or(|pattern| matches(pattern, text)),
    }
}

const SHORT_NAME: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

fn pattern(format: &str) -> Option<&'static str> {
    Some(match format {
        "uuid" => "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$",
        "uuid3" => "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$",
        "uuid4" => "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$",
        "uuid5" => "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$",
        "hexcolor" => "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$",
        "rgbcolor" => RGB,
        "byte" => BASE64,
        _ => return None,
    })
}

const RGB: &str = r"^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$";
const BASE64: &str =
    "^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$";
const HOSTNAME: &str = r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$";
const CARD: &str = r"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11}|6[27][0-9]{14})$";

/// Whether one of this module's patterns matches; each is compiled once.
fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<String, Option<Regexp>>> = Mutex::new(BTreeMap::new());
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regexp = compiled
        .entry(pattern.to_owned())
        .or_insert_with(|| Regexp::compile(pattern.as_bytes()).ok())
        .clone();
    drop(compiled);
    regexp.is_some_and(|regexp| regexp.is_match(text.as_bytes()))
}

fn hostname(text: &str) -> bool {
    text.len() <= 255 && text.split('.').all(|part| part.len() <= 63) && matches(HOSTNAME, text)
}

/// `net/url.ParseRequestURI`: an absolute URI or an absolute path.
fn request_uri(text: &str) -> bool {
    if text.is_empty() || text.chars().any(|c| c < ' ' || c == '\u{7f}') {
        return false;
    }
    if text == "*" {
        return true;
    }
    let bad_escape = text.match_indices('%').any(|(place, _)| {
        let digits = text.as_bytes().get(place + 1..place + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if bad_escape {
        return false;
    }
    if text.starts_with('/') {
        return true;
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let host = rest.strip_prefix("//").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    named && host.is_none_or(|host| !host.contains([' ', '<', '>', '"', '\\', '^', '`', '{', '}']))
}

/// `net/mail.ParseAddress`: an address alone or `Name <address>`.
fn email(text: &str) -> bool {
    let text = text.trim();
    let address = match text.strip_suffix('>').and_then(|inner| inner.rsplit_once('<')) {
        Some((_, address)) => address,
        None => text,
    };
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let atom = |text: &str| {
        !text.is_empty()
            && text.split('.').all(|part| {
                !part.is_empty()
                    && part.chars().all(|c| {
                        c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c)
                    })
            })
    };
    let quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    (quoted || atom(local)) && (atom(domain) || (domain.starts_with('[') && domain.ends_with(']')))
}

/// `netutils.ParseIPSloppy`: leading zeros are tolerated.
fn ip_sloppy(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let parts: Vec<&str> = text.split('.').collect();
    let octets: Vec<String> = parts
        .iter()
        .map(|part| {
            let short = part.trim_start_matches('0');
            if short.is_empty() && !part.is_empty() { "0".to_owned() } else { short.to_owned() }
        })
        .collect();
    octets.join(".").parse().ok()
}

fn cidr_sloppy(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let digits = !bits.is_empty() && bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(address), Ok(bits)) = (ip_sloppy(address), bits.parse::<u16>()) else { return false };
    digits && bits <= if address.is_ipv4() { 32 } else { 128 }
}

/// `net.ParseMAC`: 6, 8 or 20 bytes with colons, dashes, or dots after every second byte.
fn mac(text: &str) -> bool {
    let fits = |separator: char, width: usize, counts: [usize; 3]| {
        let parts: Vec<&str> = text.split(separator).collect();
        counts.contains(&parts.len())
            && parts
                .iter()
                .all(|part| part.len() == width && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    fits(':', 2, [6, 8, 20]) || fits('-', 2, [6, 8, 20]) || fits('.', 4, [3, 4, 10])
}

/// Digits without spaces and dashes.
fn bare(text: &str) -> Vec<u8> {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'-').collect()
}

fn isbn10(text: &str) -> bool {
    let text = bare(text);
    let digit = |(place, byte): (usize, &u8)| match byte {
        b'X' if place == 9 => Some(10),
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        _ => None,
    };
    let digits: Option<Vec<u32>> = text.iter().enumerate().map(digit).collect();
    digits.is_some_and(|digits| {
        digits.len() == 10
            && digits.iter().zip(1..).map(|(digit, place)| digit * place).sum::<u32>() % 11 == 0
    })
}

fn isbn13(text: &str) -> bool {
    let text = bare(text);
    text.len() == 13
        && text.iter().all(u8::is_ascii_digit)
        && text
            .iter()
            .zip([1, 3].into_iter().cycle())
            .map(|(byte, factor)| u32::from(byte - b'0') * factor)
            .sum::<u32>()
            % 10
            == 0
}

fn credit_card(text: &str) -> bool {
    let digits = bare(text);
    let Ok(text) = std::str::from_utf8(&digits) else { return false };
    if !matches(CARD, text) {
        return false;
    }
    let value = |(place, byte): (usize, &u8)| {
        let digit = u32::from(byte.saturating_sub(b'0'));
        match (place % 2, digit * 2) {
            (1, double) if double > 9 => double - 9,
            (1, double) => double,
            _ => digit,
        }
    };
    digits.iter().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

/// Go's `2006-01-02`.
fn date(text: &str) -> bool {
    text.len() == 10 && text.is_ascii() && text.parse::<jiff::civil::Date>().is_ok()
}

fn date_time(text: &str) -> bool {
    const CLOCK: &str = r"^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$";
    let text = text.to_lowercase();
    let mut parts = text.split('t');
    let (Some(day), Some(clock)) = (parts.next(), parts.next()) else { return false };
    let within =
        |range: std::ops::Range<usize>, most: &str| clock.get(range).is_some_and(|part| part <= most);
    date(day) && matches(CLOCK, clock) && within(0..2, "23") && within(3..5, "59") && within(6..8, "59")
}

/// Go's durations, or numbers with units in words.
fn duration(text: &str) -> bool {
    /// Units with their spellings; the last one is also a beginning.
    const UNITS: [&[&str]; 7] = [
        &["ns", "nano"],
        &["us", "µs", "micro"],
        &["ms", "milli"],
        &["s", "sec"],
        &["m", "min"],
        &["h", "hr", "hour"],
        &["d", "day"],
    ];
    const WEEKS: [&str; 3] = ["w", "wk", "week"];
    if templates_engine::time::Duration::parse(text).is_ok() {
        return true;
    }
    let Ok(words) = Regexp::compile(r"((\d+)\s*([A-Za-zµ]+))".as_bytes()) else { return false };
    let bytes = text.as_bytes();
    let mut found = false;
    for groups in words.find_all_submatches(bytes, -1) {
        let group = |number: usize| {
            let range = groups.get(number).cloned().flatten()?;
            std::str::from_utf8(bytes.get(range)?).ok()
        };
        let (Some(count), Some(unit)) = (group(2), group(3)) else { continue };
        if count.parse::<i64>().is_err() {
            return false;
        }
        let unit = unit.to_lowercase();
        let named = |names: &[&str]| {
            names.contains(&unit.as_str()) || names.last().is_some_and(|last| unit.starts_with(last))
        };
        found |= UNITS.iter().any(|names| named(names)) || named(&WEEKS);
    }
    found
}
