//! What an operation would do, asked of the server and done by nobody.
//!
//! An operation's own file drafts it: it renders, reads the records and builds the objects, as for the deed. Here the
//! draft becomes a [`Plan`] by requests that the server only rehearses.

mod model;
pub mod saved;

pub use model::{Action, Change, Plan};

use super::{
    ApplyMode, Crds, Deployer, DryRun, Error, Renderer, Values, hooks, install, ownership, rollback,
    uninstall, upgrade,
};
use crate::{
    client::{ApplyError, Object, Preview, is_kept},
    release::{Release, hook::HookEvent},
    storage,
};
use model::{cleaned, same};
use std::collections::BTreeSet;

/// An operation that is about to be done: everything but the changes.
pub(super) struct Draft {
    /// The operation's name.
    pub(super) operation: &'static str,
    /// The release as it would be recorded; for an uninstall as it is.
    pub(super) release: Release,
    /// The objects of the revision in place.
    pub(super) originals: Vec<Object>,
    /// Those of the revision to come.
    pub(super) targets: Vec<Object>,
    /// How they would be written.
    pub(super) mode: ApplyMode,
    /// The events whose hooks would run.
    pub(super) events: &'static [HookEvent],
    /// Definitions that would be looked at first.
    pub(super) crds: Definitions,
    /// What the release lets go of without deleting it, and why.
    pub(super) kept: Vec<(Object, String)>,
}

/// Definitions that a chart brings.
#[derive(Default)]
pub(super) struct Definitions {
    objects: Vec<Object>,
    /// How those that are there would be changed; nothing where they would not.
    mode: Option<ApplyMode>,
}

/// A plan, and the release that it would lead to.
pub struct Planned {
    /// The plan, with everything in it.
    pub plan: Plan,
    /// The release as it would be recorded.
    pub release: Release,
}

/// Plans an install.
///
/// # Errors
/// What an install would say before it changes anything.
pub fn install(
    deployer: &Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &install::Options,
) -> Result<Planned, Error> {
    let draft = install::draft(deployer, chart, values, options)?;
    deployer.plan(draft)
}

/// Plans an upgrade.
///
/// # Errors
/// What an upgrade would say before it changes anything.
pub fn upgrade(
    deployer: &mut Deployer<'_>,
    chart: &mut dyn Renderer,
    values: Values,
    options: &upgrade::Options,
) -> Result<Planned, Error> {
    let draft = upgrade::draft(deployer, chart, values, options)?;
    deployer.plan(draft)
}

/// Plans a rollback.
///
/// # Errors
/// What a rollback would say before it changes anything.
pub fn rollback(deployer: &Deployer<'_>, name: &str, options: &rollback::Options) -> Result<Planned, Error> {
    let draft = rollback::draft(deployer, name, options)?;
    deployer.plan(draft)
}

/// Plans an uninstall.
///
/// # Errors
/// What an uninstall would say before it changes anything.
pub fn uninstall(
    deployer: &Deployer<'_>,
    name: &str,
    options: &uninstall::Options,
) -> Result<Planned, Error> {
    let draft = uninstall::draft(deployer, name, options)?;
    deployer.plan(draft)
}

/// What of a release is not as its record says; revision 0 is the deployed one, or the last where none is.
///
/// # Errors
/// When there is no such revision, its documents are broken, or the server does not answer.
pub fn drift(deployer: &Deployer<'_>, name: &str, revision: i64) -> Result<Planned, Error> {
    if !super::is_valid_name(name) {
        return Err(Error::ContentName(name.into()));
    }
    deployer.cluster.server_version()?;
    let release = match revision {
        0 => match deployer.storage.deployed(name) {
            Err(storage::Error::NoDeployed(_)) => deployer.storage.last(name)?,
            other => other?,
        },
        revision => deployer.storage.get(name, revision)?,
    };
    let objects = deployer.cluster.build(&release.manifest, &release.namespace, false);
    let mut objects = objects.map_err(|cause| Error::Build { context: "", cause })?;
    ownership::mark(&mut objects, &release.name, &release.namespace);
    let mode = match release.apply_method.as_str() {
        "ssa" => ApplyMode::ServerSide { force: true },
        _ => ApplyMode::ClientSide { three_way: true },
    };
    let previews = deployer.cluster.preview(&objects, &objects, mode);
    let changes = objects.iter().zip(previews).map(|(object, preview)| drifted(object, preview)).collect();
    Ok(deployer.planned("diff", release, changes))
}

/// One object's drift: as the release would have it, and as it is.
fn drifted(object: &Object, preview: Preview) -> Change {
    let change = planned_change(object, preview);
    match change.action {
        Action::Create => Change { action: Action::Missing, before: change.after, after: None, ..change },
        Action::Change => {
            Change { action: Action::Drifted, before: change.after, after: change.before, ..change }
        }
        _ => change,
    }
}

