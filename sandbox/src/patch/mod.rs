//! Patches: JSON patch (RFC 6902), merge patch (RFC 7386) and strategic merge patch, as the API server applies them.
//!
//! | module | owns |
//! |---|---|
//! | `json` | JSON patch with the liberties of `evanphx/json-patch`, which the server uses |
//! | `merge` | merge patch, likewise |
//! | `strategic` | strategic merge patch: strategies, merge keys, directives, the order of lists |
//! | `shown` | values and kinds as Go's `fmt` writes them in messages |
//! | `error` | why a patch does not apply, and with which status that is answered |
//!
//! All functions are pure. What they return is not yet an object of its kind: the caller decodes it (types, unknown fields),
//! defaults and validates it.

mod error;
mod json;
mod merge;
mod shown;
mod strategic;

pub use error::Error;
pub use json::{MAX_COPIED, MAX_OPERATIONS, json, unknown_fields};
pub use merge::merge;
pub(crate) use merge::not_a_map;
pub use shown::{go_type, go_value};
pub use strategic::strategic;

use serde_json::Value;

/// The JSON that a patch's body is, before it is looked at any closer.
///
/// # Errors
/// The text that Go's decoder gives, `unexpected end of JSON input` for example. The server puts words before it that depend
/// on the kind of patch and on `fieldValidation`; [`json`] does so itself.
pub fn decode(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|_| match templates_engine::json::unmarshal(body) {
        Err(error) => error.to_string(),
        // Readable for Go but not for serde_json: nested more deeply than it follows, or texts that are not UTF-8.
        Ok(_) => "exceeded max depth".to_owned(),
    })
}
