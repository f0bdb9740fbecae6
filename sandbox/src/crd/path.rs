//! Paths of fields, as `field.Path.String` writes them.

/// `at.name`.
pub(crate) fn child(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// `at[key]`.
pub(crate) fn key(at: &str, key: &str) -> String {
    format!("{at}[{key}]")
}

/// `at[0]`.
pub(crate) fn index(at: &str, place: usize) -> String {
    format!("{at}[{place}]")
}
