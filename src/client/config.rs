//! Which API server, and as whom: kubeconfig files, Helm's `--kube-*` flags, in-cluster.

use super::error::ConfigError;
use kube::config::{AuthInfo, Cluster, Context, KubeConfigOptions, Kubeconfig};
use std::path::{Path, PathBuf};

/// Where client-go goes when nothing names a server.
const DEFAULT_SERVER: &str = "http://localhost:8080";
const SERVICE_ACCOUNT_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const SERVICE_ACCOUNT_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/// A kubeconfig is small; this is what is read of a file that claims to be one.
const MAX_KUBECONFIG_BYTES: u64 = 64 << 20;

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
    /// Whether `KUBERNETES_SERVICE_HOST` and `_PORT` are set.
    pub in_cluster_environment: bool,
    /// `User-Agent`.
    pub user_agent: String,
}

impl Settings {
    /// The namespace commands work in: the flag's, else the context's, else the service account's, else `default`.
    pub fn namespace(&self) -> String {
        if !self.namespace.is_empty() {
            return self.namespace.clone();
        }
        let Ok(files) = self.load() else { return "default".into() };
        let context = self.find_context(&files).ok().flatten();
        if let Some(namespace) = context.and_then(|c| c.namespace).filter(|n| !n.is_empty()) {
            return namespace;
        }
        if self.in_cluster() && files.clusters.is_empty() {
            let text = std::fs::read_to_string(SERVICE_ACCOUNT_NAMESPACE).unwrap_or_default();
            if !text.trim().is_empty() {
                return text.trim().to_owned();
            }
        }
        "default".into()
    }

    /// The configuration kube's client is built from.
    ///
    /// # Errors
    /// When files are broken or name contexts and clusters that are not there.
    pub fn resolve(&self) -> Result<kube::Config, ConfigError> {
        let files = self.load()?;
        let context = self.find_context(&files)?;
        let mut cluster = match &context {
            Some(context) if !context.cluster.is_empty() => find_cluster(&files, &context.cluster)?,
            _ => Cluster::default(),
        };
        let mut user =
            context.as_ref().and_then(|c| find_user(&files, c.user.as_deref()?)).unwrap_or_default();
        let named_server = cluster.server.is_some() || !self.api_server.is_empty();
        if !named_server && self.in_cluster() {
            return self.in_cluster_config();
        }
        self.override_cluster(&mut cluster);
        self.override_user(&mut user);
        let names = (String::from("cluster"), String::from("user"), String::from("context"));
        let context = Context {
            cluster: names.0.clone(),
            user: Some(names.1.clone()),
            namespace: context.and_then(|context| context.namespace),
            ..Context::default()
        };
        let one = assemble(names, cluster, user, context);
        let options = KubeConfigOptions::default();
        check_files(&one)?;
        // Reading a struct is async in kube only because of old file readers: it never waits.
        poll_ready(kube::Config::from_custom_kubeconfig(one, &options))
            .ok_or_else(|| ConfigError::Other("the kubeconfig could not be read at once".into()))?
            .map_err(|error| ConfigError::Other(error.to_string()))
    }

    fn in_cluster(&self) -> bool {
        self.in_cluster_environment && Path::new(SERVICE_ACCOUNT_TOKEN).is_file()
    }

    fn in_cluster_config(&self) -> Result<kube::Config, ConfigError> {
        let mut config =
            kube::Config::incluster_env().map_err(|error| ConfigError::Other(error.to_string()))?;
        self.override_user(&mut config.auth_info);
        Ok(config)
    }

    fn override_cluster(&self, cluster: &mut Cluster) {
        if !self.api_server.is_empty() {
            cluster.server = Some(with_scheme(&self.api_server));
        }
        if !self.ca_file.is_empty() {
            cluster.certificate_authority = Some(self.ca_file.clone());
            cluster.certificate_authority_data = None;
        }
        if self.insecure {
            cluster.insecure_skip_tls_verify = Some(true);
            cluster.certificate_authority = None;
            cluster.certificate_authority_data = None;
        }
        if !self.tls_server_name.is_empty() {
            cluster.tls_server_name = Some(self.tls_server_name.clone());
        }
        cluster.server.get_or_insert_with(|| DEFAULT_SERVER.into());
    }

    fn override_user(&self, user: &mut AuthInfo) {
        if !self.token.is_empty() {
            // A token on the command line replaces every other way to say who one is.
            *user = AuthInfo { token: Some(self.token.clone().into()), ..AuthInfo::default() };
        }
        if !self.as_user.is_empty() {
            user.impersonate = Some(self.as_user.clone());
        }
        if !self.as_groups.is_empty() {
            user.impersonate_groups = Some(self.as_groups.clone());
        }
    }

    fn find_context(&self, files: &Kubeconfig) -> Result<Option<Context>, ConfigError> {
        let current = files.current_context.clone().unwrap_or_default();
        let name = if self.context.is_empty() { current } else { self.context.clone() };
        if name.is_empty() {
            return Ok(None);
        }
        let found = files.contexts.iter().find(|named| named.name == name);
        match found {
            Some(named) => Ok(Some(named.context.clone().unwrap_or_default())),
            None => Err(ConfigError::NoContext(name)),
        }
    }

