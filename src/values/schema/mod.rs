//! `values.schema.json`: JSON schemas of draft 4 to 2020-12, and Helm's words for what breaks them.
//!
//! The crate `boon` compiles and validates; `report` prints its findings as the Go library of the same
//! author does, which Helm uses. A chart without a schema costs nothing.

mod compile;
mod format;
mod loader;
mod moments;
mod number;
mod report;

use crate::chart::Chart;
use crate::log::{Level, Record};
use crate::values::gotext::type_name;
use boon::{Compiler, Schemas};
use serde_json::Value;
use std::cell::RefCell;
use std::rc::Rc;
use templates_engine::json::{self, Numbers};

/// Where Helm pretends that a chart's schema lies; relative references start here.
const SCHEMA_URL: &str = "file:///values.schema.json";

/// Gets the documents that a schema refers to by `http`, `https` and `file` URLs.
pub trait Documents {
    /// The text at `url`.
    ///
    /// # Errors
    /// Why there is none, in Helm's words: `HTTP request failed for …`, `open /x.json: no such file or directory`.
    fn get(&self, url: &str) -> Result<Vec<u8>, String>;
}

/// Knows no document: for schemas that stand alone.
#[derive(Debug, Clone, Copy)]
pub struct NoDocuments;

impl Documents for NoDocuments {
    fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        Err(format!("no URLLoader registered for {}", super::gotext::Quoted(url)))
    }
}

/// Validates the coalesced values of a chart and of its subcharts against their schemas.
///
/// Helm puts `values don't meet the specifications of the schema(s) in the following chart(s):` above the text.
///
/// # Errors
/// When a schema is broken, or values break it: the names of the charts, each with its findings.
pub fn validate_chart(
    chart: &Chart,
    values: &Value,
    documents: &Rc<dyn Documents>,
    log: &mut Vec<Record>,
) -> Result<(), String> {
    let count = chart.dependencies.len().to_string();
    log.push(
        Record::new(Level::Debug, "number of dependencies in the chart")
            .with("chart", chart.name())
            .with("dependencies", count),
    );
    let mut text = String::new();
    if let Some(schema) = &chart.schema {
        let (result, warnings) = validate(values, schema, documents);
        log.extend(warnings);
        if let Err(findings) = result {
            text = format!("{}:\n{findings}", chart.name());
        }
    }
    for subchart in &chart.dependencies {
        match values.get(subchart.name()) {
            None | Some(Value::Null) => {}
            Some(values @ Value::Object(_)) => {
                text.extend(validate_chart(subchart, values, documents, log).err());
            }
            Some(other) => {
                let found = type_name(other);
                text += &format!(
                    "{}:\ninvalid type for values: expected object (map), got {found}\n",
                    subchart.name()
                );
            }
        }
    }
    if text.is_empty() { Ok(()) } else { Err(text) }
}

/// Validates values against one schema.
///
/// Returns what Helm logs on the way. The error is Helm's text below the line with the chart's name; it ends
/// with a newline when the values are wrong, and without one when the schema is.
///
/// # Errors
/// When the schema is broken, or the values break it.
pub fn validate(
    values: &Value,
    schema: &[u8],
    documents: &Rc<dyn Documents>,
) -> (Result<(), String>, Vec<Record>) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let result = validate_with(values, schema, documents, &log);
    (result, log.take())
}

fn validate_with(
    values: &Value,
    schema: &[u8],
    documents: &Rc<dyn Documents>,
    log: &Rc<RefCell<Vec<Record>>>,
) -> Result<(), String> {
    let document =
        json::whole_value(&String::from_utf8_lossy(schema), Numbers::Exact).map_err(|e| e.to_string())?;
    let loaded = Rc::new(loader::Loaded::new(document.clone()));
    let mut compiler = Compiler::new();
    compiler.use_loader(Box::new(loader::Loader {
        documents: Rc::clone(documents),
        loaded: Rc::clone(&loaded),
        log: Rc::clone(log),
    }));
    format::FORMATS.into_iter().for_each(|format| compiler.register_format(format));
    let mut schemas = Schemas::new();
    let index = compiler
        .add_resource(SCHEMA_URL, document)
        .and_then(|()| compiler.compile(SCHEMA_URL, &mut schemas))
        .map_err(|error| compile::message(&error, &loaded))?;
    let Err(error) = schemas.validate(values, index) else { return Ok(()) };
    match report::text(&error, &loaded) {
        text if text.is_empty() => Ok(()),
        text => Err(text + "\n"),
    }
}
