//! Nodes and data to text.

use super::{Bound, Error, Node};
use crate::json;
use serde_json::Value;
use std::{borrow::Cow, cmp::Ordering, ops::Range};

/// A value of the data, or one that the template names.
type Item<'a> = Cow<'a, Value>;

fn data<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::Data(message.into()))
}

pub(super) fn execute(nodes: &[Node], root: &Value) -> Result<String, Error> {
    let mut run = Run { nodes, begin: 0, inside: 0, end: 0, last_end: None };
    let mut out = String::new();
    for group in run.find(Cow::Borrowed(root), 0)? {
        for (i, item) in group.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            print(item, &mut out)?;
        }
    }
    Ok(out)
}

/// The state of ranges: how many begin, are open, and end at the node at hand.
struct Run<'n> {
    nodes: &'n [Node],
    begin: usize,
    inside: usize,
    end: usize,
    last_end: Option<usize>,
}

impl Run<'_> {
    /// The results of the nodes from `from` on, up to the end of the range.
    fn find<'a>(&mut self, root: Item<'a>, from: usize) -> Result<Vec<Vec<Item<'a>>>, Error> {
        let mut all = Vec::new();
        let mut i = from;
        while i < self.nodes.len() {
            let results = self.walk(vec![root.clone()], &self.nodes[i])?;
            if self.end > 0 && self.end <= self.inside {
                self.end -= 1;
                self.last_end = Some(i);
                break;
            }
            if self.begin > 0 {
                self.begin -= 1;
                self.inside += 1;
                if results.is_empty() {
                    // The nodes inside are walked all the same, to find the end.
                    self.find(Cow::Owned(Value::Null), i + 1)?;
                }
                for item in results {
                    all.extend(self.find(item, i + 1)?);
                }
                self.inside -= 1;
                i = self.last_end.filter(|&end| end > i).unwrap_or(i) + 1;
                continue;
            }
            all.push(results);
            i += 1;
        }
        Ok(all)
    }

    fn list<'a>(&mut self, input: Vec<Item<'a>>, nodes: &[Node]) -> Result<Vec<Item<'a>>, Error> {
        nodes.iter().try_fold(input, |input, node| self.walk(input, node))
    }

    fn walk<'a>(&mut self, input: Vec<Item<'a>>, node: &Node) -> Result<Vec<Item<'a>>, Error> {
        let constant = |value: Value| Ok(vec![Cow::Owned(value); input.len()]);
        match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => Ok(vec![Cow::Owned(Value::from(text.as_str()))]),
            Node::Int(number) => constant(Value::from(*number)),
            Node::Float(number) => constant(Value::from(*number)),
            Node::Bool(flag) => constant(Value::from(*flag)),
            Node::Field(name) => fields(&input, name),
            Node::Array(bounds) => elements(&input, bounds),
            Node::Filter { left, operator, right } => self.filter(&input, left, operator, right),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut all = Vec::new();
                input.iter().for_each(|item| descend(item, &mut all));
                Ok(all)
            }
            Node::Union(lists) => {
                let mut all = Vec::new();
                for list in lists {
                    all.extend(self.list(input.clone(), list)?);
                }
                Ok(all)
            }
            Node::Identifier(name) => self.identifier(input, name),
        }
    }

    fn identifier<'a>(&mut self, input: Vec<Item<'a>>, name: &str) -> Result<Vec<Item<'a>>, Error> {
        match name {
            "range" => {
                self.begin += 1;
                Ok(input)
            }
            "end" if self.inside > 0 => {
                self.end += 1;
                Ok(Vec::new())
            }
            "end" => data("not in range, nothing to end"),
            name => data(format!("unrecognized identifier {name}")),
        }
    }

    fn filter<'a>(
        &mut self,
        input: &[Item<'a>],
        left: &[Node],
        operator: &str,
        right: &[Node],
    ) -> Result<Vec<Item<'a>>, Error> {
        let mut kept = Vec::new();
        for item in input {
            let Value::Array(_) = &**item else {
                return data(format!("{} is not array or slice and cannot be filtered", json_text(item)?));
            };
            for element in children(item) {
                let lefts = self.list(vec![element.clone()], left);
                if operator == "exists" {
                    if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                        kept.push(element);
                    }
                    continue;
                }
                let Some(left) = single(lefts?)? else { continue };
                let Some(right) = single(self.list(vec![element.clone()], right)?)? else { continue };
                if compare(&left, operator, &right)? {
                    kept.push(element);
                }
            }
        }
        Ok(kept)
    }
}

fn single(mut items: Vec<Item<'_>>) -> Result<Option<Item<'_>>, Error> {
    if items.len() > 1 {
        return data("can only compare one element at a time");
    }
    Ok(items.pop())
}

fn fields<'a>(input: &[Item<'a>], name: &str) -> Result<Vec<Item<'a>>, Error> {
    let found: Vec<Item<'a>> = input.iter().filter_map(|item| member(item, name)).collect();
    if found.is_empty() && !input.is_empty() {
        return data(format!("{name} is not found"));
    }
    Ok(found)
}

