//! Reads command lines as Go's pflag does, over the table's flags.
//!
//! Pure: a list of words in, values or pflag's error text out. Why this is not clap:
//! docs/decisions/0002-command-lines.md.

mod csv;
mod number;
mod value;

pub(crate) use value::Value;

use super::table::{Command, Default, Flag, Kind};
use crate::{
    env::{Env, Settings},
    log::Record,
    values::gotext::Quoted,
};
use jiff::SignedDuration;
use std::collections::BTreeMap;

/// Why a command line was refused, in pflag's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// `--x` is not in the table.
    #[error("unknown flag: --{0}")]
    UnknownFlag(String),
    /// `-x` is not in the table.
    #[error("unknown shorthand flag: {} in -{rest}", quoted_byte(.letter))]
    UnknownShorthand {
        /// The letter.
        letter: String,
        /// The word from the letter on.
        rest: String,
    },
    /// A value had to follow `--x`.
    #[error("flag needs an argument: --{0}")]
    MissingValue(&'static str),
    /// A value had to follow `-x`.
    #[error("flag needs an argument: {} in -{rest}", quoted_byte(.letter))]
    MissingShorthandValue {
        /// The letter.
        letter: String,
        /// The word from the letter on.
        rest: String,
    },
    /// `--=x`, `---x`.
    #[error("bad flag syntax: {0}")]
    BadSyntax(String),
    /// The value does not fit the flag's kind.
    #[error("invalid argument {} for {} flag: {reason}", Quoted(.value), Quoted(.flag))]
    InvalidValue {
        /// The value.
        value: String,
        /// The flag: `-m, --max`.
        flag: String,
        /// Why.
        reason: String,
    },
}

/// A byte as Go's `%q` prints the rune of that number.
fn quoted_byte(letter: &str) -> String {
    letter.bytes().next().map_or_else(String::new, |byte| match char::from(byte) {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => format!("'{}'", Quoted(&c.to_string()).to_string().trim_matches('"')),
    })
}

/// The plugins that flags name.
pub(crate) trait Plugins {
    /// Looks for a post-renderer; what is wrong with other plugins goes to `records`.
    fn find_post_renderer(&self, name: &str, records: &mut Vec<Record>) -> Result<(), String>;
}

/// Plugins that are not looked at.
struct Unseen;

impl Plugins for Unseen {
    fn find_post_renderer(&self, _: &str, _: &mut Vec<Record>) -> Result<(), String> {
        Ok(())
    }
}

/// One flag's state.
#[derive(Debug, Clone)]
struct State {
    flag: &'static Flag,
    value: Value,
    /// Whether a list or map holds given values already, to which more are added.
    extended: bool,
    changed: bool,
}

/// Flags and what was given for them.
#[derive(Debug, Clone, std::default::Default)]
pub(crate) struct FlagSet {
    states: Vec<State>,
    operands: Vec<String>,
    /// Flags that stay at their defaults: to who types them they do not exist.
    closed: Vec<&'static str>,
    /// What was typed for flags, in order, by the last reading.
    given: Vec<(&'static Flag, String)>,
    /// Warnings about the values, in order.
    pub(crate) records: Vec<Record>,
    /// The deprecated flags that were given, in order.
    pub(crate) deprecated: Vec<&'static Flag>,
}

impl FlagSet {
    /// A set of flags at their defaults.
    pub(crate) fn new(
        flags: impl Iterator<Item = &'static Flag>,
        settings: &Settings,
        env: &dyn Env,
    ) -> Self {
        let mut set = Self::default();
        set.add(flags, settings, env);
        set
    }

    /// Adds flags at their defaults; what the set holds stays as it is.
    pub(crate) fn add(
        &mut self,
        flags: impl Iterator<Item = &'static Flag>,
        settings: &Settings,
        env: &dyn Env,
    ) {
        self.states.extend(flags.map(|flag| State {
            flag,
            value: Value::default_of(flag, settings, env),
            extended: false,
            changed: false,
        }));
    }

    /// Lets flags stay at their defaults, unknown to who types them.
    pub(crate) fn close(&mut self, flags: impl Iterator<Item = &'static Flag>) {
        self.closed.extend(flags.map(|flag| flag.name));
    }

    /// Reads words, keeping what earlier readings set; the operands are those of this reading.
    ///
    /// # Errors
    /// pflag's, at the first word that does not fit; what was read before it stays.
    pub(crate) fn parse(&mut self, words: &[String], plugins: &dyn Plugins) -> Result<(), Error> {
        self.given.clear();
        self.read(words, false, plugins)
    }

    /// Reads words as [`FlagSet::parse`] does, stepping over unknown flags and their likely values.
    /// A bad value or a bare `--help` ends the reading without an error.
    pub(crate) fn parse_known(&mut self, words: &[String]) {
        // Helm looks at the global flags once before the command is known, and ignores what is wrong then.
        let _ = self.read(words, true, &Unseen);
    }

