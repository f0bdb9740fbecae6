//! `--post-renderer` and `--post-renderer-args`.

use crate::{
    cli::{CliError, Ctx, Matches, parse::Plugins},
    env::Settings,
    log::Record,
    plugins::PostRendererPlugin,
};
use std::{path::PathBuf, rc::Rc};

/// The post-renderer that was asked for.
///
/// # Errors
/// When it is gone since the flags were read.
pub fn post_renderer(
    ctx: &mut Ctx<'_>,
    matches: &Matches,
) -> Result<Option<Rc<PostRendererPlugin>>, CliError> {
    let name = matches.string("post-renderer");
    if name.is_empty() {
        return Ok(None);
    }
    // What is wrong with other plugins was logged when the flags were read.
    let mut records = Vec::new();
    let open = |path: &std::path::Path| ctx.path(path);
    let plugin = PostRendererPlugin::find(&ctx.settings.plugins_directory, &name, &open, &mut records)?;
    Ok(Some(Rc::new(PostRendererPlugin::new(plugin, matches.strings("post-renderer-args"), ctx.env))))
}

/// Looks for post-renderers while flags are read, as Helm does: a missing one is a flag's bad value.
pub(in crate::cli) struct InstalledPlugins {
    folders: String,
    base: PathBuf,
}

impl InstalledPlugins {
    /// Those of `$HELM_PLUGINS`, relative paths below `base`.
    pub(in crate::cli) fn new(settings: &Settings, base: PathBuf) -> Self {
        Self { folders: settings.plugins_directory.clone(), base }
    }
}

impl Plugins for InstalledPlugins {
    fn find_post_renderer(&self, name: &str, records: &mut Vec<Record>) -> Result<(), String> {
        let open = |path: &std::path::Path| self.base.join(path);
        let found = PostRendererPlugin::find(&self.folders, name, &open, records);
        found.map(drop).map_err(|error| error.to_string())
    }
}
