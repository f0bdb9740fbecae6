//! Which cluster a command works on: global flags and environment, as the client takes them.

use super::Ctx;
use crate::{
    client,
    env::{HELM_VERSION, home, join},
};
use std::path::PathBuf;

impl Ctx<'_> {
    /// What chooses the cluster. Nothing is read yet.
    pub fn cluster_settings(&self) -> client::Settings {
        let settings = &self.settings;
        client::Settings {
            kubeconfig: (!settings.kube_config.is_empty()).then(|| self.path(&settings.kube_config)),
            kubeconfig_files: self.kubeconfig_files(),
            context: settings.kube_context.clone(),
            token: settings.kube_token.clone(),
            as_user: settings.kube_as_user.clone(),
            as_groups: settings.kube_as_groups.clone(),
            api_server: settings.kube_api_server.clone(),
            ca_file: settings.kube_ca_file.clone(),
            insecure: settings.kube_insecure_skip_tls_verify,
            tls_server_name: settings.kube_tls_server_name.clone(),
            namespace: settings.namespace.clone(),
            default_server: self.env.get("KUBERNETES_MASTER"),
            service: (self.env.get("KUBERNETES_SERVICE_HOST"), self.env.get("KUBERNETES_SERVICE_PORT")),
            pod_namespace: self.env.get("POD_NAMESPACE"),
            proxies: client::ProxyEnv {
                http: self.first_of(&["HTTP_PROXY", "http_proxy"]),
                https: self.first_of(&["HTTPS_PROXY", "https_proxy"]),
                none: self.first_of(&["NO_PROXY", "no_proxy"]),
            },
            warnings: self.server_warnings.clone(),
            user_agent: format!("Helm/{}", HELM_VERSION.trim_start_matches('v')),
        }
    }

    /// The namespace that commands work in: the flag's, else the kubeconfig context's, else `default`.
    pub fn namespace(&self) -> String {
        self.cluster_settings().namespace()
    }

    /// The first of these variables that holds something.
    fn first_of(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.env.get(name)).find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// `$KUBECONFIG`'s files, else the usual one.
    fn kubeconfig_files(&self) -> Vec<PathBuf> {
        let named = self.env.get("KUBECONFIG");
        if named.is_empty() {
            return vec![self.path(join(&[&home(self.env), ".kube", "config"]))];
        }
        let separator = if cfg!(windows) { ';' } else { ':' };
        named.split(separator).filter(|file| !file.is_empty()).map(|file| self.path(file)).collect()
    }
}
