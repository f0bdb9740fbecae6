//! The commands, one file each: arguments from [`super::Matches`], options, action, output.

pub mod apply;
pub mod completion;
pub mod create;
pub mod dependency;
pub mod env;
pub mod get;
pub mod help;
pub mod history;
pub mod install;
pub mod lint;
pub mod list;
pub mod package;
pub mod plan;
mod releases;
pub mod rollback;
pub mod sandbox;
pub mod show;
pub mod status;
pub mod template;
pub mod test;
pub mod uninstall;
pub mod upgrade;
pub mod version;

/// Hands records that were kept while the context was in use to its log.
fn flush_log(ctx: &mut super::Ctx<'_>, records: Vec<crate::log::Record>) {
    use crate::log::Log;
    records.into_iter().for_each(|record| ctx.record(record));
}
