//! JSON into [`Metadata`] and [`Lock`] as Go's decoder does it behind sigs.k8s.io/yaml.
//!
//! Field names match in any case, null changes nothing, and numbers and booleans become text where
//! text is wanted, so that `appVersion: 1.16` is `"1.16"`. The JSON must keep whole numbers apart
//! from others: `12345678901` is text as it stands, while floats pass through 32 bits.

use super::{Dependency, Lock, Maintainer, Metadata, moment::ZERO};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use templates_engine::json::kind_name;

/// Why JSON does not fit, in the words of Go's `encoding/json`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The whole has the wrong kind.
    #[error("json: cannot unmarshal {kind} into Go value of type {wanted}")]
    Whole {
        /// What was found: `string`, `number`, ….
        kind: &'static str,
        /// The Go type.
        wanted: &'static str,
    },
    /// A field has the wrong kind.
    #[error("json: cannot unmarshal {kind} into Go struct field {owner}.{path} of type {wanted}")]
    Field {
        /// What was found.
        kind: &'static str,
        /// The innermost Go struct.
        owner: &'static str,
        /// The names of the fields from the outermost struct.
        path: String,
        /// The Go type.
        wanted: &'static str,
    },
    /// A field that nobody knows, where that is refused.
    #[error("json: unknown field {0:?}")]
    Unknown(String),
    /// A time that is no time.
    #[error("{0}")]
    Time(String),
}

/// What happens to fields that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are left out.
    Ignored,
    /// They are an error.
    Refused,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place {
    owner: &'static str,
    parents: &'static str,
    field: &'static str,
}

impl Place {
    fn wrong(self, value: &Value, wanted: &'static str) -> DecodeError {
        let path = format!("{}{}", self.parents, self.field);
        DecodeError::Field { kind: kind_name(value), owner: self.owner, path, wanted }
    }
}

/// The `apiVersion` alone, which Helm reads first to choose a loader.
pub(super) fn api_version(json: &Value) -> Result<String, DecodeError> {
    let mut version = String::new();
    let Some(fields) = whole(json, "loader.chartBase")? else { return Ok(version) };
    for (_, value) in fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case("apiVersion")) {
        text(&mut version, value, Place { owner: "chartBase", parents: "", field: "apiVersion" })?;
    }
    Ok(version)
}

impl Metadata {
    /// Takes over the fields of `json`, which has whole numbers as such; others stay.
    ///
    /// # Errors
    /// When a field has the wrong type, or `unknown` fields are refused and there is one.
    ///
    /// ```
    /// use skiff::chart::{Metadata, Unknown};
    /// let mut metadata = Metadata::default();
    /// metadata.merge_json(&serde_json::json!({"Name": "a", "version": 1.5}), Unknown::Ignored)?;
    /// assert_eq!((metadata.name.as_str(), metadata.version.as_str()), ("a", "1.5"));
    /// # Ok::<(), skiff::chart::DecodeError>(())
    /// ```
    pub fn merge_json(&mut self, json: &Value, unknown: Unknown) -> Result<(), DecodeError> {
        let Some(fields) = whole(json, "v2.Metadata")? else { return Ok(()) };
        for (key, value) in fields {
            let at = |field| Place { owner: "Metadata", parents: "", field };
            match key.to_ascii_lowercase().as_str() {
                "name" => text(&mut self.name, value, at("name"))?,
                "home" => text(&mut self.home, value, at("home"))?,
                "sources" => texts(&mut self.sources, value, at("sources"))?,
                "version" => text(&mut self.version, value, at("version"))?,
                "description" => text(&mut self.description, value, at("description"))?,
                "keywords" => texts(&mut self.keywords, value, at("keywords"))?,
                "maintainers" => self.read_maintainers(value, at("maintainers"), unknown)?,
                "icon" => text(&mut self.icon, value, at("icon"))?,
                "apiversion" => text(&mut self.api_version, value, at("apiVersion"))?,
                "condition" => text(&mut self.condition, value, at("condition"))?,
                "tags" => text(&mut self.tags, value, at("tags"))?,
                "appversion" => text(&mut self.app_version, value, at("appVersion"))?,
                "deprecated" => flag(&mut self.deprecated, value, at("deprecated"))?,
                "annotations" => text_map(&mut self.annotations, value, at("annotations"))?,
                "kubeversion" => text(&mut self.kube_version, value, at("kubeVersion"))?,
                "dependencies" => self.read_dependencies(value, at("dependencies"), unknown)?,
                "type" => text(&mut self.chart_type, value, at("type"))?,
                _ => refuse(key, unknown)?,
            }
        }
        Ok(())
    }

