//! The tokens of label selectors, as `labels.Lexer` finds them.

/// What a token is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Token {
    Error,
    #[default]
    End,
    Close,
    Comma,
    Not,
    Equals,
    Greater,
    Identifier,
    In,
    Less,
    NotEquals,
    NotIn,
    Open,
}

/// A token, and its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) token: Token,
    pub(super) text: String,
}

const SPECIAL: &[char] = &['=', '!', '(', ')', ',', '>', '<'];
const SPACE: &[char] = &[' ', '\t', '\r', '\n'];

/// All tokens; the last one is the end. A NUL ends the text, as it does there.
pub(super) fn scan(text: &str) -> Vec<Item> {
    let mut rest = text.split('\0').next().unwrap_or_default();
    let mut items = Vec::new();
    loop {
        rest = rest.trim_start_matches(SPACE);
        let Some(first) = rest.chars().next() else {
            items.push(Item::default());
            return items;
        };
        let (item, length) = if SPECIAL.contains(&first) { special(rest) } else { word(rest) };
        items.push(item);
        rest = &rest[length..];
    }
}

fn word(rest: &str) -> (Item, usize) {
    let end = rest.find(|c| SPECIAL.contains(&c) || SPACE.contains(&c)).unwrap_or(rest.len());
    let text = &rest[..end];
    let token = match text {
        "in" => Token::In,
        "notin" => Token::NotIn,
        _ => Token::Identifier,
    };
    (Item { token, text: text.to_owned() }, end)
}

/// The longest known run of special characters that begins here.
fn special(rest: &str) -> (Item, usize) {
    let end = rest.find(|c| !SPECIAL.contains(&c)).unwrap_or(rest.len());
    let mut found = None;
    for length in 1..=end {
        match known(&rest[..length]) {
            Some(token) => found = Some((token, length)),
            None if found.is_some() => break,
            None => {}
        }
    }
    match found {
        Some((token, length)) => (Item { token, text: rest[..length].to_owned() }, length),
        None => {
            let text = format!("error expected: keyword found '{}'", &rest[..end]);
            (Item { token: Token::Error, text }, end)
        }
    }
}

fn known(text: &str) -> Option<Token> {
    Some(match text {
        ")" => Token::Close,
        "," => Token::Comma,
        "!" => Token::Not,
        "=" | "==" => Token::Equals,
        ">" => Token::Greater,
        "<" => Token::Less,
        "!=" => Token::NotEquals,
        "(" => Token::Open,
        _ => return None,
    })
}
