//! The end of a release.

use super::{
    ApplyMode, Deployer, Error, is_valid_name,
    lock::Lock,
    ownership::Sorted,
    plan::{Definitions, Draft},
};
use crate::{
    client::{Object, apply::RESOURCE_POLICY, wait::Wait},
    manifest::{self, Manifest, UNINSTALL_ORDER},
    release::{Release, Status, hook::HookEvent},
    storage,
};
use std::fmt::Write;

/// What uninstall is asked to do, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--ignore-not-found`.
    pub ignore_not_found: bool,
    /// `--keep-history`.
    pub keep_history: bool,
    /// `--cascade`: `background`, `foreground` or `orphan`.
    pub cascade: String,
    /// `--description`.
    pub description: String,
    /// `--wait` and `--timeout`.
    pub wait: Wait,
}

/// Deletes a release's objects and its records, and returns what a person should know: objects that were kept.
///
/// # Errors
/// When there is no such release, or something could not be deleted: then the record stays.
pub fn uninstall(deployer: &Deployer<'_>, name: &str, options: &Options) -> Result<String, Error> {
    deployer.cluster.server_version()?;
    if options.dry_run {
        return rehearse(deployer, name, options);
    }
    if !is_valid_name(name) {
        return Err(Error::UninstallName(name.into()));
    }
    let lock = deployer.lock(name, false);
    run(deployer, &lock, name, options)
}

/// The same under a lock that is held already.
///
/// # Errors
/// As [`uninstall`].
pub(super) fn run(
    deployer: &Deployer<'_>,
    lock: &Lock,
    name: &str,
    options: &Options,
) -> Result<String, Error> {
    let history = match deployer.storage.history(name) {
        Ok(history) => history,
        Err(_) if options.ignore_not_found => return Ok(String::new()),
        Err(cause) => return Err(Error::NotLoaded { name: name.into(), cause }),
    };
    let versions: Vec<i64> = history.iter().map(|release| release.version).collect();
    let Some(mut release) = history.into_iter().next_back() else { return Err(Error::NoRelease) };
    lock.check(deployer)?;
    deployer.expect(&release)?;
    if release.info.status == Status::Uninstalled {
        if options.keep_history {
            return Err(Error::AlreadyDeleted(name.into()));
        }
        purge(deployer, name, &versions).map_err(Error::Purge)?;
        return Ok(String::new());
    }
    release.set_status(Status::Uninstalling, "Deletion in progress (or silently failed)");
    release.info.deleted = Some(lock.next_moment(deployer));
    if !options.no_hooks {
        deployer
            .run_hooks(&mut release, HookEvent::PreDelete, options.wait, true)
            .map_err(|error| Error::BareHook(Box::new(error)))?;
    }
    note_failure(deployer, deployer.update_record(&release));
    let (kept, deleted) = delete_objects(deployer, &release, options)?;
    finish(deployer, release, &deleted, &versions, options)?;
    Ok(kept)
}

/// Everything of an uninstall but the deed.
pub(super) fn draft(deployer: &Deployer<'_>, name: &str, options: &Options) -> Result<Draft, Error> {
    deployer.cluster.server_version()?;
    if !is_valid_name(name) {
        return Err(Error::UninstallName(name.into()));
    }
    let release =
        deployer.storage.last(name).map_err(|cause| Error::NotLoaded { name: name.into(), cause })?;
    let mut kept = Vec::new();
    let mut originals = Vec::new();
    if release.info.status != Status::Uninstalled {
        let documents = documents(&release).ok_or_else(|| Error::NotDeleted(name.into()))?;
        let build = |manifest: &str| {
            let objects = deployer.cluster.build(manifest, &release.namespace, false);
            objects.map_err(|cause| Error::Build { context: "", cause })
        };
        let keep: String = documents.keep.iter().map(|m| format!("\n---\n{}", m.content)).collect();
        kept.extend(
            build(&keep)?.into_iter().map(|object| (object, "its resource policy says so".to_owned())),
        );
        let sorted = deployer.sort_by_owner(build(&documents.delete)?, name, &release.namespace);
        originals = sorted.owned;
        kept.extend(
            sorted.foreign.into_iter().map(|object| (object, "it is not owned by this release".to_owned())),
        );
        kept.extend(sorted.unknown.into_iter().map(|(object, error)| (object, error.to_string())));
    }
    let events: &[HookEvent] =
        if options.no_hooks { &[] } else { &[HookEvent::PreDelete, HookEvent::PostDelete] };
    Ok(Draft {
        operation: "uninstall",
        release,
        originals,
        targets: Vec::new(),
        mode: ApplyMode::Replace,
        events,
        crds: Definitions::default(),
        kept,
    })
}

