//! Custom resource definitions of `crds/`: installed before everything else, never changed or removed.

use super::{Deployer, Error, create_mode};
use crate::client::Object;
use serde_json::Value;
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long Helm waits for the server to serve a new kind.
const ESTABLISHED_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl Deployer<'_> {
    /// Installs the definitions that are not there yet, and waits until their kinds are served.
    pub(super) fn install_crds(&self, crds: &[(String, String)], server_side: bool) -> Result<(), Error> {
        let mut installed = Vec::new();
        for (name, text) in crds {
            let failed = |cause: String| Error::Crd { name: name.clone(), cause };
            let objects = self
                .cluster
                .build(text, self.cluster.namespace(), false)
                .map_err(|error| failed(error.to_string()))?;
            if objects.is_empty() {
                return Err(failed("resources are empty".into()));
            }
            match self.cluster.create(&objects, create_mode(server_side)) {
                Ok(_) => installed.extend(objects),
                Err(error) if error.is_already_exists() => {
                    self.log.debug("CRD is already present. Skipping", &[("crd", name)]);
                }
                Err(error) => return Err(failed(error.to_string())),
            }
        }
        if !installed.is_empty() {
            self.await_established(&installed)?;
            self.cluster.forget_discovery();
        }
        Ok(())
    }

    fn await_established(&self, objects: &[Object]) -> Result<(), Error> {
        let deadline = Instant::now() + ESTABLISHED_TIMEOUT;
        loop {
            let live = self.cluster.get_all(objects);
            let waiting =
                objects.iter().zip(&live).find(|(_, live)| !live.as_ref().is_ok_and(is_established));
            let Some((object, _)) = waiting else { return Ok(()) };
            if Instant::now() > deadline {
                let cause = format!("{} was not established in time", object.name);
                return Err(Error::Crd { name: object.name.clone(), cause });
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

/// Definitions say so; other objects of `crds/` only have to be there.
fn is_established(live: &Value) -> bool {
    if live["kind"] != "CustomResourceDefinition" {
        return true;
    }
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    let is = |kind: &str| {
        conditions.is_some_and(|all| all.iter().any(|c| c["type"] == kind && c["status"] == "True"))
    };
    is("Established") && is("NamesAccepted")
}
