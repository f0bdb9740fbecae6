//! Mutating and validating admission webhooks.

mod conditions;
pub(crate) mod matching;
pub(crate) mod review;

use super::request::{Lookup, Request};
use crate::{kinds::Gvr, object, status::Status};
use matching::Invocation;
use serde_json::Value;
use skiff_compact::Order;
use std::collections::BTreeSet;

/// A webhook of a configuration, by which it is told from others.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    /// Configuration and place in it.
    pub(crate) id: String,
    pub(crate) webhook: Value,
}

impl Hook {
    fn name(&self) -> &str {
        object::text(&self.webhook, &["name"])
    }

    fn ignores_failures(&self) -> bool {
        object::text(&self.webhook, &["failurePolicy"]) == "Ignore"
    }

    fn reinvoked(&self) -> bool {
        object::text(&self.webhook, &["reinvocationPolicy"]) == "IfNeeded"
    }
}

/// How webhooks are found and reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'a> {
    pub(crate) lookup: &'a dyn Lookup,
    pub(crate) services: &'a crate::webhook::Services,
}

/// The webhooks of all configurations of a kind, in the order of the configurations' names.
pub(crate) fn hooks(lookup: &dyn Lookup, resource: &str) -> Vec<Hook> {
    let mut configurations = lookup.list(&Gvr::new("admissionregistration.k8s.io", "v1", resource), "");
    configurations.order_by(|a, b| object::name(a).cmp(object::name(b)));
    let mut hooks = Vec::new();
    for configuration in configurations {
        let list = configuration.get("webhooks").and_then(Value::as_array).cloned().unwrap_or_default();
        for (number, webhook) in list.into_iter().enumerate() {
            hooks.push(Hook { id: format!("{}/{number}", object::name(&configuration)), webhook });
        }
    }
    hooks
}

/// Configurations are never sent to webhooks.
pub(crate) fn exempt(request: &Request<'_>) -> bool {
    const KINDS: [&str; 6] = [
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
    ];
    request.resource.group == "admissionregistration.k8s.io" && KINDS.contains(&request.kind)
}

/// What is called again after others changed the object.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    invoked: BTreeSet<String>,
    again: BTreeSet<String>,
}

impl Rounds {
    /// Whether a second round is needed.
    pub(crate) fn again(&self) -> bool {
        !self.again.is_empty()
    }

    /// Something changed the object.
    pub(crate) fn changed(&mut self) {
        self.again.append(&mut self.invoked);
    }
}

/// Calls the mutating webhooks, all of them or, in a second round, those that are due again.
///
/// # Errors
/// A webhook's refusal, and failures that may not be ignored.
pub(crate) async fn mutate(
    request: &Request<'_>,
    object: &mut Value,
    hooks: &[Hook],
    reach: Reach<'_>,
    (second, rounds): (bool, &mut Rounds),
) -> Result<(), Status> {
    let due = std::mem::take(&mut rounds.again);
    for hook in hooks {
        let Some(invocation) = matching::invocation(request, object, hook, reach.lookup)? else { continue };
        if second && !due.contains(&hook.id) {
            continue;
        }
        let outcome = one(request, object, hook, &invocation, reach, true).await;
        let changed = match outcome {
            Ok(None) => false,
            Ok(Some(patch)) => {
                let (patched, changed) = apply(request, object, hook, &invocation, &patch)?;
                *object = patched;
                changed
            }
            Err(Failure::Call(_)) if hook.ignores_failures() => continue,
            Err(Failure::Call(why)) => return Err(failed(hook, &why)),
            Err(Failure::Refused(status)) => return Err(status),
        };
        if changed {
            rounds.changed();
        }
        if hook.reinvoked() {
            rounds.invoked.insert(hook.id.clone());
        }
    }
    Ok(())
}

/// Calls the validating webhooks.
///
/// # Errors
/// The first refusal, and failures that may not be ignored.
pub(crate) async fn validate(
    request: &Request<'_>,
    object: &Value,
    hooks: &[Hook],
    reach: Reach<'_>,
) -> Result<(), Status> {
    let mut due = Vec::new();
    for hook in hooks {
        due.extend(
            matching::invocation(request, object, hook, reach.lookup)?.map(|invocation| (hook, invocation)),
        );
    }
    for (hook, invocation) in due {
        match one(request, object, hook, &invocation, reach, false).await {
            Ok(_) => {}
            Err(Failure::Call(_)) if hook.ignores_failures() => {}
            Err(Failure::Call(why)) => return Err(failed(hook, &why)),
            Err(Failure::Refused(status)) => return Err(status),
        }
    }
    Ok(())
}

/// Why a webhook gave no answer that counts.
pub(crate) enum Failure {
    /// It could not be asked, or answered nonsense.
    Call(String),
    /// It refused, or cannot be asked in this way.
    Refused(Status),
}

fn failed(hook: &Hook, why: &str) -> Status {
    Status::internal(format!("failed calling webhook {:?}: {why}", hook.name()))
}

async fn one(
    request: &Request<'_>,
    object: &Value,
    hook: &Hook,
    invocation: &Invocation,
    reach: Reach<'_>,
    mutating: bool,
) -> Result<Option<Vec<u8>>, Failure> {
    if request.caller.dry_run {
        let effects = object::text(&hook.webhook, &["sideEffects"]);
        if !matches!(effects, "None" | "NoneOnDryRun") {
            let why = format!("admission webhook {:?} does not support dry run", hook.name());
            return Err(Failure::Refused(Status::bad_request(why)));
        }
    }
    let (uid, version, review) = review::question(request, object, hook, invocation)?;
    let address = |namespace: &str, name: &str| {
        let found = reach.lookup.get(&Gvr::new("", "v1", "services"), namespace, name)?;
        Some(object::text(&found, &["spec", "clusterIP"]).to_owned())
    };
    let posting = crate::webhook::Reach { services: reach.services, address: &address };
    let answer = crate::webhook::post(&hook.webhook, &review, &posting)
        .await
        .map_err(|why| Failure::Call(format!("failed to call webhook: {why}")))?;
    let response = review::verify(&answer, &uid, version, mutating)
        .map_err(|why| Failure::Call(format!("received invalid webhook response: {why}")))?;
    let warnings = response.get("warnings").and_then(Value::as_array).into_iter().flatten();
    for warning in warnings.filter_map(Value::as_str) {
        request.caller.warn(warning);
    }
    if response.get("allowed") != Some(&Value::Bool(true)) {
        return Err(Failure::Refused(review::refusal(hook.name(), response.get("status"))));
    }
    review::patch(response)
        .map_err(|why| Failure::Call(format!("received undecodable patch in webhook response: {why}")))
}

/// Applies a patch in the version that the webhook saw.
fn apply(
    request: &Request<'_>,
    object: &Value,
    hook: &Hook,
    invocation: &Invocation,
    patch: &[u8],
) -> Result<(Value, bool), Status> {
    if object.is_null() {
        let why = format!(
            "admission webhook {:?} attempted to modify the object, which is not supported for this operation",
            hook.name()
        );
        return Err(Status::internal(why));
    }
    let seen = invocation.shown(object);
    let patched = crate::patch::json(&seen, patch).map_err(|status| Status::internal(status.message))?;
    let changed = patched != seen;
    let mut patched = patched;
    if invocation.resource != *request.resource
        && let Some(own) = object.get("apiVersion")
    {
        patched["apiVersion"] = own.clone();
    }
    Ok((patched, changed))
}
