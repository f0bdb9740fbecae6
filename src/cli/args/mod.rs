//! Groups of flags that several commands share, as typed.

pub mod deploy;
pub mod plugins;

use super::Matches;

/// How a result is printed: `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Format {
    /// Reads `--output`.
    pub fn from_matches(matches: &Matches) -> Self {
        match matches.string("output").as_str() {
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            _ => Self::Table,
        }
    }
}

/// Which values were given: `-f` and the `--set` family, each in the order given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValuesArgs {
    /// `--values`: files, URLs, or `-`.
    pub files: Vec<String>,
    /// `--set-json`.
    pub json: Vec<String>,
    /// `--set`.
    pub set: Vec<String>,
    /// `--set-string`.
    pub string: Vec<String>,
    /// `--set-file`.
    pub file: Vec<String>,
    /// `--set-literal`.
    pub literal: Vec<String>,
}

impl From<&Matches> for ValuesArgs {
    fn from(matches: &Matches) -> Self {
        Self {
            files: matches.strings("values"),
            json: matches.strings("set-json"),
            set: matches.strings("set"),
            string: matches.strings("set-string"),
            file: matches.strings("set-file"),
            literal: matches.strings("set-literal"),
        }
    }
}

impl From<&ValuesArgs> for crate::values::sources::Options {
    fn from(args: &ValuesArgs) -> Self {
        let args = args.clone();
        Self {
            value_files: args.files,
            json_values: args.json,
            values: args.set,
            string_values: args.string,
            file_values: args.file,
            literal_values: args.literal,
        }
    }
}

/// How a chart's server is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerArgs {
    /// `--ca-file`.
    pub ca_file: String,
    /// `--cert-file`.
    pub cert_file: String,
    /// `--key-file`.
    pub key_file: String,
    /// `--insecure-skip-tls-verify`.
    pub insecure_skip_tls_verify: bool,
    /// `--plain-http`.
    pub plain_http: bool,
    /// `--username`.
    pub username: String,
    /// `--password`.
    pub password: String,
}

impl From<&Matches> for ServerArgs {
    fn from(matches: &Matches) -> Self {
        Self {
            ca_file: matches.string("ca-file"),
            cert_file: matches.string("cert-file"),
            key_file: matches.string("key-file"),
            insecure_skip_tls_verify: matches.bool("insecure-skip-tls-verify"),
            plain_http: matches.bool("plain-http"),
            username: matches.string("username"),
            password: matches.string("password"),
        }
    }
}

/// Which chart is meant, beside its name (Helm's `ChartPathOptions`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartSourceArgs {
    /// `--version`.
    pub version: String,
    /// `--repo`.
    pub repo: String,
    /// `--verify`.
    pub verify: bool,
    /// `--keyring`.
    pub keyring: String,
    /// `--pass-credentials`.
    pub pass_credentials: bool,
    /// `--devel`.
    pub devel: bool,
    /// How its server is reached.
    pub server: ServerArgs,
}

impl From<&Matches> for ChartSourceArgs {
    fn from(matches: &Matches) -> Self {
        Self {
            version: matches.string("version"),
            repo: matches.string("repo"),
            verify: matches.bool("verify"),
            keyring: matches.string("keyring"),
            pass_credentials: matches.bool("pass-credentials"),
            devel: matches.bool("devel"),
            server: ServerArgs::from(matches),
        }
    }
}
