//! A plan as a value: what an operation would do to each object.

use crate::client::Object;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What would become of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is not there and would be made.
    Create,
    /// It would be changed.
    Change,
    /// It would be deleted and made again.
    Recreate,
    /// It would be deleted.
    Delete,
    /// It would be left, though the release lets go of it.
    Keep,
    /// It would stay as it is.
    None,
    /// The release has it, the cluster has not.
    Missing,
    /// It is not as the release says.
    Drifted,
}

impl Action {
    /// Whether anything would be done to the object, or has been by others.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Keep | Self::None)
    }
}

/// One object of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What would be done.
    pub action: Action,
    /// `apps/v1`.
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its namespace; empty for objects of the whole cluster.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name; for one that the server is to name, what the name begins with.
    pub name: String,
    /// The events of a hook.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hooks: Vec<String>,
    /// As it is, without what only the server cares about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// As it would be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Why it is kept, or why the server would refuse.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether the server would refuse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

impl Change {
    /// What would be done to an object.
    pub(super) fn new(action: Action, object: &Object) -> Self {
        let name = if object.name.is_empty() { object.generate_name() } else { &object.name };
        Self {
            action,
            api_version: object.resource.api_version(),
            kind: object.kind().to_owned(),
            namespace: object.namespace.clone(),
            name: name.to_owned(),
            hooks: Vec::new(),
            before: None,
            after: None,
            note: String::new(),
            refused: false,
        }
    }

    /// `Deployment sea/web`.
    pub fn title(&self) -> String {
        let place = if self.namespace.is_empty() { String::new() } else { format!("{}/", self.namespace) };
        format!("{} {place}{}", self.kind, self.name)
    }

    /// The same without the contents of a Secret.
    fn hidden(mut self) -> Self {
        if self.kind == "Secret" && self.api_version == "v1" {
            let before = self.before.clone();
            self.after = self.after.map(|after| hide(after, before.as_ref()));
            self.before = self.before.map(|before| hide(before, None));
        }
        self
    }
}

/// What an operation would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// `install`, `upgrade`, `rollback`, `uninstall` or `diff`.
    pub operation: String,
    /// The release.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The revision that would be made, or that is looked at.
    pub revision: i64,
    /// Every object, in the order in which it would be its turn.
    pub changes: Vec<Change>,
}

impl Plan {
    /// Whether anything would be done.
    pub fn has_changes(&self) -> bool {
        self.changes.iter().any(|change| change.action.is_change())
    }

    /// How many objects the server would refuse.
    pub fn refused(&self) -> usize {
        self.changes.iter().filter(|change| change.refused).count()
    }

    /// How many objects there are of each action.
    pub fn summary(&self) -> BTreeMap<Action, usize> {
        let mut counts = BTreeMap::new();
        self.changes.iter().for_each(|change| *counts.entry(change.action).or_insert(0) += 1);
        counts
    }

    /// The same plan without the contents of Secrets: sizes are left, and whether they change.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { changes: self.changes.into_iter().map(Change::hidden).collect(), ..self }
    }
}

/// A Secret whose contents are only counted; `before` says what is new about them.
fn hide(mut secret: Value, before: Option<&Value>) -> Value {
    for field in ["data", "stringData"] {
        let Some(Value::Object(entries)) = secret.get_mut(field) else { continue };
        for (key, value) in entries.iter_mut() {
            let was = before.and_then(|before| before.get(field)?.get(key));
            let note = if was.is_some_and(|was| was != value) { ", changed" } else { "" };
            let size = value.as_str().map_or(0, str::len);
            *value = format!("(hidden, {size} bytes{note})").into();
        }
    }
    secret
}

/// What the server alone writes, and what repeats the whole object.
const OF_THE_SERVER: &[&str] =
    &["managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"];
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object as people think of it: without status and without what only the server cares about.
pub(super) fn cleaned(mut object: Value) -> Value {
    let Value::Object(fields) = &mut object else { return object };
    fields.remove("status");
    if let Some(Value::Object(metadata)) = fields.get_mut("metadata") {
        OF_THE_SERVER.iter().for_each(|field| drop(metadata.remove(*field)));
        let annotations = metadata.get_mut("annotations").and_then(Value::as_object_mut);
        if annotations.is_some_and(|annotations| {
            annotations.remove(LAST_APPLIED);
            annotations.is_empty()
        }) {
            metadata.remove("annotations");
        }
    }
    object
}

/// Whether two objects are the same to whoever reads them: `1` and `1.0` are, and so are an empty field and none.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => covers(a, b) && covers(b, a),
        _ => a == b,
    }
}

fn covers(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    a.iter().all(|(key, value)| b.get(key).map_or(value.is_null(), |other| same(value, other)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn secret(value: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Secret", "data": {"key": value, "same": "abcd"}})
    }

    fn plan(change: Change) -> Plan {
        Plan {
            operation: "upgrade".into(),
            release: "web".into(),
            namespace: "sea".into(),
            revision: 2,
            changes: vec![change],
        }
    }

    fn change(kind: &str, before: Option<Value>, after: Option<Value>) -> Change {
        Change {
            action: Action::Change,
            api_version: "v1".into(),
            kind: kind.into(),
            namespace: "sea".into(),
            name: "a".into(),
            hooks: Vec::new(),
            before,
            after,
            note: String::new(),
            refused: false,
        }
    }

    #[test]
    fn secrets_are_counted_and_not_shown() {
        let hidden = plan(change("Secret", Some(secret("c2VjcmV0")), Some(secret("b3RoZXI=")))).hidden();
        let text = serde_json::to_string(&hidden).unwrap();
        for word in ["c2VjcmV0", "b3RoZXI=", "abcd"] {
            assert!(!text.contains(word), "{text}");
        }
        let data = |side: &Option<Value>| side.as_ref().unwrap()["data"].clone();
        let [change] = &hidden.changes[..] else { panic!("one change") };
        assert_eq!(data(&change.before)["key"], "(hidden, 8 bytes)");
        assert_eq!(data(&change.after)["key"], "(hidden, 8 bytes, changed)");
        assert_eq!(data(&change.after)["same"], "(hidden, 4 bytes)");
    }

    #[test]
    fn other_kinds_are_shown() {
        let map = json!({"kind": "ConfigMap", "data": {"key": "text"}});
        let shown = plan(change("ConfigMap", None, Some(map.clone()))).hidden();
        assert_eq!(shown.changes[0].after, Some(map));
    }

    #[test]
    fn what_the_server_writes_is_no_change() {
        let live = json!({"metadata": {"name": "a", "uid": "1", "managedFields": [], "annotations": {LAST_APPLIED: "{}"}},
            "spec": {"n": 1.0}, "status": {"ready": true}});
        assert!(same(&cleaned(live), &json!({"metadata": {"name": "a"}, "spec": {"n": 1, "x": null}})));
        assert!(!same(&json!({"a": 1}), &json!({"a": 2})));
        assert!(!same(&json!({"a": 1}), &json!({})) && !same(&json!([1]), &json!([1, 2])));
    }
}