impl Deployer<'_> {
    fn planned(&self, operation: &str, release: Release, changes: Vec<Change>) -> Planned {
        let plan = Plan {
            operation: operation.to_owned(),
            release: release.name.clone(),
            namespace: release.namespace.clone(),
            revision: release.version,
            changes,
        };
        Planned { plan, release }
    }

    fn plan(&self, draft: Draft) -> Result<Planned, Error> {
        let mut changes = self.plan_crds(&draft.crds);
        let (before, after) = draft.events.split_at(draft.events.len() / 2);
        let mut told = BTreeSet::new();
        changes.extend(self.plan_hooks(&draft.release, before, &mut told)?);
        let previews = self.cluster.preview(&draft.originals, &draft.targets, draft.mode);
        let targets = draft.targets.iter().zip(previews);
        changes.extend(targets.map(|(target, preview)| planned_change(target, preview)));
        changes.extend(self.plan_deletions(&draft));
        for (object, why) in &draft.kept {
            changes.push(Change { note: why.clone(), ..Change::new(Action::Keep, object) });
        }
        changes.extend(self.plan_hooks(&draft.release, after, &mut told)?);
        Ok(self.planned(draft.operation, draft.release, changes))
    }

    fn plan_crds(&self, definitions: &Definitions) -> Vec<Change> {
        let Definitions { objects, mode } = definitions;
        if objects.is_empty() {
            return Vec::new();
        }
        let previews =
            self.cluster.preview(&[], objects, mode.unwrap_or(ApplyMode::ServerSide { force: true }));
        let change = |(object, preview): (&Object, Preview)| {
            if preview.live.is_some() && mode.is_none() {
                return Change { note: "is there already".into(), ..Change::new(Action::None, object) };
            }
            planned_change(object, preview)
        };
        objects.iter().zip(previews).map(change).collect()
    }

    /// Hooks of events, each once: they are made anew where their policy says so.
    fn plan_hooks(
        &self,
        release: &Release,
        events: &[HookEvent],
        told: &mut BTreeSet<usize>,
    ) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        for event in events {
            for index in hooks::due(&release.hooks, *event) {
                if !told.insert(index) {
                    continue;
                }
                let hook = &release.hooks[index];
                let objects = self.cluster.build(&hook.manifest, &release.namespace, true);
                let objects = objects.map_err(|cause| Error::Build { context: "", cause })?;
                for (object, live) in objects.iter().zip(self.cluster.get_all(&objects)) {
                    let action = if live.is_ok() { Action::Recreate } else { Action::Create };
                    changes.push(Change {
                        hooks: hook.events.iter().map(|event| hooks::word(*event).to_owned()).collect(),
                        before: live.ok().map(cleaned),
                        after: Some(object.content.clone()),
                        ..Change::new(action, object)
                    });
                }
            }
        }
        Ok(changes)
    }

    /// What only the revision in place has.
    fn plan_deletions(&self, draft: &Draft) -> Vec<Change> {
        let is_dropped = |original: &&Object| !draft.targets.iter().any(|target| target.is_same(original));
        let dropped: Vec<Object> = draft.originals.iter().filter(is_dropped).cloned().collect();
        let mut changes = Vec::new();
        for (object, live) in dropped.iter().zip(self.cluster.get_all(&dropped)) {
            match live {
                Ok(live) if is_kept(&live) => changes.push(Change {
                    note: "its resource policy says so".into(),
                    ..Change::new(Action::Keep, object)
                }),
                Ok(live) => changes
                    .push(Change { before: Some(cleaned(live)), ..Change::new(Action::Delete, object) }),
                Err(error) if error.is_not_found() => {}
                Err(error) => changes.push(Change {
                    note: error.to_string(),
                    refused: true,
                    ..Change::new(Action::Delete, object)
                }),
            }
        }
        changes
    }
}

/// What a rehearsal says of one object. What is new is shown as it was written, not with what the server would make up.
fn planned_change(target: &Object, preview: Preview) -> Change {
    let Preview { live, after } = preview;
    let Some(live) = live.map(cleaned) else {
        let change = Change { after: Some(target.content.clone()), ..Change::new(Action::Create, target) };
        return match after {
            Err(error) if !is_missing_place(&error) => refused(change, &error),
            _ => change,
        };
    };
    let before = Some(live);
    match after.map(cleaned) {
        Ok(after) if before.as_ref().is_some_and(|before| same(before, &after)) => {
            Change { before, ..Change::new(Action::None, target) }
        }
        Ok(after) => Change { before, after: Some(after), ..Change::new(Action::Change, target) },
        Err(error) => {
            let after = Some(target.content.clone());
            refused(Change { before, after, ..Change::new(Action::Change, target) }, &error)
        }
    }
}

fn refused(change: Change, error: &ApplyError) -> Change {
    Change { note: error.to_string(), refused: true, ..change }
}

/// Whether an object cannot be rehearsed because its namespace or its kind is only to be made.
fn is_missing_place(error: &ApplyError) -> bool {
    match error {
        ApplyError::Request(error) => error.is_not_found(),
        ApplyError::Apply { cause, .. } => cause.is_not_found(),
        _ => false,
    }
}

/// The definitions of a chart that an operation would look at.
pub(super) fn crds(
    deployer: &Deployer<'_>,
    chart: &dyn Renderer,
    crds: Crds,
    server_side: bool,
) -> Result<Definitions, Error> {
    let mode = match crds {
        Crds::Skip => return Ok(Definitions::default()),
        Crds::Upgrade { .. } => {
            deployer.prepare_crds(chart, crds, DryRun::Server, server_side)?;
            Some(ApplyMode::ServerSide { force: true })
        }
        Crds::AsHelm if server_side => Some(ApplyMode::ServerSide { force: false }),
        Crds::AsHelm | Crds::Create => None,
    };
    let mut objects = Vec::new();
    for (name, text) in chart.crds().map_err(Error::Chart)? {
        let built = deployer.cluster.build(&text, deployer.cluster.namespace(), false);
        objects.extend(built.map_err(|error| Error::Crd { name, cause: error.to_string() })?);
    }
    deployer.cluster.foresee(objects.iter().map(|object| &object.content));
    Ok(Definitions { objects, mode })
}
