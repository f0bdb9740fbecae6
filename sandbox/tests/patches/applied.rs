//! Server-side apply: some requests of some managers, one after the other.

use crate::{KINDS, generate, generate::Random, peer, seeds};
use serde_json::{Value, json};
use skiff_sandbox::{
    apply::{self, Manager},
    schema::{self, TypeRef, Types},
    strategy,
};

/// What a request to the object and one to its status reset; of a few kinds.
fn resets(kind: &str, subresource: &str) -> Value {
    match (kind, subresource) {
        ("ConfigMap" | "Secret" | "ServiceAccount" | "PodTemplate" | "NetworkPolicy" | "ClusterRole", _) => {
            json!([])
        }
        ("Thing", "status") => json!([["metadata"], ["spec"]]),
        (_, "") => json!([["status"]]),
        ("Deployment", _) => json!([["spec"], ["metadata", "labels"]]),
        ("Pod", _) => json!([["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]]),
        _ => json!([["spec"]]),
    }
}

/// The kind of a case.
struct Kind<'a> {
    api_version: &'a str,
    kind: &'a str,
    of: Option<TypeRef<'a>>,
    custom: bool,
}

/// Some random requests; what this crate makes of them, and the question for the peer.
fn case(random: &mut Random, kind: &Kind<'_>, make: impl Fn(&mut Random) -> Value) -> (Value, Value) {
    let mut live: Option<Value> = None;
    let (mut steps, mut answers) = (Vec::new(), Vec::new());
    let mut last = json!({});
    for _ in 0..2 + random.below(5) {
        let mut object = if random.chance(20) && last != json!({}) { last.clone() } else { make(random) };
        object["apiVersion"] = kind.api_version.into();
        object["kind"] = kind.kind.into();
        last = object.clone();
        let subresource = if random.chance(15) { "status" } else { "" };
        let applies = random.chance(70);
        let name = *random.pick(&["a", "b", "kubectl", ""]);
        let force = random.chance(40);
        let who = Manager {
            name,
            subresource,
            api_version: kind.api_version,
            kind: kind.kind,
            now: "2026-01-01T00:00:00Z",
            has_status: true,
        };
        if !applies {
            if random.chance(10) {
                object["metadata"]["managedFields"] = random.pick(&[json!([]), json!([{}])]).clone();
            }
            if random.chance(10) && !kind.custom {
                let text = json!({"apiVersion": kind.api_version, "kind": kind.kind, "data": {"a": "v"}, "spec": {}}).to_string();
                object["metadata"]["annotations"] =
                    json!({"kubectl.kubernetes.io/last-applied-configuration": text});
            }
        }
        steps.push(json!({
            "verb": if applies { "apply" } else { "update" }, "manager": name, "subresource": subresource, "force": force,
            "reset": resets(kind.kind, subresource), "object": object,
        }));
        let result = if applies {
            apply::apply(live.as_ref(), &object, kind.of, &who, force)
        } else {
            if let (false, Some(of)) = (kind.custom, kind.of) {
                let fields = object["metadata"]["managedFields"].take();
                strategy::shape(of.name().unwrap_or_default(), &mut object);
                if !fields.is_null() {
                    object["metadata"]["managedFields"] = fields;
                }
            }
            if object["metadata"]["managedFields"].is_null() {
                object["metadata"].as_object_mut().expect("a map").remove("managedFields");
            }
            Ok(apply::track(live.as_ref(), object, kind.of, &who))
        };
        answers.push(match result {
            Ok(mut object) => {
                object["metadata"]["uid"] = "u".into();
                live = Some(object.clone());
                json!({"out": object})
            }
            Err(status) => {
                let mut answer = json!({"err": status.message});
                if let Some(details) = &status.details {
                    answer["causes"] = details["causes"].clone();
                }
                answer
            }
        });
    }
    let question = json!({
        "op": "apply", "apiVersion": kind.api_version, "kind": kind.kind, "custom": kind.custom, "steps": steps,
    });
    (question, peer::settled(&json!({"steps": answers})))
}

#[test]
fn built_in_kinds_are_applied_as_the_real_server_does() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(3_000) {
        let mut random = Random::new(seed);
        let &(api_version, kind, name) = random.pick(KINDS);
        // Decoding keeps empty lists and storing drops them; the crate's objects are as they are stored.
        random.empties = false;
        let of = schema::builtin().get(name).expect("a built-in type");
        let kind = Kind { api_version, kind, of: Some(of), custom: false };
        let (question, answer) = case(&mut random, &kind, |random| generate::whole_object(random, of));
        questions.push(question);
        ours.push(answer);
    }
    peer::compare(&questions, &ours);
}

/// A custom kind with lists and maps of all sorts.
fn custom_schema() -> Value {
    let text = json!({"type": "string"});
    let item = json!({"type": "object", "properties": {
        "name": text, "protocol": {"type": "string", "default": "TCP"}, "port": {"type": "integer"},
        "labels": {"type": "object", "additionalProperties": text},
    }});
    let list =
        |kind: &str, items: &Value| json!({"type": "array", "x-kubernetes-list-type": kind, "items": items});
    let mut by_name = list("map", &item);
    by_name["x-kubernetes-list-map-keys"] = json!(["name"]);
    let mut by_port = list("map", &item);
    by_port["x-kubernetes-list-map-keys"] = json!(["port", "protocol"]);
    let atomic =
        json!({"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": text, "b": text}});
    let owner = json!({"type": "object", "x-kubernetes-map-type": "atomic", "properties": {
        "apiVersion": text, "kind": text, "name": text, "uid": text}});
    let mut owners = list("map", &owner);
    owners["x-kubernetes-list-map-keys"] = json!(["uid"]);
    let texts = json!({"type": "object", "additionalProperties": text});
    json!({"type": "object", "properties": {
        "apiVersion": text, "kind": text,
        "metadata": {"type": "object", "properties": {
            "name": text, "namespace": text, "uid": text, "labels": texts, "annotations": texts,
            "finalizers": list("set", &text), "ownerReferences": owners,
            "managedFields": {"type": "array", "x-kubernetes-list-type": "atomic", "items": {"type": "object"}},
        }},
        "spec": {"type": "object", "properties": {
            "ports": by_port, "items": by_name, "set": list("set", &text), "numbers": list("set", &json!({"type": "integer"})),
            "list": list("atomic", &item), "plain": {"type": "array", "items": text}, "atomic": atomic,
            "data": texts, "nested": {"type": "object", "properties": {"x": text, "inner": atomic}},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": text}},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "size": {"x-kubernetes-int-or-string": true},
        }},
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}, "items": by_name}},
    }})
}