    fn read(&mut self, words: &[String], lenient: bool, plugins: &dyn Plugins) -> Result<(), Error> {
        self.operands.clear();
        let mut rest = words.iter().map(String::as_str).collect::<Vec<_>>();
        rest.reverse();
        while let Some(word) = rest.pop() {
            if word == "--" {
                self.operands.extend(rest.iter().rev().map(|word| (*word).to_owned()));
                break;
            } else if let Some(long) = word.strip_prefix("--") {
                self.read_long(long, &mut rest, lenient, plugins)?;
            } else if word.len() > 1 && word.starts_with('-') {
                self.read_shorts(&word[1..], &mut rest, lenient, plugins)?;
            } else {
                self.operands.push(word.to_owned());
            }
        }
        Ok(())
    }

    /// `rest` holds the words to come, the next one last.
    fn read_long(
        &mut self,
        long: &str,
        rest: &mut Vec<&str>,
        lenient: bool,
        plugins: &dyn Plugins,
    ) -> Result<(), Error> {
        if long.starts_with(['-', '=']) {
            return Err(Error::BadSyntax(format!("--{long}")));
        }
        let (name, given) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let is_it = |state: &State| state.flag.name == name && !self.closed.contains(&name);
        let Some(index) = self.states.iter().position(is_it) else {
            if !lenient || name == "help" {
                return Err(Error::UnknownFlag(name.to_owned()));
            }
            if given.is_none() {
                skip_value(rest);
            }
            return Ok(());
        };
        let flag = self.states[index].flag;
        match given.or(flag.bare).or_else(|| rest.pop()) {
            Some(value) => self.set(index, value, plugins),
            None => Err(Error::MissingValue(flag.name)),
        }
    }

    fn read_shorts(
        &mut self,
        shorts: &str,
        rest: &mut Vec<&str>,
        lenient: bool,
        plugins: &dyn Plugins,
    ) -> Result<(), Error> {
        let mut left = shorts;
        while let Some(letter) = left.chars().next() {
            let after = &left[letter.len_utf8()..];
            let Some(index) = self.states.iter().position(|state| state.flag.short == Some(letter)) else {
                if !lenient || letter == 'h' {
                    return Err(Error::UnknownShorthand {
                        letter: letter.to_string(),
                        rest: left.to_owned(),
                    });
                }
                if after.len() > 1 && after.starts_with('=') {
                    return Ok(());
                }
                skip_value(rest);
                left = after;
                continue;
            };
            let flag = self.states[index].flag;
            if after.len() > 1 && after.starts_with('=') {
                return self.set(index, &after[1..], plugins);
            } else if let Some(bare) = flag.bare {
                self.set(index, bare, plugins)?;
                left = after;
            } else if !after.is_empty() {
                return self.set(index, after, plugins);
            } else {
                return match rest.pop() {
                    Some(value) => self.set(index, value, plugins),
                    None => Err(Error::MissingShorthandValue {
                        letter: letter.to_string(),
                        rest: left.to_owned(),
                    }),
                };
            }
        }
        Ok(())
    }

    fn set(&mut self, index: usize, text: &str, plugins: &dyn Plugins) -> Result<(), Error> {
        let state = &mut self.states[index];
        let flag = state.flag;
        let set = state.value.set(flag.kind, text, state.extended, &mut self.records);
        if let Err(reason) = set.and_then(|()| self.find_post_renderer(flag.kind, text, plugins)) {
            let name = flag
                .short
                .map_or_else(|| format!("--{}", flag.name), |short| format!("-{short}, --{}", flag.name));
            return Err(Error::InvalidValue { value: text.to_owned(), flag: name, reason });
        }
        let state = &mut self.states[index];
        state.extended = true;
        state.changed = true;
        self.given.push((flag, text.to_owned()));
        if flag.deprecated.is_some() {
            self.deprecated.push(flag);
        }
        if let Some(target) = flag.sets {
            let value = self.states[index].value.clone();
            if let Some(target) = self.states.iter_mut().find(|state| state.flag.name == target) {
                target.value = value;
            }
        }
        Ok(())
    }

