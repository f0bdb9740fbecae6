//! Helm's functions between values and YAML, JSON and TOML (`pkg/engine/funcs.go`).
//!
//! The plain forms swallow errors as Helm's do (an empty text, or an `Error` key); the `must`
//! forms fail.

use crate::yaml;
use serde_json::Value as Json;
use templates_engine::{
    exec::{Call, FuncError},
    funcs::FuncSpec,
    json::{self, Escape, kind_name},
    toml,
    value::{List, Map, Str, Type, Value},
};

/// The rows that Helm adds to Sprig's, or puts in the place of Sprig's.
pub(super) const TABLE: &[FuncSpec] = &[
    row("fromJson", &[Type::String], Type::DICT, from_json),
    row("fromJsonArray", &[Type::String], Type::LIST, from_json_array),
    row("fromToml", &[Type::String], Type::DICT, from_toml),
    row("fromYaml", &[Type::String], Type::DICT, from_yaml),
    row("fromYamlArray", &[Type::String], Type::LIST, from_yaml_array),
    row("mustToJson", &[Type::Any], Type::String, must_to_json),
    row("mustToToml", &[Type::Any], Type::String, must_to_toml),
    row("mustToYaml", &[Type::Any], Type::String, must_to_yaml),
    row("toJson", &[Type::Any], Type::String, to_json),
    row("toToml", &[Type::Any], Type::String, to_toml),
    row("toYaml", &[Type::Any], Type::String, to_yaml),
    row("toYamlPretty", &[Type::Any], Type::String, to_yaml_pretty),
];

type Body = fn(&mut Call<'_>, &[Value]) -> Result<Value, FuncError>;
type Answer = Result<Value, FuncError>;

const fn row(name: &'static str, params: &'static [Type], returns: Type, call: Body) -> FuncSpec {
    FuncSpec { name, params, variadic: false, returns, call }
}

fn text(args: &[Value]) -> &[u8] {
    args.first().and_then(Value::as_str).map_or(&[], Str::as_bytes)
}

fn refuse(error: impl std::fmt::Display) -> FuncError {
    FuncError::new(error.to_string())
}

/// A map that only says what went wrong.
fn error_map(error: &impl std::fmt::Display) -> Value {
    Value::map([(Str::from("Error"), Value::from(error.to_string()))])
}

fn error_list(error: &impl std::fmt::Display) -> Value {
    Value::list(vec![Value::from(error.to_string())])
}

/// Go decodes `null` into a nil map or slice, which is empty and encodes as `null` again.
fn nil_map() -> Value {
    Value::Map(Map::nil(&Type::DICT))
}

fn nil_list() -> Value {
    Value::List(List::nil(&Type::ANY))
}

fn wrong_type(prefix: &str, found: &Json, wanted: &str) -> String {
    let found = kind_name(found);
    format!("{prefix}json: cannot unmarshal {found} into Go value of type {wanted}")
}

const YAML_PREFIX: &str = "error unmarshaling JSON: while decoding JSON: ";

fn map_of<E: std::fmt::Display>(read: Result<Json, E>, prefix: &str) -> Value {
    match read {
        Ok(Json::Null) => nil_map(),
        Ok(value @ Json::Object(_)) => Value::from_json(&value),
        Ok(other) => error_map(&wrong_type(prefix, &other, "map[string]interface {}")),
        Err(error) => error_map(&error),
    }
}

fn list_of<E: std::fmt::Display>(read: Result<Json, E>, prefix: &str) -> Value {
    match read {
        Ok(Json::Null) => nil_list(),
        Ok(value @ Json::Array(_)) => Value::from_json(&value),
        Ok(other) => error_list(&wrong_type(prefix, &other, "[]interface {}")),
        Err(error) => error_list(&error),
    }
}

fn from_yaml(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(map_of(yaml::to_json(text(args)), YAML_PREFIX))
}

fn from_yaml_array(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(list_of(yaml::to_json(text(args)), YAML_PREFIX))
}

fn from_json(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(map_of(json::unmarshal(text(args)), ""))
}

fn from_json_array(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(list_of(json::unmarshal(text(args)), ""))
}

fn yaml_text<E: std::fmt::Display>(
    value: &Value,
    write: impl Fn(&Json) -> Result<String, E>,
) -> Result<String, FuncError> {
    let mut yaml = write(&value.to_json().map_err(refuse)?).map_err(refuse)?;
    if yaml.ends_with('\n') {
        yaml.pop();
    }
    Ok(yaml)
}

fn must_to_yaml(_: &mut Call<'_>, args: &[Value]) -> Answer {
    yaml_text(&args[0], yaml::from_json).map(Value::from)
}

fn to_yaml(call: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(must_to_yaml(call, args).unwrap_or_else(|_| Value::from("")))
}

fn to_yaml_pretty(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(Value::from(
        yaml_text(&args[0], |json| Ok::<_, FuncError>(yaml::from_json_pretty(json))).unwrap_or_default(),
    ))
}

fn must_to_json(_: &mut Call<'_>, args: &[Value]) -> Answer {
    json::text(&args[0], Escape::Html).map(Value::from).map_err(refuse)
}

fn to_json(call: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(must_to_json(call, args).unwrap_or_else(|_| Value::from("")))
}

fn from_toml(call: &mut Call<'_>, args: &[Value]) -> Answer {
    let offset = call.host().local_zone().to_offset(call.host().now());
    let text = String::from_utf8_lossy(text(args));
    Ok(toml::decode(&text, i64::from(offset.seconds())).unwrap_or_else(|error| error_map(&error)))
}

fn must_to_toml(_: &mut Call<'_>, args: &[Value]) -> Answer {
    toml::encode(&args[0]).map(Value::string).map_err(refuse)
}

fn to_toml(_: &mut Call<'_>, args: &[Value]) -> Answer {
    Ok(toml::encode(&args[0]).map_or_else(|error| Value::from(error.to_string()), Value::string))
}
