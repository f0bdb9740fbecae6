//! IP addresses as net/netip checks them.

use crate::fmt::quote;

/// What is wrong, and where when that is told.
type Wrong<'a> = (&'static str, &'a [u8]);

/// `netip.ParseAddr`: which version of IP a text is an address of, 4 or 6.
///
/// # Errors
/// Go's text.
///
/// ```
/// use templates_engine::funcs::network::ip_version;
/// assert_eq!(ip_version(b"::1"), Ok(6));
/// assert_eq!(ip_version(b"1").unwrap_err(), "ParseAddr(\"1\"): unable to parse IP");
/// ```
pub fn version(text: &[u8]) -> Result<u8, String> {
    let outcome = match text.iter().find(|b| matches!(b, b'.' | b':' | b'%')) {
        Some(b'.') => four(text).map(|()| 4),
        Some(b':') => six(text).map(|()| 6),
        Some(_) => Err(("missing IPv6 address", b"".as_slice())),
        None => Err(("unable to parse IP", b"".as_slice())),
    };
    outcome.map_err(|(message, at)| {
        let at = if at.is_empty() { String::new() } else { format!(" (at {})", quote(at)) };
        format!("ParseAddr({}): {message}{at}", quote(text))
    })
}

fn four(text: &[u8]) -> Result<(), Wrong<'_>> {
    let (mut value, mut digits, mut dots) = (0_u32, 0, 0);
    for (i, &b) in text.iter().enumerate() {
        if b.is_ascii_digit() {
            if digits == 1 && value == 0 {
                return Err(("IPv4 field has octet with leading zero", b""));
            }
            value = value * 10 + u32::from(b - b'0');
            digits += 1;
            if value > 255 {
                return Err(("IPv4 field has value >255", b""));
            }
        } else if b == b'.' {
            if i == 0 || i + 1 == text.len() || text[i - 1] == b'.' {
                return Err(("IPv4 field must have at least one digit", &text[i..]));
            }
            if dots == 3 {
                return Err(("IPv4 address too long", b""));
            }
            (value, digits, dots) = (0, 0, dots + 1);
        } else {
            return Err(("unexpected character", &text[i..]));
        }
    }
    if dots < 3 { Err(("IPv4 address too short", b"")) } else { Ok(()) }
}

fn six(text: &[u8]) -> Result<(), Wrong<'_>> {
    let mut rest = text;
    if let Some(percent) = text.iter().position(|b| *b == b'%') {
        rest = &text[..percent];
        if percent + 1 == text.len() {
            return Err(("zone must be a non-empty string", b""));
        }
    }
    let mut ellipsis = false;
    if let Some(behind) = rest.strip_prefix(b"::") {
        if behind.is_empty() {
            return Ok(());
        }
        (ellipsis, rest) = (true, behind);
    }
    let mut fields = 0;
    while fields < 8 {
        let digits = group(rest)?;
        if rest.get(digits) == Some(&b'.') {
            if !ellipsis && fields != 6 {
                return Err(("embedded IPv4 address must replace the final 2 fields of the address", rest));
            }
            if fields > 6 {
                const TOO_MANY: &str =
                    "too many hex fields to fit an embedded IPv4 at the end of the address";
                return Err((TOO_MANY, rest));
            }
            four(rest)?;
            (rest, fields) = (b"", fields + 2);
            break;
        }
        fields += 1;
        rest = &rest[digits..];
        match rest {
            [] => break,
            [b':'] => return Err(("colon must be followed by more characters", rest)),
            [b':', behind @ ..] => rest = behind,
            _ => return Err(("unexpected character, want colon", rest)),
        }
        if let Some(behind) = rest.strip_prefix(b":") {
            if ellipsis {
                return Err(("multiple :: in address", rest));
            }
            (ellipsis, rest) = (true, behind);
            if rest.is_empty() {
                break;
            }
        }
    }
    match (rest.is_empty(), fields < 8) {
        (false, _) => Err(("trailing garbage after address", rest)),
        (true, true) if !ellipsis => Err(("address string too short", b"")),
        (true, false) if ellipsis => Err(("the :: must expand to at least one field of zeros", b"")),
        _ => Ok(()),
    }
}

/// The number of hexadecimal digits of the group at the beginning.
fn group(text: &[u8]) -> Result<usize, Wrong<'_>> {
    match text.iter().take_while(|b| b.is_ascii_hexdigit()).count() {
        0 => Err(("each colon-separated field must have at least one digit", text)),
        digits @ 1..=4 => Ok(digits),
        _ => Err(("each group must have 4 or less digits", text)),
    }
}
