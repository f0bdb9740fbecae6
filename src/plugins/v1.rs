//! The format of `apiVersion: v1`.

use super::{
    Error,
    decode::{Decoder, document},
    manifest::{
        Cli, Config, EXTISM, Metadata, ProtocolCommand, RuntimeConfig, SUBPROCESS, Subprocess, is_name,
        is_version,
    },
};
use crate::yaml::{
    Style, compare_keys,
    nodes::{Encoder, Kind, Node},
};
use skiff_compact::Order;
use templates_engine::fmt::quote;

#[derive(Default)]
struct V1 {
    api_version: String,
    name: String,
    kind: String,
    runtime: String,
    version: String,
    source_url: String,
    config: Option<Node>,
    runtime_config: Option<Node>,
}

/// Reads a description of version 1.
pub(super) fn load(root: &Node) -> Result<Metadata, Error> {
    let v1 = V1::decode(root)?;
    v1.validate()?;
    v1.into_metadata().map_err(|error| error.context("failed to convert MetadataV1 to Metadata"))
}

impl V1 {
    fn decode(root: &Node) -> Result<Self, Error> {
        let mut v1 = Self::default();
        let mut decoder = Decoder::strict();
        decoder.fields(root, "plugin.MetadataV1", |decoder, name, value| {
            match name {
                "apiVersion" => decoder.string(value, &mut v1.api_version),
                "name" => decoder.string(value, &mut v1.name),
                "type" => decoder.string(value, &mut v1.kind),
                "runtime" => decoder.string(value, &mut v1.runtime),
                "version" => decoder.string(value, &mut v1.version),
                "sourceURL" => decoder.string(value, &mut v1.source_url),
                "config" => decoder.values(value, &mut v1.config),
                "runtimeConfig" => decoder.values(value, &mut v1.runtime_config),
                _ => return false,
            }
            true
        });
        decoder.finish()?;
        Ok(v1)
    }

    fn validate(&self) -> Result<(), Error> {
        let problem = match self {
            _ if !is_name(&self.name) => "invalid plugin `name`".to_owned(),
            _ if self.version.is_empty() => "plugin `version` is required".to_owned(),
            _ if !is_version(&self.version) => {
                format!("invalid plugin `version` {}: must be valid semver", quote(self.version.as_bytes()))
            }
            _ if self.kind.is_empty() => "`type` missing".to_owned(),
            _ if self.runtime.is_empty() => "`runtime` missing".to_owned(),
            _ => return Ok(()),
        };
        Err(Error::invalid(problem))
    }

    fn into_metadata(self) -> Result<Metadata, Error> {
        let config = config(&self.kind, self.config)?;
        let runtime_config = runtime_config(&self.runtime, self.runtime_config)?;
        Ok(Metadata {
            api_version: self.api_version,
            name: self.name,
            kind: self.kind,
            runtime: self.runtime,
            version: self.version,
            source_url: self.source_url,
            config,
            runtime_config,
        })
    }
}

fn config(kind: &str, node: Option<Node>) -> Result<Config, Error> {
    let node = again(node)?;
    let mut decoder = Decoder::strict();
    let config = match kind {
        "cli/v1" => {
            let mut cli = Cli::default();
            decoder.fields(node.root(), "schema.ConfigCLIV1", |decoder, name, value| {
                match name {
                    "usage" => decoder.string(value, &mut cli.usage),
                    "shortHelp" => decoder.string(value, &mut cli.short_help),
                    "longHelp" => decoder.string(value, &mut cli.long_help),
                    "ignoreFlags" => decoder.bool(value, &mut cli.ignore_flags),
                    _ => return false,
                }
                true
            });
            Config::Cli(cli)
        }
        "getter/v1" => {
            let mut protocols = Vec::new();
            decoder.fields(node.root(), "schema.ConfigGetterV1", |decoder, name, value| {
                match name {
                    "protocols" => decoder.strings(value, &mut protocols),
                    _ => return false,
                }
                true
            });
            Config::Getter { protocols }
        }
        "postrenderer/v1" => {
            decoder.fields(node.root(), "schema.ConfigPostRendererV1", |_, _, _| false);
            Config::PostRenderer
        }
        "test/v1" => {
            decoder.fields(node.root(), "schema.ConfigTestV1", |_, _, _| false);
            Config::Test
        }
        _ => return Err(Error::invalid(format!("unknown plugin type {}", quote(kind.as_bytes())))),
    };
    decoder.finish()?;
    Ok(config)
}

fn runtime_config(runtime: &str, node: Option<Node>) -> Result<RuntimeConfig, Error> {
    match runtime {
        EXTISM => return Ok(RuntimeConfig::Extism),
        SUBPROCESS => {}
        _ => {
            let runtime = quote(runtime.as_bytes());
            return Err(Error::invalid(format!("unsupported plugin runtime type: {runtime}")));
        }
    }
    let node = again(node)?;
    let mut subprocess = Subprocess::default();
    let mut decoder = Decoder::default();
    decoder.fields(node.root(), "plugin.RuntimeConfigSubprocess", |decoder, name, value| {
        match name {
            "platformCommand" => decoder.commands(value, &mut subprocess.platform_command),
            "platformHooks" => {
                decoder.map(value, &mut subprocess.platform_hooks, "plugin.PlatformHooks", Decoder::commands);
            }
            "protocolCommands" => decoder.list(
                value,
                &mut subprocess.protocol_commands,
                "plugin.SubprocessProtocolCommand",
                protocol_command,
            ),
            _ => return false,
        }
        true
    });
    decoder
        .finish()
        .map_err(|error| error.context("failed to unmarshal runtimeConfig for subprocess runtime"))?;
    Ok(RuntimeConfig::Subprocess(subprocess))
}

fn protocol_command(decoder: &mut Decoder, node: &Node, out: &mut ProtocolCommand) {
    decoder.fields(node, "plugin.SubprocessProtocolCommand", |decoder, name, value| {
        match name {
            "protocols" => decoder.strings(value, &mut out.protocols),
            "platformCommand" => decoder.commands(value, &mut out.platform_command),
            _ => return false,
        }
        true
    });
}

/// Helm writes these parts as YAML and reads them again: errors name lines of that text.
fn again(node: Option<Node>) -> Result<Node, Error> {
    let mut encoder = Encoder::default();
    encoder.encode(&plain(node.unwrap_or_else(|| Node::new(Kind::Mapping))), false);
    document(encoder.finish().as_bytes())
}

/// The same values as Go's maps hold them: keys sorted, no comments, nothing in brackets.
fn plain(node: Node) -> Node {
    let children = node.content.into_iter().map(plain);
    let content = if node.kind == Kind::Mapping {
        let children: Vec<Node> = children.collect();
        let mut pairs: Vec<&[Node]> = children.chunks_exact(2).collect();
        pairs.order_by(|a, b| compare_keys(&a[0].value, &b[0].value, Style::Pretty));
        pairs.concat()
    } else {
        children.collect()
    };
    Node { kind: node.kind, tag: node.tag, value: node.value, content, ..Node::default() }
}
