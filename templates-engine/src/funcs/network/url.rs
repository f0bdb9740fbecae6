//! URLs as net/url takes them apart and puts them together.

use super::{
    address,
    escape::{Part, escape, unescape},
};
use crate::fmt::quote;

/// A URL's parts, unescaped as in Go.
#[derive(Clone, Debug, Default)]
pub struct Url {
    pub(super) scheme: Vec<u8>,
    pub(super) opaque: Vec<u8>,
    pub(super) user: Option<Userinfo>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) query: Vec<u8>,
    pub(super) fragment: Vec<u8>,
}

/// User and password, unescaped.
#[derive(Clone, Debug)]
pub(super) struct Userinfo {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl Userinfo {
    /// `name` or `name:password`, escaped.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::Userinfo);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend(escape(password, Part::Userinfo));
        }
        out
    }
}

/// The text before and after the first `separator`.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|b| *b == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

impl Url {
    /// The scheme in lower case, empty for a relative URL.
    pub fn scheme(&self) -> &[u8] {
        &self.scheme
    }

    /// Host and port, with the brackets of an IPv6 address.
    pub fn host(&self) -> &[u8] {
        &self.host
    }

    /// The path.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// `url.Parse`.
    ///
    /// # Errors
    /// Go's text.
    ///
    /// ```
    /// use templates_engine::funcs::network::Url;
    /// let error = Url::parse(b"http://a b").unwrap_err();
    /// assert_eq!(error, "parse \"http://a b\": invalid character \" \" in host name");
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let (before, fragment) = cut(text, b'#');
        let mut url =
            Self::without_fragment(before).map_err(|error| format!("parse {}: {error}", quote(before)))?;
        let fragment = fragment.unwrap_or_default();
        url.fragment =
            unescape(fragment, Part::Fragment).map_err(|error| format!("parse {}: {error}", quote(text)))?;
        Ok(url)
    }

    fn without_fragment(text: &[u8]) -> Result<Self, String> {
        if text.iter().any(|b| *b < b' ' || *b == 0x7f) {
            return Err("net/url: invalid control character in URL".into());
        }
        let mut url = Self::default();
        if text == b"*" {
            url.path = text.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let (mut rest, query) = cut(rest, b'?');
        url.query = query.unwrap_or_default().to_vec();
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err("first path segment in URL cannot contain colon".into());
            }
        }
        if rest.starts_with(b"//") && (!url.scheme.is_empty() || !rest.starts_with(b"///")) {
            let end = rest[2..].iter().position(|b| *b == b'/').map_or(rest.len(), |at| at + 2);
            url.authority(&rest[2..end])?;
            rest = &rest[end..];
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn authority(&mut self, authority: &[u8]) -> Result<(), String> {
        let at = authority.iter().rposition(|b| *b == b'@');
        self.host = host(&self.scheme, at.map_or(authority, |at| &authority[at + 1..]))?;
        let Some(at) = at else { return Ok(()) };
        let userinfo = &authority[..at];
        if !userinfo.iter().all(|b| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(b)) {
            return Err("net/url: invalid userinfo".into());
        }
        let (name, password) = cut(userinfo, b':');
        let name = unescape(name, Part::Userinfo)?;
        let password = password.map(|password| unescape(password, Part::Userinfo)).transpose()?;
        self.user = Some(Userinfo { name, password });
        Ok(())
    }

    /// The host without its port and the brackets of an IPv6 address.
    pub fn hostname(&self) -> &[u8] {
        let mut host = self.host.as_slice();
        if let Some(colon) = host.iter().rposition(|b| *b == b':')
            && is_port(&host[colon..])
        {
            host = &host[..colon];
        }
        host.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(host)
    }

    /// `String`, for a URL made of these parts alone.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.append_hierarchy(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn append_hierarchy(&self, out: &mut Vec<u8>) {
        let has_authority = !self.host.is_empty() || self.user.is_some();
        if has_authority || !self.scheme.is_empty() && !self.path.is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend(user.text());
            out.push(b'@');
        }
        out.extend(escape(&self.host, Part::Host));
        let path = if self.path == b"*" { self.path.clone() } else { escape(&self.path, Part::Path) };
        if !path.is_empty() && !path.starts_with(b"/") && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend(path);
    }
}

/// The scheme and what follows its colon; no scheme when the text does not look like it has one.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let end = text.iter().position(|b| !(b.is_ascii_alphanumeric() || b"+-.".contains(b)));
    match end {
        Some(0) if text[0] == b':' => Err("missing protocol scheme".into()),
        Some(at) if text[at] == b':' && text[0].is_ascii_alphabetic() => Ok((&text[..at], &text[at + 1..])),
        _ => Ok((b"", text)),
    }
}

/// Nothing, or a colon and any number of digits.
fn is_port(text: &[u8]) -> bool {
    text.is_empty() || text[0] == b':' && text[1..].iter().all(u8::is_ascii_digit)
}

fn check_port(text: &[u8]) -> Result<(), String> {
    if is_port(text) { Ok(()) } else { Err(format!("invalid port {} after host", quote(text))) }
}

/// Host and port, unescaped.
fn host(scheme: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    match text.iter().rposition(|b| *b == b'[') {
        Some(0) => return literal(text),
        Some(_) => return Err("invalid IP-literal".into()),
        None => {}
    }
    if let Some(first) = text.iter().position(|b| *b == b':') {
        let last = text.iter().rposition(|b| *b == b':').unwrap_or(first);
        let strict = matches!(scheme, b"http" | b"https");
        check_port(&text[if strict { first } else { last }..])?;
    }
    unescape(text, Part::Host)
}

/// An IPv6 address in brackets, with its zone and port.
fn literal(text: &[u8]) -> Result<Vec<u8>, String> {
    let Some(close) = text.iter().rposition(|b| *b == b']') else {
        return Err("missing ']' in host".into());
    };
    let (inner, port) = (&text[1..close], &text[close + 1..]);
    check_port(port)?;
    let port = unescape(port, Part::Host)?;
    let name = match inner.windows(3).position(|window| window == b"%25") {
        Some(at) => [unescape(&inner[..at], Part::Host)?, unescape(&inner[at..], Part::Zone)?].concat(),
        None => unescape(inner, Part::Host)?,
    };
    match address::version(&name) {
        Ok(6) => Ok([b"[", name.as_slice(), b"]", port.as_slice()].concat()),
        Ok(_) => Err("invalid IP-literal".into()),
        Err(error) => Err(format!("invalid host: {error}")),
    }
}