    /// Helm looks for the plugin when its name comes, and again with every argument for it.
    fn find_post_renderer(&mut self, kind: Kind, text: &str, plugins: &dyn Plugins) -> Result<(), String> {
        let name = match kind {
            Kind::PostRenderer => text.to_owned(),
            Kind::PostRendererArgs => {
                let named = self.states.iter().find(|state| state.flag.kind == Kind::PostRenderer);
                match named.map(|state| &state.value) {
                    Some(Value::String(name)) => name.clone(),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        };
        if name.is_empty() { Ok(()) } else { plugins.find_post_renderer(&name, &mut self.records) }
    }

    /// What was read, for a command.
    pub(crate) fn into_matches(self, command: &'static Command) -> Matches {
        Matches { command, states: self.states, operands: self.operands, given: self.given }
    }

    /// The text of a global setting.
    pub(super) fn state_value(&self, name: &str) -> &Value {
        find(&self.states, name)
    }
}

/// pflag takes a word that does not look like a flag for the unknown flag's value.
fn skip_value(rest: &mut Vec<&str>) {
    if rest.last().is_some_and(|next| !next.starts_with('-')) {
        rest.pop();
    }
}

fn find<'a>(states: &'a [State], name: &str) -> &'a Value {
    let state = states.iter().find(|state| state.flag.name == name);
    &state.unwrap_or_else(|| panic!("the table has no flag --{name} here")).value
}

/// What was given to a command: each flag's value and the operands.
///
/// The getters panic on a flag that the command's row does not hold, or of another kind: that is a mistake in
/// the program, found by the test that reads every command's arguments.
#[derive(Debug, Clone)]
pub struct Matches {
    /// The command.
    pub command: &'static Command,
    states: Vec<State>,
    operands: Vec<String>,
    given: Vec<(&'static Flag, String)>,
}

impl Matches {
    /// The flags that were typed, in order, with their values' texts.
    pub fn given(&self) -> &[(&'static Flag, String)] {
        &self.given
    }

    /// The operands, flags taken out.
    pub fn operands(&self) -> &[String] {
        &self.operands
    }

    /// Whether the command's row holds the flag.
    pub fn has(&self, name: &str) -> bool {
        self.states.iter().any(|state| state.flag.name == name)
    }

    /// Whether the flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.states.iter().any(|state| state.flag.name == name && state.changed)
    }

    /// A switch.
    pub fn bool(&self, name: &str) -> bool {
        match find(&self.states, name) {
            Value::Bool(on) => *on,
            other => mismatch(name, other),
        }
    }

    /// A text; also `table`, `json`, `yaml` of `--output` and the strategy of `--wait`.
    pub fn string(&self, name: &str) -> String {
        match find(&self.states, name) {
            Value::String(text) => text.clone(),
            other => mismatch(name, other),
        }
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> i64 {
        match find(&self.states, name) {
            Value::Int(number) => *number,
            other => mismatch(name, other),
        }
    }

    /// A whole number from 0.
    pub fn uint(&self, name: &str) -> u64 {
        match find(&self.states, name) {
            Value::Uint(number) => *number,
            other => mismatch(name, other),
        }
    }

    /// A duration, negative ones too.
    pub fn duration(&self, name: &str) -> SignedDuration {
        match find(&self.states, name) {
            Value::Duration(nanos) => SignedDuration::from_nanos(*nanos),
            other => mismatch(name, other),
        }
    }

    /// The texts of a repeatable flag, in order.
    pub fn strings(&self, name: &str) -> Vec<String> {
        match find(&self.states, name) {
            Value::List(texts) => texts.clone(),
            other => mismatch(name, other),
        }
    }

    /// The pairs of `--labels`, or `None` where the flag was not given.
    pub fn map(&self, name: &str) -> Option<BTreeMap<String, String>> {
        match find(&self.states, name) {
            Value::Map(pairs) => self.changed(name).then(|| pairs.clone()),
            other => mismatch(name, other),
        }
    }
}

fn mismatch(name: &str, value: &Value) -> ! {
    panic!("--{name} holds {value:?}: ask for that kind")
}

/// A flag's default as help pages show it, and whether they show it at all.
pub(super) fn shown_default(flag: &Flag, settings: &Settings, env: &dyn Env) -> Option<String> {
    let text = match flag.default {
        Default::Text("") if matches!(flag.kind, Kind::StringToString | Kind::PostRendererArgs) => {
            return Some(" (default [])".to_owned());
        }
        Default::Text(text) => text.to_owned(),
        Default::Setting(read) => read(settings),
        Default::Env(read) => read(env),
        Default::Settings(read) => csv::shown(&read(settings)),
    };
    let zero: &[&str] = match flag.kind {
        Kind::Bool => &["false", ""],
        Kind::Duration => &["0", "0s"],
        Kind::Int | Kind::Uint | Kind::Float32 => &["0"],
        Kind::String => &[""],
        Kind::StringArray | Kind::StringSlice => &["[]", ""],
        _ => &["false", "<nil>", "", "0"],
    };
    match flag.kind {
        _ if zero.contains(&text.as_str()) => None,
        Kind::String => Some(format!(" (default {})", Quoted(&text))),
        _ => Some(format!(" (default {text})")),
    }
}
