//! The functions that need the engine or the world: include, tpl, required, fail, lookup.

use super::{
    data_funcs,
    engine::{Engine, without_no_value},
    error::warn_wrap,
};
use memchr::arch::all::is_equal;
use serde_json::Value as Json;
use std::{cell::RefCell, rc::Rc, sync::Arc};
use templates_engine::{
    exec::{Call, FuncError, FuncMap, TextError},
    funcs::sprig,
    value::{Signature, Str, Type, Value},
};

/// Nested executions of one name that Helm allows.
const RECURSION_MAX: usize = 1000;

/// What `lookup` asks: objects of a cluster.
pub trait Lookup: Send + Sync {
    /// The object, or the list of objects when `name` is empty; an empty map when there is none.
    ///
    /// # Errors
    /// When the cluster refuses or does not know the kind; the text goes to the template's error.
    fn lookup(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> Result<Json, String>;
}

/// Something that lint mode let pass, as Helm logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Log {
    /// `required` found nothing (level WARN).
    MissingRequired(String),
    /// `required` found an empty text (level WARN).
    EmptyRequired(String),
    /// `fail` was called (level INFO).
    Fail(String),
}

/// What lint mode let pass, in order.
pub(super) type LogBook = Rc<RefCell<Vec<Log>>>;

const NAME_AND_DATA: &[Type] = &[Type::String, Type::Any];
const TEXT: &[Type] = &[Type::String];

/// Sprig's functions, with Helm's added and put in place of some.
pub(super) fn function_map(engine: &Engine) -> (FuncMap, LogBook) {
    let log = LogBook::default();
    let mut funcs = FuncMap::new();
    funcs.add_table(sprig());
    funcs.add_table(data_funcs::TABLE);
    add_templates(&mut funcs);
    add_checks(&mut funcs, engine.lint_mode.then(|| log.clone()));
    add_lookup(&mut funcs, engine.lookup.clone().filter(|_| !engine.lint_mode));
    (funcs, log)
}

const LOOKUP: &[Type] = &[Type::String, Type::String, Type::String, Type::String];

fn add_lookup(funcs: &mut FuncMap, cluster: Option<Arc<dyn Lookup>>) {
    funcs.add("lookup", Signature::fixed(LOOKUP, Type::DICT), move |_, args| {
        let Some(cluster) = &cluster else { return Ok(Value::map([])) };
        let [api_version, kind, namespace, name] = [0, 1, 2, 3].map(|at| text(&args[at]).to_string());
        let found = cluster.lookup(&api_version, &kind, &namespace, &name).map_err(FuncError::new)?;
        Ok(Value::from_json(&found))
    });
}

fn add_templates(funcs: &mut FuncMap) {
    let depths: Rc<RefCell<Depths>> = Rc::default();
    funcs.add("include", Signature::fixed(NAME_AND_DATA, Type::String), move |call, args| {
        include(call, &depths, &text(&args[0]), &args[1])
    });
    funcs.add("tpl", Signature::fixed(NAME_AND_DATA, Type::String), |call, args| {
        tpl(call, &text(&args[0]), &args[1])
    });
}

fn text(value: &Value) -> Str {
    value.as_str().cloned().unwrap_or_else(|| Str::from(""))
}

/// How often each name is being executed; the few that are, in the order they began.
type Depths = Vec<(Str, usize)>;

fn include(
    call: &mut Call<'_>,
    depths: &RefCell<Depths>,
    name: &Str,
    data: &Value,
) -> Result<Value, FuncError> {
    let place = |depths: &Depths| depths.iter().rposition(|(known, _)| is_equal(known, name));
    {
        let mut depths = depths.borrow_mut();
        let at = place(&depths).unwrap_or_else(|| {
            depths.push((name.clone(), 0));
            depths.len() - 1
        });
        if depths[at].1 > RECURSION_MAX {
            let text =
                format!("rendering template has a nested reference name: {name}: unable to execute template");
            return Err(FuncError::new(text));
        }
        depths[at].1 += 1;
    }
    let result = call.execute(&name.to_text(), data);
    let mut depths = depths.borrow_mut();
    if let Some(at) = place(&depths) {
        depths[at].1 -= 1;
        if depths[at].1 == 0 {
            depths.remove(at);
        }
    }
    Ok(Value::string(result?))
}

fn tpl(call: &mut Call<'_>, text: &Str, data: &Value) -> Result<Value, FuncError> {
    let quoted = || templates_engine::fmt::quote(text.as_bytes());
    let output = call.execute_text("gotpl", text, data).map_err(|error| match error {
        TextError::Parse(error) => FuncError::wrap(format!("cannot parse template {}", quoted()), error),
        TextError::Exec(error) => {
            FuncError::wrap(format!("error during tpl function execution for {}", quoted()), error)
        }
    })?;
    Ok(Value::string(without_no_value(output)))
}

/// `required` and `fail`, which only log in lint mode.
fn add_checks(funcs: &mut FuncMap, lint: Option<LogBook>) {
    let log = lint.clone();
    funcs.add("required", Signature::fixed(NAME_AND_DATA, Type::Any), move |_, args| {
        let empty = match &args[1] {
            Value::Nil => Log::MissingRequired as fn(String) -> Log,
            Value::Str(text) if text.is_empty() => Log::EmptyRequired,
            value => return Ok(value.clone()),
        };
        pass_or_fail(log.as_ref(), empty, &text(&args[0]))
    });
    funcs.add("fail", Signature::fixed(TEXT, Type::String), move |_, args| {
        pass_or_fail(lint.as_ref(), Log::Fail, &text(&args[0]))
    });
}

fn pass_or_fail(lint: Option<&LogBook>, log: fn(String) -> Log, message: &Str) -> Result<Value, FuncError> {
    match lint {
        Some(book) => {
            book.borrow_mut().push(log(message.to_string()));
            Ok(Value::from(""))
        }
        None => Err(FuncError::new(warn_wrap(message))),
    }
}
