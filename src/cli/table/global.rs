//! The flags that every command takes.

use super::{Default, Flag, Kind, flags::*};

/// The help flag: help pages word it for their command.
pub const HELP: Flag = bool("help", "").short('h');

/// The global flags, sorted by name; the hidden ones are those of the Kubernetes libraries' log.
pub const GLOBAL: &[Flag] = &[
    log_switch("add-dir-header").hidden(),
    log_switch("alsologtostderr").hidden(),
    flag("alsologtostderrthreshold", Kind::LogSeverity, "0", "").hidden(),
    int("burst-limit", "", "how many requests may go to the API server at once before the client throttles itself")
        .defaults_to_setting(|s| s.burst_limit.to_string()),
    string("color", "when to colour the output: never, auto or always").defaults_to_setting(|s| s.color_mode.clone()),
    string("colour", "when to colour the output: never, auto or always")
        .defaults_to_setting(|s| s.color_mode.clone())
        .sets("color"),
    string("content-cache", "folder in which downloaded charts are kept")
        .defaults_to_setting(|s| s.content_cache.clone()),
    bool("debug", "say more about what happens").defaults_to_setting(|s| s.debug.to_string()),
    string("kube-apiserver", "address and port of the Kubernetes API server")
        .defaults_to_setting(|s| s.kube_api_server.clone()),
    Flag {
        default: Default::Settings(|s| s.kube_as_groups.clone()),
        ..string_array("kube-as-group", "group to act as; repeat the flag for several groups")
    },
    string("kube-as-user", "user to act as").defaults_to_setting(|s| s.kube_as_user.clone()),
    string("kube-ca-file", "certificate authority that signed the API server's certificate")
        .defaults_to_setting(|s| s.kube_ca_file.clone()),
    string("kube-context", "kubeconfig context to use").defaults_to_setting(|s| s.kube_context.clone()),
    bool(
        "kube-insecure-skip-tls-verify",
        "believe the API server without checking its certificate: anyone on the way can then read and change everything",
    )
    .defaults_to_setting(|s| s.kube_insecure_skip_tls_verify.to_string()),
    string("kube-tls-server-name", "name that the API server's certificate must carry, where it differs from the host")
        .defaults_to_setting(|s| s.kube_tls_server_name.clone()),
    string("kube-token", "bearer token to log in with").defaults_to_setting(|s| s.kube_token.clone()),
    string("kubeconfig", "kubeconfig file to use"),
    log_switch("legacy-stderr-threshold-behavior").default_text("true").hidden(),
    string("log-backtrace-at", "").hidden(),
    string("log-dir", "").hidden(),
    string("log-file", "").hidden(),
    flag("log-file-max-size", Kind::LogSize, "1800", "").hidden(),
    log_switch("logtostderr").default_text("true").hidden(),
    string("namespace", "namespace to work in").short('n').defaults_to_setting(|s| s.namespace.clone()),
    log_switch("one-output").hidden(),
    flag("qps", Kind::Float32, "", "requests a second to the API server, bursts aside").defaults_to_setting(|s| s.qps.to_string()),
    string("registry-config", "file with the registry credentials").defaults_to_setting(|s| s.registry_config.clone()),
    string("repository-cache", "folder in which repository indexes are kept")
        .defaults_to_setting(|s| s.repository_cache.clone()),
    string("repository-config", "file that lists the chart repositories")
        .defaults_to_setting(|s| s.repository_config.clone()),
    string("sandbox", "sandbox to work in instead of a cluster, by name; it is started where it does not run")
        .defaults_to_setting(|s| s.sandbox.clone())
        .bare("default")
        .own(),
    log_switch("skip-headers").hidden(),
    log_switch("skip-log-headers").hidden(),
    flag("stderrthreshold", Kind::LogSeverity, "2", "").hidden(),
    flag("v", Kind::LogLevel, "0", "").short('v').hidden(),
    string("vmodule", "").hidden(),
];

/// A switch of the Kubernetes libraries' log.
const fn log_switch(name: &'static str) -> Flag {
    Flag { kind: Kind::LogSwitch, ..bool(name, "") }
}
