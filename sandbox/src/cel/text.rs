//! Functions of texts: the standard ones, the strings extension, and Kubernetes' regular expressions.

use super::{
    convert::display,
    eval::MAX_SIZE,
    value::{Fail, Result, Val},
};
use templates_engine::regexp::Regexp;

/// Refuses to make what is too large.
pub(crate) fn bounded(size: usize) -> Result<()> {
    if size > MAX_SIZE { Err(super::eval::out_of_fuel()) } else { Ok(()) }
}

fn regexp(pattern: &str) -> Result<Regexp> {
    Regexp::compile(pattern.as_bytes()).map_err(|error| Fail::new(error.to_string()))
}

/// `matches`.
pub(crate) fn matches<'a>(text: &str, pattern: &str, cost: &mut usize) -> Result<Val<'a>> {
    *cost += (text.len() / 10 + 1) * (pattern.len() / 4 + 1);
    Ok(Val::Bool(regexp(pattern)?.is_match(text.as_bytes())))
}

/// A function of a text.
pub(crate) fn member<'a>(text: &str, name: &str, args: &[Val<'a>], cost: &mut usize) -> Result<Val<'a>> {
    match (name, args) {
        ("contains", [Val::Text(part)]) => Ok(Val::Bool(text.contains(part.as_ref()))),
        ("startsWith", [Val::Text(part)]) => Ok(Val::Bool(text.starts_with(part.as_ref()))),
        ("endsWith", [Val::Text(part)]) => Ok(Val::Bool(text.ends_with(part.as_ref()))),
        ("matches", [Val::Text(pattern)]) => matches(text, pattern, cost),
        ("find", [Val::Text(pattern)]) => {
            *cost += (text.len() / 10 + 1) * (pattern.len() / 4 + 1);
            let found = regexp(pattern)?.find(text.as_bytes()).and_then(|range| text.get(range));
            Ok(Val::text(found.unwrap_or_default()))
        }
        ("findAll", [Val::Text(pattern)]) => find_all(text, pattern, -1, cost),
        ("findAll", [Val::Text(pattern), Val::Int(most)]) => find_all(text, pattern, *most, cost),
        ("lowerAscii", []) => Ok(Val::text(text.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Val::text(text.to_ascii_uppercase())),
        ("trim", []) => Ok(Val::text(text.trim())),
        ("reverse", []) => Ok(Val::text(text.chars().rev().collect::<String>())),
        ("replace", [Val::Text(from), Val::Text(to)]) => replace(text, from, to, -1),
        ("replace", [Val::Text(from), Val::Text(to), Val::Int(most)]) => replace(text, from, to, *most),
        ("split", [Val::Text(by)]) => Ok(split(text, by, -1)),
        ("split", [Val::Text(by), Val::Int(most)]) => Ok(split(text, by, *most)),
        ("format", [list]) => super::format::format(text, list, cost),
        (name, args) => positions(text, name, args),
    }
}

fn find_all<'a>(text: &str, pattern: &str, most: i64, cost: &mut usize) -> Result<Val<'a>> {
    *cost += (text.len() / 10 + 1) * (pattern.len() / 4 + 1);
    let found = regexp(pattern)?.find_all(text.as_bytes(), most);
    let texts = found.into_iter().filter_map(|range| text.get(range)).map(Val::text);
    Ok(Val::list(texts.collect()))
}

fn replace<'a>(text: &str, from: &str, to: &str, most: i64) -> Result<Val<'a>> {
    let places = if from.is_empty() { text.chars().count() + 1 } else { text.matches(from).count() };
    let count = usize::try_from(most).map_or(places, |most| most.min(places));
    bounded(text.len().saturating_add(count.saturating_mul(to.len())))?;
    Ok(Val::text(text.replacen(from, to, count)))
}

fn split<'a>(text: &str, by: &str, most: i64) -> Val<'a> {
    let parts: Vec<String> = match (most, by) {
        (0, _) => Vec::new(),
        (1, _) => vec![text.to_owned()],
        (_, "") => {
            let all: Vec<char> = text.chars().collect();
            let keep = usize::try_from(most).map_or(all.len(), |most| most.min(all.len()));
            let single = all.iter().take(keep.saturating_sub(1)).map(char::to_string);
            let rest: String = all.iter().skip(keep.saturating_sub(1)).collect();
            single.chain((!all.is_empty()).then_some(rest)).collect()
        }
        (most, by) => match usize::try_from(most) {
            Ok(most) => text.splitn(most, by).map(str::to_owned).collect(),
            Err(_) => text.split(by).map(str::to_owned).collect(),
        },
    };
    Val::list(parts.into_iter().map(Val::text).collect())
}

/// Functions that count characters.
fn positions<'a>(text: &str, name: &str, args: &[Val<'a>]) -> Result<Val<'a>> {
    let chars: Vec<char> = text.chars().collect();
    let size = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let outside = |place: i64| Fail::new(format!("index out of range: {place}"));
    let within = |place: i64| {
        if (0..=size).contains(&place) {
            usize::try_from(place).map_err(|_| outside(place))
        } else {
            Err(outside(place))
        }
    };
    let part = |from: usize, to: usize| chars.get(from..to).unwrap_or_default().iter().collect::<String>();
    match (name, args) {
        ("charAt", [Val::Int(place)]) => {
            let place = within(*place)?;
            Ok(Val::text(part(place, (place + 1).min(chars.len()))))
        }
        ("substring", [Val::Int(from)]) => Ok(Val::text(part(within(*from)?, chars.len()))),
        ("substring", [Val::Int(from), Val::Int(to)]) => {
            if from > to {
                return Err(Fail::new(format!("invalid substring range. start: {from}, end: {to}")));
            }
            Ok(Val::text(part(within(*from)?, within(*to)?)))
        }
        ("indexOf", [Val::Text(other)]) => Ok(Val::Int(find(&chars, other, 0))),
        ("indexOf", [Val::Text(other), Val::Int(from)]) => Ok(Val::Int(find(&chars, other, within(*from)?))),
        ("lastIndexOf", [Val::Text(other)]) => Ok(Val::Int(find_last(&chars, other, chars.len()))),
        ("lastIndexOf", [Val::Text(other), Val::Int(from)]) => {
            Ok(Val::Int(find_last(&chars, other, within(*from)?)))
        }
        _ => Err(Fail::overload()),
    }
}

fn place(number: Option<usize>) -> i64 {
    number.and_then(|number| i64::try_from(number).ok()).unwrap_or(-1)
}

fn find(chars: &[char], other: &str, from: usize) -> i64 {
    let other: Vec<char> = other.chars().collect();
    if other.is_empty() {
        return place(Some(from));
    }
    place((from..chars.len()).find(|start| chars.get(*start..).is_some_and(|rest| rest.starts_with(&other))))
}

fn find_last(chars: &[char], other: &str, from: usize) -> i64 {
    let other: Vec<char> = other.chars().collect();
    if other.is_empty() {
        return place(Some(from));
    }
    let fits = |start: &usize| chars.get(*start..).is_some_and(|rest| rest.starts_with(&other));
    place((0..=from).rev().find(fits))
}

/// `join`.
pub(crate) fn join<'a>(items: &[Val<'a>], separator: &str) -> Result<Val<'a>> {
    let mut texts = Vec::with_capacity(items.len());
    let mut size = 0usize;
    for item in items {
        let Val::Text(_) = item else { return Err(Fail::overload()) };
        let text = display(item)?;
        size = size.saturating_add(text.len()).saturating_add(separator.len());
        bounded(size)?;
        texts.push(text);
    }
    Ok(Val::text(texts.join(separator)))
}
