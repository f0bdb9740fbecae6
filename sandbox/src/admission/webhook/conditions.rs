//! Match conditions: CEL over the request.

use super::matching::Invocation;
use crate::{
    admission::request::{Request, aggregate},
    cel::{self, Program, Val, types::Ty},
    object,
    status::Status,
};
use serde_json::Value;

static DYN: Ty = Ty::Dyn;

/// Whether all conditions of a webhook hold.
///
/// # Errors
/// Conditions that cannot be evaluated, unless the webhook's failures are ignored: then it is not called.
pub(super) fn hold(
    request: &Request<'_>,
    object: &Value,
    webhook: &Value,
    invocation: &Invocation,
) -> Result<bool, Status> {
    let conditions = webhook.get("matchConditions").and_then(Value::as_array);
    let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) else { return Ok(true) };
    let asked = super::review::request_json(request, object, invocation, "");
    let new = if object.is_null() { Value::Null } else { invocation.shown(object) };
    let old = request.old.map_or(Value::Null, |old| invocation.shown(old));
    let mut failures = Vec::new();
    for condition in conditions {
        let source = object::text(condition, &["expression"]);
        let names = [("object", Ty::Dyn), ("oldObject", Ty::Dyn), ("request", Ty::Dyn)];
        let result = Program::compile(source, &names).and_then(|program| {
            let variables = vec![
                ("object", Val::of(&new, &DYN)),
                ("oldObject", Val::of(&old, &DYN)),
                ("request", Val::of(&asked, &DYN)),
            ];
            let mut fuel = cel::PER_CALL;
            match program.run(variables, &mut fuel) {
                Ok(Val::Bool(flag)) => Ok(flag),
                Ok(_) => Err("must evaluate to bool".to_owned()),
                Err(fail) => Err(fail.text),
            }
        });
        match result {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => failures.push(format!("expression '{source}' resulted in error: {why}")),
        }
    }
    if failures.is_empty() {
        return Ok(true);
    }
    if object::text(webhook, &["failurePolicy"]) == "Ignore" {
        return Ok(false);
    }
    Err(request.forbidden(object, &aggregate(&failures)))
}
