//! `pods/eviction`: a pod is deleted if its disruption budget lets it go.

use super::{Caller, Change, DeleteOptions, ListOptions, Place, Registry, Served};
use crate::{
    kinds::Gvr,
    object::{self, select},
    status::Status,
};
use serde_json::{Value, json};

impl Registry {
    /// Deletes a pod, and takes that from its disruption budget: `EvictionREST.Create`.
    ///
    /// # Errors
    /// 404; 429 when the budget does not let it go now; 500 when several budgets are about it.
    pub async fn evict(
        &self,
        caller: &Caller,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<(), Status> {
        let pods = self.resource(&Gvr::new("", "v1", "pods"))?;
        let pod = self.get(&pods, namespace, name)?;
        if !ignores_budgets(&pod) {
            let budgets = self.resource(&Gvr::new("policy", "v1", "poddisruptionbudgets"))?;
            let all = self.list(&budgets, Some(namespace), &ListOptions::default())?;
            let about: Vec<&Value> = all
                .items
                .iter()
                .filter(|budget| {
                    object::at(budget, &["spec", "selector"])
                        .is_some_and(|selector| select::selects(selector, &pod))
                })
                .collect();
            match about.as_slice() {
                [] => {}
                [budget] => self.spend(caller, &budgets, budget, name).await?,
                _ => {
                    let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
                    return Err(Status::internal(why));
                }
            }
        }
        self.delete(caller, &pods, (namespace, name), options).await?;
        Ok(())
    }

    /// Takes one disruption from a budget.
    async fn spend(
        &self,
        caller: &Caller,
        budgets: &Served,
        budget: &Value,
        pod: &str,
    ) -> Result<(), Status> {
        let place =
            Place { namespace: object::namespace(budget), name: object::name(budget), subresource: "status" };
        let take = |budget: &Value| {
            allowed(budget)?;
            let mut new = budget.clone();
            let left = number(budget, "disruptionsAllowed") - 1;
            new["status"]["disruptionsAllowed"] = left.into();
            new["status"]["disruptedPods"][pod] = super::meta::now().into();
            Ok(new)
        };
        if caller.dry_run {
            return take(budget).map(|_| ());
        }
        self.update(&Caller::system("kube-apiserver"), budgets, place, Change::With(&take)).await?;
        Ok(())
    }
}

/// Pods that no longer run, or wait for their end, are nobody's disruption.
fn ignores_budgets(pod: &Value) -> bool {
    let phase = object::text(pod, &["status", "phase"]);
    matches!(phase, "Succeeded" | "Failed" | "Pending")
        || object::at(pod, &["metadata", "deletionTimestamp"]).is_some()
}

fn number(budget: &Value, key: &str) -> i64 {
    object::at(budget, &["status", key]).and_then(Value::as_i64).unwrap_or_default()
}

fn allowed(budget: &Value) -> Result<(), Status> {
    let refused = |why: String, seconds: Option<i64>| {
        let mut details = json!({"causes": [{"reason": "DisruptionBudget", "message": why}]});
        if let Some(seconds) = seconds {
            details["retryAfterSeconds"] = seconds.into();
        }
        let text = "Cannot evict pod as it would violate the pod's disruption budget.";
        Err(Status::new(429, "TooManyRequests", text).with_details(details))
    };
    let name = object::name(budget);
    let seen = number(budget, "observedGeneration");
    let generation =
        object::at(budget, &["metadata", "generation"]).and_then(Value::as_i64).unwrap_or_default();
    if seen < generation {
        return refused(
            format!("The disruption budget {name} is still being processed by the server."),
            Some(10),
        );
    }
    if number(budget, "disruptionsAllowed") <= 0 {
        let (wanted, healthy) = (number(budget, "desiredHealthy"), number(budget, "currentHealthy"));
        return refused(
            format!("The disruption budget {name} needs {wanted} healthy pods and has {healthy} currently"),
            None,
        );
    }
    Ok(())
}
