//! What changes from run to run and from server to server, replaced by what it is.

use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

static UUID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"));
static TIME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"));
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b10\.\d+\.\d+\.\d+\b"));
/// The volume of a pod's service account, and versions inside messages.
static TOKEN_VOLUME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bkube-api-access-[a-z0-9]{5}\b"));
static IN_RECORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"in record \(\d+\)"));
/// In objects that stand in messages or in YAML.
static VERSION: LazyLock<Regex> = LazyLock::new(|| pattern(r"(resourceVersion\W{1,6})\d+"));
static AGE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d+m?s$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern")
}

/// Managers stand in the order of their times, which change with the second in which a step happens to run: where they
/// keep that order, they are compared in the order of their names.
fn order_managers(value: &mut Value) {
    if let Some(managers) = value.get_mut("managedFields").and_then(Value::as_array_mut) {
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let id = |entry: &Value| ["manager", "apiVersion", "subresource"].map(|key| text(entry, key));
        let by_time = |entry: &Value| (text(entry, "operation"), text(entry, "time"), id(entry));
        if managers.is_sorted_by_key(by_time) {
            managers.sort_by_key(|entry| (text(entry, "operation"), id(entry)));
        }
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(order_managers),
        Value::Array(items) => items.iter_mut().for_each(order_managers),
        _ => {}
    }
}

/// One side's memory of the names that it made up: the first is `<name 1>` wherever it appears again.
#[derive(Debug, Default)]
pub struct Mask {
    names: Vec<String>,
}

impl Mask {
    /// The answer with everything volatile replaced.
    pub fn mask(&mut self, mut value: Value) -> Value {
        order_managers(&mut value);
        self.learn(&value);
        self.walk("", &mut value);
        value
    }

    /// A text with everything volatile replaced.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (number, name) in self.names.iter().enumerate() {
            text = text.replace(name, &format!("<name {}>", number + 1));
        }
        let text = UUID.replace_all(&text, "<uid>");
        let text = TIME.replace_all(&text, "<time>");
        let text = TOKEN_VOLUME.replace_all(&text, "kube-api-access-<name>");
        let text = VERSION.replace_all(&text, "${1}<version>");
        let text = IN_RECORD.replace_all(&text, "in record (<version>)");
        ADDRESS.replace_all(&text, "<address>").into_owned()
    }

    /// Generated names, and the hashes of pod templates.
    fn learn(&mut self, value: &Value) {
        if let Some(metadata) = value.get("metadata") {
            let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
            if let Some(suffix) = text("name").strip_prefix(text("generateName"))
                && !text("generateName").is_empty()
            {
                self.remember(suffix);
            }
            for label in ["pod-template-hash", "controller-revision-hash"] {
                let hash = metadata.pointer(&format!("/labels/{label}")).and_then(Value::as_str);
                if let Some(hash) = hash {
                    self.remember(hash.rsplit('-').next().unwrap_or(hash));
                }
            }
        }
        match value {
            Value::Object(fields) => fields.values().for_each(|inner| self.learn(inner)),
            Value::Array(items) => items.iter().for_each(|inner| self.learn(inner)),
            _ => {}
        }
    }

    fn remember(&mut self, name: &str) {
        if name.len() >= 5 && !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    fn walk(&self, key: &str, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.iter_mut().for_each(|(key, inner)| self.walk(key, inner)),
            Value::Array(items) => items.iter_mut().for_each(|inner| self.walk(key, inner)),
            Value::String(text) => *text = self.field(key, text),
            Value::Number(_) if key == "nodePort" || key == "healthCheckNodePort" => *value = "<port>".into(),
            _ => {}
        }
    }

    fn field(&self, key: &str, text: &str) -> String {
        match key {
            "resourceVersion" if text != "0" && !text.is_empty() => "<version>".to_owned(),
            "continue" if !text.is_empty() => "<continue>".to_owned(),
            // A Table's ages.
            _ if key.ends_with("cells") && AGE.is_match(text) => "<age>".to_owned(),
            _ => self.text(text),
        }
    }
}
