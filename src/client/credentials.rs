//! What requests say about who asks (`transport/round_trippers.go` of client-go).

use super::{
    config::{Login, MAX_CREDENTIAL_BYTES},
    error::ConfigError,
    exec::Plugin,
    kubeconfig::{AuthProvider, Impersonate, go_io, read_file},
    tls::Identity,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue, header::AUTHORIZATION};
use kube::client::{Body, ConfigExt};
use std::{path::Path, sync::Arc};
use tower::{Layer, ServiceExt};

/// A way to say who asks.
pub(super) enum Credentials {
    /// Nothing is said, or only a certificate speaks.
    None,
    /// One header, always the same.
    Fixed(String),
    /// A token in a file that others renew; the second is for when it cannot be read.
    File { path: String, fallback: String },
    /// A plugin says it.
    Plugin(Box<Plugin>),
    /// A provider that is built in.
    Provider(AuthProvider),
}

impl Credentials {
    /// From a login; `identity` is what plugins set.
    ///
    /// # Errors
    /// When the login cannot be used, in client-go's words.
    pub(super) fn new(
        login: Login,
        has_certificate: bool,
        identity: &Arc<Identity>,
    ) -> Result<Self, ConfigError> {
        let failed = |cause: &str| Err(ConfigError::Other(cause.to_owned()));
        let has_basic = !login.username.is_empty() || !login.password.is_empty();
        let has_token = !login.token.is_empty() || !login.token_file.is_empty();
        if login.exec.is_some() && login.auth_provider.is_some() {
            return failed("execProvider and authProvider cannot be used in combination");
        }
        if let Some((exec, cluster)) = &login.exec {
            let plugin = Plugin::new(exec, cluster, Arc::clone(identity)).map_err(ConfigError::Other)?;
            // Whoever brings credentials does not need the plugin's.
            if !has_token && !has_basic && !has_certificate {
                return Ok(Self::Plugin(Box::new(plugin)));
            }
        }
        if let Some(provider) = login.auth_provider {
            check_provider(&provider).map_err(ConfigError::Other)?;
            if !has_token && !has_basic {
                return Ok(Self::Provider(provider));
            }
        }
        if has_basic && has_token {
            return failed("username/password or bearer token may be set, but not both");
        }
        if !login.token_file.is_empty() {
            if login.token.is_empty() {
                token_of_file(&login.token_file).map_err(ConfigError::Other)?;
            }
            return Ok(Self::File { path: login.token_file, fallback: login.token });
        }
        if has_token {
            return Ok(Self::Fixed(format!("Bearer {}", login.token)));
        }
        if has_basic {
            let pair = format!("{}:{}", login.username, login.password);
            return Ok(Self::Fixed(format!("Basic {}", STANDARD.encode(pair))));
        }
        Ok(Self::None)
    }

    /// The header for the next requests; plugins may run.
    ///
    /// # Errors
    /// In the words that follow the request's in Go's error.
    pub(super) async fn header(&self) -> Result<Option<HeaderValue>, String> {
        let text = match self {
            Self::None => return Ok(None),
            Self::Fixed(text) => text.clone(),
            Self::File { path, fallback } => {
                let token = token_of_file(path).unwrap_or_else(|_| fallback.clone());
                format!("Bearer {token}")
            }
            Self::Plugin(plugin) => {
                match plugin.token().map_err(|cause| format!("getting credentials: {cause}"))? {
                    Some(token) => format!("Bearer {token}"),
                    None => return Ok(None),
                }
            }
            Self::Provider(provider) => return provided(provider).await,
        };
        HeaderValue::from_str(&text)
            .map(Some)
            .map_err(|_| "net/http: invalid header field value for \"Authorization\"".into())
    }

    /// The server did not accept what was said last.
    pub(super) fn refused(&self) {
        if let Self::Plugin(plugin) = self {
            plugin.forget();
        }
    }
}

fn token_of_file(path: &str) -> Result<String, String> {
    let read = read_file(Path::new(path), MAX_CREDENTIAL_BYTES);
    let bytes = read
        .map_err(|error| format!("failed to read token file {path:?}: {}", go_io(Path::new(path), &error)))?;
    let token = String::from_utf8_lossy(&bytes).trim().to_owned();
    if token.is_empty() { Err(format!("read empty token from file {path:?}")) } else { Ok(token) }
}

fn check_provider(provider: &AuthProvider) -> Result<(), String> {
    match provider.name.as_str() {
        "gcp" => Err("The gcp auth plugin has been removed.\n\
             Please use the \"gke-gcloud-auth-plugin\" kubectl/client-go credential plugin instead.\n\
             See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details"
            .into()),
        "azure" => Err("The azure auth plugin has been removed.\n\
             Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.\n\
             See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details"
            .into()),
        "oidc" => ["idp-issuer-url", "client-id"]
            .iter()
            .find(|name| provider.config.get(**name).is_none_or(String::is_empty))
            .map_or(Ok(()), |name| Err(format!("Must provide {name}"))),
        name => Err(format!("no Auth Provider found for name {name:?}")),
    }
}

/// The header of a built-in provider: kube's client knows how to renew its tokens.
async fn provided(provider: &AuthProvider) -> Result<Option<HeaderValue>, String> {
    let mut config = kube::Config::new(http::Uri::from_static("https://localhost"));
    config.auth_info.auth_provider = Some(kube::config::AuthProviderConfig {
        name: provider.name.clone(),
        config: provider.config.clone().into_iter().collect(),
        other: Default::default(),
    });
    let Some(layer) = config.auth_layer().map_err(|error| error.to_string())? else { return Ok(None) };
    // The layer adds the header to a request; what is behind it sends it back.
    let service = layer.layer(tower::service_fn(|request: http::Request<Body>| async move {
        let mut response = http::Response::new(());
        *response.headers_mut() = request.headers().clone();
        Ok::<_, tower::BoxError>(response)
    }));
    let answer = service.oneshot(http::Request::new(Body::empty())).await;
    Ok(answer.map_err(|error| error.to_string())?.headers().get(AUTHORIZATION).cloned())
}

/// The headers that ask for other rights than one's own.
///
/// # Errors
/// For text that no header can carry.
pub(super) fn impersonation(as_whom: &Impersonate) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let bad = |_| format!("net/http: invalid header field value for {name:?}");
        let value = HeaderValue::from_str(value).map_err(bad)?;
        let header = HeaderName::from_bytes(name.as_bytes());
        let header = header.map_err(|_| format!("net/http: invalid header field name {name:?}"))?;
        headers.append(header, value);
        Ok::<(), String>(())
    };
    if as_whom.user.is_empty() {
        return Ok(headers);
    }
    add("Impersonate-User", &as_whom.user)?;
    if !as_whom.uid.is_empty() {
        add("Impersonate-Uid", &as_whom.uid)?;
    }
    for group in &as_whom.groups {
        add("Impersonate-Group", group)?;
    }
    for (key, values) in &as_whom.extra {
        for value in values {
            add(&format!("Impersonate-Extra-{}", escape(key)), value)?;
        }
    }
    Ok(headers)
}

/// A key as part of a header's name.
fn escape(key: &str) -> String {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&byte);
    key.bytes()
        .map(|byte| if legal(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