fn member<'a>(item: &Item<'a>, name: &str) -> Option<Item<'a>> {
    match item {
        Cow::Borrowed(value) => value.as_object()?.get(name).map(Cow::Borrowed),
        Cow::Owned(value) => value.as_object()?.get(name).cloned().map(Cow::Owned),
    }
}

/// The elements of a list or a map, or the bytes of a text.
fn children<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    match item {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        other => match &**other {
            Value::String(text) => text.bytes().map(|byte| Cow::Owned(Value::from(byte))).collect(),
            Value::Array(items) => items.iter().cloned().map(Cow::Owned).collect(),
            Value::Object(fields) => fields.values().cloned().map(Cow::Owned).collect(),
            _ => Vec::new(),
        },
    }
}

/// A value that holds others, and all such values in it.
fn descend<'a>(item: &Item<'a>, all: &mut Vec<Item<'a>>) {
    let inner = children(item);
    if !inner.is_empty() {
        all.push(item.clone());
        inner.iter().for_each(|child| descend(child, all));
    }
}

fn elements<'a>(input: &[Item<'a>], bounds: &[Bound; 3]) -> Result<Vec<Item<'a>>, Error> {
    let mut all = Vec::new();
    for item in input.iter().filter(|item| !item.is_null()) {
        let Value::Array(items) = &**item else {
            return data(format!("{} is not array or slice", crate::json::type_name(item)));
        };
        let Some(range) = range(bounds, items.len())? else { return Ok(all) };
        let step = match bounds[2] {
            Bound { known: false, .. } => 1,
            Bound { value, .. } => usize::try_from(value).unwrap_or_default(),
        };
        if step == 0 {
            return data("step must be > 0");
        }
        all.extend(children(item).into_iter().take(range.end).skip(range.start).step_by(step));
    }
    Ok(all)
}

/// Which elements are meant; none when the slice is empty.
fn range(bounds: &[Bound; 3], len: usize) -> Result<Option<Range<usize>>, Error> {
    let signed = i64::try_from(len).unwrap_or(i64::MAX);
    let mut start = if bounds[0].known { bounds[0].value } else { 0 };
    if start < 0 {
        start = start.saturating_add(signed);
    }
    let mut end = if bounds[1].known { bounds[1].value } else { signed };
    if end < 0 || (end == 0 && bounds[1].derived) {
        end = end.saturating_add(signed);
    }
    if start == end {
        return Ok(None);
    }
    let out = |index: i64| data(format!("array index out of bounds: index {index}, length {len}"));
    if !(0..signed).contains(&start) {
        return out(start);
    }
    if !(0..=signed).contains(&end) {
        return out(end - 1);
    }
    if start > end {
        return data(format!("starting index {start} is greater than ending index {end}"));
    }
    let index = |index: i64| usize::try_from(index).unwrap_or_default();
    Ok(Some(index(start)..index(end)))
}

fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, Error> {
    let order = || -> Result<Ordering, Error> {
        match (left, right) {
            (Value::String(a), Value::String(b)) => Ok(a.as_bytes().cmp(b.as_bytes())),
            (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => {
                a.as_f64().partial_cmp(&b.as_f64()).map_or_else(|| data(INCOMPATIBLE), Ok)
            }
            (Value::Bool(_), Value::Bool(_)) => data("invalid type for comparison"),
            (Value::Null | Value::Array(_) | Value::Object(_), _)
            | (_, Value::Null | Value::Array(_) | Value::Object(_)) => data("invalid type for comparison"),
            _ => data(INCOMPATIBLE),
        }
    };
    let equal = || match (left, right) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        _ => order().map(Ordering::is_eq),
    };
    match operator {
        "==" => equal(),
        "!=" => equal().map(|equal| !equal),
        "<" => order().map(Ordering::is_lt),
        "<=" => order().map(Ordering::is_le),
        ">" => order().map(Ordering::is_gt),
        ">=" => order().map(Ordering::is_ge),
        operator => data(format!("unrecognized filter operator {operator}")),
    }
}

const INCOMPATIBLE: &str = "incompatible types for comparison";

fn json_text(value: &Value) -> Result<String, Error> {
    json::to_string(value).map_err(|error| Error::Data(error.to_string()))
}

fn print(item: &Value, out: &mut String) -> Result<(), Error> {
    match item {
        Value::String(text) => out.push_str(text),
        Value::Number(number) if number.is_f64() => {
            out.push_str(&float(number.as_f64().unwrap_or_default()));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&item.to_string()),
        Value::Array(_) | Value::Object(_) => out.push_str(&json_text(item)?),
    }
    Ok(())
}

/// Go's `%v` of a float64.
fn float(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
