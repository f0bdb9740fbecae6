//! Small plugins for tests.

use super::env::TestEnv;
use std::fs;

/// A `plugin.yaml` of a post-renderer that runs this in a shell.
pub fn shell_post_renderer(name: &str, script: &str) -> String {
    let script = script.replace('\'', "''");
    format!(
        "apiVersion: v1\nname: {name}\nversion: 0.1.0\ntype: postrenderer/v1\nruntime: subprocess\n\
         runtimeConfig:\n  platformCommand:\n  - command: sh\n    args: ['-c', '{script}', '{name}']\n"
    )
}

impl TestEnv {
    /// Installs a plugin: its folder holds this `plugin.yaml`.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn plugin(self, name: &str, yaml: &str) -> Self {
        let folder = self.root().join("data/plugins").join(name);
        fs::create_dir_all(&folder).expect("folders");
        fs::write(folder.join("plugin.yaml"), yaml).expect("a file");
        self
    }

    /// Installs a post-renderer that runs a shell script.
    #[must_use]
    pub fn post_renderer(self, name: &str, script: &str) -> Self {
        let yaml = shell_post_renderer(name, script);
        self.plugin(name, &yaml)
    }
}
