use super::*;
use crate::schema;

fn who<'a>(name: &'a str, now: &'a str) -> Manager<'a> {
    Manager { name, subresource: "", api_version: "v1", kind: "ConfigMap", now, has_status: false }
}

fn config(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data})
}

fn config_map() -> Option<TypeRef<'static>> {
    schema::builtin().get("io.k8s.api.core.v1.ConfigMap")
}

#[test]
fn what_is_no_longer_applied_goes_unless_another_has_it() {
    let of = config_map();
    let live =
        apply(None, &config(json!({"x": "1", "y": "1"})), of, &who("one", "2026-01-01T00:00:00Z"), false)
            .unwrap();
    let live = apply(Some(&live), &config(json!({"y": "1"})), of, &who("two", "2026-01-02T00:00:00Z"), false)
        .unwrap();
    let live =
        apply(Some(&live), &config(json!({})), of, &who("one", "2026-01-03T00:00:00Z"), false).unwrap();
    assert_eq!(live["data"], json!({"y": "1"}));
}

#[test]
fn more_than_ten_updaters_are_merged() {
    let of = config_map();
    let mut live = track(None, config(json!({})), of, &who("m", "2026-01-01T00:00:00Z"));
    for number in 0..14 {
        let (name, now) = (format!("m{number:02}"), format!("2026-01-01T00:00:{number:02}Z"));
        let mut new = live.clone();
        new["data"][format!("k{number}")] = "v".into();
        new["metadata"]["uid"] = "u".into();
        live["metadata"]["uid"] = "u".into();
        live = track(if number == 0 { None } else { Some(&live) }, new, of, &who(&name, &now));
    }
    let managers = live["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(managers.len(), MAX_UPDATE_MANAGERS);
    assert_eq!(managers[0]["manager"], "ancient-changes");
}

#[test]
fn unmanaged_objects_stay_so_until_something_is_applied() {
    let of = config_map();
    let live = config(json!({"x": "1"}));
    let changed = track(Some(&live), config(json!({"x": "2"})), of, &who("one", "2026-01-01T00:00:00Z"));
    assert_eq!(changed["metadata"].get("managedFields"), None);
    let applied =
        apply(Some(&changed), &config(json!({"y": "1"})), of, &who("two", "2026-01-01T00:00:00Z"), false)
            .unwrap();
    let first = &applied["metadata"]["managedFields"][1];
    assert_eq!(
        (&first["manager"], &first["fieldsV1"]),
        (&json!("before-first-apply"), &json!({"f:data": {".": {}, "f:x": {}}}))
    );
}
