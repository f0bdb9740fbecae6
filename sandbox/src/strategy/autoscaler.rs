//! HorizontalPodAutoscalers as `autoscaling/v1` and as `autoscaling/v2` has them: `pkg/apis/autoscaling/v1/conversion.go`.
//!
//! What the older version has no field for stands in annotations there.

use super::validate::internal;
use crate::object::map_mut;
use serde_json::{Map, Value, json};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const CURRENT: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// The sources of metrics, in the order in which Go writes them.
const SOURCES: [&str; 5] = ["object", "pods", "resource", "containerResource", "external"];

/// Turns an autoscaler into one of `autoscaling/v1`.
pub fn to_v1(object: &mut Value) {
    let Value::Object(map) = object else { return };
    let (metrics, behavior) = match map.get_mut("spec") {
        Some(Value::Object(spec)) => (spec.remove("metrics"), spec.remove("behavior")),
        _ => (None, None),
    };
    let (current, conditions) = match map.get_mut("status") {
        Some(Value::Object(status)) => (status.remove("currentMetrics"), status.remove("conditions")),
        _ => (None, None),
    };
    let (mut others, mut cpu) = (Vec::new(), None);
    for metric in list(metrics) {
        match cpu_of(&metric, "target").cloned() {
            Some(percent) => cpu = cpu.or(Some(percent)),
            None => others.push(metric_to_v1(&metric, "target")),
        }
    }
    if let Some(percent) = cpu {
        map_mut(map, "spec").insert("targetCPUUtilizationPercentage".to_owned(), percent);
    }
    let current = list(current);
    if let Some(percent) = current.iter().find_map(|metric| cpu_of(metric, "current")) {
        map_mut(map, "status").insert("currentCPUUtilizationPercentage".to_owned(), percent.clone());
    }
    let mut notes = vec![];
    if !others.is_empty() {
        notes.push((METRICS, format!("[{}]", others.join(","))));
    }
    if !current.is_empty() {
        let current: Vec<String> = current.iter().map(|metric| metric_to_v1(metric, "current")).collect();
        notes.push((CURRENT, format!("[{}]", current.join(","))));
    }
    if let Some(behavior) = behavior {
        notes.push((BEHAVIOR, internal::text("autoscaling.HorizontalPodAutoscalerBehavior", &behavior)));
    }
    let conditions = list(conditions);
    if !conditions.is_empty() {
        let keys = ["type", "status", "lastTransitionTime", "reason", "message"];
        let conditions: Vec<String> = conditions.iter().map(|condition| ordered(condition, &keys)).collect();
        notes.push((CONDITIONS, format!("[{}]", conditions.join(","))));
    }
    for (key, text) in notes {
        map_mut(map_mut(map, "metadata"), "annotations").insert(key.to_owned(), text.into());
    }
}

/// Turns an autoscaler of `autoscaling/v1` into one of `autoscaling/v2`.
pub fn to_v2(object: &mut Value) {
    let Value::Object(map) = object else { return };
    let mut notes = take_notes(map);
    let mut note =
        |key: &str| notes.remove(key).and_then(|text| serde_json::from_str::<Value>(text.as_str()?).ok());
    let (metrics, current, behavior, conditions) =
        (note(METRICS), note(CURRENT), note(BEHAVIOR), note(CONDITIONS));
    let spec = map_mut(map, "spec");
    let mut all: Vec<Value> = list(metrics).iter().map(|metric| metric_to_v2(metric, "target")).collect();
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage") {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        all.push(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    if all.is_empty() {
        let target = json!({"type": "Utilization", "averageUtilization": 80});
        all.push(json!({"type": "Resource", "resource": {"name": "cpu", "target": target}}));
    }
    spec.insert("metrics".to_owned(), all.into());
    if let Some(behavior) = behavior {
        spec.insert("behavior".to_owned(), lowered(behavior));
    }
    let status = map_mut(map, "status");
    let cpu = status.remove("currentCPUUtilizationPercentage");
    let mut now: Vec<Value> = list(current).iter().map(|metric| metric_to_v2(metric, "current")).collect();
    if let (true, Some(percent)) = (now.is_empty(), cpu) {
        let current = json!({"averageUtilization": percent});
        now.push(json!({"type": "Resource", "resource": {"name": "cpu", "current": current}}));
    }
    let now = if now.is_empty() { Value::Null } else { now.into() };
    status.insert("currentMetrics".to_owned(), now);
    if let Some(conditions) = conditions {
        status.insert("conditions".to_owned(), conditions);
    }
}

/// The annotations that stand for fields, taken off the object.
fn take_notes(map: &mut Map<String, Value>) -> Map<String, Value> {
    let mut taken = Map::new();
    let Some(Value::Object(metadata)) = map.get_mut("metadata") else { return taken };
    if let Some(Value::Object(annotations)) = metadata.get_mut("annotations") {
        for key in [METRICS, CURRENT, BEHAVIOR, CONDITIONS] {
            taken.extend(annotations.remove_entry(key));
        }
        if annotations.is_empty() {
            metadata.remove("annotations");
        }
    }
    taken
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The utilization of the processor that a metric wants, or has.
fn cpu_of<'a>(metric: &'a Value, key: &str) -> Option<&'a Value> {
    let resource =
        metric.get("resource").filter(|resource| resource.get("name").is_some_and(|name| name == "cpu"))?;
    resource.get(key)?.get("averageUtilization")
}

