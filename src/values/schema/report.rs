//! The tree of findings, printed as Helm's validator prints it.
//!
//! Helm's library keeps an `allOf`, `anyOf` or `oneOf` above a single finding, boon drops it. The schema's
//! location in the finding below still tells the way, so the missing level is put back here. Members of
//! tables come in sorted order, where Helm's order changes from run to run.

use super::loader::{Loaded, percent_decoded};
use super::number::{count, float, is_multiple};
use crate::values::gotext::Quoted;
use boon::{ErrorKind as K, InstanceToken, Type, ValidationError};
use serde_json::Value;

type Finding<'a> = ValidationError<'a, 'a>;

/// One line of the report and the lines below it.
struct Line {
    at: String,
    text: String,
    below: Vec<Line>,
}

/// The lines below the heading; empty when no finding stands.
pub(super) fn text(root: &ValidationError<'_, '_>, loaded: &Loaded) -> String {
    let mut out = String::new();
    let causes: Vec<_> = root.causes.iter().collect();
    print(&siblings(&standing(&causes), Base { schema: root.schema_url, at: &[] }, loaded), 0, &mut out);
    out
}

/// The heading and the lines below it.
pub(super) fn with_heading(root: &ValidationError<'_, '_>, loaded: &Loaded) -> String {
    let url = match &root.kind {
        K::Schema { url } => url,
        _ => root.schema_url,
    };
    format!("jsonschema validation failed with {}\n{}", single_quoted(url), text(root, loaded))
}

fn print(lines: &[Line], depth: usize, out: &mut String) {
    for line in lines {
        if !out.is_empty() {
            out.push('\n');
        }
        out.extend(std::iter::repeat_n("  ", depth));
        out.push_str(&format!("- at {}: {}", single_quoted(&line.at), line.text));
        print(&line.below, depth + 1, out);
    }
}

/// How a finding's schema is reached from the schema at some base.
struct Way {
    /// Where on the instance the way has come to.
    at: Vec<String>,
    /// The level that boon dropped, where the way stops, and the location of the schema below it.
    dropped: Option<(&'static str, String)>,
}

/// Where findings are looked at from: a schema's location, and where on the instance it applies.
#[derive(Clone, Copy)]
struct Base<'a> {
    schema: &'a str,
    at: &'a [String],
}

/// The lines of sibling findings.
fn siblings(findings: &[&Finding<'_>], base: Base<'_>, loaded: &Loaded) -> Vec<Line> {
    let mut out = Vec::new();
    let mut rest = findings;
    while let Some((first, tail)) = rest.split_first() {
        let way = way(first, base, loaded);
        let Some((keyword, inside)) = &way.dropped else {
            out.extend(line(first, &way.at, loaded));
            rest = tail;
            continue;
        };
        let depth = way.at.len();
        let same = |f: &&&Finding<'_>| {
            f.schema_url.strip_prefix(inside).is_some_and(|below| below.is_empty() || below.starts_with('/'))
                && tokens(f).get(..depth) == tokens(first).get(..depth)
        };
        let length = rest.iter().take_while(same).count().max(1);
        let below = siblings(&rest[..length], Base { schema: inside, at: &way.at }, loaded);
        out.extend(put_back(&rest[..length], keyword, below, &way.at));
        rest = &rest[length..];
    }
    out
}

