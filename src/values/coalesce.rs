//! One table of values for a chart and all its subcharts.
//!
//! What the user gives wins over a parent chart's values, and those win over a subchart's; tables are
//! merged, all else is replaced, null removes. Globals flow down from parent to subchart. Nothing is copied
//! that the result does not need: defaults are only cloned where they are missing.

use super::gotext::{AsBool, Plain, Quoted};
use crate::chart::Chart;
use crate::log::{Level, Record};
use serde_json::{Map, Value};
use std::mem;

/// The key whose table every subchart sees.
pub const GLOBAL: &str = "global";

type Table = Map<String, Value>;

/// Why values cannot be coalesced.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// A subchart's values are not a table.
    #[error("type mismatch on {chart}: {found}")]
    TypeMismatch {
        /// The subchart.
        chart: String,
        /// What is there, as Go prints it with a wrong verb.
        found: String,
    },
}

/// Whether nulls do their work or wait for a later pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nulls {
    /// Coalescing: a null removes the key.
    Remove,
    /// Merging: a null stays.
    Keep,
}

/// Helm's `CoalesceValues`: `values` over the values of `chart` and its subcharts; nulls remove keys.
///
/// What Helm logs on the way is added to `log`.
///
/// # Errors
/// [`Error::TypeMismatch`].
pub fn coalesce_values(chart: &Chart, values: Table, log: &mut Vec<Record>) -> Result<Table, Error> {
    run(chart, values, Nulls::Remove, log)
}

/// Helm's `MergeValues`: like [`coalesce_values`], but nulls stay for a later pass.
///
/// # Errors
/// [`Error::TypeMismatch`].
pub fn merge_values(chart: &Chart, values: Table, log: &mut Vec<Record>) -> Result<Table, Error> {
    run(chart, values, Nulls::Keep, log)
}

/// Helm's `CoalesceTables`: adds to `into` what it lacks; a null there removes what `from` has.
pub fn coalesce_tables(into: &mut Table, from: &Table, log: &mut Vec<Record>) {
    Tables { nulls: Nulls::Remove, clean: false, log }.merge(into, from, "");
}

/// Helm's `MergeTables`: adds to `into` what it lacks; nulls stay.
pub fn merge_tables(into: &mut Table, from: &Table, log: &mut Vec<Record>) {
    Tables { nulls: Nulls::Keep, clean: false, log }.merge(into, from, "");
}

fn run(chart: &Chart, mut values: Table, nulls: Nulls, log: &mut Vec<Record>) -> Result<Table, Error> {
    let mut pass = Pass { nulls, log };
    let loans = pass.coalesce(chart, &mut values, "")?;
    settle(&mut values, &loans);
    Ok(values)
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}

/// The tables that a subchart's globals share with its parent's, and the same for its own subcharts.
///
/// Helm copies `global.a` for each subchart but not the tables inside it: `global.a.b` stays one table for
/// all, so what one subchart adds there shows everywhere. Here each subchart borrows it in turn, and
/// [`settle`] gives all of them the final state.
struct Loans {
    chart: String,
    tables: Vec<(String, String)>,
    below: Vec<Loans>,
}

fn settle(values: &mut Table, loans: &[Loans]) {
    for loan in loans {
        let Some(mut child) = values.get_mut(&loan.chart).map(Value::take) else { continue };
        if let Value::Object(child) = &mut child {
            for (key, inner) in &loan.tables {
                let shared = values.get(GLOBAL).and_then(|g| g.get(key)?.get(inner));
                let place = child.get_mut(GLOBAL).and_then(|g| g.get_mut(key)?.get_mut(inner));
                if let (Some(shared), Some(place)) = (shared, place) {
                    place.clone_from(shared);
                }
            }
            settle(child, &loan.below);
        }
        values.insert(loan.chart.clone(), child);
    }
}

struct Pass<'l> {
    nulls: Nulls,
    log: &'l mut Vec<Record>,
}

