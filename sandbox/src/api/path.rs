//! Paths of requests: what they ask for.

use std::collections::BTreeMap;

/// A path below `/api` or `/apis` that names a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// `apps`; empty for the core group.
    pub(super) group: String,
    /// `v1`.
    pub(super) version: String,
    /// The namespace, if the path has one.
    pub(super) namespace: Option<String>,
    /// `deployments`.
    pub(super) resource: String,
    /// The object's name, if the path has one.
    pub(super) name: Option<String>,
    /// `status`, `log`, …
    pub(super) subresource: Option<String>,
    /// What comes after: the path of a proxy.
    pub(super) rest: Vec<String>,
    /// Whether the path itself says that it is watched: `/api/v1/watch/…`.
    pub(super) watch: bool,
}

impl Target {
    /// What `path` names, by `RequestInfoFactory`'s rules; `None` when it names no resource.
    #[must_use]
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.trim_matches('/').split('/').map(decoded);
        let group = match parts.next()?.as_str() {
            "api" => String::new(),
            "apis" => parts.next()?,
            _ => return None,
        };
        let version = parts.next()?;
        let mut rest: Vec<String> = parts.collect();
        let mut target = Self { group, version, ..Self::default() };
        if rest.len() > 1 && rest[0] == "watch" {
            rest.remove(0);
            target.watch = true;
        }
        if rest.first().is_some_and(|first| first == "namespaces") && rest.len() >= 2 {
            target.namespace = Some(rest[1].clone());
            // What follows a namespace is a resource in it, but for the namespace's own subresources.
            let own =
                |part: &String| target.group.is_empty() && matches!(part.as_str(), "status" | "finalize");
            if rest.len() > 2 && !own(&rest[2]) {
                rest.drain(..2);
            }
        }
        let mut rest = rest.into_iter();
        target.resource = rest.next()?;
        target.name = rest.next();
        target.subresource = rest.next();
        target.rest = rest.collect();
        Some(target)
    }
}

/// Decodes `%41`; what is no good escape stays.
#[must_use]
fn decoded(text: &str) -> String {
    unescape(text, false)
}

/// The parameters of a query; the first value of each name counts, as `url.Values.Get` has it.
#[must_use]
pub(super) fn query(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        values.entry(unescape(name, true)).or_insert_with(|| unescape(value, true));
    }
    values
}

fn unescape(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let escape = || Some((hex(after.first()?)? << 4) | hex(after.get(1)?)?);
        rest = after;
        match (first, escape()) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) if plus => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> Option<String> {
        let t = Target::parse(path)?;
        Some(format!(
            "{}|{}|{}|{}|{}|{}",
            t.group,
            t.version,
            t.namespace.unwrap_or_default(),
            t.resource,
            t.name.unwrap_or_default(),
            t.subresource.unwrap_or_default()
        ))
    }

    #[test]
    fn paths_name_resources() {
        let cases = [
            ("/api/v1/pods", Some("|v1||pods||")),
            ("/api/v1/namespaces/a/pods/b/log", Some("|v1|a|pods|b|log")),
            ("/api/v1/namespaces/a", Some("|v1|a|namespaces|a|")),
            ("/api/v1/namespaces/a/status", Some("|v1|a|namespaces|a|status")),
            ("/api/v1/namespaces/a/finalize", Some("|v1|a|namespaces|a|finalize")),
            ("/apis/apps/v1/namespaces/a/deployments", Some("apps|v1|a|deployments||")),
            ("/apis/apps/v1/namespaces/a/deployments/x%41", Some("apps|v1|a|deployments|xA|")),
            ("/api/v1/nodes/n/status", Some("|v1||nodes|n|status")),
            ("/apis/apps/v1", None),
            ("/healthz", None),
        ];
        for (path, wanted) in cases {
            assert_eq!(shown(path).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn queries_are_decoded() {
        let values = query("a=b%2Cc&d=e+f&a=z&g");
        assert_eq!(values["a"], "b,c");
        assert_eq!(values["d"], "e f");
        assert_eq!(values["g"], "");
    }
}
