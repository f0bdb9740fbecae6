//! Records in objects of the cluster: Secrets, which are Helm's default, or ConfigMaps.

mod items;

use super::{
    driver::{Driver, DriverError, Record},
    parts::PART_OWNER,
    summary::{Outline, SUMMARY_ANNOTATION},
};
use crate::client::{
    self, Cluster,
    transport::{Method, Request},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use items::{Item, ListReader};
use serde_json::{Value, json};
use skiff_compact::Order;
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

const SECRET_TYPE: &str = "helm.sh/release.v1";
/// What Secrets are that hold a part of a release.
const PART_TYPE: &str = "skiff.sh/release-part.v1";
/// The most that an object of either kind may hold (`MaxSecretSize` of the API).
const MAX_BODY: usize = 1 << 20;
const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
/// The objects themselves: protobuf, which servers write several times faster, where there is a choice.
const WHOLE: &str = "application/vnd.kubernetes.protobuf,application/json";
/// Their metadata alone.
const METADATA: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// How many records a page holds, where lists come in pages: a few megabytes.
const PAGE: &str = "25";
/// How many of which only the metadata comes.
const METADATA_PAGE: &str = "1000";
/// How many records are asked for one by one at the same time.
const AT_ONCE: usize = 8;
/// How many records of a list cost as much as one that is asked for by itself.
const LISTED_AS_MANY: usize = 4;

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
    /// Whether the server writes JSON alone: then lists come in pages, for they are read as a whole.
    in_pages: Cell<bool>,
}

impl<'a> Objects<'a> {
    /// Records in the Secrets of a namespace; with an empty name, of every namespace (for listing).
    pub fn secrets(cluster: &'a Cluster, namespace: &str) -> Self {
        Self { cluster, namespace: namespace.to_owned(), form: Form::Secret, in_pages: Cell::new(false) }
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
        if !record.summary.is_empty() {
            object["metadata"]["annotations"] = json!({SUMMARY_ANNOTATION: record.summary});
        }
        if self.form == Form::Secret {
            let is_part = record.labels.get("owner").is_some_and(|owner| owner == PART_OWNER);
            object["type"] = if is_part { PART_TYPE } else { SECRET_TYPE }.into();
            object["data"]["release"] = STANDARD.encode(&record.body).into();
        }
        object.to_string().into_bytes()
    }

    fn send(&self, request: Request) -> Result<Value, DriverError> {
        self.cluster.exchange(request).map_err(|error| self.refusal(error))
    }

    fn refusal(&self, error: client::Error) -> DriverError {
        match error {
            error if error.is_not_found() && matches!(&error, client::Error::Status(_)) => {
                self.missing(error)
            }
            error if error.is_already_exists() => DriverError::Exists,
            error => DriverError::Store(Box::new(error)),
        }
    }

    fn ask(&self, path: String, accept: &'static str) -> Request {
        Request { accept, ..Request::new(Method::Get, path) }
    }

