//! Types and defaults: default, coalesce, ternary, kindOf, atoi, toString, …

use super::{
    FuncSpec,
    args::{Outcome, any, refuse, text, type_name},
    cast::{is_empty, parse_radix, strval, to_float64, to_int64},
    collections::to_strings,
    deep,
};
use crate::{
    exec::Call,
    fmt,
    value::{Type, Value},
};

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const NAMED: &[Type] = &[Type::String, Type::Any];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::variadic("all", ONE, Type::Bool, |_, args| Ok(args.iter().all(|arg| !is_empty(arg)).into())),
    FuncSpec::variadic("any", ONE, Type::Bool, |_, args| Ok(args.iter().any(|arg| !is_empty(arg)).into())),
    FuncSpec::fixed("atoi", &[Type::String], Type::INT, |_, args| {
        Ok(Value::int(parse_radix(text(args, 0), 10).unwrap_or_else(|nearest| nearest)))
    }),
    FuncSpec::variadic("coalesce", ONE, Type::Any, |_, args| {
        Ok(args.iter().find(|arg| !is_empty(arg)).cloned().unwrap_or_default())
    }),
    FuncSpec::fixed("deepCopy", ONE, Type::Any, deep_copy),
    FuncSpec::fixed("deepEqual", TWO, Type::Bool, |_, args| {
        deep::equal(any(args, 0), any(args, 1)).map(Into::into)
    }),
    FuncSpec::variadic("default", TWO, Type::Any, default),
    FuncSpec::fixed("empty", ONE, Type::Bool, |_, args| Ok(is_empty(any(args, 0)).into())),
    FuncSpec::fixed("fail", &[Type::String], Type::String, |_, args| {
        refuse(String::from_utf8_lossy(text(args, 0)))
    }),
    FuncSpec::fixed("float64", ONE, Type::FLOAT64, |_, args| Ok(Value::float64(to_float64(any(args, 0))))),
    FuncSpec::fixed("int", ONE, Type::INT, |_, args| Ok(Value::int(to_int64(any(args, 0))))),
    FuncSpec::fixed("int64", ONE, Type::INT64, |_, args| Ok(Value::int64(to_int64(any(args, 0))))),
    FuncSpec::fixed("kindIs", NAMED, Type::Bool, |_, args| {
        Ok((text(args, 0) == any(args, 1).kind_name().as_bytes()).into())
    }),
    FuncSpec::fixed("kindOf", ONE, Type::String, |_, args| Ok(any(args, 0).kind_name().into())),
    FuncSpec::fixed("mustDeepCopy", ONE, Type::Any, deep_copy),
    FuncSpec::fixed("ternary", &[Type::Any, Type::Any, Type::Bool], Type::Any, |_, args| {
        Ok(any(args, if matches!(args.get(2), Some(Value::Bool(true))) { 0 } else { 1 }).clone())
    }),
    FuncSpec::fixed("toDecimal", ONE, Type::INT64, |_, args| {
        let shown = fmt::sprint(std::slice::from_ref(any(args, 0)));
        Ok(Value::int64(parse_radix(&shown, 8).unwrap_or(0)))
    }),
    FuncSpec::fixed("toString", ONE, Type::String, |_, args| Ok(Value::Str(strval(any(args, 0))))),
    FuncSpec::fixed("toStrings", ONE, Type::STRINGS, to_strings),
    FuncSpec::fixed("typeIs", NAMED, Type::Bool, |_, args| {
        Ok((text(args, 0) == type_name(any(args, 1)).as_bytes()).into())
    }),
    FuncSpec::fixed("typeIsLike", NAMED, Type::Bool, |_, args| {
        let found = type_name(any(args, 1));
        let pointed = found.strip_prefix('*').map(str::as_bytes);
        Ok((text(args, 0) == found.as_bytes() || Some(text(args, 0)) == pointed).into())
    }),
    FuncSpec::fixed("typeOf", ONE, Type::String, |_, args| Ok(type_name(any(args, 0)).into())),
];

fn deep_copy(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    if any(args, 0).is_nil() {
        return refuse("reflect: call of reflect.Value.Type on zero Value");
    }
    deep::copy(any(args, 0))
}

fn default(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(args.get(1).filter(|given| !is_empty(given)).unwrap_or(any(args, 0)).clone())
}
