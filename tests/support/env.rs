//! A hermetic place to run Skiff in, and beside it the real helm.

use super::peers;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A temporary home with its own Helm folders. Processes started from it see these variables, a plain `PATH` and
/// nothing else.
pub struct TestEnv {
    dir: tempfile::TempDir,
    variables: Vec<(String, String)>,
    stdin: Vec<u8>,
}

/// What a process printed, and how it ended.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code; -1 for a signal.
    pub code: i32,
}

impl Output {
    /// Standard output of a run that succeeded.
    ///
    /// # Panics
    /// When it failed.
    pub fn success(self) -> String {
        assert_eq!(self.code, 0, "it failed: {self:#?}");
        self.stdout
    }

    /// Standard error of a run that failed.
    ///
    /// # Panics
    /// When it succeeded.
    pub fn failure(self) -> String {
        assert_ne!(self.code, 0, "it succeeded: {self:#?}");
        self.stderr
    }

    fn masked(&self, mask: &dyn Fn(&str) -> String) -> Self {
        Self { stdout: mask(&self.stdout), stderr: mask(&self.stderr), code: self.code }
    }
}

impl Default for TestEnv {
    fn default() -> Self {
        Self::new()
    }
}

impl TestEnv {
    /// A new, empty place.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let env = Self { dir, variables: Vec::new(), stdin: Vec::new() };
        for folder in ["home", "work", "bin"] {
            fs::create_dir(env.root().join(folder)).expect("a folder");
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_skiff"), env.root().join("bin/helm")).expect("a link");
        let root = env.root().display().to_string();
        env.var("HOME", format!("{root}/home"))
            .var("HELM_CACHE_HOME", format!("{root}/cache"))
            .var("HELM_CONFIG_HOME", format!("{root}/config"))
            .var("HELM_DATA_HOME", format!("{root}/data"))
            .var("PATH", "/usr/bin:/bin")
            .var("TZ", "UTC")
    }

    /// The temporary folder itself.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The folder that commands run in.
    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// Sets a variable.
    #[must_use]
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.into()));
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Sets what processes read from standard input.
    #[must_use]
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Writes a file below [`TestEnv::work`], with its folders.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.work().join(path);
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("folders");
        fs::write(path, content).expect("a file");
        self
    }

    /// Copies what a folder holds into [`TestEnv::work`].
    ///
    /// # Panics
    /// When it cannot be copied.
    #[must_use]
    pub fn folder(self, from: &Path) -> Self {
        copy_folder(from, &self.work());
        self
    }

    /// Runs Skiff under its own name.
    pub fn skiff(&self, args: &[&str]) -> Output {
        self.run(Path::new(env!("CARGO_BIN_EXE_skiff")), args, &self.work())
    }

    /// Runs Skiff under the name of helm.
    pub fn skiff_as_helm(&self, args: &[&str]) -> Output {
        self.run(&self.root().join("bin/helm"), args, &self.work())
    }

    /// Runs the real helm.
    pub fn helm(&self, args: &[&str]) -> Output {
        self.run(&peers::bin("helm"), args, &self.work())
    }

    /// Runs any program.
    ///
    /// # Panics
    /// When it does not start.
    pub fn run(&self, program: &Path, args: &[&str], folder: &Path) -> Output {
        self.run_with(program, args, folder, &[])
    }

    /// The same with more variables.
    ///
    /// # Panics
    /// When it does not start.
    pub fn run_with(&self, program: &Path, args: &[&str], folder: &Path, more: &[(&str, &str)]) -> Output {
        let mut child = Command::new(program)
            .args(args)
            .current_dir(folder)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(more.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let text = self.stdin.clone();
        let writer = std::thread::spawn(move || {
            // A program that does not read its input closes it.
            let _ = stdin.write_all(&text);
        });
        let output = child.wait_with_output().expect("it ends");
        writer.join().expect("the writer ends");
        Output {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Runs Skiff (as helm) and the real helm, one after the other, each in its own copy of the work folder, and
    /// asserts the same standard output, standard error, exit code and files.
    ///
    /// # Panics
    /// When they differ.
    pub fn same_as_helm(&self, args: &[&str]) {
        self.same_as_helm_but(args, &|text| text.to_owned());
    }

    /// Like [`TestEnv::same_as_helm`], with a mask for what may differ (times, random names).
    ///
    /// # Panics
    /// When they differ.
    pub fn same_as_helm_but(&self, args: &[&str], mask: &dyn Fn(&str) -> String) {
        if let Some(difference) = self.difference_from_helm(args, mask) {
            panic!("{difference}");
        }
    }

    /// What [`TestEnv::same_as_helm_but`] panics with, or `None` when nothing differs.
    pub fn difference_from_helm(&self, args: &[&str], mask: &dyn Fn(&str) -> String) -> Option<String> {
        let (wanted, wanted_files) = self.in_copy(&peers::bin("helm"), args);
        let (got, got_files) = self.in_copy(&self.root().join("bin/helm"), args);
        let (wanted, got) = (wanted.masked(mask), got.masked(mask));
        if wanted != got {
            return Some(format!("helm {args:?}\n{}", differences(&wanted, &got)));
        }
        let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        let (wanted_names, got_names) = (names(&wanted_files), names(&got_files));
        if wanted_names != got_names {
            return Some(format!("helm {args:?} leaves {wanted_names:?}, not {got_names:?}\n"));
        }
        wanted_files.iter().zip(&got_files).find_map(|((name, wanted), (_, got))| {
            // Archives are no text, and compressors differ: only that they are there is compared.
            let (wanted, got) = (String::from_utf8_lossy(wanted), String::from_utf8_lossy(got));
            let differs = !name.ends_with(".tgz") && mask(&wanted) != mask(&got);
            differs.then(|| format!("helm {args:?} writes another {name}:\n{wanted}--- not ---\n{got}"))
        })
    }

    /// Runs in a fresh copy of the work folder, always under the same path, and gives the files it leaves.
    fn in_copy(&self, program: &Path, args: &[&str]) -> (Output, Vec<(String, Vec<u8>)>) {
        let copy = self.root().join("copy");
        if copy.exists() {
            fs::remove_dir_all(&copy).expect("the old copy goes");
        }
        copy_folder(&self.work(), &copy);
        let output = self.run(program, args, &copy);
        let mut files = Vec::new();
        gather(&copy, &copy, &mut files);
        files.sort();
        (output, files)
    }
}

fn differences(wanted: &Output, got: &Output) -> String {
    let mut text = format!("exit code: helm {}, skiff {}\n", wanted.code, got.code);
    for (stream, wanted, got) in
        [("stdout", &wanted.stdout, &got.stdout), ("stderr", &wanted.stderr, &got.stderr)]
    {
        if wanted != got {
            let diff = skiff_compact::unified(wanted, got, 3);
            text.push_str(&format!("--- helm {stream}\n+++ skiff\n{diff}\n"));
        }
    }
    text
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, to) = (entry.file_type().expect("its type"), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &to);
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path()).expect("a link"), to).expect("a link");
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

fn gather(base: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.is_symlink() {
            gather(base, &path, files);
        } else {
            let name = path.strip_prefix(base).expect("it is below").display().to_string();
            files.push((name, fs::read(&path).unwrap_or_default()));
        }
    }
}
