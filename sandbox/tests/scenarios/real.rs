//! The real API server's side.

use crate::{case::Step, cluster, play};
use bytes::Bytes;
use http::{Request, Response};
use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

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
            .build()
            .expect("a client");
        Self { client, server: cluster.server }
    }

    /// Sends a request; of a watch, as many lines as the step wants.
    pub async fn call(&self, request: Request<Bytes>, step: &Step) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let mut sent = self.client.request(head.method, format!("{}{}", self.server, head.uri)).body(body);
        for (name, value) in &head.headers {
            sent = sent.header(name, value);
        }
        let mut answer = sent.send().await.expect("the API server answers");
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
