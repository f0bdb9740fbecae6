//! Which cluster a command works on: global flags and environment, as the client takes them.

use super::{CliError, Ctx, commands::sandbox::failed};
use crate::{
    actions::sandbox::{self, Sandbox},
    client,
    env::{DEFAULT_BURST_LIMIT, HELM_VERSION, home, join, program, sandboxes_path},
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
            // client-go's default, five requests a second after the first hundred, holds for each kind of object
            // apart: nobody meets it who does not ask for a limit.
            rate: (settings.qps != 0.0 || settings.burst_limit != DEFAULT_BURST_LIMIT)
                .then_some((settings.qps, settings.burst_limit)),
            warnings: self.server_warnings.clone(),
            cancel: self.cancel.clone(),
            user_agent: format!("Helm/{}", HELM_VERSION.trim_start_matches('v')),
        }
    }

    /// The namespace that commands work in: the flag's, else the kubeconfig context's, else `default`.
    pub fn namespace(&self) -> String {
        self.cluster_settings().namespace()
    }

    /// The folder of all sandboxes.
    pub fn sandbox_home(&self) -> PathBuf {
        let path = sandboxes_path(self.env);
        if path.is_empty() { PathBuf::new() } else { self.path(path) }
    }

    /// Lets the command work in the sandbox that the settings name. Nothing is started yet.
    ///
    /// # Errors
    /// When the flag and another one name two clusters, or the name is none.
    pub(super) fn enter_sandbox(&mut self, by_flag: bool) -> Result<(), CliError> {
        let settings = &mut self.settings;
        if settings.sandbox.is_empty() {
            return Ok(());
        }
        if !settings.kube_config.is_empty() {
            if by_flag {
                let why = "--sandbox and --kubeconfig name two clusters";
                return Err(CliError::new(why).hint("leave one of them out"));
            }
            settings.sandbox.clear();
            return Ok(());
        }
        settings.kube_context.clear();
        settings.kube_token.clear();
        settings.kube_api_server.clear();
        settings.kube_ca_file.clear();
        settings.kube_tls_server_name.clear();
        settings.kube_insecure_skip_tls_verify = false;
        let sandbox = Sandbox::new(&self.sandbox_home(), &self.settings.sandbox).map_err(failed)?;
        self.settings.kube_config = sandbox.files.kubeconfig().display().to_string();
        Ok(())
    }

    /// Starts the sandbox that the command works in, if it does and that one does not run.
    ///
    /// # Errors
    /// When it cannot start.
    pub(super) fn start_sandbox(&self) -> Result<(), CliError> {
        if self.settings.sandbox.is_empty() {
            return Ok(());
        }
        let home = self.sandbox_home();
        let sandbox = Sandbox::new(&home, &self.settings.sandbox).map_err(failed)?;
        sandbox::ensure(&sandbox, program()?, home).map_err(failed)?;
        Ok(())
    }

    /// Adds the flag's name to the failure of who has no cluster.
    pub(super) fn name_the_sandbox(&self, error: CliError) -> CliError {
        let named = !self.settings.kube_config.is_empty()
            || !self.settings.kube_api_server.is_empty()
            || !self.first_of(&["KUBECONFIG", "KUBERNETES_MASTER", "KUBERNETES_SERVICE_HOST"]).is_empty()
            || self.kubeconfig_files().iter().any(|file| file.exists());
        let lost = error.message.contains("cluster unreachable") && error.hint.is_none();
        if named || !lost || self.program.name == "helm" {
            return error;
        }
        error.hint("--sandbox runs the command in a sandbox on this machine, with no cluster")
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
