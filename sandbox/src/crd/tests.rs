//! What the real server of 1.36 answered to the same questions.

use super::{Catalogue, Origin, Part, definition};
use crate::{kinds::Gvr, object};
use serde_json::{Value, json};
use std::sync::Arc;

fn widget_definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.crd1.example.com"},
        "spec": {
            "group": "crd1.example.com", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["all"]},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "subresources": {
                    "status": {},
                    "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
                },
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {
                        "type": "object", "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
                            "replicas": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 10},
                            "port": {"x-kubernetes-int-or-string": true},
                            "tags": {
                                "type": "array", "items": {"type": "string"},
                                "x-kubernetes-list-type": "set", "maxItems": 3,
                            },
                            "mode": {"type": "string", "enum": ["b", "a"], "default": "a"},
                            "one": {
                                "type": "object",
                                "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
                                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
                            },
                            "emb": {
                                "type": "object", "x-kubernetes-embedded-resource": true,
                                "x-kubernetes-preserve-unknown-fields": true,
                            },
                            "f": {"type": "number"},
                            "d": {"type": "string", "format": "date-time"},
                            "m": {"type": "object", "additionalProperties": {"type": "integer"}},
                        },
                    },
                    "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
                }}},
            }],
        },
    })
}

fn widgets() -> Arc<super::Custom> {
    let mut crd = widget_definition();
    definition::default(&mut crd);
    definition::prepare_for_create(&mut crd);
    let crd = definition::names_and_conditions(&crd, &[], "2026-11-25T12:40:00Z").unwrap();
    let catalogue = Catalogue::new();
    catalogue.put(&crd, 1);
    catalogue.get(&Gvr::new("crd1.example.com", "v1", "widgets")).unwrap()
}

fn widget(spec: Value) -> Value {
    json!({"apiVersion": "crd1.example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": spec})
}

/// The errors of a new object, one a line.
fn refused(spec: Value) -> String {
    let mut object = widget(spec);
    let widgets = widgets();
    widgets.decode(&mut object, Origin::Request).unwrap();
    let errors = widgets.validate_create(&object, Vec::new());
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn names_are_accepted_and_the_resource_is_established() {
    let mut crd = widget_definition();
    definition::default(&mut crd);
    definition::prepare_for_create(&mut crd);
    assert_eq!(
        crd["status"],
        json!({
            "conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v1"],
        })
    );
    let crd = definition::names_and_conditions(&crd, &[], "2026-11-25T12:40:00Z").unwrap();
    assert_eq!(
        crd["status"]["acceptedNames"],
        json!({
            "plural": "widgets", "singular": "widget", "shortNames": ["wd"], "kind": "Widget",
            "listKind": "WidgetList", "categories": ["all"],
        })
    );
    assert_eq!(
        crd["status"]["conditions"],
        json!([
            {"type": "NamesAccepted", "status": "True", "lastTransitionTime": "2026-11-25T12:40:00Z",
             "reason": "NoConflicts", "message": "no conflicts found"},
            {"type": "Established", "status": "True", "lastTransitionTime": "2026-11-25T12:40:00Z",
             "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"},
        ])
    );
    assert_eq!(definition::names_and_conditions(&crd, &[&crd], "2026-11-26T12:40:00Z"), None);
}

#[test]
fn a_name_in_use_is_refused_and_nothing_is_served() {
    let mut first = widget_definition();
    definition::default(&mut first);
    let first = definition::names_and_conditions(&first, &[], "2026-11-25T12:40:00Z").unwrap();
    let mut second = widget_definition();
    second["metadata"]["name"] = "others.crd1.example.com".into();
    second["spec"]["names"] = json!({"plural": "others", "kind": "Widget"});
    definition::default(&mut second);
    let second = definition::names_and_conditions(&second, &[&first], "2026-11-25T12:40:01Z").unwrap();
    let conditions = &second["status"]["conditions"];
    assert_eq!(object::text(&conditions[0], &["message"]), "\"WidgetList\" is already in use");
    assert_eq!(object::text(&conditions[1], &["reason"]), "NotAccepted");
    let catalogue = Catalogue::new();
    catalogue.put(&second, 1);
    assert!(catalogue.all().is_empty());
}

