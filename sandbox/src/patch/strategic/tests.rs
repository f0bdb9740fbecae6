use super::*;
use crate::schema::Types;
use serde_json::json;

fn types() -> Types {
    let merged = |items: Value| {
        json!({"type": "array", "items": items, "x-kubernetes-patch-strategy": "merge",
            "x-kubernetes-patch-merge-key": "name"})
    };
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": text});
    let item = json!({"type": "object", "properties": {"name": text, "v": text, "more": merged(json!({"$ref": "#/definitions/a.Item"}))}});
    let mut set = texts.clone();
    set["x-kubernetes-patch-strategy"] = "merge".into();
    Types::from_openapi(&json!({"definitions": {
        "a.Item": item,
        "a.Thing": {"type": "object", "properties": {
            "items": merged(json!({"$ref": "#/definitions/a.Item"})),
            "set": set,
            "texts": texts,
            "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {}}},
            "one": {"$ref": "#/definitions/a.Item"},
            "whole": {"$ref": "#/definitions/a.Item", "x-kubernetes-patch-strategy": "replace"},
            "listOfMaps": {"type": "array", "items": {"$ref": "#/definitions/a.Item"}, "x-kubernetes-patch-strategy": "merge"},
        }},
    }}))
    .unwrap()
}

fn patched(target: &Value, patch: &Value) -> Result<Value, String> {
    apply(target, patch, types().get("a.Thing").unwrap()).map_err(|error| error.to_string())
}

#[test]
fn directives_do_what_they_say() {
    let cases = [
        (json!({"set": ["a", "b"]}), json!({"set": ["c", "a"]}), json!({"set": ["c", "a", "b"]})),
        (json!({"set": ["a", "b"]}), json!({"$deleteFromPrimitiveList/set": ["a"]}), json!({"set": ["b"]})),
        (json!({"texts": ["a"]}), json!({"texts": ["c"]}), json!({"texts": ["c"]})),
        (
            json!({"one": {"name": "a", "v": "1"}}),
            json!({"one": {"$patch": "replace", "v": "2"}}),
            json!({"one": {"v": "2"}}),
        ),
        (json!({"one": {"name": "a"}}), json!({"one": {"$patch": "delete"}}), json!({"one": {}})),
        (json!({}), json!({"one": {"$patch": "delete"}}), json!({})),
        (json!({"whole": {"name": "a"}}), json!({"whole": {"v": "1"}}), json!({"whole": {"v": "1"}})),
        (
            json!({"one": {"name": "a", "v": "1"}}),
            json!({"one": {"$retainKeys": ["v"], "v": "2"}}),
            json!({"one": {"v": "2"}}),
        ),
        (
            json!({"items": [{"name": "a"}, {"name": "b"}]}),
            json!({"items": [{"$patch": "replace"}, {"name": "c"}]}),
            json!({"items": [{"name": "c"}]}),
        ),
        (
            json!({"items": [{"name": "a"}, {"name": "b"}, {"name": "s"}]}),
            json!({"$setElementOrder/items": [{"name": "n"}, {"name": "b"}], "items": [{"name": "n"}, {"name": "a", "$patch": "delete"}]}),
            // Not `n, b, s`: Go orders by the list that deleting and appending have left behind.
            json!({"items": [{"name": "s"}, {"name": "n"}, {"name": "b"}]}),
        ),
    ];
    for (target, patch, expected) in cases {
        assert_eq!(patched(&target, &patch), Ok(expected), "{target} {patch}");
    }
}

#[test]
fn refusals_have_the_servers_texts() {
    let target = json!({"items": [{"name": "a"}], "map": {"k": {}}, "one": {"more": []}, "set": ["a"], "listOfMaps": [{}]});
    let cases = [
        (json!({"items": [{"v": "1"}]}), "map: map[v:1] does not contain declared merge key: name"),
        (
            json!({"items": [{"name": "a", "$patch": 1}]}),
            "unknown patch type: %!s(int64=1) in map: map[$patch:1 name:a]",
        ),
        (
            json!({"items": [{"name": "a", "$patch": "merge"}]}),
            "merging lists cannot yet be specified in the patch",
        ),
        (json!({"set": [1, 1.5]}), "list element types are not identical: [[a] [1 1.5]]"),
        (json!({"map": {"k": {}}}), "merging an object in json but data type is not struct, instead is: map"),
        (json!({"listOfMaps": [{}]}), "cannot merge lists without merge key for struct"),
        (
            json!({"one": {"$setElementOrder/x": []}}),
            "unable to find api field in struct Item for the json field \"x\"",
        ),
        (json!({"$setElementOrder/items": 1}), "expected a []interface {}, but received a int64"),
        (json!({"$retainKeys": 1}), "invalid patch format of retainKeys"),
        (json!({"$deleteFromPrimitiveList": []}), "invalid patch format of primitive list"),
        (json!([]), "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (
            json!({"$setElementOrder/items": [{"name": "x"}], "items": [{"name": "y"}]}),
            "The order in patch list:\n[map[name:y]]\n doesn't match $setElementOrder list:\n[map[name:x]]\n",
        ),
    ];
    for (patch, expected) in cases {
        assert_eq!(patched(&target, &patch), Err(expected.to_owned()), "{patch}");
    }
}
