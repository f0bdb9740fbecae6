//! Names as Kubernetes' validation takes them.

use crate::values::gotext::Quoted;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
     and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
     and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
     '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', \
     start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', \
     regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// What is wrong with the name of an object of `kind`, in the words of Helm's rule.
pub(super) fn check(kind: &str, name: &str) -> Option<String> {
    let mut errors = match kind.to_lowercase().as_str() {
        "service" => dns(name, 63, LABEL_1035, |name| {
            is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())
        }),
        // Only dots can be wrong with a subdomain that is no label.
        "namespace" if is_subdomain(name) => dns(name, 63, "must not contain dots", is_label),
        "namespace" => dns(name, 63, LABEL, is_label),
        "certificatesigningrequest" => Vec::new(),
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => path_segment(name),
        _ => dns(name, 253, SUBDOMAIN, is_subdomain),
    };
    errors.dedup();
    let quoted = Quoted(name);
    let errors: Vec<String> =
        errors.into_iter().map(|error| format!("metadata.name: Invalid value: {quoted}: {error}")).collect();
    let text = match errors.as_slice() {
        [] => return None,
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Some(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {text}"))
}

fn dns(name: &str, longest: usize, message: &str, holds: fn(&str) -> bool) -> Vec<String> {
    let mut errors = Vec::new();
    if name.len() > longest {
        errors.push(format!("must be no more than {longest} characters"));
    }
    if !holds(name) {
        errors.push(message.to_owned());
    }
    errors
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_label(name: &str) -> bool {
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
        && bytes.iter().all(|b| alphanumeric(b) || *b == b'-')
}

fn path_segment(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"]
        .into_iter()
        .filter(|part| name.contains(part))
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}