/// Hooks and records, once the deleted objects are gone.
fn finish(
    deployer: &Deployer<'_>,
    mut release: Release,
    deleted: &[Object],
    versions: &[i64],
    options: &Options,
) -> Result<(), Error> {
    let waited = deployer.await_gone(deleted, options.wait);
    let mut errors: Vec<String> = waited.err().iter().map(ToString::to_string).collect();
    if !options.no_hooks {
        let outcome = deployer.run_hooks(&mut release, HookEvent::PostDelete, options.wait, true);
        errors.extend(outcome.err().map(|error| error.to_string()));
    }
    let description = match options.description.as_str() {
        "" => "Uninstallation complete",
        given => given,
    };
    release.set_status(Status::Uninstalled, description);
    if options.keep_history {
        note_failure(deployer, deployer.update_record(&release));
        // Revisions that were still marked deployed beside the uninstalled one.
        deployer.supersede_deployed(&release.name, |release| {
            note_failure(deployer, deployer.update_record(release));
        })?;
    } else if let Err(error) = purge(deployer, &release.name, versions) {
        errors.push(Error::Purge(error).to_string());
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Uninstalled(errors)) }
}

fn note_failure(deployer: &Deployer<'_>, outcome: Result<(), storage::Error>) {
    if let Err(error) = outcome {
        deployer.log.debug("uninstall: Failed to store updated release", &[("error", &error.to_string())]);
    }
}

fn purge(deployer: &Deployer<'_>, name: &str, versions: &[i64]) -> Result<(), storage::Error> {
    versions.iter().try_for_each(|version| deployer.delete_record(name, *version))
}

/// A manifest's documents in the order they are deleted, those to keep apart.
struct Documents {
    keep: Vec<Manifest>,
    delete: String,
}

fn documents(release: &Release) -> Option<Documents> {
    // Helm takes the manifest apart under made-up names and then sorts those as text: manifest-10 before manifest-2.
    let documents = manifest::split_manifests(&release.manifest).enumerate();
    let files = documents.map(|(n, text)| (format!("manifest-{n}"), text.to_owned())).collect();
    let sorted = manifest::sort_manifests(&files, UNINSTALL_ORDER).ok()?;
    let keeps = |manifest: &Manifest| {
        let policy = manifest.head.annotations.get(RESOURCE_POLICY);
        policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
    };
    let (keep, delete): (Vec<Manifest>, Vec<Manifest>) = sorted.manifests.into_iter().partition(keeps);
    let delete = delete.iter().map(|manifest| format!("\n---\n{}", manifest.content)).collect();
    Some(Documents { keep, delete })
}

fn kept_message(keep: &[Manifest]) -> String {
    if keep.is_empty() {
        return String::new();
    }
    let lines = keep.iter().map(|manifest| format!("[{}] {}\n", manifest.head.kind, manifest.head.name));
    format!("These resources were kept due to the resource policy:\n{}", lines.collect::<String>())
}

