//! The `scale` subresource of custom resources: `registry/customresource/etcd.go`.

use crate::{field::Error, object, status::Status};
use serde_json::{Map, Value, json};

/// Where replicas and selectors stand in objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// `.spec.replicas`.
    pub spec: String,
    /// `.status.replicas`.
    pub status: String,
    /// `.status.selector`, if any.
    pub selector: Option<String>,
}

/// What stands at a path: the value, nothing, or the error of Go's accessor.
fn at<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let mut value = object;
    let mut walked = String::new();
    for key in path.trim_start_matches('.').split('.') {
        walked.push('.');
        walked.push_str(key);
        let Some(fields) = value.as_object() else {
            let (shown, kind) = (shown(value), go_type(value));
            return Err(format!(
                "{walked} accessor error: {shown} is of the type {kind}, expected map[string]interface{{}}"
            ));
        };
        match fields.get(key) {
            Some(inner) => value = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(value))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => crate::field::go_number(number),
        other => other.to_string(),
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn int(object: &Value, path: &str) -> Result<Option<i64>, String> {
    match at(object, path)? {
        None => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong(path, value, "int64")),
    }
}

fn wrong(path: &str, value: &Value, expected: &str) -> String {
    let dotted = format!(".{}", path.trim_start_matches('.'));
    format!(
        "{dotted} accessor error: {} is of the type {}, expected {expected}",
        shown(value),
        go_type(value)
    )
}

impl Scale {
    /// The errors of the replicas in the specification.
    pub(crate) fn validate_spec(&self, object: &Value) -> Vec<Error> {
        replicas(object, &self.spec)
    }

    /// The errors of replicas and selector in the status.
    pub(crate) fn validate_status(&self, object: &Value) -> Vec<Error> {
        let mut errors = replicas(object, &self.status);
        if let Some(path) = &self.selector
            && let Ok(Some(value)) = at(object, path)
            && !value.is_string()
        {
            errors.push(Error::invalid(path, "", wrong(path, value, "string")));
        }
        errors
    }

    /// The `autoscaling/v1` Scale of an object.
    ///
    /// # Errors
    /// Values of the wrong type, and an object without replicas, as internal errors.
    pub fn read(&self, custom: &Value) -> Result<Value, Status> {
        let spec = int(custom, &self.spec).map_err(Status::internal)?;
        let status = int(custom, &self.status).map_err(Status::internal)?.unwrap_or_default();
        let spec = spec.ok_or_else(|| {
            let path = crate::field::go_quote(&self.spec);
            Status::internal(format!("the spec replicas field {path} does not exist"))
        })?;
        let mut metadata = Map::new();
        for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            let text = object::text(custom, &["metadata", key]);
            if !text.is_empty() {
                metadata.insert(key.to_owned(), text.into());
            }
        }
        let mut scale = json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": if spec == 0 { json!({}) } else { json!({"replicas": spec}) },
            "status": {"replicas": status},
        });
        if let Some(path) = &self.selector
            && let Ok(Some(Value::String(selector))) = at(custom, path)
            && !selector.is_empty()
        {
            scale["status"]["selector"] = selector.as_str().into();
        }
        Ok(scale)
    }

    /// Puts the replicas of a Scale into the object.
    ///
    /// # Errors
    /// A path through something that is no map.
    pub fn write(&self, custom: &mut Value, scale: &Value) -> Result<(), Status> {
        let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or_default();
        let mut value = custom;
        let keys: Vec<&str> = self.spec.trim_start_matches('.').split('.').collect();
        for key in &keys {
            let Some(fields) = value.as_object_mut() else {
                let why =
                    format!("value cannot be set because {} is not a map[string]interface{{}}", self.spec);
                return Err(Status::internal(why));
            };
            value = fields.entry(*key).or_insert_with(|| Value::Object(Map::new()));
        }
        *value = replicas.into();
        Ok(())
    }
}

fn replicas(object: &Value, path: &str) -> Vec<Error> {
    let detail = match int(object, path) {
        Ok(Some(count @ i64::MIN..=-1)) => (count, "should be a non-negative integer".to_owned()),
        Ok(Some(count)) if count > i64::from(i32::MAX) => {
            (count, format!("should be less than or equal to {}", i32::MAX))
        }
        Ok(_) => return Vec::new(),
        Err(why) => (0, why),
    };
    vec![Error::invalid(path, detail.0, detail.1)]
}
