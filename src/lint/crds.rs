//! `crds/`.

use super::{Linter, Loaded, Severity, object};
use crate::chart::io;

const DIR: &str = "crds/";

pub(super) fn check(linter: &mut Linter<'_>, loaded: &Loaded) {
    match io::stat(&linter.dir.join("crds")) {
        Err(error) if error.is_not_found() => return,
        Err(error) => return linter.add(Severity::Error, DIR, error.to_string()),
        Ok(found) if !found.is_dir() => return linter.add(Severity::Error, DIR, "not a directory"),
        Ok(_) => {}
    }
    let chart = match loaded.chart(linter.log) {
        Ok(chart) => chart,
        Err(error) => return linter.add(Severity::Error, DIR, error),
    };
    for file in chart.crds() {
        let data = match file.data.bytes() {
            Ok(data) => data,
            Err(error) => return linter.add(Severity::Error, &file.name, error.to_string()),
        };
        for document in object::objects(data) {
            let object = match document {
                Ok(object) => object,
                // Neither what follows in this file nor the other files are looked at.
                Err(error) => {
                    return linter.add(Severity::Error, &file.name, format!("unable to parse YAML: {error}"));
                }
            };
            let Some(object) = object else { continue };
            if !object.api_version.starts_with("apiextensions.k8s.io") {
                linter.add(Severity::Error, &file.name, "apiVersion is not in 'apiextensions.k8s.io'");
            }
            if object.kind != "CustomResourceDefinition" {
                linter.add(Severity::Error, &file.name, "object kind is not 'CustomResourceDefinition'");
            }
        }
    }
}
