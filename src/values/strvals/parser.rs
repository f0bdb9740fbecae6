//! The parser behind all five options; [`Mode`] says how a value is read.

use super::{Error, MAX_INDEX, MAX_LIST_NESTING, MAX_NESTED_NAME_LEVEL, Reader};
use crate::values::gotext::type_name;
use serde_json::{Map, Value};
use std::mem;
use templates_engine::json;

/// How the text after a name's `=` becomes a value.
pub(super) enum Mode<'a> {
    Typed,
    Text,
    Json,
    Literal,
    File(&'a mut Reader<'a>),
}

/// Why parsing goes no further: the line is at its end, which is how every line ends, or it is wrong.
enum Stop {
    End,
    Wrong(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Wrong(error.into())
    }
}

type Step<T = ()> = Result<T, Stop>;

/// What stands after `=` when it is not JSON and not literal.
enum Given {
    List(Vec<Value>),
    Nothing,
    Value(Value),
}

pub(super) struct Parser<'a> {
    rest: &'a str,
    mode: Mode<'a>,
    lists: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(line: &'a str, mode: Mode<'a>) -> Self {
        Self { rest: line, mode, lists: 0 }
    }

    pub(super) fn parse(mut self, into: &mut Map<String, Value>) -> Result<(), Error> {
        loop {
            match self.key(into, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Wrong(error)) => return Err(error),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// The text up to one of `stops` or the end, backslashes resolved, and the stop.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (text, Some(c));
            }
            if c != '\\' || matches!(self.mode, Mode::Literal) {
                text.push(c);
            } else if let Some(escaped) = self.next() {
                text.push(escaped);
            }
        }
        (text, None)
    }

    /// One name and its value.
    fn key(&mut self, data: &mut Map<String, Value>, level: usize) -> Step {
        let stops: &[char] =
            if matches!(self.mode, Mode::Literal) { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        match self.until(stops) {
            (k, None) if k.is_empty() => Err(Stop::End),
            (k, None) => Err(Error::NoValue(k).into()),
            (k, Some('[')) => self.list_key(data, k, level),
            (k, Some('=')) => self.assign(data, k),
            (k, Some('.')) => self.table_key(data, k, level + 1),
            (k, Some(_)) => Err(Error::EndsWithComma(k).into()),
        }
    }

    fn list_key(&mut self, data: &mut Map<String, Value>, k: String, level: usize) -> Step {
        let index = self.index()?;
        let mut list = match data.get_mut(&k) {
            None => Vec::new(),
            Some(Value::Array(list)) => mem::take(list),
            Some(other) => return Err(conversion(other, "[]interface {}")),
        };
        let length = list.len();
        let step = self.list_item(&mut list, index, level);
        if k.is_empty() {
            // The empty name is never set, yet a list that it already has is changed in place.
            list.truncate(length);
            if let Some(before) = data.get_mut(&k) {
                *before = list.into();
            }
        } else {
            data.insert(k, list.into());
        }
        step
    }

    fn table_key(&mut self, data: &mut Map<String, Value>, k: String, level: usize) -> Step {
        if level > MAX_NESTED_NAME_LEVEL {
            return Err(Error::NameTooDeep.into());
        }
        match data.get_mut(&k) {
            Some(Value::Object(inner)) => {
                let step = self.key(inner, level);
                if step.is_ok() && inner.is_empty() {
                    return Err(Error::EmptyTable(k).into());
                }
                step
            }
            Some(other) => Err(conversion(other, "map[string]interface {}")),
            None => {
                let mut inner = Map::new();
                let step = self.key(&mut inner, level);
                if inner.is_empty() {
                    return step.and(Err(Error::EmptyTable(k).into()));
                }
                set(data, k, inner.into());
                step
            }
        }
    }

    /// Reads the value after `=` and sets it.
    fn assign(&mut self, data: &mut Map<String, Value>, k: String) -> Step {
        match self.given()? {
            Given::List(list) => set(data, k, list.into()),
            Given::Value(value) => set(data, k, value),
            Given::Nothing => {
                set(data, k, Value::String(String::new()));
                return Err(Stop::End);
            }
        }
        Ok(())
    }

    /// What stands between the brackets, standing after `[`.
    fn index(&mut self) -> Step<i64> {
        let (text, Some(_)) = self.until(&[']']) else { return Err(Stop::End) };
        text.parse().map_err(|_| {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
            let whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            let reason = if whole { "value out of range" } else { "invalid syntax" };
            Error::Index { text, reason }.into()
        })
    }

    /// What follows an index: the value, a further index, or a name inside the item.
    fn list_item(&mut self, list: &mut Vec<Value>, index: i64, level: usize) -> Step {
        let at = usize::try_from(index).map_err(|_| Error::NegativeIndex(index))?;
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            return Err(Error::AfterIndex(text).into());
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let value = match self.given()? {
                    Given::List(items) => items.into(),
                    Given::Value(value) => value,
                    Given::Nothing => Value::String(String::new()),
                };
                set_index(list, at, value)
            }
            Some('[') => {
                self.lists += 1;
                if self.lists > MAX_LIST_NESTING {
                    return Err(Error::ListTooDeep.into());
                }
                let step = self.nested_list(list, at, level);
                self.lists -= 1;
                step
            }
            Some(_) => self.nested_table(list, at, level),
        }
    }

    fn nested_list(&mut self, list: &mut Vec<Value>, at: usize, level: usize) -> Step {
        let index = self.index()?;
        match list.get_mut(at) {
            Some(Value::Array(inner)) => {
                self.list_item(inner, index, level)?;
                check_index(at)
            }
            None | Some(Value::Null) => {
                let mut inner = Vec::new();
                self.list_item(&mut inner, index, level)?;
                set_index(list, at, inner.into())
            }
            Some(other) => Err(conversion(other, "[]interface {}")),
        }
    }

    fn nested_table(&mut self, list: &mut Vec<Value>, at: usize, level: usize) -> Step {
        if let Some(item) = list.get_mut(at) {
            if !item.is_object() {
                *item = Map::new().into();
            }
            if let Value::Object(inner) = item {
                self.key(inner, level)?;
            }
            return check_index(at);
        }
        let mut inner = Map::new();
        self.key(&mut inner, level)?;
        set_index(list, at, inner.into())
    }

    /// The value after `=`.
    fn given(&mut self) -> Step<Given> {
        match self.mode {
            Mode::Json => self.json().map(Given::Value),
            Mode::Literal => Ok(Given::Value(Value::String(mem::take(&mut self.rest).to_owned()))),
            _ if self.rest.is_empty() => Ok(Given::Nothing),
            _ if self.rest.starts_with('{') => self.braces().map(Given::List),
            _ => {
                let (text, _) = self.until(&[',']);
                self.convert(text).map(Given::Value)
            }
        }
    }

    /// The items between braces, standing at `{`; a comma after `}` is taken too.
    fn braces(&mut self) -> Step<Vec<Value>> {
        self.next();
        let mut list = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            let Some(stop) = stop else { return Err(Error::UnterminatedList.into()) };
            if stop == '}' {
                self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
            }
            list.push(self.convert(text)?);
            if stop == '}' {
                return Ok(list);
            }
        }
    }

    fn convert(&mut self, text: String) -> Step<Value> {
        match &mut self.mode {
            Mode::Typed => Ok(typed(text)),
            Mode::File(reader) => Ok(Value::String(reader(&text).map_err(Error::Read)?)),
            Mode::Text | Mode::Json | Mode::Literal => Ok(Value::String(text)),
        }
    }

    fn json(&mut self) -> Step<Value> {
        if self.no_value() {
            return Ok(Value::Null);
        }
        let (value, length) = json::first_value(self.rest).map_err(Error::Json)?;
        self.rest = &self.rest[length..];
        self.no_value();
        Ok(value)
    }

    /// Takes blanks and then a comma or the end; says whether it found one of those.
    fn no_value(&mut self) -> bool {
        let rest = self.rest.trim_start();
        self.rest = rest.strip_prefix(',').unwrap_or(rest);
        rest.is_empty() || rest.starts_with(',')
    }
}

