//! Playing a scenario on both sides.

use crate::{
    case::{Case, Step},
    compare,
    mask::Mask,
    real::Real,
    sandbox::Sandbox,
    webhook::Webhook,
};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

/// How long a step waits for its `until` or for a watch's events.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// How long a new namespace may take to get its service account.
const SETTLING: Duration = Duration::from_secs(20);
/// Between two questions of a step that waits.
const PAUSE: Duration = Duration::from_millis(100);

/// Lines in a watch's body so far.
pub fn lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// Where requests go.
enum Target<'a> {
    Real(&'a Real),
    Sandbox(Box<Sandbox>),
}

impl Target<'_> {
    async fn call(&self, request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        match self {
            Self::Real(real) => real.call(request, step).await,
            Self::Sandbox(sandbox) => sandbox.call(request, step).await,
        }
    }
}

/// One side of a scenario: where it is played, and what it learnt so far.
struct Side<'a> {
    target: Target<'a>,
    names: BTreeMap<String, String>,
    mask: Mask,
    /// Objects outside the scenario's namespace that it made.
    made: Vec<String>,
}

/// Plays a scenario on both sides and compares each answer.
///
/// # Errors
/// The report of all steps that differ.
pub async fn run(case: &Case, real: &Real, webhook: &Webhook, show: bool) -> Result<(), String> {
    let namespace = namespace(case);
    let mut theirs = Side::new(Target::Real(real), &namespace, webhook);
    theirs.prepare(&namespace).await;
    let mut ours = if show {
        None
    } else {
        Some(Side::new(Target::Sandbox(Box::new(Sandbox::open().await)), &namespace, webhook))
    };
    if let Some(ours) = &mut ours {
        ours.prepare(&namespace).await;
    }
    let mut report = String::new();
    for (number, step) in case.steps.iter().enumerate() {
        let wanted = theirs.step(step).await;
        let Some(ours) = &mut ours else {
            println!(
                "{} | {} | {}\n{}",
                case.name,
                number + 1,
                step.request,
                serde_json::to_string_pretty(&wanted).expect("JSON")
            );
            continue;
        };
        let got = ours.step(step).await;
        match (&step.differs, wanted == got) {
            _ if step.unchecked => {}
            (None, false) => {
                report += &format!("step {}: {}\n{}", number + 1, step.request, compare::diff(&wanted, &got));
            }
            (Some(reason), true) => {
                report += &format!("step {}: {}\nno longer differs ({reason})\n", number + 1, step.request);
            }
            _ => {}
        }
    }
    theirs.tidy(&namespace).await;
    if report.is_empty() { Ok(()) } else { Err(report) }
}

/// A name that no other scenario and no other run has.
fn namespace(case: &Case) -> String {
    let mut hasher = DefaultHasher::new();
    (&case.file, &case.name, std::process::id(), std::time::SystemTime::now()).hash(&mut hasher);
    format!("s{:016x}", hasher.finish())
}

impl<'a> Side<'a> {
    fn new(target: Target<'a>, namespace: &str, webhook: &Webhook) -> Self {
        let names = [("ns", namespace), ("webhook", &webhook.url), ("ca", &webhook.ca)];
        let names = names.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { target, names, mask: Mask::default(), made: Vec::new() }
    }

