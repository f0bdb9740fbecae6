//! Logs of pods.

use super::{Api, Body, verbs::Call};
use crate::{
    node::logs,
    object::{
        self,
        edit::{list, time},
        selector::{FieldSelector, Term},
    },
    registry::{EventKind, ListOptions, Watch},
    status::Status,
};
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What a log that is followed has still to say.
struct Following {
    watch: Watch,
    options: logs::Options,
    /// What was written so far, of the run that began then.
    written: String,
    over: bool,
}

impl Api {
    /// `pods/log`: the simulated lines.
    pub(super) fn log(&self, call: &Call<'_>, name: &str) -> Result<Response<Body>, Status> {
        let options = options(call)?;
        let pod = self.registry.get(&call.served, call.namespace(), name)?;
        let text = logs::logs(&pod, &options)?;
        let body = if flag(call, "follow") && !options.previous && !ended(&pod, &options.container) {
            let term = Term { field: "metadata.name".to_owned(), equal: true, value: name.to_owned() };
            let only = ListOptions { fields: FieldSelector { terms: vec![term] }, ..ListOptions::default() };
            let watch = self.registry.watch(&call.served, Some(call.namespace()), only, None)?;
            let first = Bytes::from(text.clone());
            let state = Following { watch, options, written: text, over: false };
            follow(first, state)
        } else {
            Body::Full(text.into())
        };
        let mut response = Response::new(body);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Ok(response)
    }
}

/// The first lines, then those that come, until the container has ended for good.
fn follow(first: Bytes, state: Following) -> Body {
    Body::stream((Some(first), state), |(first, mut state)| async move {
        if let Some(first) = first {
            return Some((first, (None, state)));
        }
        while !state.over {
            let event = state.watch.next().await.ok()?;
            if event.kind == EventKind::Deleted {
                return None;
            }
            state.over = ended(&event.object, &state.options.container);
            let Ok(text) = logs::logs(&event.object, &state.options) else { continue };
            if text == state.written {
                continue;
            }
            // The same run has written more, or another one has begun.
            let more = text.strip_prefix(state.written.as_str()).unwrap_or(&text).to_owned();
            state.written = text;
            if !more.is_empty() {
                return Some((Bytes::from(more), (None, state)));
            }
        }
        None
    })
}

/// Whether nothing more will be written: the pod has ended.
fn ended(pod: &Value, container: &str) -> bool {
    let statuses = ["containerStatuses", "initContainerStatuses"];
    let init_done = statuses[1..].iter().any(|field| {
        list(pod, &["status", field])
            .iter()
            .any(|status| status["name"] == container && status["state"].get("terminated").is_some())
    });
    object::pod::terminal(pod) || init_done
}

fn flag(call: &Call<'_>, key: &str) -> bool {
    call.query.get(key).is_some_and(|value| matches!(value.as_str(), "" | "true" | "1"))
}

fn options(call: &Call<'_>) -> Result<logs::Options, Status> {
    let number = |key: &str| -> Result<Option<usize>, Status> {
        let Some(text) = call.query.get(key) else { return Ok(None) };
        let bad = || Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"));
        text.parse::<i64>().map_err(|_| bad()).map(|number| usize::try_from(number).ok())
    };
    let seconds = number("sinceSeconds")?;
    let now = Timestamp::now();
    let since = seconds
        .and_then(|seconds| Timestamp::from_second(now.as_second() - i64::try_from(seconds).ok()?).ok());
    let since_time = call.query.get("sinceTime").map(|text| json!({ "at": text }));
    Ok(logs::Options {
        container: call.query.get("container").cloned().unwrap_or_default(),
        previous: flag(call, "previous"),
        timestamps: flag(call, "timestamps"),
        tail_lines: number("tailLines")?,
        since: since.or_else(|| since_time.as_ref().and_then(|at| time(at, &["at"]))),
        limit_bytes: number("limitBytes")?,
    })
}
