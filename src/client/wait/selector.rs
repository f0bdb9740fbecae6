//! Label selectors of objects, as queries.

use serde_json::Value;

/// A selector as text: of labels, or with `matchLabels` and `matchExpressions`. Nothing for what is no selector.
pub(super) fn text(selector: &Value) -> Option<String> {
    let fields = selector.as_object()?;
    let is_plain = !fields.contains_key("matchLabels") && !fields.contains_key("matchExpressions");
    let labels = if is_plain { Some(selector) } else { fields.get("matchLabels") };
    let labels = labels.and_then(Value::as_object).into_iter().flatten();
    let mut terms: Vec<String> =
        labels.map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect::<Option<_>>()?;
    for expression in fields.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let key = expression["key"].as_str()?;
        let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
        let values = values.map(Value::as_str).collect::<Option<Vec<_>>>()?.join(",");
        terms.push(match expression["operator"].as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    Some(terms.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn every_operator_has_its_text() {
        let selector = json!({"matchLabels": {"a": "b"}, "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["d", "e"]},
            {"key": "f", "operator": "NotIn", "values": ["g"]},
            {"key": "h", "operator": "Exists"}, {"key": "i", "operator": "DoesNotExist"}]});
        assert_eq!(super::text(&selector).unwrap(), "a=b,c in (d,e),f notin (g),h,!i");
        assert_eq!(super::text(&json!({"a": "b"})).unwrap(), "a=b");
        assert_eq!(super::text(&json!({"matchExpressions": [{"key": "a", "operator": "Near"}]})), None);
    }
}
