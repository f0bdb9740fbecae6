//! A real control plane (tests/peers/cluster.sh), started once for each test binary.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// A running control plane. It stops when this process ends, however it ends: the script that keeps it
/// waits for the end of the pipe we hold.
pub struct Cluster {
    kubeconfig: PathBuf,
    _lifeline: ChildStdin,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NAMESPACES: AtomicUsize = AtomicUsize::new(0);

/// The binary's control plane, started by whoever asks first.
///
/// # Panics
/// When the peers are not built or the control plane does not come up.
pub fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(start)
}

#[expect(clippy::zombie_processes, reason = "the keeper outlives us by design: it waits for our end")]
fn start() -> Cluster {
    super::peers::bin("kube-apiserver");
    let state = tempfile::tempdir().expect("a temporary folder").keep();
    // Crates in folders of the project share this file.
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let script = folders
        .find_map(|folder| Some(folder.join("tests/peers/cluster.sh")).filter(|script| script.is_file()));
    let script = script.expect("tests/peers/cluster.sh is in the project");
    let mut keeper = Command::new(script)
        .args(["run".as_ref(), state.as_path()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash starts");
    let lifeline = keeper.stdin.take().expect("stdin is piped");
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("it prints");
    let kubeconfig = PathBuf::from(line.trim_end());
    assert!(kubeconfig.is_file(), "the control plane did not start (its complaint is above)");
    Cluster { kubeconfig, _lifeline: lifeline }
}

impl Cluster {
    /// The kubeconfig: context `peer` is the administrator, context `nobody` has no rights.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A file of the control plane's folder: `client.crt`, `client.key`, `certs/apiserver.crt`, ….
    ///
    /// # Panics
    /// When it is not there.
    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.kubeconfig.with_file_name(name);
        assert!(path.is_file(), "{} is missing", path.display());
        path
    }

    /// The API server's URL.
    ///
    /// # Panics
    /// When the kubeconfig does not say.
    pub fn server(&self) -> String {
        self.kubectl(&["config", "view", "--output", "jsonpath={.clusters[0].cluster.server}"])
    }

    /// The API server's port on 127.0.0.1.
    ///
    /// # Panics
    /// When the kubeconfig does not say.
    pub fn port(&self) -> u16 {
        let server = self.server();
        server.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the URL ends in a port")
    }

    /// A new namespace, so that tests do not meet.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub fn namespace(&self) -> String {
        let name = format!("t{}", NAMESPACES.fetch_add(1, Ordering::Relaxed));
        self.kubectl(&["create", "namespace", &name]);
        // The controllers put this into every namespace a moment later; tests must not meet that moment.
        let created = ["wait", "--for=create", "configmap/kube-root-ca.crt", "--timeout=60s"];
        self.kubectl(&[&["--namespace", &name], &created[..]].concat());
        name
    }

    /// What `kubectl ARGS` prints.
    ///
    /// # Panics
    /// When it fails.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let output = Command::new(super::peers::bin("kubectl"))
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(args)
            .output()
            .expect("kubectl starts");
        assert!(output.status.success(), "kubectl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints UTF-8")
    }
}
