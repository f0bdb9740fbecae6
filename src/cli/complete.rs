//! `__complete`: what shells ask, in cobra's protocol.
//!
//! Standard output holds a candidate a line, a tab before its description, then `:` and a directive; standard error
//! names the directive. Commands, flags and the values that the table knows are offered; names that only a cluster or
//! a repository knows are not yet.

use super::{
    commands::env,
    context::Ctx,
    dispatch::{self, Found},
    error::CliError,
    help::shows,
    table::{Flag, GLOBAL, HELP, Kind, Operands},
};
use crate::actions::sandbox;
use skiff_compact::Order;

/// What the shell shall do beside offering the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    /// Offer files where there are no candidates.
    Default,
    /// Offer no files.
    NoFiles,
}

impl Directive {
    fn number(self) -> u8 {
        match self {
            Self::Default => 0,
            Self::NoFiles => 4,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Default => "ShellCompDirectiveDefault",
            Self::NoFiles => "ShellCompDirectiveNoFileComp",
        }
    }
}

type Candidate = (String, &'static str);

/// The hidden command's two names: with descriptions and without.
pub(super) const NAMES: [&str; 2] = ["__complete", "__completeNoDesc"];

/// Answers the shell: `words` are those after the hidden command's name, the last one being typed.
///
/// # Errors
/// Where standard output or error cannot be written.
pub(super) fn run(ctx: &mut Ctx<'_>, words: &[String], described: bool) -> Result<(), CliError> {
    let Some((typed, before)) = words.split_last() else {
        return Err(CliError::new("command completion requires at least one argument"));
    };
    let found = dispatch::find(before);
    let (candidates, directive) = candidates(ctx, &found, before, typed);
    let mut text = String::new();
    for (name, help) in candidates {
        text.push_str(&name);
        if described && !help.is_empty() {
            text.push('\t');
            text.push_str(&help.replace("{name}", ctx.program.name));
        }
        text.push('\n');
    }
    text.push_str(&format!(":{}\n", directive.number()));
    ctx.print(&text)?;
    Ok(writeln!(ctx.err(), "Completion ended with directive: {}", directive.name())?)
}

fn candidates(ctx: &Ctx<'_>, found: &Found, before: &[String], typed: &str) -> (Vec<Candidate>, Directive) {
    let shown = |flag: &&'static Flag| shows(ctx.program.name, flag.own);
    let flags = || found.command().own_flags().chain(GLOBAL).chain([&HELP]).filter(shown);
    let open = !before.iter().any(|word| word == "--");
    if open {
        if let Some((name, value)) = typed.strip_prefix("--").and_then(|long| long.split_once('=')) {
            return flags().find(|flag| flag.name == name).map_or((Vec::new(), Directive::Default), |flag| {
                let (values, directive) = values(ctx, flag, value);
                (values.into_iter().map(|(v, help)| (format!("--{name}={v}"), help)).collect(), directive)
            });
        }
        if let Some(flag) = before.last().and_then(|word| awaiting(word, flags())) {
            return values(ctx, flag, typed);
        }
        if typed.starts_with('-') {
            return (flag_names(flags(), typed), Directive::NoFiles);
        }
    }
    operands(ctx, found, typed)
}

/// The flag whose value comes next.
fn awaiting(word: &str, mut flags: impl Iterator<Item = &'static Flag>) -> Option<&'static Flag> {
    let flag = match word.strip_prefix("--") {
        Some(name) => flags.find(|flag| flag.name == name),
        None => {
            let letter = word.strip_prefix('-')?.chars().last()?;
            flags.find(|flag| flag.short == Some(letter))
        }
    };
    flag.filter(|flag| flag.bare.is_none())
}

fn values(ctx: &Ctx<'_>, flag: &Flag, typed: &str) -> (Vec<Candidate>, Directive) {
    if flag.name == "sandbox" {
        return sandboxes(ctx, typed);
    }
    let known: &[(&str, &str)] = match (flag.kind, flag.name) {
        (Kind::Format, _) => &[
            ("json", "Output result in JSON format"),
            ("table", "Output result in human-readable format"),
            ("yaml", "Output result in YAML format"),
        ],
        (_, "color" | "colour") => &[("never", ""), ("auto", ""), ("always", "")],
        (Kind::WaitStrategy, _) => &[("hookOnly", ""), ("legacy", ""), ("watcher", "")],
        (Kind::Bool, _) => &[("false", ""), ("true", "")],
        (_, "cascade") => &[("background", ""), ("foreground", ""), ("orphan", "")],
        _ => return (Vec::new(), Directive::Default),
    };
    let fitting = known.iter().filter(|(value, _)| value.starts_with(typed));
    (fitting.map(|(value, help)| ((*value).to_owned(), *help)).collect(), Directive::NoFiles)
}

/// The names of sandboxes.
fn sandboxes(ctx: &Ctx<'_>, typed: &str) -> (Vec<Candidate>, Directive) {
    let names = sandbox::names(&ctx.sandbox_home()).into_iter().filter(|name| name.starts_with(typed));
    (names.map(|name| (name, "")).collect(), Directive::NoFiles)
}

fn flag_names(flags: impl Iterator<Item = &'static Flag>, typed: &str) -> Vec<Candidate> {
    let mut names = Vec::new();
    for flag in flags.filter(|flag| !flag.hidden) {
        let long = format!("--{}", flag.name);
        let short = flag.short.map(|letter| format!("-{letter}"));
        names.extend(
            [Some(long), short]
                .into_iter()
                .flatten()
                .filter(|name| name.starts_with(typed))
                .map(|name| (name, flag.help)),
        );
    }
    names.order();
    names
}

fn operands(ctx: &Ctx<'_>, found: &Found, typed: &str) -> (Vec<Candidate>, Directive) {
    let command = found.command();
    match command.name() {
        // Another command's name, or a part of it.
        "help" => {
            let topic = dispatch::find(&found.words);
            return if topic.command().subcommands.is_empty() {
                (Vec::new(), Directive::NoFiles)
            } else {
                operands(ctx, &topic, typed)
            };
        }
        "env" if found.words.is_empty() => {
            let names = env::names(ctx).into_iter().filter(|name| name.starts_with(typed));
            return (names.map(|name| (name.to_owned(), "")).collect(), Directive::NoFiles);
        }
        _ => {}
    }
    if !command.subcommands.is_empty() {
        let shown = command.subcommands.iter().filter(|child| shows(ctx.program.name, child.own));
        let fitting = shown.filter(|child| child.name().starts_with(typed));
        let names = fitting.map(|child| (child.name().to_owned(), child.short)).collect();
        return (names, Directive::NoFiles);
    }
    if found.path.first().is_some_and(|first| first.name() == "sandbox") {
        return if found.words.is_empty() { sandboxes(ctx, typed) } else { (Vec::new(), Directive::NoFiles) };
    }
    match command.operands {
        Operands::None => (Vec::new(), Directive::NoFiles),
        _ => (Vec::new(), Directive::Default),
    }
}
