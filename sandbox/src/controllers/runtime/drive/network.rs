//! Services and ingresses.

use super::Outcome;
use crate::controllers::action::{ENDPOINT_SLICES, ENDPOINTS, INGRESSES, PODS, SERVICES};
use crate::controllers::endpoints as plan;
use crate::controllers::runtime::Context;
use crate::object::edit::map;
use crate::object::select::holds;

/// Endpoint slices and endpoints of a service.
pub(in crate::controllers::runtime) async fn endpoints(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    let present = context.get(ENDPOINTS, namespace, name).await?;
    let Some(service) = context.get(SERVICES, namespace, name).await? else {
        // The slices go with the service, which owns them; the endpoints have no owner.
        let made_here = present.filter(|one| {
            crate::object::label(one, "endpoints.kubernetes.io/managed-by") == Some("endpoint-controller")
        });
        if let Some(present) = made_here {
            let action = crate::controllers::action::Action::delete(ENDPOINTS, &present);
            context.perform(vec![action]).await?;
        }
        return Ok(None);
    };
    if !plan::selects_pods(&service) || crate::object::edit::deleting(&service) {
        return Ok(None);
    }
    let selector = map(&service, &["spec", "selector"]);
    let mut pods = context.list(PODS, namespace).await?;
    pods.retain(|pod| holds(selector, map(pod, &["metadata", "labels"])));
    let mut slices = context.owned(ENDPOINT_SLICES, &service).await?;
    slices.retain(|slice| plan::is_slice_of(slice, name));
    let now = context.clock.now();
    let mut actions = plan::plan_slices(&service, &pods, &slices, now);
    actions.extend(plan::plan_endpoints(&service, &pods, present.as_ref(), now));
    context.perform(actions).await
}

/// The address of a load balancer, where there is a node to stand for it.
pub(in crate::controllers::runtime) async fn load_balancer(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    match context.get(SERVICES, namespace, name).await? {
        Some(service) if context.options.node => context.perform(plan::plan_load_balancer(&service)).await,
        _ => Ok(None),
    }
}

/// The address of an ingress, where there is a node to stand for it.
pub(in crate::controllers::runtime) async fn ingress(
    context: &Context,
    namespace: &str,
    name: &str,
) -> Outcome {
    match context.get(INGRESSES, namespace, name).await? {
        Some(ingress) if context.options.node => {
            context.perform(plan::plan_ingress(&ingress).into_iter().collect()).await
        }
        _ => Ok(None),
    }
}
