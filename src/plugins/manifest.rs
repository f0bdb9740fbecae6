//! What a `plugin.yaml` says, in either of its formats (`Metadata` of Helm's `internal/plugin`).

use super::{
    Error,
    command::PlatformCommand,
    decode::{Decoder, document},
    legacy, v1,
};
use std::collections::BTreeMap;
use templates_engine::{fmt::quote, semver::Version};

/// The runtime that starts a program.
pub const SUBPROCESS: &str = "subprocess";
/// The runtime that runs WebAssembly.
pub const EXTISM: &str = "extism/v1";

/// A description, whichever format it was written in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `v1`, or `legacy` for the format without a version.
    pub api_version: String,
    /// The plugin's name.
    pub name: String,
    /// `cli/v1`, `getter/v1` or `postrenderer/v1`.
    pub kind: String,
    /// `subprocess` or `extism/v1`.
    pub runtime: String,
    /// The plugin's version; empty for none, which only the old format allows.
    pub version: String,
    /// Where the plugin can be found.
    pub source_url: String,
    /// What only plugins of this kind have.
    pub config: Config,
    /// What only plugins of this runtime have.
    pub runtime_config: RuntimeConfig,
}

/// What only plugins of one kind have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    /// A command of the command line.
    Cli(Cli),
    /// Fetches what stands at URLs of these schemes.
    Getter {
        /// The schemes.
        protocols: Vec<String>,
    },
    /// Changes manifests.
    PostRenderer,
    /// Helm's own tests have this kind.
    Test,
}

/// How a command looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cli {
    /// The usage line.
    pub usage: String,
    /// The line in the list of commands.
    pub short_help: String,
    /// The text of the help page.
    pub long_help: String,
    /// Whether flags are kept from the plugin.
    pub ignore_flags: bool,
}

/// What only plugins of one runtime have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuntimeConfig {
    /// Programs.
    Subprocess(Subprocess),
    /// WebAssembly; its settings are not looked at.
    Extism,
}

/// The programs of a plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subprocess {
    /// What to start, by system.
    pub platform_command: Vec<PlatformCommand>,
    /// What to start when the plugin is installed, updated, deleted.
    pub platform_hooks: BTreeMap<String, Vec<PlatformCommand>>,
    /// What to start for URLs.
    pub protocol_commands: Vec<ProtocolCommand>,
    /// Whether variables in hooks' arguments are replaced; a shell does that for old hooks.
    pub expand_hook_args: bool,
}

/// What to start for URLs of some schemes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProtocolCommand {
    /// The schemes.
    pub protocols: Vec<String>,
    /// What to start, by system.
    pub platform_command: Vec<PlatformCommand>,
}

/// Reads a description.
///
/// # Errors
/// When it is not YAML, or says what cannot be.
///
/// ```
/// let text = "apiVersion: v1\nname: p\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: subprocess\n\
///             runtimeConfig: {platformCommand: [{command: cat}]}\n";
/// let metadata = skiff::plugins::manifest::load(text.as_bytes())?;
/// assert_eq!((metadata.name.as_str(), metadata.kind.as_str()), ("p", "postrenderer/v1"));
/// # Ok::<(), skiff::plugins::Error>(())
/// ```
pub fn load(text: &[u8]) -> Result<Metadata, Error> {
    let peeked = |error: Error| error.context("failed to peek plugin.yaml API version");
    let document = document(text).map_err(peeked)?;
    let root = document.root();
    let mut version = String::new();
    let mut decoder = Decoder::default();
    decoder.fields(root, "plugin.apiVersion", |decoder, name, value| {
        match name {
            "apiVersion" => decoder.string(value, &mut version),
            _ => return false,
        }
        true
    });
    decoder.finish().map_err(peeked)?;
    let metadata = match version.as_str() {
        "" => legacy::load(root)?,
        "v1" => v1::load(root)?,
        other => {
            return Err(Error::invalid(format!("invalid plugin apiVersion: {}", quote(other.as_bytes()))));
        }
    };
    metadata.validate()?;
    Ok(metadata)
}

impl Metadata {
    fn validate(&self) -> Result<(), Error> {
        let mut problems = Vec::new();
        if !is_name(&self.name) {
            problems.push(bad_name(&self.name));
        }
        if !self.version.is_empty() && !is_version(&self.version) {
            problems.push(format!(
                "invalid plugin version {}: must be valid semver",
                quote(self.version.as_bytes())
            ));
        }
        if let Config::Getter { protocols } = &self.config {
            let problem = match protocols.iter().position(String::is_empty) {
                _ if protocols.is_empty() => Some("getter has no protocols".to_owned()),
                Some(index) => Some(format!("getter has empty protocol at index {index}")),
                None => None,
            };
            problems.extend(problem.map(|problem| format!("config validation failed: {problem}")));
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
    }
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

pub(super) fn bad_name(name: &str) -> String {
    format!("invalid plugin name {}: must contain only a-z, A-Z, 0-9, _ and -", quote(name.as_bytes()))
}

pub(super) fn is_version(version: &str) -> bool {
    Version::parse_strict(version).is_ok()
}