#[test]
fn what_an_earlier_write_stored_is_no_news() {
    let gvr = Gvr::new("crd1.example.com", "v1", "widgets");
    let mut written = widget_definition();
    definition::default(&mut written);
    definition::prepare_for_create(&mut written);
    let established = definition::names_and_conditions(&written, &[], "2026-11-25T12:40:00Z").unwrap();
    let catalogue = Catalogue::new();
    catalogue.put(&established, 2);
    catalogue.put(&written, 1);
    assert!(catalogue.get(&gvr).is_some());
    catalogue.remove("widgets.crd1.example.com", 4);
    catalogue.put(&established, 3);
    assert!(catalogue.get(&gvr).is_none());
    catalogue.put(&established, 5);
    assert!(catalogue.get(&gvr).is_some());
}

#[test]
fn values_are_refused_in_the_words_of_the_real_server() {
    let errors = refused(json!({
        "name": "a", "replicas": 11, "tags": ["a", "a", "b", "c"], "port": true, "mode": "z", "one": {},
        "emb": {"a": 1}, "f": "x", "d": "x", "m": {"a": "b"},
    }));
    assert_eq!(
        errors,
        "\
spec.d: Invalid value: \"x\": spec.d in body must be of type date-time: \"x\"
spec.f: Invalid value: \"string\": spec.f in body must be of type number: \"string\"
spec.m.a: Invalid value: \"string\": spec.m.a in body must be of type integer: \"string\"
spec.mode: Unsupported value: \"z\": supported values: \"b\", \"a\"
spec.name: Invalid value: \"a\": spec.name in body should be at least 2 chars long
<nil>: Invalid value: \"\": \"spec.one\" must validate one and only one schema (oneOf). Found none valid
spec.one.a: Required value
spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"
spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10
spec.tags: Too many: 4: must have at most 3 items
spec.emb.apiVersion: Required value
spec.emb.kind: Required value
spec.tags[1]: Duplicate value: \"a\""
    );
    assert_eq!(
        refused(json!({"replicas": 1.5})),
        "\
spec.replicas: Invalid value: \"float64\": spec.replicas in body must be of type int32: \"float64\"
<nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in spec.replicas
spec.name: Required value
.spec.replicas: Invalid value: 0: .spec.replicas accessor error: 1.5 is of the type float64, expected int64"
    );
    assert_eq!(
        refused(json!({"name": "abcdefgh", "one": {"a": "1", "b": "1"}, "replicas": 3_000_000_000_i64})),
        "\
spec.name: Too long: may not be more than 5 bytes
<nil>: Invalid value: \"\": \"spec.one\" must validate one and only one schema (oneOf). Found 2 valid alternatives
<nil>: Invalid value: \"\": Checked value must be of type integer with format int32 in spec.replicas
spec.replicas: Invalid value: 3000000000: spec.replicas in body should be less than or equal to 10
.spec.replicas: Invalid value: 3000000000: should be less than or equal to 2147483647"
    );
}

#[test]
fn unknown_fields_are_dropped_and_named() {
    let mut object = json!({
        "apiVersion": "crd1.example.com/v1", "kind": "Widget", "metadata": {"name": "a", "foo": 3},
        "spec": {"name": "abc", "x": {"y": 1}, "replicas": null,
            "emb": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "foo": 1}}},
        "q": 1,
    });
    let unknown = widgets().decode(&mut object, Origin::Request).unwrap();
    assert_eq!(unknown, ["metadata.foo", "q", "spec.x", "spec.emb.metadata.foo"]);
    assert_eq!(
        object["spec"],
        json!({
            "name": "abc", "mode": "a",
            "emb": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}},
        })
    );
}