    fn page(&self) -> Option<&'static str> {
        self.in_pages.get().then_some(PAGE)
    }

    /// Gives every object of a list to `each`, page by page.
    fn list(
        &self,
        labels: &[(&str, &str)],
        accept: &'static str,
        page: Option<&str>,
        each: &mut dyn FnMut(Item),
    ) -> Result<(), DriverError> {
        let selector = selector(labels);
        let mut token = String::new();
        loop {
            // In the order of the alphabet, as Go's client writes them.
            let mut query = vec![("labelSelector", selector.as_str())];
            query.extend(page.map(|page| ("limit", page)));
            if !token.is_empty() {
                query.insert(0, ("continue", &token));
            }
            let path = format!("{}?{}", self.path(""), client::query(&query));
            let mut reader = ListReader::new(each);
            let sent =
                self.cluster.exchange_streamed(self.ask(path, accept), &mut |piece| reader.take(piece));
            match sent {
                // The list that the token continues is gone: what was given already is given again.
                Err(error) if error.code() == Some(410) && !token.is_empty() => token.clear(),
                Err(error) => return Err(self.refusal(error)),
                Ok(()) => {
                    self.in_pages.set(reader.is_json());
                    token = reader.finish().map_err(|error| DriverError::Store(Box::new(error)))?;
                    if token.is_empty() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Gives single objects to `each`, asked for by name but listed: who may list need not be allowed to get.
    fn pick(
        &self,
        wanted: &BTreeSet<(String, String)>,
        each: &mut dyn FnMut(Item),
    ) -> Result<(), DriverError> {
        let wanted: Vec<&(String, String)> = wanted.iter().collect();
        for batch in wanted.chunks(AT_ONCE) {
            let request = |(namespace, key): &&(String, String)| {
                let query = client::query(&[("fieldSelector", &format!("metadata.name={key}"))]);
                let place = Self { namespace: namespace.clone(), in_pages: Cell::new(false), ..*self };
                self.ask(format!("{}?{query}", place.path("")), WHOLE)
            };
            for answer in self.cluster.exchange_all_raw(batch.iter().map(request).collect()) {
                let mut reader = ListReader::new(each);
                reader.take(&answer.map_err(|error| self.refusal(error))?);
                reader.finish().map_err(|error| DriverError::Store(Box::new(error)))?;
            }
        }
        Ok(())
    }

    /// A missing object is a missing record; a missing namespace is the store's refusal.
    fn missing(&self, error: client::Error) -> DriverError {
        let is_object =
            error.to_string().strip_prefix(self.form.plural()).is_some_and(|rest| rest.starts_with(' '));
        if is_object { DriverError::NotFound } else { DriverError::Store(Box::new(error)) }
    }
}

impl Driver for Objects<'_> {
    /// Helm's driver of Secrets does, that of ConfigMaps does not.
    fn explains(&self) -> bool {
        self.form == Form::Secret
    }

    fn max_body(&self) -> Option<usize> {
        Some(MAX_BODY)
    }

    /// Who may not patch goes without: Skiff removes parts with their head by itself.
    fn adopt(&self, owner: &str, keys: &[String]) -> Result<(), DriverError> {
        if keys.is_empty() {
            return Ok(());
        }
        let head = self.send(Request::new(Method::Get, self.path(owner)))?;
        let reference = json!({
            "apiVersion": "v1", "kind": self.form.kind(), "name": owner, "uid": head["metadata"]["uid"],
        });
        let patch = json!({"metadata": {"ownerReferences": [reference]}}).to_string().into_bytes();
        for key in keys {
            let request = Request::new(Method::Patch, self.path(key)).with_body(MERGE, patch.clone());
            match self.cluster.exchange(request) {
                Err(error) if error.code() != Some(403) => return Err(self.refusal(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Result<Record, DriverError> {
        let request = self.ask(self.path(key), WHOLE);
        let body = self.cluster.exchange_all_raw(vec![request]).pop().unwrap_or(Ok(Vec::new()));
        let item = items::single(&body.map_err(|error| self.refusal(error))?);
        item.map(Item::into_record).map_err(|error| DriverError::Store(Box::new(error)))
    }

    fn query(&self, labels: &[(&str, &str)]) -> Result<Vec<Record>, DriverError> {
        let mut records = BTreeMap::new();
        self.list(labels, WHOLE, self.page(), &mut |item| {
            let record = item.into_record();
            records.insert((record.namespace.clone(), record.key.clone()), record);
        })?;
        Ok(records.into_values().collect())
    }

    fn outlines(&self, labels: &[(&str, &str)]) -> Result<Vec<Outline>, DriverError> {
        let mut outlines = BTreeMap::new();
        self.list(labels, METADATA, Some(METADATA_PAGE), &mut |item| {
            let outline = item.into_outline();
            outlines.insert((outline.namespace.clone(), outline.key.clone()), outline);
        })?;
        Ok(outlines.into_values().collect())
    }

    fn fetch(
        &self,
        labels: &[(&str, &str)],
        wanted: &BTreeSet<(String, String)>,
        of: usize,
        each: &mut dyn FnMut(Record),
    ) -> Result<(), DriverError> {
        if wanted.len() * LISTED_AS_MANY <= of || wanted.len() <= AT_ONCE {
            return self.pick(wanted, &mut |item| each(item.into_record()));
        }
        self.list(labels, WHOLE, self.page(), &mut |item| {
            if wanted.contains(&(item.namespace.clone(), item.key.clone())) {
                each(item.into_record());
            }
        })
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

/// A label selector, in the order of Go's.
fn selector(labels: &[(&str, &str)]) -> String {
    let mut labels = labels.to_vec();
    labels.order();
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
