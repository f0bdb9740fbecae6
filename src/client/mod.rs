//! The Kubernetes client: kubeconfig, discovery, and objects of any kind.
//!
//! Requests and answers are values; only [`http`] touches a network, and only when something is first asked.

mod address;
pub mod apply;
mod build;
mod cancel;
mod client_side;
pub mod config;
mod credentials;
mod dial;
mod discovery;
mod error;
pub mod evidence;
mod exec;
pub mod http;
mod kubeconfig;
pub mod logs;
mod managed_fields;
pub mod object;
mod patch;
mod preview;
pub mod protobuf;
mod proxy;
mod rate;
mod schema;
pub mod socket;
pub mod status;
mod streams;
mod target;
mod tls;
mod tls_words;
pub mod transport;
mod update;
pub mod wait;
mod warnings;

pub use apply::{ApplyError, is_kept};
pub use build::BuildError;
pub use cancel::Cancel;
pub use config::Settings;
pub use discovery::{Discovery, Resource};
pub use error::{ConfigError, Error, Status};
pub use object::Object;
pub use preview::Preview;
pub use proxy::ProxyEnv;
pub use update::{ApplyMode, Updated};
pub use warnings::{Warning, Warnings};

use crate::clock::{Clock, SystemClock};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};
use transport::{Method, Request, Transport};

/// Nobody answers, or nothing says where to ask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kubernetes cluster unreachable: {0}")]
pub struct Unreachable(String);

/// What `/version` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServerVersion {
    /// `1`.
    pub major: String,
    /// `33`.
    pub minor: String,
    /// `v1.33.4`.
    pub git_version: String,
}

/// A cluster, reached when it is first needed.
pub struct Cluster {
    settings: Settings,
    transport: OnceLock<Result<Box<dyn Transport>, ConfigError>>,
    namespace: OnceLock<String>,
    discovery: Mutex<Option<Arc<Discovery>>>,
    schemas: Mutex<BTreeMap<String, Arc<schema::Schemas>>>,
    /// Until when requests may be under way; set while something is awaited.
    deadline: Mutex<Option<Instant>>,
}

