//! `env`: the settings in use.

use crate::{
    cli::{CliError, Ctx, Matches},
    env::{Env, Settings, cache_path, config_path, data_path},
};

/// What was typed.
struct EnvArgs {
    /// The variable to print; all of them where it is missing.
    name: Option<String>,
}

impl From<&Matches> for EnvArgs {
    fn from(matches: &Matches) -> Self {
        Self { name: matches.operands().first().cloned() }
    }
}

/// Runs `env`.
///
/// # Errors
/// Where standard output cannot be written.
pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) -> Result<(), CliError> {
    let args = EnvArgs::from(matches);
    let variables = variables(&ctx.settings, ctx.env, &ctx.program.word, ctx.namespace());
    let text = match args.name {
        None => variables.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect(),
        Some(name) => {
            let value = variables.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
            format!("{value}\n")
        }
    };
    Ok(ctx.print(&text)?)
}

/// The names of the variables, sorted, for completion.
pub(in crate::cli) fn names(ctx: &Ctx<'_>) -> Vec<&'static str> {
    let variables = variables(&ctx.settings, ctx.env, &ctx.program.word, ctx.namespace());
    variables.into_iter().map(|(name, _)| name).collect()
}

/// The variables that hold the settings, sorted by name.
fn variables(
    settings: &Settings,
    env: &dyn Env,
    program: &str,
    namespace: String,
) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("HELM_BIN", program.to_owned()),
        ("HELM_BURST_LIMIT", settings.burst_limit.to_string()),
        ("HELM_CACHE_HOME", cache_path(env, "")),
        ("HELM_CONFIG_HOME", config_path(env, "")),
        ("HELM_CONTENT_CACHE", settings.content_cache.clone()),
        ("HELM_DATA_HOME", data_path(env, "")),
        ("HELM_DEBUG", settings.debug.to_string()),
        ("HELM_KUBEAPISERVER", settings.kube_api_server.clone()),
        ("HELM_KUBEASGROUPS", settings.kube_as_groups.join(",")),
        ("HELM_KUBEASUSER", settings.kube_as_user.clone()),
        ("HELM_KUBECAFILE", settings.kube_ca_file.clone()),
        ("HELM_KUBECONTEXT", settings.kube_context.clone()),
        ("HELM_KUBEINSECURE_SKIP_TLS_VERIFY", settings.kube_insecure_skip_tls_verify.to_string()),
        ("HELM_KUBETLS_SERVER_NAME", settings.kube_tls_server_name.clone()),
        ("HELM_KUBETOKEN", settings.kube_token.clone()),
        ("HELM_MAX_HISTORY", settings.max_history.to_string()),
        ("HELM_NAMESPACE", namespace),
        ("HELM_PLUGINS", settings.plugins_directory.clone()),
        ("HELM_QPS", format!("{:.2}", settings.qps)),
        ("HELM_REGISTRY_CONFIG", settings.registry_config.clone()),
        ("HELM_REPOSITORY_CACHE", settings.repository_cache.clone()),
        ("HELM_REPOSITORY_CONFIG", settings.repository_config.clone()),
    ];
    if !settings.kube_config.is_empty() {
        variables.push(("KUBECONFIG", settings.kube_config.clone()));
    }
    variables
}
