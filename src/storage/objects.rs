//! Records in objects of the cluster: Secrets, which are Helm's default, or ConfigMaps.

use super::driver::{Driver, DriverError, Record};
use crate::client::{
    self, Cluster,
    transport::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use skiff_compact::Order;
use std::collections::BTreeMap;

const SECRET_TYPE: &str = "helm.sh/release.v1";
const JSON: &str = "application/json";

/// Which objects hold the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Secret,
    ConfigMap,
}

impl Form {
    fn kind(self) -> &'static str {
        match self {
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }

    fn plural(self) -> &'static str {
        match self {
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
        }
    }
}

/// The Secrets or ConfigMaps of one namespace, or of all.
pub struct Objects<'a> {
    cluster: &'a Cluster,
    namespace: String,
    form: Form,
}

impl<'a> Objects<'a> {
    /// Records in the Secrets of a namespace; with an empty name, of every namespace (for listing).
    pub fn secrets(cluster: &'a Cluster, namespace: &str) -> Self {
        Self { cluster, namespace: namespace.to_owned(), form: Form::Secret }
    }

    /// The same in ConfigMaps.
    pub fn config_maps(cluster: &'a Cluster, namespace: &str) -> Self {
        Self { form: Form::ConfigMap, ..Self::secrets(cluster, namespace) }
    }

    fn path(&self, name: &str) -> String {
        let mut path = String::from("/api/v1");
        if !self.namespace.is_empty() {
            path = format!("{path}/namespaces/{}", client::path_segment(&self.namespace));
        }
        path = format!("{path}/{}", self.form.plural());
        if name.is_empty() { path } else { format!("{path}/{}", client::path_segment(name)) }
    }

    fn object(&self, record: &Record) -> Vec<u8> {
        let mut object = json!({
            "apiVersion": "v1",
            "kind": self.form.kind(),
            "metadata": {"name": record.key, "labels": record.labels},
            "data": {"release": record.body},
        });
        if self.form == Form::Secret {
            object["type"] = SECRET_TYPE.into();
            object["data"]["release"] = STANDARD.encode(&record.body).into();
        }
        object.to_string().into_bytes()
    }

    fn record(&self, stored: Stored) -> Record {
        let release = stored.data.unwrap_or_default().release;
        let body = match self.form {
            // A Secret's data is always base64; should it not be, the record is unreadable and says so when decoded.
            Form::Secret => STANDARD.decode(release).ok().and_then(|bytes| String::from_utf8(bytes).ok()),
            Form::ConfigMap => Some(release),
        };
        Record {
            key: stored.metadata.name,
            namespace: stored.metadata.namespace,
            labels: stored.metadata.labels.unwrap_or_default(),
            body: body.unwrap_or_default(),
        }
    }

    fn send(&self, request: Request) -> Result<Value, DriverError> {
        self.cluster.exchange(request).map_err(|error| match error {
            error if error.is_not_found() && matches!(&error, client::Error::Status(_)) => {
                self.missing(error)
            }
            error if error.is_already_exists() => DriverError::Exists,
            error => DriverError::Store(Box::new(error)),
        })
    }

    /// A missing object is a missing record; a missing namespace is the store's refusal.
    fn missing(&self, error: client::Error) -> DriverError {
        let is_object =
            error.to_string().strip_prefix(self.form.plural()).is_some_and(|rest| rest.starts_with(' '));
        if is_object { DriverError::NotFound } else { DriverError::Store(Box::new(error)) }
    }
}

#[derive(Deserialize)]
struct Stored {
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
struct StoredList {
    #[serde(default)]
    items: Option<Vec<Stored>>,
}

fn read<T: for<'de> Deserialize<'de>>(answer: Value) -> Result<T, DriverError> {
    serde_json::from_value(answer).map_err(|error| DriverError::Store(Box::new(error)))
}

impl Driver for Objects<'_> {
    /// Helm's driver of Secrets does, that of ConfigMaps does not.
    fn explains(&self) -> bool {
        self.form == Form::Secret
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        let answer = self.send(Request::new(Method::Get, self.path(key)))?;
        read(answer).map(|stored| self.record(stored))
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        let mut labels = labels.to_vec();
        labels.order();
        let selector: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let query = client::query(&[("labelSelector", &selector.join(","))]);
        let answer = self.send(Request::new(Method::Get, format!("{}?{query}", self.path(""))))?;
        let list = read::<StoredList>(answer)?;
        Ok(list.items.unwrap_or_default().into_iter().map(|stored| self.record(stored)).collect())
    }

    fn create(&self, record: &Record) -> Result<(), DriverError> {
        let request = Request::new(Method::Post, self.path("")).with_body(JSON, self.object(record));
        self.send(request).map(drop)
    }

    fn update(&self, record: &Record) -> Result<(), DriverError> {
        let request = Request::new(Method::Put, self.path(&record.key)).with_body(JSON, self.object(record));
        self.send(request).map(drop)
    }

    fn delete(&self, key: &str) -> Result<(), DriverError> {
        self.send(Request::new(Method::Delete, self.path(key))).map(drop)
    }
}
