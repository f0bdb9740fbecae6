//! What to start: the command for this system, with variables replaced
//! (`subprocess_commands.go` of Helm's `internal/plugin`).

use super::Error;

/// A command for some systems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlatformCommand {
    /// Go's name of the operating system; empty for any.
    pub os: String,
    /// Go's name of the processor; empty for any.
    pub arch: String,
    /// The program, and arguments after blanks.
    pub command: String,
    /// Further arguments.
    pub args: Vec<String>,
}

/// A system, by Go's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, `darwin`, …
    pub os: &'static str,
    /// `amd64`, `arm64`, …
    pub arch: &'static str,
}

impl Platform {
    /// The system this runs on.
    pub const HERE: Self = Self {
        os: match std::env::consts::OS.as_bytes() {
            b"macos" => "darwin",
            _ => std::env::consts::OS,
        },
        arch: match std::env::consts::ARCH.as_bytes() {
            b"x86_64" => "amd64",
            b"x86" => "386",
            b"aarch64" => "arm64",
            b"powerpc64" => "ppc64le",
            _ => std::env::consts::ARCH,
        },
    };
}

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program: a path, or a name to be found.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// Chooses the command for a system, replaces variables in it (also in its arguments, if `expand_args`), and
/// appends further arguments.
///
/// # Errors
/// When no command is for this system.
///
/// ```
/// use skiff::plugins::command::{Platform, PlatformCommand, prepare};
/// let command = PlatformCommand { command: "$DIR/run -x".into(), args: vec!["${A}b".into()], ..Default::default() };
/// let invocation = prepare(&[command], Platform::HERE, true, &["--last".into()], &|name| name.to_lowercase())?;
/// assert_eq!(invocation.program, "dir/run");
/// assert_eq!(invocation.args, ["-x", "ab", "--last"]);
/// # Ok::<(), skiff::plugins::Error>(())
/// ```
pub fn prepare(
    commands: &[PlatformCommand],
    platform: Platform,
    expand_args: bool,
    more: &[String],
    variable: &dyn Fn(&str) -> String,
) -> Result<Invocation, Error> {
    let chosen = choose(commands, platform).ok_or(Error::NoCommand)?;
    let mut words = chosen.command.split(' ');
    let program = words.next().filter(|program| !program.is_empty()).ok_or(Error::NoCommand)?;
    let own = words.chain(chosen.args.iter().map(String::as_str));
    let mut args: Vec<String> =
        own.map(|arg| if expand_args { expand(arg, variable) } else { arg.to_owned() }).collect();
    args.extend_from_slice(more);
    Ok(Invocation { program: expand(program, variable), args })
}

/// The first command for this very system; else the first for its operating system; else the first for any.
fn choose(commands: &[PlatformCommand], platform: Platform) -> Option<&PlatformCommand> {
    let os = |command: &&PlatformCommand| command.os.eq_ignore_ascii_case(platform.os);
    let exact = commands.iter().filter(os).find(|command| command.arch.eq_ignore_ascii_case(platform.arch));
    let mut of_any = commands.iter().filter(|command| command.arch.is_empty());
    exact.or_else(|| of_any.clone().find(os)).or_else(|| of_any.find(|command| command.os.is_empty()))
}

/// Go's `os.Expand`: `$name` and `${name}`.
///
/// ```
/// use skiff::plugins::command::expand;
/// let upper = |name: &str| name.to_uppercase();
/// assert_eq!(expand("$a/${b c}$1x $ ${} $-y ${", &upper), "A/B C1x $  -y ");
/// ```
pub fn expand(text: &str, variable: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.is_empty() {
            out.push('$');
            break;
        }
        let (name, width) = shell_name(rest);
        match (name, width) {
            ("", 0) => out.push('$'),
            ("", _) => {}
            (name, _) => out.push_str(&variable(name)),
        }
        rest = &rest[width..];
    }
    out.push_str(rest);
    out
}

/// The name that begins a text, and how many bytes it takes; none but some bytes for bad syntax.
fn shell_name(text: &str) -> (&str, usize) {
    let is_special = |c: char| "*#$@!?-".contains(c) || c.is_ascii_digit();
    if let Some(inner) = text.strip_prefix('{') {
        return match inner.find('}') {
            Some(end) => (&inner[..end], end + 2),
            None => ("", 1),
        };
    }
    if text.starts_with(is_special) {
        return (&text[..1], 1);
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (&text[..end], end)
}
