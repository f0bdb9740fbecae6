//! Helm 4's presentation of template errors.

use templates_engine::value::Str;

/// What `required` and `fail` put around their message, so that it can be found again.
const WARN_START: &str = "HELM_ERR_START";
const WARN_END: &str = "HELM_ERR_END";

/// Why a chart did not render. Displays as Helm 4 words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RenderError {
    message: String,
    excerpt: Option<String>,
}

impl RenderError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), excerpt: None }
    }

    pub(super) fn with_excerpt(mut self, excerpt: Option<String>) -> Self {
        self.excerpt = excerpt;
        self
    }

    /// The source line and a caret under the failing node, for people (`--debug`, terminals).
    pub fn excerpt(&self) -> Option<&str> {
        self.excerpt.as_deref()
    }
}

/// Marks a message of `required` or `fail`.
pub(super) fn warn_wrap(message: &Str) -> String {
    format!("{WARN_START}{message}{WARN_END}")
}

/// Rewords a parse error: `parse error at (FILE:LINE): MESSAGE`.
pub(super) fn cleanup_parse_error(filename: &str, error: &str) -> String {
    let mut tokens = error.split(": ").skip(1);
    match (tokens.next(), error.rsplit(": ").next()) {
        (Some(location), Some(message)) => format!("parse error at ({location}): {message}"),
        _ => format!("parse error in ({filename}): {error}"),
    }
}

/// Rewords an execution error from its chain of causes, outermost first (each text holds the
/// texts of those after it).
///
/// A message of `required` or `fail` is shown alone; otherwise each template in the chain gets
/// lines of its own, unless a cause is no template error: then the text stays as Go has it.
pub(super) fn reformat_exec_error(filename: &str, chain: &[String]) -> String {
    let Some(error) = chain.first() else { return String::new() };
    let mut tokens = error.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (tokens.next(), tokens.next(), tokens.next()) else {
        return format!("execution error in ({filename}): {error}");
    };
    if let Some(message) = warned(rest) {
        return format!("execution error at ({location}): {message}");
    }
    let mut levels: Vec<Traceable<'_>> = Vec::new();
    for text in chain {
        let Some(level) = Traceable::parse(text) else { return error.clone() };
        if levels.last() != Some(&level) {
            levels.push(level);
        }
    }
    levels.iter().map(Traceable::lines).collect::<String>().trim().to_owned()
}

/// The message of `required` or `fail` in a longer text.
pub(super) fn warned(text: &str) -> Option<&str> {
    let start = text.find(WARN_START)? + WARN_START.len();
    let end = text.rfind(WARN_END)?;
    text.get(start..end)
}

/// One template error of a chain, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Traceable<'a> {
    location: &'a str,
    executing: Option<&'a str>,
    message: &'a str,
}

impl<'a> Traceable<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Self { location: "", executing: None, message: text });
        }
        Self::parse_executing(rest).or_else(|| {
            let (location, message) = rest.rsplit_once(": ")?;
            Some(Self { location, executing: None, message: first_error(message) })
        })
    }

    /// `NAME:LINE:COLUMN: executing "TEMPLATE" at <NODE>: MESSAGE`.
    fn parse_executing(rest: &'a str) -> Option<Self> {
        let (location, after) = rest.split_once(": executing ")?;
        let quoted = after.strip_prefix('"')?;
        let name_end = quoted.find('"')?;
        let at = quoted[name_end + 1..].strip_prefix(" at <")?;
        let (node, message) = at.split_once(">: ")?;
        let executing_len = "executing ".len() + 1 + name_end + 1 + " at <".len() + node.len() + ">:".len();
        let executing_start = location.len() + ": ".len();
        let executing = rest.get(executing_start..executing_start + executing_len)?;
        Some(Self { location, executing: Some(executing), message: first_error(message) })
    }

    fn lines(&self) -> String {
        let mut lines = String::new();
        if !self.location.is_empty() {
            lines.push_str(self.location);
            lines.push_str("\n  ");
        }
        if let Some(executing) = self.executing {
            lines.push_str(executing);
            lines.push_str("\n    ");
        }
        if !self.message.is_empty() {
            lines.push_str(self.message);
            lines.push('\n');
        }
        lines
    }
}

/// The message without the template error it wraps, which has a level of its own.
fn first_error(message: &str) -> &str {
    message.find(" template:").map_or(message, |cut| &message[..cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reformat(chain: &[&str]) -> String {
        let chain: Vec<_> = chain.iter().map(|s| (*s).to_owned()).collect();
        reformat_exec_error("c/templates/a.yaml", &chain)
    }

    #[test]
    fn a_go_error_gets_three_lines() {
        let text = "template: a:1:2: executing \"a\" at <.b.c>: nil pointer evaluating interface {}.c";
        assert_eq!(
            reformat(&[text]),
            "a:1:2\n  executing \"a\" at <.b.c>:\n    nil pointer evaluating interface {}.c"
        );
    }

    #[test]
    fn an_error_of_a_function_stays_on_one_line() {
        let text = "template: a:1:2: executing \"a\" at <f>: error calling f: boom";
        assert_eq!(reformat(&[text, "boom"]), text);
    }

    #[test]
    fn a_message_of_fail_is_shown_alone() {
        let text = "template: a:1:2: executing \"a\" at <fail \"x\">: error calling fail: HELM_ERR_STARTx\nyHELM_ERR_END";
        assert_eq!(reformat(&[text]), "execution error at (a:1:2): x\ny");
    }

    #[test]
    fn nested_includes_get_a_level_each() {
        let inner = "template: b:3:4: executing \"x\" at <.n.m>: nil pointer evaluating interface {}.m";
        let outer =
            format!("template: a:1:2: executing \"a\" at <include \"x\" .>: error calling include: {inner}");
        assert_eq!(
            reformat(&[&outer, &outer, inner]),
            "a:1:2\n  executing \"a\" at <include \"x\" .>:\n    error calling include:\nb:3:4\n  executing \"x\" at <.n.m>:\n    nil pointer evaluating interface {}.m"
        );
    }
}
