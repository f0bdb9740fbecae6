//! One served version of a custom resource: decoding, preparing and validating its objects.

use super::{
    columns::Column, correlate::Pair, lists, meta, props::Props, prune, rules::Rules, scale::Scale, value,
};
use crate::{
    field::Error,
    kinds::Resource,
    object,
    schema::{Schema, Types},
};
use serde_json::Value;
use skiff_compact::Order;
use std::sync::{Arc, OnceLock};

/// A served version of a custom resource.
#[derive(Debug)]
pub struct Custom {
    /// Names, verbs and subresources, as of built-in resources.
    pub resource: Resource,
    /// The name of the definition: `crontabs.stable.example.com`.
    pub definition: String,
    /// The version in which objects are stored.
    pub storage_version: String,
    /// The warning that requests get where the version is deprecated.
    pub deprecation: Option<String>,
    /// The definition is being deleted: nothing may be created.
    pub terminating: bool,
    /// Whether it is served; objects may be stored in versions that are not.
    pub served: bool,
    /// `spec.conversion.webhook`, where a webhook converts between the versions.
    pub conversion: Option<Arc<Value>>,
    /// Where replicas stand, with a `scale` subresource.
    pub scale: Option<Scale>,
    /// The columns beside the name.
    pub columns: Vec<Column>,
    /// The paths of fields that selectors may name, without the leading dot.
    pub selectable: Vec<String>,
    /// Whether there is a `status` subresource.
    pub has_status: bool,
    /// The schema as JSON without descriptions; parsed when an object comes.
    pub(super) source: Box<str>,
    pub(super) compiled: OnceLock<Compiled>,
    pub(super) types: OnceLock<Types>,
}

/// A parsed schema with its CEL programs.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) schema: Props,
    pub(crate) rules: Option<Rules>,
}

/// What may be read loosely while an object is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A request's body.
    Request,
    /// The store: metadata that no longer decodes is dropped silently.
    Store,
}

/// Which part of an object an update may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All but the status, where that is a subresource.
    Main,
    /// The status alone.
    Status,
}

/// What an update's validation says.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What refuses the update.
    pub errors: Vec<Error>,
    /// What would have, had the part not been so before.
    pub warnings: Vec<String>,
}