    fn read_maintainers(&mut self, value: &Value, place: Place, unknown: Unknown) -> Result<(), DecodeError> {
        let items = items(value, place, "[]*v2.Maintainer")?;
        self.origin.null_maintainer = items.iter().any(Value::is_null);
        self.maintainers.clear();
        for item in items.iter().filter(|item| !item.is_null()) {
            self.maintainers.push(maintainer(item, place, unknown)?);
        }
        Ok(())
    }

    fn read_dependencies(
        &mut self,
        value: &Value,
        place: Place,
        unknown: Unknown,
    ) -> Result<(), DecodeError> {
        let (list, null) = dependencies(value, place, unknown)?;
        self.dependencies = list;
        self.origin.null_dependency = null;
        self.origin.declares_dependencies = !value.is_null();
        Ok(())
    }
}

impl Lock {
    /// Reads a lock; null is no lock.
    ///
    /// # Errors
    /// When a field has the wrong type.
    pub fn from_json(json: &Value) -> Result<Option<Self>, DecodeError> {
        let mut lock = Self::default();
        let Some(fields) = whole(json, "v2.Lock")? else { return Ok(None) };
        for (key, value) in fields {
            let at = |field| Place { owner: "Lock", parents: "", field };
            match key.to_ascii_lowercase().as_str() {
                "generated" => lock.generated = generated(value)?,
                "digest" => text(&mut lock.digest, value, at("digest"))?,
                "dependencies" => {
                    lock.dependencies = dependencies(value, at("dependencies"), Unknown::Ignored)?.0;
                }
                _ => {}
            }
        }
        Ok(Some(lock))
    }
}

fn generated(value: &Value) -> Result<Option<super::Moment>, DecodeError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text == ZERO => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| {
            let layout = "2006-01-02T15:04:05Z07:00";
            DecodeError::Time(format!(
                "parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""
            ))
        }),
        _ => Err(DecodeError::Time("Time.UnmarshalJSON: input is not a JSON string".to_owned())),
    }
}

fn maintainer(item: &Value, list: Place, unknown: Unknown) -> Result<Maintainer, DecodeError> {
    let Value::Object(fields) = item else { return Err(list.wrong(item, "v2.Maintainer")) };
    let mut maintainer = Maintainer::default();
    for (key, value) in fields {
        let at = |field| Place { owner: "Maintainer", parents: "maintainers.", field };
        match key.to_ascii_lowercase().as_str() {
            "name" => text(&mut maintainer.name, value, at("name"))?,
            "email" => text(&mut maintainer.email, value, at("email"))?,
            "url" => text(&mut maintainer.url, value, at("url"))?,
            _ => refuse(key, unknown)?,
        }
    }
    Ok(maintainer)
}

/// The dependencies that are not null, and where the first null is.
fn dependencies(
    value: &Value,
    place: Place,
    unknown: Unknown,
) -> Result<(Vec<Dependency>, Option<usize>), DecodeError> {
    let items = items(value, place, "[]*v2.Dependency")?;
    let some = items.iter().filter(|item| !item.is_null());
    let list = some.map(|item| dependency(item, place, unknown)).collect::<Result<_, _>>()?;
    Ok((list, items.iter().position(Value::is_null)))
}

fn dependency(item: &Value, list: Place, unknown: Unknown) -> Result<Dependency, DecodeError> {
    let Value::Object(fields) = item else { return Err(list.wrong(item, "v2.Dependency")) };
    let mut dependency = Dependency::default();
    for (key, value) in fields {
        let at = |field| Place { owner: "Dependency", parents: "dependencies.", field };
        match key.to_ascii_lowercase().as_str() {
            "name" => text(&mut dependency.name, value, at("name"))?,
            "version" => text(&mut dependency.version, value, at("version"))?,
            "repository" => text(&mut dependency.repository, value, at("repository"))?,
            "condition" => text(&mut dependency.condition, value, at("condition"))?,
            "tags" => texts(&mut dependency.tags, value, at("tags"))?,
            "enabled" => flag(&mut dependency.enabled, value, at("enabled"))?,
            "import-values" => {
                let values = items(value, at("import-values"), "[]interface {}")?;
                dependency.import_values = values.iter().map(floats).collect();
            }
            "alias" => text(&mut dependency.alias, value, at("alias"))?,
            _ => refuse(key, unknown)?,
        }
    }
    Ok(dependency)
}

fn refuse(key: &str, unknown: Unknown) -> Result<(), DecodeError> {
    match unknown {
        Unknown::Ignored => Ok(()),
        Unknown::Refused => Err(DecodeError::Unknown(key.to_owned())),
    }
}

fn whole<'a>(json: &'a Value, wanted: &'static str) -> Result<Option<&'a Map<String, Value>>, DecodeError> {
    match json {
        Value::Null => Ok(None),
        Value::Object(fields) => Ok(Some(fields)),
        other => Err(DecodeError::Whole { kind: kind_name(other), wanted }),
    }
}

