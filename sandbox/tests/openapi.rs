//! OpenAPI documents beside the real server's: what differs is named here.

#![allow(unreachable_pub, reason = "modules of a test binary have no outside")]

#[path = "../../tests/support/cluster.rs"]
#[expect(dead_code, reason = "the control plane's other users need more of it")]
mod cluster;
#[path = "../../tests/support/peers.rs"]
#[allow(dead_code, reason = "other peers are not asked")]
mod peers;

use serde_json::Value;
use skiff_sandbox::{kinds, openapi};
use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Paths of connections, logs and the issuer's keys, which the sandbox's documents leave out.
const LEFT_OUT: [&str; 7] = ["/attach", "/exec", "/portforward", "/proxy", "/log", "openid", "/logs"];

fn kubectl(args: &[&str], input: &str) -> Vec<u8> {
    let kubeconfig = match std::env::var_os("SCENARIOS_KUBECONFIG") {
        Some(path) => PathBuf::from(path),
        None => cluster::cluster().kubeconfig().to_owned(),
    };
    let mut child = Command::new(peers::bin("kubectl"))
        .args(args)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kubectl runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "kubectl {args:?}");
    output.stdout
}

fn real(path: &str) -> Value {
    serde_json::from_slice(&kubectl(&["get", "--raw", path], "")).expect("JSON")
}

/// All differences between two values, by path.
fn differences(at: &str, ours: &Value, real: &Value, into: &mut Vec<String>) {
    match (ours, real) {
        (Value::Object(ours), Value::Object(real)) => {
            let keys: std::collections::BTreeSet<_> = ours.keys().chain(real.keys()).collect();
            for key in keys {
                let at = format!("{at}/{}", key.replace('/', "~1"));
                let of = |side: &serde_json::Map<String, Value>| side.get(key).cloned().unwrap_or_default();
                differences(&at, &of(ours), &of(real), into);
            }
        }
        (Value::Array(ours), Value::Array(real)) if ours.len() == real.len() => {
            for (number, (ours, real)) in ours.iter().zip(real).enumerate() {
                differences(&format!("{at}/{number}"), ours, real, into);
            }
        }
        _ if ours != real => into.push(format!("{at}\n     ours {ours}\n     real {real}")),
        _ => {}
    }
}

/// What other tests of a shared control plane leave in it, and what is left out on purpose.
fn without(mut document: Value) -> Value {
    let kept = |path: &str| !LEFT_OUT.iter().any(|part| path.contains(part)) && !path.contains("example");
    for part in ["paths", "definitions"] {
        if let Some(Value::Object(entries)) = document.get_mut(part) {
            entries.retain(|path, _| kept(path));
        }
    }
    document
}

fn report(differing: &[String]) {
    assert!(differing.is_empty(), "{} differences:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn every_document_of_a_group_version_is_the_real_one() {
    let index = openapi::index(&[]);
    let mut differing = Vec::new();
    let paths =
        |index: &Value| index["paths"].as_object().expect("paths").keys().cloned().collect::<Vec<_>>();
    let mut theirs = paths(&real("/openapi/v3"));
    theirs.retain(|path| !path.contains("openid") && !path.contains("example"));
    assert_eq!(paths(&index), theirs);
    for path in theirs {
        let ours =
            openapi::document(&path, None, &[]).and_then(|document| document.bytes).expect("a document");
        let ours: Value = serde_json::from_slice(&ours).expect("JSON");
        differences(&path, &without(ours), &without(real(&format!("/openapi/v3/{path}"))), &mut differing);
    }
    report(&differing);
}

/// Parameters that version 2 refers to are put in their place; the order of parameters is of no meaning.
fn resolved(document: Value) -> Value {
    let parameters = document["parameters"].clone();
    let mut document = without(document);
    if let Some(fields) = document.as_object_mut() {
        fields.remove("parameters");
    }
    put_in(&mut document["paths"], &parameters);
    document
}

fn put_in(value: &mut Value, parameters: &Value) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(|path| path.as_str()?.strip_prefix("#/parameters/"));
            if let Some(name) = name {
                *value = parameters[name].clone();
                return;
            }
            fields.values_mut().for_each(|inner| put_in(inner, parameters));
            if let Some(Value::Array(list)) = fields.get_mut("parameters") {
                list.sort_by_key(|parameter| parameter["name"].to_string());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| put_in(inner, parameters)),
        _ => {}
    }
}

