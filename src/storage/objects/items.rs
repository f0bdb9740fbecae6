//! Records as the API server lists them: protobuf as it comes in, piece by piece, or JSON when it is complete.

use super::super::{
    driver::Record,
    summary::{Outline, SUMMARY_ANNOTATION, Summary},
};
use crate::client::protobuf::{self, Broken, Field, Fields, Head, Kind};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};
use std::collections::BTreeMap;

/// The largest object that is read; the server's own limit is some megabytes.
const MAX_ITEM_BYTES: usize = 64 << 20;

/// A Secret or a ConfigMap, or its metadata alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) key: String,
    pub(super) namespace: String,
    pub(super) labels: BTreeMap<String, String>,
    summary: Option<String>,
    /// Whether who wrote the summary wrote the record too, and nobody else did.
    is_summary_current: bool,
    data: BTreeMap<String, Vec<u8>>,
}

impl Item {
    pub(super) fn into_record(mut self) -> Record {
        let body = self.data.remove("release").unwrap_or_default();
        Record {
            key: self.key,
            namespace: self.namespace,
            labels: self.labels,
            // What is no text is unreadable and says so when decoded.
            body: String::from_utf8(body).unwrap_or_default(),
            summary: String::new(),
        }
    }

    pub(super) fn into_outline(self) -> Outline {
        let noted = self.summary.filter(|_| self.is_summary_current);
        let summary = noted.and_then(|text| Summary::from_annotation(&text, &self.labels));
        Outline { key: self.key, namespace: self.namespace, labels: self.labels, summary }
    }

    fn judge(&mut self, managers: &[Fieldset]) {
        let mut writers = managers.iter().filter(|fields| fields.has_release());
        let first = writers.next();
        self.is_summary_current = writers.next().is_none() && first.is_some_and(Fieldset::has_summary);
    }
}

/// What an entry of `managedFields` says its manager wrote.
#[derive(Debug, Default, Deserialize)]
struct Fieldset {
    #[serde(default, rename = "f:data")]
    data: BTreeMap<String, IgnoredAny>,
    #[serde(default, rename = "f:metadata")]
    metadata: MetadataFields,
}

#[derive(Debug, Default, Deserialize)]
struct MetadataFields {
    #[serde(default, rename = "f:annotations")]
    annotations: BTreeMap<String, IgnoredAny>,
}

impl Fieldset {
    fn has_release(&self) -> bool {
        self.data.contains_key("f:release")
    }

    fn has_summary(&self) -> bool {
        self.annotation_keys().any(|key| key.strip_prefix("f:") == Some(SUMMARY_ANNOTATION))
    }

    fn annotation_keys(&self) -> impl Iterator<Item = &str> {
        self.metadata.annotations.keys().map(String::as_str)
    }
}

/// Why a list cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ItemsError {
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("an object of more than {MAX_ITEM_BYTES} bytes")]
    TooLarge,
    #[error("the list is no object")]
    NotAnObject,
}

/// Reads a list as it comes in.
pub(super) struct ListReader<'a> {
    each: &'a mut dyn FnMut(Item),
    buffer: Vec<u8>,
    form: Form,
    /// The continue token of the list.
    rest: String,
    error: Option<ItemsError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unknown,
    /// In the envelope, before the list.
    Envelope,
    /// In the list, of which so many bytes are left.
    List(usize),
    /// In the envelope, behind the list.
    Tail,
    Json,
}

impl<'a> ListReader<'a> {
    pub(super) fn new(each: &'a mut dyn FnMut(Item)) -> Self {
        Self { each, buffer: Vec::new(), form: Form::Unknown, rest: String::new(), error: None }
    }