impl Cluster {
    /// The cluster these settings name. Nothing is read or sent yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            transport: OnceLock::new(),
            namespace: OnceLock::new(),
            discovery: Mutex::default(),
            schemas: Mutex::default(),
            deadline: Mutex::default(),
        }
    }

    /// A cluster behind any transport; tests put a double there.
    pub fn with_transport(transport: Box<dyn Transport>, namespace: &str) -> Self {
        let cluster = Self::new(Settings { namespace: namespace.into(), ..Settings::default() });
        let _ = cluster.transport.set(Ok(transport));
        cluster
    }

    /// The namespace commands work in.
    pub fn namespace(&self) -> &str {
        self.namespace.get_or_init(|| self.settings.namespace())
    }

    /// The wish to end what is under way.
    pub fn cancel(&self) -> &Cancel {
        &self.settings.cancel
    }

    fn transport(&self) -> Result<&dyn Transport, ConfigError> {
        let connect = || {
            let config = self.settings.resolve()?;
            let rate =
                self.settings.rate.and_then(|(qps, burst)| rate::Rate::new(qps, burst, Instant::now()));
            let settings = &self.settings;
            let (warnings, cancel) = (settings.warnings.clone(), settings.cancel.clone());
            http::Http::new(config, &settings.user_agent, warnings, cancel, rate)
                .map(|http| Box::new(http) as Box<dyn Transport>)
        };
        self.transport.get_or_init(connect).as_deref().map_err(Clone::clone)
    }

    /// Asks for the server's version: Helm's test of whether there is a cluster.
    ///
    /// # Errors
    /// When no configuration, no network path or no permission leads to an answer.
    pub fn server_version(&self) -> Result<ServerVersion, Unreachable> {
        let transport = self.transport().map_err(|error| Unreachable(error.to_string()))?;
        let request = Request::new(Method::Get, "/version");
        let response = transport.send(request).map_err(|error| Unreachable(error.to_string()))?;
        if response.status != 200 {
            return Err(Unreachable(error::generic(&response, Method::Get, "").message));
        }
        serde_json::from_slice(&response.body).map_err(|error| Unreachable(error.to_string()))
    }

    /// The time by the server's clock, else by this machine's: whoever compares moments that several machines noted
    /// needs one clock. It is a second off, or the time that an answer takes.
    pub fn server_time(&self) -> Timestamp {
        let told = self.transport().ok().and_then(Transport::server_time);
        told.unwrap_or_else(|| SystemClock.now())
    }

    /// What the server serves; asked for once, until [`Cluster::forget_discovery`].
    ///
    /// # Errors
    /// When the server does not say.
    pub fn discovery(&self) -> Result<Arc<Discovery>, Error> {
        let mut known = lock(&self.discovery);
        if let Some(discovery) = known.as_ref() {
            return Ok(Arc::clone(discovery));
        }
        let transport = self.transport().map_err(|error| Error::Answer(error.to_string()))?;
        let discovery = Arc::new(Discovery::fetch(transport)?);
        *known = Some(Arc::clone(&discovery));
        Ok(discovery)
    }

    /// Takes the kinds of definitions for served that are only to be made, until [`Cluster::forget_discovery`].
    pub fn foresee<'a>(&self, definitions: impl Iterator<Item = &'a Value>) {
        let mut known = lock(&self.discovery);
        if let Some(discovery) = known.as_mut() {
            definitions.for_each(|definition| Arc::make_mut(discovery).foresee(definition));
        }
    }

    /// Makes the next question ask again, because new kinds were installed.
    pub fn forget_discovery(&self) {
        lock(&self.discovery).take();
    }

    /// Objects of a manifest; those without a namespace get the release's. `strict` also refuses documents without
    /// a kind by Helm's validation message.
    ///
    /// # Errors
    /// When a document is broken or of an unknown kind, or discovery fails.
    pub fn build(&self, manifest: &str, namespace: &str, strict: bool) -> Result<Vec<Object>, BuildError> {
        if manifest.trim().is_empty() {
            return Ok(Vec::new());
        }
        let discovery = self.discovery().map_err(|error| BuildError::Documents(vec![error.to_string()]))?;
        build::build(manifest, namespace, &discovery, strict)
    }

    /// The live objects, or why each cannot be had; asked for all at once.
    pub fn get_all(&self, objects: &[Object]) -> Vec<Result<Value, Error>> {
        let request = |object: &Object| {
            apply::named(object)?;
            Ok(Request::new(Method::Get, object.path()))
        };
        self.exchange_all(objects.iter().map(request).collect())
    }

    /// Sends a request and reads the answer as JSON.
    ///
    /// # Errors
    /// When no answer comes, or it is a refusal or not JSON.
    pub fn exchange(&self, request: Request) -> Result<Value, Error> {
        let body = self.exchange_raw(request)?;
        serde_json::from_slice(&body).map_err(|error| Error::Answer(error.to_string()))
    }

    fn exchange_raw(&self, request: Request) -> Result<Vec<u8>, Error> {
        let (method, what) = (request.method, target::check(&request)?);
        let transport = self.transport().map_err(|error| Error::Answer(error.to_string()))?;
        let url = request.path.clone();
        let answer = transport.send_all_until(vec![request], *lock(&self.deadline)).pop();
        let missing = || Err(transport::NetworkError { method, url, cause: "no answer".into() });
        error::accept(answer.unwrap_or_else(missing)?, method, &what)
    }

    /// Lets requests be under way no longer than until a moment, as long as what is returned lives.
    fn until(&self, deadline: Option<Instant>) -> Until<'_> {
        let before = std::mem::replace(&mut *lock(&self.deadline), deadline);
        Until { cluster: self, before }
    }

    /// Sends a request and gives the answer's body away piece by piece, until `take` wants no more.
    ///
    /// # Errors
    /// When no answer comes, it breaks off, or it is a refusal.
    pub fn exchange_streamed(
        &self,
        request: Request,
        take: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<(), Error> {
        let (method, what) = (request.method, target::check(&request)?);
        let transport = self.transport().map_err(|error| Error::Answer(error.to_string()))?;
        error::accept(transport.send_streamed(request, take)?, method, &what).map(drop)
    }

    /// Sends many requests at once and returns the bodies of good answers; those that could not be made stay errors in
    /// their place.
    pub fn exchange_all_raw(&self, requests: Vec<Request>) -> Vec<Result<Vec<u8>, Error>> {
        self.exchange_each(requests.into_iter().map(Ok).collect(), Ok)
    }

    /// Sends many requests at once; those that could not be made stay errors in their place.
    fn exchange_all(&self, requests: Vec<Result<Request, Error>>) -> Vec<Result<Value, Error>> {
        self.exchange_each(requests, |body| {
            serde_json::from_slice(&body).map_err(|error| Error::Answer(error.to_string()))
        })
    }

    fn exchange_each<T>(
        &self,
        requests: Vec<Result<Request, Error>>,
        read: impl Fn(Vec<u8>) -> Result<T, Error>,
    ) -> Vec<Result<T, Error>> {
        let transport = match self.transport() {
            Ok(transport) => transport,
            Err(error) => return requests.iter().map(|_| Err(Error::Answer(error.to_string()))).collect(),
        };
        let check = |request: Result<Request, Error>| {
            let request = request?;
            let what = target::check(&request)?;
            Ok((request, what))
        };
        let requests: Vec<Result<(Request, String), Error>> = requests.into_iter().map(check).collect();
        let good: Vec<Request> = requests.iter().flatten().map(|(request, _)| request.clone()).collect();
        let mut answers = transport.send_all_until(good, *lock(&self.deadline)).into_iter();
        let answer = |request: Result<(Request, String), Error>| {
            let (request, what) = request?;
            let response = answers.next().unwrap_or_else(|| {
                let (method, url) = (request.method, request.path.clone());
                Err(transport::NetworkError { method, url, cause: "no answer".into() })
            });
            read(error::accept(response?, request.method, &what)?)
        };
        requests.into_iter().map(answer).collect()
    }
}

/// While it lives, requests end by a deadline; then the one before counts again.
struct Until<'a> {
    cluster: &'a Cluster,
    before: Option<Instant>,
}

impl Drop for Until<'_> {
    fn drop(&mut self) {
        *lock(&self.cluster.deadline) = self.before;
    }
}

/// What a thread that panicked left behind is a whole value still: nothing is changed in place.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A query string as Go's `url.Values.Encode` makes it: sorted by the caller, spaces as `+`.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A text without its percent signs.
pub(crate) fn unescape(text: &str) -> String {
    address::unescape(text)
}

/// A name as one segment of a path: what the server could misread is escaped.
pub(crate) fn path_segment(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
