//! What a request's path addresses, for errors that name it and names that no path can hold.

use super::{error::Error, transport::Request};

/// Namespace, resource and name of a path below `/api` or `/apis`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Target {
    namespace: String,
    /// With its group, as Go prints a `GroupResource`: `deployments.apps`.
    resource: String,
    name: String,
}

/// The words after the verb in an error without a `Status`: `secrets`, `deployments.apps web`, or nothing where Go's
/// client does not know what it asks for.
///
/// # Errors
/// When namespace or name could lead elsewhere, in client-go's words.
pub(super) fn check(request: &Request) -> Result<String, Error> {
    let Target { namespace, resource, name } = parse(&request.path);
    for (what, segment) in [("namespace", &namespace), ("resource name", &name)] {
        let problems = problems(segment);
        if !problems.is_empty() {
            return Err(Error::Answer(format!("invalid {what} {segment:?}: [{}]", problems.join(" "))));
        }
    }
    Ok(match (request.is_unnamed, name.is_empty()) {
        (true, _) => String::new(),
        (false, true) => resource,
        (false, false) => format!("{resource} {name}"),
    })
}

fn parse(path: &str) -> Target {
    let path = path.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let (group, rest) = match segments[..] {
        ["api", _, ref rest @ ..] => ("", rest),
        ["apis", group, _, ref rest @ ..] => (group, rest),
        _ => return Target::default(),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (unescape(namespace), rest),
        rest => (String::new(), rest),
    };
    let [plural, rest @ ..] = rest else { return Target::default() };
    let resource = if group.is_empty() { (*plural).to_owned() } else { format!("{plural}.{group}") };
    Target { namespace, resource, name: rest.first().map(|name| unescape(name)).unwrap_or_default() }
}

fn unescape(segment: &str) -> String {
    super::address::unescape(segment)
}

fn problems(segment: &str) -> Vec<String> {
    if matches!(segment, "." | "..") {
        return vec![format!("may not be '{segment}'")];
    }
    let refused = ["/", "%"].into_iter().filter(|refused| segment.contains(refused));
    refused.map(|refused| format!("may not contain '{refused}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::transport::Method;
    use super::*;

    #[test]
    fn paths_say_what_they_address() {
        for (path, words) in [
            ("/version", ""),
            ("/api/v1/secrets?limit=1", "secrets"),
            ("/api/v1/namespaces/sea", "namespaces sea"),
            ("/api/v1/namespaces/sea/secrets/a", "secrets a"),
            ("/apis/apps/v1/namespaces/sea/deployments/web?x=/y", "deployments.apps web"),
        ] {
            assert_eq!(check(&Request::new(Method::Get, path)).unwrap(), words, "{path}");
        }
        let error = check(&Request::new(Method::Get, "/api/v1/namespaces/A%2Fb%25/secrets")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid namespace \"A/b%\": [may not contain '/' may not contain '%']"
        );
        let error = check(&Request::new(Method::Get, "/api/v1/namespaces/../secrets/x")).unwrap_err();
        assert_eq!(error.to_string(), "invalid namespace \"..\": [may not be '..']");
    }
}
