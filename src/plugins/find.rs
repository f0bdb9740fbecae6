//! Looking through folders for plugins.

use super::{Error, PLUGIN_FILE, Plugin, manifest};
use crate::{
    chart::io,
    env::clean,
    log::{Level, Log, Record},
    plugins::manifest::RuntimeConfig,
    values::gotext::Quoted,
};
use skiff_compact::Order;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// The file of a WebAssembly plugin.
const WASM_FILE: &str = "plugin.wasm";

/// What to look for; empty parts fit all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Descriptor<'a> {
    /// The plugin's name.
    pub name: &'a str,
    /// Its type.
    pub kind: &'a str,
}

/// The plugins that fit, from folders in the form of `$PATH`. `open` gives the path to look at for a path of
/// that list. A description that cannot be used is logged and left out.
///
/// # Errors
/// When two plugins of one folder have the same name.
pub fn find(
    folders: &str,
    wanted: Descriptor<'_>,
    open: &dyn Fn(&Path) -> PathBuf,
    log: &mut dyn Log,
) -> Result<Vec<Plugin>, Error> {
    let fits = |plugin: &Plugin| {
        (wanted.name.is_empty() || plugin.metadata.name == wanted.name)
            && (wanted.kind.is_empty() || plugin.metadata.kind == wanted.kind)
    };
    let mut found = Vec::new();
    for folder in std::env::split_paths(folders).filter(|_| !folders.is_empty()) {
        // Go joins and cleans paths: what lies in the current folder is named without it.
        let folder = clean(&folder.to_string_lossy());
        let folder = if folder == "." { PathBuf::new() } else { folder.into() };
        found.extend(load_all(&folder, open, log)?.into_iter().filter(fits));
    }
    Ok(found)
}

/// Every plugin right below a folder, by name of its folder.
fn load_all(folder: &Path, open: &dyn Fn(&Path) -> PathBuf, log: &mut dyn Log) -> Result<Vec<Plugin>, Error> {
    let place =
        Some(open(folder)).filter(|place| !place.as_os_str().is_empty()).unwrap_or_else(|| ".".into());
    let mut names: Vec<OsString> =
        fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    names.order();
    let mut plugins = Vec::new();
    for name in names {
        let folder = folder.join(name);
        let file = folder.join(PLUGIN_FILE);
        if fs::symlink_metadata(open(&file)).is_err() {
            continue;
        }
        match load_folder(&folder, open) {
            Ok(plugin) => plugins.push(plugin),
            Err(error) => log.record(
                Record::new(Level::Warn, "failed to load plugin (ignoring)")
                    .with("plugin_yaml", file.display().to_string())
                    .with("error", error.to_string()),
            ),
        }
    }
    check_names(&plugins)?;
    Ok(plugins)
}

/// The plugin of a folder.
///
/// # Errors
/// When its description cannot be read or used.
pub fn load_folder(folder: &Path, open: &dyn Fn(&Path) -> PathBuf) -> Result<Plugin, Error> {
    let file = folder.join(PLUGIN_FILE);
    let text = io::read(&open(&file)).map_err(|error| {
        let error = io::IoError { path: file.clone(), ..error };
        Error::from(error).context(format!("failed to read plugin at {}", quoted(&file)))
    })?;
    let metadata = manifest::load(&text)
        .map_err(|error| error.context(format!("failed to load plugin {}", quoted(folder))))?;
    if metadata.runtime_config == RuntimeConfig::Extism {
        let module = folder.join(WASM_FILE);
        if !open(&module).exists() {
            return Err(Error::invalid(format!(
                "wasm binary missing for extism/v1 plugin: {}",
                quoted(&module)
            )));
        }
    }
    Ok(Plugin { folder: folder.to_owned(), metadata })
}

fn quoted(path: &Path) -> String {
    Quoted(&path.to_string_lossy()).to_string()
}

fn check_names(plugins: &[Plugin]) -> Result<(), Error> {
    let mut known: BTreeMap<&str, &Path> = BTreeMap::new();
    for plugin in plugins {
        if let Some(first) = known.insert(&plugin.metadata.name, &plugin.folder) {
            return Err(Error::Twice {
                name: plugin.metadata.name.clone(),
                first: first.display().to_string(),
                second: plugin.folder.display().to_string(),
            });
        }
    }
    Ok(())
}
