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
            in_cluster_environment: ["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"]
                .iter()
                .all(|name| !self.env.get(name).is_empty()),
            user_agent: format!("Helm/{}", HELM_VERSION.trim_start_matches('v')),
        }
    }

    /// The namespace that commands work in: the flag's, else the kubeconfig context's, else `default`.
    pub fn namespace(&self) -> String {
        self.cluster_settings().namespace()
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
