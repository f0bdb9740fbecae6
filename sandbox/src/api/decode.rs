//! Bodies of requests: media types, sizes, and what is no object of the kind.

use super::{MAX_BODY, negotiate};
use crate::{
    object, protobuf,
    registry::{Foreign, Served, Source},
    status::Status,
};
use bytes::Bytes;
use http::{Request, header};
use serde_json::Value;

/// The formats of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Yaml,
    Protobuf,
}

/// The media type of a body, without parameters.
pub(super) fn media_type(request: &Request<Bytes>) -> String {
    let full = negotiate::text(request.headers(), header::CONTENT_TYPE);
    full.split(';').next().unwrap_or_default().trim().to_lowercase()
}

fn format(request: &Request<Bytes>) -> Result<Format, Status> {
    match media_type(request).as_str() {
        "" | "application/json" => Ok(Format::Json),
        "application/yaml" => Ok(Format::Yaml),
        "application/vnd.kubernetes.protobuf" => Ok(Format::Protobuf),
        _ => Err(Status::new(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
        )),
    }
}

/// The body for those who look for what is given twice in it.
pub(super) fn source(request: &Request<Bytes>) -> Source<'_> {
    match format(request) {
        Ok(Format::Json) => Source::Json(request.body()),
        Ok(Format::Yaml) => {
            let repeated = skiff_yaml::yaml_to_json_strict(request.body()).err();
            Source::Parsed(repeated.map(|error| error.to_string()))
        }
        _ => Source::Parsed(None),
    }
}

/// The body, if it is not too long.
///
/// # Errors
/// 413.
pub(super) fn limited(request: &Request<Bytes>) -> Result<&Bytes, Status> {
    let body = request.body();
    if body.len() > MAX_BODY {
        let why = format!("Request entity too large: limit is {MAX_BODY}");
        return Err(
            Status::new(413, "RequestEntityTooLarge", why).with_details(Value::Object(Default::default()))
        );
    }
    Ok(body)
}

/// The body as an object of `kind` in `api_version`, which are put in where they are missing.
///
/// # Errors
/// 400, 413, 415 in the real server's words.
pub(super) fn object(request: &Request<Bytes>, served: &Served, kind: Expected<'_>) -> Result<Value, Status> {
    let format = format(request)?;
    let body = limited(request)?;
    let mut value = parse(body, format, kind.kind)?;
    let text = |key: &str| object::text(&value, &[key]).to_owned();
    let (given_kind, given_version) = (text("kind"), text("apiVersion"));
    let version = if given_version.is_empty() { kind.api_version.clone() } else { given_version };
    let given_kind = if given_kind.is_empty() { kind.kind.to_owned() } else { given_kind };
    match served.foreign(&version, &given_kind, (&kind.api_version, kind.kind)) {
        None => {}
        Some(Foreign::Version(why)) => return Err(Status::bad_request(why)),
        Some(Foreign::Kind(why)) => {
            let short = version.rsplit('/').next().unwrap_or_default();
            let what = format!("{given_kind} in version {short:?} cannot be handled as a {}", kind.kind);
            return Err(Status::bad_request(format!("{what}: {why}")));
        }
    }
    value["kind"] = given_kind.into();
    value["apiVersion"] = version.into();
    Ok(value)
}

/// A body of `DeleteOptions`, of the resource's own version or of `meta.k8s.io/v1`.
///
/// # Errors
/// 400, 413, 415 in the real server's words.
pub(super) fn delete_options(request: &Request<Bytes>) -> Result<Value, Status> {
    let format = format(request)?;
    let value = parse(limited(request)?, format, "DeleteOptions")?;
    let (kind, version) = (object::text(&value, &["kind"]), object::text(&value, &["apiVersion"]));
    if !kind.is_empty() && kind != "DeleteOptions" {
        return Err(Status::bad_request(format!(
            "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
        )));
    }
    Ok(value)
}

/// What kind of object a body must be.
#[derive(Debug, Clone)]
pub(super) struct Expected<'a> {
    pub(super) kind: &'a str,
    pub(super) api_version: String,
}

impl<'a> Expected<'a> {
    /// An object of the resource itself.
    pub(super) fn own(served: &'a Served) -> Self {
        Self { kind: &served.kind, api_version: served.gvr.api_version() }
    }
}

fn parse(body: &Bytes, format: Format, kind: &str) -> Result<Value, Status> {
    let unreadable = |why: String, shown: &str| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: {why} ({shown})"
        ))
    };
    let value: Value = match format {
        Format::Json => {
            let parsed = serde_json::from_slice(body);
            parsed.map_err(|_| {
                let why = match templates_engine::json::unmarshal(body) {
                    Err(error) => error.to_string(),
                    Ok(_) => "exceeded max depth".to_owned(),
                };
                unreadable(why, &snippet(body))
            })?
        }
        Format::Protobuf => protobuf::decode(body).map_err(|error| Status::bad_request(error.to_string()))?,
        Format::Yaml => {
            let why = |error: skiff_yaml::Error| {
                let shown = snippet(body);
                let start = format!("the object provided is unrecognized (must be of type {kind})");
                Status::bad_request(format!("{start}: {error} ({shown})"))
            };
            skiff_yaml::yaml_to_json(body).map_err(why)?
        }
    };
    if !value.is_object() {
        let what = match value {
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            _ => return Ok(Value::Object(Default::default())),
        };
        let why = format!(
            "json: cannot unmarshal {what} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
        );
        return Err(unreadable(why, &snippet(body)));
    }
    if object::nests_deeper(&value, object::MAX_DEPTH) {
        return Err(Status::bad_request("exceeded max depth"));
    }
    Ok(value)
}

/// What messages show of a body: `handlers.summarizeData`.
fn snippet(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') if body.len() > SHOWN => format!("{} ...", String::from_utf8_lossy(&body[..SHOWN])),
        Some(b'{') => String::from_utf8_lossy(body).into_owned(),
        Some(_) => {
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            if body.len() > SHOWN { format!("{} ...", hex(&body[..SHOWN])) } else { hex(body) }
        }
    }
}
