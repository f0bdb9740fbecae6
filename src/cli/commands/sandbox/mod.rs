//! `sandbox`: a Kubernetes API on this machine.

mod serve;
mod show;

use crate::{
    actions::sandbox::{self, DEFAULT_NAME, Launch, Sandbox, SandboxError},
    cli::{CliError, Ctx, Matches, args::Format},
    env, output,
};
use std::path::PathBuf;

/// A sandbox's failure with what to do about it.
pub(in crate::cli) fn failed(error: SandboxError) -> CliError {
    let hint = error.hint();
    CliError { hint, ..CliError::from(error) }
}

/// The sandbox that is named, or the default one.
fn named(ctx: &Ctx<'_>, matches: &Matches) -> Result<Sandbox, CliError> {
    let name = matches.operands().first().map_or(DEFAULT_NAME, String::as_str);
    Sandbox::new(&ctx.sandbox_home(), name).map_err(failed)
}

/// What was typed for `start`.
struct StartArgs {
    launch: Launch,
    foreground: bool,
    detached: bool,
}

impl StartArgs {
    fn read(ctx: &Ctx<'_>, matches: &Matches) -> Result<Self, CliError> {
        let given = |name: &str| matches.changed(name).then(|| matches.string(name));
        let port = u16::try_from(matches.int("port")).map_err(|_| {
            CliError::new(format!("invalid port {}: it is a number up to 65535", matches.int("port")))
        })?;
        let home = given("home").map_or_else(|| ctx.sandbox_home(), PathBuf::from);
        let launch = Launch {
            program: env::program()?,
            home,
            port,
            authorization: given("authorization"),
            kube_version: given("kube-version").map(|version| with_v(&version)).transpose()?,
            ephemeral: matches.bool("ephemeral"),
        };
        serve::mode(launch.authorization.as_deref())?;
        Ok(Self { launch, foreground: matches.bool("foreground"), detached: matches.bool("detached") })
    }
}

/// A version as servers report it: `v1.36.3`.
fn with_v(text: &str) -> Result<String, CliError> {
    let numbers: Vec<&str> = text.trim_start_matches('v').split('.').collect();
    let number =
        |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    match numbers.as_slice() {
        parts @ [_, _] if parts.iter().all(number) => Ok(format!("v{}.0", parts.join("."))),
        parts @ [_, _, _] if parts.iter().all(number) => Ok(format!("v{}", parts.join("."))),
        _ => Err(CliError::new(format!("invalid Kubernetes version {text:?}"))
            .hint("for example: --kube-version v1.36.3")),
    }
}

/// Runs `sandbox start`.
///
/// # Errors
/// When it cannot start.
pub fn start(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = StartArgs::read(ctx, matches)?;
    let name = matches.operands().first().map_or(DEFAULT_NAME, String::as_str);
    let sandbox = Sandbox::new(&args.launch.home, name).map_err(failed)?;
    if args.foreground || args.detached {
        return serve::serve(ctx, &sandbox, &args.launch, args.detached);
    }
    let (running, started) = sandbox::start(&sandbox, &args.launch).map_err(failed)?;
    let page = show::started(&ctx.program, &sandbox, &running, started);
    Ok(ctx.print(&page)?)
}

/// Runs `sandbox stop`.
///
/// # Errors
/// When it does not end.
pub fn stop(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let sandbox = named(ctx, matches)?;
    let text = match sandbox::stop(&sandbox).map_err(failed)? {
        Some(running) if running.ephemeral => "stopped; its state is gone",
        Some(_) => "stopped",
        None => "is not running",
    };
    Ok(ctx.print(&format!("sandbox {:?} {text}\n", sandbox.name))?)
}

/// Runs `sandbox status`.
///
/// # Errors
/// When a name is none.
pub fn status(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let home = ctx.sandbox_home();
    let names = match matches.operands().first() {
        Some(name) => vec![name.clone()],
        None => sandbox::names(&home),
    };
    let seen: Result<Vec<_>, SandboxError> =
        names.iter().map(|name| Ok(Sandbox::new(&home, name)?.seen())).collect();
    let rows: Vec<show::Row> = seen.map_err(failed)?.into_iter().map(show::Row::from).collect();
    let text = match Format::from_matches(matches) {
        Format::Json => output::to_json(&rows)?,
        Format::Yaml => output::to_yaml(&rows)?,
        Format::Table => show::table(ctx, rows),
    };
    Ok(ctx.print(&text)?)
}

/// Runs `sandbox reset`.
///
/// # Errors
/// When it does not end, or the state cannot be removed.
pub fn reset(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let sandbox = named(ctx, matches)?;
    let ran = sandbox::stop(&sandbox).map_err(failed)?;
    sandbox.files.forget()?;
    if let Some(running) = ran {
        let launch = Launch {
            program: env::program()?,
            home: ctx.sandbox_home(),
            port: running.port,
            authorization: Some(running.authorization),
            kube_version: Some(running.kube_version),
            ephemeral: running.ephemeral,
        };
        sandbox::start(&sandbox, &launch).map_err(failed)?;
    }
    Ok(ctx.print(&format!("sandbox {:?} is empty\n", sandbox.name))?)
}

/// Runs `sandbox kubeconfig`.
///
/// # Errors
/// When it cannot start.
pub fn kubeconfig(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let sandbox = named(ctx, matches)?;
    sandbox::ensure(&sandbox, env::program()?, ctx.sandbox_home()).map_err(failed)?;
    Ok(ctx.print(&format!("{}\n", sandbox.files.kubeconfig().display()))?)
}

/// Runs `sandbox logs`.
///
/// # Errors
/// When the log cannot be read.
pub fn logs(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let sandbox = named(ctx, matches)?;
    let path = sandbox.files.log();
    let at = sandbox::tail(&path, ctx.out()).map_err(failed)?;
    if matches.bool("follow") {
        ctx.flush()?;
        sandbox::follow(&path, at, ctx.out(), || true).map_err(failed)?;
    }
    Ok(())
}
