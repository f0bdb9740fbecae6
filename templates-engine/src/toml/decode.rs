//! The decoder: the `toml` crate's, with the Go types BurntSushi/toml gives.

use super::{Error, MAX_DEPTH};
use crate::{
    funcs::dates::TimeObject,
    time::{Time, Zone},
    value::{List, Map, Str, Type, Value},
};
use ::toml::{
    Value as Toml,
    value::{Datetime, Offset},
};

/// A document as `map[string]interface {}`: integers are int64, lists of tables
/// `[]map[string]interface {}`, dates and times `time.Time`. Those without an offset are taken at
/// `local_offset` seconds, in a zone named by their kind as in BurntSushi/toml.
///
/// # Errors
/// [`Error::Syntax`]; its line is the library's, its words are not. One thing more is refused than
/// BurntSushi/toml refuses: a key that was a table by its dots and gets a plain value later.
pub fn decode(text: &str, local_offset: i64) -> Result<Value, Error> {
    let table: ::toml::Table = text.parse().map_err(|error: ::toml::de::Error| {
        let at = error.span().map_or(text.len(), |span| span.start).min(text.len());
        let line = 1 + text.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count();
        Error::Syntax(line, error.message().to_owned())
    })?;
    table_value(&table, local_offset, 0)
}

fn table_value(table: &::toml::Table, offset: i64, depth: usize) -> Result<Value, Error> {
    let entry =
        |(key, item): (&String, &Toml)| Ok((Str::from(key.as_str()), value(item, offset, depth + 1)?));
    Ok(Value::Map(Map::any(table.iter().map(entry).collect::<Result<Vec<_>, Error>>()?)))
}

fn value(item: &Toml, offset: i64, depth: usize) -> Result<Value, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::Depth);
    }
    Ok(match item {
        Toml::String(text) => text.as_str().into(),
        Toml::Integer(n) => Value::int64(*n),
        Toml::Float(n) => Value::float64(*n),
        Toml::Boolean(b) => (*b).into(),
        Toml::Datetime(when) => Value::object(TimeObject(time(when, offset))),
        Toml::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(Toml::is_table);
            let elem = if tables { &Type::DICT } else { &Type::ANY };
            let items = items.iter().map(|item| value(item, offset, depth + 1)).collect::<Result<_, _>>()?;
            Value::List(List::appended(elem, 0, items))
        }
        Toml::Table(table) => table_value(table, offset, depth)?,
    })
}

fn time(when: &Datetime, local_offset: i64) -> Time {
    let date = when.date.map_or((0, 1, 1), |d| (i64::from(d.year), i64::from(d.month), i64::from(d.day)));
    let clock = when.time.map(|t| {
        (
            i64::from(t.hour) * 3600 + i64::from(t.minute) * 60 + i64::from(t.second.unwrap_or(0)),
            t.nanosecond.unwrap_or(0),
        )
    });
    let (seconds, nanos) = clock.unwrap_or((0, 0));
    let local = |name: &str| Zone::Fixed(name.to_owned(), local_offset);
    let zone = match (when.offset, when.date.is_some(), when.time.is_some()) {
        (Some(Offset::Z), ..) => Zone::Utc,
        (Some(Offset::Custom { minutes: 0 }), ..) => Zone::Utc,
        (Some(Offset::Custom { minutes }), ..) => Zone::Fixed(String::new(), i64::from(minutes) * 60),
        (None, true, true) => local("datetime-local"),
        (None, true, false) => local("date-local"),
        (None, false, _) => local("time-local"),
    };
    Time::date(date, seconds, nanos, zone)
}
