//! Nobody is answered who does not show a token, and nothing grows without bound.

use crate::place::Place;
use reqwest::{Client, RequestBuilder, StatusCode};

struct Server {
    place: Place,
    runtime: tokio::runtime::Runtime,
    client: Client,
    base: String,
}

impl Server {
    fn new() -> Self {
        let place = Place::new(&[]);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority =
            reqwest::Certificate::from_pem(place.file("ca.crt").as_bytes()).expect("a certificate");
        let client = Client::builder().tls_certs_only([authority]).no_proxy().build().expect("a client");
        let base = format!("https://127.0.0.1:{}", place.file("port"));
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        Self { place, runtime, client, base }
    }

    /// The answer's code; `None` when the connection ends instead.
    fn try_code(&self, request: RequestBuilder) -> Option<StatusCode> {
        self.runtime.block_on(request.send()).ok().map(|answer| answer.status())
    }

    fn code(&self, request: RequestBuilder) -> u16 {
        self.try_code(request).expect("an answer").as_u16()
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).bearer_auth(self.place.file("token"))
    }
}

#[test]
fn without_a_token_only_health_is_answered() {
    let server = Server::new();
    for path in ["/healthz", "/livez", "/readyz"] {
        assert_eq!(server.code(server.get(path)), 200, "{path}");
    }
    let paths = [
        "/",
        "/api",
        "/apis",
        "/api/v1/pods",
        "/api/v1/secrets",
        "/version",
        "/openapi/v2",
        "/openid/v1/jwks",
        "/metrics",
    ];
    for path in paths {
        assert_eq!(server.code(server.get(path)), 403, "{path}");
    }
    let token = server.place.file("token");
    for wrong in ["x", &token[1..], &format!("{token}x"), &token.to_uppercase()] {
        assert_eq!(server.code(server.get("/api/v1/pods").bearer_auth(wrong)), 401);
        assert_eq!(server.code(server.get("/healthz").bearer_auth(wrong)), 401);
    }
    assert_eq!(server.code(server.get("/api/v1/pods").bearer_auth(&token)), 200);
}

#[test]
fn a_role_for_everybody_opens_nothing_to_strangers() {
    let server = Server::new();
    let binding = r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"open"},
        "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
        "subjects":[{"kind":"User","name":"system:anonymous"},{"kind":"Group","name":"system:unauthenticated"}]}"#;
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    let made = server.post(path).header("content-type", "application/json").body(binding);
    assert_eq!(server.code(made), 201);
    assert_eq!(server.code(server.get("/api/v1/secrets")), 403);
}

#[test]
fn large_and_broken_requests_are_refused() {
    let server = Server::new();
    let path = "/api/v1/namespaces/default/configmaps";
    let json = |body: Vec<u8>| server.post(path).header("content-type", "application/json").body(body);
    let long = server.try_code(json(vec![b' '; (3 << 20) + 1]));
    assert!(long.is_none_or(|code| code == StatusCode::PAYLOAD_TOO_LARGE), "{long:?}");
    assert_eq!(server.code(json(vec![b'['; 1 << 20])), 400);
    assert_eq!(server.code(json(b"{\"a\":".repeat(10_000))), 400);
    assert_eq!(server.code(json(vec![0xff; 64])), 400);
    let long = "x".repeat(200 << 10);
    let code = server.try_code(server.get("/api").header("x-long", &long));
    assert!(code.is_none_or(|code| code == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE), "{code:?}");
    assert_eq!(server.code(server.get("/healthz")), 200, "it goes on");
}
