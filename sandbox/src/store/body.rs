//! Objects as stored: JSON without `metadata.resourceVersion`, which is the revision of the write and put in on reading.

use bytes::Bytes;
use serde_json::{Map, Value};

/// An object's JSON, and the place where its `resourceVersion` belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    json: Bytes,
    /// Just behind the `{` of `metadata`.
    splice: u32,
}

/// An object as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The revision of the write that made it.
    pub revision: u64,
    /// What it is.
    pub body: Body,
}

impl Body {
    /// Encodes `object`, which should be a map with a map `metadata`; missing ones are made.
    #[must_use]
    pub fn encode(object: &Value) -> Self {
        let (empty, nothing) = (Map::new(), Value::Null);
        let fields = object.as_object().unwrap_or(&empty);
        let mut json = Vec::with_capacity(512);
        json.extend_from_slice(b"{\"metadata\":{");
        let splice = u32::try_from(json.len()).unwrap_or(u32::MAX);
        let metadata = fields.get("metadata").unwrap_or(&nothing).as_object().unwrap_or(&empty);
        pairs(&mut json, metadata, "resourceVersion", true);
        json.push(b'}');
        pairs(&mut json, fields, "metadata", false);
        json.push(b'}');
        Self { json: json.into(), splice }
    }

    /// A body that was encoded before: its JSON and the place.
    #[must_use]
    pub fn from_parts(json: Bytes, splice: u32) -> Self {
        Self { json, splice }
    }

    /// The JSON without `resourceVersion`.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }

    /// Where `resourceVersion` belongs.
    #[must_use]
    pub fn splice(&self) -> u32 {
        self.splice
    }

    /// How much memory it takes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.json.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.json.is_empty()
    }
}

impl Stored {
    /// Appends the JSON with `resourceVersion`.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let place = (self.body.splice as usize).min(self.body.json.len());
        let (head, tail) = self.body.json.split_at(place);
        out.reserve(self.body.json.len() + 48);
        out.extend_from_slice(head);
        out.extend_from_slice(b"\"resourceVersion\":\"");
        out.extend_from_slice(self.revision.to_string().as_bytes());
        out.push(b'"');
        if tail.first() != Some(&b'}') {
            out.push(b',');
        }
        out.extend_from_slice(tail);
    }

    /// The object, with `resourceVersion`. Unreadable bytes, which only a broken file can hold, are null.
    #[must_use]
    pub fn decode(&self) -> Value {
        let mut object: Value = serde_json::from_slice(&self.body.json).unwrap_or_default();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), self.revision.to_string().into());
        }
        object
    }
}

/// Appends `"key":value` pairs but for `skipped`, each after a comma but for the first if `first`.
fn pairs(out: &mut Vec<u8>, map: &Map<String, Value>, skipped: &str, mut first: bool) {
    for (key, value) in map.iter().filter(|(key, _)| *key != skipped) {
        if !first {
            out.push(b',');
        }
        first = false;
        out.extend_from_slice(Value::from(key.as_str()).to_string().as_bytes());
        out.push(b':');
        out.extend_from_slice(value.to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_comes_back_with_its_version() {
        let object =
            json!({"kind": "A", "metadata": {"name": "x", "resourceVersion": "3"}, "spec": {"a": [1, "ä"]}});
        let stored = Stored { revision: 7, body: Body::encode(&object) };
        let mut wanted = object;
        wanted["metadata"]["resourceVersion"] = "7".into();
        assert_eq!(stored.decode(), wanted);
        let mut text = Vec::new();
        stored.write_json(&mut text);
        assert_eq!(serde_json::from_slice::<Value>(&text).expect("JSON"), wanted);
    }

    #[test]
    fn an_object_without_metadata_gets_some() {
        let stored = Stored { revision: 7, body: Body::encode(&json!({"kind": "A"})) };
        let mut text = Vec::new();
        stored.write_json(&mut text);
        let wanted = json!({"kind": "A", "metadata": {"resourceVersion": "7"}});
        assert_eq!(serde_json::from_slice::<Value>(&text).expect("JSON"), wanted);
        assert_eq!(stored.decode(), wanted);
    }
}
