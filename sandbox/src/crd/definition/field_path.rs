//! Paths of fields inside a schema: `cel.ValidFieldPath`.

use crate::crd::{
    path,
    props::{Additional, Props},
};

/// What a path leads to.
pub(crate) struct Found<'a> {
    /// The path as `field.Path` writes it.
    pub(crate) path: String,
    /// The schema there.
    pub(crate) schema: &'a Props,
}

/// Follows `.spec.name` or `.spec['na.me']`.
///
/// # Errors
/// Go's words for what is wrong with the path.
pub(crate) fn find<'a>(given: &str, schema: &'a Props, brackets: bool) -> Result<Found<'a>, String> {
    let mut found = Found { path: String::new(), schema };
    let tokens = tokens(given);
    let mut tokens = tokens.iter().map(String::as_str);
    while let Some(token) = tokens.next() {
        let name = match token {
            "[" if !brackets => return Err("array notation is not allowed".to_owned()),
            "[" => {
                let token = tokens.next().ok_or("unexpected end of JSON path")?;
                let inner = token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let inner = inner.ok_or_else(|| format!("expected single quoted string but got {token}"))?;
                unescape(inner)?
            }
            "." => tokens.next().ok_or("unexpected end of JSON path")?.to_owned(),
            other => return Err(format!("expected [ or . but got: {other}")),
        };
        step(&mut found, &name)?;
        if token == "[" {
            match tokens.next().ok_or("unexpected end of JSON path")? {
                "]" => {}
                other => return Err(format!("expected ] but got {other}")),
            }
        }
    }
    Ok(found)
}

fn step(found: &mut Found<'_>, name: &str) -> Result<(), String> {
    const NOWHERE: &str = "does not refer to a valid field";
    if !found.schema.properties.is_empty() {
        found.path = path::child(&found.path, name);
        found.schema = found.schema.property(name).ok_or(NOWHERE)?;
        return Ok(());
    }
    match found.schema.additional.as_deref() {
        Some(Additional::Schema(values)) => {
            found.path = path::key(&found.path, name);
            found.schema = values;
            Ok(())
        }
        _ => Err(NOWHERE.to_owned()),
    }
}

/// Dots, brackets, quoted texts and what stands between.
fn tokens(given: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut chars = given.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if current.is_empty() => {
                let (mut text, mut before) = (String::from('\''), ' ');
                for c in chars.by_ref() {
                    text.push(c);
                    if c == '\'' && before != '\\' {
                        break;
                    }
                    before = c;
                }
                tokens.push(text);
            }
            '.' | '[' | ']' => {
                if !current.is_empty() {
                    tokens.push(std::mem::take(&mut current));
                }
                tokens.push(c.to_string());
            }
            c => current.push(c),
        }
    }
    if !current.is_empty() {
        tokens.push(current);
    }
    tokens
}

fn unescape(text: &str) -> Result<String, String> {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        plain.push(match chars.next() {
            Some('a') => '\x07',
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\x0b',
            Some('\'') => '\'',
            Some('\\') | None => '\\',
            Some(other) => {
                return Err(format!("invalid string literal: invalid escape char \\{other}"));
            }
        });
    }
    Ok(plain)
}
