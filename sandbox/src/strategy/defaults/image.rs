//! Image references, as far as defaults depend on them: `github.com/distribution/reference`.

/// `Always` for an image without a tag and without a digest, or tagged `latest`; otherwise `IfNotPresent`, also for texts
/// that are no references.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if tag(image).is_some_and(|tag| tag == "latest") { "Always" } else { "IfNotPresent" }
}

/// The tag of a reference, `latest` where it has none and no digest.
fn tag(image: &str) -> Option<&str> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let slash = rest.rfind('/').map_or(0, |index| index + 1);
    let (name, tag) = match rest.get(slash..)?.split_once(':') {
        Some((last, tag)) => (rest.get(..slash + last.len())?, Some(tag)),
        None => (rest, None),
    };
    let well_formed = is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest);
    match (well_formed, tag, digest) {
        (true, Some(tag), _) => Some(tag),
        (true, None, None) => Some("latest"),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let (domain, path) = match name.split_once('/') {
        Some((first, path))
            if first == "localhost" || first.contains(['.', ':']) || first != first.to_lowercase() =>
        {
            (Some(first), path)
        }
        _ => (None, name),
    };
    domain.is_none_or(is_domain) && path.split('/').all(is_component)
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = domain.split_once(':').unwrap_or((domain, "0"));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(label) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Lowercase letters and digits; between them one dot, one or two underscores, or dashes.
fn is_component(component: &str) -> bool {
    let alphanumeric = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    let separated = component.split(alphanumeric).filter(|between| !between.is_empty());
    component.starts_with(alphanumeric)
        && component.ends_with(alphanumeric)
        && separated
            .into_iter()
            .all(|between| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

fn is_tag(tag: &str) -> bool {
    /// The grammar's own bound.
    const MAX: usize = 128;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= MAX
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(digest: &str) -> bool {
    /// The grammar's least number of digits.
    const MIN: usize = 32;
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.starts_with(|char: char| char.is_ascii_alphabetic())
            && hex.len() >= MIN
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_follows_the_tag() {
        let digest = "0".repeat(64);
        let cases = [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.27", "IfNotPresent"),
            ("localhost:5000/a/b", "Always"),
            ("localhost:5000/a/b:2", "IfNotPresent"),
            ("Not A Reference", "IfNotPresent"),
            ("", "IfNotPresent"),
            (&format!("nginx@sha256:{digest}"), "IfNotPresent"),
            (&format!("nginx:latest@sha256:{digest}"), "Always"),
        ];
        for (image, policy) in cases {
            assert_eq!(pull_policy(image), policy, "{image}");
        }
    }
}
