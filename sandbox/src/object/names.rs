//! The rules for names, labels, ports and the like, each answering what a text breaks; the texts are those of
//! `k8s.io/apimachinery/pkg/util/validation` and `pkg/api/validate/content`.

/// Where a name may stand: how long it is at most, `DNS1123SubdomainMaxLength`.
pub const MAX_SUBDOMAIN: usize = 253;
/// How long labels of names and the values of labels are at most.
pub const MAX_LABEL: usize = 63;

const LABEL_FORM: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORM: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const QUALIFIED_FORM: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// What a text breaks, in words; nothing when it is fine.
pub type Faults = Vec<String>;

fn form(message: &str, form: &str, examples: &[&str]) -> String {
    if examples.is_empty() {
        return format!("{message} (regex used for validation is '{form}')");
    }
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!("{message} (e.g. {}regex used for validation is '{form}')", examples.join(" or "))
}

fn too_long(max: usize) -> String {
    format!("must be no more than {max} characters")
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Whether a text is a label of a DNS name: `[a-z0-9]([-a-z0-9]*[a-z0-9])?`.
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| lower(*byte))
        && bytes.last().is_some_and(|byte| lower(*byte))
        && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// Whether a text is `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`.
fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// `IsDNS1123Label`.
#[must_use]
pub fn dns_label(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_LABEL {
        faults.push(too_long(MAX_LABEL));
    }
    if !is_label(text) {
        faults.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            let message = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
            form(message, LABEL_FORM, &["my-name", "123-abc"])
        });
    }
    faults
}

/// `IsDNS1123Subdomain`.
///
/// ```
/// assert!(skiff_sandbox::object::names::dns_subdomain("web.v1").is_empty());
/// assert_eq!(skiff_sandbox::object::names::dns_subdomain("Web").len(), 1);
/// ```
#[must_use]
pub fn dns_subdomain(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        faults.push(too_long(MAX_SUBDOMAIN));
    }
    if !is_subdomain(text) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        faults.push(form(message, SUBDOMAIN_FORM, &["example.com"]));
    }
    faults
}

/// `IsDNS1123SubdomainWithUnderscore`.
#[must_use]
pub fn dns_subdomain_with_underscore(text: &str) -> Faults {
    const FORM: &str = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
    let mut faults = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        faults.push(too_long(MAX_SUBDOMAIN));
    }
    let plain = |label: &str| {
        let label = label.strip_prefix('_').unwrap_or(label);
        is_label(&label.replace('_', "-")) && !label.starts_with('_') && !label.ends_with('_')
    };
    if !text.split('.').all(plain) {
        let message = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
        faults.push(form(message, FORM, &["example.com"]));
    }
    faults
}

/// `IsWildcardDNS1123Subdomain`.
#[must_use]
pub fn wildcard_subdomain(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        faults.push(too_long(MAX_SUBDOMAIN));
    }
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        let message = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
        faults.push(form(message, &format!("\\*\\.{SUBDOMAIN_FORM}"), &["*.example.com"]));
    }
    faults
}

/// `IsDNS1035Label`.
#[must_use]
pub fn dns_1035_label(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_LABEL {
        faults.push(too_long(MAX_LABEL));
    }
    if !is_label(text) || text.starts_with(|first: char| first.is_ascii_digit()) {
        let message = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
        faults.push(form(message, "[a-z]([-a-z0-9]*[a-z0-9])?", &["my-name", "abc-123"]));
    }
    faults
}

/// `IsPathSegmentName`.
#[must_use]
pub fn path_segment(text: &str) -> Faults {
    match text {
        "." | ".." => vec![format!("may not be '{text}'")],
        _ => path_segment_prefix(text),
    }
}

/// `IsPathSegmentPrefix`.
#[must_use]
pub fn path_segment_prefix(text: &str) -> Faults {
    let parts = ["/", "%"].iter().filter(|part| text.contains(**part));
    parts.map(|part| format!("may not contain '{part}'")).collect()
}

/// `IsQualifiedName`: the keys of labels and annotations, the names of finalizers and resources.
#[must_use]
pub fn qualified(text: &str) -> Faults {
    const MESSAGE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    const EXAMPLES: [&str; 3] = ["MyName", "my.name", "123-abc"];
    let mut faults = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            let message = form(MESSAGE, QUALIFIED_FORM, &EXAMPLES);
            let prefix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {message} {prefix}")];
        }
        Some(("", name)) => {
            faults.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            let wrong = dns_subdomain(prefix).into_iter();
            // This one counts bytes, and says so.
            let wrong =
                wrong.map(|fault| format!("prefix part {}", fault.replace("253 characters", "253 bytes")));
            faults.extend(wrong);
            name
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    } else if name.len() > MAX_LABEL {
        faults.push(format!("name part must be no more than {MAX_LABEL} bytes"));
    }
    if !is_word(name) {
        faults.push(format!("name part {}", form(MESSAGE, QUALIFIED_FORM, &EXAMPLES)));
    }
    faults
}

