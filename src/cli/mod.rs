//! Commands: words → typed arguments → resolved options → outcome → output, and nothing else.
//!
//! # How a command is made
//!
//! 1. **Its row** stands in [`table`] (`table/{chart,client,release}.rs`): usage, texts, aliases, operands,
//!    flags, exclusive groups, and the function that runs it. Help, parsing, completion and `docs/cli` all
//!    come from the row; a test holds it equal to the real helm's `--help`.
//! 2. **Its file** is `commands/NAME.rs`, with `pub fn run(ctx: &mut Ctx<'_>, matches: &Matches) ->
//!    Result<(), CliError>`. [`commands::version`] and [`commands::env`] are the models:
//!    - `struct XArgs` + `impl From<&Matches> for XArgs`: what was typed, by name from [`Matches`]. Groups of
//!      flags that several commands share are read in [`args`].
//!    - the arguments are resolved (files read through [`Ctx::path`], defaults from [`Ctx::settings`]) into the
//!      plain options of `crate::actions`;
//!    - `actions::x(…)` does the work and returns an outcome; it never prints;
//!    - `crate::output` words the outcome; [`Ctx::print`] writes it **in one piece** to standard output.
//! 3. **Failures** are [`CliError`]s. `?` converts any error: its chain joined with `": "` is Helm's line, which
//!    the edge prints as `Error: …` with exit code 1. [`CliError::hint`] adds one line of help; it is printed
//!    **only where a terminal reads standard error**, so that scripts and tests see Helm's bytes.
//! 4. **Log lines** (`level=WARN msg="…"`) go through `crate::log::Log`, which [`Ctx`] implements: `ctx.warn(…)`,
//!    `ctx.debug(…)` (shown with `--debug` only). An action that must log takes `&mut dyn Log`.
//! 5. **The world** is [`Ctx`] alone: `env`, `clock`, `stdin`, [`Ctx::out`], [`Ctx::err`], [`Ctx::path`]. No
//!    `std::env`, `println!` or clock in a command: then it runs in a test, in memory ([`run`] with a
//!    [`Host`]).
//!    [`Ctx::cluster_settings`] is what the Kubernetes client takes, [`Ctx::namespace`] the effective namespace.
//! 6. **The name** in messages is [`Program::name`] (`helm` where the program was called so, else `skiff`). Texts
//!    of the table write `{name}` for it. Messages in which Helm spells `helm` always stay as they are.
//!
//! Invariant: words are read as Go's pflag and cobra read them, bytes of errors included; see
//! `docs/decisions/0002-command-lines.md` for why the parser is our own.

pub mod args;
mod cluster;
pub mod commands;
mod complete;
mod context;
mod dispatch;
mod error;
mod fill;
mod help;
mod parse;
mod progress;
mod signals;
mod suggest;
pub mod table;

pub use context::{Ctx, Host, Program, Terminal};
pub use error::{CliError, Report};
pub use parse::Matches;

use crate::log::{Level, Record};

/// Runs a whole command line, the program's name first, and returns the exit code.
///
/// ```
/// use skiff::{cli::{Host, Terminal, run}, clock::FixedClock, env::MapEnv};
/// let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
/// let host = Host {
///     env: &MapEnv::default(),
///     clock: &FixedClock("2026-01-02T03:04:05Z".parse().unwrap()),
///     stdin: &mut std::io::empty(),
///     stdout: &mut stdout,
///     stderr: &mut stderr,
///     terminal: Terminal::default(),
///     folder: "/".into(),
/// };
/// let words = ["helm", "version", "--short"].map(String::from);
/// assert_eq!(run(&words, host), 0);
/// assert_eq!(stdout, b"v4.3.1\n");
/// ```
pub fn run(words: &[String], host: Host<'_>) -> u8 {
    let (word, rest) = words.split_first().map_or(("skiff", words), |(word, rest)| (word.as_str(), rest));
    let mut ctx = Ctx::new(host, Program::called(word));
    let result = dispatch::run(&mut ctx, rest).and_then(|()| Ok(ctx.flush()?));
    match result {
        Ok(()) => 0,
        Err(error) => {
            // Nobody is left to tell where standard error fails too.
            let _ = report(&mut ctx, &error);
            error.code
        }
    }
}

fn report(ctx: &mut Ctx<'_>, error: &CliError) -> std::io::Result<()> {
    let mut text = match error.report {
        Report::Silent => return Ok(()),
        Report::Line => format!("Error: {}\n", error.message),
        Report::LineAndUsage => {
            format!("Error: {}\nRun '{} --help' for usage.\n", error.message, ctx.program.name)
        }
        Report::Fatal => crate::output::log::line(&Record::new(Level::Info, &error.message)),
        Report::Log => crate::output::log::line(
            &Record::new(Level::Warn, "command failed").with("error", &error.message),
        ),
    };
    if let Some(hint) = error.hint.as_ref().filter(|_| ctx.terminal.stderr) {
        text.push_str(&format!("Hint: {hint}\n"));
    }
    ctx.err().write_all(text.as_bytes())?;
    ctx.flush()
}

/// Runs the process's own command line and returns the exit code: all that `main` does.
pub fn main() -> std::process::ExitCode {
    use crate::{clock::SystemClock, env::ProcessEnv};
    use std::io::{BufWriter, IsTerminal, stderr, stdin, stdout};
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let terminal = Terminal { stdout: stdout().is_terminal(), stderr: stderr().is_terminal() };
    let mut out = BufWriter::with_capacity(OUTPUT_BUFFER, stdout().lock());
    let host = Host {
        env: &ProcessEnv,
        clock: &SystemClock,
        stdin: &mut stdin().lock(),
        stdout: &mut out,
        stderr: &mut stderr().lock(),
        terminal,
        folder: std::path::PathBuf::new(),
    };
    run(&words, host).into()
}

/// Standard output is written in pieces of this size.
const OUTPUT_BUFFER: usize = 64 * 1024;