fn items<'a>(value: &'a Value, place: Place, wanted: &'static str) -> Result<&'a [Value], DecodeError> {
    match value {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        other => Err(place.wrong(other, wanted)),
    }
}

fn text(out: &mut String, value: &Value, place: Place) -> Result<(), DecodeError> {
    match value {
        Value::Null => {}
        Value::String(text) => out.clone_from(text),
        Value::Bool(flag) => *out = flag.to_string(),
        Value::Number(number) if !number.is_f64() => *out = number.to_string(),
        Value::Number(number) => *out = float_text(number.as_f64().unwrap_or_default()),
        Value::Array(_) | Value::Object(_) => return Err(place.wrong(value, "string")),
    }
    Ok(())
}

fn texts(out: &mut Vec<String>, value: &Value, place: Place) -> Result<(), DecodeError> {
    let items = items(value, place, "[]string")?;
    out.clear();
    for item in items {
        let mut one = String::new();
        text(&mut one, item, place)?;
        out.push(one);
    }
    Ok(())
}

fn text_map(out: &mut BTreeMap<String, String>, value: &Value, place: Place) -> Result<(), DecodeError> {
    match value {
        Value::Null => out.clear(),
        Value::Object(fields) => {
            for (key, value) in fields {
                let mut one = String::new();
                text(&mut one, value, place)?;
                out.insert(key.clone(), one);
            }
        }
        other => return Err(place.wrong(other, "map[string]string")),
    }
    Ok(())
}

fn flag(out: &mut bool, value: &Value, place: Place) -> Result<(), DecodeError> {
    match value {
        Value::Null => {}
        Value::Bool(flag) => *out = *flag,
        other => return Err(place.wrong(other, "bool")),
    }
    Ok(())
}

/// The same value with every number a float, as Go's decoder leaves it in an `interface{}`.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), floats(value))).collect(),
        other => other.clone(),
    }
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`: how a float becomes text for a string field.
fn float_text(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "Go formats it with 32 bits too")]
    let value = value as f32;
    if !value.is_finite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) || digits == "0" {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(json: &Value) -> Result<Metadata, String> {
        let mut metadata = Metadata::default();
        metadata.merge_json(json, Unknown::Ignored).map_err(|error| error.to_string())?;
        Ok(metadata)
    }

    #[test]
    fn numbers_and_booleans_become_text_where_text_is_wanted() {
        let json = json!({
            "keywords": [1, 2.5, true, null],
            "annotations": {"a": 123456789012_i64, "b": null, "d": 1e10, "e": 1234567.5, "f": 1.1},
            "maintainers": [{"name": 12}],
        });
        let metadata = metadata(&json).expect("it fits");
        assert_eq!(metadata.keywords, ["1", "2.5", "true", ""]);
        let annotations: Vec<_> = metadata.annotations.values().map(String::as_str).collect();
        assert_eq!(annotations, ["123456789012", "", "1e+10", "1.2345675e+06", "1.1"]);
        assert_eq!(metadata.maintainers[0].name, "12");
    }

    #[test]
    fn errors_name_the_innermost_struct_and_the_whole_path() {
        let message = |json| metadata(&json).expect_err("it does not fit");
        assert_eq!(
            message(json!({"maintainers": [{"name": ["a"]}]})),
            "json: cannot unmarshal array into Go struct field Maintainer.maintainers.name of type string"
        );
        assert_eq!(
            message(json!({"maintainers": ["foo"]})),
            "json: cannot unmarshal string into Go struct field Metadata.maintainers of type v2.Maintainer"
        );
        assert_eq!(message(json!([1])), "json: cannot unmarshal array into Go value of type v2.Metadata");
    }

    #[test]
    fn nulls_in_lists_are_remembered_for_validation() {
        let metadata = metadata(&json!({"dependencies": [{"name": "a"}, null]})).expect("it fits");
        assert_eq!(metadata.dependencies.len(), 1);
        assert_eq!(metadata.origin.null_dependency, Some(1));
        assert!(metadata.origin.declares_dependencies);
    }

    #[test]
    fn an_unknown_field_is_an_error_only_where_it_is_refused() {
        let mut metadata = Metadata::default();
        let json = json!({"name": "a", "nmae": "b"});
        assert_eq!(metadata.merge_json(&json, Unknown::Ignored), Ok(()));
        let error = metadata.merge_json(&json, Unknown::Refused).expect_err("it is unknown");
        assert_eq!(error.to_string(), "json: unknown field \"nmae\"");
    }

    #[test]
    fn a_lock_keeps_its_zone() {
        let lock = Lock::from_json(&json!({"generated": "2026-01-02T03:04:05.6+02:00", "digest": "x"}));
        let lock = lock.expect("it fits").expect("it is there");
        assert_eq!(lock.generated.map(|at| at.to_string()).as_deref(), Some("2026-01-02T03:04:05.6+02:00"));
    }
}
