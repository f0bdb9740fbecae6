//! What the API server, the network or the kubeconfig says, in the words Go's client prints.

use super::{
    protobuf,
    transport::{Method, NetworkError, Response},
};
use serde::Deserialize;
use templates_engine::fmt::quote;

/// How much of an answer that is no object is told (client-go's limit).
const MAX_SAID_BYTES: usize = 2048;

/// A failed exchange with the API server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No answer.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The server refused.
    #[error("{}", .0.message)]
    Status(Status),
    /// The server's answer is not what the API promises.
    #[error("{0}")]
    Answer(String),
    /// An object without a name was addressed.
    #[error("resource name may not be empty")]
    EmptyName,
}

impl Error {
    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.has_reason("NotFound")
    }

    /// Whether the object exists already.
    pub fn is_already_exists(&self) -> bool {
        self.has_reason("AlreadyExists")
    }

    /// Whether somebody else changed or owns the object.
    pub fn is_conflict(&self) -> bool {
        self.has_reason("Conflict")
    }

    /// The HTTP status, if there was an answer.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            _ => None,
        }
    }

    fn has_reason(&self, reason: &str) -> bool {
        matches!(self, Self::Status(status) if status.reason == reason)
    }
}

/// The server's `Status` object, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `v1`, `Status` and `Failure`, or this is something else; the first may be left out.
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    pub(super) status: String,
    /// For people.
    pub message: String,
    /// For machines, one word.
    pub reason: String,
    /// The HTTP status.
    pub code: u16,
}

impl Status {
    /// One of which nothing but the kind is known.
    pub(super) fn unread() -> Self {
        Self { kind: "Status".into(), ..Self::default() }
    }

    fn is_one(&self) -> bool {
        matches!(self.api_version.as_str(), "" | "v1") && self.kind == "Status" && self.status == "Failure"
    }
}

/// The body of a good answer, or the error of a bad one. `what` names the resource for servers that send no
/// `Status`.
///
/// # Errors
/// [`Error::Status`] for every HTTP status that is not a success.
pub(super) fn accept(response: Response, method: Method, what: &str) -> Result<Vec<u8>, Error> {
    if (200..300).contains(&response.status) {
        return Ok(response.body);
    }
    let sent = match response.body.starts_with(protobuf::MAGIC) {
        true => protobuf::status(&response.body),
        false => serde_json::from_slice::<Status>(&response.body).ok(),
    };
    let sent = sent.filter(Status::is_one);
    let mut status = sent.unwrap_or_else(|| generic(&response, method, what));
    if status.code == 0 {
        status.code = response.status;
    }
    Err(Error::Status(status))
}

/// client-go's words for an answer without a `Status` (`NewGenericServerResponse`).
pub(super) fn generic(response: &Response, method: Method, what: &str) -> Status {
    let code = response.status;
    let said = said(response);
    let (reason, message) = match code {
        400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
        401 => ("Unauthorized", "the server has asked for the client to provide credentials".to_owned()),
        403 => ("Forbidden", said),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        405 => ("MethodNotAllowed", "the server does not allow this method on the requested resource".to_owned()),
        406 if said.is_empty() || said == "unknown" => (
            "NotAcceptable",
            "the server was unable to respond with a content type that the client supports".to_owned(),
        ),
        406 => ("NotAcceptable", said),
        409 if method == Method::Post => ("AlreadyExists", "the server reported a conflict".to_owned()),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        415 => ("UnsupportedMediaType", said),
        422 => ("Invalid", "the server rejected our request due to an error in our request".to_owned()),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later".to_owned(),
        ),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned()),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request"
                .to_owned(),
        ),
        500.. => (
            "InternalError",
            format!("an error on the server ({}) has prevented the request from succeeding", quote(said.as_bytes())),
        ),
        _ => (
            "Unknown",
            format!("the server responded with the status code {code} but did not return more information"),
        ),
    };
    let verb = method.as_str().to_lowercase();
    let message = if what.is_empty() { message } else { format!("{message} ({verb} {what})") };
    Status { message, reason: reason.into(), code, ..Status::default() }
}

/// What an answer says that is no object, if it is text.
fn said(response: &Response) -> String {
    let media = response.content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !media.is_empty() && !media.starts_with("text/") {
        return "unknown".into();
    }
    let body = &response.body[..response.body.len().min(MAX_SAID_BYTES)];
    String::from_utf8_lossy(body).trim().to_owned()
}

/// A kubeconfig that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// `--kube-context` names none.
    #[error("context {0:?} does not exist")]
    NoContext(String),
    /// `--kubeconfig` names no file.
    #[error("stat {0}: no such file or directory")]
    Missing(String),
    /// Files, certificates, credentials, addresses, in client-go's words.
    #[error("{0}")]
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_speaks_for_itself() {
        let body = br#"{"kind":"Status","status":"Failure","message":"secrets \"x\" not found","reason":"NotFound","code":404}"#;
        let response = Response { status: 404, content_type: String::new(), body: body.to_vec() };
        let error = accept(response, Method::Get, "secrets").unwrap_err();
        assert!(error.is_not_found());
        assert_eq!(error.to_string(), "secrets \"x\" not found");
    }

    #[test]
    fn an_answer_without_a_status_gets_go_clients_words() {
        let response = Response { status: 401, content_type: String::new(), body: b"nope".to_vec() };
        let error = accept(response, Method::Get, "").unwrap_err();
        assert_eq!(error.to_string(), "the server has asked for the client to provide credentials");
    }
}