    /// Takes the next bytes; says whether more are of use.
    pub(super) fn take(&mut self, piece: &[u8]) -> bool {
        self.buffer.extend_from_slice(piece);
        if self.form == Form::Unknown && self.buffer.len() >= protobuf::MAGIC.len() {
            self.form = Form::Json;
            if self.buffer.starts_with(protobuf::MAGIC) {
                self.buffer.drain(..protobuf::MAGIC.len());
                self.form = Form::Envelope;
            }
        }
        if !matches!(self.form, Form::Unknown | Form::Json) {
            let mut buffer = std::mem::take(&mut self.buffer);
            match self.consume(&buffer) {
                Ok(used) => drop(buffer.drain(..used)),
                Err(error) => self.error = Some(error),
            }
            self.buffer = buffer;
        }
        self.error.is_none()
    }

    /// Whether what comes is JSON, which is read when it is complete.
    pub(super) fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// The token of the next page; empty after the last.
    ///
    /// # Errors
    /// When what came is no list, or breaks off.
    pub(super) fn finish(self) -> Result<String, ItemsError> {
        match (self.error, self.form) {
            (Some(error), _) => Err(error),
            (None, Form::Json | Form::Unknown) => read_json(&self.buffer, self.each),
            (None, Form::Tail) if self.buffer.is_empty() => Ok(self.rest),
            (None, _) => Err(Broken.into()),
        }
    }

    /// Reads the fields that are complete; says how many bytes they take.
    fn consume(&mut self, bytes: &[u8]) -> Result<usize, ItemsError> {
        /// The longest head of a field: two numbers of ten bytes.
        const MAX_HEAD: usize = 20;
        let mut at = 0;
        loop {
            if self.form == Form::List(0) {
                self.form = Form::Tail;
            }
            let rest = &bytes[at..];
            let Some(head) = Head::read(rest) else {
                return if rest.len() >= MAX_HEAD { Err(Broken.into()) } else { Ok(at) };
            };
            let length = match head.kind {
                Kind::Number(_) => 0,
                Kind::Fixed(length) | Kind::Bytes(length) => length,
            };
            if self.form == Form::Envelope && head.number == 2 {
                self.form = Form::List(length);
                at += head.size;
                continue;
            }
            if length > MAX_ITEM_BYTES {
                return Err(ItemsError::TooLarge);
            }
            let Some(value) = rest.get(head.size..head.size + length) else { return Ok(at) };
            let size = head.size + length;
            if let Form::List(left) = self.form {
                self.form = Form::List(left.checked_sub(size).ok_or(Broken)?);
                match head.number {
                    1 => self.rest = list_token(value)?,
                    2 => (self.each)(item(value)?),
                    _ => {}
                }
            }
            at += size;
        }
    }
}

/// `ListMeta.continue`.
fn list_token(message: &[u8]) -> Result<String, Broken> {
    let mut token = String::new();
    for field in Fields::new(message) {
        if let (3, Field::Bytes(bytes)) = field? {
            token = protobuf::text(bytes);
        }
    }
    Ok(token)
}

/// A Secret, a ConfigMap or a `PartialObjectMetadata`: metadata is 1, data 2, a ConfigMap's binary data 3, where the
/// others have a text.
fn item(message: &[u8]) -> Result<Item, Broken> {
    let mut item = Item::default();
    for field in Fields::new(message) {
        match field? {
            (1, Field::Bytes(bytes)) => metadata(bytes, &mut item)?,
            (2, Field::Bytes(bytes)) => {
                let (key, value) = protobuf::entry(bytes)?;
                item.data.insert(key, value.to_vec());
            }
            (3, Field::Bytes(bytes)) => {
                if let Ok((key, value)) = protobuf::entry(bytes)
                    && !key.is_empty()
                {
                    item.data.insert(key, value.to_vec());
                }
            }
            _ => {}
        }
    }
    Ok(item)
}

/// The envelope's one object.
pub(super) fn single(body: &[u8]) -> Result<Item, ItemsError> {
    match protobuf::unwrap(body) {
        Some(message) => Ok(item(message)?),
        None => Ok(serde_json::from_slice::<Stored>(body)?.into()),
    }
}

