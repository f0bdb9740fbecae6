//! text/template's own functions. They see arguments as Go's `reflect.Value`s, nil included.

mod compare;
mod escape;
mod index;

use crate::{
    exec::{FuncError, Operand},
    fmt,
    value::{Signature, Type, Value},
};

pub use escape::{html_escape, js_escape, query_escape};

/// A built-in function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Eq,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

impl Builtin {
    /// All of them.
    pub(crate) const ALL: [Self; 19] = [
        Self::And,
        Self::Call,
        Self::Eq,
        Self::Ge,
        Self::Gt,
        Self::Html,
        Self::Index,
        Self::Js,
        Self::Le,
        Self::Len,
        Self::Lt,
        Self::Ne,
        Self::Not,
        Self::Or,
        Self::Print,
        Self::Printf,
        Self::Println,
        Self::Slice,
        Self::UrlQuery,
    ];

    /// The name in templates.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Call => "call",
            Self::Eq => "eq",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Html => "html",
            Self::Index => "index",
            Self::Js => "js",
            Self::Le => "le",
            Self::Len => "len",
            Self::Lt => "lt",
            Self::Ne => "ne",
            Self::Not => "not",
            Self::Or => "or",
            Self::Print => "print",
            Self::Printf => "printf",
            Self::Println => "println",
            Self::Slice => "slice",
            Self::UrlQuery => "urlquery",
        }
    }

    /// The Go signature.
    pub(crate) const fn signature(self) -> Signature {
        const ONE: &[Type] = &[Type::Reflect];
        const TWO: &[Type] = &[Type::Reflect, Type::Reflect];
        match self {
            Self::And | Self::Or | Self::Call | Self::Index | Self::Slice => {
                Signature::variadic(TWO, Type::Reflect)
            }
            Self::Eq => Signature::variadic(TWO, Type::Bool),
            Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Ne => Signature::fixed(TWO, Type::Bool),
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println => {
                Signature::variadic(&[Type::Any], Type::String)
            }
            Self::Printf => Signature::variadic(&[Type::String, Type::Any], Type::String),
            Self::Len => Signature::fixed(ONE, Type::INT),
            Self::Not => Signature::fixed(ONE, Type::Bool),
        }
    }
}

/// Calls a built-in with checked arguments; `and` and `or` are the executor's, which evaluates their
/// arguments one by one. `first` is the first argument's text, for `call`.
pub(crate) fn call(
    builtin: Builtin,
    args: &[Operand],
    first: impl Fn() -> Option<String>,
) -> Result<Operand, FuncError> {
    let values = || args.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>();
    let truth = |b: bool| Operand::concrete(b.into());
    let text = |bytes: Vec<u8>| Ok(Operand::concrete(Value::string(bytes)));
    match builtin {
        Builtin::Eq => compare::eq(&args[0].value, args[1..].iter().map(|arg| &arg.value)).map(truth),
        Builtin::Ne => compare::ne(&args[0].value, &args[1].value).map(truth),
        Builtin::Lt => compare::lt(&args[0].value, &args[1].value).map(truth),
        Builtin::Le => compare::le(&args[0].value, &args[1].value).map(truth),
        Builtin::Gt => compare::le(&args[0].value, &args[1].value).map(|b| truth(!b)),
        Builtin::Ge => compare::lt(&args[0].value, &args[1].value).map(|b| truth(!b)),
        Builtin::Not => Ok(truth(!args[0].value.truth())),
        Builtin::Len => index::length(&args[0]),
        Builtin::Index => index::index(&args[0], &args[1..]),
        Builtin::Slice => index::slice(&args[0], &args[1..]),
        Builtin::Print => text(fmt::sprint(&values())),
        Builtin::Println => text(fmt::sprintln(&values())),
        Builtin::Printf => {
            let format = args[0].value.as_str().cloned().unwrap_or_else(|| "".into());
            text(fmt::sprintf(&format, &values()[1..]))
        }
        Builtin::Html => text(html_escape(&joined(&values()))),
        Builtin::Js => text(js_escape(&joined(&values()))),
        Builtin::UrlQuery => text(query_escape(&joined(&values()))),
        Builtin::Call => Err(uncallable(&args[0], first)),
        Builtin::And | Builtin::Or => Err(FuncError::new("and/or are evaluated by the executor")),
    }
}

/// The arguments as one text, each as a template prints it.
fn joined(args: &[Value]) -> Vec<u8> {
    if let [Value::Str(text)] = args {
        return text.to_vec();
    }
    if let [single] = args {
        let mut out = Vec::new();
        fmt::append_printable(&mut out, single, fmt::MAX_PRINT_SIZE);
        return out;
    }
    let shown = |arg: &Value| if arg.is_nil() { "<no value>".into() } else { arg.clone() };
    fmt::sprint(&args.iter().map(shown).collect::<Vec<_>>())
}

/// `call` of what cannot be called: no data that reaches templates holds functions.
fn uncallable(callee: &Operand, first: impl Fn() -> Option<String>) -> FuncError {
    let Some(found) = callee.value.type_name() else { return FuncError::new("call of nil") };
    // A callee that comes from the pipeline is named by Go's `reflect.Value.String`.
    let name = first().unwrap_or_else(|| match &callee.value {
        Value::Str(text) => text.to_text().into_owned(),
        _ => format!("<{found} Value>"),
    });
    FuncError::new(format!("non-function {name} of type {found}"))
}
