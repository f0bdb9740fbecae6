//! Cluster roles that gather the rules of others: `pkg/controller/clusterroleaggregation`.

use crate::object;
use serde_json::Value;

/// The rules that an aggregated cluster role should have, when it has others; `all` are the cluster roles by name.
#[must_use]
pub fn aggregate(role: &Value, all: &[Value]) -> Option<Vec<Value>> {
    let selectors = object::at(role, &["aggregationRule", "clusterRoleSelectors"])?.as_array()?;
    let mut rules: Vec<Value> = Vec::new();
    for selector in selectors {
        let others = all.iter().filter(|other| object::name(other) != object::name(role));
        for other in others.filter(|other| selects(selector, other)) {
            for rule in other.get("rules").and_then(Value::as_array).into_iter().flatten() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    let held = role.get("rules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    (held != rules).then_some(rules)
}

/// Whether a label selector in the form of objects selects `object`.
fn selects(selector: &Value, object: &Value) -> bool {
    let labels = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    let label = |key: &str| object::label(object, key);
    labels.clone().all(|(key, value)| label(key) == value.as_str())
        && expressions.clone().all(|expression| {
            let value = label(object::text(expression, &["key"]));
            let listed = || {
                let values = expression.get("values").and_then(Value::as_array).into_iter().flatten();
                value.is_some_and(|value| values.clone().any(|one| one == value))
            };
            match object::text(expression, &["operator"]) {
                "In" => listed(),
                "NotIn" => !listed(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_are_gathered_once_and_by_name() {
        let of = |name: &str, label: &str, resource: &str| json!({"metadata": {"name": name, "labels": {"to": label}}, "rules": [{"resources": [resource]}]});
        let mut role = json!({
            "metadata": {"name": "z"}, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "z"}}]},
        });
        let all =
            [of("a", "z", "as"), of("b", "y", "bs"), of("c", "z", "as"), of("d", "z", "ds"), role.clone()];
        let wanted = vec![json!({"resources": ["as"]}), json!({"resources": ["ds"]})];
        assert_eq!(aggregate(&role, &all), Some(wanted.clone()));
        role["rules"] = wanted.into();
        assert_eq!(aggregate(&role, &all), None);
        assert_eq!(aggregate(&all[0], &all), None);
    }
}
