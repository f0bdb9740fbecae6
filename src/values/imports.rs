//! `import-values`: what a parent takes from its subcharts' values.

use super::coalesce::{self, merge_values};
use super::gotext::Plain;
use crate::chart::Chart;
use crate::log::{Level, Record};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Takes over imported values in every chart that declares dependencies, children first.
///
/// The values of such a chart become those of the whole tree below it, with nulls kept.
pub(super) fn import_values(chart: &mut Chart, log: &mut Vec<Record>) -> Result<(), coalesce::Error> {
    for subchart in &mut chart.dependencies {
        import_values(subchart, log)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    // The chart's own values come first and all of them stay, so they are the beginning of what is merged.
    let own = match chart.values.take() {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    let values = merge_values(chart, own, log)?;
    let imports = chart.metadata.dependencies.iter().any(|d| !d.import_values.is_empty());
    chart.values = if imports { import(chart, values, log) } else { values.into() };
    Ok(())
}

fn import(chart: &mut Chart, values: Map<String, Value>, log: &mut Vec<Record>) -> Value {
    let values = Tree::from_map(values);
    let imported = Rc::default();
    for dependency in &mut chart.metadata.dependencies {
        let mut rewritten = Vec::new();
        for import in &dependency.import_values {
            let (child, parent, missing) = match import {
                Value::Object(pair) => {
                    let part = |name: &str| Plain(pair.get(name).unwrap_or(&Value::Null)).to_string();
                    (part("child"), part("parent"), true)
                }
                Value::String(name) => (format!("exports.{name}"), ".".to_owned(), false),
                _ => continue,
            };
            rewritten.push(serde_json::json!({"child": child, "parent": parent}));
            match values.table(&format!("{}.{child}", dependency.name)) {
                Ok(table) => merge(&imported, &at_path(&parent, table), "", log),
                Err(name) => {
                    let record = if missing {
                        let record = Record::new(Level::Warn, "ImportValues missing table from chart");
                        record.with("chart", dependency.name.as_str())
                    } else {
                        Record::new(Level::Warn, "ImportValues missing table")
                    };
                    let error = format!("{} is not a table", super::gotext::Quoted(&name));
                    log.push(record.with("error", error));
                }
            }
        }
        dependency.import_values = rewritten;
    }
    // The parent's own values win over what it imports. Helm merges into a copy of them, made here.
    let values = Tree::from_map(values.to_map());
    if let Tree::Table(into) = &values {
        merge(into, &imported, "", log);
    }
    values.to_map().into()
}

type Shared = Rc<RefCell<BTreeMap<String, Tree>>>;

/// Values whose tables are shared, as Go's maps are: what Helm merges into an imported table is also seen
/// in the subchart's values that it was taken from.
#[derive(Clone)]
enum Tree {
    Table(Shared),
    Leaf(Value),
}

impl Tree {
    fn from_map(map: Map<String, Value>) -> Self {
        Self::Table(Rc::new(RefCell::new(
            map.into_iter().map(|(key, value)| (key, Self::from_value(value))).collect(),
        )))
    }

    fn from_value(value: Value) -> Self {
        match value {
            Value::Object(map) => Self::from_map(map),
            other => Self::Leaf(other),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Table(_) => self.to_map().into(),
            Self::Leaf(value) => value.clone(),
        }
    }

    fn to_map(&self) -> Map<String, Value> {
        match self {
            Self::Table(table) => {
                table.borrow().iter().map(|(key, value)| (key.clone(), value.to_value())).collect()
            }
            Self::Leaf(_) => Map::new(),
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Leaf(Value::Null))
    }

    /// The table at a dotted path; the error is the part of the path that is no table.
    fn table(&self, path: &str) -> Result<Shared, String> {
        let mut here = self.clone();
        for name in path.split('.') {
            let next = match &here {
                Self::Table(table) => table.borrow().get(name).cloned(),
                Self::Leaf(_) => None,
            };
            here = next.filter(|next| matches!(next, Self::Table(_))).ok_or_else(|| name.to_owned())?;
        }
        match here {
            Self::Table(table) => Ok(table),
            Self::Leaf(_) => Err(path.to_owned()),
        }
    }
}

/// A table under the names of a dotted path; a lone dot is the table itself.
fn at_path(path: &str, table: Shared) -> Shared {
    if path == "." {
        return table;
    }
    path.rsplit('.').fold(table, |table, name| {
        Rc::new(RefCell::new(BTreeMap::from([(name.to_owned(), Tree::Table(table))])))
    })
}

/// Helm's `MergeTables` on shared tables.
fn merge(into: &Shared, from: &Shared, prefix: &str, log: &mut Vec<Record>) {
    if Rc::ptr_eq(into, from) {
        return;
    }
    let nulls: Vec<String> =
        into.borrow().iter().filter(|(_, v)| v.is_null()).map(|(key, _)| key.clone()).collect();
    from.borrow_mut().extend(nulls.into_iter().map(|key| (key, Tree::Leaf(Value::Null))));
    let members: Vec<(String, Tree)> =
        from.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in members {
        let full = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        let there = into.borrow().get(&key).cloned();
        match (there, &value) {
            (None, Tree::Table(table)) if reaches(table, into) => {
                // Helm makes a ring here and dies of it; a copy holds what there is.
                let copy = Tree::from_value(value.to_value());
                into.borrow_mut().insert(key, copy);
            }
            (None, _) => {
                into.borrow_mut().insert(key, value);
            }
            (Some(Tree::Table(into)), Tree::Table(from)) => merge(&into, from, &full, log),
            (Some(Tree::Leaf(_)), Tree::Table(_)) => {
                let shown = value.to_value();
                let message =
                    format!("warning: cannot overwrite table with non table for {full} ({})", Plain(&shown));
                log.push(Record::new(Level::Info, message));
            }
            (Some(Tree::Table(_)), Tree::Leaf(leaf)) if !leaf.is_null() => {
                let message = format!(
                    "warning: destination for {full} is a table. Ignoring non-table value ({})",
                    Plain(leaf)
                );
                log.push(Record::new(Level::Info, message));
            }
            _ => {}
        }
    }
}

fn reaches(table: &Shared, target: &Shared) -> bool {
    Rc::ptr_eq(table, target)
        || table.borrow().values().any(|value| matches!(value, Tree::Table(inner) if reaches(inner, target)))
}
