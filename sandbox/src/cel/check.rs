//! Type checking: undeclared names, unknown fields and calls that no function takes, as cel-go's checker words them.

use super::{
    program::{Macro, macro_of, qualified},
    signatures::{self, Overload},
    types::Ty,
};
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use std::collections::BTreeMap;

/// What a check finds.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// The type of the whole expression.
    pub(crate) ty: Option<Ty>,
    /// Failures with the ids of the expressions where they are.
    pub(crate) errors: Vec<(u64, String)>,
    /// The variables that the expression names.
    pub(crate) names: Vec<String>,
}

/// Checks an expression in which these variables are known.
pub(crate) fn check(expr: &IdedExpr, variables: &[(&str, Ty)]) -> Checked {
    let scope = variables.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
    let mut checker = Checker { scope, found: Checked::default() };
    let ty = checker.ty(expr);
    checker.found.ty = Some(ty);
    checker.found
}

struct Checker {
    scope: Vec<(String, Ty)>,
    found: Checked,
}

impl Checker {
    fn error(&mut self, id: u64, text: String) -> Ty {
        self.found.errors.push((id, text));
        Ty::Dyn
    }

    fn ty(&mut self, expr: &IdedExpr) -> Ty {
        match &expr.expr {
            Expr::Unspecified => Ty::Dyn,
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ty::Bool,
                LiteralValue::Bytes(_) => Ty::Bytes,
                LiteralValue::Double(_) => Ty::Double,
                LiteralValue::Int(_) => Ty::Int,
                LiteralValue::Null => Ty::Null,
                LiteralValue::String(_) => Ty::Text,
                LiteralValue::UInt(_) => Ty::Uint,
            },
            Expr::Ident(name) => self.ident(expr.id, name),
            Expr::Select(select) => {
                let target = self.ty(&select.operand);
                self.field(expr.id, &target, &select.field)
            }
            Expr::List(list) => {
                let mut items: Option<Ty> = None;
                for (place, item) in list.elements.iter().enumerate() {
                    let ty = match (self.ty(item), list.optional_indices.contains(&place)) {
                        (Ty::Optional(inner), true) => inner.as_ref().clone(),
                        (ty, _) => ty,
                    };
                    items = Some(join(items, ty));
                }
                Ty::list(items.unwrap_or(Ty::Dyn))
            }
            Expr::Map(map) => {
                let (mut keys, mut values) = (None, None);
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else { continue };
                    keys = Some(join(keys, self.ty(&entry.key)));
                    values = Some(join(values, self.ty(&entry.value)));
                }
                Ty::Map(keys.unwrap_or(Ty::Dyn).into(), values.unwrap_or(Ty::Dyn).into())
            }
            Expr::Struct(made) => {
                let text = format!("undeclared reference to '{}' (in container '')", made.type_name);
                self.error(expr.id, text)
            }
            Expr::Call(call) => self.call(expr, call),
            Expr::Comprehension(_) => Ty::Dyn,
        }
    }

    fn ident(&mut self, id: u64, name: &str) -> Ty {
        let plain = name.strip_prefix('.').unwrap_or(name);
        if let Some((_, ty)) = self.scope.iter().rev().find(|(known, _)| known == plain) {
            let ty = ty.clone();
            self.found.names.push(plain.to_owned());
            return ty;
        }
        const TYPES: [&str; 11] =
            ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type", "dyn"];
        if TYPES.contains(&plain) {
            return Ty::Type;
        }
        self.error(id, format!("undeclared reference to '{name}' (in container '')"))
    }

    fn field(&mut self, id: u64, target: &Ty, field: &str) -> Ty {
        match target {
            Ty::Dyn | Ty::Param(_) => Ty::Dyn,
            Ty::Map(_, values) => values.as_ref().clone(),
            Ty::Object(object) => match object.fields.get(field) {
                Some(field) => field.ty.clone(),
                None => self.error(id, format!("undefined field '{field}'")),
            },
            Ty::Optional(inner) => {
                let inner = inner.as_ref().clone();
                match self.field(id, &inner, field) {
                    already @ Ty::Optional(_) => already,
                    ty => Ty::Optional(ty.into()),
                }
            }
            other => {
                let text = format!("type '{}' does not support field selection", named(other));
                self.error(id, text)
            }
        }
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Ty {
        if let Some(kind) = macro_of(call) {
            return self.expand(expr.id, kind, call);
        }
        let text = |expr: Option<&IdedExpr>| match expr.map(|expr| &expr.expr) {
            Some(Expr::Literal(LiteralValue::String(text))) => Some(text.inner().to_owned()),
            _ => None,
        };
        match (call.func_name.as_str(), call.args.as_slice()) {
            ("_?_:_", [condition, yes, no]) => {
                let ty = self.ty(condition);
                if !fits(&ty, &Ty::Bool) {
                    let (yes, no) = (self.ty(yes), self.ty(no));
                    let shown = format!("({}, {}, {})", named(&ty), named(&yes), named(&no));
                    return self.error(
                        expr.id,
                        format!("found no matching overload for '_?_:_' applied to '{shown}'"),
                    );
                }
                let (yes, no) = (self.ty(yes), self.ty(no));
                if fits(&yes, &no) || fits(&no, &yes) {
                    return join(Some(yes), no);
                }
                let shown = format!("(bool, {}, {})", named(&yes), named(&no));
                self.error(expr.id, format!("found no matching overload for '_?_:_' applied to '{shown}'"))
            }
            ("_?._", [target, field]) => {
                let target = self.ty(target);
                let field = text(Some(field)).unwrap_or_default();
                match self.field(expr.id, &target, &field) {
                    already @ Ty::Optional(_) => already,
                    ty => Ty::Optional(ty.into()),
                }
            }
            _ => self.function(expr, call),
        }
    }

    fn function(&mut self, expr: &IdedExpr, call: &CallExpr) -> Ty {
        let space = qualified(call, &|name| self.scope.iter().any(|(known, _)| known == name));
        let name = space.clone().unwrap_or_else(|| call.func_name.clone());
        let target = match (&call.target, &space) {
            (Some(target), None) => Some(self.ty(target)),
            _ => None,
        };
        let args: Vec<Ty> = call.args.iter().map(|arg| self.ty(arg)).collect();
        let Some(overloads) = signatures::of(&name) else {
            let text = format!("undeclared reference to '{}' (in container '')", call.func_name);
            return self.error(expr.id, text);
        };
        let mut results = overloads.iter().filter_map(|overload| apply(overload, target.as_ref(), &args));
        if let Some(first) = results.next() {
            return if results.all(|other| other == first) { first } else { Ty::Dyn };
        }
        let shown: Vec<String> = args.iter().map(named).collect();
        let shown = match &target {
            Some(target) => format!("{}.({})", named(target), shown.join(", ")),
            None => format!("({})", shown.join(", ")),
        };
        self.error(expr.id, format!("found no matching overload for '{name}' applied to '{shown}'"))
    }

    fn expand(&mut self, id: u64, kind: Macro, call: &CallExpr) -> Ty {
        match kind {
            Macro::Has => {
                let Some(Expr::Select(select)) = call.args.first().map(|arg| &arg.expr) else {
                    return self.error(id, "invalid argument to has() macro".to_owned());
                };
                let target = self.ty(&select.operand);
                // The failure stands where the macro does.
                self.field(id, &target, &select.field);
                Ty::Bool
            }
            Macro::Bind => {
                let value = call.args.get(1).map_or(Ty::Dyn, |arg| self.ty(arg));
                self.within(vec![(variable(call, 0), value)], call.args.get(2))
            }
            Macro::OptMap | Macro::OptFlatMap => {
                let inner = match call.target.as_ref().map_or(Ty::Dyn, |target| self.ty(target)) {
                    Ty::Optional(inner) => inner.as_ref().clone(),
                    _ => Ty::Dyn,
                };
                let ty = self.within(vec![(variable(call, 0), inner)], call.args.get(1));
                if kind == Macro::OptMap { Ty::Optional(ty.into()) } else { ty }
            }
            _ => self.comprehend(id, kind, call),
        }
    }

    fn comprehend(&mut self, id: u64, kind: Macro, call: &CallExpr) -> Ty {
        let target = call.target.as_ref().map_or(Ty::Dyn, |target| self.ty(target));
        let (key, value) = match &target {
            Ty::List(items, _) => (Ty::Int, items.as_ref().clone()),
            Ty::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            Ty::Dyn | Ty::Param(_) => (Ty::Dyn, Ty::Dyn),
            other => {
                let text = format!(
                    "expression of type '{}' cannot be range of a comprehension (must be list, map, or dynamic)",
                    named(other)
                );
                let at = call.target.as_ref().map_or(id, |target| target.id);
                return self.error(at, text);
            }
        };
        let variables = kind.variables(call.args.len());
        let single = if matches!(target, Ty::Map(..)) { key.clone() } else { value.clone() };
        let scope = if variables == 2 {
            vec![(variable(call, 0), key), (variable(call, 1), value)]
        } else {
            vec![(variable(call, 0), single.clone())]
        };
        let bodies = call.args.get(variables..).unwrap_or_default();
        let mut last = Ty::Dyn;
        for (number, body) in bodies.iter().enumerate() {
            last = self.within(scope.clone(), Some(body));
            let condition = number + 1 < bodies.len() || kind.wants_bool();
            if condition && !fits(&last, &Ty::Bool) {
                let text = format!("expected type 'bool' but found '{}'", named(&last));
                self.error(body.id, text);
            }
        }
        match (kind, target) {
            (Macro::Map | Macro::TransformList, _) => Ty::list(last),
            (Macro::Filter, Ty::Map(..)) => Ty::list(single),
            (Macro::Filter | Macro::SortBy, target) => target,
            (Macro::TransformMap, Ty::Map(key, _)) => Ty::Map(key, last.into()),
            (Macro::TransformMap, Ty::List(..)) => Ty::Map(Ty::Int.into(), last.into()),
            (Macro::TransformMap, _) => Ty::Map(Ty::Dyn.into(), last.into()),
            _ => Ty::Bool,
        }
    }

    /// The type of a body in which more variables are known.
    fn within(&mut self, variables: Vec<(String, Ty)>, body: Option<&IdedExpr>) -> Ty {
        let depth = self.scope.len();
        let names: Vec<String> = variables.iter().map(|(name, _)| name.clone()).collect();
        self.scope.extend(variables);
        let before = self.found.names.len();
        let ty = body.map_or(Ty::Dyn, |body| self.ty(body));
        self.scope.truncate(depth);
        let mut own = self.found.names.split_off(before);
        own.retain(|name| !names.contains(name));
        self.found.names.extend(own);
        ty
    }
}

