//! `create`: a new chart.

use crate::{
    actions::create::{CreateOptions, create},
    chart::scaffold::overwrite_warning,
    cli::{CliError, Ctx, Matches},
    env::data_path,
    log::Record,
};

/// What was typed.
struct CreateArgs {
    name: String,
    starter: Option<String>,
}

impl From<&Matches> for CreateArgs {
    fn from(matches: &Matches) -> Self {
        let starter = matches.string("starter");
        Self {
            name: matches.operands().first().cloned().unwrap_or_default(),
            starter: (!starter.is_empty()).then_some(starter),
        }
    }
}

/// Runs `create`.
///
/// # Errors
/// A name that cannot be a chart's, a starter that is none, or the disk's.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = CreateArgs::from(matches);
    ctx.print(&format!("Creating {}\n", args.name))?;
    let starters = data_path(ctx.env, "starters").into();
    let options = CreateOptions { name: args.name, starter: args.starter, starters };
    let mut log: Vec<Record> = Vec::new();
    let result = create(&options, |path| ctx.path(path), &mut log);
    super::flush_log(ctx, log);
    for path in result?.overwritten {
        ctx.print(&format!("{}\n", overwrite_warning(&path)))?;
    }
    Ok(())
}
