//! What writes change besides the store: addresses and ports of services, and which custom resources there are.

use super::{ListOptions, Registry, Served};
use crate::{
    kinds::Gvr,
    object,
    status::Status,
    store::Stored,
    strategy::{
        Part,
        service::{self, Taken},
    },
};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};
use tokio::sync::MutexGuard;

/// The addresses and ports that are taken.
#[derive(Debug, Default)]
pub(super) struct Services {
    /// Held from choosing addresses until the service is written.
    turn: tokio::sync::Mutex<()>,
    /// `None` until the first service is looked at.
    taken: Mutex<Option<Taken>>,
}

fn is_service(served: &Served) -> bool {
    served.custom.is_none() && served.gvr.group.is_empty() && served.gvr.resource == "services"
}

impl Registry {
    /// Gives a service its addresses and ports; nobody else may choose until the guard is dropped.
    pub(super) async fn allocate(
        &self,
        served: &Served,
        part: Part,
        object: &mut Value,
        old: Option<&Value>,
    ) -> Result<Option<MutexGuard<'_, ()>>, Status> {
        if part != Part::Main || !is_service(served) {
            return Ok(None);
        }
        let turn = self.services.turn.lock().await;
        let known = self.services.taken.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        if !known {
            let all =
                self.list(&self.resource(&Gvr::new("", "v1", "services"))?, None, &ListOptions::default())?;
            let mut taken = Taken::default();
            all.items.iter().for_each(|service| taken.add(service));
            *self.services.taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
        }
        let taken = self.services.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let none = Taken::default();
        let name = object::name(object).to_owned();
        service::allocate(object, old, taken.as_ref().unwrap_or(&none))
            .map_err(|errors| Status::invalid("", "Service", &name, &errors))?;
        drop(taken);
        Ok(Some(turn))
    }

    /// Takes note of a write; of writes at the same time, in any order.
    pub(super) fn note(&self, served: &Served, revision: u64, new: Option<&Value>, old: Option<&Stored>) {
        if served.defines() {
            match (new, old) {
                (Some(new), _) => self.catalogue().define(new, revision),
                (None, Some(old)) => self.catalogue().forget(object::name(&old.decode()), revision),
                (None, None) => {}
            }
        }
        if is_service(served)
            && let Some(taken) = &mut *self.services.taken.lock().unwrap_or_else(PoisonError::into_inner)
        {
            if let Some(old) = old {
                taken.remove(&old.decode());
            }
            if let Some(new) = new {
                taken.add(new);
            }
        }
    }
}
