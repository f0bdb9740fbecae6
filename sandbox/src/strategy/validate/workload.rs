//! Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers: `pkg/apis/apps/validation`.

use super::{claim, internal, pod};
use crate::{
    field::Error,
    object::names,
    strategy::check::{At, Errors, at_most_all, count_or_percent, matches, percent, selector, selects_all},
};
use serde_json::{Value, json};

/// The names of a kind's own selector message; ReplicaSets use that of Deployments.
fn own_selector(spec: &At<'_>, empty: &str, errors: &mut Errors) {
    let at = spec.get("selector");
    if at.is_set() {
        selector(&at, errors);
        if selects_all(&at) {
            errors.push(at.invalid(format!("empty selector is invalid for {empty}")));
        }
    } else {
        errors.push(at.required(""));
    }
}

fn labels_match(spec: &At<'_>, errors: &mut Errors) {
    let at = spec.get("selector");
    let labels = spec.at("template.metadata.labels");
    if !matches(&at, &labels) {
        errors.push(labels.invalid("`selector` does not match template `labels`"));
    }
}

/// Pods that run for ever: the policy, and no deadline.
fn for_ever(spec: &At<'_>, kind: &str, errors: &mut Errors) {
    spec.at("template.spec.restartPolicy").one_of(&["Always"], errors);
    let deadline = spec.at("template.spec.activeDeadlineSeconds");
    if deadline.is_set() {
        errors.push(deadline.forbidden(format!("activeDeadlineSeconds in {kind} is not Supported")));
    }
}

/// Whether a selector can be read at all: unknown operators and wrong keys or values cannot.
fn is_selector(at: &At<'_>) -> bool {
    let mut errors = Errors::new();
    selector(at, &mut errors);
    errors.is_empty()
}

/// `ValidatePodTemplateSpecForReplicaSet`.
fn replicated_template(spec: &At<'_>, errors: &mut Errors) {
    let at = spec.get("selector");
    if !is_selector(&at) {
        return errors.push(at.invalid("invalid label selector"));
    }
    labels_match(spec, errors);
    pod::template(&spec.get("template"), errors);
    for_ever(spec, "ReplicaSet", errors);
}

pub(super) fn deployment(spec: &At<'_>, errors: &mut Errors) {
    spec.get("replicas").non_negative(errors);
    own_selector(spec, "deployment", errors);
    replicated_template(spec, errors);
    deployment_strategy(&spec.get("strategy"), errors);
    spec.get("minReadySeconds").non_negative(errors);
    spec.get("revisionHistoryLimit").non_negative(errors);
    let deadline = spec.get("progressDeadlineSeconds");
    if deadline.is_set() {
        deadline.non_negative(errors);
        if deadline.number() <= spec.get("minReadySeconds").number() {
            errors.push(deadline.invalid("must be greater than minReadySeconds"));
        }
    }
}

fn deployment_strategy(strategy: &At<'_>, errors: &mut Errors) {
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").text() {
        "Recreate" if rolling.is_set() => {
            errors.push(rolling.forbidden("may not be specified when strategy `type` is 'Recreate'"));
        }
        "Recreate" => {}
        "RollingUpdate" => rolling_deployment(&rolling, errors),
        _ => errors.push(internal::not_supported(
            strategy,
            "apps.DeploymentStrategy",
            &["Recreate", "RollingUpdate"],
        )),
    }
}

fn rolling_deployment(rolling: &At<'_>, errors: &mut Errors) {
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    count_or_percent(&unavailable, errors);
    count_or_percent(&surge, errors);
    if is_zero(&unavailable) && is_zero(&surge) {
        errors.push(unavailable.invalid("may not be 0 when `maxSurge` is 0"));
    }
    at_most_all(&unavailable, errors);
}

/// Whether a number or percentage is nothing; what is no percentage counts as nothing, `getIntOrPercentValue`.
fn is_zero(at: &At<'_>) -> bool {
    match at.value {
        Value::String(_) => percent(at).unwrap_or_default() == 0,
        _ => at.number() == 0,
    }
}

pub(super) fn replica_set(spec: &At<'_>, errors: &mut Errors) {
    spec.get("replicas").non_negative(errors);
    spec.get("minReadySeconds").non_negative(errors);
    own_selector(spec, "deployment", errors);
    replicated_template(spec, errors);
}

