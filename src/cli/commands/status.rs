//! `status`.

use super::releases;
use crate::{
    actions::inspect,
    cli::{CliError, Ctx, Matches, args::Format},
    output::{self, color::Palette, release::Shown},
    storage::Storage,
};

/// Runs `status`.
///
/// # Errors
/// When there is no such release, or no cluster.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let cluster = releases::cluster(ctx)?;
    releases::reach(ctx, &cluster)?;
    let records = releases::records(ctx, &cluster, cluster.namespace());
    let storage = Storage::new(&*records, ctx.clock);
    let is_live = ctx.loaded.is_none();
    // Kinds are asked for while the record is read; what fails here fails again where it is needed.
    let release = std::thread::scope(|scope| {
        if is_live {
            scope.spawn(|| cluster.discovery());
        }
        inspect::content(&storage, &matches.operands()[0], matches.int("revision"))
    });
    let mut release = release?;
    let format = Format::from_matches(matches);
    if is_live {
        inspect::add_resources(&cluster, &mut release, format == Format::Table)?;
    }
    release.chart = None;
    let text = match format {
        Format::Json => output::to_json(&release)?,
        Format::Yaml => output::to_yaml(&release)?,
        Format::Table => {
            let palette = Palette::new(&ctx.settings.color_mode, ctx.env, ctx.terminal.stdout);
            output::release::text(&release, Shown::default(), palette)?
        }
    };
    Ok(ctx.print(&text)?)
}
