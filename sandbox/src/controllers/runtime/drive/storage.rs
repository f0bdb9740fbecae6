//! Claims and volumes.

use super::Outcome;
use crate::controllers::action::{CLAIMS, PODS, STORAGE_CLASSES, VOLUMES};
use crate::controllers::runtime::Context;
use crate::controllers::volumes::{self, Around};
use crate::node::schedule::claim_names;
use crate::object::{edit::deleting, pod, text};

/// A claim.
pub(in crate::controllers::runtime) async fn claim(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let Some(claim) = context.get(CLAIMS, namespace, name).await? else { return Ok(None) };
    let wanted = text(&claim, &["spec", "storageClassName"]);
    let class = if wanted.is_empty() { None } else { context.get(STORAGE_CLASSES, "", wanted).await? };
    let bound = text(&claim, &["status", "phase"]) == "Bound";
    // Whether pods mount it matters to claims that wait for one, and to those that are to go.
    let asks = deleting(&claim) || (!bound && volumes::waits(class.as_ref()));
    let mounted = asks
        && context
            .list(PODS, namespace)
            .await?
            .iter()
            .filter(|one| !pod::terminal(one))
            // A pod without a node does not use its claims yet.
            .filter(|one| !deleting(&claim) || !pod::node(one).is_empty())
            .any(|one| claim_names(one).iter().any(|claim| claim == name));
    let volume = text(&claim, &["spec", "volumeName"]);
    let volumes = if volume.is_empty() {
        context.list(VOLUMES, "").await?
    } else {
        context.get(VOLUMES, "", volume).await?.into_iter().collect()
    };
    let around =
        Around { volumes: &volumes, class: class.as_ref(), mounted, provision: context.options.node };
    context.perform(volumes::plan_claim(&claim, around)).await
}

/// A volume.
pub(in crate::controllers::runtime) async fn volume(context: &Context, name: &str) -> Outcome {
    let Some(volume) = context.get(VOLUMES, "", name).await? else { return Ok(None) };
    let to = &volume["spec"]["claimRef"];
    let claim = if to.is_object() {
        context.get(CLAIMS, text(to, &["namespace"]), text(to, &["name"])).await?
    } else {
        None
    };
    context.perform(volumes::plan_volume(&volume, claim.as_ref())).await
}
