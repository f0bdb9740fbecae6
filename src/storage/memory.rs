//! Records in memory, for tests and for runs that must not touch a cluster.

use super::{
    OWNER, codec,
    driver::{Driver, DriverError, Record},
    key,
};
use crate::release::Release;
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// A store that forgets.
#[derive(Debug, Default)]
pub struct Memory {
    records: RefCell<BTreeMap<String, Record>>,
    /// Whether it holds releases of a [`Loaded`], which have no labels of the system.
    is_loaded: bool,
}

/// Why there are no releases in memory, in Helm's words.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not YAML.
    #[error("Unable to unmarshal memory driver data: error converting YAML to JSON: {0}")]
    Yaml(skiff_yaml::Error),
    /// Not releases.
    #[error("Unable to unmarshal memory driver data: error unmarshaling JSON: while decoding JSON: {0}")]
    Releases(serde_json::Error),
    /// One revision twice.
    #[error("release: already exists")]
    Exists,
    /// What cannot be kept.
    #[error(transparent)]
    Codec(#[from] codec::CodecError),
}

/// Releases as `HELM_MEMORY_DRIVER_DATA` holds them, of all namespaces.
#[derive(Debug, Default)]
pub struct Loaded(Vec<Record>);

impl Loaded {
    /// Adds the releases of a YAML list.
    ///
    /// # Errors
    /// When it is none, or has a revision that is there.
    pub fn add(&mut self, yaml: &[u8]) -> Result<(), LoadError> {
        let json = skiff_yaml::yaml_to_json(yaml).map_err(LoadError::Yaml)?;
        let releases: Option<Vec<Release>> = serde_json::from_value(json).map_err(LoadError::Releases)?;
        let mut known: BTreeSet<(String, String)> =
            self.0.iter().map(|record| (record.namespace.clone(), record.key.clone())).collect();
        for release in releases.into_iter().flatten() {
            let namespace =
                if release.namespace.is_empty() { "default".into() } else { release.namespace.clone() };
            let key = key(&release.name, release.version);
            if !known.insert((namespace.clone(), key.clone())) {
                return Err(LoadError::Exists);
            }
            let labels = [
                ("name", release.name.clone()),
                ("owner", OWNER.into()),
                ("status", release.info.status.to_string()),
                ("version", release.version.to_string()),
            ];
            let labels = labels.into_iter().map(|(label, value)| (label.to_owned(), value)).collect();
            let body = codec::encode(&release)?;
            self.0.push(Record { key, namespace, labels, body, summary: String::new() });
        }
        Ok(())
    }

    /// The records of a namespace; with an empty name, of every namespace (for listing).
    pub fn of(&self, namespace: &str) -> Memory {
        let shown = self.0.iter().filter(|record| namespace.is_empty() || record.namespace == namespace);
        let place = |record: &Record| match namespace {
            "" => format!("{}/{}", record.namespace, record.key),
            _ => record.key.clone(),
        };
        let records = shown.map(|record| (place(record), record.clone())).collect();
        Memory { records: RefCell::new(records), is_loaded: true }
    }
}

impl Driver for Memory {
    fn keeps_system_labels_apart(&self) -> bool {
        self.is_loaded
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        self.records.borrow().get(key).cloned().ok_or(DriverError::NotFound)
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        let matches = |record: &&Record| {
            labels.iter().all(|(key, value)| record.labels.get(*key).is_some_and(|found| found == value))
        };
        Ok(self.records.borrow().values().filter(matches).cloned().collect())
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        let mut records = self.records.borrow_mut();
        if records.contains_key(&record.key) {
            return Err(DriverError::Exists);
        }
        records.insert(record.key.clone(), record.clone());
        Ok(())
    }

    fn update(&self, record: &Record) -> Result<(), DriverError> {
        let mut records = self.records.borrow_mut();
        *records.get_mut(&record.key).ok_or(DriverError::NotFound)? = record.clone();
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        self.records.borrow_mut().remove(key).map(drop).ok_or(DriverError::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_loaded_by_namespace() {
        let mut loaded = Loaded::default();
        loaded.add(b"- {name: a, version: 1}\n- {name: a, version: 1, namespace: sea}\n").unwrap();
        assert_eq!(loaded.of("sea").query(&[]).unwrap().len(), 1);
        assert_eq!(loaded.of("").query(&[("name", "a")]).unwrap().len(), 2);
        assert!(matches!(loaded.add(b"- {name: a, version: 1}"), Err(LoadError::Exists)));
        for broken in ["nope: [", "a: 1", "- 1"] {
            assert!(loaded.add(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
