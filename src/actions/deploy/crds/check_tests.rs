//! Pairs of schemas and definitions, and what is dangerous about them.

use super::*;
use crate::yaml;

fn parse(text: &str) -> Value {
    yaml::yaml_to_json(text).expect("YAML")
}

fn definition(versions: &str, stored: &str) -> Value {
    parse(&format!(
        "spec: {{group: sea.io, scope: Namespaced, names: {{kind: Boat, plural: boats}}, versions: {versions}}}\n\
         status: {{storedVersions: {stored}}}\n"
    ))
}

fn of_schemas(old: &str, new: &str) -> Vec<String> {
    let definition = |schema: &str| {
        let versions =
            format!("[{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {schema}}}}}]");
        definition(&versions, "[v1]")
    };
    dangers(&definition(old), &definition(new), true).iter().map(ToString::to_string).collect()
}

#[test]
fn what_widens_is_harmless() {
    for (old, new) in [
        ("{type: object}", "{type: object, description: new, title: x}"),
        (
            "{type: object, properties: {a: {type: string}}}",
            "{type: object, properties: {a: {type: string}, b: {type: string}}}",
        ),
        (
            "{type: object, required: [a], properties: {a: {type: string}}}",
            "{type: object, properties: {a: {type: string}}}",
        ),
        ("{properties: {a: {}}}", "{required: [a, b], properties: {a: {default: 1}, b: {default: 2}}}"),
        ("{maximum: 3, minLength: 2}", "{maximum: 4, minLength: 1}"),
        ("{maximum: 3, pattern: x, format: date}", "{}"),
        ("{enum: [a]}", "{enum: [b, a]}"),
        ("{enum: [a]}", "{}"),
        ("{nullable: false}", "{nullable: true}"),
        ("{uniqueItems: true}", "{uniqueItems: false}"),
        (
            "{type: object, properties: {a: {type: string}}}",
            "{type: object, x-kubernetes-preserve-unknown-fields: true}",
        ),
        (
            "{type: object, properties: {a: {type: string}}}",
            "{type: object, additionalProperties: {type: string}}",
        ),
        ("{type: object, properties: {a: {type: string}}}", "{type: object, additionalProperties: true}"),
        (
            "{x-kubernetes-validations: [{rule: a}]}",
            "{x-kubernetes-validations: [{rule: a, message: clearer}]}",
        ),
        ("{anyOf: [{type: string}]}", "{}"),
        ("{type: integer}", "{x-kubernetes-int-or-string: true}"),
    ] {
        assert_eq!(of_schemas(old, new), Vec::<String>::new(), "{old} to {new}");
    }
}

#[test]
fn what_narrows_is_told_with_its_place() {
    for (old, new, wanted) in [
        (
            "{type: object, properties: {a: {properties: {b: {}}}}}",
            "{type: object, properties: {a: {}}}",
            "v1: a.b: goes: the server would drop it from objects",
        ),
        (
            "{properties: {a: {type: string}}}",
            "{properties: {a: {type: integer}}}",
            "v1: a: the type \"string\" becomes \"integer\"",
        ),
        (
            "{properties: {a: {items: {type: string}}}}",
            "{properties: {a: {items: {type: string, maxLength: 5}}}}",
            "v1: a[]: maxLength becomes 5",
        ),
        ("{maximum: 3}", "{maximum: 2}", "v1: schema: maximum becomes 2"),
        ("{minimum: 1}", "{minimum: 2}", "v1: schema: minimum becomes 2"),
        ("{properties: {a: {}}}", "{required: [a], properties: {a: {}}}", "v1: a: is required now"),
        ("{enum: [a, b]}", "{enum: [b]}", "v1: schema: \"a\" is no longer allowed"),
        ("{type: string}", "{type: string, enum: [b]}", "v1: schema: only some values are allowed"),
        ("{pattern: a}", "{pattern: b}", "v1: schema: pattern changes"),
        ("{}", "{format: date}", "v1: schema: format changes"),
        ("{nullable: true}", "{}", "v1: schema: nullable goes"),
        ("{}", "{uniqueItems: true}", "v1: schema: uniqueItems is new"),
        (
            "{x-kubernetes-preserve-unknown-fields: true}",
            "{}",
            "v1: schema: x-kubernetes-preserve-unknown-fields goes",
        ),
        (
            "{type: object, additionalProperties: {type: string}}",
            "{type: object}",
            "v1: *: free names are no longer allowed",
        ),
        (
            "{additionalProperties: {type: string}}",
            "{additionalProperties: {type: integer}}",
            "v1: *: the type \"string\" becomes \"integer\"",
        ),
        (
            "{x-kubernetes-validations: [{rule: a}]}",
            "{x-kubernetes-validations: [{rule: a}, {rule: b}]}",
            "v1: schema: the rule \"b\" is new",
        ),
        (
            "{x-kubernetes-list-type: set}",
            "{x-kubernetes-list-type: atomic}",
            "v1: schema: x-kubernetes-list-type changes",
        ),
        ("{oneOf: [{required: [a]}]}", "{oneOf: [{required: [b]}]}", "v1: schema: oneOf changes"),
    ] {
        assert_eq!(of_schemas(old, new), [wanted], "{old} to {new}");
    }
}