fn conversion(found: &Value, wanted: &'static str) -> Stop {
    let found = if found.is_null() { "nil" } else { type_name(found) };
    Error::Conversion { found, wanted }.into()
}

fn set(data: &mut Map<String, Value>, key: String, value: Value) {
    if !key.is_empty() {
        data.insert(key, value);
    }
}

fn check_index(at: usize) -> Step {
    match i64::try_from(at) {
        Ok(index) if index > MAX_INDEX => Err(Error::IndexTooLarge(index).into()),
        _ => Ok(()),
    }
}

fn set_index(list: &mut Vec<Value>, at: usize, value: Value) -> Step {
    check_index(at)?;
    if list.len() <= at {
        list.resize(at + 1, Value::Null);
    }
    list[at] = value;
    Ok(())
}

/// `--set`'s types: booleans and null in any case, whole numbers that do not start with a zero.
fn typed(text: String) -> Value {
    if folds_to(&text, "true") {
        return Value::Bool(true);
    }
    if folds_to(&text, "false") {
        return Value::Bool(false);
    }
    if folds_to(&text, "null") {
        return Value::Null;
    }
    if (text == "0" || !text.starts_with('0'))
        && let Ok(number) = text.parse::<i64>()
    {
        return number.into();
    }
    Value::String(text)
}