/// A random object of the custom kind: free fields hold anything.
fn custom_object(random: &mut Random, of: TypeRef<'_>) -> Value {
    let mut object = generate::whole_object(random, of);
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        for field in ["free", "open"] {
            if random.chance(30) {
                let mut inner = generate::any_object(random, 3);
                inner.as_object_mut().expect("a map").remove("a");
                spec.insert(field.to_owned(), inner);
            }
        }
    }
    object
}

#[test]
fn custom_kinds_are_applied_as_the_real_server_does() {
    let schema = custom_schema();
    let types =
        Types::from_openapi(&json!({"definitions": {"com.example.v1.Thing": schema}})).expect("a schema");
    let of = types.get("com.example.v1.Thing").expect("the type");
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(3_000) {
        let mut random = Random::new(seed);
        let kind = Kind { api_version: "example.com/v1", kind: "Thing", of: Some(of), custom: true };
        let (mut question, answer) = case(&mut random, &kind, |random| custom_object(random, of));
        question["schema"] = schema.clone();
        questions.push(question);
        ours.push(answer);
    }
    peer::compare(&questions, &ours);
}

#[test]
fn kinds_without_a_schema_are_applied_as_the_real_server_does() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(2_000) {
        let mut random = Random::new(seed);
        let kind = Kind { api_version: "example.com/v1", kind: "Thing", of: None, custom: true };
        let make = |random: &mut Random| {
            let mut object = json!({"metadata": {"name": "x"}});
            object["spec"] = generate::any_object(random, 4);
            if random.chance(30) {
                object["metadata"]["labels"] = json!({"a": "b"});
            }
            object
        };
        let (question, answer) = case(&mut random, &kind, make);
        questions.push(question);
        ours.push(answer);
    }
    peer::compare(&questions, &ours);
}
