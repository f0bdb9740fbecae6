//! The sandbox as a whole: a store, the API over it, and who works in it.

mod prepare;

use crate::{
    api::{Access, Api, Body},
    auth::{AUDIENCE, Authenticator, BadKey, Escalation, Issuer, Mode},
    controllers::{self, Controllers},
    registry::{Client, Registry, User},
    status::Status,
    store::{self, Store},
};
use bytes::Bytes;
use http::{Request, Response};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// How a sandbox is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder of its state; `None` keeps all in memory.
    pub folder: Option<PathBuf>,
    /// Where the Services (`namespace/name`) of webhooks answer: no process stands behind a Service of the sandbox.
    pub services: std::collections::BTreeMap<String, std::net::SocketAddr>,
    /// Tokens that are known from the start, and whose they are.
    pub tokens: Vec<(String, User)>,
    /// How requests are judged.
    pub authorization: Mode,
    /// The key that signs the tokens of service accounts, in PKCS #8; `None` makes a new one.
    pub account_key: Option<Vec<u8>>,
    /// Whether there is a simulated node. Without one the sandbox is as a control plane without machines.
    pub node: bool,
    /// The certificate, in PEM, by which those in the cluster know the server.
    pub ca: String,
    /// The version to report; `None` reports the one whose behaviour this is.
    pub kube_version: Option<String>,
}

/// Why a sandbox cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its state cannot be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What every cluster has cannot be made.
    #[error("cannot prepare the sandbox: {0}")]
    Prepare(#[from] Status),
    /// The key of the service accounts' tokens is none.
    #[error(transparent)]
    Key(#[from] BadKey),
}

/// The store of a folder, which is made if it is missing.
fn store(folder: Option<&Path>) -> Result<Store, store::Error> {
    let Some(folder) = folder else { return Ok(Store::in_memory()) };
    std::fs::create_dir_all(folder)
        .map_err(|error| store::Error::Broken(format!("{}: {error}", folder.display())))?;
    Store::draft(&folder.join("objects.redb"))
}

/// A Kubernetes API in this process. Clones share it.
#[derive(Debug, Clone)]
pub struct Sandbox {
    api: Api,
    controllers: Option<Arc<Controllers>>,
}

impl Sandbox {
    /// Opens a sandbox, new or as it was left.
    ///
    /// # Errors
    /// When its state cannot be read.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let registry = Arc::new(Registry::new(store(options.folder.as_deref())?)?);
        let converter = crate::conversion::Webhooks::new(&registry, options.services.clone());
        registry.set_converter(Arc::new(converter));
        let plugins = crate::admission::Plugins::new(&registry, options.services);
        registry.set_admission(Box::new(plugins));
        let key = options.account_key.map_or_else(Issuer::new_key, Ok)?;
        let signer = Issuer::new(AUDIENCE, &key)?;
        let authenticator = Authenticator::new(Issuer::new(AUDIENCE, &key)?, options.tokens);
        registry.set_gate(Box::new(Escalation(options.authorization)));
        let access = Arc::new(Access::new(options.authorization, authenticator));
        let mut sandbox = Self { api: Api::new(registry, access, options.kube_version), controllers: None };
        prepare::prepare(&sandbox.client()).await?;
        crate::definitions::look_after(sandbox.api.registry());
        let tokens: controllers::TokenMaker = Arc::new(move |namespace, account, uid, secret| {
            signer.secret_token(namespace, account, uid, secret)
        });
        let working = controllers::Options {
            node: options.node,
            ca: options.ca,
            tokens: Some(tokens),
            ..controllers::Options::default()
        };
        sandbox.controllers = Some(Arc::new(Controllers::start(&sandbox.client(), working).await?));
        crate::auth::rbac::look_after(sandbox.api.registry());
        sandbox.api.registry().store().settle();
        Ok(sandbox)
    }

    /// Answers a request as the API server does, with no port in between. Who asks is a [`crate::registry::User`] in the
    /// request's extensions; without one it is the owner, who may do everything.
    pub async fn call(&self, request: Request<Bytes>) -> Response<Body> {
        self.api.call(request).await
    }

    /// Why the controllers ended by themselves; waits for ever as long as they work.
    pub fn failure(&self) -> impl Future<Output = Status> + Send + 'static {
        let failure = self.controllers.as_ref().map(|controllers| controllers.failure());
        async move {
            match failure {
                Some(failure) => failure.await,
                None => std::future::pending().await,
            }
        }
    }

    /// Who sends a request with this head, by its token and the headers that impersonate: put it into the extensions of
    /// the request that you [`Sandbox::call`].
    ///
    /// # Errors
    /// 401, 403 and 400 as the real server.
    pub fn admit(&self, head: &http::request::Parts) -> Result<User, Status> {
        self.api.admit(head)
    }

    /// A client without HTTP, with all rights.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(Arc::clone(self.api.registry()), "skiff")
    }
}
