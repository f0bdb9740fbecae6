//! The cluster that global flags and environment name.

use crate::{cli::Ctx, client, env};
use std::path::PathBuf;

/// The client's settings.
pub fn cluster_settings(ctx: &Ctx<'_>) -> client::Settings {
    let settings = &ctx.settings;
    let named = |name: &str| !ctx.env.get(name).is_empty();
    client::Settings {
        kubeconfig: (!settings.kube_config.is_empty()).then(|| ctx.path(&settings.kube_config)),
        kubeconfig_files: kubeconfig_files(ctx),
        context: settings.kube_context.clone(),
        token: settings.kube_token.clone(),
        as_user: settings.kube_as_user.clone(),
        as_groups: settings.kube_as_groups.clone(),
        api_server: settings.kube_api_server.clone(),
        ca_file: settings.kube_ca_file.clone(),
        insecure: settings.kube_insecure_skip_tls_verify,
        tls_server_name: settings.kube_tls_server_name.clone(),
        namespace: settings.namespace.clone(),
        in_cluster_environment: named("KUBERNETES_SERVICE_HOST") && named("KUBERNETES_SERVICE_PORT"),
        user_agent: format!("Helm/{}", env::HELM_VERSION.trim_start_matches('v')),
    }
}

/// The files of `$KUBECONFIG`, or `~/.kube/config`.
fn kubeconfig_files(ctx: &Ctx<'_>) -> Vec<PathBuf> {
    let listed = ctx.env.get("KUBECONFIG");
    if listed.is_empty() {
        return vec![PathBuf::from(env::home(ctx.env)).join(".kube/config")];
    }
    let paths = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
    paths.map(|path| ctx.path(path)).collect()
}