#[test]
fn metadata_of_the_wrong_type_does_not_decode() {
    let refused = |object: Value| widgets().decode(&mut object.clone(), Origin::Request).unwrap_err();
    assert_eq!(
        refused(json!({"metadata": {"name": "a", "labels": {"a": 1}}})),
        "json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    );
    assert_eq!(
        refused(widget(json!({"emb": {"metadata": {"name": "X y", "labels": {"a": 1}}}}))),
        "spec.emb.metadata: Invalid value: {\"labels\":{\"a\":1},\"name\":\"X y\"}: \
         json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"
    );
    assert_eq!(
        refused(widget(json!({"emb": {"apiVersion": 3}}))),
        "spec.emb.apiVersion: Invalid value: 3: must be a string"
    );
}

#[test]
fn what_an_update_leaves_alone_is_not_refused() {
    let widgets = widgets();
    let mut old = widget(json!({"name": "abc", "mode": "z"}));
    old["metadata"]["generation"] = 3.into();
    let mut new = old.clone();
    new["spec"]["replicas"] = 2.into();
    new["status"] = json!({"replicas": 7});
    widgets.prepare_for_update(Part::Main, &mut new, &old);
    assert_eq!(new["metadata"]["generation"], json!(4));
    assert!(new.get("status").is_none());
    assert_eq!(widgets.validate_update(Part::Main, &new, &old, Vec::new()).errors, []);
    new["spec"]["mode"] = "y".into();
    assert_eq!(widgets.validate_update(Part::Main, &new, &old, Vec::new()).errors.len(), 1);
}

/// The errors of a definition whose field `spec.x` has this schema.
fn definition_errors(schema: Value) -> String {
    let mut crd = json!({
        "metadata": {"name": "foos.crd2.example.com"},
        "spec": {
            "group": "crd2.example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
                "type": "object", "properties": {"spec": {"type": "object", "properties": {"x": schema}}},
            }}}],
        },
    });
    definition::default(&mut crd);
    definition::prepare_for_create(&mut crd);
    let errors = definition::validate_create(&crd, Vec::new());
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    texts.join("\n").replace("spec.validation.openAPIV3Schema.properties[spec].properties[x]", "X")
}

#[test]
fn schemas_are_refused_in_the_words_of_the_real_server() {
    let cases = [
        (json!({"type": "array"}), "X.items: Required value: must be specified"),
        (
            json!({"type": "foo"}),
            "X.type: Unsupported value: \"foo\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \
             \"object\", \"string\"",
        ),
        (json!({}), "X.type: Required value: must not be empty for specified object fields"),
        (
            json!({"type": "string", "pattern": "["}),
            "X.pattern: Invalid value: \"[\": must be a valid regular expression, but isn't: error parsing regexp: \
             missing closing ]: `[`",
        ),
        (
            json!({"type": "string", "anyOf": [{"type": "string", "minLength": 1}]}),
            "X.anyOf[0].type: Forbidden: must be empty to be structural",
        ),
        (
            json!({"type": "string", "default": 3}),
            "X.default: Invalid value: \"integer\":  in body must be of type string: \"integer\"",
        ),
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "default": {"b": 3}}),
            "X.default: Invalid value: {\"b\":3}: must not have unknown fields",
        ),
        (
            json!({"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"}),
            "X.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
        ),
        (
            json!({
                "type": "array", "items": {"type": "object", "properties": {"k": {"type": "string"}}},
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"],
            }),
            "X.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it \
             must have a default or be a required property",
        ),
        (json!({"type": "string", "$ref": "#/x"}), "X.$ref: Forbidden: $ref is not supported"),
        (
            json!({
                "type": "object", "properties": {"a": {"type": "string"}},
                "additionalProperties": {"type": "string"},
            }),
            "X.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
        ),
        (
            json!({"type": "string", "x-kubernetes-validations": [{"rule": ""}]}),
            "X.x-kubernetes-validations[0].rule: Required value: rule is not specified",
        ),
    ];
    for (schema, expected) in cases {
        assert_eq!(definition_errors(schema.clone()), expected, "{schema}");
    }
}