/// What a person should know, and what was deleted.
fn delete_objects(
    deployer: &Deployer<'_>,
    release: &Release,
    options: &Options,
) -> Result<(String, Vec<Object>), Error> {
    let not_deleted = || Error::NotDeleted(release.name.clone());
    let report = |cause: &str| {
        deployer.log.debug("uninstall: Failed to delete release", &[("error", cause)]);
        not_deleted()
    };
    let documents = documents(release)
        .ok_or_else(|| report("corrupted release record. You must manually delete the resources"))?;
    let objects = deployer.cluster.build(&documents.delete, &release.namespace, false);
    let objects = objects.map_err(|error| report(&error.to_string()))?;
    let sorted = deployer.sort_by_owner(objects, &release.name, &release.namespace);
    let mut kept = kept_message(&documents.keep);
    tell_skipped(deployer, release, &sorted, &mut kept);
    if !sorted.owned.is_empty() {
        let propagation = match options.cascade.as_str() {
            "orphan" => "Orphan",
            "foreground" => "Foreground",
            _ => "Background",
        };
        let deleted = deployer.cluster.delete(&sorted.owned, propagation);
        deleted.map_err(|errors| {
            report(&errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
        })?;
    }
    Ok((kept, sorted.owned))
}

fn tell_skipped(deployer: &Deployer<'_>, release: &Release, sorted: &Sorted, kept: &mut String) {
    let warn = |message: &str, object: &Object, more: &[(&str, &str)]| {
        let mut fields = vec![("kind", object.kind()), ("name", object.name.as_str())];
        fields.extend([("namespace", object.namespace.as_str()), ("release", release.name.as_str())]);
        fields.extend(more);
        deployer.log.warn(message, &fields);
    };
    let heading = |kept: &mut String, count: usize, why: &str| {
        if !kept.is_empty() {
            kept.push('\n');
        }
        let _ = writeln!(kept, "{count} resource(s) were not deleted because {why}:");
    };
    if !sorted.foreign.is_empty() {
        heading(kept, sorted.foreign.len(), "they are not owned by this release");
        for object in &sorted.foreign {
            warn("skipping delete of resource not owned by this release", object, &[]);
            let _ = writeln!(kept, "[{}] {}", object.kind(), object.name);
        }
    }
    if !sorted.unknown.is_empty() {
        heading(kept, sorted.unknown.len(), "their ownership could not be verified");
        for (object, error) in &sorted.unknown {
            let message = "skipping delete of resource because ownership could not be verified";
            warn(message, object, &[("error", &error.to_string())]);
            let _ = writeln!(kept, "[{}] {}: {error}", object.kind(), object.name);
        }
    }
}

/// Says what would be kept and changes nothing.
fn rehearse(deployer: &Deployer<'_>, name: &str, options: &Options) -> Result<String, Error> {
    if !is_valid_name(name) {
        return Err(Error::ContentName(name.into()));
    }
    let release = match deployer.storage.last(name) {
        Err(storage::Error::NotFound) if options.ignore_not_found => return Ok(String::new()),
        other => other?,
    };
    let Some(documents) = documents(&release) else { return Ok(String::new()) };
    if let Ok(objects) = deployer.cluster.build(&documents.delete, &release.namespace, false) {
        let sorted = deployer.sort_by_owner(objects, &release.name, &release.namespace);
        warn_rehearsed(deployer, &release, &sorted);
    }
    Ok(kept_message(&documents.keep))
}

fn warn_rehearsed(deployer: &Deployer<'_>, release: &Release, sorted: &Sorted) {
    let count = |message: &str, count: usize| {
        if count > 0 {
            deployer.log.warn(message, &[("release", &release.name), ("count", &count.to_string())]);
        }
    };
    count(
        "dry-run: resources would be skipped because they are not owned by this release",
        sorted.foreign.len(),
    );
    for object in &sorted.foreign {
        let place = [("kind", object.kind()), ("name", &object.name), ("namespace", &object.namespace)];
        deployer.log.warn("dry-run: would skip resource", &place);
    }
    let message = "dry-run: resources would be skipped because their ownership could not be verified";
    count(message, sorted.unknown.len());
    for (object, error) in &sorted.unknown {
        let text = error.to_string();
        let place = [
            ("kind", object.kind()),
            ("name", &object.name),
            ("namespace", &object.namespace),
            ("error", &text),
        ];
        deployer.log.warn("dry-run: would skip resource (ownership could not be verified)", &place);
    }
}
