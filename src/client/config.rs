//! Which API server, and as whom: kubeconfig files, Helm's `--kube-*` flags, in-cluster
//! (`tools/clientcmd/client_config.go` of client-go).

use super::{
    address::{self, Address},
    cancel::Cancel,
    error::ConfigError,
    kubeconfig::{
        AuthProvider, Cluster, Context, Exec, Impersonate, Kubeconfig, User, check, go_io, read_file,
    },
    proxy::{ProxyEnv, ProxyRules},
    warnings::Warnings,
};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Where client-go goes when nothing names a server.
const DEFAULT_SERVER: &str = "http://localhost:8080";
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What a cluster's extension for credential plugins is called.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";
/// Certificates, keys and tokens are small.
pub(super) const MAX_CREDENTIAL_BYTES: u64 = 16 << 20;

/// Everything that chooses a cluster and a user: flags, environment, files. Plain values; nothing is read here.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// The files of `KUBECONFIG`, in order; or `~/.kube/config`.
    pub kubeconfig_files: Vec<PathBuf>,
    /// `--kube-context`.
    pub context: String,
    /// `--kube-token`.
    pub token: String,
    /// `--kube-as-user`.
    pub as_user: String,
    /// `--kube-as-group`.
    pub as_groups: Vec<String>,
    /// `--kube-apiserver`.
    pub api_server: String,
    /// `--kube-ca-file`.
    pub ca_file: String,
    /// `--kube-insecure-skip-tls-verify`.
    pub insecure: bool,
    /// `--kube-tls-server-name`.
    pub tls_server_name: String,
    /// `--namespace`, or nothing.
    pub namespace: String,
    /// `KUBERNETES_MASTER`: the server where nothing else names one.
    pub default_server: String,
    /// `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, which pods have.
    pub service: (String, String),
    /// `POD_NAMESPACE`, the namespace in a cluster.
    pub pod_namespace: String,
    /// Which proxies to go through where the kubeconfig names none.
    pub proxies: ProxyEnv,
    /// `--qps` and `--burst-limit`, where either was given.
    pub rate: Option<(f32, i64)>,
    /// `User-Agent`.
    pub user_agent: String,
    /// Where warnings of the server go.
    pub warnings: Warnings,
    /// Where somebody may wish an operation's end.
    pub cancel: Cancel,
}

/// A server, how to reach it, and as whom.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) server: Address,
    pub(super) proxy: ProxyRules,
    pub(super) tls: TlsSettings,
    pub(super) login: Login,
    pub(super) impersonate: Impersonate,
}

/// How the server proves who it is, and the certificate that proves who we are.
#[derive(Clone, Debug, Default)]
pub(super) struct TlsSettings {
    pub(super) insecure: bool,
    /// The certificate may be of any name.
    pub(super) any_name: bool,
    pub(super) server_name: String,
    pub(super) ca_file: String,
    pub(super) ca_data: Vec<u8>,
    pub(super) cert_file: String,
    pub(super) cert_data: Vec<u8>,
    pub(super) key_file: String,
    pub(super) key_data: Vec<u8>,
}

/// How requests say who asks.
#[derive(Clone, Debug, Default)]
pub(super) struct Login {
    pub(super) token: String,
    pub(super) token_file: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) auth_provider: Option<AuthProvider>,
    pub(super) exec: Option<(Exec, PluginCluster)>,
}

/// What a credential plugin may be told of the cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct PluginCluster {
    pub(super) cluster: Cluster,
    pub(super) config: Value,
}

/// A context's cluster and user with their names, after flags were laid over them.
struct Chosen {
    cluster: Cluster,
    user: User,
}

impl Settings {
    /// The namespace commands work in: the flag's, else the context's, else the pod's, else `default`.
    pub fn namespace(&self) -> String {
        const DEFAULT: &str = "default";
        if !self.namespace.is_empty() {
            return self.namespace.clone();
        }
        let Ok(files) = self.load() else { return DEFAULT.into() };
        if self.choose(&files).is_err() {
            return DEFAULT.into();
        }
        let context = self.context(&files).ok().flatten().unwrap_or_default();
        if !context.namespace.is_empty() {
            return context.namespace;
        }
        if !self.in_cluster() {
            return DEFAULT.into();
        }
        if !self.pod_namespace.is_empty() {
            return self.pod_namespace.clone();
        }
        let text = std::fs::read_to_string(format!("{SERVICE_ACCOUNT}/namespace")).unwrap_or_default();
        if text.trim().is_empty() { DEFAULT.into() } else { text.trim().to_owned() }
    }

