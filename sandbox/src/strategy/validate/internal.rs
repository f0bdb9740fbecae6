//! Errors whose value is of one of the server's own types, which have the names of Go's fields.

use crate::{
    field::Error,
    strategy::check::{At, IMMUTABLE},
};

/// A value of the server's own type `_name` that breaks a rule. The message shows the version's fields.
pub(super) fn invalid(at: &At<'_>, _name: &str, detail: &str) -> Error {
    at.invalid(detail)
}

/// A value that may not change.
pub(super) fn immutable(at: &At<'_>) -> Error {
    at.invalid(IMMUTABLE)
}

/// A structure that is not one of these, as its type tells.
pub(super) fn not_supported(at: &At<'_>, allowed: &[&str]) -> Error {
    at.not_supported(allowed)
}

/// A service's port that is there twice; all but protocol and number are empty in the message.
pub(super) fn duplicate_port(port: &At<'_>, protocol: &str, number: i64) -> Error {
    let shown = format!(
        "{{\"Name\":\"\",\"Protocol\":\"{protocol}\",\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\"NodePort\":0}}"
    );
    let mut error = Error::duplicate(&port.path, "").without_value();
    error.detail = shown;
    error
}
