//! Which webhooks a request is for: rules, selectors, match conditions.

use super::{Hook, conditions};
use crate::{
    admission::request::{Lookup, Request},
    kinds::Gvr,
    object,
    status::Status,
};
use serde_json::{Map, Value};

/// How a webhook sees the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invocation {
    pub(crate) resource: Gvr,
    pub(crate) kind: (String, String, String),
}

impl Invocation {
    /// An object in the version that the webhook asked for.
    pub(crate) fn shown(&self, object: &Value) -> Value {
        let mut shown = object.clone();
        let (group, version, _) = &self.kind;
        if let Some(fields) = shown.as_object_mut() {
            let own = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
            fields.insert("apiVersion".to_owned(), own.into());
            fields.entry("kind").or_insert_with(|| self.kind.2.as_str().into());
        }
        shown
    }
}

/// How a webhook sees the request, or `None` where it does not concern it.
///
/// # Errors
/// Selectors that cannot be evaluated, and match conditions that fail.
pub(crate) fn invocation(
    request: &Request<'_>,
    object: &Value,
    hook: &Hook,
    lookup: &dyn Lookup,
) -> Result<Option<Invocation>, Status> {
    let webhook = &hook.webhook;
    let namespace = namespace_matches(request, object, webhook, lookup);
    if matches!(namespace, Ok(false)) || !object_matches(request, object, webhook) {
        return Ok(None);
    }
    let rules = webhook.get("rules").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let own = request.resource;
    let found = if rules.iter().any(|rule| rule_matches(rule, request, own)) {
        Some(Invocation { resource: own.clone(), kind: kind_of(request, object) })
    } else if object::text(webhook, &["matchPolicy"]) == "Exact" {
        None
    } else {
        equivalent(request, object, rules, lookup)
    };
    let Some(invocation) = found else { return Ok(None) };
    namespace?;
    let wanted = conditions::hold(request, object, webhook, &invocation)?;
    Ok(wanted.then_some(invocation))
}

/// Group, version and kind of what is sent.
pub(crate) fn kind_of(request: &Request<'_>, object: &Value) -> (String, String, String) {
    let shown = if object.is_null() { request.old.unwrap_or(object) } else { object };
    let api_version = object::text(shown, &["apiVersion"]);
    let kind = object::text(shown, &["kind"]);
    if api_version.is_empty() || kind.is_empty() {
        let Gvr { group, version, .. } = request.resource;
        return (group.clone(), version.clone(), request.kind.to_owned());
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    (group.to_owned(), version.to_owned(), kind.to_owned())
}

/// The same resource in another version that a rule names.
fn equivalent(
    request: &Request<'_>,
    object: &Value,
    rules: &[Value],
    lookup: &dyn Lookup,
) -> Option<Invocation> {
    let own = request.resource;
    let others = lookup.versions(&own.group, &own.resource);
    for rule in rules {
        for version in others.iter().filter(|version| **version != own.version) {
            let resource = Gvr::new(own.group.as_str(), version.as_str(), own.resource.as_str());
            if rule_matches(rule, request, &resource) {
                let (group, _, kind) = kind_of(request, object);
                return Some(Invocation { resource, kind: (group, version.clone(), kind) });
            }
        }
    }
    None
}

/// Whether a rule of a webhook or policy is about the request, seen as one for `resource`.
pub(crate) fn rule_matches(rule: &Value, request: &Request<'_>, resource: &Gvr) -> bool {
    let among = |key: &str, wanted: &str| {
        let list = rule.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).any(|item| item == "*" || item == wanted)
    };
    let cluster = request.namespace.is_empty() || request.is_namespace();
    let scope = match object::text(rule, &["scope"]) {
        "Namespaced" => !cluster,
        "Cluster" => cluster,
        _ => true,
    };
    let named = rule.get("resources").and_then(Value::as_array).into_iter().flatten();
    let named = named.filter_map(Value::as_str).any(|item| {
        let (name, sub) = item.split_once('/').unwrap_or((item, ""));
        (name == "*" || name == resource.resource) && (sub == "*" || sub == request.subresource)
    });
    scope
        && named
        && among("operations", request.operation)
        && among("apiGroups", &resource.group)
        && among("apiVersions", &resource.version)
}

/// Whether a `metav1.LabelSelector` selects these labels; one that is not there selects all.
pub(crate) fn selects(selector: Option<&Value>, labels: &Map<String, Value>) -> bool {
    let Some(selector) = selector.and_then(Value::as_object) else { return true };
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    if !exact.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value)) {
        return false;
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    expressions.into_iter().flatten().all(|expression| {
        let value = labels.get(object::text(expression, &["key"]));
        let values = expression.get("values").and_then(Value::as_array);
        let among = value.is_some_and(|value| values.is_some_and(|values| values.contains(value)));
        match object::text(expression, &["operator"]) {
            "In" => among,
            "NotIn" => !among,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    })
}

fn is_everything(selector: Option<&Value>) -> bool {
    let empty = |key: &str, selector: &Value| match selector.get(key) {
        Some(Value::Array(list)) => list.is_empty(),
        Some(Value::Object(fields)) => fields.is_empty(),
        _ => true,
    };
    selector.is_none_or(|selector| empty("matchLabels", selector) && empty("matchExpressions", selector))
}

/// The namespace selector: cluster-wide objects pass, namespaces are judged by their own labels.
pub(crate) fn namespace_matches(
    request: &Request<'_>,
    object: &Value,
    webhook: &Value,
    lookup: &dyn Lookup,
) -> Result<bool, Status> {
    let selector = webhook.get("namespaceSelector");
    if is_everything(selector) || (request.namespace.is_empty() && !request.is_namespace()) {
        return Ok(true);
    }
    let labels = |object: &Value| {
        object.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    if request.is_namespace() && request.subresource.is_empty() && !object.is_null() {
        return Ok(selects(selector, &labels(object)));
    }
    let namespaces = Gvr::new("", "v1", "namespaces");
    match lookup.get(&namespaces, "", request.namespace) {
        Some(namespace) => Ok(selects(selector, &labels(&namespace))),
        None => Err(Status::not_found("", "namespaces", request.namespace)),
    }
}

/// The object selector: the new object or the old one.
pub(crate) fn object_matches(request: &Request<'_>, object: &Value, webhook: &Value) -> bool {
    let selector = webhook.get("objectSelector");
    if is_everything(selector) {
        return true;
    }
    let fits = |object: &Value| {
        let labels = object.pointer("/metadata/labels").and_then(Value::as_object).cloned();
        object.get("metadata").is_some() && selects(selector, &labels.unwrap_or_default())
    };
    fits(object) || request.old.is_some_and(fits)
}
