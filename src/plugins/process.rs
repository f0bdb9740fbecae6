//! Starting programs: the only place where plugins run.

use super::{Error, command::Invocation};
use crate::{chart::io::reason, values::gotext::Quoted};
use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

/// How much a plugin may write to standard output.
pub const MAX_OUTPUT: u64 = 1 << 30;

/// A program that is found and can be started.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its path, or its name where it was not found.
    path: PathBuf,
    name: String,
    found: bool,
    args: Vec<String>,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// Go's word for how it ended, where that is a failure: `exit status 1`.
    pub failure: Option<Failure>,
}

/// A failure of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `exit status 1`, `signal: killed`.
    pub words: String,
    /// The exit code, -1 for a signal.
    pub code: i32,
}

impl Program {
    /// Finds a program: a name without a slash is looked for in the folders of `path`.
    pub fn find(invocation: Invocation, path: &str) -> Self {
        let Invocation { program: name, args } = invocation;
        if name.contains('/') {
            return Self { path: PathBuf::from(&name), name, found: true, args };
        }
        let candidate =
            std::env::split_paths(path).map(|folder| folder.join(&name)).find(|path| is_executable(path));
        let found = candidate.is_some();
        Self { path: candidate.unwrap_or_else(|| PathBuf::from(&name)), name, found, args }
    }

    /// Program and arguments in one line, as Go's `Cmd.String` has it.
    pub fn line(&self) -> String {
        let words = self.args.iter().map(String::as_str);
        [self.path.display().to_string().as_str()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
    }

    /// Runs it to its end in an environment that holds these variables and no other, with `input` on standard
    /// input; what it writes to standard error is lost, as in Helm.
    ///
    /// # Errors
    /// When it does not start, or writes more than `limit` bytes (see [`MAX_OUTPUT`]).
    pub fn run(
        &self,
        plugin: &str,
        variables: &[(OsString, OsString)],
        input: &[u8],
        limit: u64,
    ) -> Result<Ended, Error> {
        if self.name.is_empty() {
            return Err(Error::Start("exec: no command".to_owned()));
        }
        if !self.found {
            return Err(Error::Start(format!(
                "exec: {}: executable file not found in $PATH",
                Quoted(&self.name)
            )));
        }
        let start =
            |error: io::Error| Error::Start(format!("fork/exec {}: {}", self.path.display(), reason(&error)));
        let mut child = Command::new(&self.path)
            .args(&self.args)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(start)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let read = thread::scope(|scope| {
            scope.spawn(|| {
                // A program that does not read its input closes it.
                stdin.map(|mut stdin| stdin.write_all(input))
            });
            let mut out = Vec::new();
            let limited = stdout.map(|stdout| stdout.take(limit.saturating_add(1)).read_to_end(&mut out));
            if out.len() as u64 > limit {
                // It may wait for ever: for its output to be read, or for more input.
                let _ = child.kill();
            }
            limited.transpose().map(|_| out)
        });
        let out = read.map_err(start)?;
        if out.len() as u64 > limit {
            let _ = child.wait();
            return Err(Error::TooLarge { name: plugin.to_owned(), limit });
        }
        let status = child.wait().map_err(start)?;
        Ok(Ended { stdout: out, failure: (!status.success()).then(|| failure(status)) })
    }
}

fn failure(status: std::process::ExitStatus) -> Failure {
    match status.code() {
        Some(code) => Failure { words: format!("exit status {code}"), code },
        None => Failure { words: status.to_string(), code: -1 },
    }
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| !meta.is_dir() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
