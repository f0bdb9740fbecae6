//! The hash that ties a lock to what it was made for.

use crate::{
    chart::{Chart, Dependency},
    json,
};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A hash of what the chart asks for and what was found (`sha256:…`).
///
/// # Errors
/// Never in practice: dependencies have JSON.
pub fn digest(chart: &Chart, found: &[Dependency]) -> Result<String, serde_json::Error> {
    // Go writes a list that was never set as null.
    let wanted = chart.metadata.origin.declares_dependencies.then_some(&chart.metadata.dependencies);
    Ok(hash(&json::to_string(&(wanted, found))?))
}

/// The hash that Helm 2 wrote into `requirements.lock`.
///
/// # Errors
/// Never in practice: dependencies have JSON.
pub fn v2_digest(chart: &Chart) -> Result<String, serde_json::Error> {
    #[derive(serde::Serialize)]
    struct Requirements<'a> {
        dependencies: Option<&'a Vec<Dependency>>,
    }
    let dependencies = chart.metadata.origin.declares_dependencies.then_some(&chart.metadata.dependencies);
    Ok(hash(&json::to_string(&Requirements { dependencies })?))
}

fn hash(text: &str) -> String {
    let mut out = "sha256:".to_owned();
    for byte in Sha256::digest(text) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}
