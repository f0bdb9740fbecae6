//! Claims and volumes: binding, making volumes for claims, giving them back.

use super::action::{Action, CLAIMS, Note, VOLUMES};
use crate::node::schedule::thousandths;
use crate::object::edit::{annotation, deleting, list, set, unset};
use crate::object::select::selects;
use crate::object::{at, name, namespace, text, uid};
use serde_json::{Value, json};
use skiff_compact::Order;

const COMPONENT: &str = "persistentvolume-controller";
const CLAIM_FINALIZER: &str = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER: &str = "kubernetes.io/pv-protection";
const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
const BOUND_BY: &str = "pv.kubernetes.io/bound-by-controller";
const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
const BETA_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// The provisioner that stands for volumes made by hand.
const BY_HAND: &str = "kubernetes.io/no-provisioner";

/// What a claim's surroundings are.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// All volumes.
    pub volumes: &'a [Value],
    /// The claim's storage class, where there is such a one.
    pub class: Option<&'a Value>,
    /// Whether pods that have not ended mount the claim.
    pub mounted: bool,
    /// Whether volumes are made for claims at all.
    pub provision: bool,
}

/// Whether the class makes claims wait for the first pod that mounts them.
#[must_use]
pub fn waits(class: Option<&Value>) -> bool {
    class.is_some_and(|class| text(class, &["volumeBindingMode"]) == "WaitForFirstConsumer")
}

fn claim_ref(claim: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": name(claim), "namespace": namespace(claim),
        "uid": uid(claim), "resourceVersion": claim["metadata"]["resourceVersion"],
    })
}

/// Whether the volume is reserved for this claim.
fn is_for(volume: &Value, claim: &Value) -> bool {
    let to = &volume["spec"]["claimRef"];
    let (id, wanted) = (text(to, &["uid"]), uid(claim));
    text(to, &["name"]) == name(claim)
        && text(to, &["namespace"]) == namespace(claim)
        && (id.is_empty() || id == wanted)
}

fn size(object: &Value, path: &[&str]) -> i128 {
    at(object, path).map_or(0, thousandths)
}

