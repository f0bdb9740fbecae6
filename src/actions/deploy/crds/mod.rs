//! Custom resource definitions of `crds/`: installed before everything else, changed where that is asked for and
//! harmless, never removed.

mod check;

use super::{ApplyMode, Deployer, DryRun, Error, Renderer, create_mode};
use crate::client::{
    Object, path_segment, query,
    transport::{Method, Request},
};
use serde_json::Value;
use std::{
    thread,
    time::{Duration, Instant},
};

/// How long Helm waits for the server to serve a new kind.
const ESTABLISHED_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What becomes of the definitions that a chart brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crds {
    /// What Helm does: an install creates them, which by server-side apply changes those that are there too, unless
    /// another manager owns what would change; an upgrade looks at none.
    #[default]
    AsHelm,
    /// Those that are missing are created, the others left alone.
    Create,
    /// The others are changed to what the chart brings too.
    Upgrade {
        /// Even where that could do harm to objects that are there.
        force: bool,
    },
    /// They are left alone.
    Skip,
}

impl Deployer<'_> {
    /// Does with a chart's definitions what was asked for, before anything of the chart is rendered.
    pub(super) fn prepare_crds(
        &self,
        chart: &dyn Renderer,
        crds: Crds,
        dry_run: DryRun,
        server_side: bool,
    ) -> Result<(), Error> {
        if crds == Crds::Skip || !dry_run.asks_cluster() {
            return Ok(());
        }
        let files = chart.crds().map_err(Error::Chart)?;
        if files.is_empty() {
            return Ok(());
        }
        if let Crds::Upgrade { force } = crds {
            return self.upgrade_crds(&files, force, dry_run);
        }
        if dry_run.is_dry() {
            super::install::warn_of_crds(self);
            return Ok(());
        }
        self.install_crds(&files, server_side, crds == Crds::Create)
    }

    /// Applies definitions, old ones too, after a look at what that would do. Nothing is applied where one is refused.
    fn upgrade_crds(&self, files: &[(String, String)], force: bool, dry_run: DryRun) -> Result<(), Error> {
        let mut objects = Vec::new();
        for (name, text) in files {
            let failed = |cause: String| Error::Crd { name: name.clone(), cause };
            let built = self.cluster.build(text, self.cluster.namespace(), false);
            objects.extend(built.map_err(|error| failed(error.to_string()))?);
        }
        for (object, live) in objects.iter().zip(self.cluster.get_all(&objects)) {
            let failed = |cause: String| Error::Crd { name: object.name.clone(), cause };
            match live {
                Ok(live) if !force && is_definition(&live) => self.refuse_danger(object, &live)?,
                Err(error) if !error.is_not_found() => return Err(failed(error.to_string())),
                _ => {}
            }
        }
        if dry_run.is_dry() || objects.is_empty() {
            return Ok(());
        }
        // Definitions come from many hands (kubectl, operators): the chart's fields become Helm's.
        let applied = self.cluster.create(&objects, ApplyMode::ServerSide { force: true });
        applied.map_err(|error| Error::Crd { name: objects[0].name.clone(), cause: error.to_string() })?;
        self.await_established(&objects)?;
        self.cluster.forget_discovery();
        Ok(())
    }

    fn refuse_danger(&self, object: &Object, live: &Value) -> Result<(), Error> {
        let has_objects = check::drops_versions(live, &object.content) && self.has_objects(object, live)?;
        let dangers = check::dangers(live, &object.content, has_objects);
        if dangers.is_empty() {
            return Ok(());
        }
        let name = object.name.clone();
        Err(Error::CrdDanger { name, dangers: dangers.iter().map(ToString::to_string).collect() })
    }

    /// Whether any object of a definition's kind is there.
    fn has_objects(&self, object: &Object, live: &Value) -> Result<bool, Error> {
        let text = |path: &str| live.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let versions = live.pointer("/spec/versions").and_then(Value::as_array);
        let served = versions.into_iter().flatten().find(|version| version["served"] == true);
        let Some(version) = served.and_then(|version| version["name"].as_str()) else {
            // Nobody can ask for them: there may be some.
            return Ok(true);
        };
        let segments = [text("/spec/group"), version, text("/spec/names/plural")].map(path_segment);
        let path = format!("/apis/{}?{}", segments.join("/"), query(&[("limit", "1")]));
        let list = self.cluster.exchange(Request::new(Method::Get, path));
        let list =
            list.map_err(|error| Error::Crd { name: object.name.clone(), cause: error.to_string() })?;
        Ok(list["items"].as_array().is_some_and(|items| !items.is_empty()))
    }

    /// Installs the definitions that are not there yet, and waits until their kinds are served.
    fn install_crds(
        &self,
        crds: &[(String, String)],
        server_side: bool,
        only_missing: bool,
    ) -> Result<(), Error> {
        let mut installed = Vec::new();
        for (name, text) in crds {
            let failed = |cause: String| Error::Crd { name: name.clone(), cause };
            let mut objects = self
                .cluster
                .build(text, self.cluster.namespace(), false)
                .map_err(|error| failed(error.to_string()))?;
            if objects.is_empty() {
                return Err(failed("resources are empty".into()));
            }
            if only_missing {
                let live = self.cluster.get_all(&objects);
                objects = objects
                    .into_iter()
                    .zip(&live)
                    .filter(|(_, live)| live.is_err())
                    .map(|(o, _)| o)
                    .collect();
                if objects.is_empty() {
                    continue;
                }
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

fn is_definition(object: &Value) -> bool {
    object["kind"] == "CustomResourceDefinition"
}

/// Definitions say so; other objects of `crds/` only have to be there.
fn is_established(live: &Value) -> bool {
    if !is_definition(live) {
        return true;
    }
    let conditions = live.pointer("/status/conditions").and_then(Value::as_array);
    let is = |kind: &str| {
        conditions.is_some_and(|all| all.iter().any(|c| c["type"] == kind && c["status"] == "True"))
    };
    is("Established") && is("NamesAccepted")
}
