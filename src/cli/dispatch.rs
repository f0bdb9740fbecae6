//! From words to a running command: cobra's way of finding the command, checking operands and groups of flags.

use super::{
    args::{Format, plugins::InstalledPlugins},
    complete,
    context::Ctx,
    error::{CliError, Report},
    help,
    parse::{FlagSet, Matches, Value},
    suggest,
    table::{Command, Flag, GLOBAL, HELP, Operands, ROOT},
};
use crate::{
    env::{ColorMode, Settings},
    log::Log,
    storage::{Database, Loaded},
    values::gotext::Quoted,
};
use skiff_compact::Order;
use std::{fs, io, rc::Rc};

/// The commands that change releases.
const CHANGE_RELEASES: [&str; 8] =
    ["apply", "diff", "install", "plan", "rollback", "test", "uninstall", "upgrade"];

/// A command that was found: the way to it, and the words that are not its name.
pub(super) struct Found {
    /// The commands from the root's child to the found one.
    pub(super) path: Vec<&'static Command>,
    /// The words left.
    pub(super) words: Vec<String>,
}

impl Found {
    /// The found command.
    pub(super) fn command(&self) -> &'static Command {
        self.path.last().copied().unwrap_or(&ROOT)
    }
}

/// Runs the words after the program's name.
///
/// # Errors
/// The command's, or what is wrong with the words.
pub(super) fn run(ctx: &mut Ctx<'_>, words: &[String]) -> Result<(), CliError> {
    // Helm reads the global flags before it knows the command; what is set then stays set.
    let mut flags = FlagSet::new(GLOBAL.iter(), &ctx.settings, ctx.env);
    flags.parse_known(words);
    let color = text(&flags, "color");
    if ColorMode::parse(&color).is_none() {
        let message = format!("invalid color mode {}: must be one of: never, auto, always", Quoted(&color));
        return Err(CliError::new(message).report(Report::Log));
    }
    ctx.set_verbose(switch(&flags, "debug"));

    if let Some((name, rest)) =
        words.split_first().filter(|(name, _)| complete::NAMES.contains(&name.as_str()))
    {
        return complete::run(ctx, rest, name == complete::NAMES[0]);
    }
    let found = find(words);
    let command = found.command();
    // A sandbox is no command of helm's, but nothing of helm's or of its plugins goes by that name either.
    let is_hidden = |first: &&Command| first.name() != "sandbox" && !help::shows(ctx.program.name, first.own);
    if let Some(first) = found.path.first().filter(|first| is_hidden(first)) {
        return Err(unknown_command(ctx, first.name()));
    }
    if found.path.is_empty()
        && let Some(word) = strip_flags(&found.words, &ROOT).first()
    {
        return Err(unknown_command(ctx, word));
    }
    flags.add(command.own_flags().chain([&HELP]), &ctx.settings, ctx.env);
    flags.close(command.own_flags().filter(|flag| !help::shows(ctx.program.name, flag.own)));
    let plugins = InstalledPlugins::new(&ctx.settings, ctx.path(""));
    let parsed = flags.parse(&found.words, &plugins);
    for record in std::mem::take(&mut flags.records) {
        ctx.record(record);
    }
    parsed?;
    warn_of_deprecated(ctx, &flags.deprecated)?;
    apply(&flags, &mut ctx.settings);
    let matches = flags.into_matches(command);
    let Some(run) = command.run.filter(|_| !matches.bool("help")) else {
        let page = help::page(&found.path, ctx);
        return Ok(ctx.print(&page)?);
    };
    if found.path.first().is_none_or(|first| first.name() != "sandbox") {
        ctx.enter_sandbox(matches.changed("sandbox"))?;
    }
    check_driver(ctx)?;
    let changes = found.path.first().is_some_and(|first| CHANGE_RELEASES.contains(&first.name()));
    if changes && ctx.loaded.is_some() {
        let message = "releases in memory cannot be changed by this version of skiff";
        return Err(CliError::new(message).hint("helm changes them too, and forgets them when it ends"));
    }
    check_operands(ctx, &found, matches.operands().len())?;
    check_groups(command, &matches)?;
    let has_output = command.own_flags().any(|flag| flag.name == "output");
    ctx.quiet = has_output && Format::from_matches(&matches) != Format::Table;
    let outcome = run(ctx, &matches);
    ctx.tell_server_warnings();
    outcome.map_err(|error| ctx.name_the_sandbox(error))
}

