//! The format without `apiVersion`: commands and downloaders.

use super::{
    Error,
    command::PlatformCommand,
    decode::Decoder,
    manifest::{
        Cli, Config, Metadata, ProtocolCommand, RuntimeConfig, SUBPROCESS, Subprocess, bad_name, is_name,
        is_version,
    },
};
use crate::{values::gotext::Quoted, yaml::nodes::Node};
use std::collections::BTreeMap;
use templates_engine::fmt::quote;

#[derive(Default)]
struct Legacy {
    name: String,
    version: String,
    usage: String,
    description: String,
    platform_command: Vec<PlatformCommand>,
    command: String,
    ignore_flags: bool,
    platform_hooks: BTreeMap<String, Vec<PlatformCommand>>,
    hooks: BTreeMap<String, String>,
    downloaders: Vec<Downloader>,
}

#[derive(Default)]
struct Downloader {
    protocols: Vec<String>,
    command: String,
}

/// Reads a description in the old format.
pub(super) fn load(root: &Node) -> Result<Metadata, Error> {
    let legacy = Legacy::decode(root)?;
    legacy.validate()?;
    Ok(legacy.into_metadata())
}

impl Legacy {
    fn decode(root: &Node) -> Result<Self, Error> {
        let mut legacy = Self::default();
        let mut decoder = Decoder::default();
        decoder.fields(root, "plugin.MetadataLegacy", |decoder, name, value| {
            match name {
                "name" => decoder.string(value, &mut legacy.name),
                "version" => decoder.string(value, &mut legacy.version),
                "usage" => decoder.string(value, &mut legacy.usage),
                "description" => decoder.string(value, &mut legacy.description),
                "platformCommand" => decoder.commands(value, &mut legacy.platform_command),
                "command" => decoder.string(value, &mut legacy.command),
                "ignoreFlags" => decoder.bool(value, &mut legacy.ignore_flags),
                "platformHooks" => {
                    decoder.map(value, &mut legacy.platform_hooks, "plugin.PlatformHooks", Decoder::commands);
                }
                "hooks" => decoder.map(value, &mut legacy.hooks, "plugin.Hooks", Decoder::string),
                "downloaders" => {
                    decoder.list(value, &mut legacy.downloaders, "plugin.Downloaders", downloader);
                }
                _ => return false,
            }
            true
        });
        decoder.finish()?;
        Ok(legacy)
    }

    fn validate(&self) -> Result<(), Error> {
        if !is_name(&self.name) {
            return Err(Error::invalid(bad_name(&self.name)));
        }
        if !self.version.is_empty() && !is_version(&self.version) {
            let version = quote(self.version.as_bytes());
            return Err(Error::invalid(format!("invalid plugin version {version}: must be valid semver")));
        }
        if !self.platform_command.is_empty() && !self.command.is_empty() {
            return Err(Error::invalid("both platformCommand and command are set"));
        }
        if !self.platform_hooks.is_empty() && !self.hooks.is_empty() {
            return Err(Error::invalid("both platformHooks and hooks are set"));
        }
        for (index, downloader) in self.downloaders.iter().enumerate() {
            let problem = match downloader.protocols.iter().position(String::is_empty) {
                _ if downloader.command.is_empty() => "has empty command".to_owned(),
                _ if downloader.protocols.is_empty() => "has no protocols".to_owned(),
                Some(at) => format!("has empty protocol at index {at}"),
                None => continue,
            };
            return Err(Error::invalid(format!("downloader {index} {problem}")));
        }
        Ok(())
    }

    fn into_metadata(self) -> Metadata {
        let (kind, config) = if self.downloaders.is_empty() {
            let cli = Cli {
                usage: String::new(),
                short_help: printable(&self.usage),
                long_help: self.description,
                ignore_flags: self.ignore_flags,
            };
            ("cli/v1", Config::Cli(cli))
        } else {
            let protocols = self.downloaders.iter().flat_map(|d| d.protocols.clone()).collect();
            ("getter/v1", Config::Getter { protocols })
        };
        let one = |command: String, args: Vec<String>| {
            vec![PlatformCommand { command, args, ..Default::default() }]
        };
        let protocol_commands = self.downloaders.into_iter().map(|downloader| ProtocolCommand {
            protocols: downloader.protocols,
            platform_command: one(downloader.command, Vec::new()),
        });
        let protocol_commands = protocol_commands.collect();
        let mut platform_command = self.platform_command;
        if platform_command.is_empty() && !self.command.is_empty() {
            platform_command = one(self.command, Vec::new());
        }
        let (mut platform_hooks, mut expand_hook_args) = (self.platform_hooks, true);
        if platform_hooks.is_empty() && !self.hooks.is_empty() {
            let shell = |script: String| one("sh".to_owned(), vec!["-c".to_owned(), script]);
            platform_hooks = self.hooks.into_iter().map(|(event, script)| (event, shell(script))).collect();
            expand_hook_args = false;
        }
        let subprocess = Subprocess { platform_command, platform_hooks, protocol_commands, expand_hook_args };
        Metadata {
            api_version: "legacy".to_owned(),
            name: self.name,
            kind: kind.to_owned(),
            runtime: SUBPROCESS.to_owned(),
            version: self.version,
            source_url: String::new(),
            config,
            runtime_config: RuntimeConfig::Subprocess(subprocess),
        }
    }
}

fn downloader(decoder: &mut Decoder, node: &Node, out: &mut Downloader) {
    decoder.fields(node, "plugin.Downloaders", |decoder, name, value| {
        match name {
            "protocols" => decoder.strings(value, &mut out.protocols),
            "command" => decoder.string(value, &mut out.command),
            _ => return false,
        }
        true
    });
}

/// White space as blanks, and nothing that cannot be printed.
fn printable(text: &str) -> String {
    // Go quotes a character that it can print as itself.
    let prints =
        |c: char| matches!(c, '"' | '\\') || Quoted(c.encode_utf8(&mut [0; 4])).to_string().contains(c);
    let clean = |c: char| if c.is_whitespace() { Some(' ') } else { prints(c).then_some(c) };
    text.chars().filter_map(clean).collect()
}
