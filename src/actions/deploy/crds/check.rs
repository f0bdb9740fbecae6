//! Whether a custom resource definition can take the place of another without harm to objects and their users.
//!
//! A function of two documents. What widens is harmless: new versions, new optional fields, wider ranges. What narrows
//! can make objects that are there unreadable, unwritable, or poorer: the server drops fields that a schema no longer
//! names.

use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// The most levels of a schema that are compared; deeper ones must be equal.
const MAX_DEPTH: usize = 100;
/// The most findings that are reported of one definition.
const MAX_FINDINGS: usize = 20;

/// A change that could do harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Danger {
    /// What cannot change at all: scope, group, kind, plural name.
    Identity(&'static str),
    /// A version goes that objects were stored in.
    Stored(String),
    /// A version that is served goes, or is no longer served.
    Served(String),
    /// A version's schema gets narrower.
    Schema {
        /// The version.
        version: String,
        /// The field, as a path.
        at: String,
        /// What about it.
        what: String,
    },
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(what) => write!(f, "its {what} would change"),
            Self::Stored(version) => write!(f, "version {version}, in which objects are stored, would go"),
            Self::Served(version) => write!(f, "version {version}, which is served, would go"),
            Self::Schema { version, at, what } => write!(f, "{version}: {at}: {what}"),
        }
    }
}

/// What could do harm when `next` takes the place of `live`. That versions go is one only where `has_objects`.
pub(super) fn dangers(live: &Value, next: &Value, has_objects: bool) -> Vec<Danger> {
    let mut found: Vec<Danger> = IDENTITY
        .iter()
        .filter(|(path, _)| changed(live, next, path))
        .map(|(_, w)| Danger::Identity(w))
        .collect();
    let (old, new) = (versions(live), versions(next));
    let serves = |version: &Value| version["served"].as_bool().unwrap_or(false);
    let stored = live.pointer("/status/storedVersions").and_then(Value::as_array);
    let stored: Vec<&str> = stored.into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, version) in &old {
        let next = new.get(name);
        if next.is_none() && stored.contains(name) {
            found.extend(has_objects.then(|| Danger::Stored((*name).to_owned())));
        } else if serves(version) && !next.is_some_and(|next| serves(next)) {
            found.extend(has_objects.then(|| Danger::Served((*name).to_owned())));
        }
        if let Some(next) = next {
            let mut comparison = Comparison { version: name, found: &mut found };
            comparison.schema(schema(version), schema(next), "", 0);
        }
    }
    found.truncate(MAX_FINDINGS);
    found
}

/// Whether any served or stored version goes: only then it matters whether there are objects.
pub(super) fn drops_versions(live: &Value, next: &Value) -> bool {
    dangers(live, next, true).iter().any(|danger| matches!(danger, Danger::Stored(_) | Danger::Served(_)))
}

const IDENTITY: &[(&str, &str)] = &[
    ("/spec/group", "group"),
    ("/spec/scope", "scope"),
    ("/spec/names/kind", "kind"),
    ("/spec/names/plural", "plural name"),
];

fn changed(live: &Value, next: &Value, path: &str) -> bool {
    live.pointer(path) != next.pointer(path)
}

fn versions(definition: &Value) -> BTreeMap<&str, &Value> {
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    versions.into_iter().flatten().filter_map(|v| Some((v.get("name")?.as_str()?, v))).collect()
}

fn schema(version: &Value) -> &Value {
    version.pointer("/schema/openAPIV3Schema").unwrap_or(&Value::Null)
}

/// Bounds that may only be lifted.
const UPPER: &[&str] = &["maximum", "maxLength", "maxItems", "maxProperties"];
const LOWER: &[&str] = &["minimum", "minLength", "minItems", "minProperties"];
/// What refuses when it is there, whatever it says.
const REFUSING: &[&str] =
    &["pattern", "format", "multipleOf", "not", "allOf", "anyOf", "oneOf", "x-kubernetes-list-map-keys"];
/// What refuses when it is true.
const STRICT: &[&str] = &["exclusiveMaximum", "exclusiveMinimum", "uniqueItems"];
/// What allows when it is true.
const LENIENT: &[&str] = &["nullable", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
/// How lists and maps merge: clients rely on it.
const MERGING: &[&str] = &["x-kubernetes-list-type", "x-kubernetes-map-type"];

struct Comparison<'a> {
    version: &'a str,
    found: &'a mut Vec<Danger>,
}

