//! The one table of commands and flags: parsing, help, completion and docs are all read from it.
//!
//! Everything here is `const`: nothing is built at start-up.

mod chart;
mod client;
mod flags;
mod global;
mod plan;
mod release;
mod sandbox;

pub use global::{GLOBAL, HELP};
pub(super) use release::{INSTALL, ROLLBACK, UNINSTALL, UPGRADE};

use super::{commands, context::Ctx, error::CliError, parse::Matches};
use crate::env::{Env, Settings};

/// A command: a row of the table.
#[derive(Debug)]
pub struct Command {
    /// Its name and operands, as usage lines show them: `template [NAME] [CHART]`.
    pub usage: &'static str,
    /// One line for the list of commands.
    pub short: &'static str,
    /// What it does, for its help page.
    pub long: &'static str,
    /// Realistic command lines: `{name}` stands for the program's name.
    pub examples: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Names that are no aliases but lead to a suggestion.
    pub suggest_for: &'static [&'static str],
    /// How many operands it takes.
    pub operands: Operands,
    /// Its own flags, in groups.
    pub flags: &'static [&'static [Flag]],
    /// Groups of flags of which at most one may be given.
    pub exclusive: &'static [&'static [&'static str]],
    /// Its subcommands, sorted by name.
    pub subcommands: &'static [&'static Self],
    /// What it does, or `None` for a command that only holds others.
    pub run: Option<Run>,
    /// Whether helm has no such command: called `helm`, the program does not show it.
    pub own: bool,
}

/// The function behind a command.
pub type Run = fn(&mut Ctx<'_>, &Matches) -> Result<(), CliError>;

impl Command {
    /// A command with nothing but a name: the base of the rows.
    pub const BASE: Self = Self {
        usage: "",
        short: "",
        long: "",
        examples: "",
        aliases: &[],
        suggest_for: &[],
        operands: Operands::Any,
        flags: &[],
        exclusive: &[],
        subcommands: &[],
        run: None,
        own: false,
    };

    /// The command's name: the first word of its usage.
    pub fn name(&self) -> &'static str {
        self.usage.split(' ').next().unwrap_or_default()
    }

    /// Whether the command answers to a word.
    pub fn answers_to(&self, word: &str) -> bool {
        self.name() == word || self.aliases.contains(&word)
    }

    /// Its own flags.
    pub fn own_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().flat_map(|group| group.iter())
    }
}

/// How many operands a command takes, checked before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// Any number; the command judges.
    Any,
    /// None.
    None,
    /// Exactly so many.
    Exactly(usize),
    /// At least so many.
    AtLeast(usize),
    /// At most so many.
    AtMost(usize),
}

/// A flag: a row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its name without dashes.
    pub name: &'static str,
    /// Its one-letter form.
    pub short: Option<char>,
    /// What it takes.
    pub kind: Kind,
    /// Its value where it is not given.
    pub default: Default,
    /// Its value where it is given bare (`--dry-run`), or `None` where a value must follow.
    pub bare: Option<&'static str>,
    /// One line of help.
    pub help: &'static str,
    /// Whether help leaves it out.
    pub hidden: bool,
    /// Whether helm has no such flag: called `helm`, the program does not show it.
    pub own: bool,
    /// What to use instead, for a flag that warns when it is used.
    pub deprecated: Option<&'static str>,
    /// The flag whose value it sets too: the last of both given wins.
    pub sets: Option<&'static str>,
}

/// What a flag takes: pflag's value types and Helm's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`; bare is `true`.
    Bool,
    /// Text.
    String,
    /// A signed whole number, with Go's prefixes and underscores.
    Int,
    /// A whole number from 0.
    Uint,
    /// A number.
    Float32,
    /// Go's duration: `5m0s`.
    Duration,
    /// Texts, one for each time the flag is given.
    StringArray,
    /// Texts, several in one value as a CSV record.
    StringSlice,
    /// `key=value` pairs, several in one value.
    StringToString,
    /// `table`, `json` or `yaml`.
    Format,
    /// `watcher`, `hookOnly` or `legacy`.
    WaitStrategy,
    /// A post-renderer plugin's name, given at most once.
    PostRenderer,
    /// Arguments of the post-renderer.
    PostRendererArgs,
    /// A level of the Kubernetes libraries' log: a number.
    LogLevel,
    /// A switch of the Kubernetes libraries' log: Go's own flags word their errors differently.
    LogSwitch,
    /// A size of the Kubernetes libraries' log, from 0.
    LogSize,
    /// A severity of the Kubernetes libraries' log: a name or a number.
    LogSeverity,
}