    /// Where to connect, and as whom.
    ///
    /// # Errors
    /// When files are broken, or name contexts, certificates or plugins that cannot be used.
    pub(super) fn resolve(&self) -> Result<Connection, ConfigError> {
        let files = self.load()?;
        let Chosen { cluster, user } = self.choose(&files)?;
        let is_default = cluster.server == self.default_server()
            && user.impersonate == Impersonate::default()
            && cluster.proxy_url.is_empty()
            && !cluster.disable_compression;
        if is_default && self.in_cluster() {
            return self.in_cluster_connection();
        }
        let secure = address::server(&cluster.server, false).is_ok_and(|server| server.scheme == "https");
        let (tls, login) = if secure { secrets(&cluster, &user)? } else { Default::default() };
        let has_tls =
            tls.insecure || !tls.ca_file.is_empty() || !tls.ca_data.is_empty() || tls.has_certificate();
        Ok(Connection {
            server: address::server(&cluster.server, has_tls).map_err(ConfigError::Other)?,
            proxy: ProxyRules::new(&cluster.proxy_url, &self.proxies).map_err(ConfigError::Other)?,
            tls,
            login,
            impersonate: user.impersonate,
        })
    }

    fn default_server(&self) -> &str {
        if self.default_server.is_empty() { DEFAULT_SERVER } else { &self.default_server }
    }

    fn in_cluster(&self) -> bool {
        let named = !self.service.0.is_empty() && !self.service.1.is_empty();
        // Anything but a folder will do.
        let is_file = |path: String| std::fs::metadata(path).is_ok_and(|found| !found.is_dir());
        named && is_file(format!("{SERVICE_ACCOUNT}/token"))
    }

    /// A pod's connection: only server, token and authority can be given by flags.
    fn in_cluster_connection(&self) -> Result<Connection, ConfigError> {
        let token_file = format!("{SERVICE_ACCOUNT}/token");
        let token = read_file(Path::new(&token_file), MAX_CREDENTIAL_BYTES)
            .map_err(|error| ConfigError::Other(go_io(Path::new(&token_file), &error)))?;
        let mut login =
            Login { token: String::from_utf8_lossy(&token).into_owned(), token_file, ..Login::default() };
        if !self.token.is_empty() {
            login = Login { token: self.token.clone(), ..Login::default() };
        }
        let own_ca = format!("{SERVICE_ACCOUNT}/ca.crt");
        let ca_file = match self.ca_file.as_str() {
            "" if Path::new(&own_ca).is_file() => own_ca,
            other => other.to_owned(),
        };
        let server = match self.api_server.as_str() {
            "" => format!("https://{}", address::join(&self.service.0, &self.service.1)),
            other => other.to_owned(),
        };
        Ok(Connection {
            server: address::server(&server, true).map_err(ConfigError::Other)?,
            proxy: ProxyRules::new("", &self.proxies).map_err(ConfigError::Other)?,
            tls: TlsSettings { ca_file, ..TlsSettings::default() },
            login,
            impersonate: Impersonate::default(),
        })
    }

    /// The cluster and the user that files and flags name, checked.
    fn choose(&self, files: &Kubeconfig) -> Result<Chosen, ConfigError> {
        let context = self.context(files)?;
        let current = &files.current_context;
        let mut problems = Vec::new();
        if context.is_none() && !current.is_empty() {
            problems.push(format!("context was not found for specified context: {current}"));
        }
        let context = context.unwrap_or_default();
        let user = self.user(files.users.get(&context.user).cloned().unwrap_or_default());
        check::user(&context.user, &user, &mut problems);
        let cluster = self.cluster(files.clusters.get(&context.cluster).cloned().unwrap_or_default());
        check::cluster(&context.cluster, &cluster, &mut problems);
        if !problems.is_empty() {
            let cause = check::aggregate(&problems);
            return Err(ConfigError::Other(format!("invalid configuration: {cause}")));
        }
        Ok(Chosen { cluster, user })
    }

    fn cluster(&self, mut cluster: Cluster) -> Cluster {
        if !self.api_server.is_empty() {
            cluster.server = self.api_server.clone();
        }
        if cluster.server.is_empty() {
            cluster.server = self.default_server().to_owned();
        }
        if self.insecure || !self.ca_file.is_empty() {
            cluster.insecure = self.insecure;
            cluster.ca_file = self.ca_file.clone();
            cluster.ca_data.clear();
        }
        // Another server has another name.
        if !self.tls_server_name.is_empty() || !self.api_server.is_empty() {
            cluster.tls_server_name = self.tls_server_name.clone();
        }
        cluster
    }

    fn user(&self, mut user: User) -> User {
        if !self.token.is_empty() {
            user.token = self.token.clone();
        }
        if !self.as_user.is_empty() {
            user.impersonate.user = self.as_user.clone();
        }
        if !self.as_groups.is_empty() {
            user.impersonate.groups = self.as_groups.clone();
        }
        user
    }

    /// The context that is named; only a name that the user typed must exist.
    fn context(&self, files: &Kubeconfig) -> Result<Option<Context>, ConfigError> {
        if self.context.is_empty() {
            return Ok(files.contexts.get(&files.current_context).cloned());
        }
        let found = files.contexts.get(&self.context).cloned();
        found.map(Some).ok_or_else(|| ConfigError::NoContext(self.context.clone()))
    }