/// The dropped level with what stands below it; several findings below are one group.
fn put_back(findings: &[&Finding<'_>], keyword: &str, below: Vec<Line>, at: &[String]) -> Option<Line> {
    let below = match below.len() {
        0 => return None,
        1 => below,
        _ => {
            let first = tokens(findings[0]);
            let shared = |n: &usize| findings.iter().all(|f| tokens(f).get(..*n) == first.get(..*n));
            let depth = (0..=first.len()).rev().find(shared).unwrap_or(0);
            vec![Line { at: pointer(&first[..depth]), text: "validation failed".to_owned(), below }]
        }
    };
    let text = if keyword == "oneOf" {
        "'oneOf' failed, none matched".to_owned()
    } else {
        format!("'{keyword}' failed")
    };
    Some(Line { at: pointer(at), text, below })
}

/// Walks from `base` to the finding's schema, up to the first level that boon dropped.
///
/// Items behind `prefixItems` and the old `items` list are counted from the list's end by boon, and a name
/// that must not be there has no place at all; both are mended from what the way says.
fn way(finding: &Finding<'_>, base: Base<'_>, loaded: &Loaded) -> Way {
    let told = tokens(finding);
    let mut at = base.at.to_vec();
    let mut inside = base.schema.to_owned();
    let below = finding.schema_url.strip_prefix(base.schema).and_then(|rest| rest.strip_prefix('/'));
    let mut tokens = below.into_iter().flat_map(|below| below.split('/')).peekable();
    while let Some(token) = tokens.next() {
        let schema = std::mem::take(&mut inside);
        inside = format!("{schema}/{token}");
        if let Some(keyword) = ["allOf", "anyOf", "oneOf"].into_iter().find(|k| *k == token) {
            let inside = format!("{inside}/{}", tokens.next().unwrap_or_default());
            return Way { at, dropped: Some((keyword, inside)) };
        }
        let next = tokens.peek().copied().unwrap_or_default();
        let listed = token == "items" && !next.is_empty() && next.bytes().all(|b| b.is_ascii_digit());
        if let Some(name) =
            instance_token(token, told.get(at.len()), next, |list| loaded.length(&schema, list), listed)
        {
            at.push(name);
        }
        if listed
            || matches!(
                token,
                "properties" | "patternProperties" | "prefixItems" | "dependencies" | "dependentSchemas"
            )
        {
            inside = format!("{inside}/{}", tokens.next().unwrap_or_default());
        }
    }
    let rest = told.len().min(at.len());
    at.extend_from_slice(&told[rest..]);
    Way { at, dropped: None }
}

/// The step on the instance that a keyword makes, if it makes one.
fn instance_token(
    keyword: &str,
    told: Option<&String>,
    next: &str,
    length: impl Fn(&str) -> usize,
    listed: bool,
) -> Option<String> {
    let skipped = match keyword {
        "properties" => return Some(told.cloned().unwrap_or_else(|| percent_decoded(next))),
        "items" if !listed => length("prefixItems"),
        "additionalItems" => length("items"),
        "items"
        | "prefixItems"
        | "patternProperties"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "unevaluatedItems"
        | "contains" => return told.cloned(),
        _ => return None,
    };
    let index = told?.parse::<usize>().ok()?;
    Some((index + skipped).to_string())
}

/// The findings that Helm's library has too: a broken format ends the checks of its schema, multiples are exact.
fn standing<'f, 'a>(findings: &[&'f Finding<'a>]) -> Vec<&'f Finding<'a>> {
    let formats: Vec<_> = findings.iter().filter(|f| matches!(f.kind, K::Format { .. })).copied().collect();
    let hidden = |f: &Finding<'_>| {
        formats.iter().any(|format| {
            !std::ptr::eq(*format, f) && format.schema_url == f.schema_url && tokens(format) == tokens(f)
        })
    };
    let exact = |f: &Finding<'_>| !matches!(&f.kind, K::MultipleOf { got, want } if is_multiple(got, want));
    findings.iter().filter(|f| exact(f) && !hidden(f)).copied().collect()
}

/// A finding's own line, if it has one, with the lines below it.
fn line(finding: &Finding<'_>, at: &[String], loaded: &Loaded) -> Vec<Line> {
    let causes: Vec<_> = finding.causes.iter().collect();
    let from = |schema: &str, causes: &[&Finding<'_>]| siblings(causes, Base { schema, at }, loaded);
    let below = match &finding.kind {
        K::Group => from(finding.schema_url, &standing(&causes)),
        K::Reference { url, .. } => from(url, &standing(&causes)),
        K::PropertyName { .. } => {
            let schema = format!("{}/propertyNames", finding.schema_url);
            siblings(&standing(&causes), Base { schema: &schema, at: &[] }, loaded)
        }
        K::AllOf | K::AnyOf | K::OneOf(_) => {
            let keyword = match finding.kind {
                K::AllOf => "allOf",
                K::AnyOf => "anyOf",
                _ => "oneOf",
            };
            causes
                .iter()
                .flat_map(|cause| from(&branch(cause, finding.schema_url, keyword), &[*cause]))
                .collect()
        }
        _ => from(finding.schema_url, &causes),
    };
    let lost = !finding.causes.is_empty() && below.is_empty();
    let transparent = matches!(finding.kind, K::Reference { .. } | K::Group) && below.len() == 1;
    if lost || transparent {
        return below;
    }
    vec![Line { at: pointer(at), text: words(finding, loaded), below }]
}

/// The location of the branch of `keyword` that a cause comes from.
fn branch(cause: &Finding<'_>, base: &str, keyword: &str) -> String {
    let prefix = format!("{base}/{keyword}/");
    let index =
        cause.schema_url.strip_prefix(&prefix).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    format!("{prefix}{index}")
}

fn tokens(finding: &Finding<'_>) -> Vec<String> {
    let token = |t: &InstanceToken<'_>| match t {
        InstanceToken::Prop(name) => name.replace('~', "~0").replace('/', "~1"),
        InstanceToken::Item(index) => index.to_string(),
    };
    finding.instance_location.tokens.iter().map(token).collect()
}

fn pointer(tokens: &[String]) -> String {
    tokens.iter().fold(String::new(), |pointer, token| pointer + "/" + token)
}