/// Whether a free volume fits the claim.
fn fits(volume: &Value, claim: &Value) -> bool {
    let mode = |object: &Value| match text(object, &["spec", "volumeMode"]) {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    let modes = list(volume, &["spec", "accessModes"]);
    let selector = &claim["spec"]["selector"];
    !deleting(volume)
        && text(volume, &["spec", "storageClassName"]) == text(claim, &["spec", "storageClassName"])
        && mode(volume) == mode(claim)
        && size(volume, &["spec", "capacity", "storage"])
            >= size(claim, &["spec", "resources", "requests", "storage"])
        && list(claim, &["spec", "accessModes"]).iter().all(|wanted| modes.contains(wanted))
        && (selector.is_null() || selects(selector, volume))
}

/// What is to be done for a claim.
#[must_use]
pub fn plan_claim(claim: &Value, around: Around<'_>) -> Vec<Action> {
    if deleting(claim) {
        return release(CLAIMS, claim, CLAIM_FINALIZER, !around.mounted).into_iter().collect();
    }
    let wanted = text(claim, &["spec", "volumeName"]);
    if !wanted.is_empty() {
        return match around.volumes.iter().find(|volume| name(volume) == wanted) {
            Some(volume) => bind(claim, volume),
            None if text(claim, &["status", "phase"]) == "Bound" => lost(claim),
            None => pending(claim),
        };
    }
    let mut free: Vec<&Value> = around
        .volumes
        .iter()
        .filter(|volume| {
            if volume["spec"].get("claimRef").is_some_and(Value::is_object) {
                is_for(volume, claim)
            } else {
                fits(volume, claim) && (!waits(around.class) || around.mounted)
            }
        })
        .collect();
    free.order_by_key(|volume| (!is_for(volume, claim), size(volume, &["spec", "capacity", "storage"])));
    match free.first() {
        Some(volume) => bind(claim, volume),
        None => provision(claim, around),
    }
}

fn pending(claim: &Value) -> Vec<Action> {
    let mut status = claim["status"].clone();
    status["phase"] = "Pending".into();
    Action::status_of(CLAIMS, claim, status).into_iter().collect()
}

fn lost(claim: &Value) -> Vec<Action> {
    let message = "Bound claim has lost its PersistentVolume. Data on the volume is lost!";
    let mut status = claim["status"].clone();
    status["phase"] = "Lost".into();
    let mut actions = vec![Action::Tell(Note::warning(COMPONENT, claim, "ClaimLost", message))];
    actions.extend(Action::status_of(CLAIMS, claim, status));
    actions
}

/// Ties the two together, one write at a time: the volume first, then the claim, then both statuses.
fn bind(claim: &Value, volume: &Value) -> Vec<Action> {
    let reserved = volume["spec"].get("claimRef").is_some_and(Value::is_object);
    if reserved && !is_for(volume, claim) {
        return pending(claim);
    }
    let mut actions = Vec::new();
    if text(volume, &["spec", "claimRef", "uid"]) != uid(claim) {
        let mut volume = volume.clone();
        if !reserved {
            set(&mut volume, &["metadata", "annotations", BOUND_BY], "yes");
        }
        set(&mut volume, &["spec", "claimRef"], claim_ref(claim));
        actions.push(Action::update(VOLUMES, volume));
    }
    if text(claim, &["spec", "volumeName"]) != name(volume) || annotation(claim, BIND_COMPLETED).is_none() {
        let mut changed = claim.clone();
        if text(claim, &["spec", "volumeName"]).is_empty() {
            set(&mut changed, &["metadata", "annotations", BOUND_BY], "yes");
        }
        set(&mut changed, &["metadata", "annotations", BIND_COMPLETED], "yes");
        set(&mut changed, &["spec", "volumeName"], name(volume));
        actions.push(Action::update(CLAIMS, changed));
        // The statuses follow when the changes are seen.
        return actions;
    }
    if !actions.is_empty() {
        return actions;
    }
    let asked = size(claim, &["spec", "resources", "requests", "storage"]);
    if asked > size(volume, &["spec", "capacity", "storage"]) && annotation(volume, PROVISIONED_BY).is_some()
    {
        let mut volume = volume.clone();
        volume["spec"]["capacity"] = claim["spec"]["resources"]["requests"].clone();
        return vec![Action::update(VOLUMES, volume)];
    }
    let mut status = claim["status"].clone();
    status["phase"] = "Bound".into();
    status["accessModes"] = volume["spec"]["accessModes"].clone();
    status["capacity"] = volume["spec"]["capacity"].clone();
    actions.extend(Action::status_of(CLAIMS, claim, status));
    actions
}

/// Makes a volume for the claim, or says why there is none.
fn provision(claim: &Value, around: Around<'_>) -> Vec<Action> {
    let mut actions = pending(claim);
    let mut tell = |warning: bool, reason: &str, message: String| {
        let note = if warning { Note::warning } else { Note::normal };
        actions.push(Action::Tell(note(COMPONENT, claim, reason, message)));
    };
    let wanted = text(claim, &["spec", "storageClassName"]);
    if wanted.is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        tell(false, "FailedBinding", message.to_owned());
        return actions;
    }
    let Some(class) = around.class else {
        tell(true, "ProvisioningFailed", format!("storageclass.storage.k8s.io {wanted:?} not found"));
        return actions;
    };
    if waits(Some(class)) && !around.mounted {
        let message = "waiting for first consumer to be created before binding";
        tell(false, "WaitForFirstConsumer", message.to_owned());
        return actions;
    }
    let provisioner = text(class, &["provisioner"]);
    if provisioner == BY_HAND {
        if !waits(Some(class)) {
            let message = "no volume plugin matched name: kubernetes.io/no-provisioner";
            tell(true, "ProvisioningFailed", message.to_owned());
        }
        return actions;
    }
    if annotation(claim, PROVISIONER) != Some(provisioner) {
        let mut changed = claim.clone();
        set(&mut changed, &["metadata", "annotations", PROVISIONER], provisioner);
        set(&mut changed, &["metadata", "annotations", BETA_PROVISIONER], provisioner);
        if waits(Some(class)) {
            set(&mut changed, &["metadata", "annotations", SELECTED_NODE], crate::node::machine::NAME);
        }
        return vec![Action::update(CLAIMS, changed)];
    }
    if !around.provision {
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
        );
        tell(false, "ExternalProvisioning", message);
        return actions;
    }
    let volume = new_volume(claim, class);
    let message = format!("Successfully provisioned volume {}", name(&volume));
    actions.push(Action::Create {
        of: VOLUMES,
        object: volume,
        done: Some(Note::normal(COMPONENT, claim, "ProvisioningSucceeded", message)),
        failed: Some(Note::warning(COMPONENT, claim, "ProvisioningFailed", "{}")),
    });
    actions
}

