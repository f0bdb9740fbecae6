//! Records in Secrets: Helm's default, and the form other tools look for.

use super::driver::{Driver, DriverError, Record};
use crate::client::{
    self, Cluster,
    transport::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SECRET_TYPE: &str = "helm.sh/release.v1";
const JSON: &str = "application/json";

/// The Secrets of one namespace, or of all.
pub struct Secrets<'a> {
    cluster: &'a Cluster,
    namespace: String,
}

impl<'a> Secrets<'a> {
    /// Records in a namespace; with an empty name, in every namespace (for listing).
    pub fn new(cluster: &'a Cluster, namespace: &str) -> Self {
        Self { cluster, namespace: namespace.to_owned() }
    }

    fn path(&self, name: &str) -> String {
        let mut path = String::from("/api/v1");
        if !self.namespace.is_empty() {
            path = format!("{path}/namespaces/{}", client::path_segment(&self.namespace));
        }
        path = format!("{path}/secrets");
        if name.is_empty() { path } else { format!("{path}/{}", client::path_segment(name)) }
    }

    fn secret(&self, record: &Record) -> Vec<u8> {
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": record.key, "labels": record.labels},
            "type": SECRET_TYPE,
            "data": {"release": STANDARD.encode(&record.body)},
        });
        secret.to_string().into_bytes()
    }

    fn send(&self, request: Request) -> Result<Value, DriverError> {
        self.cluster.exchange(request).map_err(|error| match error {
            error if error.is_not_found() && matches!(&error, client::Error::Status(_)) => missing(error),
            error if error.is_already_exists() => DriverError::Exists,
            error => DriverError::Store(Box::new(error)),
        })
    }
}

/// A missing Secret is a missing record; a missing namespace is the store's refusal.
fn missing(error: client::Error) -> DriverError {
    if error.to_string().starts_with("secrets ") {
        DriverError::NotFound
    } else {
        DriverError::Store(Box::new(error))
    }
}

#[derive(Deserialize)]
struct Secret {
    metadata: Metadata,
    #[serde(default)]
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    release: String,
}

#[derive(Deserialize)]
struct SecretList {
    #[serde(default)]
    items: Option<Vec<Secret>>,
}

impl From<Secret> for Record {
    fn from(secret: Secret) -> Self {
        let release = secret.data.unwrap_or_default().release;
        // A Secret's data is always base64; should it not be, the record is unreadable and says so when decoded.
        let body = STANDARD.decode(release).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Self {
            key: secret.metadata.name,
            namespace: secret.metadata.namespace,
            labels: secret.metadata.labels.unwrap_or_default(),
            body: body.unwrap_or_default(),
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, DriverError> {
    serde_json::from_value(answer).map_err(|error| DriverError::Store(Box::new(error)))
}

impl Driver for Secrets<'_> {
    fn get(&self, key: &str) -> Result<Record, DriverError> {
        let answer = self.send(Request::new(Method::Get, self.path(key)))?;
        read::<Secret>(answer).map(Record::from)
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        let mut labels = labels.to_vec();
        labels.sort_unstable();
        let selector: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let query = client::query(&[("labelSelector", &selector.join(","))]);
        let answer = self.send(Request::new(Method::Get, format!("{}?{query}", self.path(""))))?;
        let list = read::<SecretList>(answer)?;
        Ok(list.items.unwrap_or_default().into_iter().map(Record::from).collect())
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        let request = Request::new(Method::Post, self.path("")).with_body(JSON, self.secret(record));
        self.send(request).map(drop)
    }

    fn update(&self, record: &Record) -> Result<(), DriverError> {
        let request = Request::new(Method::Put, self.path(&record.key)).with_body(JSON, self.secret(record));
        self.send(request).map(drop)
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        self.send(Request::new(Method::Delete, self.path(key))).map(drop)
    }
}