    /// Makes the namespace, and waits for what controllers put into each.
    async fn prepare(&mut self, namespace: &str) {
        let step = |text: String| serde_yaml::from_str::<Step>(&text).expect("a step");
        let body = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}");
        self.answer(&step(format!("{{do: POST /api/v1/namespaces, body: {body}}}"))).await;
        for path in ["serviceaccounts/default", "configmaps/kube-root-ca.crt"] {
            let path = format!("/api/v1/namespaces/{namespace}/{path}");
            let step = step(format!("{{do: GET {path}, until: {{/kind: {{present: true}}}}}}"));
            let _ = tokio::time::timeout(SETTLING, self.answer(&step)).await;
        }
    }

    /// Removes what the scenario made in a control plane that others use too.
    async fn tidy(&mut self, namespace: &str) {
        let mut paths = std::mem::take(&mut self.made);
        paths.push(format!("/api/v1/namespaces/{namespace}"));
        for path in paths {
            let step = serde_yaml::from_str(&format!("do: DELETE {path}")).expect("a step");
            self.answer(&step).await;
        }
    }

    /// Performs a step; its answer as it is compared.
    async fn step(&mut self, step: &Step) -> Value {
        let answer = self.answer(step).await;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        for (name, pointer) in &step.remember {
            let value = body.pointer(pointer).cloned().unwrap_or_default();
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.names.insert(name.clone(), text);
        }
        self.note(step, &body, answer.status().is_success());
        compare::shown(&answer, step, &mut self.mask)
    }

    /// Remembers objects that no namespace's end takes along.
    fn note(&mut self, step: &Step, body: &Value, done: bool) {
        let request = self.filled(&step.request);
        let (method, path) = request.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let inside = path.contains("/namespaces/") || step.request.contains("dryRun");
        let Some(name) = body.pointer("/metadata/name").and_then(Value::as_str) else { return };
        if done && !inside && matches!(method, "POST" | "PUT" | "PATCH") {
            let made = if method == "POST" { format!("{path}/{name}") } else { path.to_owned() };
            if !self.made.contains(&made) && !made.ends_with("reviews") {
                self.made.push(made);
            }
        }
    }

    async fn answer(&mut self, step: &Step) -> Response<Bytes> {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self.target.call(self.request(step), step).await;
            let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            if holds(step, &body) && !behind(answer.body()) || Instant::now() > end {
                return answer;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn request(&self, step: &Step) -> Request<Bytes> {
        let request = self.filled(&step.request);
        let (method, uri) =
            request.split_once(' ').unwrap_or_else(|| panic!("no method and path: {request:?}"));
        let body = match (&step.body, &step.text) {
            (Some(body), None) => self.filled(&body.to_string()),
            (None, Some(text)) => self.filled(text),
            _ => String::new(),
        };
        let mut builder = Request::builder().method(method).uri(uri).header("user-agent", "scenarios");
        match step.user.as_deref() {
            Some("none") => {}
            user => {
                builder = builder.header("authorization", format!("Bearer {}-token", user.unwrap_or("admin")))
            }
        }
        if !body.is_empty() {
            builder = builder.header("content-type", media_type(step.media_type.as_deref()));
        }
        builder = builder.header("accept", accept(step.accept.as_deref()));
        for (name, value) in &step.headers {
            builder = builder.header(name, self.filled(value));
        }
        builder.body(body.into()).unwrap_or_else(|error| panic!("{request:?}: {error}"))
    }

    fn filled(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

/// Whether the answer is that the API server's own cache is a little behind its store, which asking again mends. Versions
/// far away are what a scenario asks for.
fn behind(body: &[u8]) -> bool {
    const FAR: u64 = 100_000;
    let text = String::from_utf8_lossy(body);
    let Some((_, rest)) = text.split_once("Too large resource version: ") else { return false };
    let mut numbers =
        rest.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u64>().ok());
    let (wanted, current) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    wanted.saturating_sub(current) < FAR
}

/// Whether a step's `until` is fulfilled. `{present: true}` stands for any value.
fn holds(step: &Step, body: &Value) -> bool {
    step.until.iter().all(|(pointer, wanted)| {
        let value = body.pointer(pointer).cloned().unwrap_or_default();
        let present = wanted.get("present").and_then(Value::as_bool);
        // A Status is an answer too, but not the one that is waited for.
        let failed = body.get("kind").is_some_and(|kind| kind == "Status");
        present.map_or_else(|| value == *wanted, |present| present != value.is_null() && !failed)
    })
}

fn media_type(name: Option<&str>) -> &str {
    match name {
        None | Some("json") => "application/json",
        Some("merge") => "application/merge-patch+json",
        Some("strategic") => "application/strategic-merge-patch+json",
        Some("json-patch") => "application/json-patch+json",
        Some("apply") => "application/apply-patch+yaml",
        Some(whole) => whole,
    }
}

fn accept(name: Option<&str>) -> &str {
    match name {
        None => "application/json",
        Some("table") => "application/json;as=Table;v=v1;g=meta.k8s.io",
        Some("metadata") => "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
        Some("metadata-list") => "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        Some(whole) => whole,
    }
}