fn new_volume(claim: &Value, class: &Value) -> Value {
    let volume = format!("pvc-{}", uid(claim));
    let policy = match text(class, &["reclaimPolicy"]) {
        "" => "Delete",
        policy => policy,
    };
    let mut object = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": volume, "annotations": {PROVISIONED_BY: class["provisioner"]}, "finalizers": [VOLUME_FINALIZER],
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
            "claimRef": claim_ref(claim), "persistentVolumeReclaimPolicy": policy, "storageClassName": name(class),
            "hostPath": {"path": format!("/sandbox/volumes/{volume}"), "type": ""},
        },
    });
    if let Some(mode) = claim["spec"].get("volumeMode") {
        object["spec"]["volumeMode"] = mode.clone();
    }
    object
}

/// Takes a protecting finalizer away, where nothing needs the object any more.
fn release(of: super::action::Known, object: &Value, finalizer: &str, free: bool) -> Option<Action> {
    let finalizers = list(object, &["metadata", "finalizers"]);
    (free && finalizers.iter().any(|one| one == finalizer)).then(|| {
        let mut object = object.clone();
        let rest: Vec<Value> = finalizers.iter().filter(|one| *one != finalizer).cloned().collect();
        if rest.is_empty() {
            unset(&mut object, &["metadata", "finalizers"]);
        } else {
            set(&mut object, &["metadata", "finalizers"], rest);
        }
        Action::update(of, object)
    })
}

