//! Helm's functions as Tera's functions and filters.
//!
//! Tera's arguments have names; Go's have places. `a`, `b`, `c` … are the places in Go's order (or
//! `args` a list of them), and a filter's piped value comes last, as in Go's pipelines.

use super::bridge::Bridge;
use skiff_compact::Order;
use templates_engine::{
    exec::{Call, FuncError},
    value::Value as GoValue,
};
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

/// Filters that Tera brings; Helm's of the same name are called `helm_NAME`.
const TERA_FILTERS: &[&str] = &[
    "abs",
    "capitalize",
    "default",
    "escape",
    "escape_html",
    "escape_xml",
    "first",
    "float",
    "get",
    "group_by",
    "indent",
    "int",
    "join",
    "keys",
    "last",
    "length",
    "lower",
    "newlines_to_br",
    "nth",
    "pairs",
    "pluralize",
    "replace",
    "reverse",
    "round",
    "safe",
    "sort",
    "split",
    "str",
    "title",
    "trim",
    "trim_end",
    "trim_start",
    "truncate",
    "unique",
    "upper",
    "values",
    "wordcount",
];

/// Most elements that Tera's `range` makes.
const MAX_RANGE: i64 = 1_000_000;

/// Registers every function that templates may call, under its name.
pub(super) fn register<'a>(tera: &mut Tera, names: impl Iterator<Item = &'a str>) {
    for name in names {
        let filter = if TERA_FILTERS.contains(&name) { format!("helm_{name}") } else { name.to_owned() };
        let function = name.to_owned();
        tera.register_filter(filter.clone(), move |piped: Value, kwargs: Kwargs, _: &State| {
            let mut args = places(&kwargs)?;
            args.push(piped);
            Bridge::ask(&function, args).map_err(|error| failed(&function, &error))
        });
        let function = name.to_owned();
        let called = move |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            Bridge::ask(&function, places(&kwargs)?).map_err(|error| failed(&function, &error))
        };
        tera.register_function(name.to_owned(), called);
    }
    tera.register_function("range", range);
}

fn failed(function: &str, error: &str) -> Error {
    Error::message(format!("error calling {function}: {error}"))
}

/// The arguments in Go's order.
fn places(kwargs: &Kwargs) -> TeraResult<Vec<Value>> {
    let mut named: Vec<(&str, &Value)> = Vec::new();
    for (key, value) in kwargs.iter() {
        named.push((key.as_str().unwrap_or_default(), value));
    }
    if let [("args", list)] = named[..] {
        let items = list.as_array().ok_or_else(|| Error::message("args must be a list"))?;
        return Ok(items.to_vec());
    }
    named.order_by_key(|(name, _)| *name);
    for ((name, _), place) in named.iter().zip('a'..='z') {
        if *name != place.to_string() {
            return Err(Error::message(format!("arguments are named a, b, c … in Go's order; found {name}")));
        }
    }
    Ok(named.into_iter().map(|(_, value)| value.clone()).collect())
}

/// Tera's own `range`, with a bound.
fn range(kwargs: Kwargs, _: &State) -> TeraResult<Value> {
    let number = |name: &str, otherwise: i64| kwargs.get::<i64>(name).map(|n| n.unwrap_or(otherwise));
    let (start, step) = (number("start", 0)?, number("step_by", 1)?);
    let end = kwargs.must_get::<i64>("end")?;
    if step <= 0 {
        return Err(Error::message("range: step_by must be positive"));
    }
    if end.saturating_sub(start) / step > MAX_RANGE {
        return Err(Error::message(format!("range: more than {MAX_RANGE} elements")));
    }
    let numbers = std::iter::successors(Some(start), |n| n.checked_add(step)).take_while(|n| *n < end);
    Ok(numbers.collect::<Vec<i64>>().into())
}

/// Calls the function in the engine. `include` and `tpl` take the template's own data where none is
/// given.
pub(super) fn answer(
    call: &mut Call<'_>,
    function: &str,
    mut args: Vec<GoValue>,
    data: &GoValue,
) -> Result<GoValue, String> {
    if matches!(function, "include" | "tpl") && args.len() == 1 {
        args.push(data.clone());
    }
    call.invoke(function, &args).map_err(|error: FuncError| error.to_string())
}
