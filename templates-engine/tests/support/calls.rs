//! Cases that call template functions directly: one JSON object a line.
//!
//! `{"call": EXPR, "out": JSON}` or `{"call": EXPR, "err": "…"}`; the answers are Helm's, recorded
//! by `tests/conformance/calls.rs`, never typed. An EXPR is a string, a number, a boolean, null,
//! `["list", …]`-like calls of functions `["name", ARG…]`, `{"b64": "…"}` for bytes, or
//! `{"of": EXPR, "method": "Name", "args": […]}`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value as Json, json};
use std::{cell::Cell, fs, path::Path};
use templates_engine::{
    exec::{Call, FuncError, Host},
    funcs,
    value::{Type, Value},
};

/// A host without surprises: a fixed clock, UTC, and bytes that only look random.
pub struct FixedHost(Cell<u64>);

impl FixedHost {
    pub fn new() -> Self {
        Self(Cell::new(0x5eed))
    }
}

impl Host for FixedHost {
    fn now(&self) -> Timestamp {
        Timestamp::new(1_700_000_000, 123_456_789).expect("a valid time")
    }

    fn local_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        for byte in buffer {
            // xorshift64
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = (x >> 24) as u8;
        }
    }

    fn host_by_name(&self, _name: &str) -> Option<String> {
        None
    }
}

/// One line of a case file.
#[derive(Clone, Debug)]
pub struct Case {
    pub call: Json,
    pub answer: Option<Json>,
}

/// Reads a case file; empty lines and lines that begin with `#` are skipped.
pub fn read(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let case: Json = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
            let answer = ["out", "err"].iter().find_map(|key| Some(json!({ *key: case.get(key)? })));
            Case { call: case["call"].clone(), answer }
        })
        .collect()
}

/// The expression in template syntax.
pub fn template(expr: &Json) -> String {
    let joined = |parts: &[Json]| parts.iter().map(template).collect::<Vec<_>>().join(" ");
    match expr {
        Json::Null => "nil".into(),
        Json::Array(call) => {
            let name = call[0].as_str().expect("a function's name");
            let call = format!("{name} {}", joined(&call[1..]));
            format!("({})", call.trim_end())
        }
        Json::Object(fields) => match fields.get("b64") {
            Some(bytes) => format!("(b64dec {bytes})"),
            None => {
                let method = fields["method"].as_str().expect("a method's name");
                let args =
                    fields.get("args").and_then(Json::as_array).map(|args| joined(args)).unwrap_or_default();
                let call = format!("{}.{method} {args}", template(&fields["of"]));
                format!("({})", call.trim_end())
            }
        },
        literal => literal.to_string(),
    }
}

fn convert(value: Value, to: Type) -> Value {
    match (value, to) {
        (Value::Int(_, n), Type::Int(kind)) => Value::Int(kind, n),
        (Value::Int(_, n), Type::Uint(kind)) => Value::Uint(kind, n as u64),
        (Value::Int(_, n), Type::Float(kind)) => Value::Float(kind, n as f64),
        (value, _) => value,
    }
}

/// What our own functions make of the expression.
pub fn eval(call: &mut Call<'_>, expr: &Json) -> Result<Value, FuncError> {
    Ok(match expr {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => {
            n.as_i64().map_or_else(|| Value::float64(n.as_f64().expect("a number")), Value::int)
        }
        Json::String(s) => s.as_str().into(),
        Json::Array(parts) => {
            let name = parts[0].as_str().expect("a function's name");
            let args = parts[1..].iter().map(|arg| eval(call, arg)).collect::<Result<Vec<_>, _>>()?;
            apply(call, name, args)?
        }
        Json::Object(fields) => match fields.get("b64") {
            Some(bytes) => {
                Value::string(BASE64_STANDARD.decode(bytes.as_str().expect("base64")).expect("base64"))
            }
            None => method(call, fields)?,
        },
    })
}

fn method(call: &mut Call<'_>, fields: &serde_json::Map<String, Json>) -> Result<Value, FuncError> {
    let object = eval(call, &fields["of"])?;
    let name = fields["method"].as_str().expect("a method's name");
    let none = Vec::new();
    let args = fields.get("args").and_then(Json::as_array).unwrap_or(&none);
    let args = args.iter().map(|arg| eval(call, arg)).collect::<Result<Vec<_>, _>>()?;
    let Value::Object(object) = object else { panic!("{name} of {object:?}") };
    if object.method(name).is_some() {
        return object.call_method(call, name, &args);
    }
    object
        .field(name)
        .ok_or_else(|| FuncError::new(format!("can't evaluate field {name} in type {}", object.type_name())))
}

fn apply(call: &mut Call<'_>, name: &str, args: Vec<Value>) -> Result<Value, FuncError> {
    match name {
        "list" => return Ok(Value::list(args)),
        "int64" => return Ok(convert(args[0].clone(), Type::INT64)),
        _ => {}
    }
    let spec = funcs::sprig().find(|spec| spec.name == name).unwrap_or_else(|| panic!("no function {name}"));
    let at = |i: usize| spec.params.get(i).or(spec.params.last()).copied().unwrap_or(Type::Any);
    let args: Vec<Value> = args.into_iter().enumerate().map(|(i, arg)| convert(arg, at(i))).collect();
    (spec.call)(call, &args)
}

/// The value as `toJson` writes it.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Bool(b) => (*b).into(),
        Value::Int(_, n) => (*n).into(),
        Value::Uint(_, n) => (*n).into(),
        Value::Float(_, n) if n.fract() == 0.0 && n.abs() < 1e15 => (*n as i64).into(),
        // Read back, because serde_json may read Helm's digits one bit off.
        Value::Float(_, n) => serde_json::from_str(&n.to_string()).unwrap_or(Json::Null),
        Value::Complex(..) => Json::Null,
        Value::Str(s) => {
            let chunks = s.as_bytes().utf8_chunks();
            chunks
                .map(|c| format!("{}{}", c.valid(), "\u{fffd}".repeat(c.invalid().len())))
                .collect::<String>()
                .into()
        }
        Value::List(list) if list.is_nil() => Json::Null,
        Value::List(list) => list.iter().map(json).collect(),
        Value::Map(map) => map.snapshot().iter().map(|(k, v)| (k.to_string(), json(v))).collect(),
        Value::Object(object) => object.to_json(),
    }
}

/// Our answer in the recorded form.
pub fn ours(expr: &Json) -> Json {
    let host = FixedHost::new();
    match eval(&mut Call::detached(&host), expr) {
        Ok(value) => json!({ "out": json(&value) }),
        Err(error) => json!({ "err": error.to_string() }),
    }
}
