//! Pruning and defaulting by a structural schema, as `apiserver/schema/{pruning,defaulting}` do.

use super::props::{Additional, Props};
use serde_json::{Map, Value};
use skiff_compact::Order;

/// What every object has, whatever its schema says.
pub(crate) const META_FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// Removes unknown fields and returns their paths, sorted. `root` is true where `object` is a whole resource.
pub(crate) fn prune(object: &mut Value, schema: Option<&Props>, root: bool) -> Vec<String> {
    let mut walk = Walk { unknown: Vec::new() };
    match schema {
        Some(schema) => walk.prune(object, Some(schema), root || schema.embedded, ""),
        None if root => walk.nothing(object),
        None => walk.prune(object, None, false, ""),
    }
    walk.unknown.order();
    walk.unknown
}

struct Walk {
    unknown: Vec<String>,
}

impl Walk {
    /// A whole resource of which nothing is known keeps its meta fields alone.
    fn nothing(&mut self, object: &mut Value) {
        if let Value::Object(fields) = object {
            fields.retain(|key, _| self.keep(META_FIELDS.contains(&key.as_str()), "", key));
        }
    }

    fn keep(&mut self, keep: bool, path: &str, key: &str) -> bool {
        if !keep {
            self.unknown.push(below(path, key));
        }
        keep
    }

    fn prune(&mut self, value: &mut Value, schema: Option<&Props>, embedded: bool, path: &str) {
        if let Some(schema) = schema.filter(|schema| schema.preserves()) {
            return self.skip(value, schema, embedded, path);
        }
        match value {
            Value::Object(fields) => self.fields(fields, schema, embedded, path),
            Value::Array(items) => {
                let schema = schema.and_then(Props::item);
                let embedded = schema.is_some_and(|schema| schema.embedded);
                for (place, item) in items.iter_mut().enumerate() {
                    self.prune(item, schema, embedded, &format!("{path}[{place}]"));
                }
            }
            _ => {}
        }
    }

    fn fields(
        &mut self,
        fields: &mut Map<String, Value>,
        schema: Option<&Props>,
        embedded: bool,
        path: &str,
    ) {
        let Some(schema) = schema else {
            self.unknown.extend(fields.keys().map(|key| below(path, key)));
            return fields.clear();
        };
        let mut gone = Vec::new();
        for (key, value) in fields.iter_mut() {
            let meta = META_FIELDS.contains(&key.as_str());
            if embedded && meta {
                continue;
            }
            match (schema.property(key), schema.additional.as_deref()) {
                (Some(property), _) => {
                    self.prune(value, Some(property), property.embedded, &below(path, key))
                }
                (None, Some(Additional::Schema(values))) => {
                    self.prune(value, Some(values), values.embedded, &below(path, key));
                }
                (None, Some(Additional::Allowed(_))) => self.prune(value, None, false, &below(path, key)),
                (None, None) => gone.push((key.clone(), meta && path.is_empty())),
            }
        }
        for (key, silent) in gone {
            fields.remove(&key);
            if !silent {
                self.unknown.push(below(path, &key));
            }
        }
    }

    /// Where unknown fields are kept, known ones are still pruned inside.
    fn skip(&mut self, value: &mut Value, schema: &Props, embedded: bool, path: &str) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields.iter_mut() {
                    if embedded && META_FIELDS.contains(&key.as_str()) {
                        continue;
                    }
                    if let Some(property) = schema.property(key) {
                        self.prune(value, Some(property), property.embedded, &below(path, key));
                    } else if schema.additional.is_some() {
                        let values = schema.values();
                        let embedded = values.is_some_and(|values| values.embedded);
                        self.prune(value, values, embedded, &below(path, key));
                    }
                }
            }
            Value::Array(items) => {
                let Some(schema) = schema.item() else { return };
                for (place, item) in items.iter_mut().enumerate() {
                    self.skip(item, schema, schema.embedded, &format!("{path}[{place}]"));
                }
            }
            _ => {}
        }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Removes nulls from maps where the schema neither allows null nor has a default to put there.
pub(crate) fn prune_nulls(value: &mut Value, schema: Option<&Props>) {
    match value {
        Value::Object(fields) => fields.retain(|key, value| {
            let schema = schema.and_then(|schema| schema.child(key));
            let goes =
                value.is_null() && schema.is_some_and(|schema| !schema.nullable && schema.default.is_none());
            if !goes {
                prune_nulls(value, schema);
            }
            !goes
        }),
        Value::Array(items) => {
            let schema = schema.and_then(Props::item);
            items.iter_mut().for_each(|item| prune_nulls(item, schema));
        }
        _ => {}
    }
}

/// Puts defaults where fields are missing, or null without being allowed to be.
pub(crate) fn default(value: &mut Value, schema: &Props) {
    match value {
        Value::Object(fields) => {
            for (key, property) in &schema.properties {
                let Some(default) = &property.default else { continue };
                let given = fields.get(key.as_ref());
                if given.is_none_or(|given| given.is_null() && !property.nullable) {
                    fields.insert(key.to_string(), default.as_ref().clone());
                }
            }
            for (key, value) in fields.iter_mut() {
                if let Some(property) = schema.property(key) {
                    default(value, property);
                } else if let Some(values) = schema.values() {
                    fill_null(value, values);
                    default(value, values);
                }
            }
        }
        Value::Array(items) => {
            let Some(schema) = schema.item() else { return };
            for item in items {
                fill_null(item, schema);
                default(item, schema);
            }
        }
        _ => {}
    }
}

/// A null that may not be one becomes the default, or stays null where there is none.
fn fill_null(value: &mut Value, schema: &Props) {
    if let (true, false, Some(default)) = (value.is_null(), schema.nullable, &schema.default) {
        *value = default.as_ref().clone();
    }
}