impl Kind {
    /// The name that help prints after the flag.
    pub fn label(self) -> &'static str {
        match self {
            Self::Bool => "",
            Self::String => "string",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Float32 => "float32",
            Self::Duration => "duration",
            Self::StringArray => "stringArray",
            Self::StringSlice => "strings",
            Self::StringToString => "stringToString",
            Self::Format => "format",
            Self::WaitStrategy => "WaitStrategy",
            Self::PostRenderer => "postRendererString",
            Self::PostRendererArgs => "postRendererArgsSlice",
            Self::LogLevel => "Level",
            Self::LogSwitch => "bool",
            Self::LogSize => "uint",
            Self::LogSeverity => "severityValue",
        }
    }
}

/// Where a flag's default comes from.
#[derive(Debug, Clone, Copy)]
pub enum Default {
    /// A text, read as the flag's value would be; empty for an empty list.
    Text(&'static str),
    /// The settings, which the environment may have changed.
    Setting(fn(&Settings) -> String),
    /// The settings, for a flag that may be repeated.
    Settings(fn(&Settings) -> Vec<String>),
    /// The environment itself.
    Env(fn(&dyn Env) -> String),
}

/// The program itself.
pub const ROOT: Command = Command {
    usage: "helm",
    short: "The package manager for Kubernetes",
    long: client::ROOT_LONG,
    examples: client::ROOT_EXAMPLES,
    subcommands: &[
        &plan::APPLY,
        &client::COMPLETION,
        &chart::CREATE,
        &chart::DEPENDENCY,
        &plan::DIFF,
        &client::ENV,
        &release::GET,
        &client::HELP,
        &release::HISTORY,
        &release::INSTALL,
        &chart::LINT,
        &release::LIST,
        &chart::PACKAGE,
        &plan::PLAN,
        &release::ROLLBACK,
        &sandbox::SANDBOX,
        &chart::SHOW,
        &release::STATUS,
        &chart::TEMPLATE,
        &release::TEST,
        &release::UNINSTALL,
        &release::UPGRADE,
        &client::VERSION,
    ],
    ..Command::BASE
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn walk(command: &'static Command, path: &str, visit: &mut dyn FnMut(&'static Command, &str)) {
        let path = format!("{path} {}", command.name());
        visit(command, &path);
        for child in command.subcommands {
            walk(child, &path, visit);
        }
    }

    #[test]
    fn every_command_is_documented_and_sorted() {
        walk(&ROOT, "", &mut |command, path| {
            assert!(!command.short.is_empty() && !command.long.is_empty(), "{path} has no text");
            assert!(!command.examples.is_empty(), "{path} has no example");
            assert!(command.subcommands.is_sorted_by_key(|c| c.name()), "{path}: sort the subcommands");
            assert!(command.run.is_some() == command.subcommands.is_empty(), "{path} runs or holds others");
        });
    }

    #[test]
    fn no_command_has_a_flag_twice() {
        walk(&ROOT, "", &mut |command, path| {
            let (mut names, mut shorts) = (BTreeSet::new(), BTreeSet::new());
            for flag in command.own_flags().chain(GLOBAL).chain([&HELP]) {
                assert!(names.insert(flag.name), "{path} --{}", flag.name);
                assert!(flag.short.is_none_or(|short| shorts.insert(short)), "{path} -{:?}", flag.short);
                assert!(
                    flag.hidden || flag.name == "help" || !flag.help.is_empty(),
                    "{path} --{}",
                    flag.name
                );
            }
            for name in command.exclusive.iter().copied().flatten() {
                assert!(names.contains(name), "{path}: exclusive {name}");
            }
        });
    }
}