/// The name of a macro's variable.
fn variable(call: &CallExpr, place: usize) -> String {
    match call.args.get(place).map(|arg| &arg.expr) {
        Some(Expr::Ident(name)) => name.clone(),
        _ => String::new(),
    }
}

/// The type as failures name it.
fn named(ty: &Ty) -> String {
    match ty {
        Ty::Duration => "google.protobuf.Duration".to_owned(),
        Ty::Timestamp => "google.protobuf.Timestamp".to_owned(),
        other => other.to_string(),
    }
}

fn join(known: Option<Ty>, more: Ty) -> Ty {
    match known {
        None => more,
        Some(known) if known == more => known,
        Some(known) if fits(&known, &more) && !known.is_dyn() => known,
        _ => Ty::Dyn,
    }
}

/// Whether a value of one type may stand where another is wanted.
fn fits(ty: &Ty, wanted: &Ty) -> bool {
    unify(wanted, ty, &mut BTreeMap::new())
}

/// The result of an overload for these types, if it takes them.
fn apply(overload: &Overload, target: Option<&Ty>, args: &[Ty]) -> Option<Ty> {
    let mut bound = BTreeMap::new();
    match (&overload.target, target) {
        (None, None) => {}
        (Some(wanted), Some(given)) if unify(wanted, given, &mut bound) => {}
        _ => return None,
    }
    let fine = overload.args.len() == args.len()
        && overload.args.iter().zip(args).all(|(wanted, given)| unify(wanted, given, &mut bound));
    fine.then(|| substitute(&overload.result, &bound))
}

