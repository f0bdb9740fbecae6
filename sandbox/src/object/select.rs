//! `metav1.LabelSelector` inside objects, and plain maps of labels: what they match.

use super::edit::{list, map};
use super::text;
use serde_json::{Map, Value};

/// Whether the labels of `object` match a `metav1.LabelSelector`. No selector (null) matches nothing,
/// an empty one everything.
#[must_use]
pub fn selects(selector: &Value, object: &Value) -> bool {
    matches(selector, map(object, &["metadata", "labels"]))
}

/// Whether these labels match a `metav1.LabelSelector`.
#[must_use]
pub fn matches(selector: &Value, labels: Option<&Map<String, Value>>) -> bool {
    if !selector.is_object() {
        return false;
    }
    let value = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let plain = map(selector, &["matchLabels"])
        .is_none_or(|wanted| wanted.iter().all(|(key, wanted)| value(key) == wanted.as_str()));
    plain
        && list(selector, &["matchExpressions"]).iter().all(|expression| {
            let found = value(text(expression, &["key"]));
            let among =
                || found.is_some_and(|found| list(expression, &["values"]).iter().any(|v| v == found));
            match text(expression, &["operator"]) {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// Whether the labels of `object` hold all of `wanted`; an empty or missing map matches nothing here, as the selector
/// of a service or of a replication controller does.
#[must_use]
pub fn holds(wanted: Option<&Map<String, Value>>, labels: Option<&Map<String, Value>>) -> bool {
    wanted.is_some_and(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.and_then(|l| l.get(key)) == Some(value))
    })
}

/// Whether a selector has no requirement at all, and so selects everything.
#[must_use]
pub fn selects_all(selector: &Value) -> bool {
    selector.is_object()
        && map(selector, &["matchLabels"]).is_none_or(Map::is_empty)
        && list(selector, &["matchExpressions"]).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_match_by_labels_and_expressions() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let yes = [
            json!({}),
            json!({"matchLabels": {"app": "web"}}),
            json!({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "back"]}]}),
            json!({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["y"]}]}),
            json!({"matchExpressions": [{"key": "x", "operator": "DoesNotExist"}]}),
        ];
        let no = [
            json!(null),
            json!({"matchLabels": {"app": "db"}}),
            json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "x", "operator": "Exists"}]}),
            json!({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}),
        ];
        assert!(yes.iter().all(|selector| selects(selector, &object)));
        assert!(no.iter().all(|selector| !selects(selector, &object)));
    }
}
