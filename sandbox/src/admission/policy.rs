//! ValidatingAdmissionPolicies: CEL validations with parameters, bound by ValidatingAdmissionPolicyBindings.

use super::{
    request::{Lookup, Request},
    webhook::{matching, review},
};
use crate::{
    cel::{self, Program, Val, types::Ty},
    kinds::Gvr,
    object,
    status::Status,
};
use serde_json::{Value, json};
use skiff_compact::Order;
use std::{borrow::Cow, sync::Arc};

static DYN: Ty = Ty::Dyn;
/// Longest message that an expression may give.
const MAX_MESSAGE: usize = 5 * 1024;

/// A validation that did not hold, or could not be evaluated.
struct Denied {
    message: String,
    reason: Option<String>,
}

/// Evaluates the policies that are bound and about the request.
///
/// # Errors
/// The first denial.
pub(crate) fn validate(request: &Request<'_>, object: &Value, lookup: &dyn Lookup) -> Result<(), Status> {
    let list = |resource: &str| {
        let mut all = lookup.list(&Gvr::new("admissionregistration.k8s.io", "v1", resource), "");
        all.order_by(|a, b| object::name(a).cmp(object::name(b)));
        all
    };
    let policies = list("validatingadmissionpolicies");
    if policies.is_empty() {
        return Ok(());
    }
    let bindings = list("validatingadmissionpolicybindings");
    let mut refused = None;
    for policy in &policies {
        let bound: Vec<&Value> = bindings
            .iter()
            .filter(|binding| object::text(binding, &["spec", "policyName"]) == object::name(policy))
            .collect();
        let constraints = policy.pointer("/spec/matchConstraints").unwrap_or(&Value::Null);
        if bound.is_empty() || !matches(constraints, request, object, lookup, true)? {
            continue;
        }
        if let Some(why) = unknown_kind(policy, lookup) {
            let fails = object::text(policy, &["spec", "failurePolicy"]) != "Ignore";
            let denied = Denied { message: format!("failed to configure policy: {why}"), reason: None };
            let found = fails.then(|| refusal(policy, None, request, object, &denied));
            refused = refused.or(found);
            continue;
        }
        for binding in bound {
            let resources = binding.pointer("/spec/matchResources").unwrap_or(&Value::Null);
            if matches(resources, request, object, lookup, false)? {
                // All are evaluated, for their warnings; the first refusal counts.
                let found = one(policy, binding, request, object, lookup);
                refused = refused.or(found.err());
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Whether `matchConstraints` or `matchResources` are about the request. Without rules, a policy is about nothing and a
/// binding about everything.
fn matches(
    constraints: &Value,
    request: &Request<'_>,
    object: &Value,
    lookup: &dyn Lookup,
    wanted: bool,
) -> Result<bool, Status> {
    let rule = |rule: &Value| {
        let names = rule.get("resourceNames").and_then(Value::as_array).filter(|names| !names.is_empty());
        let named = names.is_none_or(|names| names.iter().any(|name| name == request.name));
        named && matching::rule_matches(rule, request, request.resource)
    };
    let list = |key: &str| constraints.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let rules = list("resourceRules");
    let included = if rules.is_empty() { !wanted } else { rules.iter().any(rule) };
    if !included || list("excludeResourceRules").iter().any(rule) {
        return Ok(false);
    }
    Ok(matching::object_matches(request, object, constraints)
        && matching::namespace_matches(request, object, constraints, lookup)?)
}

/// What is wrong with the kind of a policy's parameters.
fn unknown_kind(policy: &Value, lookup: &dyn Lookup) -> Option<String> {
    let kind = policy.pointer("/spec/paramKind").filter(|kind| kind.is_object())?;
    let (api_version, name) = (object::text(kind, &["apiVersion"]), object::text(kind, &["kind"]));
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    if lookup.kind(group, version, name).is_some() {
        return None;
    }
    Some(format!("failed to find resource referenced by paramKind: '{api_version}, Kind={name}'"))
}

/// One binding of a policy, with each of its parameters.
fn one(
    policy: &Value,
    binding: &Value,
    request: &Request<'_>,
    object: &Value,
    lookup: &dyn Lookup,
) -> Result<(), Status> {
    let fails = object::text(policy, &["spec", "failurePolicy"]) != "Ignore";
    let params = match params(policy, binding, request, lookup) {
        Ok(params) => params,
        Err(why) if fails => {
            let denied = Denied { message: format!("failed to configure binding: {why}"), reason: None };
            return Err(refusal(policy, Some(binding), request, object, &denied));
        }
        Err(_) => return Ok(()),
    };
    let mut refused = None;
    for param in params {
        for denied in evaluate(policy, request, object, &param, lookup, fails) {
            let actions = binding.pointer("/spec/validationActions").and_then(Value::as_array);
            for action in actions.into_iter().flatten().filter_map(Value::as_str) {
                match action {
                    "Deny" if refused.is_none() => {
                        refused = Some(refusal(policy, Some(binding), request, object, &denied));
                    }
                    "Warn" => request.caller.warn(format!(
                        "Validation failed for ValidatingAdmissionPolicy '{}' with binding '{}': {}",
                        object::name(policy),
                        object::name(binding),
                        denied.message
                    )),
                    _ => {}
                }
            }
        }
    }
    refused.map_or(Ok(()), Err)
}

fn refusal(
    policy: &Value,
    binding: Option<&Value>,
    request: &Request<'_>,
    object: &Value,
    denied: &Denied,
) -> Status {
    let bound = binding.map(|binding| format!(" with binding '{}'", object::name(binding)));
    let message = format!(
        "ValidatingAdmissionPolicy '{}'{} denied request: {}",
        object::name(policy),
        bound.unwrap_or_default(),
        denied.message
    );
    let mut status = request.forbidden(object, &message);
    (status.code, status.reason) = match denied.reason.as_deref() {
        Some("Unauthorized") => (401, "Unauthorized"),
        Some("Forbidden") => (403, "Forbidden"),
        Some("RequestEntityTooLarge") => (413, "RequestEntityTooLarge"),
        _ => (422, "Invalid"),
    };
    if let Some(details) = &mut status.details {
        details["causes"] = json!([{"message": message}]);
    }
    status
}

/// The objects that a binding gives its policy as parameters; null where it wants none.
fn params(
    policy: &Value,
    binding: &Value,
    request: &Request<'_>,
    lookup: &dyn Lookup,
) -> Result<Vec<Value>, String> {
    let kind = policy.pointer("/spec/paramKind").filter(|kind| kind.is_object());
    let reference = binding.pointer("/spec/paramRef").filter(|reference| reference.is_object());
    let (Some(kind), Some(reference)) = (kind, reference) else { return Ok(vec![Value::Null]) };
    let api_version = object::text(kind, &["apiVersion"]);
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let Some((resource, namespaced)) = lookup.kind(group, version, object::text(kind, &["kind"])) else {
        return Err("failed to find resource referenced by paramKind".to_owned());
    };
    let own = object::text(reference, &["namespace"]);
    let namespace = match (namespaced, own) {
        (false, "") => "",
        (false, _) => {
            return Err("paramRef.namespace must not be provided for a cluster-scoped `paramKind`".to_owned());
        }
        (true, "") if request.namespace.is_empty() => {
            return Err(
                "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
                    .to_owned(),
            );
        }
        (true, "") => request.namespace,
        (true, own) => own,
    };
    let name = object::text(reference, &["name"]);
    let found = if name.is_empty() {
        let mut all = lookup.list(&resource, namespace);
        all.retain(|item| {
            let labels = item.pointer("/metadata/labels").and_then(Value::as_object).cloned();
            matching::selects(reference.get("selector"), &labels.unwrap_or_default())
        });
        all
    } else {
        lookup.get(&resource, namespace, name).into_iter().collect()
    };
    match (found.is_empty(), object::text(reference, &["parameterNotFoundAction"])) {
        (true, "Deny") => {
            Err("no params found for policy binding with `Deny` parameterNotFoundAction".to_owned())
        }
        _ => Ok(found),
    }
}

/// Evaluates all validations of a policy with one parameter; what failed, in order.
fn evaluate(
    policy: &Value,
    request: &Request<'_>,
    object: &Value,
    param: &Value,
    lookup: &dyn Lookup,
    fails: bool,
) -> Vec<Denied> {
    let invocation =
        matching::Invocation { resource: request.resource.clone(), kind: matching::kind_of(request, object) };
    let asked = review::request_json(request, object, &invocation, "");
    let old = request.old.cloned().unwrap_or_default();
    let namespace = if request.is_namespace() || request.namespace.is_empty() {
        Value::Null
    } else {
        lookup.get(&Gvr::new("", "v1", "namespaces"), "", request.namespace).unwrap_or_default()
    };
    let names = ["object", "oldObject", "request", "params", "namespaceObject", "variables"];
    let declared = names.map(|name| (name, Ty::Dyn));
    let list = |key: &str| {
        policy.pointer(&format!("/spec/{key}")).and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
    };
    let variables: Vec<(&str, Result<Program, String>)> = list("variables")
        .iter()
        .map(|variable| {
            let source = object::text(variable, &["expression"]);
            (object::text(variable, &["name"]), Program::compile(source, &declared))
        })
        .collect();
    let mut world = World {
        values: [
            ("object", Val::of(object, &DYN)),
            ("oldObject", Val::of(&old, &DYN)),
            ("request", Val::of(&asked, &DYN)),
            ("params", Val::of(param, &DYN)),
            ("namespaceObject", Val::of(&namespace, &DYN)),
        ],
        variables: Vec::new(),
        fuel: cel::PER_OBJECT,
    };
    for (name, program) in &variables {
        // What fails is not there for those who ask for it.
        if let Ok(program) = program
            && let Ok(value) = world.run(program)
        {
            world.variables.push((Val::Text(Cow::Borrowed(*name)), value));
        }
    }
    judge(policy, &mut world, &declared, fails)
}

/// The conditions and validations of a policy, in a world that is ready.
fn judge(policy: &Value, world: &mut World<'_>, declared: &[(&str, Ty)], fails: bool) -> Vec<Denied> {
    let list = |key: &str| {
        policy.pointer(&format!("/spec/{key}")).and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
    };
    let compile = |source: &str| Program::compile(source, declared);
    let error = |source: &str, why: &str| Denied {
        message: format!("expression '{source}' resulted in error: {why}"),
        reason: None,
    };
    let mut denied = Vec::new();
    for condition in list("matchConditions") {
        let source = object::text(condition, &["expression"]);
        match compile(source).and_then(|program| world.holds(&program)) {
            Ok(true) => {}
            Ok(false) => return Vec::new(),
            Err(why) => denied.extend(fails.then(|| error(source, &why))),
        }
    }
    if !denied.is_empty() {
        denied.truncate(1);
        return denied;
    }
    for validation in list("validations") {
        let source = object::text(validation, &["expression"]);
        match compile(source).and_then(|program| world.holds(&program)) {
            Ok(true) => {}
            Ok(false) => {
                let own = object::text(validation, &["messageExpression"]);
                let made = (!own.is_empty())
                    .then(|| compile(own).ok().and_then(|program| world.message(&program)))
                    .flatten();
                let message = made.unwrap_or_else(|| match object::text(validation, &["message"]).trim() {
                    "" => format!("failed expression: {}", source.trim()),
                    message => message.to_owned(),
                });
                let reason = validation.get("reason").and_then(Value::as_str).map(str::to_owned);
                denied.push(Denied { message, reason });
            }
            Err(why) => denied.extend(fails.then(|| error(source, &why))),
        }
    }
    denied
}

/// What expressions see.
struct World<'a> {
    values: [(&'static str, Val<'a>); 5],
    variables: Vec<(Val<'a>, Val<'a>)>,
    fuel: i64,
}

impl<'a> World<'a> {
    fn scope<'b>(&self) -> Vec<(&'b str, Val<'b>)>
    where
        'a: 'b,
    {
        let mut scope: Vec<(&'b str, Val<'b>)> =
            self.values.iter().map(|(name, value)| (*name, value.clone())).collect();
        scope.push(("variables", Val::Map(Arc::new(self.variables.clone()))));
        scope
    }

    fn run<'b>(&mut self, program: &'b Program) -> Result<Val<'b>, String>
    where
        'a: 'b,
    {
        if self.fuel <= 0 {
            return Err("validation failed due to running out of cost budget, no further validation rules will be run".to_owned());
        }
        let mut call = cel::PER_CALL.min(self.fuel);
        let before = call;
        let result = program.run(self.scope(), &mut call);
        self.fuel -= before - call.max(0);
        result.map_err(|fail| fail.text)
    }

    fn holds(&mut self, program: &Program) -> Result<bool, String> {
        match self.run(program)? {
            Val::Bool(flag) => Ok(flag),
            _ => Err("must evaluate to bool".to_owned()),
        }
    }

    fn message(&mut self, program: &Program) -> Option<String> {
        let Ok(Val::Text(text)) = self.run(program) else { return None };
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_MESSAGE && !text.contains('\n');
        fits.then(|| text.to_owned())
    }
}