fn words(finding: &Finding<'_>, loaded: &Loaded) -> String {
    match &finding.kind {
        K::Group | K::Reference { .. } => "validation failed".to_owned(),
        K::Schema { url } => format!("jsonschema validation failed with {}", single_quoted(url)),
        K::ContentSchema => "'contentSchema' failed".to_owned(),
        K::PropertyName { prop } => format!("invalid propertyName {}", single_quoted(prop)),
        K::RefCycle { url, kw_loc1, kw_loc2 } => {
            format!(
                "both {kw_loc1} and {kw_loc2} resolve to {} causing reference cycle",
                Quoted(url.trim_end_matches('#'))
            )
        }
        K::FalseSchema => "false schema".to_owned(),
        K::Type { got, want } => format!("got {got}, want {}", joined(want.iter().map(type_word), " or ")),
        K::Enum { want } if want.iter().any(|v| v.is_array() || v.is_object()) => "'enum' failed".to_owned(),
        K::Enum { want } if want.len() == 1 => format!("value must be {}", display(&want[0])),
        K::Enum { want } => format!("value must be one of {}", joined(want.iter().map(display), ", ")),
        K::Const { want: Value::Array(_) | Value::Object(_) } => "'const' failed".to_owned(),
        K::Const { want } => format!("value must be {}", display(want)),
        // boon keeps this format to itself.
        K::Format { got, want: "regex", err } => {
            let words = got.as_str().and_then(|text| super::format::regex(text).err());
            format!("{} is not valid regex: {}", display(got), words.unwrap_or_else(|| err.to_string()))
        }
        K::Format { got, want, err } => format!("{} is not valid {want}: {err}", display(got)),
        K::Pattern { got, want } => {
            let pattern = loaded.keyword(finding.schema_url, "pattern").unwrap_or_else(|| (*want).to_owned());
            format!("{} does not match pattern {}", single_quoted(got), single_quoted(&pattern))
        }
        K::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", single_quoted(want)),
        K::ContentMediaType { want, err, .. } => {
            format!("value is not of mediatype {}: {err}", single_quoted(want))
        }
        K::Not => "'not' failed".to_owned(),
        K::AllOf => "'allOf' failed".to_owned(),
        K::AnyOf => "'anyOf' failed".to_owned(),
        K::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        K::OneOf(Some((i, j))) => format!("'oneOf' failed, subschemas {i}, {j} matched"),
        K::Minimum { got, want } => format!("minimum: got {}, want {}", float(got), float(want)),
        K::Maximum { got, want } => format!("maximum: got {}, want {}", float(got), float(want)),
        K::ExclusiveMinimum { got, want } => {
            format!("exclusiveMinimum: got {}, want {}", float(got), float(want))
        }
        K::ExclusiveMaximum { got, want } => {
            format!("exclusiveMaximum: got {}, want {}", float(got), float(want))
        }
        K::MultipleOf { got, want } => format!("multipleOf: got {}, want {}", float(got), float(want)),
        counted => counts(counted),
    }
}

/// The words of findings about how many there are, and which.
fn counts(kind: &K<'_, '_>) -> String {
    let pair =
        |word: &str, got: usize, want: usize| format!("{word}: got {}, want {}", count(got), count(want));
    match kind {
        K::MinProperties { got, want } => pair("minProperties", *got, *want),
        K::MaxProperties { got, want } => pair("maxProperties", *got, *want),
        K::MinItems { got, want } => pair("minItems", *got, *want),
        K::MaxItems { got, want } => pair("maxItems", *got, *want),
        K::MinLength { got, want } => pair("minLength", *got, *want),
        K::MaxLength { got, want } => pair("maxLength", *got, *want),
        K::AdditionalProperties { got } => {
            format!(
                "additional properties {} not allowed",
                joined(got.iter().map(|p| single_quoted(p)), ", ")
            )
        }
        K::Required { want } => {
            let word = if want.len() == 1 { "property" } else { "properties" };
            format!("missing {word} {}", joined(want.iter().map(|p| single_quoted(p)), ", "))
        }
        K::Dependency { prop, missing } | K::DependentRequired { prop, missing } => {
            let missing = joined(missing.iter().map(|p| single_quoted(p)), ", ");
            format!("properties {missing} required, if {} exists", single_quoted(prop))
        }
        K::Contains => "no items match contains schema".to_owned(),
        K::MinContains { got, want } if got.is_empty() => {
            format!("min {} items required to match contains schema, but none matched", count(*want))
        }
        K::MinContains { got, want } => contained("min", got, *want),
        K::MaxContains { got, want } => contained("max", got, *want),
        K::UniqueItems { got: [i, j] } => format!("items at {} and {} are equal", count(*i), count(*j)),
        K::AdditionalItems { got } => format!("last {} additionalItem(s) not allowed", count(*got)),
        other => other.to_string(),
    }
}

fn contained(limit: &str, got: &[usize], want: usize) -> String {
    let places = joined(got.iter().map(usize::to_string), " ");
    format!(
        "{limit} {} items required to match contains schema, but matched {} items at {places}",
        count(want),
        count(got.len())
    )
}

fn type_word(kind: Type) -> String {
    kind.to_string()
}

fn joined(words: impl Iterator<Item = String>, separator: &str) -> String {
    words.collect::<Vec<_>>().join(separator)
}

/// A plain value as Go's `%v` shows it, text in single quotes.
fn display(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => single_quoted(text),
        Value::Array(_) | Value::Object(_) => "value".to_owned(),
        other => other.to_string(),
    }
}

/// Text in single quotes, escaped as the validator does it: `%q`, with the quotes' roles exchanged.
fn single_quoted(text: &str) -> String {
    let quoted = Quoted(text).to_string().replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", &quoted[1..quoted.len() - 1])
}
