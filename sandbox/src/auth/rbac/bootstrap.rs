//! The roles and bindings that every cluster has, as tests/peers/record-rbac.py records them.

use super::GROUP;
use crate::packed::Packed;
use serde_json::{Value, json};

static TABLE: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/rbac.jsonl.bin")));

/// The objects of a new cluster, complete but for what the registry adds.
pub fn defaults() -> impl Iterator<Item = Value> {
    TABLE.text().lines().filter_map(|line| serde_json::from_str(line).ok()).map(object)
}

fn object(mut line: Value) -> Value {
    let mut metadata = json!({
        "name": line["name"].take(),
        "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
    });
    if let Some(fields) = line.as_object_mut() {
        fields.remove("name");
        if let Some(namespace) = fields.remove("namespace") {
            metadata["namespace"] = namespace;
        }
        if let Some(Value::Object(labels)) = fields.remove("labels") {
            for (key, value) in labels {
                metadata["labels"][key] = value;
            }
        }
    }
    line["metadata"] = metadata;
    line["apiVersion"] = format!("{GROUP}/v1").into();
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object;

    #[test]
    fn each_recorded_line_is_an_object() {
        let all: Vec<Value> = defaults().collect();
        assert_eq!(all.len(), TABLE.text().lines().count());
        let admin = all
            .iter()
            .find(|object| object::name(object) == "cluster-admin" && object["kind"] == "ClusterRole");
        assert_eq!(admin.map(|role| role["rules"][0]["verbs"].clone()), Some(json!(["*"])));
        assert!(all.iter().all(|object| !object::name(object).is_empty()));
    }
}
