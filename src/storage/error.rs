//! What storage says when it cannot.

use super::{codec::CodecError, driver::DriverError};
use crate::client;

/// Why a record was not found, read, or stored. Displays as Helm words it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such release, or no such revision.
    #[error("release: not found")]
    NotFound,
    /// The revision is already there: somebody else is at work on the release.
    #[error("release: already exists")]
    Exists,
    /// A release without a deployed revision.
    #[error("{0:?} has no deployed releases")]
    NoDeployed(String),
    /// A release without a readable revision.
    #[error("no revision for release {0:?}")]
    NoRevision(String),
    /// The store failed to give a record.
    #[error("get: failed to get {key:?}: {cause}")]
    Get {
        /// The record's key.
        key: String,
        /// The store's answer.
        cause: DriverError,
    },
    /// A record that is not a release.
    #[error("get: failed to decode data {key:?}: {cause}")]
    Decode {
        /// The record's key.
        key: String,
        /// What is wrong with it.
        cause: CodecError,
    },
    /// The store failed to list.
    #[error("list: failed to list: {0}")]
    List(DriverError),
    /// The store failed to answer a query.
    #[error("query: failed to query with labels: {0}")]
    Query(DriverError),
    /// A release that cannot be encoded.
    #[error("create: failed to encode release {name:?}: {cause}")]
    EncodeNew {
        /// The release.
        name: String,
        /// Why.
        cause: CodecError,
    },
    /// A release that cannot be encoded.
    #[error("update: failed to encode release {name:?}: {cause}")]
    EncodeUpdate {
        /// The release.
        name: String,
        /// Why.
        cause: CodecError,
    },
    /// The store refused a new record.
    #[error("create: failed to create: {0}")]
    Create(DriverError),
    /// The store refused a changed record.
    #[error("update: failed to update: {0}")]
    Update(DriverError),
    /// The store refused, where Helm does not say what was being done.
    #[error("{0}")]
    Store(DriverError),
    /// A record that is not a release, where Helm does not say which.
    #[error("{0}")]
    Unreadable(CodecError),
    /// Several old revisions could not be removed.
    #[error("encountered {count} deletion errors. First is: {first}")]
    Pruning {
        /// How many.
        count: usize,
        /// The first of them.
        first: Box<Error>,
    },
}

impl Error {
    /// Whether nothing was written for sure: the record was there, or the server answered and refused.
    pub fn is_refusal(&self) -> bool {
        let cause = match self {
            Self::Create(cause) | Self::Update(cause) | Self::Store(cause) => cause,
            _ => return true,
        };
        let DriverError::Store(cause) = cause else { return true };
        let code = cause.downcast_ref::<client::Error>().and_then(client::Error::code);
        code.is_some_and(|code| (400..500).contains(&code))
    }
}
