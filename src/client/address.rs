//! Addresses as Go's `net/url` reads them: of API servers and of proxies.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A server's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `http`, `https`, `socks5`, … in lower case.
    pub(super) scheme: String,
    /// Name or IP address, without brackets.
    pub(super) host: String,
    /// What the URL says; empty where it says nothing.
    pub(super) port: String,
    /// From the first `/`; empty where there is none.
    pub(super) path: String,
    /// `user:password` as it was written, decoded.
    pub(super) user: Option<String>,
}

impl Address {
    /// Reads `scheme://[user@]host[:port][/path]`; query and fragment are dropped.
    pub(super) fn parse(url: &str) -> Option<Self> {
        if url.chars().any(|c| c.is_control()) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let good_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(good_scheme) {
            return None;
        }
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(unescape(user)), place),
            None => (None, authority),
        };
        let (host, port) = host_and_port(place)?;
        let bad_host = |c: char| c.is_whitespace() || "\"<>\\^`{|}%".contains(c);
        if host.contains(bad_host) || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_owned(),
            port: port.to_owned(),
            path: path.to_owned(),
            user,
        })
    }

    /// The port, or the scheme's.
    pub(super) fn port(&self) -> &str {
        match self.port.as_str() {
            "" => match self.scheme.as_str() {
                "https" => "443",
                "socks5" | "socks5h" => "1080",
                _ => "80",
            },
            port => port,
        }
    }

    /// Host and port as Go joins them.
    pub(super) fn place(&self) -> String {
        join(&self.host, self.port())
    }

    /// The URL up to the path, as errors show it.
    pub(super) fn origin(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = if self.port.is_empty() { String::new() } else { format!(":{}", self.port) };
        format!("{}://{host}{port}", self.scheme)
    }

    /// `Basic …` for the URL's user.
    pub(super) fn basic(&self) -> Option<String> {
        let user = self.user.as_ref()?;
        let user = if user.contains(':') { user.clone() } else { format!("{user}:") };
        Some(format!("Basic {}", STANDARD.encode(user)))
    }
}

/// Host and port with brackets where they are needed (Go's `net.JoinHostPort`).
pub(super) fn join(host: &str, port: &str) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

fn host_and_port(place: &str) -> Option<(&str, &str)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest {
            "" => Some((host, "")),
            rest => Some((host, rest.strip_prefix(':')?)),
        };
    }
    match place.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some(pair) => Some(pair),
        None => Some((place, "")),
    }
}

/// A text without its percent signs.
pub(super) fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A kubeconfig's `proxy-url`, with client-go's words for a bad one.
pub(super) fn proxy_url(url: &str) -> Result<Address, String> {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    if !url.contains("://") {
        return Err(format!("unsupported scheme {scheme:?}, must be http, https, or socks5"));
    }
    let address = Address::parse(url).ok_or_else(|| format!("could not parse: {url}"))?;
    match address.scheme.as_str() {
        "http" | "https" | "socks5" => Ok(address),
        other => Err(format!("unsupported scheme {other:?}, must be http, https, or socks5")),
    }
}

/// The API server's address; a bare `host:port` is plain HTTP (client-go's `DefaultServerURL`).
///
/// # Errors
/// In client-go's words.
pub(super) fn server(url: &str, tls: bool) -> Result<Address, String> {
    if url.is_empty() {
        return Err("host must be a URL or a host:port pair".into());
    }
    if let Some(address) = Address::parse(url).filter(|address| !address.host.is_empty()) {
        return Ok(address);
    }
    let scheme = if tls { "https" } else { "http" };
    Address::parse(&format!("{scheme}://{url}"))
        .filter(|address| matches!(address.path.as_str(), "" | "/"))
        .ok_or_else(|| format!("host must be a URL or a host:port pair: {url:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let address = Address::parse("HTTPS://u:p%40@[::1]:8443/a/b?c#d").unwrap();
        assert_eq!((address.scheme.as_str(), address.place().as_str()), ("https", "[::1]:8443"));
        assert_eq!((address.path.as_str(), address.user.as_deref()), ("/a/b", Some("u:p@")));
        assert_eq!(address.origin(), "https://[::1]:8443");
        for bad in ["https://[::1", "https://a b", "https://a:b", "https://a:1:2", "://a", "a"] {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn bare_servers_are_plain_http() {
        assert_eq!(server("a:1", false).unwrap().origin(), "http://a:1");
        assert_eq!(server("a:1", true).unwrap().origin(), "https://a:1");
        assert_eq!(
            server("https://a b", false).unwrap_err(),
            "host must be a URL or a host:port pair: \"https://a b\""
        );
    }
}
