//! `plan`, `upgrade --plan` and `diff`: what an operation would do, and how live objects differ from a release.

use super::{install, releases, rollback, uninstall, upgrade};
use crate::{
    actions::deploy::plan::{self, Planned, saved::Saved},
    cli::{
        CliError, Ctx, Matches, Report,
        args::Format,
        table::{self, Command},
    },
    client::{
        Cluster,
        transport::{Method, Request},
    },
    output::{self, color::Palette},
};
use serde_json::Value;
use std::{fs, io::Write};

/// What a plan's process exits with where there is something to do.
const CHANGES: u8 = 2;
/// Flags that give values, and those that are secrets by themselves.
const SECRETS: &[&str] =
    &["set", "set-file", "set-json", "set-literal", "set-string", "password", "username"];
/// Flags of plans, which the planned command does not have.
const OF_PLANS: &[&str] = &["out", "show-secrets", "plan", "output", "dry-run"];

/// Runs `plan install`, `plan upgrade`, `plan rollback`, `plan uninstall` and `upgrade --plan`.
///
/// # Errors
/// What the operation would say before it changes anything; exit code 2 where there are changes.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let planned = make(ctx, matches)?;
    let out = if matches.has("out") { matches.string("out") } else { String::new() };
    let show_secrets = matches.has("show-secrets") && matches.bool("show-secrets");
    if !out.is_empty() {
        save(ctx, matches, &planned, &out, show_secrets)?;
    }
    show(ctx, matches, planned, show_secrets)
}

/// Runs `diff`.
///
/// # Errors
/// When there is no such release; exit code 2 where live objects differ.
pub fn drift(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let name = &matches.operands()[0];
    let revision = matches.int("revision");
    let cluster = releases::cluster(ctx)?;
    let planned = releases::with_deployer(ctx, &cluster, |deployer| plan::drift(deployer, name, revision))?;
    show(ctx, matches, planned, matches.bool("show-secrets"))
}

/// Plans what a command line asks for.
///
/// # Errors
/// What the operation would say before it changes anything.
pub(super) fn make(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<Planned, CliError> {
    match matches.command.name() {
        "install" => install::planned(ctx, matches).map_err(|error| error.context("INSTALLATION FAILED")),
        "upgrade" => upgrade::planned(ctx, matches),
        "rollback" => rollback::planned(ctx, matches),
        _ => uninstall::planned(ctx, matches),
    }
}

/// The command that a plan is of, which has the planned command's name.
pub(super) fn command(name: &str) -> Option<&'static Command> {
    [&table::INSTALL, &table::UPGRADE, &table::ROLLBACK, &table::UNINSTALL]
        .into_iter()
        .find(|command| command.name() == name)
}

fn save(
    ctx: &Ctx<'_>,
    matches: &Matches,
    planned: &Planned,
    out: &str,
    show_secrets: bool,
) -> Result<(), CliError> {
    let (words, withheld) = words(matches, show_secrets);
    let cluster = namespace_id(&*releases::cluster(ctx)?, &planned.plan.namespace)?;
    let saved = Saved::new(planned, words, withheld, cluster, show_secrets);
    let failed = |error: std::io::Error| CliError::new(format!("cannot write the plan to {out:?}: {error}"));
    let path = ctx.path(out);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(std::path::Path::new("."))).map_err(failed)?;
    let text = serde_json::to_vec_pretty(&saved)?;
    file.write_all(&text).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// The words of the planned command, and the flags whose values a plan does not hold.
fn words(matches: &Matches, show_secrets: bool) -> (Vec<String>, Vec<String>) {
    let mut words = vec![matches.command.name().to_owned()];
    let mut withheld = Vec::new();
    for (flag, text) in matches.given() {
        let is_own = matches.command.own_flags().any(|own| own.name == flag.name);
        if !is_own || OF_PLANS.contains(&flag.name) {
            continue;
        }
        let is_stream = flag.name == "values" && text == "-";
        if is_stream || (SECRETS.contains(&flag.name) && !show_secrets) {
            if !withheld.iter().any(|name| name == flag.name) {
                withheld.push(flag.name.to_owned());
            }
            continue;
        }
        words.push(format!("--{}={text}", flag.name));
    }
    words.push("--".into());
    words.extend(matches.operands().iter().cloned());
    (words, withheld)
}

/// What tells this cluster from others; empty where the namespace is not there or may not be seen.
///
/// # Errors
/// When the server does not answer.
pub(super) fn namespace_id(cluster: &Cluster, namespace: &str) -> Result<String, CliError> {
    let path = format!("/api/v1/namespaces/{}", crate::client::path_segment(namespace));
    match cluster.exchange(Request::new(Method::Get, path)) {
        Ok(found) => {
            Ok(found.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned())
        }
        Err(error) if matches!(error.code(), Some(403 | 404)) => Ok(String::new()),
        Err(error) => Err(error.into()),
    }
}

fn show(ctx: &mut Ctx<'_>, matches: &Matches, planned: Planned, show_secrets: bool) -> Result<(), CliError> {
    let plan = if show_secrets { planned.plan } else { planned.plan.hidden() };
    let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(&plan)?,
        Format::Yaml => output::to_yaml(&plan)?,
        Format::Table => output::plan::text(&plan, palette)?,
    };
    ctx.print(&text)?;
    match plan.refused() {
        0 if plan.has_changes() => {
            Err(CliError { code: CHANGES, ..CliError::new("").report(Report::Silent) })
        }
        0 => Ok(()),
        count => Err(CliError::new(format!(
            "the {} would fail: the server would refuse {count} object(s)",
            plan.operation
        ))),
    }
}

/// The plan in a file.
///
/// # Errors
/// When it cannot be read or is none.
pub(super) fn read(ctx: &Ctx<'_>, path: &str) -> Result<Saved, CliError> {
    use crate::actions::deploy::plan::saved::MAX_BYTES;
    let failed = |why: String| CliError::new(format!("cannot use the plan {path:?}: {why}"));
    let size = fs::metadata(ctx.path(path)).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(failed(format!("it is larger than {MAX_BYTES} bytes")));
    }
    let text = fs::read(ctx.path(path)).map_err(|error| failed(error.to_string()))?;
    Saved::read(&text).map_err(|error| failed(error.to_string()))
}
