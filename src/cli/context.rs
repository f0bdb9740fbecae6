//! What a command may touch of the world: environment, clock, streams, folder. Tests hand in doubles.

use crate::{
    actions::deploy::Expected,
    client::{Cancel, Warnings},
    clock::Clock,
    env::{Env, Settings},
    log::{Level, Log, Record},
    output,
    storage::{Database, Loaded},
};
use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    rc::Rc,
};

/// The world as a command sees it. Everything in it can be a double.
pub struct Host<'a> {
    /// Environment variables.
    pub env: &'a dyn Env,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Standard output.
    pub stdout: &'a mut dyn Write,
    /// Standard error.
    pub stderr: &'a mut dyn Write,
    /// Which streams a terminal reads.
    pub terminal: Terminal,
    /// The folder that relative paths start from; empty for the process's own.
    pub folder: PathBuf,
}

/// Which streams a terminal reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// What a command gets: the world, the settings, the program's name.
pub struct Ctx<'a> {
    /// Environment variables.
    pub env: &'a dyn Env,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// The global settings: environment and global flags.
    pub settings: Settings,
    /// How the program was called.
    pub program: Program,
    /// Which streams a terminal reads.
    pub terminal: Terminal,
    /// What API servers warn of, until the command ends.
    pub(super) server_warnings: Warnings,
    /// Where releases are recorded, if that is a database.
    pub(super) database: Option<Rc<Database>>,
    /// Releases that take the place of a cluster's.
    pub(super) loaded: Option<Rc<Loaded>>,
    /// Where a signal wishes the command's end.
    pub(super) cancel: Cancel,
    /// What the operation must come to that a plan leads to.
    pub(super) expected: Option<Expected>,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    folder: PathBuf,
    verbose: bool,
    /// Whether a machine reads what the command prints.
    pub(super) quiet: bool,
}

/// How the program was called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The word it was called by (`argv[0]`).
    pub word: String,
    /// The name that usage lines and messages carry: `helm` where it was called so, else `skiff`.
    pub name: &'static str,
}

impl Program {
    /// From `argv[0]`.
    pub fn called(word: &str) -> Self {
        let file = word.rsplit(['/', '\\']).next().unwrap_or(word);
        let name = if file.trim_end_matches(".exe") == "helm" { "helm" } else { "skiff" };
        Self { word: word.to_owned(), name }
    }
}

impl<'a> Ctx<'a> {
    /// A context with the settings that the environment alone gives.
    pub fn new(host: Host<'a>, program: Program) -> Self {
        Self {
            settings: Settings::from_env(host.env),
            env: host.env,
            clock: host.clock,
            stdin: host.stdin,
            stdout: host.stdout,
            stderr: host.stderr,
            terminal: host.terminal,
            folder: host.folder,
            program,
            server_warnings: Warnings::default(),
            database: None,
            loaded: None,
            cancel: Cancel::default(),
            expected: None,
            verbose: false,
            quiet: false,
        }
    }

    /// Standard output. Write to it only through `output`.
    pub fn out(&mut self) -> &mut dyn Write {
        self.stdout
    }

    /// Standard error; what standard output holds back is written first, so that both keep their order.
    pub fn err(&mut self) -> &mut dyn Write {
        // A reader that went away shows itself at the next write to standard output, which is reported.
        let _ = self.stdout.flush();
        self.stderr
    }

    /// Writes a text to standard output.
    ///
    /// # Errors
    /// The stream's.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        self.stdout.write_all(text.as_bytes())
    }

    /// Writes out what is held back.
    ///
    /// # Errors
    /// The stream's.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()?;
        self.stderr.flush()
    }

    /// The path to open for a path that the user typed. Messages name what was typed.
    pub fn path(&self, typed: impl AsRef<Path>) -> PathBuf {
        if self.folder.as_os_str().is_empty() {
            typed.as_ref().to_path_buf()
        } else {
            self.folder.join(typed)
        }
    }

    /// Prints what API servers warned of, as client-go's logger does.
    pub(super) fn tell_server_warnings(&mut self) {
        for warning in self.server_warnings.take() {
            let line = output::log::klog_warning(&warning.at, std::process::id(), &warning.text);
            // A log that nobody can read any more is no reason to fail.
            let _ = self.err().write_all(line.as_bytes());
        }
    }

    /// Whether debug records are shown.
    pub(super) fn set_verbose(&mut self, verbose: bool) {
        self.verbose = verbose;
    }
}

impl Log for Ctx<'_> {
    fn record(&mut self, record: Record) {
        if record.level > Level::Debug || self.verbose {
            let line = output::log::line(&record);
            // A log that nobody can read any more is no reason to fail.
            let _ = self.err().write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_follows_the_file_that_was_called() {
        for (word, name) in
            [("/usr/bin/helm", "helm"), ("helm.exe", "helm"), ("skiff", "skiff"), ("helm3", "skiff")]
        {
            assert_eq!(Program::called(word).name, name, "{word}");
        }
    }
}
