//! `metav1.Status`: every refusal that the API answers with, worded as `k8s.io/apimachinery/pkg/api/errors` does.

use crate::field;
use serde_json::{Value, json};
use std::fmt;

/// A refusal: HTTP code, machine-readable reason, message and details.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, …; empty where the real server gives none.
    pub reason: &'static str,
    /// The text for people.
    pub message: String,
    /// `details` as JSON: name, group, kind, uid, causes, retryAfterSeconds.
    pub details: Option<Value>,
    /// `metadata.continue`: where an expired list may go on.
    pub continue_: Option<String>,
}

impl Status {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, continue_: None }
    }

    /// With these details.
    #[must_use]
    pub fn with_details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// There is no such object; `resource` and `group` as in `deployments` and `apps`.
    #[must_use]
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} not found", qualified(resource, group));
        Self::new(404, "NotFound", message).with_details(named(name, group, resource))
    }

    /// There is one already.
    #[must_use]
    pub fn already_exists(group: &str, resource: &str, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", qualified(resource, group));
        Self::new(409, "AlreadyExists", message).with_details(named(name, group, resource))
    }

    /// The object changed meanwhile, or the operation does not fit its state.
    #[must_use]
    pub fn conflict(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let message =
            format!("Operation cannot be fulfilled on {} {name:?}: {why}", qualified(resource, group));
        Self::new(409, "Conflict", message).with_details(named(name, group, resource))
    }

    /// The object breaks rules; `kind` as in `Deployment`.
    #[must_use]
    pub fn invalid(group: &str, kind: &str, name: &str, errors: &[field::Error]) -> Self {
        let message = format!("{} {name:?} is invalid: {}", qualified(kind, group), aggregate(errors));
        let mut details = named(name, group, kind);
        details["causes"] = errors
            .iter()
            .map(
                |error| json!({"reason": error.kind.reason(), "message": error.body(), "field": error.field}),
            )
            .collect();
        Self::new(422, "Invalid", message).with_details(details)
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The user may not do this.
    #[must_use]
    pub fn forbidden(group: &str, resource: &str, name: &str, why: &str) -> Self {
        let qualified = qualified(resource, group);
        let message = match (resource, name) {
            ("", _) => format!("forbidden: {why}"),
            (_, "") => format!("{qualified} is forbidden: {why}"),
            _ => format!("{qualified} {name:?} is forbidden: {why}"),
        };
        Self::new(403, "Forbidden", message).with_details(named(name, group, resource))
    }

    /// The asked version of the data is gone: watches and lists must begin anew.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// A failure inside the server.
    pub fn internal(why: impl fmt::Display) -> Self {
        let details = json!({"causes": [{"message": why.to_string()}]});
        Self::new(500, "InternalError", format!("Internal error occurred: {why}")).with_details(details)
    }

    /// What the sandbox does not imitate, said plainly.
    pub fn not_implemented(what: impl Into<String>) -> Self {
        Self::new(501, "NotImplemented", what)
    }

    /// The body of the answer.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            body["reason"] = self.reason.into();
        }
        if let Some(token) = &self.continue_ {
            body["metadata"]["continue"] = token.as_str().into();
        }
        if let Some(details) = &self.details {
            body["details"] = details.clone();
        }
        body
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}

/// `deployments.apps`, or `pods` for the core group: `GroupResource.String()`.
fn qualified(resource: &str, group: &str) -> String {
    if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") }
}

/// `details` that name an object; empty parts are left out, as Go's `omitempty` does.
fn named(name: &str, group: &str, kind: &str) -> Value {
    let parts = [("name", name), ("group", group), ("kind", kind)];
    parts
        .into_iter()
        .filter(|(_, part)| !part.is_empty())
        .map(|(key, part)| (key.to_owned(), Value::from(part)))
        .collect()
}

/// `ErrorList.ToAggregate().Error()`: one error alone, several in brackets, each text once.
fn aggregate(errors: &[field::Error]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for error in errors {
        let text = error.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.len() == 1 { texts.remove(0) } else { format!("[{}]", texts.join(", ")) }
}
