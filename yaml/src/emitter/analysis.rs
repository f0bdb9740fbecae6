//! Which styles a string allows.

/// What was found in a string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Analysis {
    /// It has a line break (of any kind).
    pub(super) multiline: bool,
    /// It has a line feed.
    pub(super) line_feed: bool,
    pub(super) plain_allowed: bool,
    pub(super) single_quoted_allowed: bool,
    pub(super) block_allowed: bool,
    /// JSON text, read as YAML, would not give the same string.
    pub(super) altered_by_json: bool,
}

/// A character that can stand unescaped: go-yaml escapes what needs four bytes too.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{FFFD}') && c != '\u{FEFF}'
}

/// `\r`, `\n`, NEL, LS or PS.
pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[derive(Default)]
struct Found {
    indicator: bool,
    breaks: bool,
    line_feed: bool,
    special: bool,
    tab: bool,
    leading: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
    altered_by_json: bool,
}

/// Looks at every character once. `tabs_in_blocks`: v3 lets tabs stand in block scalars.
pub(super) fn analyze(text: &str, tabs_in_blocks: bool) -> Analysis {
    if text.is_empty() {
        return Analysis {
            multiline: false,
            line_feed: false,
            plain_allowed: true,
            single_quoted_allowed: true,
            block_allowed: false,
            altered_by_json: false,
        };
    }
    let found = find(text, tabs_in_blocks);
    let quoted_only = found.space_break || found.special || found.tab;
    let edges = found.leading || found.trailing_space || found.trailing_break;
    Analysis {
        multiline: found.breaks,
        line_feed: found.line_feed,
        plain_allowed: !(edges || found.break_space || quoted_only || found.breaks || found.indicator),
        single_quoted_allowed: !(found.break_space || quoted_only),
        block_allowed: !(found.trailing_space || found.space_break || found.special),
        altered_by_json: found.altered_by_json,
    }
}

/// Bytes that mean nothing to YAML wherever they stand, and those inside a character.
static ORDINARY: [bool; 256] = {
    let mut ordinary = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        let special = byte < 0x20 || byte == 0x7F || byte >= 0xC0;
        ordinary[byte] = !special;
        byte += 1;
    }
    let mut special = b" #,[]{}&*!|>'\"%@`?-:".as_slice();
    while let [byte, rest @ ..] = special {
        ordinary[*byte as usize] = false;
        special = rest;
    }
    ordinary
};

fn find(text: &str, tabs_in_blocks: bool) -> Found {
    let mut found =
        Found { indicator: text.starts_with("---") || text.starts_with("..."), ..Found::default() };
    for (i, byte) in text.bytes().enumerate() {
        if !ORDINARY[usize::from(byte)] {
            let (before, rest) = text.split_at(i);
            let mut rest = rest.chars();
            if let Some(c) = rest.next() {
                found.note(c, before, rest.as_str(), tabs_in_blocks);
            }
        }
    }
    found
}

impl Found {
    /// Notes what a character means between what stands before and after it.
    fn note(&mut self, c: char, before: &str, after: &str, tabs_in_blocks: bool) {
        let (first, last) = (before.is_empty(), after.is_empty());
        self.indicator |= is_indicator(c, before, after);
        if c == '\t' && tabs_in_blocks {
            self.tab = true;
        } else {
            self.special |= !is_printable(c);
        }
        self.altered_by_json |= matches!(c, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
        if c == ' ' {
            self.leading |= first;
            self.trailing_space |= last;
            self.break_space |= before.ends_with(is_break);
        } else if is_break(c) {
            self.breaks = true;
            self.line_feed |= c == '\n';
            self.leading |= first;
            self.trailing_break |= last;
            self.space_break |= before.ends_with(' ');
        }
    }
}

fn is_indicator(c: char, before: &str, after: &str) -> bool {
    let first = before.is_empty();
    let before_whitespace = || after.is_empty() || after.starts_with([' ', '\t']);
    match c {
        '#' => first || before.ends_with(|c| matches!(c, ' ' | '\t' | '\0') || is_break(c)),
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
        '?' | '-' => first && before_whitespace(),
        ':' => before_whitespace(),
        _ => false,
    }
}
