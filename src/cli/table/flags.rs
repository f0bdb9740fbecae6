//! Short ways to write a flag's row, and the groups of flags that several commands share.

use super::{Default, Flag, Kind};
use crate::env::{Settings, keyring};

/// A flag of any kind.
pub(super) const fn flag(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default: Default::Text(default),
        bare: None,
        help,
        hidden: false,
        own: false,
        deprecated: None,
        sets: None,
    }
}

/// A switch, off unless it is given.
pub(super) const fn bool(name: &'static str, help: &'static str) -> Flag {
    Flag { bare: Some("true"), ..flag(name, Kind::Bool, "false", help) }
}

/// A text, empty unless it is given.
pub(super) const fn string(name: &'static str, help: &'static str) -> Flag {
    flag(name, Kind::String, "", help)
}

/// A whole number.
pub(super) const fn int(name: &'static str, default: &'static str, help: &'static str) -> Flag {
    flag(name, Kind::Int, default, help)
}

/// Texts, one for each time the flag is given.
pub(super) const fn string_array(name: &'static str, help: &'static str) -> Flag {
    flag(name, Kind::StringArray, "", help)
}

impl Flag {
    pub(super) const fn short(self, letter: char) -> Self {
        Self { short: Some(letter), ..self }
    }

    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    pub(super) const fn own(self) -> Self {
        Self { own: true, ..self }
    }

    /// Hides the flag and warns where it is used.
    pub(super) const fn deprecated(self, instead: &'static str) -> Self {
        Self { hidden: true, deprecated: Some(instead), ..self }
    }

    pub(super) const fn bare(self, value: &'static str) -> Self {
        Self { bare: Some(value), ..self }
    }

    pub(super) const fn default_text(self, text: &'static str) -> Self {
        Self { default: Default::Text(text), ..self }
    }

    pub(super) const fn defaults_to_setting(self, read: fn(&Settings) -> String) -> Self {
        Self { default: Default::Setting(read), ..self }
    }

    pub(super) const fn sets(self, name: &'static str) -> Self {
        Self { sets: Some(name), ..self }
    }
}

/// Values: `-f` and the `--set` family.
pub(super) const VALUES: &[Flag] = &[
    string_array("set", "set a value: key1=val1,key2=val2 (repeatable)"),
    string_array("set-file", "set a value to a file's content: key1=path1,key2=path2 (repeatable)"),
    string_array(
        "set-json",
        "set values from JSON: key1=json1,key2=json2 or one object {\"key1\": …} (repeatable)",
    ),
    string_array("set-literal", "set a text exactly as written, commas and all: key=text (repeatable)"),
    string_array("set-string", "set a value that stays text: key1=val1,key2=val2 (repeatable)"),
    flag(
        "values",
        Kind::StringSlice,
        "",
        "read values from a YAML file or URL, - for standard input (repeatable)",
    )
    .short('f'),
];

/// How a chart's server is reached.
pub(super) const SERVER: &[Flag] = &[
    string("ca-file", "certificate authorities that may have signed the server's certificate"),
    string("cert-file", "client certificate for the server"),
    bool("insecure-skip-tls-verify", "download without checking the server's certificate"),
    string("key-file", "key of the client certificate"),
    string("password", "password for the chart repository"),
    bool("plain-http", "download over HTTP without TLS"),
    string("username", "user name for the chart repository"),
];

/// Which chart is meant, beside its name; goes with [`SERVER`].
pub(super) const CHART_SOURCE: &[Flag] = &[
    KEYRING,
    bool("pass-credentials", "send the credentials to every host a download leads to"),
    string("repo", "URL of the chart repository to look in"),
    bool("verify", "check the package's signature before using it"),
    string(
        "version",
        "version of the chart: one version (1.1.1) or a range (^2.0.0); the latest where not given",
    ),
];

/// The public keyring.
pub(super) const KEYRING: Flag = Flag {
    default: Default::Env(keyring),
    ..string("keyring", "keyring with the public keys to verify with")
};

/// `--devel`.
pub(super) const DEVEL: Flag =
    bool("devel", "take pre-releases too, like version '>0.0.0-0'; nothing where --version is given");

/// `-o`.
pub(super) const OUTPUT: Flag =
    flag("output", Kind::Format, "table", "how to print the result: table, json or yaml").short('o');

/// `--wait`.
pub(super) const WAIT: Flag = flag(
    "wait",
    Kind::WaitStrategy,
    "hookOnly",
    "wait until the resources are ready, at most --timeout: 'watcher' (meant by a bare --wait), 'legacy', or 'hookOnly' for hooks alone",
)
.bare("watcher");

/// `--timeout`.
pub(super) const TIMEOUT: Flag = flag(
    "timeout",
    Kind::Duration,
    "5m0s",
    "how long any one Kubernetes operation (such as a hook's job) may take",
);

/// Post-rendering.
pub(super) const POST_RENDERER: &[Flag] = &[
    flag(
        "post-renderer",
        Kind::PostRenderer,
        "",
        "plugin that gets the rendered manifests and answers with changed ones",
    ),
    flag("post-renderer-args", Kind::PostRendererArgs, "", "argument for the post-renderer (repeatable)"),
];

/// `--labels`.
pub(super) const LABELS: Flag =
    flag("labels", Kind::StringToString, "", "labels for the release's record: key1=val1,key2=val2")
        .short('l');
