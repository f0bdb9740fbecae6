//! A chart and the user's values become what templates are rendered with
//! (`ProcessDependencies` and `ToRenderValues` of Helm).

use crate::{
    chart::Chart,
    log::Record,
    render::{Capabilities, ReleaseOptions, RenderValues},
    values::{
        coalesce, conditions,
        schema::{self, Documents},
    },
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::rc::Rc;

/// What is known beside chart and values.
#[derive(Clone)]
pub struct PrepareOptions {
    /// `.Release`.
    pub release: ReleaseOptions,
    /// `.Capabilities`.
    pub capabilities: Capabilities,
    /// Now, for the date functions.
    pub now: Timestamp,
    /// Gets what schemas refer to; `None` leaves schemas unchecked (`--skip-schema-validation`).
    pub schema_documents: Option<Rc<dyn Documents>>,
}

/// Why a chart cannot be rendered with these values. Displays as Helm words it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// A subchart's values are not a table.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(coalesce::Error),
    /// A subchart's values are not a table.
    #[error(transparent)]
    Coalesce(coalesce::Error),
    /// The values break a schema.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
    Schema(String),
    /// A chart that only lends its templates.
    #[error("{0} charts are not installable")]
    NotInstallable(String),
    /// Declared dependencies that are not there.
    #[error(
        "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: {0}"
    )]
    MissingDependencies(String),
}

/// Checks that a chart can be installed: that it is an application.
///
/// # Errors
/// For a library chart.
pub fn check_installable(chart: &Chart) -> Result<(), PrepareError> {
    match chart.metadata.chart_type.as_str() {
        "" | "application" => Ok(()),
        other => Err(PrepareError::NotInstallable(other.to_owned())),
    }
}

/// Checks that a chart has all the dependencies that it declares.
///
/// # Errors
/// When one is missing.
pub fn check_dependencies(chart: &Chart) -> Result<(), PrepareError> {
    match conditions::missing_dependencies(chart) {
        Some(missing) => Err(PrepareError::MissingDependencies(missing)),
        None => Ok(()),
    }
}

/// Chooses the chart's dependencies by the values: the chart keeps only those that are enabled.
///
/// What Helm logs on the way is added to `log`.
///
/// # Errors
/// When values of a subchart are not a table.
pub fn process_dependencies(
    chart: &mut Chart,
    config: &Map<String, Value>,
    log: &mut Vec<Record>,
) -> Result<(), PrepareError> {
    conditions::process_dependencies(chart, config, log).map_err(PrepareError::Dependencies)
}

/// Coalesces the values and checks them against the schemas, for a chart whose dependencies have been processed.
///
/// # Errors
/// When values of a subchart are not a table, or a schema is broken or not met.
pub fn render_values(
    chart: &Chart,
    config: Map<String, Value>,
    options: PrepareOptions,
    log: &mut Vec<Record>,
) -> Result<RenderValues, PrepareError> {
    let values = coalesce::coalesce_values(chart, config, log).map_err(PrepareError::Coalesce)?;
    let values = Value::Object(values);
    if let Some(documents) = &options.schema_documents {
        schema::validate_chart(chart, &values, documents, log).map_err(PrepareError::Schema)?;
    }
    Ok(RenderValues {
        values,
        release: options.release,
        capabilities: options.capabilities,
        now: options.now,
    })
}
