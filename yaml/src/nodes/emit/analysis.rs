//! Which styles a scalar's text allows.

use super::super::scan::is_break;

/// What was found in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Analysis {
    pub(super) multiline: bool,
    pub(super) flow_plain_allowed: bool,
    pub(super) block_plain_allowed: bool,
    pub(super) single_quoted_allowed: bool,
    pub(super) block_allowed: bool,
}

/// A character that can stand unescaped: go-yaml escapes what needs four bytes too.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{FFFD}') && c != '\u{FEFF}'
}

#[derive(Default)]
struct Found {
    block_indicator: bool,
    flow_indicator: bool,
    breaks: bool,
    special: bool,
    tab: bool,
    edges: bool,
    trailing_space: bool,
    break_space: bool,
    space_break: bool,
}

/// Looks at every character.
pub(super) fn analyze(text: &str) -> Analysis {
    if text.is_empty() {
        return Analysis { block_plain_allowed: true, single_quoted_allowed: true, ..Analysis::default() };
    }
    let mark = text.starts_with("---") || text.starts_with("...");
    let mut found = Found { block_indicator: mark, flow_indicator: mark, ..Found::default() };
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        found.note(c, before, rest.clone().next());
        before = Some(c);
    }
    let quoted = found.space_break || found.tab || found.special;
    let plain = !(found.edges || found.break_space || quoted || found.breaks);
    Analysis {
        multiline: found.breaks,
        flow_plain_allowed: plain && !found.flow_indicator,
        block_plain_allowed: plain && !found.block_indicator,
        single_quoted_allowed: !(found.break_space || quoted),
        block_allowed: !(found.trailing_space || found.space_break || found.special),
    }
}

impl Found {
    /// Notes what a character means between those before and after it.
    fn note(&mut self, c: char, before: Option<char>, after: Option<char>) {
        let spaced = after.is_none_or(|c| matches!(c, ' ' | '\t'));
        let behind_space = before.is_none_or(|c| matches!(c, ' ' | '\t' | '\0') || is_break(c));
        let first = before.is_none();
        let (flow, block) = match c {
            '#' if behind_space => (true, true),
            ',' | '[' | ']' | '{' | '}' => (true, first),
            '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => (first, first),
            '?' => (true, first && spaced),
            ':' => (true, spaced),
            '-' => (first && spaced, first && spaced),
            _ => (false, false),
        };
        self.flow_indicator |= flow;
        self.block_indicator |= block;
        if c == '\t' {
            self.tab = true;
        } else {
            self.special |= !is_printable(c);
        }
        let edge = first || after.is_none();
        if c == ' ' {
            self.edges |= edge;
            self.trailing_space |= after.is_none();
            self.break_space |= before.is_some_and(is_break);
        } else if is_break(c) {
            self.breaks = true;
            self.edges |= edge;
            self.space_break |= before == Some(' ');
        }
    }
}
