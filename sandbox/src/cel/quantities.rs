//! Kubernetes' libraries of quantities and semantic versions.

use super::value::{Fail, Result, Val};
use crate::object::quantity::Quantity;
use std::{cmp::Ordering, sync::Arc};
use templates_engine::semver::Version;

fn quantity(text: &str) -> Result<Quantity> {
    const WRONG: &str =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    Quantity::parse(text).map_err(|_| Fail::new(WRONG))
}

/// A version; `loose` takes a `v` and missing parts.
fn version(text: &str, loose: bool) -> Result<Version> {
    let parsed = if loose { Version::parse(text) } else { Version::parse_strict(text) };
    parsed.map_err(|error| Fail::new(error.to_string()))
}

/// `quantity(…)`, `isSemver(…)` and so on.
pub(crate) fn global<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    match (name, args) {
        ("quantity", [Val::Text(text)]) => quantity(text).map(|quantity| Val::Quantity(Arc::new(quantity))),
        ("isQuantity", [Val::Text(text)]) => Ok(Val::Bool(quantity(text).is_ok())),
        ("semver", [Val::Text(text)]) => version(text, false).map(|version| Val::Semver(Arc::new(version))),
        ("semver", [Val::Text(text), Val::Bool(loose)]) => {
            version(text, *loose).map(|version| Val::Semver(Arc::new(version)))
        }
        ("isSemver", [Val::Text(text)]) => Ok(Val::Bool(version(text, false).is_ok())),
        ("isSemver", [Val::Text(text), Val::Bool(loose)]) => Ok(Val::Bool(version(text, *loose).is_ok())),
        _ => Err(Fail::overload()),
    }
}

/// A function of a quantity or version.
pub(crate) fn member<'a>(target: &Val<'a>, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    match (target, args) {
        (Val::Quantity(own), args) => of_quantity(own, name, args),
        (Val::Semver(own), []) => {
            let part = match name {
                "major" => own.major(),
                "minor" => own.minor(),
                "patch" => own.patch(),
                _ => return Err(Fail::overload()),
            };
            i64::try_from(part).map(Val::Int).map_err(|_| super::functions::overflow())
        }
        (Val::Semver(own), [Val::Semver(other)]) => ordered(name, own.as_ref().cmp(other)),
        _ => Err(Fail::overload()),
    }
}

fn ordered<'a>(name: &str, order: Ordering) -> Result<Val<'a>> {
    match name {
        "isLessThan" => Ok(Val::Bool(order.is_lt())),
        "isGreaterThan" => Ok(Val::Bool(order.is_gt())),
        "compareTo" => Ok(Val::Int(order as i64)),
        _ => Err(Fail::overload()),
    }
}

fn of_quantity<'a>(own: &Quantity, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let whole = || {
        let value = own.value();
        let back = Quantity::parse(&value.to_string()).ok()?;
        own.compare(&back).is_eq().then_some(value)
    };
    let made = |quantity: Quantity| Ok(Val::Quantity(Arc::new(quantity)));
    match (name, args) {
        ("sign", []) => Ok(Val::Int(i64::from(own.sign()))),
        ("isInteger", []) => Ok(Val::Bool(whole().is_some())),
        ("asInteger", []) => {
            whole().map(Val::Int).ok_or_else(|| Fail::new("cannot convert value to integer"))
        }
        #[expect(clippy::cast_precision_loss, reason = "approximate by name")]
        ("asApproximateFloat", []) => Ok(Val::Double(own.milli() as f64 / 1000.0)),
        ("add", [Val::Quantity(other)]) => made(own.plus(other)),
        ("sub", [Val::Quantity(other)]) => made(own.minus(other)),
        ("add", [Val::Int(other)]) => made(own.plus(&quantity(&other.to_string())?)),
        ("sub", [Val::Int(other)]) => made(own.minus(&quantity(&other.to_string())?)),
        (name, [Val::Quantity(other)]) => ordered(name, own.compare(other)),
        _ => Err(Fail::overload()),
    }
}