#[test]
fn the_version_2_document_is_the_real_one() {
    let ours: Value = serde_json::from_slice(&openapi::v2(&[])).expect("JSON");
    let mut differing = Vec::new();
    differences("", &resolved(ours), &resolved(real("/openapi/v2")), &mut differing);
    report(&differing);
}

/// A definition with a subresource, an object inside and what version 2 lacks.
const DEFINITION: &str = r#"{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "gears.openapi.example.com"}, "spec": {"group": "openapi.example.com", "scope": "Namespaced",
  "names": {"plural": "gears", "singular": "gear", "kind": "Gear", "listKind": "GearList"},
  "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {},
    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
  "schema": {"openAPIV3Schema": {"description": "Gear turns.", "type": "object", "properties": {
    "spec": {"type": "object", "required": ["teeth"], "properties": {
      "teeth": {"type": "integer", "default": 3, "minimum": 1, "description": "How many."},
      "replicas": {"type": "integer", "format": "int32"},
      "size": {"x-kubernetes-int-or-string": true},
      "inner": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true},
      "list": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "enum": ["a", "b"]}}}},
    "status": {"type": "object", "properties": {"replicas": {"type": "integer", "nullable": true}}}}}}}]}}"#;

#[test]
fn a_custom_resource_s_document_is_the_real_one() {
    let definition: Value = serde_json::from_str(DEFINITION).expect("JSON");
    kubectl(&["apply", "-f", "-"], DEFINITION);
    kubectl(&["wait", "--for=condition=Established", "crd/gears.openapi.example.com"], "");
    let path = "/openapi/v3/apis/openapi.example.com/v1";
    let served = || real("/openapi/v3")["paths"].get("apis/openapi.example.com/v1").is_some();
    for _ in 0..100 {
        if served() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let theirs = real(path);
    let verbs = |list: &[&str]| list.iter().map(|verb| (*verb).to_owned()).collect::<Vec<_>>();
    let sub = |name: &str, kind: &str, group_version: Option<(String, String)>| kinds::Subresource {
        name: name.into(),
        kind: kind.into(),
        group_version,
        verbs: verbs(&["get", "patch", "update"]),
    };
    let resource = kinds::Resource {
        gvr: kinds::Gvr::new("openapi.example.com", "v1", "gears"),
        kind: "Gear".into(),
        list_kind: "GearList".into(),
        singular: "gear".into(),
        namespaced: true,
        short_names: vec![],
        categories: vec![],
        verbs: verbs(&["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]),
        subresources: vec![
            sub("scale", "Scale", Some(("autoscaling".into(), "v1".into()))),
            sub("status", "Gear", None),
        ],
        type_name: String::new(),
    };
    let schema = &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    let custom = [openapi::Custom { resource: &resource, schema }];
    let ours = openapi::v3("openapi.example.com", "v1", &custom).expect("a document");
    let mut differing = Vec::new();
    differences("", &serde_json::from_slice(&ours).expect("JSON"), &theirs, &mut differing);
    let ours: Value = serde_json::from_slice(&openapi::v2(&custom)).expect("JSON");
    let name = "com.example.openapi.v1.Gear";
    // Version 2 is published a moment later.
    let theirs = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        real("/openapi/v2")["definitions"].get(name).cloned()
    });
    differences("v2", &ours["definitions"][name], &theirs.expect("a definition"), &mut differing);
    kubectl(&["delete", "crd/gears.openapi.example.com"], "");
    report(&differing);
}
