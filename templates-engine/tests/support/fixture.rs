//! The functions and types of tests/peers/oracle/engine.go, so that both sides answer one question.

use jiff::{Timestamp, tz::TimeZone};
use std::any::Any;
use templates_engine::{
    exec::{Call, FuncError, FuncMap, Host, TextError},
    fmt,
    value::{FloatKind, IntKind, List, Map, Object, Signature, Str, Type, UintKind, Value},
};

/// A host of nothing.
pub struct Nowhere;

impl Host for Nowhere {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn local_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn fill_random(&self, buffer: &mut [u8]) {
        buffer.fill(4);
    }

    fn host_by_name(&self, _: &str) -> Option<String> {
        None
    }
}

#[derive(Debug)]
struct Point {
    pointer: bool,
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(_, n) => *n,
        other => panic!("not an int: {other:?}"),
    }
}

fn around(before: &[u8], text: &Value, after: &[u8]) -> Value {
    Value::string([before, text.as_str().expect("a string"), after].concat())
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_text().into_owned()
}

impl Object for Point {
    fn type_name(&self) -> &str {
        if self.pointer { "*main.Point" } else { "main.Point" }
    }

    fn kind_name(&self) -> &str {
        if self.pointer { "ptr" } else { "struct" }
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find_map(|(field, value)| (field == name).then_some(value))
    }

    fn is_interface_field(&self, name: &str) -> bool {
        name == "Inner"
    }

    fn fields(&self) -> Vec<(&str, Value)> {
        vec![("X", Value::int(1)), ("Y", Value::int(2)), ("Label", "p".into()), ("Inner", "in".into())]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        Some(match name {
            "Sum" => Signature::variadic(&[Type::INT], Type::INT),
            "Greet" | "Fail" => Signature::fixed(&[Type::String], Type::String),
            "Reach" if self.pointer => Signature::fixed(&[], Type::String),
            _ => return None,
        })
    }

