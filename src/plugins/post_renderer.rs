//! Plugins that change manifests.

use super::{
    Descriptor, Error, Plugin,
    command::{Platform, prepare},
    find,
    manifest::RuntimeConfig,
    process::{MAX_OUTPUT, Program},
};
use crate::{
    env::Env,
    log::{Level, Log, Record},
    post_render::PostRenderer,
};
use std::{
    cell::RefCell,
    ffi::OsString,
    path::{Path, PathBuf},
};
use templates_engine::fmt::quote;

/// The type of these plugins.
pub const POST_RENDERER: &str = "postrenderer/v1";

/// A post-renderer plugin with its arguments and environment.
#[derive(Debug)]
pub struct PostRendererPlugin {
    plugin: Plugin,
    args: Vec<String>,
    variables: Vec<(OsString, OsString)>,
    path: String,
    records: RefCell<Vec<Record>>,
}

impl PostRendererPlugin {
    /// Finds the post-renderer of this name; see [`find()`].
    ///
    /// # Errors
    /// When there is none, or two plugins have the same name.
    pub fn find(
        folders: &str,
        name: &str,
        open: &dyn Fn(&Path) -> PathBuf,
        log: &mut dyn Log,
    ) -> Result<Plugin, Error> {
        let found = find(folders, Descriptor { name, kind: POST_RENDERER }, open, log)?;
        let missing = || Error::NotFound { name: name.to_owned(), kind: POST_RENDERER.to_owned() };
        found.into_iter().next().ok_or_else(missing)
    }

    /// A plugin that will run with these arguments after its own, in this environment.
    pub fn new(plugin: Plugin, args: Vec<String>, env: &dyn Env) -> Self {
        Self { plugin, args, variables: env.vars(), path: env.get("PATH"), records: RefCell::default() }
    }

    /// What was logged while it ran.
    pub fn take_records(&self) -> Vec<Record> {
        self.records.take()
    }

    fn invoke(&self, manifests: &str) -> Result<Vec<u8>, Error> {
        let name = &self.plugin.metadata.name;
        let RuntimeConfig::Subprocess(config) = &self.plugin.metadata.runtime_config else {
            return Err(Error::Wasm(name.clone()));
        };
        let mut variables = self.variables.clone();
        let own = [
            ("HELM_PLUGIN_NAME", name.into()),
            ("HELM_PLUGIN_DIR", self.plugin.folder.clone().into_os_string()),
        ];
        for (variable, value) in own {
            variables.retain(|(known, _)| known != variable);
            variables.push((variable.into(), value));
        }
        let variable = |wanted: &str| {
            let found = variables.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.to_string_lossy().into_owned()).unwrap_or_default()
        };
        let invocation = prepare(&config.platform_command, Platform::HERE, true, &self.args, &variable)
            .map_err(|error| error.context("failed to prepare plugin command"))?;
        let program = Program::find(invocation, &self.path);
        self.debug("executing plugin command", &[("command", &program.line())]);
        let ended = program.run(name, &variables, manifests.as_bytes(), MAX_OUTPUT)?;
        if let Some(failure) = ended.failure {
            let code = failure.code.to_string();
            let details = [("error", failure.words.as_str()), ("exitCode", &code), ("stderr", "")];
            self.debug("plugin execution failed", &details);
            return Err(Error::Exit(name.clone()));
        }
        Ok(ended.stdout)
    }

    fn debug(&self, message: &str, details: &[(&str, &str)]) {
        let record = Record::new(Level::Debug, message).with("pluginName", &self.plugin.metadata.name);
        let record = details.iter().fold(record, |record, (name, value)| record.with(*name, *value));
        self.records.borrow_mut().push(record);
    }
}

impl PostRenderer for PostRendererPlugin {
    fn run(&self, manifests: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let name = &self.plugin.metadata.name;
        let failed = |error: Error| {
            error.context(format!("failed to invoke post-renderer plugin {}", quote(name.as_bytes())))
        };
        let out = self.invoke(manifests).map_err(failed)?;
        if String::from_utf8_lossy(&out).trim().is_empty() {
            return Err(Error::NoOutput(name.clone()).into());
        }
        Ok(out)
    }
}
