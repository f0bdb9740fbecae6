//! Live objects as kubectl's tables show them.

use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

/// kubectl's tabwriter: at least six columns wide, three spaces between.
const MIN_WIDTH: usize = 6;
const PADDING: usize = 3;

/// The server's tables, one section for each kind.
pub fn text(resources: &BTreeMap<String, Vec<Value>>) -> String {
    let mut out = String::new();
    let mut printer = Printer::default();
    for (kind, tables) in resources {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "==> {kind}");
        for table in tables {
            printer.print(table, &mut out);
        }
        out.push('\n');
    }
    out
}

/// Remembers the last columns: a table with the same ones is printed without its head.
#[derive(Default)]
struct Printer {
    columns: Value,
    printed: bool,
}

impl Printer {
    fn print(&mut self, table: &Value, out: &mut String) {
        let empty = Vec::new();
        let rows = table.get("rows").and_then(Value::as_array).unwrap_or(&empty);
        let columns = table.get("columnDefinitions").cloned().unwrap_or_default();
        let known = columns == self.columns;
        let headless = self.printed && known;
        if !known {
            self.columns = columns;
            self.printed = false;
        }
        if rows.is_empty() {
            return;
        }
        self.printed = true;
        let definitions = self.columns.as_array().unwrap_or(&empty);
        let shown: Vec<usize> = (0..definitions.len())
            .filter(|i| definitions[*i]["priority"].as_i64().unwrap_or(0) == 0)
            .collect();
        let mut lines: Vec<Vec<String>> = Vec::new();
        if !headless {
            let name = |i: &usize| definitions[*i]["name"].as_str().unwrap_or_default().to_uppercase();
            lines.push(shown.iter().map(name).collect());
        }
        for row in rows {
            let cells = row.get("cells").and_then(Value::as_array).unwrap_or(&empty);
            lines.push(shown.iter().map(|i| cell(cells.get(*i))).collect());
        }
        align(&lines, out);
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        // A line break would break the table.
        Some(Value::String(text)) => match text.find(['\n', '\r', '\u{c}']) {
            Some(at) => format!("{}...", &text[..at]),
            None => text.clone(),
        },
        Some(other) => other.to_string(),
    }
}

fn align(lines: &[Vec<String>], out: &mut String) {
    let count = lines.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let widest =
            lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.len()).max().unwrap_or(0);
        (widest + PADDING).max(MIN_WIDTH)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    for line in lines {
        for (column, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if column + 1 < line.len() {
                out.extend(std::iter::repeat_n(' ', widths[column].saturating_sub(cell.len())));
            }
        }
        out.push('\n');
    }
}
