//! `template --dry-run=server`: the cluster answers lookups, says what it can do, and checks the result.

use super::TemplateArgs;
use crate::{
    actions::deploy::{
        self, Common, Crds, Deployer, DryRun, LookupLog,
        install::{Options, build, check_reachable, existing, warn_of_crds},
    },
    chart::Chart,
    cli::{CliError, Ctx, Matches, commands::releases::with_deployer},
    client::Cluster,
    log::Log as _,
    render::{Capabilities, Lookup},
};
use std::sync::{Arc, PoisonError};

/// The cluster that is asked, and what install would be asked to do.
pub(super) struct Server {
    cluster: Arc<Cluster>,
    options: Options,
}

/// What rendering needs to know of a cluster.
#[derive(Default)]
pub(super) struct ServerWorld {
    /// `.Capabilities`.
    pub(super) capabilities: Capabilities,
    /// What `lookup` asks, if it may.
    pub(super) lookup: Option<Arc<dyn Lookup>>,
    /// What it logs.
    pub(super) lookup_log: LookupLog,
}

impl Server {
    /// The cluster of the settings, once it has answered.
    pub(super) fn reach(ctx: &mut Ctx<'_>, matches: &Matches, args: &TemplateArgs) -> Result<Self, CliError> {
        ctx.start_sandbox()?;
        let cluster = Arc::new(Cluster::new(ctx.cluster_settings()));
        let options = Options {
            name: args.name.clone(),
            namespace: cluster.namespace().to_owned(),
            crds: if matches.bool("skip-crds") { Crds::Skip } else { Crds::AsHelm },
            common: Common {
                dry_run: DryRun::Server,
                take_ownership: matches.bool("take-ownership"),
                skip_validation: matches.bool("disable-openapi-validation"),
                ..Common::default()
            },
            ..Options::default()
        };
        let server = Self { cluster, options };
        server.ask(ctx, check_reachable)?;
        Ok(server)
    }

    /// What the cluster can do. `ignored` are API versions that only a run without cluster heeds.
    pub(super) fn world(
        &self,
        ctx: &mut Ctx<'_>,
        chart: &Chart,
        ignored: &[String],
    ) -> Result<ServerWorld, CliError> {
        let has_crds = chart.placed().iter().any(|placed| placed.crds().next().is_some());
        self.ask(ctx, |deployer| {
            if has_crds && self.options.crds != Crds::Skip {
                warn_of_crds(deployer);
            }
            if !ignored.is_empty() {
                let message = "API Version list given outside of client only mode, this list will be ignored";
                deployer.log.debug(message, &[]);
            }
            let world = deployer.world(DryRun::Server)?;
            Ok(ServerWorld {
                capabilities: world.capabilities,
                lookup: world.lookup,
                lookup_log: world.lookup_log,
            })
        })
    }

    /// Whether install could make the manifest's objects.
    pub(super) fn check(&self, ctx: &mut Ctx<'_>, manifest: &str, is_upgrade: bool) -> Result<(), CliError> {
        self.ask(ctx, |deployer| {
            let objects = build(deployer, manifest, &self.options)?;
            // An upgrade finds its own objects there.
            if !is_upgrade {
                existing(deployer, &objects, &self.options)?;
            }
            Ok(())
        })
    }

    fn ask<T>(
        &self,
        ctx: &mut Ctx<'_>,
        question: impl FnOnce(&Deployer<'_>) -> Result<T, deploy::Error>,
    ) -> Result<T, CliError> {
        Ok(with_deployer(ctx, &self.cluster, |deployer| question(deployer))?)
    }
}

/// Logs what lookups had to say.
pub(super) fn tell(ctx: &mut Ctx<'_>, log: &LookupLog) {
    let mut records = log.lock().unwrap_or_else(PoisonError::into_inner);
    records.drain(..).for_each(|record| ctx.record(record));
}
