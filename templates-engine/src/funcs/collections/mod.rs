//! Lists and dictionaries: list, dict, merge, dig, first, sortAlpha, uniq, …

mod dicts;
mod lists;
mod merge;

pub(super) use lists::to_strings;

use super::FuncSpec;
use crate::value::{Type, Value};

const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const KEYED: &[Type] = &[Type::DICT, Type::String];
const DICTS: &[Type] = &[Type::DICT, Type::DICT];
const CHUNKS: Type = Type::Slice(&Type::LIST);

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::fixed("append", TWO, Type::LIST, lists::push),
    FuncSpec::fixed("chunk", &[Type::INT, Type::Any], CHUNKS, lists::chunk),
    FuncSpec::fixed("compact", ANY, Type::LIST, lists::compact),
    FuncSpec::variadic("concat", ANY, Type::Any, lists::concat),
    FuncSpec::variadic("dict", ANY, Type::DICT, dicts::dict),
    FuncSpec::variadic("dig", ANY, Type::Any, dicts::dig),
    FuncSpec::fixed("first", ANY, Type::Any, lists::first),
    FuncSpec::fixed("get", KEYED, Type::Any, dicts::get),
    FuncSpec::fixed("has", TWO, Type::Bool, lists::has),
    FuncSpec::fixed("hasKey", KEYED, Type::Bool, dicts::has_key),
    FuncSpec::fixed("initial", ANY, Type::LIST, lists::initial),
    FuncSpec::variadic("keys", &[Type::DICT], Type::STRINGS, dicts::keys),
    FuncSpec::fixed("last", ANY, Type::Any, lists::last),
    FuncSpec::variadic("list", ANY, Type::LIST, |_, args| Ok(Value::list(args.to_vec()))),
    FuncSpec::variadic("merge", DICTS, Type::Any, |_, args| merge::merge(args, false)),
    FuncSpec::variadic("mergeOverwrite", DICTS, Type::Any, |_, args| merge::merge(args, true)),
    FuncSpec::fixed("mustAppend", TWO, Type::LIST, lists::push),
    FuncSpec::fixed("mustChunk", &[Type::INT, Type::Any], CHUNKS, lists::chunk),
    FuncSpec::fixed("mustCompact", ANY, Type::LIST, lists::compact),
    FuncSpec::fixed("mustFirst", ANY, Type::Any, lists::first),
    FuncSpec::fixed("mustHas", TWO, Type::Bool, lists::has),
    FuncSpec::fixed("mustInitial", ANY, Type::LIST, lists::initial),
    FuncSpec::fixed("mustLast", ANY, Type::Any, lists::last),
    FuncSpec::variadic("mustMerge", DICTS, Type::Any, |_, args| merge::must_merge(args, false)),
    FuncSpec::variadic("mustMergeOverwrite", DICTS, Type::Any, |_, args| merge::must_merge(args, true)),
    FuncSpec::fixed("mustPrepend", TWO, Type::LIST, lists::prepend),
    FuncSpec::fixed("mustPush", TWO, Type::LIST, lists::push),
    FuncSpec::fixed("mustRest", ANY, Type::LIST, lists::rest),
    FuncSpec::fixed("mustReverse", ANY, Type::LIST, lists::reverse),
    FuncSpec::variadic("mustSlice", TWO, Type::Any, lists::slice),
    FuncSpec::fixed("mustUniq", ANY, Type::LIST, lists::uniq),
    FuncSpec::variadic("mustWithout", TWO, Type::LIST, lists::without),
    FuncSpec::variadic("omit", KEYED, Type::DICT, dicts::omit),
    FuncSpec::variadic("pick", KEYED, Type::DICT, dicts::pick),
    FuncSpec::variadic("pluck", &[Type::String, Type::DICT], Type::LIST, dicts::pluck),
    FuncSpec::fixed("prepend", TWO, Type::LIST, lists::prepend),
    FuncSpec::fixed("push", TWO, Type::LIST, lists::push),
    FuncSpec::fixed("rest", ANY, Type::LIST, lists::rest),
    FuncSpec::fixed("reverse", ANY, Type::LIST, lists::reverse),
    FuncSpec::fixed("set", &[Type::DICT, Type::String, Type::Any], Type::DICT, dicts::set),
    FuncSpec::variadic("slice", TWO, Type::Any, lists::slice),
    FuncSpec::fixed("sortAlpha", ANY, Type::STRINGS, lists::sort_alpha),
    FuncSpec::variadic("tuple", ANY, Type::LIST, |_, args| Ok(Value::list(args.to_vec()))),
    FuncSpec::fixed("uniq", ANY, Type::LIST, lists::uniq),
    FuncSpec::fixed("unset", KEYED, Type::DICT, dicts::unset),
    FuncSpec::fixed("values", &[Type::DICT], Type::LIST, dicts::values),
    FuncSpec::variadic("without", TWO, Type::LIST, lists::without),
];

fn nil_list() -> Value {
    Value::List(crate::value::List::nil(&Type::ANY))
}