impl Pass<'_> {
    fn coalesce(&mut self, chart: &Chart, values: &mut Table, prefix: &str) -> Result<Vec<Loans>, Error> {
        let prefix = joined(prefix, chart.name());
        self.own_values(chart, values, &prefix);
        let mut loans = Vec::new();
        for subchart in &chart.dependencies {
            loans.push(self.subchart(subchart, values, &prefix)?);
        }
        Ok(loans)
    }

    fn subchart(&mut self, subchart: &Chart, values: &mut Table, prefix: &str) -> Result<Loans, Error> {
        let name = subchart.name();
        let mut own = match values.get_mut(name) {
            None => Table::new(),
            Some(Value::Object(own)) => mem::take(own),
            Some(other) => {
                return Err(Error::TypeMismatch { chart: name.to_owned(), found: AsBool(other).to_string() });
            }
        };
        let tables = self.globals(&mut own, values, prefix);
        let below = self.coalesce(subchart, &mut own, prefix)?;
        give_back(&own, values, &tables);
        values.insert(name.to_owned(), own.into());
        Ok(Loans { chart: name.to_owned(), tables, below })
    }

    /// Lets the parent's globals flow into a subchart's; returns which inner tables are lent.
    fn globals(&mut self, own: &mut Table, parent: &mut Table, prefix: &str) -> Vec<(String, String)> {
        if own.get(GLOBAL).is_some_and(|there| !there.is_object()) {
            self.info(format!("warning: skipping globals because destination {GLOBAL} is not a table."));
            return Vec::new();
        }
        if parent.get(GLOBAL).is_some_and(|there| !there.is_object()) {
            self.info(format!("warning: skipping globals because source {GLOBAL} is not a table."));
            return Vec::new();
        }
        let into = own.entry(GLOBAL).or_insert_with(|| Table::new().into());
        let (Value::Object(into), Some(Value::Object(from))) = (into, parent.get_mut(GLOBAL)) else {
            return Vec::new();
        };
        let mut lent = Vec::new();
        for (key, value) in from {
            match (value, into.get(key)) {
                (Value::Object(_), Some(other)) if !other.is_object() => {
                    self.info(format!(
                        "Conflict: cannot merge map onto non-map for {}. Skipping.",
                        Quoted(key)
                    ));
                }
                (Value::Object(table), there) => {
                    lent.extend(
                        table
                            .iter()
                            .filter(|(_, v)| v.is_object())
                            .map(|(inner, _)| (key.clone(), inner.clone())),
                    );
                    let mut copy = lend(table);
                    if let Some(Value::Object(there)) = there {
                        let mut tables = Tables { nulls: Nulls::Keep, clean: false, log: self.log };
                        tables.merge(&mut copy, there, &joined(prefix, key));
                    }
                    into.insert(key.clone(), copy.into());
                }
                (_, Some(Value::Object(_))) => self.info(format!("key {key} is table. Skipping")),
                (value, _) => {
                    into.insert(key.clone(), value.clone());
                }
            }
        }
        lent
    }

    /// Puts the chart's own values below those that are there.
    fn own_values(&mut self, chart: &Chart, values: &mut Table, prefix: &str) {
        for (key, default) in chart.values.as_object().into_iter().flatten() {
            match values.get_mut(key) {
                Some(Value::Null) if self.nulls == Nulls::Remove => {
                    values.remove(key);
                }
                Some(Value::Object(table)) => match default {
                    Value::Object(defaults) => {
                        let subchart = chart.dependencies.iter().any(|c| c.name() == key);
                        let nulls = if subchart { Nulls::Keep } else { self.nulls };
                        let clean = nulls == Nulls::Remove;
                        Tables { nulls, clean, log: self.log }.merge(table, defaults, &joined(prefix, key));
                    }
                    Value::Null => {}
                    _ => self.info(format!("warning: skipped value for {prefix}.{key}: Not a table.")),
                },
                Some(_) => {}
                None if self.nulls == Nulls::Keep => {
                    values.insert(key.clone(), default.clone());
                }
                None => {
                    if let Some(value) = without_nulls(default) {
                        values.insert(key.clone(), value);
                    }
                }
            }
        }
    }

    fn info(&mut self, message: String) {
        self.log.push(Record::new(Level::Info, message));
    }
}

/// A copy of one global table, with the tables inside it moved out of the parent's.
fn lend(table: &mut Table) -> Table {
    let copy = |(key, value): (&String, &mut Value)| {
        let value = if value.is_object() { value.take() } else { value.clone() };
        (key.clone(), value)
    };
    table.iter_mut().map(copy).collect()
}

/// Puts a copy of the tables that a subchart borrowed back into its parent's globals.
fn give_back(own: &Table, parent: &mut Table, lent: &[(String, String)]) {
    for (key, inner) in lent {
        let table = own.get(GLOBAL).and_then(|g| g.get(key)?.get(inner));
        let place = parent.get_mut(GLOBAL).and_then(|g| g.get_mut(key)?.get_mut(inner));
        if let (Some(table), Some(place)) = (table, place) {
            place.clone_from(table);
        }
    }
}

/// A default as it enters the result: nulls in it, at any depth of tables, are left out.
fn without_nulls(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        // A clone is made node by node, and most values have no nulls.
        Value::Object(_) if !has_nulls(value) => Some(value.clone()),
        Value::Object(table) => {
            Some(table.iter().filter_map(|(key, value)| Some((key.clone(), without_nulls(value)?))).collect())
        }
        other => Some(other.clone()),
    }
}

