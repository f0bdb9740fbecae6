//! Addresses and URLs as Helm's validator takes them.

/// Whether a text is a mail address.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    let atom = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| is_wide(c) || is_alnum(c) || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let labels: Vec<&str> = domain.split('.').collect();
    let ends =
        |c: char, digits: bool| c.is_ascii_alphabetic() || is_wide(c) || (digits && c.is_ascii_digit());
    let label = |label: &str, last: bool| {
        label.starts_with(|c| ends(c, !last))
            && label.ends_with(|c| ends(c, !last))
            && label.chars().all(|c| is_wide(c) || is_alnum(c) || "-_~".contains(c))
    };
    (quoted || local.split('.').all(atom))
        && labels.len() > 1
        && labels.iter().enumerate().all(|(i, l)| label(l, i + 1 == labels.len()))
}

fn is_alnum(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

/// The letters beyond ASCII that addresses may have.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{ffef}')
}

/// Whether a text is a URL with a scheme, as it would stand in a request (`url.ParseRequestURI`).
pub(super) fn is_request_url(text: &str) -> bool {
    if text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    if !named {
        return false;
    }
    let rest = rest.split('?').next().unwrap_or_default();
    let Some(authority) = rest.strip_prefix("//") else {
        // Without a leading slash it is opaque, which a request takes as it is.
        return !rest.is_empty() && (!rest.starts_with('/') || escapes_hold(rest));
    };
    let (host, path) = authority.split_at(authority.find('/').unwrap_or(authority.len()));
    host_holds(host.rsplit_once('@').map_or(host, |(_, host)| host)) && escapes_hold(path)
}

fn escapes_hold(path: &str) -> bool {
    path.match_indices('%').all(|(at, _)| {
        path.as_bytes().get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    })
}

fn host_holds(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => {
                return address.parse::<std::net::Ipv6Addr>().is_ok() && port_holds(port);
            }
            None => return false,
        },
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    port_holds(port) && !name.contains([' ', '"', '\\', '^', '`', '{', '}', '|', '%'])
}

fn port_holds(port: &str) -> bool {
    port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The lengths that a URL may have.
const URL_LENGTHS: std::ops::Range<usize> = 4..2083;

/// Whether a text is a URL, the scheme optional.
pub(super) fn is_url(text: &str) -> bool {
    if !URL_LENGTHS.contains(&text.chars().count())
        || text.starts_with('.')
        || text.contains(char::is_whitespace)
    {
        return false;
    }
    let schemes = ["ftp://", "tcp://", "udp://", "ws://", "wss://", "http://", "https://"];
    let scheme = schemes.iter().find(|scheme| text.starts_with(**scheme));
    let rest = scheme.map_or(text, |scheme| &text[scheme.len()..]);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if scheme.is_none()
        && !text.contains(':')
        && !rest.split(['?', '#']).next().unwrap_or_default().contains('.')
    {
        return false;
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => return address.parse::<std::net::Ipv6Addr>().is_ok() && port_holds(port),
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port =
        port.is_none_or(|port| (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit()));
    let host = host.strip_suffix('.').unwrap_or(host);
    let wide = |c: char| is_alnum(c) || ('\u{a1}'..='\u{ffff}').contains(&c);
    let label = |label: &str| {
        label.starts_with(wide)
            && label.ends_with(wide)
            && label.chars().all(|c| wide(c) || c == '-' || c == '_')
    };
    port && escapes_hold(path) && !host.is_empty() && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_a_domain_with_a_dot() {
        assert!(is_email("a.b+c@example.com") && is_email("ü@exämple.de"));
        assert!(
            !is_email("example.com") && !is_email("a@b") && !is_email("a..b@c.de") && !is_email("a@b.c1")
        );
    }

    #[test]
    fn request_urls_need_a_scheme() {
        assert!(
            is_request_url("https://example.com/a?b c")
                && is_request_url("mailto:a@b")
                && is_request_url("file:///x")
        );
        assert!(
            !is_request_url("/a")
                && !is_request_url("example.com/a")
                && !is_request_url("https://a b/")
                && !is_request_url("https://a/%zz")
        );
    }

    #[test]
    fn urls_may_lack_the_scheme() {
        assert!(is_url("example.com") && is_url("https://example.com:80/x") && is_url("http://localhost"));
        assert!(!is_url("x") && !is_url("not a url") && !is_url(".example.com") && !is_url("https://"));
    }
}
