//! A namespace of its own, and the three programs in it.

use crate::support::{
    cluster::{Cluster, cluster},
    env::{Output, TestEnv},
    peers,
};

/// The example chart.
pub(crate) fn web() -> String {
    format!("{}/charts-examples/web", env!("CARGO_MANIFEST_DIR"))
}

/// A namespace in the test's control plane.
pub(crate) struct Place {
    pub(crate) cluster: &'static Cluster,
    pub(crate) namespace: String,
    env: TestEnv,
}

impl Place {
    /// A new namespace.
    pub(crate) fn new() -> Self {
        let cluster = cluster();
        let env = TestEnv::new().var("KUBECONFIG", cluster.kubeconfig().display().to_string());
        Self { cluster, namespace: cluster.namespace(), env }
    }

    /// The same, with a chart written below `chart/`.
    pub(crate) fn with_chart(files: &[(&str, &str)]) -> Self {
        let mut place = Self::new();
        let chart_yaml = "apiVersion: v2\nname: small\nversion: 0.1.0\n";
        place.env = place.env.file("chart/Chart.yaml", chart_yaml);
        for (name, text) in files {
            place.env = place.env.file(&format!("chart/{name}"), text);
        }
        place
    }

    /// The same, with a post-renderer that runs a shell script.
    pub(crate) fn post_renderer(mut self, name: &str, script: &str) -> Self {
        self.env = self.env.post_renderer(name, script);
        self
    }

    /// The same with another environment.
    pub(crate) fn with(mut self, change: impl FnOnce(TestEnv) -> TestEnv) -> Self {
        self.env = change(self.env);
        self
    }

    /// The folder that commands run in.
    pub(crate) fn work(&self) -> std::path::PathBuf {
        self.env.work()
    }

    pub(crate) fn skiff(&self, args: &[&str]) -> Output {
        self.env.skiff(&self.here(args))
    }

    /// Runs Skiff under Helm's name: what it writes is Helm's alone.
    pub(crate) fn skiff_as_helm(&self, args: &[&str]) -> Output {
        self.env.skiff_as_helm(&self.here(args))
    }

    pub(crate) fn helm(&self, args: &[&str]) -> Output {
        self.env.helm(&self.here(args))
    }

    pub(crate) fn helm3(&self, args: &[&str]) -> Output {
        let program = peers::bin("helm3");
        self.env.run(&program, &self.here(args), &self.env.work())
    }

    /// By name: `skiff`, `helm` or `helm3`.
    pub(crate) fn by(&self, program: &str, args: &[&str]) -> Output {
        match program {
            "skiff" => self.skiff_as_helm(args),
            "helm" => self.helm(args),
            _ => self.helm3(args),
        }
    }

    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        self.cluster.kubectl(&self.here(args))
    }

    /// Runs a step by both programs and asserts the same streams and exit code.
    ///
    /// # Panics
    /// When they differ.
    pub(crate) fn same(&self, step: &[&str]) {
        let mask = |output: Output| Output { stdout: mask_times(&output.stdout), ..output };
        assert_eq!(mask(self.skiff_as_helm(step)), mask(self.helm(step)), "{step:?}");
    }

    /// The same, without naming the namespace.
    ///
    /// # Panics
    /// When they differ.
    pub(crate) fn same_anywhere(&self, step: &[&str]) {
        assert_eq!(self.skiff_anywhere(step), self.helm_anywhere(step), "{step:?}");
    }

    /// Skiff without a namespace.
    pub(crate) fn skiff_anywhere(&self, args: &[&str]) -> Output {
        self.env.skiff(args)
    }

    /// Helm without a namespace.
    pub(crate) fn helm_anywhere(&self, args: &[&str]) -> Output {
        self.env.helm(args)
    }

    /// Any program, with more variables.
    pub(crate) fn run_with(&self, program: &std::path::Path, args: &[&str], more: &[(&str, &str)]) -> Output {
        self.env.run_with(program, args, &self.env.work(), more)
    }

    /// The same, for steps that write files.
    pub(crate) fn same_with_files(&self, step: &[&str]) {
        self.env.same_as_helm(&self.here(step));
    }

    fn here<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [&["--namespace", &self.namespace], args].concat()
    }

    /// A text without what differs between two runs: times, this namespace's name.
    pub(crate) fn mask(&self, text: &str) -> String {
        let text = text.replace(&format!("{}\"", self.namespace), "NS\"");
        let text = text.replace(&format!("/{}/", self.namespace), "/NS/");
        let text = text.replace(&format!("namespace={} ", self.namespace), "namespace=NS ");
        let words = text.replace(&format!(" {}", self.namespace), " NS");
        mask_times(&words)
    }
}

/// Digits of years 20xx and of clocks become `#`.
pub(crate) fn mask_times(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let timed = line.contains("LAST DEPLOYED: ")
            || line.contains("_deployed")
            || line.contains("\"updated\"")
            || line.contains("deployedAt")
            || line.contains("DEPLOYED_AT")
            || line.contains(" 20")
            || line.contains("modtime");
        let mask = |c: char| if timed && c.is_ascii_digit() { '#' } else { c };
        // A fraction of a second has as many digits as it needs.
        let mut run = false;
        for c in line.chars().map(mask) {
            if c == '#' && run {
                continue;
            }
            run = c == '#';
            masked.push(c);
        }
    }
    masked
}