impl Comparison<'_> {
    fn tell(&mut self, at: &str, what: impl Into<String>) {
        let at = if at.is_empty() { "schema".to_owned() } else { at.trim_start_matches('.').to_owned() };
        self.found.push(Danger::Schema { version: self.version.to_owned(), at, what: what.into() });
    }

    fn schema(&mut self, old: &Value, new: &Value, at: &str, depth: usize) {
        if old == new || self.found.len() > MAX_FINDINGS {
            return;
        }
        if depth > MAX_DEPTH {
            return self.tell(at, "changes below the depth that is compared");
        }
        let none = Map::new();
        let (old, new) = (old.as_object().unwrap_or(&none), new.as_object().unwrap_or(&none));
        let is = |schema: &Map<String, Value>, key: &str| schema.get(key) == Some(&Value::Bool(true));
        let has_type = |schema: &Map<String, Value>| schema.get("type").filter(|t| !is_empty(t)).cloned();
        match (has_type(old), has_type(new)) {
            (Some(a), Some(b)) if a != b => return self.tell(at, format!("the type {a} becomes {b}")),
            (None, Some(b)) if !old.is_empty() && !is(old, "x-kubernetes-int-or-string") => {
                self.tell(at, format!("must be of type {b}"));
            }
            _ => {}
        }
        self.bounds(old, new, at);
        self.enumeration(old.get("enum"), new.get("enum"), at);
        self.required(old, new, at);
        self.rules(old, new, at);
        for key in LENIENT.iter().filter(|key| is(old, key) && !is(new, key)) {
            self.tell(at, format!("{key} goes"));
        }
        for key in STRICT.iter().filter(|key| !is(old, key) && is(new, key)) {
            self.tell(at, format!("{key} is new"));
        }
        for key in MERGING.iter().filter(|key| old.get(**key) != new.get(**key)) {
            self.tell(at, format!("{key} changes"));
        }
        self.fields(old, new, at, depth);
        if let (Some(old), Some(new)) = (old.get("items"), new.get("items")) {
            self.schema(old, new, &format!("{at}[]"), depth + 1);
        }
    }

    fn bounds(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        let number = |schema: &Map<String, Value>, key: &str| schema.get(key).and_then(Value::as_f64);
        for (keys, narrower) in [(UPPER, f64::lt as fn(&f64, &f64) -> bool), (LOWER, f64::gt)] {
            for key in keys {
                let Some(bound) = number(new, key) else { continue };
                if number(old, key).is_none_or(|was| narrower(&bound, &was)) {
                    self.tell(at, format!("{key} becomes {bound}"));
                }
            }
        }
        for key in REFUSING {
            if new.get(*key).is_some_and(|wanted| old.get(*key) != Some(wanted)) {
                self.tell(at, format!("{key} changes"));
            }
        }
    }

    fn enumeration(&mut self, old: Option<&Value>, new: Option<&Value>, at: &str) {
        let Some(Value::Array(new)) = new else { return };
        match old {
            Some(Value::Array(old)) => {
                for gone in old.iter().filter(|value| !new.contains(value)) {
                    self.tell(at, format!("{gone} is no longer allowed"));
                }
            }
            _ => self.tell(at, "only some values are allowed"),
        }
    }

    /// A field that must be given now; one that has a default is given by the server.
    fn required(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        let list = |schema: &Map<String, Value>| -> Vec<String> {
            let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
            names.filter_map(|name| Some(name.as_str()?.to_owned())).collect()
        };
        let was = list(old);
        for name in list(new) {
            let default = new.get("properties").and_then(|p| p.get(&name)?.get("default"));
            if !was.contains(&name) && default.is_none() {
                self.tell(&format!("{at}.{name}"), "is required now");
            }
        }
    }

    fn rules(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str) {
        const RULES: &str = "x-kubernetes-validations";
        let list = |schema: &Map<String, Value>| -> Vec<String> {
            let rules = schema.get(RULES).and_then(Value::as_array).into_iter().flatten();
            rules.filter_map(|rule| Some(rule.get("rule")?.as_str()?.to_owned())).collect()
        };
        let was = list(old);
        for rule in list(new).into_iter().filter(|rule| !was.contains(rule)) {
            self.tell(at, format!("the rule {rule:?} is new"));
        }
    }

    fn fields(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, at: &str, depth: usize) {
        let none = Map::new();
        let of =
            |schema: &'_ Map<String, Value>| schema.get("properties").and_then(Value::as_object).cloned();
        let (was, is) = (of(old), of(new));
        let (was, is) = (was.as_ref().unwrap_or(&none), is.as_ref().unwrap_or(&none));
        let keeps = new.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        let open = new.get("additionalProperties").filter(|more| **more != Value::Bool(false));
        for (name, field) in was {
            let at = format!("{at}.{name}");
            match (is.get(name), open) {
                (Some(next), _) => self.schema(field, next, &at, depth + 1),
                (None, Some(Value::Bool(true))) => {}
                (None, Some(more)) => self.schema(field, more, &at, depth + 1),
                (None, None) if keeps => {}
                (None, None) => self.tell(&at, "goes: the server would drop it from objects"),
            }
        }
        let was_open = old.get("additionalProperties").filter(|more| **more != Value::Bool(false));
        match (was_open, open) {
            (Some(was), Some(is)) => self.schema(was, is, &format!("{at}.*"), depth + 1),
            (Some(_), None) if !keeps => self.tell(&format!("{at}.*"), "free names are no longer allowed"),
            _ => {}
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("")
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