/// Reads words for a command that another one leads to, under the settings in force.
///
/// # Errors
/// What is wrong with the words.
pub(super) fn read(
    ctx: &mut Ctx<'_>,
    command: &'static Command,
    words: &[String],
) -> Result<Matches, CliError> {
    let mut flags = FlagSet::new(GLOBAL.iter(), &ctx.settings, ctx.env);
    flags.add(command.own_flags().chain([&HELP]), &ctx.settings, ctx.env);
    let plugins = InstalledPlugins::new(&ctx.settings, ctx.path(""));
    let parsed = flags.parse(words, &plugins);
    for record in std::mem::take(&mut flags.records) {
        ctx.record(record);
    }
    parsed?;
    let found = Found { path: vec![command], words: Vec::new() };
    let matches = flags.into_matches(command);
    check_operands(ctx, &found, matches.operands().len())?;
    check_groups(command, &matches)?;
    Ok(matches)
}

fn text(flags: &FlagSet, name: &str) -> String {
    match flags.state_value(name) {
        Value::String(text) => text.clone(),
        _ => String::new(),
    }
}

fn switch(flags: &FlagSet, name: &str) -> bool {
    matches!(flags.state_value(name), Value::Bool(true))
}

fn apply(flags: &FlagSet, settings: &mut Settings) {
    settings.namespace = text(flags, "namespace");
    settings.kube_config = text(flags, "kubeconfig");
    settings.kube_context = text(flags, "kube-context");
    settings.kube_token = text(flags, "kube-token");
    settings.kube_as_user = text(flags, "kube-as-user");
    settings.kube_api_server = text(flags, "kube-apiserver");
    settings.kube_ca_file = text(flags, "kube-ca-file");
    settings.kube_tls_server_name = text(flags, "kube-tls-server-name");
    settings.kube_insecure_skip_tls_verify = switch(flags, "kube-insecure-skip-tls-verify");
    settings.sandbox = text(flags, "sandbox");
    settings.debug = switch(flags, "debug");
    settings.registry_config = text(flags, "registry-config");
    settings.repository_config = text(flags, "repository-config");
    settings.repository_cache = text(flags, "repository-cache");
    settings.content_cache = text(flags, "content-cache");
    settings.color_mode = text(flags, "color");
    if let Value::List(groups) = flags.state_value("kube-as-group") {
        settings.kube_as_groups.clone_from(groups);
    }
    if let Value::Int(limit) = flags.state_value("burst-limit") {
        settings.burst_limit = *limit;
    }
    if let Value::Float(qps) = flags.state_value("qps") {
        settings.qps = *qps;
    }
}

/// Finds the command that words name, flags between the names allowed.
pub(super) fn find(words: &[String]) -> Found {
    let mut found = Found { path: Vec::new(), words: words.to_vec() };
    loop {
        let command = found.command();
        let Some(name) = strip_flags(&found.words, command).first().map(|word| (*word).to_owned()) else {
            return found;
        };
        let Some(child) = command.subcommands.iter().find(|child| child.answers_to(&name)) else {
            return found;
        };
        drop_word(&mut found.words, command, &name);
        found.path.push(child);
    }
}

/// Whether cobra takes the next word for this one's value. It looks at the flag as a whole: `-abc` never does.
fn takes_next(word: &str, command: &Command) -> bool {
    if word.contains('=') {
        return false;
    }
    let bare = |fits: &dyn Fn(&Flag) -> bool| {
        command.own_flags().chain(GLOBAL).any(|flag| fits(flag) && flag.bare.is_some())
    };
    if let Some(name) = word.strip_prefix("--") {
        return !bare(&|flag| flag.name == name);
    }
    match word.strip_prefix('-') {
        Some(letter) if letter.len() == 1 => {
            !bare(&|flag| flag.short.is_some_and(|short| letter.starts_with(short)))
        }
        _ => false,
    }
}

/// The words that are neither flags nor, as far as can be told without reading them, flags' values.
fn strip_flags<'w>(words: &'w [String], command: &Command) -> Vec<&'w str> {
    let mut kept = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "--" {
            break;
        } else if takes_next(word, command) {
            if rest.len() <= 1 {
                break;
            }
            rest.next();
        } else if !word.is_empty() && !word.starts_with('-') {
            kept.push(word.as_str());
        }
    }
    kept
}

