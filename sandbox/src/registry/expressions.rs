//! Expressions of admission policies and of webhooks' conditions, compiled when they are written, as
//! `pkg/apis/admissionregistration/validation` does.

use crate::{
    cel::{
        Program,
        types::{Field, Object, Ty},
    },
    field::Error,
    kinds::Resource,
    object::{self, names},
};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// More conditions are refused.
const MAX_CONDITIONS: usize = 64;

/// What is wrong with the expressions of an object.
pub(super) fn errors(resource: &Resource, object: &Value) -> Vec<Error> {
    let mut errors = Vec::new();
    if resource.gvr.group != "admissionregistration.k8s.io" {
        return errors;
    }
    match resource.kind.as_str() {
        "ValidatingAdmissionPolicy" => policy(object, &mut errors),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            let scope = Scope::new(false);
            for (index, hook) in list(object, "webhooks").iter().enumerate() {
                conditions(hook, &format!("webhooks[{index}]"), &scope, &mut errors);
            }
        }
        _ => {}
    }
    errors
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn policy(object: &Value, errors: &mut Vec<Error>) {
    let Some(spec) = object.get("spec") else { return };
    let mut scope = Scope::new(spec.get("paramKind").is_some_and(Value::is_object));
    conditions(spec, "spec", &scope, errors);
    for (index, variable) in list(spec, "variables").iter().enumerate() {
        let source = object::text(variable, &["expression"]);
        let name = object::text(variable, &["name"]);
        match scope.compile(source, &[]) {
            Ok(ty) => scope.variable(name, Some(ty)),
            Err(why) => {
                scope.variable(name, None);
                errors.push(Error::invalid(format!("spec.variables[{index}].expression"), source, why));
            }
        }
    }
    for (index, validation) in list(spec, "validations").iter().enumerate() {
        for (key, wanted) in [("expression", Ty::Bool), ("messageExpression", Ty::Text)] {
            let source = object::text(validation, &[key]);
            if !source.trim().is_empty()
                && let Err(why) = scope.compile(source, &[wanted])
            {
                errors.push(Error::invalid(format!("spec.validations[{index}].{key}"), source, why));
            }
        }
    }
    for (index, note) in list(spec, "auditAnnotations").iter().enumerate() {
        let source = object::text(note, &["valueExpression"]);
        let path = format!("spec.auditAnnotations[{index}].valueExpression");
        if source.trim().is_empty() {
            errors.push(Error::required(path, "valueExpression is not specified"));
        } else if let Err(why) = scope.compile(source.trim(), &[Ty::Text, Ty::Null]) {
            errors.push(Error::invalid(path, source, why));
        }
    }
}

/// `matchConditions`.
fn conditions(owner: &Value, path: &str, scope: &Scope, errors: &mut Vec<Error>) {
    let all = list(owner, "matchConditions");
    let path = format!("{path}.matchConditions");
    if all.len() > MAX_CONDITIONS {
        let count = i64::try_from(all.len()).ok();
        errors.push(Error::too_many(&path, count, MAX_CONDITIONS as i64));
    }
    let mut known: Vec<&str> = Vec::new();
    for (index, condition) in all.iter().enumerate() {
        let (name, source) = (object::text(condition, &["name"]), object::text(condition, &["expression"]));
        let (name_path, path) = (format!("{path}[{index}].name"), format!("{path}[{index}].expression"));
        if source.trim().is_empty() {
            errors.push(Error::required(path, ""));
        } else if let Err(why) = scope.compile(source.trim(), &[Ty::Bool]) {
            errors.push(Error::invalid(path, source.trim(), why));
        }
        if name.is_empty() {
            errors.push(Error::required(name_path, ""));
            continue;
        }
        let faults = names::qualified(name).into_iter();
        errors.extend(faults.map(|fault| Error::invalid(&name_path, name, fault)));
        if known.contains(&name) {
            errors.push(Error::duplicate(name_path, name));
        }
        known.push(name);
    }
}

/// What expressions may name.
struct Scope {
    declared: Vec<(&'static str, Ty)>,
    /// The types of the policy's variables, where it has any.
    variables: Option<BTreeMap<Box<str>, Field>>,
}

impl Scope {
    fn new(params: bool) -> Self {
        let mut declared = vec![
            ("object", Ty::Dyn),
            ("oldObject", Ty::Dyn),
            ("request", request()),
            ("namespaceObject", namespace()),
        ];
        if params {
            declared.push(("params", Ty::Dyn));
        }
        Self { declared, variables: None }
    }