/// `ValidateReplicationControllerSpec`: its selector is a map.
pub(super) fn replication_controller(spec: &At<'_>, errors: &mut Errors) {
    spec.get("minReadySeconds").non_negative(errors);
    let at = spec.get("selector");
    if at.is_empty() {
        errors.push(at.required(""));
    }
    spec.get("replicas").non_negative(errors);
    let template = spec.get("template");
    if !template.is_set() {
        return errors.push(template.required(""));
    }
    if !at.is_empty() {
        let labels = template.at("metadata.labels");
        let all = at.entries().iter().all(|(key, value)| labels.value.get(key) == Some(value.value));
        if !all {
            errors.push(labels.invalid("`selector` does not match template `labels`"));
        }
    }
    pod::template(&template, errors);
    for_ever(spec, "ReplicationController", errors);
}

pub(super) fn daemon_set(spec: &At<'_>, errors: &mut Errors) {
    let at = spec.get("selector");
    selector(&at, errors);
    if is_selector(&at) {
        labels_match(spec, errors);
    }
    if at.is_set() && selects_all(&at) {
        errors.push(at.invalid("empty selector is invalid for daemonset"));
    }
    pod::template(&spec.get("template"), errors);
    for_ever(spec, "DaemonSet", errors);
    spec.get("minReadySeconds").non_negative(errors);
    daemon_strategy(&spec.get("updateStrategy"), errors);
    spec.get("revisionHistoryLimit").non_negative(errors);
}

fn daemon_strategy(strategy: &At<'_>, errors: &mut Errors) {
    match strategy.get("type").text() {
        "OnDelete" => return,
        "RollingUpdate" => {}
        _ => {
            return errors.push(internal::not_supported(
                strategy,
                "apps.DaemonSetUpdateStrategy",
                &["RollingUpdate", "OnDelete"],
            ));
        }
    }
    let rolling = strategy.get("rollingUpdate");
    let (unavailable, surge) = (rolling.get("maxUnavailable"), rolling.get("maxSurge"));
    count_or_percent(&unavailable, errors);
    count_or_percent(&surge, errors);
    at_most_all(&unavailable, errors);
    at_most_all(&surge, errors);
    match (is_zero(&unavailable), is_zero(&surge)) {
        (false, false) => errors.push(surge.invalid("may not be set when maxUnavailable is non-zero")),
        (true, true) => errors.push(unavailable.required("cannot be 0 when maxSurge is 0")),
        _ => {}
    }
}

/// What `ValidateStatefulSetSpec` leaves out on updates, since it cannot change.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Extent {
    /// All of it.
    New,
    /// Without the service's name and the claims.
    Update,
    /// Without the pods' template either: the old one breaks the rules already.
    UpdateOfInvalid,
}

pub(super) fn stateful_set(spec: &At<'_>, extent: Extent, errors: &mut Errors) {
    stateful_policies(spec, errors);
    let retention = spec.get("persistentVolumeClaimRetentionPolicy");
    if retention.is_set() {
        for key in ["whenDeleted", "whenScaled"] {
            retention.get(key).one_of(&["Retain", "Delete"], errors);
        }
    }
    if extent == Extent::New {
        for template in spec.get("volumeClaimTemplates").items() {
            claim::spec(&template.get("spec"), errors);
        }
    }
    spec.get("replicas").non_negative(errors);
    spec.get("minReadySeconds").non_negative(errors);
    let start = At { value: spec.at("ordinals.start").value, path: format!("{}.ordinals.start", spec.path) };
    start.non_negative(errors);
    let service = spec.get("serviceName");
    if extent == Extent::New && !service.is_empty() {
        service.obeys(names::dns_label, errors);
    }
    own_selector(spec, "statefulset", errors);
    stateful_template(spec, extent, errors);
    for_ever(spec, "StatefulSet", errors);
}

fn stateful_policies(spec: &At<'_>, errors: &mut Errors) {
    let management = spec.get("podManagementPolicy");
    match management.text() {
        "OrderedReady" | "Parallel" => {}
        "" => errors.push(management.required("")),
        _ => errors.push(management.invalid("must be 'OrderedReady' or 'Parallel'")),
    }
    let strategy = spec.get("updateStrategy");
    let rolling = strategy.get("rollingUpdate");
    match strategy.get("type").text() {
        "" => errors.push(strategy.required("")),
        "OnDelete" if rolling.is_set() => {
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            errors.push(internal::invalid(&rolling, "apps.RollingUpdateStatefulSetStrategy", detail));
        }
        "OnDelete" => {}
        "RollingUpdate" => {
            rolling.get("partition").non_negative(errors);
            let unavailable = rolling.get("maxUnavailable");
            if unavailable.is_set() {
                count_or_percent(&unavailable, errors);
                if is_zero(&unavailable) {
                    errors.push(unavailable.invalid("cannot be 0"));
                }
                at_most_all(&unavailable, errors);
            }
        }
        _ => {
            let detail = "must be 'RollingUpdate' or 'OnDelete'";
            errors.push(internal::invalid(&strategy, "apps.StatefulSetUpdateStrategy", detail));
        }
    }
}

