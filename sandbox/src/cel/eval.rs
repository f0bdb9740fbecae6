//! Running checked expressions, within bounds.

use super::{
    functions,
    program::{Macro, macro_of, qualified},
    value::{Fail, Result, Val},
};
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use skiff_compact::Order;
use std::{borrow::Cow, sync::Arc};

/// Most items of a list or map, and bytes of a text, that an expression may make.
pub(crate) const MAX_SIZE: usize = 4 << 20;

/// What runs an expression.
pub(crate) struct Machine<'a> {
    scope: Vec<(&'a str, Val<'a>)>,
    fuel: i64,
}

/// The text of cel-go when the cost limit is reached.
pub(crate) fn out_of_fuel() -> Fail {
    Fail { text: "operation cancelled: actual cost limit exceeded".to_owned(), fatal: true }
}

impl<'a> Machine<'a> {
    /// A machine with these variables and so much fuel.
    pub(crate) fn new(variables: Vec<(&'a str, Val<'a>)>, fuel: i64) -> Self {
        Self { scope: variables, fuel }
    }

    /// The fuel that is left.
    pub(crate) fn left(&self) -> i64 {
        self.fuel
    }

    fn burn(&mut self, amount: usize) -> Result<()> {
        self.fuel = self.fuel.saturating_sub(i64::try_from(amount).unwrap_or(i64::MAX));
        if self.fuel < 0 { Err(out_of_fuel()) } else { Ok(()) }
    }

    /// The value of an expression.
    pub(crate) fn eval(&mut self, expr: &'a IdedExpr) -> Result<Val<'a>> {
        self.burn(1)?;
        match &expr.expr {
            Expr::Literal(literal) => Ok(match literal {
                LiteralValue::Boolean(flag) => Val::Bool(*flag.inner()),
                LiteralValue::Bytes(bytes) => Val::Bytes(bytes.inner().into()),
                LiteralValue::Double(float) => Val::Double(*float.inner()),
                LiteralValue::Int(int) => Val::Int(*int.inner()),
                LiteralValue::Null => Val::Null,
                LiteralValue::String(text) => Val::Text(Cow::Borrowed(text.inner())),
                LiteralValue::UInt(uint) => Val::Uint(*uint.inner()),
            }),
            Expr::Ident(name) => self.ident(name),
            Expr::Select(select) => {
                let target = self.eval(&select.operand)?;
                field(&target, &select.field)
            }
            Expr::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                for (place, item) in list.elements.iter().enumerate() {
                    let value = self.eval(item)?;
                    if !list.optional_indices.contains(&place) {
                        items.push(value);
                    } else if let Val::Optional(inner) = value {
                        items.extend(inner.map(|inner| inner.as_ref().clone()));
                    }
                }
                Ok(Val::list(items))
            }
            Expr::Map(map) => self.map(&map.entries),
            Expr::Call(call) => self.call(call),
            Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => Err(Fail::overload()),
        }
    }

