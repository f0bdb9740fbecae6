//! What Helm's `cli.EnvSettings` holds: the defaults of the global flags, from the environment.

use super::{Env, cache_path, config_path, data_path};

/// How many requests may go out at once where nothing is said.
pub const DEFAULT_BURST_LIMIT: i64 = 100;

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorMode {
    /// Never.
    Never,
    /// Where a terminal reads it and `NO_COLOR` is empty.
    Auto,
    /// Always.
    Always,
}

impl ColorMode {
    /// Reads a mode's name, as `--color` takes it.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "never" => Some(Self::Never),
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            _ => None,
        }
    }
}

/// The settings that every command shares.
///
/// ```
/// use skiff::env::{MapEnv, Settings};
/// let settings = Settings::from_env(&MapEnv::from([("HELM_NAMESPACE", "web"), ("HELM_MAX_HISTORY", "x")]));
/// assert_eq!(settings.namespace, "web");
/// assert_eq!(settings.max_history, 10);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `--namespace`: what the user named, empty where nothing was; see the client for the effective one.
    pub namespace: String,
    /// `--kubeconfig`: an explicit file, empty for the usual search (`$KUBECONFIG`, `~/.kube/config`).
    pub kube_config: String,
    /// `--kube-context`.
    pub kube_context: String,
    /// `--kube-token`.
    pub kube_token: String,
    /// `--kube-as-user`.
    pub kube_as_user: String,
    /// `--kube-as-group`, each group.
    pub kube_as_groups: Vec<String>,
    /// `--kube-apiserver`.
    pub kube_api_server: String,
    /// `--kube-ca-file`.
    pub kube_ca_file: String,
    /// `--kube-insecure-skip-tls-verify`.
    pub kube_insecure_skip_tls_verify: bool,
    /// `--kube-tls-server-name`.
    pub kube_tls_server_name: String,
    /// `--sandbox`: the sandbox to work in, empty for none.
    pub sandbox: String,
    /// `--debug`.
    pub debug: bool,
    /// `--registry-config`.
    pub registry_config: String,
    /// `--repository-config`.
    pub repository_config: String,
    /// `--repository-cache`.
    pub repository_cache: String,
    /// `$HELM_PLUGINS`.
    pub plugins_directory: String,
    /// `--content-cache`.
    pub content_cache: String,
    /// `$HELM_MAX_HISTORY`, the default of `upgrade --history-max`.
    pub max_history: i64,
    /// `--burst-limit`.
    pub burst_limit: i64,
    /// `--qps`.
    pub qps: f32,
    /// `--color`, as typed: [`ColorMode::parse`] judges it.
    pub color_mode: String,
}

impl Settings {
    /// The settings before any flag is read. A number that cannot be read counts as unset, as in Helm.
    pub fn from_env(env: &dyn Env) -> Self {
        Self {
            namespace: env.get("HELM_NAMESPACE"),
            // Helm's flag resets what it read from $KUBECONFIG: the client looks there by itself.
            kube_config: String::new(),
            kube_context: env.get("HELM_KUBECONTEXT"),
            kube_token: env.get("HELM_KUBETOKEN"),
            kube_as_user: env.get("HELM_KUBEASUSER"),
            kube_as_groups: comma_separated(&env.get("HELM_KUBEASGROUPS")),
            kube_api_server: env.get("HELM_KUBEAPISERVER"),
            kube_ca_file: env.get("HELM_KUBECAFILE"),
            kube_insecure_skip_tls_verify: boolean(env, "HELM_KUBEINSECURE_SKIP_TLS_VERIFY"),
            kube_tls_server_name: env.get("HELM_KUBETLS_SERVER_NAME"),
            sandbox: sandbox(&env.get("SKIFF_SANDBOX")),
            debug: boolean(env, "HELM_DEBUG"),
            registry_config: env
                .var("HELM_REGISTRY_CONFIG")
                .unwrap_or_else(|| config_path(env, "registry/config.json")),
            repository_config: env
                .var("HELM_REPOSITORY_CONFIG")
                .unwrap_or_else(|| config_path(env, "repositories.yaml")),
            repository_cache: env
                .var("HELM_REPOSITORY_CACHE")
                .unwrap_or_else(|| cache_path(env, "repository")),
            plugins_directory: env.var("HELM_PLUGINS").unwrap_or_else(|| data_path(env, "plugins")),
            content_cache: env.var("HELM_CONTENT_CACHE").unwrap_or_else(|| cache_path(env, "content")),
            max_history: number(env, "HELM_MAX_HISTORY", 10),
            burst_limit: number(env, "HELM_BURST_LIMIT", DEFAULT_BURST_LIMIT),
            qps: number(env, "HELM_QPS", 0.0),
            color_mode: color_mode(env),
        }
    }
}

/// Go's `strconv.ParseBool`: `None` for what it refuses.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

fn boolean(env: &dyn Env, name: &str) -> bool {
    parse_bool(&env.get(name)).unwrap_or(false)
}

fn number<T: std::str::FromStr>(env: &dyn Env, name: &str, default: T) -> T {
    env.var(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// `$SKIFF_SANDBOX`: a name, or a switch for the default one.
fn sandbox(text: &str) -> String {
    match parse_bool(text) {
        Some(true) => "default".to_owned(),
        Some(false) => String::new(),
        None => text.to_owned(),
    }
}

fn comma_separated(text: &str) -> Vec<String> {
    let trimmed = text.trim_matches([',', ' ']);
    if trimmed.is_empty() { Vec::new() } else { trimmed.split(',').map(str::to_owned).collect() }
}

fn color_mode(env: &dyn Env) -> String {
    if !env.get("NO_COLOR").is_empty() {
        return "never".to_owned();
    }
    let chosen = env.get("HELM_COLOR").to_lowercase();
    if ColorMode::parse(&chosen).is_some() { chosen } else { "auto".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;

    #[test]
    fn no_color_wins_over_helm_color() {
        let mut env = MapEnv::from([("HELM_COLOR", "ALWAYS")]);
        assert_eq!(Settings::from_env(&env).color_mode, "always");
        env.set("NO_COLOR", "1");
        assert_eq!(Settings::from_env(&env).color_mode, "never");
    }

    #[test]
    fn groups_are_split_at_commas_after_trimming() {
        assert_eq!(comma_separated(" a, b,,"), ["a", " b"]);
        assert!(comma_separated(", ").is_empty());
    }
}
