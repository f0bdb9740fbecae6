//! Printer columns of custom resources: `registry/customresource/tableconvertor`.

use serde_json::Value;

/// A column beside the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// `int32`, `date`, …; often empty.
    pub format: String,
    /// What it shows.
    pub description: String,
    /// 0 shows always, more only in wide output.
    pub priority: i64,
    /// Where the value stands, as JSONPath: `.spec.replicas`.
    pub path: String,
}

impl Column {
    pub(crate) fn read(column: &Value) -> Self {
        let text = |key: &str| column.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let path = text("jsonPath");
        let description = match text("description") {
            none if none.is_empty() => {
                format!("Custom resource definition column (in JSONPath format): {path}")
            }
            given => given,
        };
        Self {
            name: text("name"),
            kind: text("type"),
            format: text("format"),
            description,
            priority: column.get("priority").and_then(Value::as_i64).unwrap_or_default(),
            path,
        }
    }

    /// The value that this column shows of an object, before dates become ages: `null` where there is none or one
    /// of another type.
    #[must_use]
    pub fn cell(&self, object: &Value) -> Value {
        let Some(found) = super::jsonpath::first(&self.path, object) else { return Value::Null };
        match (self.kind.as_str(), found) {
            (_, Value::Null) if self.kind != "string" => Value::Null,
            ("string", found) => super::jsonpath::print(&found).into(),
            ("integer", Value::Number(number)) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => whole.into(),
                #[expect(clippy::cast_possible_truncation, reason = "as Go converts it")]
                (None, Some(float)) => (float as i64).into(),
                _ => Value::Null,
            },
            ("number", found @ Value::Number(_)) | ("boolean", found @ Value::Bool(_)) => found,
            ("date", found @ Value::String(_)) => found,
            _ => Value::Null,
        }
    }
}