/// What is to be done for a volume; `claim` is the claim that it names, where that exists.
#[must_use]
pub fn plan_volume(volume: &Value, claim: Option<&Value>) -> Vec<Action> {
    let reserved = volume["spec"].get("claimRef").is_some_and(Value::is_object);
    let to = text(volume, &["spec", "claimRef", "uid"]);
    let claim = claim.filter(|claim| to.is_empty() || uid(claim) == to);
    let phase = match (reserved, claim) {
        (false, _) => "Available",
        (true, Some(claim)) if text(claim, &["spec", "volumeName"]) == name(volume) => "Bound",
        // A volume may be reserved for a claim that is yet to come.
        (true, _) if to.is_empty() => "Available",
        (true, Some(_)) => "Available",
        (true, None) => "Released",
    };
    let mut actions = Vec::new();
    if deleting(volume) {
        return release(VOLUMES, volume, VOLUME_FINALIZER, phase != "Bound").into_iter().collect();
    }
    if text(volume, &["status", "phase"]) != phase {
        let mut status = volume["status"].clone();
        if !status.is_object() {
            status = json!({});
        }
        status["phase"] = phase.into();
        actions.extend(Action::status_of(VOLUMES, volume, status));
    }
    let policy = text(volume, &["spec", "persistentVolumeReclaimPolicy"]);
    if phase == "Released" && policy == "Delete" && annotation(volume, PROVISIONED_BY).is_some() {
        actions.push(Action::delete(VOLUMES, volume));
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(class: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "d", "uid": "c1", "resourceVersion": "5", "finalizers": [CLAIM_FINALIZER]},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": class},
            "status": {"phase": "Pending"}})
    }

    fn class(mode: &str) -> Value {
        json!({"metadata": {"name": "standard"}, "provisioner": "p", "reclaimPolicy": "Delete", "volumeBindingMode": mode})
    }

    fn volume(name: &str, size: &str) -> Value {
        json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce", "ReadWriteMany"], "capacity": {"storage": size}, "storageClassName": "standard"}})
    }

    /// Performs plans until nothing is left to do.
    fn settle(
        claim: &mut Value,
        volumes: &mut Vec<Value>,
        class: Option<&Value>,
        mounted: bool,
    ) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..20 {
            let around = Around { volumes: &volumes.clone(), class, mounted, provision: true };
            let mut actions = plan_claim(claim, around);
            for one in volumes.iter() {
                let owner = text(one, &["spec", "claimRef", "uid"]) == uid(claim);
                actions.extend(plan_volume(one, owner.then_some(&*claim)));
            }
            let mut acted = false;
            for action in actions {
                match action {
                    Action::Create { object, .. } => {
                        volumes.push(object);
                        acted = true;
                    }
                    Action::Update { of: CLAIMS, object, .. } => {
                        *claim = object;
                        acted = true;
                    }
                    Action::Update { object, .. } => {
                        volumes.retain(|one| name(one) != name(&object));
                        volumes.push(object);
                        acted = true;
                    }
                    Action::Tell(note) => told.push(note.reason),
                    _ => {}
                }
            }
            if !acted {
                return told;
            }
        }
        panic!("never settles");
    }

    #[test]
    fn a_volume_is_made_for_a_claim_and_both_are_bound() {
        let (mut claim, mut volumes) = (claim("standard"), Vec::new());
        settle(&mut claim, &mut volumes, Some(&class("Immediate")), false);
        assert_eq!(claim["status"]["phase"], "Bound");
        assert_eq!(claim["status"]["capacity"]["storage"], "1Gi");
        assert_eq!(claim["spec"]["volumeName"], "pvc-c1");
        assert_eq!(volumes[0]["status"]["phase"], "Bound");
        let actions = plan_volume(&volumes[0], None);
        assert!(matches!(actions[..], [Action::Update { .. }, Action::Delete { .. }]), "{actions:?}");
    }

    #[test]
    fn a_claim_waits_for_its_first_consumer() {
        let (mut claim, mut volumes) = (claim("standard"), Vec::new());
        let told = settle(&mut claim, &mut volumes, Some(&class("WaitForFirstConsumer")), false);
        assert_eq!((told, volumes.len()), (vec!["WaitForFirstConsumer".to_owned()], 0));
        settle(&mut claim, &mut volumes, Some(&class("WaitForFirstConsumer")), true);
        assert_eq!(claim["status"]["phase"], "Bound");
        assert_eq!(annotation(&claim, SELECTED_NODE), Some("sandbox"));
    }

    #[test]
    fn the_smallest_volume_that_fits_is_taken() {
        let mut claim = claim("standard");
        let mut volumes = vec![volume("big", "9Gi"), volume("fits", "2Gi"), volume("small", "1Mi")];
        settle(&mut claim, &mut volumes, Some(&class("Immediate")), false);
        assert_eq!(claim["spec"]["volumeName"], "fits");
        assert_eq!(claim["status"]["accessModes"], json!(["ReadWriteOnce", "ReadWriteMany"]));
    }

    #[test]
    fn reasons_for_waiting_are_told() {
        let none = Around { volumes: &[], class: None, mounted: false, provision: false };
        let reason = |claim: &Value, around| match plan_claim(claim, around).last() {
            Some(Action::Tell(note)) => format!("{}: {}", note.reason, note.message),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            reason(&claim(""), none),
            "FailedBinding: no persistent volumes available for this claim and no storage class is set"
        );
        assert_eq!(
            reason(&claim("x"), none),
            "ProvisioningFailed: storageclass.storage.k8s.io \"x\" not found"
        );
    }

    #[test]
    fn a_claim_in_use_is_kept_until_it_is_free() {
        let mut claim = claim("standard");
        set(&mut claim, &["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z");
        let around = |mounted| Around { volumes: &[], class: None, mounted, provision: true };
        assert!(plan_claim(&claim, around(true)).is_empty());
        let actions = plan_claim(&claim, around(false));
        assert!(
            matches!(&actions[..], [Action::Update { object, .. }] if object["metadata"].get("finalizers").is_none())
        );
    }
}
