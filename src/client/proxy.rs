//! Which proxy leads to a server: the kubeconfig's, else the environment's (Go's `http.ProxyFromEnvironment`).

use super::address::{self, Address};
use std::net::IpAddr;

/// The environment's proxies, as they stand there.
#[derive(Clone, Debug, Default)]
pub struct ProxyEnv {
    /// `HTTP_PROXY`, for servers that do not encrypt.
    pub http: String,
    /// `HTTPS_PROXY`, for servers that do.
    pub https: String,
    /// `NO_PROXY`: hosts, domains and networks that are reached directly.
    pub none: String,
}

/// What decides on a proxy.
#[derive(Debug)]
pub(super) enum ProxyRules {
    /// Always this one.
    Fixed(Address),
    /// Whichever the environment names.
    Env(ProxyEnv),
}

impl ProxyRules {
    /// The kubeconfig's `proxy-url` wins over the environment.
    ///
    /// # Errors
    /// When it is none that can be used.
    pub(super) fn new(proxy_url: &str, env: &ProxyEnv) -> Result<Self, String> {
        match proxy_url {
            "" => Ok(Self::Env(env.clone())),
            url => address::proxy_url(url).map(Self::Fixed),
        }
    }

    /// The proxy on the way to a server, if there is one.
    ///
    /// # Errors
    /// When the environment's proxy is not an address.
    pub(super) fn find(&self, server: &Address) -> Result<Option<Address>, String> {
        let env = match self {
            Self::Fixed(proxy) => return Ok(Some(proxy.clone())),
            Self::Env(env) => env,
        };
        let url = if server.scheme == "https" { &env.https } else { &env.http };
        if url.is_empty() || is_local(&server.host) || is_excepted(&env.none, server) {
            return Ok(None);
        }
        let known = |address: &Address| {
            !address.host.is_empty()
                && matches!(address.scheme.as_str(), "http" | "https" | "socks5" | "socks5h")
        };
        let proxy = Address::parse(url)
            .filter(known)
            .or_else(|| Address::parse(&format!("http://{url}")).filter(known));
        proxy.map(Some).ok_or_else(|| format!("invalid proxy address {url:?}"))
    }
}

/// This machine is never reached through a proxy.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_excepted(none: &str, server: &Address) -> bool {
    let host = server.host.trim_end_matches('.').to_ascii_lowercase();
    let ip = host.parse::<IpAddr>().ok();
    none.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(
        |entry| {
            if entry == "*" {
                return true;
            }
            if let Some((network, bits)) = entry.split_once('/')
                && let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>())
            {
                return ip.is_some_and(|ip| contains(network, bits, ip));
            }
            let (name, port) = with_port(&entry);
            if port.is_some_and(|port| port != server.port()) {
                return false;
            }
            if let Ok(address) = name.parse::<IpAddr>() {
                return ip == Some(address);
            }
            let suffix = name.strip_prefix("*.").or_else(|| name.strip_prefix('.'));
            match suffix {
                Some(suffix) => host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.')),
                None => host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')),
            }
        },
    )
}

fn with_port(entry: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = entry.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (entry, None),
    }
}

fn contains(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    bits <= width && (network ^ address).checked_shr(width - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(none: &str, server: &str) -> Option<String> {
        let env = ProxyEnv { https: "proxy:3128".into(), none: none.into(), ..ProxyEnv::default() };
        let server = Address::parse(server).unwrap();
        ProxyRules::new("", &env).unwrap().find(&server).unwrap().map(|proxy| proxy.place())
    }

    #[test]
    fn exceptions_are_reached_directly() {
        assert_eq!(proxy("", "https://kube.example:6443").as_deref(), Some("proxy:3128"));
        assert_eq!(proxy("", "http://kube.example"), None);
        for (none, server) in [
            ("", "https://localhost"),
            ("", "https://127.0.0.9:1"),
            ("*", "https://kube.example"),
            ("a, .example", "https://kube.example"),
            ("example", "https://kube.example"),
            ("kube.example:443", "https://kube.example"),
            ("10.0.0.0/8", "https://10.2.3.4"),
            ("10.2.3.4", "https://10.2.3.4:6443"),
            ("fd00::/8", "https://[fd00::1]:6443"),
        ] {
            assert_eq!(proxy(none, server), None, "{none} {server}");
        }
        for (none, server) in [
            (".kube.example", "https://kube.example"),
            ("ample", "https://kube.example"),
            ("kube.example:6443", "https://kube.example"),
            ("10.0.0.0/8", "https://11.2.3.4"),
        ] {
            assert!(proxy(none, server).is_some(), "{none} {server}");
        }
    }
}
