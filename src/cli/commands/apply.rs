//! `apply`: carries out a plan that was saved, or refuses where anything moved since.

use super::{plan, releases};
use crate::{
    actions::deploy::Expected,
    cli::{CliError, Ctx, Matches, dispatch},
};

/// Runs `apply`.
///
/// # Errors
/// When the file is no plan, when what would be done now is not what it says, or what the operation itself says.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let path = &matches.operands()[0];
    let saved = plan::read(ctx, path)?;
    let refused = |why: String| CliError::new(format!("cannot carry out the plan {path:?}: {why}"));
    let (name, rest) = saved.words.split_first().ok_or_else(|| refused("it names no command".into()))?;
    let command = plan::command(name).ok_or_else(|| refused(format!("{name:?} cannot be planned")))?;
    let mut words: Vec<String> =
        matches.given().iter().filter(|(flag, _)| is_value(matches, flag.name)).map(word).collect();
    if let Some(flag) = saved.withheld.iter().find(|flag| !matches.changed(flag)) {
        let why = format!("it was made with --{flag}, whose value it does not hold");
        return Err(refused(why)
            .hint("give the same values again: plans hold none unless --show-secrets asks for it"));
    }
    // Files come before the values that are set, in whatever order they are given.
    words.extend(rest.iter().cloned());
    ctx.settings.namespace.clone_from(&saved.plan.namespace);
    let inner = dispatch::read(ctx, command, &words)?;
    let planned = plan::make(ctx, &inner)?;
    let cluster = plan::namespace_id(&*releases::cluster(ctx)?, &planned.plan.namespace)?;
    saved.compare(&planned, &cluster).map_err(|error| {
        refused(error.to_string()).hint("nothing was changed; make a new plan and look at it")
    })?;
    ctx.expected = Some(Expected { revision: planned.release.version, manifest: planned.release.manifest });
    let run = command.run.ok_or_else(|| refused(format!("{name:?} does nothing")))?;
    run(ctx, &inner)
}

/// The flags that `apply` passes on; the others are its own or global.
fn is_value(matches: &Matches, name: &str) -> bool {
    matches.command.own_flags().any(|flag| flag.name == name)
}

fn word((flag, text): &(&'static crate::cli::table::Flag, String)) -> String {
    format!("--{}={text}", flag.name)
}
