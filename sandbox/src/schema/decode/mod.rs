//! Bodies decoded as Kubernetes' fork of Go's `encoding/json` (sigs.k8s.io/json) does it: names of fields are exact,
//! unknown ones are dropped, and unknown and duplicate ones are told of; wrong types are refused in its words.

mod scalar;
mod walk;

use super::TypeRef;
use serde_json::{Value, value::RawValue};
use walk::{Slot, Walk};

/// `fieldValidation`: what happens to unknown and duplicate fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is said of them.
    Ignore,
    /// Each is a warning.
    #[default]
    Warn,
    /// They are refused.
    Strict,
}

/// What a body holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The object with its known fields; where no type is given, with all.
    pub value: Value,
    /// `unknown field "spec.foo"`, in the order of the body.
    pub warnings: Vec<String>,
}

/// Decodes a JSON body.
///
/// `of` is the object's type; without it every field is known, and only duplicates are told of (custom resources, whose
/// unknown fields are found when they are pruned).
///
/// Numbers, texts and times stand as they were given: `strategy::shape` brings them into Go's form.
///
/// # Errors
/// The reason, to be put behind `ConfigMap in version "v1" cannot be handled as a ConfigMap: `: a field of the wrong type
/// (`json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`), a bad time, quantity
/// or base64 text, or with [`Mode::Strict`] a `strict decoding error: …`.
///
/// ```
/// use skiff_sandbox::schema::{Mode, builtin, decode};
/// let of = builtin().get("io.k8s.api.core.v1.ConfigMap");
/// let decoded = decode(br#"{"data": {"a": "1"}, "foo": 2}"#, of, Mode::Warn)?;
/// assert_eq!(decoded.value, serde_json::json!({"data": {"a": "1"}}));
/// assert_eq!(decoded.warnings, [r#"unknown field "foo""#]);
/// # Ok::<(), String>(())
/// ```
pub fn decode(body: &[u8], of: Option<TypeRef<'_>>, mode: Mode) -> Result<Decoded, String> {
    let raw: &RawValue = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut walk = Walk::default();
    let value = walk.value(raw, Slot::root(of))?.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
    if let Some(mismatch) = walk.mismatch {
        return Err(mismatch);
    }
    match mode {
        Mode::Strict if !walk.strict.is_empty() => {
            Err(format!("strict decoding error: {}", walk.strict.join(", ")))
        }
        Mode::Ignore => Ok(Decoded { value, warnings: Vec::new() }),
        _ => Ok(Decoded { value, warnings: walk.strict }),
    }
}

/// The same of a value that is no text any more, such as a patched object.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_value(value: &Value, of: Option<TypeRef<'_>>, mode: Mode) -> Result<Decoded, String> {
    decode(value.to_string().as_bytes(), of, mode)
}

#[cfg(test)]
mod tests;
