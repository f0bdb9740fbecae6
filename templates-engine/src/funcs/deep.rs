//! `reflect.DeepEqual` and copystructure.

use super::limits::Budget;
use crate::{
    exec::FuncError,
    value::{List, Map, ObjectRef, Str, Value},
};
use std::collections::BTreeSet;

/// `reflect.DeepEqual`: equal types all the way down; a pair met again further down counts as equal.
///
/// # Errors
/// When the values are nested or numerous beyond the limits.
pub(super) fn equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    Comparison { budget: Budget::new("deepEqual"), seen: BTreeSet::new() }.values(a, b, 0)
}

struct Comparison {
    budget: Budget,
    seen: BTreeSet<(usize, usize)>,
}

/// Pairs are remembered from this depth on: most values are flat.
const REMEMBER_FROM: usize = 4;

impl Comparison {
    fn values(&mut self, a: &Value, b: &Value, depth: usize) -> Result<bool, FuncError> {
        self.budget.visit(depth)?;
        Ok(match (a, b) {
            (Value::Nil, Value::Nil) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(kind, a), Value::Int(other, b)) => kind == other && a == b,
            (Value::Uint(kind, a), Value::Uint(other, b)) => kind == other && a == b,
            (Value::Float(kind, a), Value::Float(other, b)) => kind == other && a == b,
            (Value::Complex(a, i), Value::Complex(b, j)) => a == b && i == j,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => self.lists(a, b, depth)?,
            (Value::Map(a), Value::Map(b)) => self.maps(a, b, depth)?,
            (Value::Object(a), Value::Object(b)) => self.objects(a, b, depth)?,
            _ => false,
        })
    }

    fn is_known(&mut self, a: usize, b: usize, depth: usize) -> bool {
        depth >= REMEMBER_FROM && !self.seen.insert((a, b))
    }

    fn lists(&mut self, a: &List, b: &List, depth: usize) -> Result<bool, FuncError> {
        if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.same(b) || self.is_known(a.address(), b.address(), depth) {
            return Ok(true);
        }
        for (a, b) in a.iter().zip(b.iter()) {
            if !self.values(a, b, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn maps(&mut self, a: &Map, b: &Map, depth: usize) -> Result<bool, FuncError> {
        if a.map_type() != b.map_type() || a.is_nil() != b.is_nil() || a.len() != b.len() {
            return Ok(false);
        }
        if a.same(b) || self.is_known(a.address(), b.address(), depth) {
            return Ok(true);
        }
        for (key, value) in a.borrow().iter() {
            match b.get(key) {
                Some(other) if self.values(value, &other, depth + 1)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn objects(&mut self, a: &ObjectRef, b: &ObjectRef, depth: usize) -> Result<bool, FuncError> {
        if a.same(b) {
            return Ok(true);
        }
        if a.type_name() != b.type_name() {
            return Ok(false);
        }
        if let (Some(a), Some(b)) = (a.underlying(), b.underlying()) {
            return self.values(&a, &b, depth + 1);
        }
        let (left, right) = (a.fields(), b.fields());
        if left.is_empty() {
            // Nothing to see inside (a time, a version): the text tells them apart.
            return Ok(a.display().is_some() && a.display() == b.display());
        }
        if left.len() != right.len() {
            return Ok(false);
        }
        for ((_, a), (_, b)) in left.iter().zip(&right) {
            if !self.values(a, b, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `copystructure.Copy`: the same types, nothing shared. Structs are immutable here and stay shared.
///
/// # Errors
/// When the value is nested or grows beyond the limits (a map may hold itself).
pub(super) fn copy(value: &Value) -> Result<Value, FuncError> {
    copied(value, &mut Budget::new("deepCopy"), 0)
}

fn copied(value: &Value, budget: &mut Budget, depth: usize) -> Result<Value, FuncError> {
    budget.visit(depth)?;
    Ok(match value {
        Value::List(list) if !list.is_nil() => {
            let items = list.iter().map(|item| copied(item, budget, depth + 1));
            Value::List(list.with_items(items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) if map.is_nil() => Value::Map(Map::nil(map.map_type())),
        Value::Map(map) => {
            let entries = map.borrow();
            let entries =
                entries.iter().map(|(key, value)| Ok((key.clone(), copied(value, budget, depth + 1)?)));
            let entries = entries.collect::<Result<Vec<(Str, Value)>, FuncError>>()?;
            Value::Map(Map::new(map.map_type(), entries))
        }
        Value::Object(object) => object.deep_copied().unwrap_or_else(|| value.clone()),
        other => other.clone(),
    })
}
