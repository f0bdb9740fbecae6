//! `pods/binding`: a pod gets its node, once.

use super::{Caller, Registry, broken, key};
use crate::kinds::Gvr;
use crate::object::edit::{conditions, set, set_condition, stamp};
use crate::object::{self, text};
use crate::status::Status;
use crate::store::{self, Expect};
use serde_json::{Value, json};

/// Tries, since others write too.
const MAX_TRIES: usize = 20;

impl Registry {
    /// Binds a pod to a node: `BindingREST.Create`. Annotations and labels of the binding join those of the pod.
    ///
    /// # Errors
    /// 404; 409 when the pod has a node already, is being deleted, or is not the one whose uid the binding names.
    pub async fn bind(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        binding: &Value,
    ) -> Result<(), Status> {
        let pods = self.resource(&Gvr::new("", "v1", "pods"))?;
        let node = text(binding, &["target", "name"]);
        let conflict = |why: String| Err(Status::conflict("", "pods/binding", name, &why));
        for _ in 0..MAX_TRIES {
            let Some(stored) = self.stored(&pods, namespace, name)? else { return Err(pods.not_found(name)) };
            let mut pod = self.shown_now(&pods, &stored)?;
            let wanted = object::uid(binding);
            if !wanted.is_empty() && wanted != object::uid(&pod) {
                return conflict(format!(
                    "Precondition failed: UID in precondition: {wanted}, UID in object meta: {}",
                    object::uid(&pod)
                ));
            }
            if object::edit::deleting(&pod) {
                return conflict(format!("pod {name} is being deleted, cannot be assigned to a host"));
            }
            let present = text(&pod, &["spec", "nodeName"]);
            if !present.is_empty() {
                return conflict(format!("pod {name} is already assigned to node {present:?}"));
            }
            if !object::edit::list(&pod, &["spec", "schedulingGates"]).is_empty() {
                return conflict(format!("pod {name} has non-empty .spec.schedulingGates"));
            }
            set(&mut pod, &["spec", "nodeName"], node);
            for field in ["annotations", "labels"] {
                for (key, value) in object::edit::map(binding, &["metadata", field]).into_iter().flatten() {
                    set(&mut pod, &["metadata", field, key], value.clone());
                }
            }
            let mut list = conditions(&pod);
            let now = stamp(jiff::Timestamp::now());
            set_condition(
                &mut list,
                json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": now}),
            );
            set(&mut pod, &["status", "conditions"], list);
            if caller.dry_run {
                return Ok(());
            }
            let expect = Expect::Revision(stored.revision);
            match self.put(&pods, key::of(&pods, namespace, name), expect, &pod).await {
                Ok(_) => return Ok(()),
                Err(store::Error::Changed(_)) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        Err(pods.conflict(name, super::write::CHANGED))
    }
}
