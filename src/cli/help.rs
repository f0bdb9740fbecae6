//! Help pages in cobra's layout.

use super::{
    context::Ctx,
    parse::shown_default,
    table::{Command, Flag, GLOBAL, HELP, Kind, ROOT},
};
use crate::{env::Env, env::Settings};
use skiff_compact::Order;
use std::fmt::Write;

/// Narrowest column of command names.
const NAME_PADDING: usize = 11;

/// A command's whole page: what it does, then its usage.
pub(super) fn page(path: &[&'static Command], ctx: &Ctx<'_>) -> String {
    let command = path.last().copied().unwrap_or(&ROOT);
    format!("{}\n\n{}", named(command.long.trim_end(), ctx.program.name), usage(path, ctx))
}

/// The page's part from `Usage:` on.
pub(super) fn usage(path: &[&'static Command], ctx: &Ctx<'_>) -> String {
    let (command, name) = (path.last().copied().unwrap_or(&ROOT), ctx.program.name);
    let mut page = "Usage:".to_owned();
    if command.run.is_some() {
        page.push_str(&format!("\n  {}", usage_line(path, name)));
    } else {
        page.push_str(&format!("\n  {} [command]", self::path(path, name)));
    }
    if !command.aliases.is_empty() {
        page.push_str(&format!("\n\nAliases:\n  {}, {}", command.name(), command.aliases.join(", ")));
    }
    page.push_str(&format!("\n\nExamples:\n{}", named(command.examples, name)));
    if !command.subcommands.is_empty() {
        page.push_str("\n\nAvailable Commands:");
        for child in command.subcommands.iter().filter(|child| shows(name, child.own)) {
            page.push_str(&format!("\n  {:NAME_PADDING$} {}", child.name(), named(child.short, name)));
        }
    }
    let help = format!("help for {}", if path.is_empty() { name } else { command.name() });
    let mut own: Vec<&Flag> = if path.is_empty() {
        GLOBAL.iter().chain([&HELP]).collect()
    } else {
        command.own_flags().chain([&HELP]).collect()
    };
    own.retain(|flag| shows(name, flag.own));
    page.push_str(&format!("\n\nFlags:\n{}", table(own, &help, &ctx.settings, ctx.env)));
    if !path.is_empty() {
        let global = table(
            GLOBAL.iter().filter(|flag| shows(name, flag.own)).collect(),
            &help,
            &ctx.settings,
            ctx.env,
        );
        page.push_str(&format!("\n\nGlobal Flags:\n{global}"));
    }
    if !command.subcommands.is_empty() {
        let path = self::path(path, name);
        page.push_str(&format!("\n\nUse \"{path} [command] --help\" for more information about a command."));
    }
    page.push('\n');
    page
}

/// Whether the program of this name shows what is `own` to Skiff: as a drop-in for helm it does not.
pub(super) fn shows(name: &str, own: bool) -> bool {
    !own || name != "helm"
}

fn named(text: &str, name: &str) -> String {
    text.replace("{name}", name)
}

/// The words that name a command: `helm get values`.
pub(super) fn path(path: &[&'static Command], name: &str) -> String {
    path.iter().fold(name.to_owned(), |so_far, command| format!("{so_far} {}", command.name()))
}

/// The line that shows how a command is written.
pub(super) fn usage_line(path: &[&'static Command], name: &str) -> String {
    match path.split_last() {
        Some((command, parents)) => format!("{} {} [flags]", self::path(parents, name), command.usage),
        None => format!("{name} [flags]"),
    }
}

/// The flags, aligned as pflag aligns them, without the last newline.
fn table(mut flags: Vec<&Flag>, help: &str, settings: &Settings, env: &dyn Env) -> String {
    flags.retain(|flag| !flag.hidden);
    flags.order_by_key(|flag| flag.name);
    let heads: Vec<String> = flags.iter().map(|flag| head(flag)).collect();
    let widest = heads.iter().map(String::len).max().unwrap_or_default();
    let mut lines = String::new();
    for (flag, head) in flags.iter().zip(&heads) {
        let text = if flag.name == HELP.name { help } else { flag.help };
        let default = shown_default(flag, settings, env).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{head:widest$}   {text}{default}");
    }
    lines.trim_end().to_owned()
}

fn head(flag: &Flag) -> String {
    let mut head = match flag.short {
        Some(short) => format!("  -{short}, --{}", flag.name),
        None => format!("      --{}", flag.name),
    };
    if !flag.kind.label().is_empty() {
        head.push(' ');
        head.push_str(flag.kind.label());
    }
    match (flag.kind, flag.bare) {
        (Kind::Bool, Some("true")) | (_, None) => {}
        (Kind::String, Some(bare)) => head.push_str(&format!("[=\"{bare}\"]")),
        (_, Some(bare)) => head.push_str(&format!("[={bare}]")),
    }
    head
}