fn metadata(message: &[u8], item: &mut Item) -> Result<(), Broken> {
    let mut managers = Vec::new();
    for field in Fields::new(message) {
        match field? {
            (1, Field::Bytes(bytes)) => item.key = protobuf::text(bytes),
            (3, Field::Bytes(bytes)) => item.namespace = protobuf::text(bytes),
            (11, Field::Bytes(bytes)) => {
                let (key, value) = protobuf::entry(bytes)?;
                item.labels.insert(key, protobuf::text(value));
            }
            (12, Field::Bytes(bytes)) => {
                let (key, value) = protobuf::entry(bytes)?;
                if key == SUMMARY_ANNOTATION {
                    item.summary = Some(protobuf::text(value));
                }
            }
            (17, Field::Bytes(bytes)) => managers.push(manager(bytes)?),
            _ => {}
        }
    }
    item.judge(&managers);
    Ok(())
}

/// `ManagedFieldsEntry.fieldsV1.raw`, which is JSON.
fn manager(message: &[u8]) -> Result<Fieldset, Broken> {
    let mut fieldset = Fieldset::default();
    for field in Fields::new(message) {
        let (7, Field::Bytes(bytes)) = field? else { continue };
        for field in Fields::new(bytes) {
            if let (1, Field::Bytes(raw)) = field? {
                fieldset = serde_json::from_slice(raw).map_err(|_| Broken)?;
            }
        }
    }
    Ok(fieldset)
}

#[derive(Deserialize)]
struct Stored {
    #[serde(default)]
    kind: Option<String>,
    metadata: Metadata,
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "binaryData")]
    binary: Option<BTreeMap<String, String>>,
    /// Only Secrets and ConfigMaps differ in whether their data is base64; lists leave the kind out.
    #[serde(default, rename = "type")]
    secret_type: Option<String>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "managedFields")]
    managers: Option<Vec<Manager>>,
}

#[derive(Deserialize)]
struct Manager {
    #[serde(default, rename = "fieldsV1")]
    fields: Option<Fieldset>,
}

#[derive(Deserialize)]
struct StoredList {
    #[serde(default)]
    metadata: ListMetadata,
    #[serde(default)]
    items: Option<Vec<Stored>>,
}

#[derive(Default, Deserialize)]
struct ListMetadata {
    #[serde(default, rename = "continue")]
    rest: Option<String>,
}

impl From<Stored> for Item {
    fn from(stored: Stored) -> Self {
        let is_secret = stored.secret_type.is_some() || stored.kind.as_deref() == Some("Secret");
        let decoded = |text: String| STANDARD.decode(text).unwrap_or_default();
        let plain = |text: String| if is_secret { decoded(text) } else { text.into_bytes() };
        let mut data: BTreeMap<String, Vec<u8>> =
            stored.data.into_iter().flatten().map(|(key, text)| (key, plain(text))).collect();
        data.extend(stored.binary.into_iter().flatten().map(|(key, text)| (key, decoded(text))));
        let metadata = stored.metadata;
        let mut item = Self {
            key: metadata.name,
            namespace: metadata.namespace,
            labels: metadata.labels.unwrap_or_default(),
            summary: metadata.annotations.and_then(|mut all| all.remove(SUMMARY_ANNOTATION)),
            is_summary_current: false,
            data,
        };
        let managers: Vec<Fieldset> =
            metadata.managers.into_iter().flatten().filter_map(|manager| manager.fields).collect();
        item.judge(&managers);
        item
    }
}

fn read_json(body: &[u8], each: &mut dyn FnMut(Item)) -> Result<String, ItemsError> {
    // Serde would take a list for a struct.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ItemsError::NotAnObject);
    }
    let list: StoredList = serde_json::from_slice(body)?;
    list.items.into_iter().flatten().for_each(|stored| each(stored.into()));
    Ok(list.metadata.rest.unwrap_or_default())
}

#[cfg(test)]
mod tests;
