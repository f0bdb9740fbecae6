//! Label and field selectors as texts (`app=web,tier in (a,b)`, `status.phase!=Running`): parsing, with the messages of
//! `k8s.io/apimachinery/pkg/labels` and `pkg/fields`, and matching.

mod lexer;

use super::names;
use crate::field;
use lexer::{Item, Token};
use serde_json::{Map, Value};
use skiff_compact::Order;
use std::collections::BTreeSet;

/// What a requirement asks of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, `==` and `in`.
    In,
    /// `!=` and `notin`.
    NotIn,
    /// The bare key.
    Exists,
    /// `!key`.
    DoesNotExist,
    /// `>`.
    GreaterThan,
    /// `<`.
    LessThan,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What is asked.
    pub operator: Operator,
    /// The values that it asks for.
    pub values: Vec<String>,
}

/// A label selector: all requirements must hold. The default selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

impl LabelSelector {
    /// Parses a selector.
    ///
    /// # Errors
    /// The message of `labels.Parse`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut requirements = Parser { items: lexer::scan(text), position: 0 }.parse()?;
        requirements.order_by(|a, b| a.key.cmp(&b.key));
        Ok(Self { requirements })
    }

    /// Whether everything is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// The requirements, by key.
    #[must_use]
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether these labels are selected.
    #[must_use]
    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            requirement.matches(value)
        })
    }

    /// Whether the labels of `object` are selected.
    #[must_use]
    pub fn selects(&self, object: &Value) -> bool {
        self.is_empty() || self.matches(super::at(object, &["metadata", "labels"]).and_then(Value::as_object))
    }
}

impl Requirement {
    fn matches(&self, value: Option<&str>) -> bool {
        let among = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let compared = || {
            let wanted: i64 = self.values.first()?.parse().ok()?;
            Some(value?.parse::<i64>().ok()?.cmp(&wanted))
        };
        match self.operator {
            Operator::In => value.is_some_and(among),
            Operator::NotIn => !value.is_some_and(among),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compared().is_some_and(std::cmp::Ordering::is_gt),
            Operator::LessThan => compared().is_some_and(std::cmp::Ordering::is_lt),
        }
    }
}

/// `labels.Parser`.
struct Parser {
    items: Vec<Item>,
    position: usize,
}

impl Parser {
    /// The token at the position; behind the end, the end again.
    fn item(&self, operators: bool) -> Item {
        let item = self.items.get(self.position).or(self.items.last()).cloned().unwrap_or_default();
        match item.token {
            Token::In | Token::NotIn if !operators => Item { token: Token::Identifier, ..item },
            _ => item,
        }
    }

    fn look(&self) -> Item {
        self.item(false)
    }

    fn take(&mut self) -> Item {
        let item = self.item(false);
        self.position += 1;
        item
    }

    fn parse(mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            let next = self.look();
            match next.token {
                Token::Identifier | Token::Not => {}
                Token::End => return Ok(requirements),
                _ => {
                    return Err(format!(
                        "found '{}', expected: !, identifier, or 'end of string'",
                        next.text
                    ));
                }
            }
            let requirement = self.requirement();
            requirements.push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
            let after = self.take();
            match after.token {
                Token::End => return Ok(requirements),
                Token::Comma => {
                    let next = self.look();
                    if !matches!(next.token, Token::Identifier | Token::Not) {
                        return Err(format!("found '{}', expected: identifier after ','", next.text));
                    }
                }
                _ => return Err(format!("found '{}', expected: ',' or 'end of string'", after.text)),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut item = self.take();
        let not = item.token == Token::Not;
        if not {
            item = self.take();
        }
        if item.token != Token::Identifier {
            return Err(format!("found '{}', expected: identifier", item.text));
        }
        let key = item.text;
        check_key(&key, "<nil>")?;
        let bare = matches!(self.look().token, Token::End | Token::Comma);
        if bare || not {
            let operator = if not { Operator::DoesNotExist } else { Operator::Exists };
            return Ok(Requirement { key, operator, values: Vec::new() });
        }
        let item = self.item(true);
        self.position += 1;
        let (operator, several) = match item.token {
            Token::In => (Operator::In, true),
            Token::NotIn => (Operator::NotIn, true),
            Token::Equals => (Operator::In, false),
            Token::NotEquals => (Operator::NotIn, false),
            Token::Greater => (Operator::GreaterThan, false),
            Token::Less => (Operator::LessThan, false),
            _ => return Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", item.text)),
        };
        let values = if several { self.values()? } else { BTreeSet::from([self.value()?]) };
        let values: Vec<String> = values.into_iter().collect();
        check_values(&key, operator, &values)?;
        Ok(Requirement { key, operator, values })
    }

    /// `(a, b)`.
    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let open = self.take();
        if open.token != Token::Open {
            return Err(format!("found '{}' expected: '('", open.text));
        }
        let first = self.look();
        match first.token {
            Token::Identifier | Token::Comma => {
                let values = self.identifiers()?;
                if self.take().token != Token::Close {
                    return Err(format!("found '{}', expected: ')'", first.text));
                }
                Ok(values)
            }
            Token::Close => {
                self.take();
                Ok(BTreeSet::from([String::new()]))
            }
            _ => Err(format!("found '{}', expected: ',', ')' or identifier", first.text)),
        }
    }