#[test]
fn versions_may_go_only_where_nothing_is_stored_in_them() {
    let two = "[{name: v1, served: true}, {name: v2, served: true}]";
    let cases = [
        ("[v1]", "[{name: v2, served: true}]", "version v1, in which objects are stored, would go"),
        ("[v2]", "[{name: v2, served: true}]", "version v1, which is served, would go"),
        (
            "[v2]",
            "[{name: v1, served: false}, {name: v2, served: true}]",
            "version v1, which is served, would go",
        ),
    ];
    for (stored, next, wanted) in cases {
        let (live, next) = (definition(two, stored), definition(next, "[]"));
        let found: Vec<String> = dangers(&live, &next, true).iter().map(ToString::to_string).collect();
        assert_eq!(found, [wanted]);
        assert!(drops_versions(&live, &next));
        assert!(dangers(&live, &next, false).is_empty(), "without objects nothing is lost");
    }
    let (live, next) = (definition("[{name: v1, served: true}]", "[v1]"), definition(two, "[]"));
    assert!(dangers(&live, &next, true).is_empty() && !drops_versions(&live, &next));
}

#[test]
fn what_a_definition_is_does_not_change() {
    let live = definition("[]", "[]");
    let mut next = live.clone();
    next["spec"]["scope"] = "Cluster".into();
    next["spec"]["names"]["kind"] = "Ship".into();
    let found: Vec<String> = dangers(&live, &next, false).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["its scope would change", "its kind would change"]);
}

#[test]
fn broken_and_huge_documents_are_no_trouble() {
    for (a, b) in [("7", "[]"), ("{spec: {versions: {a: 1}}}", "{spec: {versions: [1, {name: 2}]}}")] {
        assert!(dangers(&parse(a), &parse(b), true).is_empty(), "{a} {b}");
    }
    let deep = |end: &str| {
        let (open, close) = ("{\"items\":".repeat(300), "}".repeat(300));
        serde_json::from_str::<Value>(&format!("{open}{end}{close}"))
    };
    if let (Ok(old), Ok(new)) = (deep("{}"), deep("{\"format\":\"x\"}")) {
        let wrap = |schema: Value| serde_json::json!({"spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": schema}}]}});
        assert_eq!(dangers(&wrap(old), &wrap(new), true).len(), 1);
    }
    let many = |word: &str| {
        format!(
            "{{properties: {{{}}}}}",
            (0..500).map(|n| format!("{word}{n}: {{}}")).collect::<Vec<_>>().join(", ")
        )
    };
    assert_eq!(of_schemas(&many("a"), &many("b")).len(), MAX_FINDINGS);
}
