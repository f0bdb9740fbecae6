//! Managed fields from client-side to server-side apply (client-go's `csaupgrade`).

use serde_json::{Map, Value, json};

/// The JSON patch that gives the fields which `manager` owns by updates to its server-side apply, or nothing
/// when it owns none that way. It fails on the server if the object changed meanwhile.
pub(super) fn upgrade_patch(live: &Value, manager: &str) -> Option<Value> {
    let metadata = live.get("metadata")?;
    let entries = metadata.get("managedFields")?.as_array()?;
    let upgraded = upgrade(entries, manager)?;
    let version = metadata.get("resourceVersion").cloned().unwrap_or_default();
    Some(json!([
        {"op": "replace", "path": "/metadata/managedFields", "value": upgraded},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]))
}

fn upgrade(entries: &[Value], manager: &str) -> Option<Vec<Value>> {
    let first_update = entries.iter().position(|entry| is(entry, manager, "Update"))?;
    let target = entries.iter().position(|entry| is(entry, manager, "Apply")).unwrap_or(first_update);
    let mut entry = entries[target].clone();
    entry["operation"] = json!("Apply");
    let version = entry.get("apiVersion").cloned();
    let same_version = entries.iter().enumerate().find(|(index, e)| {
        *index != target && is(e, manager, "Update") && e.get("apiVersion").cloned() == version
    });
    if let Some((_, update)) = same_version {
        let fields = update.get("fieldsV1").cloned().unwrap_or_default();
        entry["fieldsV1"] = union(entry.get("fieldsV1").cloned().unwrap_or_default(), fields);
    }
    let kept = entries.iter().enumerate().filter_map(|(index, old)| {
        if index == target {
            return Some(entry.clone());
        }
        (!is(old, manager, "Update")).then(|| old.clone())
    });
    Some(kept.collect())
}

fn is(entry: &Value, manager: &str, operation: &str) -> bool {
    let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
    text("manager") == manager && text("operation") == operation && text("subresource").is_empty()
}

/// Field sets are tries, so their union is a merge.
fn union(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Object(mut a), Value::Object(b)) => {
            for (key, value) in b {
                let merged = union(a.remove(&key).unwrap_or_else(|| Value::Object(Map::new())), value);
                a.insert(key, merged);
            }
            Value::Object(a)
        }
        (Value::Null, other) | (other, _) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields})
    }

    fn live(entries: Vec<Value>) -> Value {
        json!({"metadata": {"resourceVersion": "7", "managedFields": entries}})
    }

    #[test]
    fn an_update_entry_becomes_an_apply_entry() {
        let patch = upgrade_patch(
            &live(vec![entry("helm", "Update", json!({"f:data": {}})), entry("kcm", "Update", json!({}))]),
            "helm",
        )
        .unwrap();
        let entries = patch[0]["value"].as_array().unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0]["operation"], "Apply");
        assert_eq!(patch[1]["value"], "7");
    }

    #[test]
    fn both_kinds_of_entry_are_united() {
        let apply = entry("helm", "Apply", json!({"f:data": {"f:a": {}}}));
        let update = entry("helm", "Update", json!({"f:data": {"f:b": {}}}));
        let patch = upgrade_patch(&live(vec![apply, update]), "helm").unwrap();
        assert_eq!(patch[0]["value"].as_array().unwrap().len(), 1);
        assert_eq!(patch[0]["value"][0]["fieldsV1"], json!({"f:data": {"f:a": {}, "f:b": {}}}));
    }

    #[test]
    fn without_updates_of_ours_there_is_nothing_to_do() {
        assert_eq!(upgrade_patch(&live(vec![entry("kcm", "Update", json!({}))]), "helm"), None);
        assert_eq!(upgrade_patch(&json!({"metadata": {}}), "helm"), None);
    }
}
