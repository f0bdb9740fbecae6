//! What a client wants to read: the `Accept` header, `pretty`, and how objects are written.

use super::{Body, answer};
use crate::table::Include;
use crate::{registry::Served, status::Status};
use http::{HeaderMap, Request, Response, header};
use serde_json::Value;
use skiff_compact::Order;
use std::collections::BTreeMap;

/// Media types of objects that are known; the sandbox writes the first two.
const KNOWN: [&str; 3] = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/// How objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Pretty,
    Yaml,
}

/// What stands in for an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shape {
    /// The object itself.
    #[default]
    Whole,
    /// A `Table`, and what of the objects stands in its rows.
    Table(Include),
    /// Its metadata alone.
    Metadata,
}

/// How an answer looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) format: Format,
    pub(super) shape: Shape,
    /// Parameters of the media type, to be repeated in `Content-Type`.
    pub(super) full: &'static str,
}

impl Wanted {
    /// What errors and answers that are no resource's look like.
    pub(super) fn plain() -> Self {
        Self { format: Format::Json, shape: Shape::Whole, full: KNOWN[0] }
    }
}

/// One clause of an `Accept` header.
struct Clause<'a> {
    media_type: &'a str,
    parameters: BTreeMap<&'a str, &'a str>,
    quality: f32,
}

fn clauses(accept: &str) -> Vec<Clause<'_>> {
    let mut clauses: Vec<Clause<'_>> = accept
        .split(',')
        .map(|clause| {
            let mut parts = clause.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default();
            let pairs = parts.filter_map(|part| part.split_once('='));
            let parameters: BTreeMap<&str, &str> =
                pairs.map(|(name, value)| (name.trim(), value.trim())).collect();
            let quality = parameters.get("q").and_then(|quality| quality.parse().ok()).unwrap_or(1.0);
            Clause { media_type, parameters, quality }
        })
        .collect();
    clauses.order_by(|a, b| b.quality.total_cmp(&a.quality));
    clauses
}

/// Whether people read the answer: `pretty`, or a program of theirs.
fn pretty<B>(request: &Request<B>) -> bool {
    let query = super::path::query(request.uri().query().unwrap_or_default());
    if let Some(pretty) = query.get("pretty").filter(|pretty| !pretty.is_empty()) {
        return ["1", "t", "T", "true", "TRUE", "True"].contains(&pretty.as_str());
    }
    let agent = text(request.headers(), header::USER_AGENT);
    ["curl", "Wget", "Mozilla/5.0"].iter().any(|human| agent.starts_with(human))
}

pub(super) fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// What the client of a request on resources wants; `list` tells whether the answer is a list.
///
/// # Errors
/// 406 when the sandbox cannot write it.
pub(super) fn wanted<B>(request: &Request<B>, served: &Served, list: bool) -> Result<Wanted, Status> {
    let json = if pretty(request) { Format::Pretty } else { Format::Json };
    let accept = text(request.headers(), header::ACCEPT);
    if accept.is_empty() {
        return Ok(Wanted { format: json, shape: Shape::Whole, full: KNOWN[0] });
    }
    for clause in clauses(accept) {
        let Some(format) = format(clause.media_type, json) else { continue };
        let parameter = |name: &str| clause.parameters.get(name).copied().unwrap_or_default();
        let stream = parameter("stream");
        if !stream.is_empty() && stream != "watch" {
            continue;
        }
        let (group, version) = (parameter("g"), parameter("v"));
        let known = version == "v1" && group == "meta.k8s.io";
        let shape = match parameter("as") {
            "" if version.is_empty() && group.is_empty() => Shape::Whole,
            "Table" if known => Shape::Table(include(request)),
            "PartialObjectMetadata" if known && !list => Shape::Metadata,
            "PartialObjectMetadataList" if known && list => Shape::Metadata,
            other @ ("PartialObjectMetadata" | "PartialObjectMetadataList") if known => {
                let go = served.go_type();
                let what = if list { format!("a list ({go}List)") } else { format!("not a list ({go})") };
                let why = format!("you requested {other}, but the requested object is {what}");
                return Err(Status::new(406, "NotAcceptable", why));
            }
            _ => continue,
        };
        let format =
            if parameter("pretty") == "1" && format == Format::Json { Format::Pretty } else { format };
        let full = if format == Format::Yaml { KNOWN[1] } else { KNOWN[0] };
        return Ok(Wanted { format, shape, full });
    }
    let any = clauses(accept).iter().any(|clause| KNOWN.contains(&clause.media_type));
    let known = KNOWN.join(", ");
    Err(if any {
        Status::new(406, "NotAcceptable", format!("only the following media types are accepted: {known}"))
    } else {
        let streams = [KNOWN[0], KNOWN[2]].map(|known| format!("{known};stream=watch")).join(", ");
        let why = format!("406: Not Acceptable\n\nAvailable representations: {known}, {streams}");
        Status::new(406, "NotAcceptable", why).with_details(Value::Object(serde_json::Map::new()))
    })
}

fn format(media_type: &str, json: Format) -> Option<Format> {
    match media_type {
        "application/json" | "application/*" | "*/*" => Some(json),
        "application/yaml" => Some(Format::Yaml),
        _ => None,
    }
}

/// `includeObject` of a table.
fn include<B>(request: &Request<B>) -> Include {
    let query = super::path::query(request.uri().query().unwrap_or_default());
    match query.get("includeObject").map_or("", String::as_str) {
        "None" => Include::None,
        "Object" => Include::Object,
        _ => Include::Metadata,
    }
}

/// How an error is written for this client.
pub(super) fn for_errors<B>(request: &Request<B>) -> Wanted {
    let json = if pretty(request) { Format::Pretty } else { Format::Json };
    let accept = text(request.headers(), header::ACCEPT);
    let known = clauses(accept).iter().find_map(|clause| format(clause.media_type, json));
    match known {
        Some(Format::Yaml) => Wanted { format: Format::Yaml, shape: Shape::Whole, full: KNOWN[1] },
        Some(format) => Wanted { format, ..Wanted::plain() },
        None if accept.is_empty() => Wanted { format: json, ..Wanted::plain() },
        None => Wanted { format: Format::Pretty, ..Wanted::plain() },
    }
}

/// Compact JSON as an answer.
pub(super) fn write_text(code: u16, wanted: Wanted, mut text: Vec<u8>) -> Response<Body> {
    text.push(b'\n');
    answer(code, wanted.full, text)
}

/// An object as an answer.
pub(super) fn write(code: u16, wanted: Wanted, object: &Value) -> Response<Body> {
    let bytes = match wanted.format {
        Format::Json => return write_text(code, wanted, object.to_string().into_bytes()),
        Format::Pretty => serde_json::to_vec_pretty(object).unwrap_or_default(),
        Format::Yaml => skiff_yaml::from_json(object).unwrap_or_default().into_bytes(),
    };
    answer(code, wanted.full, bytes)
}
