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
    let found = if is_simple(text) { Found::default() } else { find(text, tabs_in_blocks) };
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

/// Bytes that mean nothing to YAML, nor do they in a name: the common case.
fn is_simple(text: &str) -> bool {
    let simple =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'=' | b'+' | b';' | b'(' | b')');
    let first = text.as_bytes()[0];
    first.is_ascii_alphanumeric() && text.bytes().all(|b| simple(b) || matches!(b, b'-' | b'.'))
}

fn find(text: &str, tabs_in_blocks: bool) -> Found {
    let mut found =
        Found { indicator: text.starts_with("---") || text.starts_with("..."), ..Found::default() };
    let mut after_whitespace = true;
    let (mut after_space, mut after_break) = (false, false);
    let mut rest = text.chars();
    let mut first = true;
    while let Some(c) = rest.next() {
        let next = rest.as_str().as_bytes().first().copied();
        let last = next.is_none();
        let before_whitespace = matches!(next, None | Some(b' ' | b'\t'));
        found.indicator |= is_indicator(c, first, after_whitespace, before_whitespace);
        if c == '\t' && tabs_in_blocks {
            found.tab = true;
        } else {
            found.special |= !is_printable(c);
        }
        found.altered_by_json |= matches!(c, '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}');
        let (space, line_break) = (c == ' ', is_break(c));
        if space {
            found.leading |= first;
            found.trailing_space |= last;
            found.break_space |= after_break;
        } else if line_break {
            found.breaks = true;
            found.line_feed |= c == '\n';
            found.leading |= first;
            found.trailing_break |= last;
            found.space_break |= after_space;
        }
        (after_space, after_break) = (space, line_break);
        after_whitespace = matches!(c, ' ' | '\t' | '\0') || line_break;
        first = false;
    }
    found
}

fn is_indicator(c: char, first: bool, after_whitespace: bool, before_whitespace: bool) -> bool {
    match c {
        '#' => first || after_whitespace,
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
        '?' | '-' => first && before_whitespace,
        ':' => before_whitespace,
        _ => false,
    }
}
