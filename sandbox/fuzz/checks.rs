//! What must hold for any bytes: nothing panics, results are bounded, what was applied can be applied again.

#![allow(dead_code, reason = "each target uses its own check")]

use serde_json::{Value, json};
use skiff_sandbox::{
    apply::{self, Manager},
    object::selector,
    patch, schema,
};

/// A patch may make an object this many times as large as both together, copies aside.
const GROWTH: usize = 8;

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// A target and a patch, a zero byte between them.
pub fn patches(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let target: Value = serde_json::from_slice(first).unwrap_or_else(|_| json!({"kind": "Pod", "spec": {}}));
    if let Ok(patched) = patch::json(&target, second) {
        assert!(size(&patched) <= patch::MAX_COPIED + GROWTH * (size(&target) + second.len() + 64));
    }
    let _ = patch::unknown_fields(second);
    let Ok(change) = patch::decode(second) else {
        let _ = apply::read(second);
        return;
    };
    let bound = GROWTH * (size(&target) + size(&change) + 64);
    if let Ok(merged) = patch::merge(&target, &change) {
        assert!(size(&merged) <= bound);
    }
    let Some(of) = schema::builtin().get("io.k8s.api.core.v1.Pod") else { return };
    if let Ok(merged) = patch::strategic(&target, &change, of) {
        assert!(size(&merged) <= bound);
    }
    let _ = apply::read(second);
    applied(&target, &change, Some(of), "v1", "Pod");
    applied(&target, &change, None, "example.com/v1", "Thing");
}

fn applied(target: &Value, change: &Value, of: Option<schema::TypeRef<'_>>, api_version: &str, kind: &str) {
    let who = Manager {
        name: "kubectl",
        subresource: "",
        api_version,
        kind,
        now: "2026-01-01T00:00:00Z",
        has_status: true,
    };
    if !target.is_object() || !change.is_object() {
        return;
    }
    let mut change = change.clone();
    change["apiVersion"] = api_version.into();
    change["kind"] = kind.into();
    let tracked = apply::track(None, target.clone(), of, &who);
    let _ = apply::track(Some(&tracked), change.clone(), of, &who);
    let Ok(mut once) = apply::apply(Some(&tracked), &change, of, &who, true) else { return };
    apply::keep_times(&tracked, &mut once);
    let again = apply::apply(Some(&once), &change, of, &who, false);
    assert!(again.is_ok(), "what was applied by force is applied again without: {again:?}");
}

/// A selector of labels, and one of fields.
pub fn selectors(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let object = json!({"metadata": {"name": "a", "labels": {"a": "b", "tier": "web"}}});
    if let Ok(labels) = selector::LabelSelector::parse(text) {
        let _ = labels.selects(&object);
        let _ = labels.matches(None);
    }
    if let Ok(fields) = selector::FieldSelector::parse(text) {
        let _ = fields.matches(|field| field.to_owned());
    }
}