    fn identifiers(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            let item = self.take();
            match item.token {
                Token::Identifier => {
                    values.insert(item.text);
                    let next = self.look();
                    match next.token {
                        Token::Comma => {}
                        Token::Close => return Ok(values),
                        _ => return Err(format!("found '{}', expected: ',' or ')'", next.text)),
                    }
                }
                Token::Comma => {
                    let next = self.look().token;
                    if values.is_empty() || matches!(next, Token::Close | Token::Comma) {
                        values.insert(String::new());
                    }
                    if next == Token::Close {
                        return Ok(values);
                    }
                }
                _ => return Err(format!("found '{}', expected: ',', or identifier", item.text)),
            }
        }
    }

    fn value(&mut self) -> Result<String, String> {
        if matches!(self.look().token, Token::End | Token::Comma) {
            return Ok(String::new());
        }
        let item = self.take();
        if item.token == Token::Identifier {
            return Ok(item.text);
        }
        Err(format!("found '{}', expected: identifier", item.text))
    }
}

fn check_key(key: &str, path: &str) -> Result<(), String> {
    let errors = names::qualified(key);
    if errors.is_empty() {
        return Ok(());
    }
    Err(field::Error::invalid(path, key, errors.join("; ")).to_string())
}

/// `labels.NewRequirement`'s checks of the values; several errors stand in brackets.
fn check_values(key: &str, operator: Operator, values: &[String]) -> Result<(), String> {
    let mut errors = Vec::new();
    if matches!(operator, Operator::GreaterThan | Operator::LessThan) {
        let detail = "for 'Gt', 'Lt' operators, the value must be an integer";
        let bad = values.iter().enumerate().filter(|(_, value)| value.parse::<i64>().is_err());
        errors.extend(
            bad.map(|(i, value)| field::Error::invalid(format!("values[{i}]"), value.as_str(), detail)),
        );
    }
    for (i, value) in values.iter().enumerate() {
        let wrong = names::label_value(value);
        if !wrong.is_empty() {
            errors.push(field::Error::invalid(
                format!("values[{i}][{key}]"),
                value.as_str(),
                wrong.join("; "),
            ));
        }
    }
    let mut texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.dedup();
    match texts.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}

/// One term of a field selector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The field's path.
    pub field: String,
    /// Whether it must be equal, or must not.
    pub equal: bool,
    /// The value.
    pub value: String,
}

/// A field selector: all terms must hold. The default selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// The terms.
    pub terms: Vec<Term>,
}

impl FieldSelector {
    /// Parses a selector.
    ///
    /// # Errors
    /// The message of `fields.ParseSelector`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = split(text);
        parts.order();
        let terms = parts.into_iter().filter(|part| !part.is_empty()).map(|part| {
            let (field, equal, value) =
                term(part).ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{part}'"))?;
            Ok(Term { field: field.to_owned(), equal, value: unescaped(value)? })
        });
        Ok(Self { terms: terms.collect::<Result<_, String>>()? })
    }

    /// Whether everything is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The value that a field must have, if the selector says so.
    #[must_use]
    pub fn exact(&self, field: &str) -> Option<&str> {
        let term = self.terms.iter().find(|term| term.equal && term.field == field)?;
        Some(&term.value)
    }

    /// Whether the fields, which `value` tells, are selected.
    pub fn matches(&self, value: impl Fn(&str) -> String) -> bool {
        self.terms.iter().all(|term| (value(&term.field) == term.value) == term.equal)
    }
}

/// Terms between commas that are not escaped.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Left side, whether equal, right side, at the first operator.
fn term(part: &str) -> Option<(&str, bool, &str)> {
    part.char_indices().find_map(|(i, _)| {
        let (left, rest) = part.split_at(i);
        let equal = || rest.strip_prefix("==").or_else(|| rest.strip_prefix('='));
        rest.strip_prefix("!=").map(|right| (left, false, right)).or_else(|| Some((left, true, equal()?)))
    })
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    let wrong = |what: &str| format!("invalid field selector: invalid escape sequence: {what}");
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(next @ ('\\' | ',' | '=')) => plain.push(next),
                Some(next) => return Err(wrong(&format!("\\{next}"))),
                None => return Err(wrong("\\")),
            },
            ',' | '=' => {
                return Err(format!(
                    "invalid field selector: unescaped character in value: {}",
                    u32::from(c)
                ));
            }
            c => plain.push(c),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn selects(selector: &str, labels: &Value) -> bool {
        LabelSelector::parse(selector).expect("a selector").matches(labels.as_object())
    }

    #[test]
    fn label_selectors_match() {
        let labels = json!({"app": "web", "tier": "front", "n": "5", "empty": ""});
        let yes = [
            "",
            "app=web",
            "app==web",
            "app!=db",
            "app in (web, db)",
            "app notin (db)",
            "app,tier",
            "!x",
            "n>4",
            "n<6",
            "empty=",
            "x!=y",
            "x notin (y)",
            "empty in ()",
            "app = web , tier=front",
            "app in (,web)",
        ];
        let no = [
            "app=db",
            "app!=web",
            "app in (db)",
            "app notin (web)",
            "x",
            "!app",
            "n>5",
            "app>1",
            "x=",
            "x in ()",
        ];
        assert!(yes.iter().all(|selector| selects(selector, &labels)));
        assert!(no.iter().all(|selector| !selects(selector, &labels)));
    }

    #[test]
    fn field_selectors_match() {
        let value = |field: &str| if field == "a" { "x,y".to_owned() } else { String::new() };
        let matches = |text: &str| FieldSelector::parse(text).expect("a selector").matches(value);
        assert!(matches(r"a=x\,y") && matches("b=") && matches("a!=z,b==") && matches(""));
        assert!(!matches("a=x") && !matches("b!="));
        assert_eq!(FieldSelector::parse("a").expect_err("no"), "invalid selector: 'a'; can't understand 'a'");
    }
}
