//! Release records in the cluster, in Helm's format.
//!
//! A driver stores records; [`Storage`] knows what they mean: keys, labels, history and its limit.

pub mod codec;
mod driver;
mod error;
pub mod head;
pub mod lease;
mod memory;
mod objects;
mod parts;
mod read;
mod sql;
mod summary;
mod write;

pub use driver::{Driver, DriverError, Record, SYSTEM_LABELS};
pub use error::Error;
pub use memory::{LoadError, Loaded, Memory};
pub use objects::Objects;
pub use read::Revisions;
pub use sql::{Database, Sql, SqlError};
pub use summary::{Outline, SUMMARY_ANNOTATION, Summaries, Summary, Unreadable};

use crate::{clock::Clock, release::Release};

const KEY_PREFIX: &str = "sh.helm.release.v1";
const OWNER: &str = "helm";

/// Every revision of every release that one driver reaches.
pub struct Storage<'a> {
    driver: &'a dyn Driver,
    clock: &'a dyn Clock,
    /// How many revisions of a release are kept when one is added; 0 keeps all.
    pub max_history: usize,
}

impl<'a> Storage<'a> {
    /// Storage on a driver, without a limit.
    pub fn new(driver: &'a dyn Driver, clock: &'a dyn Clock) -> Self {
        Self { driver, clock, max_history: 0 }
    }

    /// The store's refusal, with what was being done where Helm says it.
    fn refused(&self, error: DriverError, explained: impl FnOnce(DriverError) -> Error) -> Error {
        if self.driver.explains() { explained(error) } else { Error::Store(error) }
    }
}

/// Decodes a record and hangs its labels on the release. Of a release in parts it is the head.
///
/// # Errors
/// When the body is not a release.
pub fn decode(record: &Record) -> Result<Release, codec::CodecError> {
    let mut release = codec::decode(&record.body)?;
    release.labels.clone_from(&record.labels);
    Ok(release)
}

/// The name of a revision's record.
pub fn key(name: &str, version: i64) -> String {
    format!("{KEY_PREFIX}.{name}.v{version}")
}

#[cfg(test)]
mod tests;
