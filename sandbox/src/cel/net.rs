//! Kubernetes' libraries of URLs, IP addresses and networks.

use super::value::{Fail, Result, Url, Val};
use std::{net::IpAddr, sync::Arc};

/// `url(…)`, `isIP(…)` and so on.
pub(crate) fn global<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let [Val::Text(text)] = args else { return Err(Fail::overload()) };
    match name {
        "url" => url(text).map(|url| Val::Url(Arc::new(url))).map_err(Fail::new),
        "isURL" => Ok(Val::Bool(url(text).is_ok())),
        "ip" => ip(text).map(Val::Ip),
        "isIP" => Ok(Val::Bool(ip(text).is_ok())),
        "ip.isCanonical" => Ok(Val::Bool(ip(text)?.to_string() == text.as_ref())),
        "cidr" => cidr(text).map(|(address, bits)| Val::Cidr(address, bits)),
        "isCIDR" => Ok(Val::Bool(cidr(text).is_ok())),
        _ => Err(Fail::overload()),
    }
}

fn ip(text: &str) -> Result<IpAddr> {
    let quoted = crate::field::go_quote(text);
    let address: IpAddr = text.parse().map_err(|_| {
        Fail::new(format!("IP Address {quoted} parse error during conversion from string: ParseAddr({quoted}): unable to parse IP"))
    })?;
    match address {
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => {
            Err(Fail::new(format!("IPv4-mapped IPv6 address {quoted} is not allowed")))
        }
        address => Ok(address),
    }
}

fn cidr(text: &str) -> Result<(IpAddr, u8)> {
    let quoted = crate::field::go_quote(text);
    let wrong = || {
        Fail::new(format!(
            "network address parse error during conversion from string: netip.ParsePrefix({quoted}): no '/'"
        ))
    };
    let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
    let address = ip(address)?;
    let bits: u8 = bits.parse().map_err(|_| wrong())?;
    if bits > if address.is_ipv4() { 32 } else { 128 } {
        return Err(wrong());
    }
    Ok((address, bits))
}

/// An absolute URI or absolute path, as `url.ParseRequestURI` reads it.
fn url(text: &str) -> std::result::Result<Url, String> {
    let wrong = |why: &str| {
        format!(
            "URL parse error during conversion from string: parse {}: {why}",
            crate::field::go_quote(text)
        )
    };
    if text.is_empty() {
        return Err(wrong("empty url"));
    }
    if text.chars().any(|c| c < ' ' || c == '\u{7f}') {
        return Err(wrong("net/url: invalid control character in URL"));
    }
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if !text.starts_with('/') && !scheme.is_empty() => (scheme, rest),
        _ if text.starts_with('/') => ("", text),
        _ => return Err(wrong("invalid URI for request")),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    if host.contains(' ') {
        return Err(wrong("invalid character \" \" in host name"));
    }
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    Ok(Url {
        scheme: scheme.to_lowercase(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        text: text.to_owned(),
    })
}

/// A function of a URL, an address or a network.
pub(crate) fn member<'a>(target: &Val<'a>, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    match target {
        Val::Url(url) => of_url(url, name, args),
        Val::Ip(address) if args.is_empty() => of_ip(*address, name),
        Val::Cidr(address, bits) => of_cidr(*address, *bits, name, args),
        _ => Err(Fail::overload()),
    }
}

fn of_url<'a>(url: &Url, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    if !args.is_empty() {
        return Err(Fail::overload());
    }
    let bracket = url.host.rfind(']').map_or(0, |place| place + 1);
    let colon = url.host.get(bracket..).and_then(|rest| rest.rfind(':')).map(|place| place + bracket);
    let (name_part, port) = match colon {
        Some(colon) => (url.host.get(..colon), url.host.get(colon + 1..)),
        None => (Some(url.host.as_str()), None),
    };
    match name {
        "getScheme" => Ok(Val::text(url.scheme.as_str())),
        "getHost" => Ok(Val::text(url.host.as_str())),
        "getHostname" => Ok(Val::text(name_part.unwrap_or_default().trim_matches(['[', ']']))),
        "getPort" => Ok(Val::text(port.unwrap_or_default())),
        "getEscapedPath" => Ok(Val::text(url.path.as_str())),
        "getQuery" => {
            let mut entries: Vec<(Val<'a>, Vec<Val<'a>>)> = Vec::new();
            for part in url.query.split('&').filter(|part| !part.is_empty()) {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                let (key, value) = (Val::text(decoded(key)), Val::text(decoded(value)));
                match entries.iter_mut().find(|(known, _)| known.equals(&key)) {
                    Some((_, values)) => values.push(value),
                    None => entries.push((key, vec![value])),
                }
            }
            let entries = entries.into_iter().map(|(key, values)| (key, Val::list(values)));
            Ok(Val::Map(Arc::new(entries.collect())))
        }
        _ => Err(Fail::overload()),
    }
}

/// A part of a query without its escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn of_ip<'a>(address: IpAddr, name: &str) -> Result<Val<'a>> {
    let local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => (v6.segments()[0] & 0xffc0) == 0xfe80,
    };
    let local_multicast = match address {
        IpAddr::V4(v4) => v4.octets().starts_with(&[224, 0, 0]),
        IpAddr::V6(v6) => (v6.segments()[0] & 0xff0f) == 0xff02,
    };
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    Ok(match name {
        "family" => Val::Int(if address.is_ipv4() { 4 } else { 6 }),
        "isUnspecified" => Val::Bool(address.is_unspecified()),
        "isLoopback" => Val::Bool(address.is_loopback()),
        "isLinkLocalMulticast" => Val::Bool(local_multicast),
        "isLinkLocalUnicast" => Val::Bool(local),
        "isGlobalUnicast" => Val::Bool(
            !(broadcast
                || address.is_unspecified()
                || address.is_loopback()
                || address.is_multicast()
                || local),
        ),
        _ => return Err(Fail::overload()),
    })
}

/// The address as a number with its width.
fn bits_of(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or_default();
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default();
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

fn of_cidr<'a>(address: IpAddr, bits: u8, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let holds = |other: IpAddr, other_bits: u8| {
        bits_of(address).1 == bits_of(other).1
            && bits <= other_bits
            && masked(other, bits) == masked(address, bits)
    };
    match (name, args) {
        ("ip", []) => Ok(Val::Ip(address)),
        ("masked", []) => Ok(Val::Cidr(masked(address, bits), bits)),
        ("prefixLength", []) => Ok(Val::Int(i64::from(bits))),
        ("containsIP", [Val::Text(text)]) => {
            let other = ip(text)?;
            Ok(Val::Bool(holds(other, bits_of(other).1)))
        }
        ("containsIP", [Val::Ip(other)]) => Ok(Val::Bool(holds(*other, bits_of(*other).1))),
        ("containsCIDR", [Val::Text(text)]) => {
            let (other, other_bits) = cidr(text)?;
            Ok(Val::Bool(holds(other, other_bits)))
        }
        ("containsCIDR", [Val::Cidr(other, other_bits)]) => Ok(Val::Bool(holds(*other, *other_bits))),
        _ => Err(Fail::overload()),
    }
}
