//! Names of definitions and of embedded resources.

use super::path;
use crate::field::Error;
use serde_json::Value;

/// `IsDNS1035Label`.
pub(crate) fn dns1035_label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 63 {
        wrong.push("must be no more than 63 bytes".to_owned());
    }
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase()) && label_body(text);
    if !fits {
        wrong.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an \
             alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', \
             regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                .to_owned(),
        );
    }
    wrong
}

/// `IsDNS1123Subdomain`.
pub(crate) fn dns1123_subdomain(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > 253 {
        wrong.push("must be no more than 253 bytes".to_owned());
    }
    let fits = text.split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) && label_body(part)
    });
    if !fits {
        wrong.push(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
             and must start and end with an alphanumeric character (e.g. 'example.com', regex used for \
             validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                .to_owned(),
        );
    }
    wrong
}

fn label_body(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') && !text.ends_with('-')
}

/// `content.IsPathSegmentName`, or as a prefix.
fn path_segment(text: &str, prefix: bool) -> Vec<String> {
    if !prefix && matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    let wrong = ['/', '%'].into_iter().filter(|c| text.contains(*c));
    wrong.map(|c| format!("may not contain '{c}'")).collect()
}

/// The names in the metadata of an embedded resource.
pub(crate) fn embedded_metadata(metadata: &Value, at: &str, errors: &mut Vec<Error>) {
    for (key, prefix) in [("generateName", true), ("name", false)] {
        let Some(name) = metadata.get(key).and_then(Value::as_str) else { continue };
        for wrong in path_segment(name, prefix) {
            errors.push(Error::invalid(path::child(at, key), name, wrong));
        }
    }
}
