//! Kubernetes' library of named formats: `format.dns1123Label().validate(…)`.

use super::{
    functions::some,
    value::{Fail, Result, Val},
};
use templates_engine::regexp::Regexp;

const NAMES: [&str; 13] = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "labelValue",
    "uri",
    "uuid",
    "byte",
    "date",
    "datetime",
];

/// `format.named(…)` and `format.dns1123Label()`.
pub(crate) fn global<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let find = |wanted: &str| NAMES.iter().find(|name| **name == wanted).copied();
    match (name.strip_prefix("format.").unwrap_or(name), args) {
        ("named", [Val::Text(wanted)]) => {
            Ok(find(wanted).map_or(Val::Optional(None), |name| some(Val::Format(name))))
        }
        (name, []) => find(name).map(Val::Format).ok_or_else(Fail::overload),
        _ => Err(Fail::overload()),
    }
}

/// What is wrong with a text, or none.
pub(crate) fn validate<'a>(format: &str, text: &str) -> Val<'a> {
    let wrong = wrong(format, text);
    if wrong.is_empty() {
        return Val::Optional(None);
    }
    some(Val::list(wrong.into_iter().map(Val::text).collect()))
}

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_TEXT: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_TEXT: &str = r"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const LABEL_1035_TEXT: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const VALUE_TEXT: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn wrong(format: &str, text: &str) -> Vec<String> {
    let (prefix, plain) = match format.strip_suffix("Prefix") {
        Some(plain) => (true, plain),
        None => (false, format),
    };
    let checked = if prefix { text.strip_suffix('-').unwrap_or(text) } else { text };
    let check = |most: usize, pattern: &str, message: &str| {
        let mut wrong = Vec::new();
        if checked.len() > most {
            wrong.push(format!("must be no more than {most} bytes"));
        }
        if !matches(pattern, checked) {
            wrong.push(message.to_owned());
        }
        wrong
    };
    let one = |fine: bool, message: &str| if fine { Vec::new() } else { vec![message.to_owned()] };
    match plain {
        "dns1123Label" => check(63, LABEL, LABEL_TEXT),
        "dns1123Subdomain" => check(253, SUBDOMAIN, SUBDOMAIN_TEXT),
        "dns1035Label" => check(63, LABEL_1035, LABEL_1035_TEXT),
        "labelValue" => check(63, VALUE, VALUE_TEXT),
        "qualifiedName" => qualified_name(text),
        "uri" => match super::net::global("url", &[Val::text(text)]) {
            Ok(_) => Vec::new(),
            Err(fail) => {
                let text = fail.text;
                vec![text.trim_start_matches("URL parse error during conversion from string: ").to_owned()]
            }
        },
        "uuid" => one(
            matches("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", text),
            "does not match the UUID format",
        ),
        "byte" => {
            use base64::Engine as _;
            let decoded = base64::engine::general_purpose::STANDARD.decode(text);
            one(!text.is_empty() && decoded.is_ok(), "invalid base64")
        }
        "date" => one(text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10, "invalid date"),
        "datetime" => one(text.parse::<jiff::Timestamp>().is_ok(), "invalid datetime"),
        _ => Vec::new(),
    }
}

fn matches(pattern: &str, text: &str) -> bool {
    let whole = format!("^(?:{pattern})$");
    Regexp::compile(whole.as_bytes()).is_ok_and(|regexp| regexp.is_match(text.as_bytes()))
}

fn qualified_name(text: &str) -> Vec<String> {
    const NAME: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    const NAME_TEXT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    let mut wrong = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>().as_slice() {
        [name] => (*name).to_owned(),
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else if !matches(SUBDOMAIN, prefix) {
                wrong.push(format!("prefix part {SUBDOMAIN_TEXT}"));
            }
            (*name).to_owned()
        }
        _ => {
            return vec![format!(
                "a qualified name {NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        wrong.push("name part must be no more than 63 bytes".to_owned());
    }
    if !matches(NAME, &name) {
        wrong.push(format!("name part {NAME_TEXT}"));
    }
    wrong
}