    /// Merges the files that exist; the first to name a thing wins.
    fn load(&self) -> Result<Kubeconfig, ConfigError> {
        if let Some(path) = &self.kubeconfig {
            if !path.exists() {
                return Err(ConfigError::Missing(path.display().to_string()));
            }
            return read(path);
        }
        let mut merged = Kubeconfig::default();
        for path in self.kubeconfig_files.iter().filter(|path| path.exists()) {
            let cause = |error: kube::config::KubeconfigError| ConfigError::Other(error.to_string());
            merged = merged.merge(read(path)?).map_err(cause)?;
        }
        Ok(merged)
    }
}

fn read(path: &Path) -> Result<Kubeconfig, ConfigError> {
    let failed = |cause: String| ConfigError::File { path: path.display().to_string(), cause };
    let size = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_KUBECONFIG_BYTES {
        return Err(failed(format!("larger than {MAX_KUBECONFIG_BYTES} bytes")));
    }
    let mut config = Kubeconfig::read_from(path).map_err(|error| failed(error.to_string()))?;
    if config.current_context.as_deref() == Some("") {
        config.current_context = None;
    }
    Ok(config)
}

fn find_cluster(files: &Kubeconfig, name: &str) -> Result<Cluster, ConfigError> {
    let found = files.clusters.iter().find(|named| named.name == name);
    found.and_then(|named| named.cluster.clone()).ok_or_else(|| ConfigError::NoCluster(name.into()))
}

fn find_user(files: &Kubeconfig, name: &str) -> Option<AuthInfo> {
    files.auth_infos.iter().find(|named| named.name == name)?.auth_info.clone()
}

fn assemble(
    names: (String, String, String),
    cluster: Cluster,
    user: AuthInfo,
    context: Context,
) -> Kubeconfig {
    use kube::config::{NamedAuthInfo, NamedCluster, NamedContext};
    let mut config = Kubeconfig { current_context: Some(names.2.clone()), ..Kubeconfig::default() };
    let mut named_cluster = NamedCluster { name: names.0, ..NamedCluster::default() };
    named_cluster.cluster = Some(cluster);
    let mut named_user = NamedAuthInfo { name: names.1, ..NamedAuthInfo::default() };
    named_user.auth_info = Some(user);
    let mut named_context = NamedContext { name: names.2, ..NamedContext::default() };
    named_context.context = Some(context);
    config.clusters.push(named_cluster);
    config.auth_infos.push(named_user);
    config.contexts.push(named_context);
    config
}

/// Files that are named must be readable; the words are clientcmd's.
fn check_files(config: &Kubeconfig) -> Result<(), ConfigError> {
    let cluster = config.clusters.first().and_then(|named| named.cluster.as_ref());
    let user = config.auth_infos.first().and_then(|named| named.auth_info.as_ref());
    let named = [
        ("certificate-authority", cluster.and_then(|cluster| cluster.certificate_authority.as_ref())),
        ("client-cert", user.and_then(|user| user.client_certificate.as_ref())),
        ("client-key", user.and_then(|user| user.client_key.as_ref())),
    ];
    for (what, path) in named {
        let Some(path) = path.filter(|path| !path.is_empty()) else { continue };
        if let Err(error) = std::fs::File::open(path) {
            let why = if error.kind() == std::io::ErrorKind::NotFound {
                "no such file or directory".to_owned()
            } else {
                error.to_string().to_lowercase()
            };
            return Err(ConfigError::Other(format!(
                "invalid configuration: unable to read {what} {path} due to open {path}: {why}"
            )));
        }
    }
    Ok(())
}

/// client-go takes a bare `host:port` as http.
fn with_scheme(server: &str) -> String {
    if server.contains("://") { server.to_owned() } else { format!("http://{server}") }
}

fn poll_ready<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
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
        assert_eq!(config.cluster_url.to_string(), "https://one:6443/");
        assert!(config.accept_invalid_certs);
        assert_eq!(settings.namespace(), "sea");
        settings.context = "two".into();
        assert_eq!(settings.resolve().unwrap().cluster_url.to_string(), "https://two:6443/");
        assert_eq!(settings.namespace(), "default");
    }

    #[test]
    fn flags_win_over_files() {
        let (_folder, mut settings) = settings();
        settings.api_server = "host:1".into();
        settings.as_user = "me".into();
        settings.namespace = "given".into();
        let config = settings.resolve().unwrap();
        assert_eq!(config.cluster_url.to_string(), "http://host:1/");
        assert_eq!(config.auth_info.impersonate.as_deref(), Some("me"));
        assert_eq!(settings.namespace(), "given");
    }

    #[test]
    fn what_is_named_must_exist() {
        let (_folder, mut settings) = settings();
        settings.context = "zip".into();
        assert_eq!(settings.resolve().unwrap_err().to_string(), "context \"zip\" does not exist");
        settings.context = "lost".into();
        assert_eq!(settings.resolve().unwrap_err().to_string(), "cluster \"gone\" does not exist");
        settings.kubeconfig = Some("/nowhere/config".into());
        let missing = settings.resolve().unwrap_err().to_string();
        assert_eq!(missing, "stat /nowhere/config: no such file or directory");
    }

    #[test]
    fn without_any_file_the_server_is_on_localhost() {
        let config = Settings::default().resolve().unwrap();
        assert_eq!(config.cluster_url.to_string(), "http://localhost:8080/");
    }
}