    fn ident(&self, name: &'a str) -> Result<Val<'a>> {
        let plain = name.strip_prefix('.').unwrap_or(name);
        if let Some((_, value)) = self.scope.iter().rev().find(|(known, _)| *known == plain) {
            return Ok(value.clone());
        }
        match plain {
            "bool" | "int" | "uint" | "double" | "string" | "bytes" | "list" | "map" | "null_type"
            | "type" => Ok(Val::Type(Cow::Owned(plain.to_owned()))),
            _ => Err(Fail::new(format!("no such attribute(s): {name}"))),
        }
    }

    fn map(&mut self, entries: &'a [cel::common::ast::IdedEntryExpr]) -> Result<Val<'a>> {
        let mut made: Vec<(Val<'a>, Val<'a>)> = Vec::with_capacity(entries.len());
        for entry in entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else { return Err(Fail::overload()) };
            let (key, value) = (self.eval(&entry.key)?, self.eval(&entry.value)?);
            self.burn(made.len())?;
            if made.iter().any(|(known, _)| known.equals(&key)) {
                return Err(Fail::new("Failed with repeated key"));
            }
            match (entry.optional, value) {
                (false, value) => made.push((key, value)),
                (true, Val::Optional(inner)) => {
                    made.extend(inner.map(|inner| (key, inner.as_ref().clone())));
                }
                (true, _) => return Err(Fail::overload()),
            }
        }
        Ok(Val::Map(Arc::new(made)))
    }

    fn call(&mut self, call: &'a CallExpr) -> Result<Val<'a>> {
        if let Some(kind) = macro_of(call) {
            return self.expand(kind, call);
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("_&&_", [left, right]) => self.logic(left, right, false),
            ("_||_", [left, right]) => self.logic(left, right, true),
            ("_?_:_", [condition, yes, no]) => match self.eval(condition)? {
                Val::Bool(true) => self.eval(yes),
                Val::Bool(false) => self.eval(no),
                _ => Err(Fail::overload()),
            },
            ("_?._", [target, name]) => {
                let (target, name) = (self.eval(target)?, self.eval(name)?);
                let Val::Text(name) = name else { return Err(Fail::overload()) };
                functions::optional_select(&target, &name)
            }
            _ => {
                let space = qualified(call, &|name| self.scope.iter().any(|(known, _)| *known == name));
                let target = match (&call.target, &space) {
                    (Some(target), None) => Some(self.eval(target)?),
                    _ => None,
                };
                let mut args = Vec::with_capacity(call.args.len());
                for arg in &call.args {
                    args.push(self.eval(arg)?);
                }
                let weight = target.iter().chain(&args).map(functions::weight).sum();
                self.burn(weight)?;
                let name = space.as_deref().unwrap_or(&call.func_name);
                let mut cost = 0;
                let value = functions::call(name, target.as_ref(), &args, &mut cost)?;
                self.burn(cost)?;
                Ok(value)
            }
        }
    }

    /// `&&` and `||`: one side that decides hides the other side's failure.
    fn logic(&mut self, left: &'a IdedExpr, right: &'a IdedExpr, decides: bool) -> Result<Val<'a>> {
        let first = self.eval(left);
        match first {
            Ok(Val::Bool(flag)) if flag == decides => return Ok(Val::Bool(decides)),
            Err(fail) if fail.fatal => return Err(fail),
            _ => {}
        }
        let second = self.eval(right);
        match (first, second) {
            (_, Ok(Val::Bool(flag))) if flag == decides => Ok(Val::Bool(decides)),
            (_, Err(fail)) if fail.fatal => Err(fail),
            (Err(fail), _) | (Ok(Val::Bool(_)), Err(fail)) => Err(fail),
            (Ok(Val::Bool(_)), Ok(Val::Bool(_))) => Ok(Val::Bool(!decides)),
            _ => Err(Fail::overload()),
        }
    }

    fn expand(&mut self, kind: Macro, call: &'a CallExpr) -> Result<Val<'a>> {
        let name = |place: usize| match call.args.get(place).map(|arg| &arg.expr) {
            Some(Expr::Ident(name)) => name.as_str(),
            _ => "",
        };
        let arg = |place: usize| call.args.get(place).ok_or_else(Fail::overload);
        match kind {
            Macro::Has => {
                let Expr::Select(select) = &arg(0)?.expr else { return Err(Fail::overload()) };
                let target = self.eval(&select.operand)?;
                return has(&target, &select.field);
            }
            Macro::Bind => {
                let value = self.eval(arg(1)?)?;
                return self.within(&[(name(0), value)], arg(2)?);
            }
            Macro::OptMap | Macro::OptFlatMap => {
                let target = call.target.as_ref().ok_or_else(Fail::overload)?;
                let Val::Optional(inner) = self.eval(target)? else { return Err(Fail::overload()) };
                let Some(inner) = inner else { return Ok(Val::Optional(None)) };
                let value = self.within(&[(name(0), inner.as_ref().clone())], arg(1)?)?;
                return Ok(if kind == Macro::OptMap { Val::Optional(Some(Arc::new(value))) } else { value });
            }
            _ => {}
        }
        let target = call.target.as_ref().ok_or_else(Fail::overload)?;
        let target = self.eval(target)?;
        let entries = range(&target).ok_or_else(Fail::overload)?;
        let is_map = target.entries().is_some();
        self.burn(entries.len())?;
        let variables = kind.variables(call.args.len());
        let names = (name(0), name(1));
        let steps =
            Steps { kind, variables, names, is_map, bodies: call.args.get(variables..).unwrap_or_default() };
        self.comprehend(&steps, entries)
    }

    fn comprehend(&mut self, steps: &Steps<'a>, entries: Vec<(Val<'a>, Val<'a>)>) -> Result<Val<'a>> {
        let (mut kept, mut pairs, mut count) = (Vec::new(), Vec::new(), 0usize);
        let mut failed: Option<Fail> = None;
        let guard = if steps.bodies.len() > 1 { steps.bodies.first() } else { None };
        let body = steps.bodies.last().ok_or_else(Fail::overload)?;
        for (key, value) in entries {
            let single = if steps.is_map { key.clone() } else { value.clone() };
            let scope = if steps.variables == 2 {
                vec![(steps.names.0, key.clone()), (steps.names.1, value)]
            } else {
                vec![(steps.names.0, single.clone())]
            };
            if let Some(guard) = guard {
                match self.within(&scope, guard)? {
                    Val::Bool(true) => {}
                    Val::Bool(false) => continue,
                    _ => return Err(Fail::overload()),
                }
            }
            let result = self.within(&scope, body);
            match (steps.kind, result) {
                (_, Err(fail)) if fail.fatal => return Err(fail),
                (Macro::All, Ok(Val::Bool(false))) => return Ok(Val::Bool(false)),
                (Macro::Exists, Ok(Val::Bool(true))) => return Ok(Val::Bool(true)),
                (Macro::All | Macro::Exists, Ok(Val::Bool(_))) => {}
                (Macro::All | Macro::Exists, Err(fail)) => failed = failed.or(Some(fail)),
                (_, Err(fail)) => return Err(fail),
                (Macro::ExistsOne, Ok(Val::Bool(found))) => count += usize::from(found),
                (Macro::Filter, Ok(Val::Bool(found))) => kept.extend(found.then_some(single)),
                (Macro::Map | Macro::TransformList, Ok(value)) => kept.push(value),
                (Macro::TransformMap, Ok(value)) => pairs.push((key, value)),
                (Macro::SortBy, Ok(value)) => pairs.push((value, single)),
                _ => return Err(Fail::overload()),
            }
        }
        match (steps.kind, failed) {
            (_, Some(fail)) => Err(fail),
            (Macro::All, None) => Ok(Val::Bool(true)),
            (Macro::Exists, None) => Ok(Val::Bool(false)),
            (Macro::ExistsOne, None) => Ok(Val::Bool(count == 1)),
            (Macro::TransformMap, None) => Ok(Val::Map(Arc::new(pairs))),
            (Macro::SortBy, None) => {
                self.burn(pairs.len().saturating_mul(4))?;
                let keys: Vec<Val<'a>> = pairs.iter().map(|(key, _)| key.clone()).collect();
                functions::comparable(&keys)?;
                pairs.order_by(|(a, _), (b, _)| {
                    a.compare(b).ok().flatten().unwrap_or(std::cmp::Ordering::Equal)
                });
                Ok(Val::list(pairs.into_iter().map(|(_, item)| item).collect()))
            }
            _ => Ok(Val::list(kept)),
        }
    }

    /// A body with more variables.
    fn within(&mut self, variables: &[(&'a str, Val<'a>)], body: &'a IdedExpr) -> Result<Val<'a>> {
        let depth = self.scope.len();
        self.scope.extend(variables.iter().cloned());
        let result = self.eval(body);
        self.scope.truncate(depth);
        result
    }
}

struct Steps<'a> {
    kind: Macro,
    variables: usize,
    names: (&'a str, &'a str),
    is_map: bool,
    bodies: &'a [IdedExpr],
}

/// Keys and values to go over: places and items of a list.
fn range<'a>(target: &Val<'a>) -> Option<Vec<(Val<'a>, Val<'a>)>> {
    if let Some(items) = target.items() {
        let place = |place: usize| Val::Int(i64::try_from(place).unwrap_or(i64::MAX));
        return Some(items.into_iter().enumerate().map(|(number, item)| (place(number), item)).collect());
    }
    target.entries()
}

fn field<'a>(target: &Val<'a>, name: &str) -> Result<Val<'a>> {
    match target {
        Val::Optional(_) => functions::optional_select(target, name),
        target if target.selectable() => {
            target.select(name).ok_or_else(|| Fail::new(format!("no such key: {name}")))
        }
        _ => Err(Fail::overload()),
    }
}

fn has<'a>(target: &Val<'a>, name: &str) -> Result<Val<'a>> {
    match target {
        Val::Optional(None) => Ok(Val::Bool(false)),
        Val::Optional(Some(inner)) => has(inner, name),
        target if target.selectable() => Ok(Val::Bool(target.select(name).is_some())),
        _ => Err(Fail::overload()),
    }
}