    fn call_method(&self, _: &mut Call<'_>, name: &str, args: &[Value]) -> Result<Value, FuncError> {
        match name {
            "Sum" => Ok(Value::int(args.iter().map(int).fold(3, i64::wrapping_add))),
            "Greet" => Ok(around(b"hello ", &args[0], b" from p")),
            "Reach" => Ok("reached p".into()),
            _ => Err(FuncError::new(format!("point fails: {}", text(&args[0])))),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct Level(i64);

impl Object for Level {
    fn type_name(&self) -> &str {
        "main.Level"
    }

    fn kind_name(&self) -> &str {
        "int64"
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<Signature> {
        (name == "String").then_some(Signature::fixed(&[], Type::String))
    }

    fn call_method(&self, _: &mut Call<'_>, _: &str, _: &[Value]) -> Result<Value, FuncError> {
        Ok(format!("L{}", self.0).into())
    }

    fn display(&self) -> Option<String> {
        Some(format!("L{}", self.0))
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }

    fn renumbered(&self, number: i64) -> Option<Value> {
        Some(Value::object(Self(number)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const VALUES: Type = Type::Named("main.Values", &Type::DICT);
static VALUES_TYPE: Type = VALUES;

const fn same(of: &'static [Type; 1]) -> Signature {
    Signature::fixed(of, of[0])
}

fn length(value: &Value) -> Value {
    Value::int(match value {
        Value::List(list) => list.len() as i64,
        Value::Map(map) => map.len() as i64,
        other => panic!("no length: {other:?}"),
    })
}

/// The functions.
pub fn functions() -> FuncMap {
    let mut funcs = FuncMap::new();
    numbers(&mut funcs);
    values(&mut funcs);
    templates(&mut funcs);
    funcs
}

fn numbers(funcs: &mut FuncMap) {
    const STR: &[Type; 1] = &[Type::String];
    funcs
        .add("str", same(STR), |_, args| Ok(around(b"<", &args[0], b">")))
        .add("num", same(&[Type::INT]), |_, args| Ok(Value::int(int(&args[0]).wrapping_add(1))))
        .add("num8", same(&[Type::Int(IntKind::Int8)]), |_, args| Ok(args[0].clone()))
        .add("num64", same(&[Type::INT64]), |_, args| Ok(args[0].clone()))
        .add("unum", same(&[Type::Uint(UintKind::Uint)]), |_, args| Ok(args[0].clone()))
        .add("unum8", same(&[Type::BYTE]), |_, args| Ok(args[0].clone()))
        .add("flo", same(&[Type::FLOAT64]), |_, args| Ok(args[0].clone()))
        .add("flo32", same(&[Type::Float(FloatKind::Float32)]), |_, args| Ok(args[0].clone()))
        .add("yes", same(&[Type::Bool]), |_, args| Ok(args[0].clone()))
        .add("pair", Signature::fixed(&[Type::String, Type::INT], Type::String), |_, args| {
            Ok(Value::string(fmt::sprint(args)))
        })
        .add("many", Signature::variadic(&[Type::String, Type::INT], Type::String), |_, args| {
            let numbers = Value::List(List::new(&Type::INT, args[1..].to_vec()));
            Ok(Value::string(fmt::sprint(&[args[0].clone(), numbers])))
        })
        .add("fails", same(STR), |_, args| Err(FuncError::new(text(&args[0]))));
}

fn values(funcs: &mut FuncMap) {
    const ANY: &[Type; 1] = &[Type::Any];
    const NOTHING: &[Type] = &[];
    let point = |pointer| {
        let point = Value::object(Point { pointer });
        move |_: &mut Call<'_>, _: &[Value]| Ok(point.clone())
    };
    funcs
        .add("same", same(ANY), |_, args| Ok(args[0].clone()))
        .add("kind", Signature::fixed(ANY, Type::String), |_, args| {
            Ok(Value::string(fmt::sprintf(b"%T", args)))
        })
        .add("keys", Signature::fixed(&[Type::DICT], Type::INT), |_, args| Ok(length(&args[0])))
        .add("items", Signature::fixed(&[Type::LIST], Type::INT), |_, args| Ok(length(&args[0])))
        .add("strs", Signature::fixed(&[Type::STRINGS], Type::INT), |_, args| Ok(length(&args[0])))
        .add("named", Signature::fixed(&[VALUES], Type::INT), |_, args| Ok(length(&args[0])))
        .add("none", Signature::fixed(NOTHING, Type::Any), |_, _| Ok(Value::Nil))
        .add("nomap", Signature::fixed(NOTHING, Type::DICT), |_, _| Ok(Value::Map(Map::nil(&Type::DICT))))
        .add("nolist", Signature::fixed(NOTHING, Type::STRINGS), |_, _| Ok(Value::Nil))
        .add("point", Signature::fixed(NOTHING, Type::Opaque("main.Point")), point(false))
        .add("pointer", Signature::fixed(NOTHING, Type::Opaque("*main.Point")), point(true))
        .add("level", Signature::fixed(&[Type::INT64], Type::Opaque("main.Level")), |_, args| {
            Ok(Value::object(Level(int(&args[0]))))
        })
        .add("values", Signature::fixed(NOTHING, VALUES), |_, _| {
            Ok(Value::Map(Map::new(&VALUES_TYPE, [("k".into(), "v".into())])))
        })
        .add("bytes", Signature::fixed(&[Type::String], Type::BYTES), |_, args| {
            Ok(Value::List(List::bytes(args[0].as_str().expect("a string"))))
        })
        .add("list", Signature::variadic(ANY, Type::LIST), |_, args| Ok(Value::list(args.to_vec())))
        .add("strings", Signature::variadic(&[Type::String], Type::STRINGS), |_, args| {
            Ok(Value::List(List::new(&Type::STRING, args.to_vec())))
        })
        .add("labels", Signature::fixed(&[Type::String, Type::String], Type::STRING_DICT), |_, args| {
            let string = |i: usize| args[i].as_str().cloned().expect("a string");
            Ok(Value::Map(Map::strings([(string(0), string(1))])))
        })
        .add("dict", Signature::variadic(ANY, Type::DICT), |_, args| {
            let (pairs, _) = args.as_chunks::<2>();
            let entries =
                pairs.iter().map(|[k, v]| (Str::from(fmt::sprint(std::slice::from_ref(k))), v.clone()));
            Ok(Value::map(entries))
        });
}

fn templates(funcs: &mut FuncMap) {
    const NAME_AND_DATA: &[Type] = &[Type::String, Type::Any];
    funcs
        .add("include", Signature::fixed(NAME_AND_DATA, Type::String), |call, args| {
            Ok(Value::string(call.execute(&text(&args[0]), &args[1])?))
        })
        .add("text", Signature::fixed(NAME_AND_DATA, Type::String), |call, args| {
            let source = args[0].as_str().expect("a string");
            let quoted = fmt::quote(source);
            let output = call.execute_text("set", source, &args[1]).map_err(|error| match error {
                TextError::Parse(error) => FuncError::wrap(format!("cannot parse template {quoted}"), error),
                TextError::Exec(error) => {
                    FuncError::wrap(format!("error during tpl function execution for {quoted}"), error)
                }
            })?;
            Ok(Value::string(output))
        });
}