/// Go's `strings.EqualFold`: the long s folds to s.
fn folds_to(text: &str, word: &str) -> bool {
    text.len() <= word.len() + 1
        && text.chars().map(|c| if c == 'ſ' { 's' } else { c.to_ascii_lowercase() }).eq(word.chars())
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use serde_json::json;

    fn set(line: &str) -> Result<Value, String> {
        let mut values = Map::new();
        parse(line, &mut values).map(|()| values.into()).map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_that_go_would_print_differently_stay_text() {
        assert_eq!(
            set("a=1,b=1e3,c=1.50,d=010,e=0,f=-0,g=+5"),
            Ok(json!({"a":1,"b":"1e3","c":"1.50","d":"010","e":0,"f":0,"g":5}))
        );
        assert_eq!(set("a=9223372036854775808"), Ok(json!({"a":"9223372036854775808"})));
    }

    #[test]
    fn words_are_typed_in_any_case() {
        assert_eq!(set("a=TRUE,b=False,c=Null,d=falſe"), Ok(json!({"a":true,"b":false,"c":null,"d":false})));
    }

    #[test]
    fn an_escape_keeps_the_character() {
        assert_eq!(set(r"a\.b=x\,y,c={d\,e,f}"), Ok(json!({"a.b":"x,y","c":["d,e","f"]})));
    }

    #[test]
    fn a_name_without_value_is_an_error() {
        assert_eq!(set("x"), Err("key \"x\" has no value".into()));
        assert_eq!(set("x,y=1"), Err("key \"x\" has no value (cannot end with ,)".into()));
        assert_eq!(set("a.=1"), Err("key map \"a\" has no value".into()));
    }

    #[test]
    fn indexes_are_checked() {
        assert_eq!(
            set("a[65537]=1"),
            Err("index of 65537 is greater than maximum supported index of 65536".into())
        );
        assert_eq!(set("a[-1]=1"), Err("negative -1 index not allowed".into()));
        assert_eq!(
            set("a[x]=1"),
            Err("error parsing index: strconv.Atoi: parsing \"x\": invalid syntax".into())
        );
        assert_eq!(set("a[0]b=1"), Err("unexpected data at end of array index: ['b']".into()));
        assert_eq!(set(&format!("a{}=1", "[0]".repeat(100_000))), Err(Error::ListTooDeep.to_string()));
    }

    #[test]
    fn a_table_cannot_be_made_from_text() {
        let mut values = Map::from_iter([("a".to_owned(), json!("x"))]);
        let error = parse("a.b=1", &mut values).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unable to parse key: interface conversion: interface {} is string, not map[string]interface {}"
        );
    }

    #[test]
    fn a_files_text_is_its_value() {
        let mut values = Map::new();
        parse_file("a=x,b={y,z}", &mut values, &mut |name| Ok(format!("<{name}>"))).unwrap();
        assert_eq!(Value::from(values), json!({"a":"<x>","b":["<y>","<z>"]}));
    }
}
