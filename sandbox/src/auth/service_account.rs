//! Service accounts as users: `k8s.io/apiserver/pkg/authentication/serviceaccount`.

const PREFIX: &str = "system:serviceaccount:";

/// `system:serviceaccount:NAMESPACE:NAME`.
pub(super) fn username(namespace: &str, name: &str) -> String {
    format!("{PREFIX}{namespace}:{name}")
}

/// Namespace and name of a service account's user name.
pub(super) fn split(username: &str) -> Option<(&str, &str)> {
    let (namespace, name) = username.strip_prefix(PREFIX)?.split_once(':')?;
    (is_name(namespace, false) && is_name(name, true)).then_some((namespace, name))
}

/// The groups of every service account of a namespace.
pub(super) fn groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

/// A DNS label, or with `dots` a DNS subdomain.
fn is_name(text: &str, dots: bool) -> bool {
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(inner)
    };
    let limit = if dots { 253 } else { 63 };
    text.len() <= limit && if dots { text.split('.').all(label) } else { label(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_of_service_accounts_are_taken_apart() {
        assert_eq!(split("system:serviceaccount:a:b.c"), Some(("a", "b.c")));
        for wrong in
            ["a:b", "system:serviceaccount:a", "system:serviceaccount:A:b", "system:serviceaccount:a:b:c"]
        {
            assert_eq!(split(wrong), None, "{wrong}");
        }
    }
}