/// Whether a table, or one inside it, has nulls.
fn has_nulls(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(table) => table.values().any(has_nulls),
        _ => false,
    }
}

struct Tables<'l> {
    nulls: Nulls,
    /// Whether nulls in the defaults count as absent.
    clean: bool,
    log: &'l mut Vec<Record>,
}

impl Tables<'_> {
    fn merge(&mut self, into: &mut Table, from: &Table, prefix: &str) {
        for (key, value) in from {
            match (into.get_mut(key), value) {
                (_, Value::Null) if self.clean => {}
                (None, value) => {
                    let value = if self.clean { without_nulls(value) } else { Some(value.clone()) };
                    into.extend(value.map(|value| (key.clone(), value)));
                }
                (Some(Value::Null), value) if self.nulls == Nulls::Remove && !value.is_null() => {
                    into.remove(key);
                }
                (Some(Value::Null), _) => {}
                (Some(Value::Object(into)), Value::Object(from)) => {
                    self.merge(into, from, &joined(prefix, key))
                }
                (Some(_), Value::Object(_)) => {
                    let kept = if self.clean { without_nulls(value) } else { None };
                    let shown = Plain(kept.as_ref().unwrap_or(value));
                    let message = format!(
                        "warning: cannot overwrite table with non table for {} ({shown})",
                        joined(prefix, key)
                    );
                    self.log.push(Record::new(Level::Info, message));
                }
                (Some(Value::Object(_)), value) if !value.is_null() => {
                    let key = joined(prefix, key);
                    let message = format!(
                        "warning: destination for {key} is a table. Ignoring non-table value ({})",
                        Plain(value)
                    );
                    self.log.push(Record::new(Level::Info, message));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn table(value: Value) -> Table {
        match value {
            Value::Object(table) => table,
            other => panic!("{other} is not a table"),
        }
    }

    fn node(name: &str, values: Value, dependencies: Vec<Chart>) -> Chart {
        let mut chart = Chart { values, dependencies, ..Chart::default() };
        chart.metadata.name = name.into();
        chart
    }

    fn coalesced(chart: &Chart, values: Value) -> (Value, Vec<String>) {
        let mut log = Vec::new();
        let values = coalesce_values(chart, table(values), &mut log).unwrap();
        (values.into(), log.into_iter().map(|w| w.message).collect())
    }

    #[test]
    fn a_null_removes_the_key() {
        let chart = node("a", json!({"x": 1, "t": {"y": 1, "z": 2}, "n": null}), vec![]);
        assert_eq!(coalesced(&chart, json!({"x": null, "t": {"y": null}})).0, json!({"t": {"z": 2}}));
    }

    #[test]
    fn a_parents_null_for_a_subchart_waits_for_the_user_to_set_something() {
        let chart = node("a", json!({"s": {"x": null}}), vec![node("s", json!({"x": 1, "y": 2}), vec![])]);
        assert_eq!(coalesced(&chart, json!({})).0["s"], json!({"x": 1, "y": 2, "global": {}}));
        assert_eq!(coalesced(&chart, json!({"s": {"y": 3}})).0["s"], json!({"y": 3, "global": {}}));
    }

    #[test]
    fn tables_two_below_global_are_one_for_all_charts() {
        let sub = |name, values| node(name, values, vec![]);
        let chart = node(
            "a",
            json!({"global": {"g": {"t": {"x": 1}}}}),
            vec![
                sub("s", json!({"global": {"g": {"t": {"y": 2}, "u": 3}}})),
                sub("r", json!({"global": {"g": {"t": {"z": 4}}}})),
            ],
        );
        let all = json!({"x": 1, "y": 2, "z": 4});
        let (values, _) = coalesced(&chart, json!({}));
        assert_eq!(values["global"], json!({"g": {"t": all}}));
        assert_eq!(values["s"]["global"], json!({"g": {"t": all, "u": 3}}));
        assert_eq!(values["r"]["global"], json!({"g": {"t": all}}));
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let chart = node("a", json!({"t": {"x": {"y": 1}}, "u": 1}), vec![]);
        let (_, log) = coalesced(&chart, json!({"t": {"x": 2}, "u": {"v": 1}}));
        let expected = [
            "warning: cannot overwrite table with non table for a.t.x (map[y:1])",
            "warning: skipped value for a.u: Not a table.",
        ];
        assert_eq!(log, expected);
    }

    #[test]
    fn a_subcharts_values_must_be_a_table() {
        let chart = node("a", json!({}), vec![node("s", json!({}), vec![])]);
        let error = coalesce_values(&chart, table(json!({"s": 3})), &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "type mismatch on s: %!t(int64=3)");
    }
}