impl Custom {
    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let value: Value = serde_json::from_str(&self.source).unwrap_or_default();
            let schema = Props::read(&value);
            let rules = Rules::of(&schema);
            Compiled { schema, rules }
        })
    }

    /// The types for applying: the structural schema under [`Resource::type_name`].
    #[must_use]
    pub fn types(&self) -> &Types {
        self.types.get_or_init(|| {
            let mut types = Types::default();
            let value: Value = serde_json::from_str(&self.source).unwrap_or_default();
            if let Ok(schema) = Schema::from_openapi(&value) {
                types.insert(&self.resource.type_name, schema);
            }
            types
        })
    }

    /// `spec.versions[*].schema.openAPIV3Schema` without descriptions, as JSON.
    #[must_use]
    pub fn schema_json(&self) -> &str {
        &self.source
    }

    /// Drops what the schema does not know, nulls that may not be, and unknown metadata; then puts defaults in.
    /// Returns the paths of unknown fields, as strict decoding tells them.
    ///
    /// # Errors
    /// Metadata, at the root or embedded, that does not decode: the text after `cannot be handled as a …: `.
    pub fn decode(&self, object: &mut Value, origin: Origin) -> Result<Vec<String>, String> {
        let unknown = self.coerce(object, origin)?;
        prune::default(object, &self.compiled().schema);
        Ok(unknown)
    }

    /// [`Custom::decode`] without defaults: what conversions give is brought into shape so.
    ///
    /// # Errors
    /// As [`Custom::decode`].
    pub fn coerce(&self, object: &mut Value, origin: Origin) -> Result<Vec<String>, String> {
        let schema = &self.compiled().schema;
        let mut unknown = Vec::new();
        if let Some(metadata) = object.get_mut("metadata") {
            match meta::coerce_metadata(metadata, "metadata") {
                Ok(paths) => unknown.extend(paths),
                Err(why) if origin == Origin::Request => return Err(why),
                Err(_) => {}
            }
        }
        unknown.extend(prune::prune(object, Some(schema), true));
        prune::prune_nulls(object, Some(schema));
        let mut embedded = Vec::new();
        match meta::coerce_embedded(object, schema, false, "", &mut embedded) {
            Err(why) if origin == Origin::Request => return Err(why.to_string()),
            _ => {
                embedded.order();
                unknown.extend(embedded);
            }
        }
        Ok(unknown)
    }

    /// The object in this version: the None conversion changes `apiVersion` alone.
    pub fn convert(&self, object: &mut Value) {
        object["apiVersion"] = self.resource.gvr.api_version().into();
    }

    /// What a creation may not set: the status, where it is a subresource, and the generation.
    pub fn prepare_for_create(&self, object: &mut Value) {
        if let (true, Value::Object(fields)) = (self.has_status, &mut *object) {
            fields.remove("status");
        }
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("generation".to_owned(), 1.into());
        }
    }

    /// Keeps the part that the update is not about, and counts the generation on where anything but metadata changed.
    pub fn prepare_for_update(&self, part: Part, new: &mut Value, old: &Value) {
        if part == Part::Status {
            let status = new.get("status").cloned();
            let managed = new.pointer("/metadata/managedFields").cloned();
            *new = old.clone();
            set(new, "status", status);
            if let Some(metadata) = new.get_mut("metadata") {
                set(metadata, "managedFields", managed);
            }
            return;
        }
        if self.has_status {
            set(new, "status", old.get("status").cloned());
        }
        let rest = |object: &Value| -> Vec<(String, Value)> {
            let fields = object.as_object().into_iter().flatten();
            fields
                .filter(|(key, _)| *key != "metadata")
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect()
        };
        let generation = old.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
        let changed = i64::from(rest(new) != rest(old));
        if let Some(metadata) = new.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("generation".to_owned(), (generation + changed).into());
        }
    }

    /// The errors of a new object. `metadata` holds those of its metadata, which stand among the others.
    #[must_use]
    pub fn validate_create(&self, object: &Value, metadata: Vec<Error>) -> Vec<Error> {
        let mut errors = self.type_errors(object);
        if !errors.is_empty() {
            return errors;
        }
        let Compiled { schema, rules } = self.compiled();
        errors.extend(metadata);
        errors.extend(value::validate("", object, schema, None));
        if let Some(scale) = &self.scale {
            errors.extend(scale.validate_spec(object));
            errors.extend(scale.validate_status(object));
        }
        meta::validate_embedded(object, schema, false, "", &mut errors);
        errors.extend(lists::validate("", schema, object));
        if let Some(rules) = rules {
            match unchecked(&errors) {
                Some(error) => errors.push(error),
                None => errors.extend(rules.validate("", object, None, None).0),
            }
        }
        errors
    }

    /// The errors of a changed object. `metadata` holds those of its metadata.
    #[must_use]
    pub fn validate_update(&self, part: Part, new: &Value, old: &Value, metadata: Vec<Error>) -> Verdict {
        let mut errors = self.type_errors(new);
        if !errors.is_empty() {
            return Verdict { errors, warnings: Vec::new() };
        }
        let Compiled { schema, rules } = self.compiled();
        errors.extend(metadata);
        let pair = Pair::new(new, old, schema);
        match part {
            Part::Main => errors.extend(value::validate("", new, schema, Some(pair))),
            Part::Status => {
                if let (Some(status), Some(schema)) = (new.get("status"), schema.property("status")) {
                    errors.extend(value::validate("status", status, schema, pair.key("status")));
                }
            }
        }
        if let Some(scale) = &self.scale {
            if part == Part::Main {
                errors.extend(scale.validate_spec(new));
            }
            errors.extend(scale.validate_status(new));
        }
        if part == Part::Main {
            meta::validate_embedded(new, schema, false, "", &mut errors);
        }
        if lists::validate("", schema, old).is_empty() {
            errors.extend(lists::validate("", schema, new));
        }
        let mut warnings = Vec::new();
        if let Some(rules) = rules {
            match unchecked(&errors) {
                Some(error) => errors.push(error),
                None => {
                    let (failed, forgiven) = rules.validate("", new, Some(old), Some(pair));
                    errors.extend(failed);
                    warnings = forgiven;
                }
            }
        }
        Verdict { errors, warnings }
    }

    fn type_errors(&self, object: &Value) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut check = |key: &str, expected: &str| {
            let given = object::text(object, &[key]);
            if given != expected {
                errors.push(Error::invalid(key, given, format!("must be {expected}")));
            }
        };
        check("kind", &self.resource.kind);
        check("apiVersion", &self.resource.gvr.api_version());
        errors
    }

    /// The values of [`Custom::selectable`] fields of an object, as selectors compare them.
    #[must_use]
    pub fn selectable_fields(&self, object: &Value) -> Vec<(String, String)> {
        let text = |path: &String| {
            let found = super::jsonpath::first(&format!(".{path}"), object);
            let shown = found.filter(|value| !value.is_null()).map(|value| super::jsonpath::print(&value));
            (path.clone(), shown.unwrap_or_default())
        };
        self.selectable.iter().map(text).collect()
    }
}

/// Sets or removes a field.
fn set(object: &mut Value, key: &str, value: Option<Value>) {
    let Some(fields) = object.as_object_mut() else { return };
    match value {
        Some(value) => fields.insert(key.to_owned(), value),
        None => fields.remove(key),
    };
}

/// Rules are not evaluated on values of the wrong shape; what is said instead.
fn unchecked(errors: &[Error]) -> Option<Error> {
    use crate::field::Kind;
    let blocks = |error: &Error| {
        matches!(
            error.kind,
            Kind::NotSupported | Kind::Required | Kind::TooLong | Kind::TooMany | Kind::TypeInvalid
        )
    };
    errors.iter().any(blocks).then(|| {
        Error::invalid(
            super::outcome::NO_PATH,
            Value::Null,
            "some validation rules were not checked because the object was invalid; \
             correct the existing errors to complete validation",
        )
    })
}