    /// Adds a variable; one that does not compile is none for those after it.
    fn variable(&mut self, name: &str, ty: Option<Ty>) {
        let variables = self.variables.get_or_insert_default();
        if let Some(ty) = ty {
            variables.insert(name.into(), Field { json: name.into(), ty });
        }
    }

    /// The type of an expression, which must be one of these if there are any.
    fn compile(&self, source: &str, wanted: &[Ty]) -> Result<Ty, String> {
        // It is not declared here: what names it is taken, and fails when it runs.
        if source.contains("authorizer") {
            return Ok(Ty::Dyn);
        }
        let mut declared = self.declared.clone();
        if let Some(fields) = &self.variables {
            declared.push(("variables", Ty::Object(Arc::new(Object { fields: fields.clone() }))));
        }
        let program =
            Program::compile(source, &declared).map_err(|text| format!("compilation failed: {text}"))?;
        // Of anything but a path the checker may know less than cel-go's.
        let unsure = program.ty.is_dyn() && !program.is_path();
        if wanted.is_empty() || wanted.contains(&program.ty) || unsure {
            return Ok(program.ty);
        }
        let names: Vec<String> = wanted.iter().map(name).collect();
        let what = match names.as_slice() {
            [one] => one.clone(),
            many => format!("one of [{}]", many.join(" ")),
        };
        Err(format!("must evaluate to {what} but got {}", name(&program.ty)))
    }
}

/// A type as `cel.Type.String` has it.
fn name(ty: &Ty) -> String {
    if *ty == Ty::Null { "null_type".to_owned() } else { ty.to_string() }
}

fn structure<const N: usize>(fields: [(&str, Ty); N]) -> Ty {
    let fields = fields.map(|(name, ty)| (name.into(), Field { json: name.into(), ty }));
    Ty::Object(Arc::new(Object { fields: fields.into() }))
}

fn texts() -> Ty {
    Ty::list(Ty::Text)
}

fn map(values: Ty) -> Ty {
    Ty::Map(Arc::new(Ty::Text), Arc::new(values))
}

/// `BuildRequestType`.
fn request() -> Ty {
    let kind = structure([("group", Ty::Text), ("version", Ty::Text), ("kind", Ty::Text)]);
    let resource = structure([("group", Ty::Text), ("version", Ty::Text), ("resource", Ty::Text)]);
    let user =
        structure([("username", Ty::Text), ("uid", Ty::Text), ("groups", texts()), ("extra", map(texts()))]);
    structure([
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("subResource", Ty::Text),
        ("requestKind", kind),
        ("requestResource", resource),
        ("requestSubResource", Ty::Text),
        ("name", Ty::Text),
        ("namespace", Ty::Text),
        // The name as expressions write it, since `namespace` is a reserved word.
        ("__namespace__", Ty::Text),
        ("operation", Ty::Text),
        ("userInfo", user),
        ("dryRun", Ty::Bool),
        ("options", Ty::Dyn),
    ])
}

/// `BuildNamespaceType`.
fn namespace() -> Ty {
    let condition = structure([
        ("status", Ty::Text),
        ("type", Ty::Text),
        ("lastTransitionTime", Ty::Timestamp),
        ("message", Ty::Text),
        ("reason", Ty::Text),
    ]);
    let metadata = structure([
        ("name", Ty::Text),
        ("generateName", Ty::Text),
        ("namespace", Ty::Text),
        ("__namespace__", Ty::Text),
        ("labels", map(Ty::Text)),
        ("annotations", map(Ty::Text)),
        ("UID", Ty::Text),
        ("creationTimestamp", Ty::Timestamp),
        ("deletionGracePeriodSeconds", Ty::Int),
        ("deletionTimestamp", Ty::Timestamp),
        ("generation", Ty::Int),
        ("resourceVersion", Ty::Text),
        ("finalizers", texts()),
    ]);
    structure([
        ("metadata", metadata),
        ("spec", structure([("finalizers", texts())])),
        ("status", structure([("conditions", Ty::list(condition)), ("phase", Ty::Text)])),
    ])
}
