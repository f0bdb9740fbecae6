//! What a patch made, as an object of its kind again.

use super::{Caller, FieldValidation, Foreign, Served};
use crate::{field, object, patch, schema, status::Status};
use serde_json::Value;

/// Decodes what a patch made: types, unknown fields, defaults. `typed` is the patch where it is a strategic one, which the
/// real server puts into Go's types itself; the others it writes as JSON and decodes. `strict` is what is told of already.
///
/// # Errors
/// 422 with the real server's reasons.
pub(super) fn decode(
    served: &Served,
    caller: &Caller,
    (value, typed): (Value, Option<&Value>),
    mut strict: Vec<String>,
) -> Result<Value, Status> {
    let refused = |why: String| {
        let shown = typed.map_or_else(|| value.to_string(), patch::go_value);
        Status::invalid("", "", "", &[field::Error::invalid("patch", shown, why)])
    };
    if !value.is_object() {
        return Err(refused(no_object(&value)));
    }
    if object::nests_deeper(&value, object::MAX_DEPTH) {
        return Err(Status::bad_request("exceeded max depth"));
    }
    if typed.is_none()
        && let Some(why) = foreign(served, &value)
    {
        return Err(refused(why));
    }
    let of = if served.custom.is_some() { None } else { served.type_ref() };
    let decoded = schema::decode_value(&value, of, schema::Mode::Warn)
        .map_err(|why| refused(if typed.is_some() { converted(&why) } else { why }))?;
    let mut object = decoded.value;
    strict.extend(decoded.warnings);
    strict.extend(served.default(&mut object)?.into_iter().map(|path| format!("unknown field {path:?}")));
    match caller.validation {
        FieldValidation::Strict if !strict.is_empty() => {
            return Err(refused(format!("strict decoding error: {}", strict.join(", "))));
        }
        FieldValidation::Ignore => {}
        _ => strict.into_iter().for_each(|warning| caller.warn(warning)),
    }
    Ok(object)
}

/// Why an object that a patch gave another version or kind is none of these; those of custom resources are judged later.
fn foreign(served: &Served, value: &Value) -> Option<String> {
    if served.custom.is_some() {
        return None;
    }
    let own = served.gvr.api_version();
    let text = |key: &str| Some(object::text(value, &[key])).filter(|text| !text.is_empty());
    let (version, kind) = (text("apiVersion").unwrap_or(&own), text("kind").unwrap_or(&served.kind));
    match served.foreign(version, kind, (&own, &served.kind))? {
        Foreign::Version(why) | Foreign::Kind(why) => Some(why),
    }
}

/// What is said of a body that is no object.
fn no_object(value: &Value) -> String {
    let what = match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    format!(
        "couldn't get version/kind; json parse error: json: cannot unmarshal {what} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
    )
}

/// The refusal of `DefaultUnstructuredConverter` for what Go's JSON decoder refuses with `why`: it names the types alone.
fn converted(why: &str) -> String {
    let parts = why
        .strip_prefix("json: cannot unmarshal ")
        .and_then(|rest| rest.split_once(" into Go "))
        .and_then(|(given, rest)| Some((given, rest.rsplit_once(" of type ")?.1)));
    let Some((given, wanted)) = parts else { return why.to_owned() };
    let kind = match given.split(' ').next() {
        Some("number") => "int64",
        Some("array") => "slice",
        Some("object") => "map",
        _ => given,
    };
    match wanted {
        _ if wanted.starts_with("map[") => format!("cannot restore map from {kind}"),
        _ if wanted.starts_with("[]") => format!("cannot restore slice from {kind}"),
        "string" if kind == "int64" => "cannot convert int64 to string".to_owned(),
        _ if wanted.contains('.') => format!("cannot restore struct from: {kind}"),
        _ => format!("unrecognized type: {wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use super::converted;

    #[test]
    fn refusals_of_types_are_the_converters() {
        let cases = [
            (
                "json: cannot unmarshal string into Go struct field A.spec.b of type int32",
                "unrecognized type: int32",
            ),
            (
                "json: cannot unmarshal number into Go struct field A.spec.b of type string",
                "cannot convert int64 to string",
            ),
            (
                "json: cannot unmarshal string into Go struct field A.spec.b of type []v1.Port",
                "cannot restore slice from string",
            ),
            (
                "json: cannot unmarshal bool into Go struct field A.spec of type v1.Spec",
                "cannot restore struct from: bool",
            ),
            ("illegal base64 data at input byte 0", "illegal base64 data at input byte 0"),
        ];
        for (given, wanted) in cases {
            assert_eq!(converted(given), wanted);
        }
    }
}