    fn load(&self) -> Result<Kubeconfig, ConfigError> {
        match &self.kubeconfig {
            Some(path) => Kubeconfig::explicit(path),
            None => Kubeconfig::first(&self.kubeconfig_files),
        }
    }
}

impl TlsSettings {
    /// Whether there is a certificate with a key.
    pub(super) fn has_certificate(&self) -> bool {
        let has = |file: &str, data: &[u8]| !file.is_empty() || !data.is_empty();
        has(&self.cert_file, &self.cert_data) && has(&self.key_file, &self.key_data)
    }

    /// Whether certificate and key are both files, which are read when the server asks for them.
    pub(super) fn certificate_is_in_files(&self) -> bool {
        !self.cert_file.is_empty()
            && !self.key_file.is_empty()
            && self.cert_data.is_empty()
            && self.key_data.is_empty()
    }
}

/// What is said only to a server that encrypts.
fn secrets(cluster: &Cluster, user: &User) -> Result<(TlsSettings, Login), ConfigError> {
    let mut tls = TlsSettings {
        insecure: cluster.insecure,
        server_name: cluster.tls_server_name.clone(),
        ca_file: cluster.ca_file.clone(),
        ca_data: cluster.ca_data.clone(),
        ..TlsSettings::default()
    };
    if !user.cert_file.is_empty() || !user.cert_data.is_empty() {
        (tls.cert_file, tls.cert_data) = (user.cert_file.clone(), user.cert_data.clone());
        (tls.key_file, tls.key_data) = (user.key_file.clone(), user.key_data.clone());
    }
    let mut token = user.token.clone();
    if token.is_empty() && !user.token_file.is_empty() {
        let path = Path::new(&user.token_file);
        let bytes = read_file(path, MAX_CREDENTIAL_BYTES);
        let bytes = bytes.map_err(|error| ConfigError::Other(go_io(path, &error)))?;
        token = String::from_utf8_lossy(&bytes).into_owned();
    }
    let plugin = |exec: &Exec| {
        let config = cluster.extensions.get(EXEC_EXTENSION).cloned().unwrap_or_default();
        (exec.clone(), PluginCluster { cluster: cluster.clone(), config })
    };
    let login = Login {
        token,
        token_file: user.token_file.clone(),
        username: user.username.clone(),
        password: user.password.clone(),
        auth_provider: user.auth_provider.clone(),
        exec: user.exec.as_ref().map(plugin),
    };
    Ok((tls, login))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "current-context: one\nclusters:\n- {name: c, cluster: {server: 'https://one:6443', insecure-skip-tls-verify: true}}\ncontexts:\n- {name: one, context: {cluster: c, user: u, namespace: sea}}\nusers:\n- {name: u, user: {token: secret}}\n";
    const SECOND: &str = "current-context: two\nclusters:\n- {name: d, cluster: {server: 'https://two:6443'}}\ncontexts:\n- {name: two, context: {cluster: d, user: u}}\n- {name: lost, context: {cluster: gone}}\n";

    fn settings() -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = ["a", "missing", "b"].iter().map(|name| folder.path().join(name)).collect();
        std::fs::write(&paths[0], FIRST).unwrap();
        std::fs::write(&paths[2], SECOND).unwrap();
        (folder, Settings { kubeconfig_files: paths, ..Settings::default() })
    }

    #[test]
    fn the_first_file_to_name_a_thing_wins_and_missing_files_are_passed_over() {
        let (_folder, mut settings) = settings();
        let config = settings.resolve().unwrap();
        assert_eq!(config.server.origin(), "https://one:6443");
        assert!(config.tls.insecure);
        assert_eq!(settings.namespace(), "sea");
        settings.context = "two".into();
        assert_eq!(settings.resolve().unwrap().server.origin(), "https://two:6443");
        assert_eq!(settings.namespace(), "default");
    }

    #[test]
    fn flags_win_over_files() {
        let (_folder, mut settings) = settings();
        settings.api_server = "host:1".into();
        settings.as_user = "me".into();
        settings.namespace = "given".into();
        let config = settings.resolve().unwrap();
        assert_eq!(config.server.origin(), "http://host:1");
        assert_eq!(config.impersonate.user, "me");
        assert_eq!(settings.namespace(), "given");
    }

    #[test]
    fn what_is_named_must_exist() {
        let (_folder, mut settings) = settings();
        settings.context = "zip".into();
        assert_eq!(settings.resolve().unwrap_err().to_string(), "context \"zip\" does not exist");
        settings.context = "lost".into();
        assert_eq!(settings.resolve().unwrap().server.origin(), "http://localhost:8080", "as client-go does");
        settings.kubeconfig = Some("/nowhere/config".into());
        let missing = settings.resolve().unwrap_err().to_string();
        assert_eq!(missing, "stat /nowhere/config: no such file or directory");
    }

    #[test]
    fn without_any_file_the_server_is_on_localhost() {
        let config = Settings::default().resolve().unwrap();
        assert_eq!(config.server.origin(), "http://localhost:8080");
    }
}
