//! Cases that the real server answered so; `tests/scenarios/schema-decode.yaml` asks it again.

use super::*;
use crate::schema::builtin;
use serde_json::json;

fn of(name: &str, body: &str, mode: Mode) -> Result<Decoded, String> {
    decode(body.as_bytes(), builtin().get(name), mode)
}

fn deployment(spec: &str) -> String {
    let body = format!(r#"{{"spec": {{{spec}}}}}"#);
    match of("io.k8s.api.apps.v1.Deployment", &body, Mode::Strict) {
        Err(why) => why,
        Ok(decoded) => decoded.value["spec"].to_string(),
    }
}

fn config_map(rest: &str) -> String {
    match of("io.k8s.api.core.v1.ConfigMap", &format!("{{{rest}}}"), Mode::Strict) {
        Err(why) => why,
        Ok(decoded) => decoded.value.to_string(),
    }
}

#[test]
fn wrong_types_are_told_with_the_structure_and_the_way_to_it() {
    let field = |text: &str| format!("json: cannot unmarshal {text}");
    for (spec, text) in [
        (r#""replicas": "3""#, "string into Go struct field DeploymentSpec.spec.replicas of type int32"),
        (r#""replicas": 3e0"#, "number 3e0 into Go struct field DeploymentSpec.spec.replicas of type int32"),
        (
            r#""replicas": 99999999999"#,
            "number 99999999999 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            r#""template": {"spec": "x"}"#,
            "string into Go struct field PodTemplateSpec.spec.template.spec of type v1.PodSpec",
        ),
        (
            r#""template": {"spec": {"containers": {}}}"#,
            "object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            r#""template": {"spec": {"containers": ["x"]}}"#,
            "string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container",
        ),
        (
            r#""template": {"spec": {"dnsPolicy": 3}}"#,
            "number into Go struct field PodSpec.spec.template.spec.dnsPolicy of type v1.DNSPolicy",
        ),
        (
            r#""template": {"spec": {"containers": [{"resources": {"limits": [1]}}]}}"#,
            "array into Go struct field ResourceRequirements.spec.template.spec.containers.resources.limits of type v1.ResourceList",
        ),
        (
            r#""strategy": {"rollingUpdate": {"maxSurge": 1.5}}"#,
            "number 1.5 into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
        ),
        (
            r#""strategy": {"rollingUpdate": {"maxSurge": true}}"#,
            "bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
        ),
    ] {
        assert_eq!(deployment(spec), field(text));
    }
    for (body, text) in [
        (r#""data": {"a": 1}"#, "number into Go struct field ConfigMap.data of type string"),
        (r#""data": []"#, "array into Go struct field ConfigMap.data of type map[string]string"),
        (r#""immutable": 1, "data": 2"#, "number into Go struct field ConfigMap.immutable of type bool"),
        (r#""binaryData": {"a": 5}"#, "number into Go struct field ConfigMap.binaryData of type []uint8"),
        (r#""metadata": []"#, "array into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        (
            r#""metadata": {"creationTimestamp": 5}"#,
            "number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
    ] {
        assert_eq!(config_map(body), field(text));
    }
    let whole = of("io.k8s.api.core.v1.ConfigMap", "[]", Mode::Ignore);
    assert_eq!(whole, Err("json: cannot unmarshal array into Go value of type v1.ConfigMap".into()));
}

#[test]
fn texts_that_are_more_than_texts_are_read() {
    let quantity =
        r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    for cpu in [r#""x""#, "true"] {
        let spec = format!(
            r#""template": {{"spec": {{"containers": [{{"resources": {{"limits": {{"cpu": {cpu}}}}}}}]}}}}"#
        );
        assert_eq!(deployment(&spec), quantity);
    }
    let time = r#"parsing time "bla" as "2006-01-02T15:04:05Z07:00": cannot parse "bla" as "2006""#;
    assert_eq!(config_map(r#""metadata": {"creationTimestamp": "bla"}"#), time);
    for (text, position) in [
        ("!!!", 0),
        ("YQ", 0),
        ("YQ==", usize::MAX),
        ("YQ=", 3),
        ("YQ=a", 2),
        ("YQ===", 4),
        ("YWJjZ!", 5),
        ("YQ==YQ==", 4),
        ("YWJj\nYQ==", usize::MAX),
    ] {
        let broken = scalar::broken_base64(text);
        assert_eq!(broken, (position != usize::MAX).then_some(position), "{text}");
    }
}

#[test]
fn unknown_and_duplicate_fields_are_told_in_order_and_once() {
    let spec = r#""foo": 1, "foo": 2, "replicas": 1, "replicas": 2,
        "template": {"spec": {"containers": [{"name": "a", "name": "b", "zz": 1}]}}"#;
    let text = r#"strict decoding error: unknown field "spec.foo", duplicate field "spec.replicas", duplicate field "spec.template.spec.containers[0].name", unknown field "spec.template.spec.containers[0].zz""#;
    assert_eq!(deployment(spec), text);
    assert_eq!(config_map(r#""Data": {}"#), r#"strict decoding error: unknown field "Data""#);
    let body = r#"{"data": {"a": "1", "a": "2"}, "data": {"b": "3"}}"#;
    let decoded = of("io.k8s.api.core.v1.ConfigMap", body, Mode::Warn).expect("an object");
    assert_eq!(decoded.value, json!({"data": {"a": "2", "b": "3"}}));
    assert_eq!(decoded.warnings, [r#"duplicate field "data.a""#, r#"duplicate field "data""#]);
}

#[test]
fn nulls_are_fields_that_are_not_set() {
    assert_eq!(deployment(r#""replicas": null"#), "{}");
    assert_eq!(config_map(r#""data": {"a": null}"#), r#"{"data":{"a":""}}"#);
    assert_eq!(
        deployment(r#""template": {"spec": {"containers": [null]}}"#),
        r#"{"template":{"spec":{"containers":[{}]}}}"#
    );
}

#[test]
fn objects_without_a_type_keep_all_fields() {
    let decoded = decode(br#"{"a": {"b": null, "b": 1}, "c": [{"d": 1, "d": 2}]}"#, None, Mode::Warn)
        .expect("an object");
    assert_eq!(decoded.value, json!({"a": {"b": 1}, "c": [{"d": 2}]}));
    assert_eq!(decoded.warnings, [r#"duplicate field "a.b""#, r#"duplicate field "c[0].d""#]);
}