/// Takes the first word that is this name, and no flag's value, out.
fn drop_word(words: &mut Vec<String>, command: &Command, name: &str) {
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        if word == "--" {
            return;
        } else if takes_next(word, command) {
            at += 1;
        } else if word == name {
            words.remove(at);
            return;
        }
        at += 1;
    }
}

fn unknown_command(ctx: &Ctx<'_>, word: &str) -> CliError {
    let suggestions = suggest::for_word(word, ctx.program.name);
    let mut message = format!("unknown command {} for \"{}\"", Quoted(word), ctx.program.name);
    if !suggestions.is_empty() {
        message.push_str("\n\nDid you mean this?\n");
        for suggestion in suggestions {
            message.push_str(&format!("\t{suggestion}\n"));
        }
    }
    CliError::new(message).report(Report::LineAndUsage)
}

fn warn_of_deprecated(ctx: &mut Ctx<'_>, flags: &[&'static Flag]) -> Result<(), CliError> {
    for flag in flags {
        if let Some(instead) = flag.deprecated {
            writeln!(ctx.err(), "Flag --{} has been deprecated, {instead}", flag.name)?;
        }
    }
    Ok(())
}

/// The releases in the files that `HELM_MEMORY_DRIVER_DATA` names, or what is wrong with them.
fn load(ctx: &Ctx<'_>) -> Result<Loaded, String> {
    let mut loaded = Loaded::default();
    for name in ctx.env.get("HELM_MEMORY_DRIVER_DATA").split(':') {
        // An empty name would be the folder that commands run in.
        let read =
            if name.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { fs::read(ctx.path(name)) };
        let text =
            read.map_err(|error| format!("Unable to read memory driver data{}", go_open(name, &error)))?;
        loaded.add(&text).map_err(|error| error.to_string())?;
    }
    Ok(loaded)
}

/// Go's words for a file that cannot be opened.
fn go_open(name: &str, error: &io::Error) -> String {
    let cause = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    format!("open {name}: {cause}")
}

/// Helm looks at the storage driver before any command runs, whether that command needs it or not, and connects to the
/// database where it is one.
fn check_driver(ctx: &mut Ctx<'_>) -> Result<(), CliError> {
    let driver = ctx.env.get("HELM_DRIVER");
    let message = match driver.as_str() {
        "" | "secret" | "secrets" | "configmap" | "configmaps" => return Ok(()),
        "sql" => {
            let (env, place) = (ctx.env, ctx.env.get("HELM_DRIVER_SQL_CONNECTION_STRING"));
            match Database::connect(&place, &|name| env.get(name)) {
                Ok(database) => {
                    ctx.database = Some(Rc::new(database));
                    return Ok(());
                }
                Err(error) => error.to_string(),
            }
        }
        "memory" => match load(ctx) {
            Ok(loaded) => {
                ctx.loaded = Some(Rc::new(loaded));
                return Ok(());
            }
            Err(cause) => cause,
        },
        _ => format!("unknown driver {}", Quoted(&driver)),
    };
    Err(CliError::new(message).report(Report::Fatal))
}

fn check_operands(ctx: &Ctx<'_>, found: &Found, count: usize) -> Result<(), CliError> {
    let arguments = |n: usize| if n == 1 { "argument" } else { "arguments" };
    let complaint = match found.command().operands {
        Operands::None if count > 0 => "accepts no arguments".to_owned(),
        Operands::Exactly(n) if count != n => format!("requires {n} {}", arguments(n)),
        Operands::AtLeast(n) if count < n => format!("requires at least {n} {}", arguments(n)),
        Operands::AtMost(n) if count > n => format!("accepts at most {n} {}", arguments(n)),
        _ => return Ok(()),
    };
    let (path, usage) =
        (help::path(&found.path, ctx.program.name), help::usage_line(&found.path, ctx.program.name));
    Err(CliError::new(format!("\"{path}\" {complaint}\n\nUsage:  {usage}")))
}

fn check_groups(command: &Command, matches: &Matches) -> Result<(), CliError> {
    let mut groups: Vec<_> = command.exclusive.iter().map(|group| group.join(" ")).collect();
    groups.order();
    for group in groups {
        let mut given: Vec<_> = group.split(' ').filter(|name| matches.changed(name)).collect();
        if given.len() > 1 {
            given.order();
            return Err(CliError::new(format!(
                "if any flags in the group [{group}] are set none of the others can be; [{}] were all set",
                given.join(" ")
            )));
        }
    }
    Ok(())
}