fn unify(wanted: &Ty, given: &Ty, bound: &mut BTreeMap<u8, Ty>) -> bool {
    match (wanted, given) {
        (Ty::Dyn, _) | (_, Ty::Dyn | Ty::Param(_)) => true,
        (Ty::Param(number), given) => match bound.get(number).cloned() {
            None => {
                bound.insert(*number, given.clone());
                true
            }
            Some(known) => {
                let fine = unify(&known, given, bound) || unify(given, &known, bound);
                if fine && known.is_dyn() {
                    bound.insert(*number, given.clone());
                }
                fine
            }
        },
        (Ty::List(a, _), Ty::List(b, _)) | (Ty::Optional(a), Ty::Optional(b)) => unify(a, b, bound),
        (Ty::Map(ak, av), Ty::Map(bk, bv)) => unify(ak, bk, bound) && unify(av, bv, bound),
        // Null stands for structures and what wraps scalars.
        (
            Ty::Null,
            Ty::Object(_) | Ty::Duration | Ty::Timestamp | Ty::Optional(_) | Ty::Opaque(_) | Ty::Null,
        )
        | (Ty::Object(_) | Ty::Duration | Ty::Timestamp | Ty::Optional(_) | Ty::Opaque(_), Ty::Null) => true,
        (a, b) => a == b,
    }
}

fn substitute(ty: &Ty, bound: &BTreeMap<u8, Ty>) -> Ty {
    match ty {
        Ty::Param(number) => bound.get(number).cloned().unwrap_or(Ty::Dyn),
        Ty::List(items, order) => Ty::List(substitute(items, bound).into(), order.clone()),
        Ty::Map(key, value) => Ty::Map(substitute(key, bound).into(), substitute(value, bound).into()),
        Ty::Optional(inner) => Ty::Optional(substitute(inner, bound).into()),
        other => other.clone(),
    }
}