fn stateful_template(spec: &At<'_>, extent: Extent, errors: &mut Errors) {
    let at = spec.get("selector");
    if !is_selector(&at) {
        return errors.push(at.invalid(""));
    }
    labels_match(spec, errors);
    let template = spec.get("template");
    let whole = with_claims(template.value, spec.get("volumeClaimTemplates").value);
    let whole = At { value: &whole, path: template.path };
    if extent != Extent::UpdateOfInvalid {
        pod::template(&whole, errors);
    }
    pod::template_metadata(&whole, errors);
}

/// The template as its pods will be: each claim is a volume, and names are the set's to give.
fn with_claims(template: &Value, claims: &Value) -> Value {
    let mut template = template.clone();
    let claims: Vec<&str> = claims
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|claim| claim.pointer("/metadata/name").and_then(Value::as_str))
        .collect();
    let Some(Value::Object(spec)) = template.get_mut("spec") else { return template };
    spec.remove("hostname");
    spec.remove("subdomain");
    if claims.is_empty() {
        return template;
    }
    let mut volumes: Vec<Value> = claims
        .iter()
        .map(|name| json!({"name": name, "persistentVolumeClaim": {"claimName": name}}))
        .collect();
    let given = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
    let kept = given.filter(|volume| {
        volume.get("name").and_then(Value::as_str).is_none_or(|name| !claims.contains(&name))
    });
    volumes.extend(kept.cloned());
    spec.insert("volumes".to_owned(), volumes.into());
    template
}

/// `ValidateStatefulSetUpdate`, beyond metadata.
pub(super) fn stateful_set_update(new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    const MUTABLE: [&str; 7] = [
        "replicas",
        "template",
        "updateStrategy",
        "minReadySeconds",
        "ordinals",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
    ];
    let mut before = Errors::new();
    stateful_set(old, Extent::Update, &mut before);
    let extent = if before.is_empty() { Extent::Update } else { Extent::UpdateOfInvalid };
    stateful_set(new, extent, errors);
    let fixed = |at: &At<'_>| {
        let mut map = at.map().cloned().unwrap_or_default();
        map.retain(|key, _| !MUTABLE.contains(&key.as_str()));
        // Templates of claims keep a status that says nothing.
        for claim in map.get_mut("volumeClaimTemplates").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(claim) = claim {
                claim.remove("status");
            }
        }
        map
    };
    if fixed(new) != fixed(old) {
        errors.push(Error::forbidden(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}

/// The counts in a workload's status: none is negative, none is above all.
pub(super) fn status(kind: &str, new: &At<'_>, old: &At<'_>, errors: &mut Errors) {
    let (counts, above): (&[&str], &[&str]) = match kind {
        "Deployment" => (
            &[
                "observedGeneration",
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
                "terminatingReplicas",
                "collisionCount",
            ],
            &["updatedReplicas", "readyReplicas", "availableReplicas"],
        ),
        "StatefulSet" => (
            &[
                "replicas",
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
                "availableReplicas",
                "observedGeneration",
                "collisionCount",
            ],
            &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
        ),
        "DaemonSet" => (
            &[
                "currentNumberScheduled",
                "numberMisscheduled",
                "desiredNumberScheduled",
                "numberReady",
                "observedGeneration",
                "updatedNumberScheduled",
                "numberAvailable",
                "numberUnavailable",
                "collisionCount",
            ],
            &[],
        ),
        _ => (
            &[
                "replicas",
                "fullyLabeledReplicas",
                "readyReplicas",
                "availableReplicas",
                "observedGeneration",
                "terminatingReplicas",
            ],
            &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
        ),
    };
    for key in counts {
        new.get(key).non_negative(errors);
    }
    for key in above {
        if new.get(key).number() > new.get("replicas").number() {
            errors.push(new.get(key).invalid("cannot be greater than status.replicas"));
        }
    }
    let ready = if kind == "StatefulSet" { "status.readyReplicas" } else { "readyReplicas" };
    if !above.is_empty() && new.get("availableReplicas").number() > new.get("readyReplicas").number() {
        errors.push(new.get("availableReplicas").invalid(format!("cannot be greater than {ready}")));
    }
    let collisions = new.get("collisionCount");
    if collisions.number() < old.get("collisionCount").number() {
        errors.push(Error::invalid(&collisions.path, collisions.number(), "cannot be decremented"));
    }
}