/// `IsValidLabelValue`.
#[must_use]
pub fn label_value(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_LABEL {
        faults.push(format!("must be no more than {MAX_LABEL} bytes"));
    }
    if !text.is_empty() && !is_word(text) {
        let message = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        faults.push(form(message, &format!("({QUALIFIED_FORM})?"), &["MyValue", "my_value", "12345"]));
    }
    faults
}

/// `IsConfigMapKey`.
#[must_use]
pub fn config_key(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.len() > MAX_SUBDOMAIN {
        faults.push(too_long(MAX_SUBDOMAIN));
    }
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        let message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        faults.push(form(message, "[-._a-zA-Z0-9]+", &["key.name", "KEY_NAME", "key-name"]));
    }
    faults.extend(parent(text));
    faults
}

/// What leads out of a folder: `hasChDirPrefix`.
fn parent(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ => text.starts_with("..").then(|| "must not start with '..'".to_owned()),
    }
}

/// `IsRelaxedEnvVarName`.
#[must_use]
pub fn environment_name(text: &str) -> Faults {
    let mut faults = Vec::new();
    if text.is_empty() {
        faults.push("environment variable name must be non-empty".to_owned());
    }
    if text.chars().any(|char| !(' '..='~').contains(&char) || char == '=') {
        let fault = "a valid environment variable name must consist only of printable ASCII characters other than '='";
        faults.push(fault.to_owned());
    }
    faults
}

/// `IsValidPortName`.
#[must_use]
pub fn port_name(text: &str) -> Faults {
    const MAX: usize = 15;
    let mut faults = Vec::new();
    let mut check = |wrong: bool, fault: &str| {
        if wrong {
            faults.push(fault.to_owned());
        }
    };
    check(text.len() > MAX, &too_long(MAX));
    let charset = !text.is_empty() && text.bytes().all(|byte| lower(byte) || byte == b'-');
    check(!charset, "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    check(!text.bytes().any(|byte| byte.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    check(text.contains("--"), "must not contain consecutive hyphens");
    check(text.starts_with('-') || text.ends_with('-'), "must not begin or end with a hyphen");
    faults
}

/// `IsValidPortNum`.
#[must_use]
pub fn port_number(number: i64) -> Faults {
    range(number, 1, 65535)
}

/// `IsInRange`.
#[must_use]
pub fn range(number: i64, least: i64, most: i64) -> Faults {
    if (least..=most).contains(&number) {
        Vec::new()
    } else {
        vec![format!("must be between {least} and {most}, inclusive")]
    }
}

/// `IsValidPercent`.
#[must_use]
pub fn percent(text: &str) -> Faults {
    let digits = text
        .strip_suffix('%')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if digits {
        return Vec::new();
    }
    let message = "a valid percent string must be a numeric string followed by an ending '%'";
    vec![form(message, "[0-9]+%", &["1%", "93%"])]
}

/// `IsHTTPHeaderName`.
#[must_use]
pub fn header_name(text: &str) -> Faults {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    let message = "a valid HTTP header must consist of alphanumeric characters or '-'";
    vec![form(message, "[-A-Za-z0-9]+", &["X-Header-Name"])]
}

/// `IsCIdentifier`.
#[must_use]
pub fn c_identifier(text: &str) -> Faults {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !text.is_empty() && text.bytes().all(word) && !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Vec::new();
    }
    let message = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
    vec![form(message, "[A-Za-z_][A-Za-z0-9_]*", &["my_name", "MY_NAME", "MyName"])]
}

/// What a name's beginning breaks: a dash at its end is no fault, since more follows. (`maskTrailingDash`.)
#[must_use]
pub fn prefix(rule: fn(&str) -> Faults, text: &str) -> Faults {
    match text.strip_suffix('-') {
        // As there: the dash and the character before it stand aside for a letter.
        Some(rest) if !rest.is_empty() => {
            let kept: String = rest.chars().take(rest.chars().count() - 1).collect();
            rule(&format!("{kept}a"))
        }
        _ => rule(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_say_what_they_break() {
        assert_eq!(dns_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
        assert_eq!(qualified("/a"), ["prefix part must be non-empty"]);
        assert!(qualified("a/b/c")[0].starts_with("a valid label key must consist of"));
        assert_eq!(port_name("80"), ["must contain at least one letter (a-z)"]);
        assert_eq!(config_key("..a"), ["must not start with '..'"]);
        assert!(prefix(dns_subdomain, "web-").is_empty());
        assert_eq!(prefix(dns_subdomain, "W-"), Faults::new());
        assert_eq!(port_number(0), ["must be between 1 and 65535, inclusive"]);
    }
}
