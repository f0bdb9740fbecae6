//! A sandbox for one test, which ends with it.

use crate::support::{
    env::{Output, TestEnv},
    peers,
};
use std::path::Path;

/// A sandbox and an environment that leads to it.
pub struct Place(TestEnv);

impl Place {
    /// A new, ephemeral sandbox; more words go to its start.
    pub fn new(more: &[&str]) -> Self {
        let env = TestEnv::new();
        let data = env.root().join("xdg").display().to_string();
        let env = env.var("XDG_DATA_HOME", data);
        let words: Vec<&str> = ["sandbox", "start", "--ephemeral"].iter().chain(more).copied().collect();
        env.skiff(&words).success();
        let kubeconfig = env.skiff(&["sandbox", "kubeconfig"]).success().trim().to_owned();
        Self(env.var("KUBECONFIG", kubeconfig))
    }

    /// Writes a file below the folder that commands run in.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.0.work().join(path);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }

    /// The same with a chart below `chart/`.
    pub fn chart(self, files: &[(&str, &str)]) -> Self {
        self.write("chart/Chart.yaml", "apiVersion: v2\nname: small\nversion: 0.1.0\n");
        for (name, text) in files {
            self.write(&format!("chart/{name}"), text);
        }
        self
    }

    /// The environment.
    pub fn env(&self) -> &TestEnv {
        &self.0
    }

    /// The sandbox's folder.
    pub fn file(&self, name: &str) -> String {
        let path = self.0.root().join("xdg/skiff/sandbox/default").join(name);
        std::fs::read_to_string(&path).expect("a file of the sandbox").trim().to_owned()
    }

    /// Runs helm 4.
    pub fn helm(&self, words: &[&str]) -> Output {
        self.0.helm(words)
    }

    /// Runs kubectl.
    pub fn try_kubectl(&self, words: &[&str]) -> Output {
        self.0.run(&peers::bin("kubectl"), words, &self.0.work())
    }

    /// Runs kubectl, which must succeed; its output, trimmed.
    pub fn kubectl(&self, words: &[&str]) -> String {
        self.try_kubectl(words).success().trim().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.0.skiff(&["sandbox", "stop"]);
    }
}

/// An example chart of the repository.
pub fn chart(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts-examples").join(name).display().to_string()
}
