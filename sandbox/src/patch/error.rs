//! Why a patch does not apply.

use super::shown::{go_string, go_type, go_value};
use crate::status::Status;
use serde_json::{Map, Value, json};

/// Why a patch does not apply; the texts are those of `k8s.io/apimachinery/pkg/util/{mergepatch,strategicpatch}` and of
/// `evanphx/json-patch`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The body is no JSON, or JSON of a wrong kind.
    #[error("{0}")]
    Undecodable(String),
    /// A merge patch that is no object.
    #[error("Invalid JSON Patch")]
    NotAnObject,
    /// A `$deleteFromPrimitiveList` without a field's name.
    #[error("invalid patch format of primitive list")]
    PrimitiveList,
    /// `$retainKeys` is no list, or does not name a field that the patch sets.
    #[error("invalid patch format of retainKeys")]
    RetainKeys,
    /// A `$setElementOrder` without a field's name.
    #[error("invalid patch format of setElementOrder list")]
    SetElementOrder,
    /// More operations than a JSON patch may have.
    #[error("The allowed maximum operations in a JSON patch is {max}, got {got}", max = super::MAX_OPERATIONS)]
    TooManyOperations {
        /// How many there are.
        got: usize,
    },
    /// An operation of a JSON patch does not apply; the text is for people who read logs, since the server's answer hides it.
    #[error("{0}")]
    Operation(String),
    /// A list with lists in it, where lists are merged.
    #[error("lists of lists are not supported")]
    ListOfLists,
    /// Whatever else the server did not expect; it answers 500.
    #[error("{0}")]
    Unexpected(String),
}

impl Error {
    /// A map of a list lacks the key that tells the list's maps apart.
    pub(super) fn no_merge_key(map: &Map<String, Value>, key: &str) -> Self {
        let map = go_value(&Value::Object(map.clone()));
        Self::Unexpected(format!("map: {map} does not contain declared merge key: {key}"))
    }

    /// A value of another kind than the place needs.
    pub(super) fn wrong_kind(expected: &str, actual: &Value) -> Self {
        Self::Unexpected(format!("expected a {expected}, but received a {}", go_type(actual)))
    }

    /// A `$patch` that is none of the known ones.
    pub(super) fn directive(directive: &Value, map: &Map<String, Value>) -> Self {
        let map = go_value(&Value::Object(map.clone()));
        Self::Unexpected(format!("unknown patch type: {} in map: {map}", go_string(directive)))
    }

    /// Something on which the real server panics and drops the connection.
    pub(super) fn panics(what: &str) -> Self {
        Self::Unexpected(format!("invalid patch: {what}"))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Undecodable(_)
            | Error::NotAnObject
            | Error::PrimitiveList
            | Error::RetainKeys
            | Error::SetElementOrder => Self::bad_request(text),
            Error::TooManyOperations { .. } => {
                Self::new(413, "RequestEntityTooLarge", format!("Request entity is too large: {text}"))
            }
            // The server keeps the reason to itself.
            Error::Operation(_) | Error::ListOfLists => {
                let text = "the server rejected our request due to an error in our request";
                Self::new(422, "Invalid", text).with_details(json!({}))
            }
            Error::Unexpected(_) => Self::new(500, "", text),
        }
    }
}
