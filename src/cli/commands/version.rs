//! `version`: which Helm this program behaves as.

use crate::{
    cli::{CliError, Ctx, Matches},
    env::{HELM_VERSION, KUBE_CLIENT_VERSION},
};

/// What was typed.
struct VersionArgs {
    short: bool,
    template: String,
}

impl From<&Matches> for VersionArgs {
    fn from(matches: &Matches) -> Self {
        Self { short: matches.bool("short"), template: matches.string("template") }
    }
}

/// Runs `version`.
///
/// # Errors
/// A template that cannot be read or filled in.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = VersionArgs::from(matches);
    let as_skiff = ctx.program.name != "helm";
    if !args.template.is_empty() {
        return Err(CliError::new("--template is not part of this version of skiff yet"));
    }
    let text = if args.short { HELM_VERSION.to_owned() } else { build_info(as_skiff) };
    Ok(ctx.print(&format!("{text}\n"))?)
}

/// The version as Go prints Helm's struct; called skiff, the program adds its own version.
fn build_info(as_skiff: bool) -> String {
    let own = if as_skiff { concat!(", SkiffVersion:\"v", env!("CARGO_PKG_VERSION"), "\"") } else { "" };
    format!(
        "version.BuildInfo{{Version:\"{HELM_VERSION}\", GitCommit:\"\", GitTreeState:\"\", GoVersion:\"\", \
         KubeClientVersion:\"{KUBE_CLIENT_VERSION}\"{own}}}"
    )
}