/// An object's fields in this order; those that are missing are left out.
fn ordered(value: &Value, keys: &[&str]) -> String {
    let fields = keys.iter().filter_map(|key| Some((*key, value.get(key)?)));
    let fields: Vec<String> = fields.map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// A metric as `autoscaling/v1` writes it; `aim` is `target` of a specification, `current` of a status.
fn metric_to_v1(metric: &Value, aim: &str) -> String {
    let mut out = ordered(metric, &["type"]);
    for kind in SOURCES {
        if let Some(source) = metric.get(kind) {
            out.pop();
            out.push_str(&format!(",\"{kind}\":{}}}", source_to_v1(kind, source, aim)));
        }
    }
    out
}

fn source_to_v1(kind: &str, source: &Value, aim: &str) -> String {
    let goal = source.get(aim).cloned().unwrap_or_default();
    let of = |key: &str| goal.get(key).cloned().unwrap_or_default();
    let metric =
        |key: &str| source.get("metric").and_then(|metric| metric.get(key)).cloned().unwrap_or_default();
    let or_zero = |value: Value| if value.is_null() { "0".into() } else { value };
    let (value, average, utilization) = (of("value"), of("averageValue"), of("averageUtilization"));
    let field = |start: &str| format!("{aim}{start}");
    let fields: Vec<(String, Value)> = match kind {
        "object" => vec![
            ("target".to_owned(), source.get("describedObject").cloned().unwrap_or_default()),
            ("metricName".to_owned(), metric("name")),
            (field("Value"), or_zero(value)),
            ("selector".to_owned(), metric("selector")),
            ("averageValue".to_owned(), average),
        ],
        "pods" => vec![
            ("metricName".to_owned(), metric("name")),
            (field("AverageValue"), or_zero(average)),
            ("selector".to_owned(), metric("selector")),
        ],
        "external" => vec![
            ("metricName".to_owned(), metric("name")),
            ("metricSelector".to_owned(), metric("selector")),
            (field("Value"), value),
            (field("AverageValue"), average),
        ],
        _ => vec![
            ("name".to_owned(), source.get("name").cloned().unwrap_or_default()),
            (field("AverageUtilization"), utilization),
            (field("AverageValue"), if aim == "current" { or_zero(average) } else { average }),
            ("container".to_owned(), source.get("container").cloned().unwrap_or_default()),
        ],
    };
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    let fields: Vec<String> = fields
        .map(|(key, value)| match key.as_str() {
            "target" => format!("\"target\":{}", ordered(value, &["kind", "name", "apiVersion"])),
            key => format!("\"{key}\":{value}"),
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn metric_to_v2(metric: &Value, aim: &str) -> Value {
    let mut out = Map::new();
    out.insert("type".to_owned(), metric.get("type").cloned().unwrap_or_default());
    for kind in SOURCES {
        if let Some(source) = metric.get(kind) {
            out.insert(kind.to_owned(), source_to_v2(kind, source, aim));
        }
    }
    out.into()
}

fn source_to_v2(kind: &str, source: &Value, aim: &str) -> Value {
    let of = |key: &str| source.get(key).filter(|value| !value.is_null()).cloned();
    let average_key = if kind == "object" { "averageValue".to_owned() } else { format!("{aim}AverageValue") };
    let (value, average) = (of(&format!("{aim}Value")), of(&average_key));
    let utilization = of(&format!("{aim}AverageUtilization"));
    let sort = match (kind, &utilization, &average) {
        ("resource" | "containerResource", Some(_), _) => "Utilization",
        ("object", _, None) => "Value",
        ("external", _, _) if value.is_some() => "Value",
        _ => "AverageValue",
    };
    let mut goal = Map::new();
    if aim == "target" {
        goal.insert("type".to_owned(), sort.into());
    }
    // Nothing at all is how the older version says that an average is wanted instead.
    let value = value.filter(|value| kind != "object" || average.is_none() || value != "0");
    for (key, found) in [("value", value), ("averageValue", average), ("averageUtilization", utilization)] {
        if let Some(found) = found {
            goal.insert(key.to_owned(), found);
        }
    }
    let mut out = Map::new();
    out.insert(aim.to_owned(), goal.into());
    for key in ["name", "container"] {
        if let Some(found) = of(key) {
            out.insert(key.to_owned(), found);
        }
    }
    if kind == "object" {
        out.insert("describedObject".to_owned(), of("target").unwrap_or_default());
    }
    if let Some(name) = of("metricName") {
        let mut metric = Map::from_iter([("name".to_owned(), name)]);
        if let Some(selector) = of("selector").or_else(|| of("metricSelector")) {
            metric.insert("selector".to_owned(), selector);
        }
        out.insert("metric".to_owned(), metric.into());
    }
    out.into()
}

/// Fields of the server's own types under their names in versions.
fn lowered(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let fields = map.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| {
                let mut letters = key.chars();
                let first = letters.next().map(|first| first.to_ascii_lowercase());
                (first.into_iter().chain(letters).collect::<String>(), lowered(value))
            });
            fields.collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.into_iter().map(lowered).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_survives_the_older_version() {
        let metrics = json!([
            {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
            {"type": "Pods", "pods": {"metric": {"name": "hits"}, "target": {"type": "AverageValue", "averageValue": "5"}}},
            {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
        ]);
        let behavior = json!({"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max",
            "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}});
        let object = json!({"metadata": {"name": "a"}, "spec": {"maxReplicas": 3, "metrics": metrics, "behavior": behavior},
            "status": {"currentMetrics": null, "desiredReplicas": 0}});
        let mut older = object.clone();
        to_v1(&mut older);
        assert_eq!(older["spec"], json!({"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}));
        let mut newer = older;
        to_v2(&mut newer);
        assert_eq!(newer, object);
    }
}
