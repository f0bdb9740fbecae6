//! The real API server's side.

use crate::{case::Step, cluster, play};
use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// How long a connection is kept that nobody uses: less than the server keeps it.
const IDLE: Duration = Duration::from_secs(20);
/// So often a request is sent again that did not get through, with a longer pause each time.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// A connection to the real control plane.
pub struct Real {
    client: reqwest::Client,
    server: String,
}

#[derive(Deserialize)]
struct Kubeconfig {
    clusters: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    cluster: Cluster,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Cluster {
    server: String,
    certificate_authority: PathBuf,
}

impl Real {
    /// Connects to `$SCENARIOS_KUBECONFIG`, or starts a control plane.
    pub async fn connect() -> Self {
        rustls::crypto::ring::default_provider().install_default().expect("it is the first");
        let path = match std::env::var_os("SCENARIOS_KUBECONFIG") {
            Some(path) => PathBuf::from(path),
            None => tokio::task::spawn_blocking(|| cluster::cluster().kubeconfig().to_owned())
                .await
                .expect("it starts"),
        };
        let text = std::fs::read_to_string(&path).expect("the kubeconfig");
        let config: Kubeconfig = serde_yaml::from_str(&text).expect("a kubeconfig");
        let cluster = config.clusters.into_iter().next().expect("a cluster").cluster;
        let ca = std::fs::read(cluster.certificate_authority).expect("its certificate");
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&ca).expect("a certificate")])
            .no_proxy()
            // Over HTTP/2 the server says good-bye to busy connections now and then, and what is sent then is lost.
            .http1_only()
            .pool_idle_timeout(IDLE)
            .build()
            .expect("a client");
        Self { client, server: cluster.server }
    }

    /// Sends a request, again where it did not reach the server.
    async fn send(&self, request: &Request<Bytes>) -> reqwest::Response {
        let mut tries = 0;
        loop {
            let url = format!("{}{}", self.server, request.uri());
            let mut sent = self.client.request(request.method().clone(), url).body(request.body().clone());
            for (name, value) in request.headers() {
                sent = sent.header(name, value);
            }
            match sent.send().await {
                Ok(answer) => return answer,
                Err(error) if tries < TRIES && (error.is_connect() || error.is_request()) => {
                    tries += 1;
                    tokio::time::sleep(PAUSE * tries).await;
                }
                Err(error) => panic!("the API server does not answer: {error:?}"),
            }
        }
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    pub async fn call(&self, request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        let mut answer = self.send(&request).await;
        let mut response = Response::builder().status(answer.status()).version(http::Version::HTTP_11);
        *response.headers_mut().expect("no error so far") = answer.headers().clone();
        let mut text = Vec::new();
        let read = async {
            while let Some(chunk) = answer.chunk().await.expect("an answer's body") {
                text.extend_from_slice(&chunk);
                if step.watch.is_some_and(|wanted| play::lines(&text) >= wanted) {
                    break;
                }
            }
        };
        let limit = if step.watch.is_some() { play::PATIENCE } else { Duration::from_secs(60) };
        let _ = tokio::time::timeout(limit, read).await;
        response.body(text.into()).expect("a response")
    }
}
