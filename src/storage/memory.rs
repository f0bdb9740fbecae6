//! Records in memory, for tests and for runs that must not touch a cluster.

use super::driver::{Driver, DriverError, Record};
use std::{cell::RefCell, collections::BTreeMap};

/// A store that forgets.
#[derive(Debug, Default)]
pub struct Memory {
    records: RefCell<BTreeMap<String, Record>>,
}

impl Driver for Memory {
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