#[test]
fn rules_refuse_values_in_the_words_of_the_real_server() {
    let mut crd = widget_definition();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = json!({
        "type": "object", "properties": {"spec": {
            "type": "object",
            "x-kubernetes-validations": [
                {"rule": "self.min <= self.max", "message": "min must not exceed max"},
                {"rule": "self.min >= 0"},
                {"rule": "self.min < 100", "messageExpression": "'min is ' + string(self.min)", "fieldPath": ".min"},
            ],
            "properties": {
                "min": {"type": "integer"}, "max": {"type": "integer"},
                "id": {"type": "string", "x-kubernetes-validations": [
                    {"rule": "self == oldSelf", "message": "id is immutable", "reason": "FieldValueForbidden"},
                ]},
            },
        }},
    });
    definition::default(&mut crd);
    definition::prepare_for_create(&mut crd);
    assert_eq!(definition::validate_create(&crd, Vec::new()), []);
    let crd = definition::names_and_conditions(&crd, &[], "2026-11-25T12:40:00Z").unwrap();
    let catalogue = Catalogue::new();
    catalogue.put(&crd, 1);
    let widgets = catalogue.get(&Gvr::new("crd1.example.com", "v1", "widgets")).unwrap();
    let errors =
        |errors: Vec<crate::field::Error>| errors.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        errors(widgets.validate_create(&widget(json!({"min": -1, "max": -2})), Vec::new())),
        ["spec: Invalid value: min must not exceed max", "spec: Invalid value: failed rule: self.min >= 0"]
    );
    assert_eq!(
        errors(widgets.validate_create(&widget(json!({"min": 200, "max": 300})), Vec::new())),
        ["spec.min: Invalid value: min is 200"]
    );
    assert_eq!(
        errors(widgets.validate_create(&widget(json!({"min": 1})), Vec::new())),
        ["spec: Invalid value: \"object\": no such key: max evaluating rule: min must not exceed max"]
    );
    let (old, new) =
        (widget(json!({"min": 1, "max": 2, "id": "a"})), widget(json!({"min": 1, "max": 2, "id": "b"})));
    let verdict = widgets.validate_update(Part::Main, &new, &old, Vec::new());
    assert_eq!(errors(verdict.errors), ["spec.id: Forbidden: id is immutable"]);
    let bad = widget(json!({"min": 3, "max": 2, "id": "a"}));
    let verdict = widgets.validate_update(Part::Main, &bad, &bad, Vec::new());
    assert_eq!((verdict.errors.len(), verdict.warnings.len()), (0, 1));
}

#[test]
fn every_version_knows_the_webhook_that_converts() {
    let mut crd = widget_definition();
    let mut second = crd["spec"]["versions"][0].clone();
    second["name"] = "v2".into();
    second["storage"] = false.into();
    crd["spec"]["versions"].as_array_mut().unwrap().push(second);
    crd["spec"]["conversion"] = json!({"strategy": "Webhook", "webhook": {
        "conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:9/convert"},
    }});
    definition::default(&mut crd);
    definition::prepare_for_create(&mut crd);
    let crd = definition::names_and_conditions(&crd, &[], "2026-11-25T12:40:00Z").unwrap();
    let catalogue = Catalogue::new();
    catalogue.put(&crd, 1);
    for version in ["v1", "v2"] {
        let custom = catalogue.get(&Gvr::new("crd1.example.com", version, "widgets")).unwrap();
        assert_eq!(custom.conversion.as_deref(), crd.pointer("/spec/conversion/webhook"), "{version}");
    }
}
