//! The JSONPath of printer columns and selectable fields: fields, indices, wildcards, slices and simple filters.

use serde_json::Value;

/// Longest path that is looked at.
const MAX_PATH: usize = 4096;
/// Most values that a path may reach.
const MAX_FOUND: usize = 10_000;

enum Step {
    Field(String),
    Wildcard,
    Index(i64),
    Slice(Option<i64>, Option<i64>),
    Recursive(String),
    Filter { path: Vec<Step>, operator: String, value: Option<Value> },
}

/// The first value at `path`; `None` where there is none or the path makes no sense.
pub(crate) fn first(path: &str, object: &Value) -> Option<Value> {
    all(&parse(path)?, object).into_iter().next().cloned()
}

/// A value as `PrintResults` writes it: texts bare, structures as JSON.
pub(crate) fn print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => crate::field::go_number(number),
        other => crate::field::go_json(other),
    }
}

fn parse(path: &str) -> Option<Vec<Step>> {
    if path.len() > MAX_PATH {
        return None;
    }
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            let (name, after) = name(after);
            steps.push(Step::Recursive(name));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let (name, after) = name(after);
            match name.as_str() {
                "" => {}
                "*" => steps.push(Step::Wildcard),
                _ => steps.push(Step::Field(name)),
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = closing(after)?;
            steps.push(bracket(after.get(..end)?)?);
            rest = after.get(end + 1..)?;
        } else {
            return None;
        }
    }
    Some(steps)
}

/// A field's name up to the next dot or bracket; a backslash escapes.
fn name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '.' | '[' => return (name, &text[place..]),
            '\\' => name.extend(chars.next().map(|(_, c)| c)),
            c => name.push(c),
        }
    }
    (name, "")
}

fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0usize, None);
    for (place, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(place),
            (None, ']') => depth -= 1,
            _ => {}
        }
    }
    None
}

fn bracket(inside: &str) -> Option<Step> {
    let inside = inside.trim();
    if inside == "*" {
        return Some(Step::Wildcard);
    }
    if let Some(text) = quoted(inside) {
        return Some(Step::Field(text));
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
        return self::filter(filter);
    }
    if let Some((from, to)) = inside.split_once(':') {
        let bound = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
        return Some(Step::Slice(bound(from)?, bound(to)?));
    }
    inside.parse().ok().map(Step::Index)
}

fn quoted(text: &str) -> Option<String> {
    let inner = text
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .or_else(|| text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')))?;
    Some(inner.replace("\\'", "'").replace("\\\"", "\""))
}

fn filter(text: &str) -> Option<Step> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = text.split_once(operator) {
            let right = right.trim();
            let value = match quoted(right) {
                Some(text) => Value::String(text),
                None => serde_json::from_str(right).ok()?,
            };
            let path = parse(left.trim().strip_prefix('@')?)?;
            return Some(Step::Filter { path, operator: operator.to_owned(), value: Some(value) });
        }
    }
    let path = parse(text.trim().strip_prefix('@')?)?;
    Some(Step::Filter { path, operator: String::new(), value: None })
}

fn all<'a>(steps: &[Step], object: &'a Value) -> Vec<&'a Value> {
    let mut values = vec![object];
    for step in steps {
        let mut next = Vec::new();
        for value in values {
            apply(step, value, &mut next);
            next.truncate(MAX_FOUND);
        }
        values = next;
    }
    values
}

fn apply<'a>(step: &Step, value: &'a Value, found: &mut Vec<&'a Value>) {
    let place = |index: i64, size: usize| {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        usize::try_from(if index < 0 { index + size } else { index }).ok()
    };
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => found.extend(fields.get(name)),
        (Step::Wildcard, Value::Object(fields)) => found.extend(fields.values()),
        (Step::Wildcard, Value::Array(items)) => found.extend(items),
        (Step::Index(index), Value::Array(items)) => {
            found.extend(place(*index, items.len()).and_then(|place| items.get(place)));
        }
        (Step::Slice(from, to), Value::Array(items)) => {
            let from = from.and_then(|from| place(from, items.len())).unwrap_or_default();
            let to = to.map_or(Some(items.len()), |to| place(to, items.len())).unwrap_or_default();
            found.extend(items.get(from..to.min(items.len())).into_iter().flatten());
        }
        (Step::Recursive(name), value) => recursive(name, value, found),
        (Step::Filter { path, operator, value }, Value::Array(items)) => {
            let fits = |item: &&Value| compare(all(path, item).first().copied(), operator, value.as_ref());
            found.extend(items.iter().filter(fits));
        }
        _ => {}
    }
}

fn recursive<'a>(name: &str, value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == name || name == "*" {
                    found.push(value);
                }
                recursive(name, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| recursive(name, item, found)),
        _ => {}
    }
}

fn compare(left: Option<&Value>, operator: &str, right: Option<&Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return left.is_some() && operator.is_empty() };
    let order = match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (a, b) if a == b => Some(std::cmp::Ordering::Equal),
        _ => None,
    };
    match (operator, order) {
        ("==", order) => order.is_some_and(std::cmp::Ordering::is_eq),
        ("!=", order) => !order.is_some_and(std::cmp::Ordering::is_eq),
        ("<", Some(order)) => order.is_lt(),
        (">", Some(order)) => order.is_gt(),
        ("<=", Some(order)) => order.is_le(),
        (">=", Some(order)) => order.is_ge(),
        _ => false,
    }
}
