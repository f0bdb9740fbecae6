//! Where lists begin: `resourceVersion`, its match, and the tokens of lists in pages.

use super::{ListOptions, broken};
use crate::{status::Status, store};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const VERSION: &str = "meta.k8s.io/v1";

/// Where a list begins.
pub(super) struct Start {
    /// The revision; `None` is now.
    pub(super) revision: Option<u64>,
    /// The key after which it begins.
    pub(super) after: String,
    /// Whether the limit is not looked at, as in lists of any version, which the real server answers from its cache.
    pub(super) all: bool,
}

/// A token's contents.
struct Token {
    /// Below zero is now.
    revision: i64,
    start: String,
}

/// Where a list with these options begins, `now` being the latest revision.
///
/// # Errors
/// 400 for what cannot be read, 504 for versions to come.
pub(super) fn start(options: &ListOptions, prefix: &str, now: u64) -> Result<Start, Status> {
    let given = options.resource_version.as_str();
    if !options.continue_.is_empty() {
        let token = read(&options.continue_)?;
        if !given.is_empty() && given != "0" {
            return Err(Status::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        let revision = u64::try_from(token.revision).ok();
        if let Some(revision) = revision.filter(|revision| *revision > now) {
            return Err(too_large(revision, now, false));
        }
        // Keys in tokens are the last key and a NUL; the store begins after the last key.
        let start = token.start.trim_start_matches('/');
        let after = format!("{prefix}{}", start.strip_suffix('\0').unwrap_or(start));
        return Ok(Start { revision, after, all: false });
    }
    let after = prefix.to_owned();
    if given.is_empty() {
        return Ok(Start { revision: None, after, all: false });
    }
    let parsed =
        parse(given).map_err(|why| Status::bad_request(format!("invalid resource version: {why}")))?;
    let exact = match options.version_match.as_str() {
        "Exact" => true,
        "" => options.limit > 0 && parsed > 0,
        _ => false,
    };
    if parsed > now {
        return Err(too_large(parsed, now, !exact));
    }
    Ok(Start { revision: exact.then_some(parsed), after, all: parsed == 0 })
}

/// `Versioner.ParseResourceVersion`.
///
/// # Errors
/// The real server's text.
pub fn parse(text: &str) -> Result<u64, String> {
    let value = if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None };
    value.ok_or_else(|| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let why = if digits { "value out of range" } else { "invalid syntax" };
        format!("resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: {why}")
    })
}

/// `storage.NewTooLargeResourceVersionError`.
pub(super) fn too_large(wanted: u64, now: u64, retry: bool) -> Status {
    let mut details = json!({
        "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
    });
    if retry {
        details["retryAfterSeconds"] = 1.into();
    }
    let why = format!("Timeout: Too large resource version: {wanted}, current: {now}");
    Status::new(504, "Timeout", why).with_details(details)
}

fn read(token: &str) -> Result<Token, Status> {
    let invalid =
        |why: String| Status::bad_request(format!("invalid continue token: continue key is not valid{why}"));
    let bytes = decode(token).map_err(|why| invalid(format!(": {why}")))?;
    let value: Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(_) => {
            let why = templates_engine::json::unmarshal(&bytes).err().map(|error| error.to_string());
            return Err(invalid(format!(": {}", why.unwrap_or_default())));
        }
    };
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let version = text("v");
    if version != VERSION {
        return Err(invalid(format!(": server does not recognize this encoded version {version}")));
    }
    let revision = value.get("rv").and_then(Value::as_i64).unwrap_or_default();
    if revision == 0 {
        return Err(invalid(format!(": incorrect encoded start resourceVersion (version {VERSION})")));
    }
    let start = text("start");
    if start.is_empty() {
        return Err(invalid(format!(": encoded start key empty (version {VERSION})")));
    }
    let clean = start.trim_start_matches('/').split('/').all(|part| !["", ".", ".."].contains(&part));
    if !clean {
        return Err(invalid(format!(": {start}")));
    }
    Ok(Token { revision, start })
}

/// Base64 with Go's error text, which names the first byte that is wrong.
fn decode(token: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(token).map_err(|error| {
        let place = match error {
            base64::DecodeError::InvalidByte(place, _)
            | base64::DecodeError::InvalidLastSymbol { offset: place, .. } => place,
            // Go points at the group that is not whole.
            _ => token.len() / 4 * 4,
        };
        format!("illegal base64 data at input byte {place}")
    })
}

/// The token of a list that goes on after `last`.
#[must_use]
pub(super) fn token(prefix: &str, last: &str, revision: u64) -> String {
    let start = format!("{}\0", last.strip_prefix(prefix).unwrap_or(last));
    encode(&json!({"v": VERSION, "rv": revision, "start": start}))
}

fn encode(token: &Value) -> String {
    URL_SAFE_NO_PAD.encode(token.to_string())
}

/// What is answered to a list at a version that is gone; one in pages is told how to go on all the same.
pub(super) fn expired(error: &store::Error, options: &ListOptions) -> Status {
    let store::Error::Expired { .. } = error else { return broken(error) };
    if options.continue_.is_empty() {
        return broken(error);
    }
    let mut status = Status::expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
    if let Ok(token) = read(&options.continue_) {
        status.continue_ = Some(encode(&json!({"v": VERSION, "rv": -1, "start": token.start})));
    }
    status
}
