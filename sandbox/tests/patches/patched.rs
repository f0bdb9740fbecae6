//! JSON patch, merge patch and strategic merge patch.

use crate::{KINDS, generate, generate::Random, peer, seeds};
use serde_json::{Value, json};
use skiff_sandbox::{patch, schema, status::Status};

fn answer(result: Result<Value, Status>) -> Value {
    match result {
        Ok(out) => json!({"out": out}),
        Err(status) => json!({"err": status.message}),
    }
}

#[test]
fn strategic_merge_patches_do_what_the_real_ones_do() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(6_000) {
        let mut random = Random::new(seed);
        let &(api_version, kind, name) = random.pick(KINDS);
        let of = schema::builtin().get(name).expect("a built-in type");
        let target = generate::whole_object(&mut random, of);
        let mut change = generate::whole_object(&mut random, of);
        generate::with_directives(&mut random, &mut change, of);
        ours.push(answer(patch::strategic(&target, &change, of)));
        questions.push(json!({"op": "strategic", "apiVersion": api_version, "kind": kind, "target": target, "patch": change}));
    }
    // The server hides what is wrong with lists of lists.
    let hidden =
        |answer: &Value| answer["err"] == "the server rejected our request due to an error in our request";
    assert!(!ours.iter().any(hidden), "no list of lists is generated");
    peer::compare(&questions, &ours);
}

#[test]
fn merge_patches_do_what_the_real_ones_do() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(4_000) {
        let mut random = Random::new(seed);
        let (target, change) = (generate::any_object(&mut random, 4), generate::any_object(&mut random, 4));
        ours.push(answer(patch::merge(&target, &change)));
        questions.push(json!({"op": "merge", "target": target, "patch": change}));
    }
    peer::compare(&questions, &ours);
}

/// A pointer into a value, or near it.
fn pointer(random: &mut Random, value: &Value) -> String {
    let (mut place, mut text) = (value, String::new());
    loop {
        if random.chance(25) && !text.is_empty() {
            return text;
        }
        let step = match place {
            Value::Object(map) if !map.is_empty() && random.chance(85) => {
                let keys: Vec<&String> = map.keys().collect();
                (*random.pick(&keys)).clone()
            }
            Value::Array(items) if !items.is_empty() && random.chance(85) => {
                random.below(items.len()).to_string()
            }
            _ => (*random.pick(&["a", "x", "0", "-", "-1", "7", "a~1b"])).to_owned(),
        };
        text.push_str(&format!("/{step}"));
        let next = match place {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(&step),
        };
        match next {
            Some(next) => place = next,
            None => return text,
        }
    }
}

#[test]
fn json_patches_do_what_the_real_ones_do() {
    let (mut questions, mut ours) = (Vec::new(), Vec::new());
    for seed in seeds(6_000) {
        let mut random = Random::new(seed);
        let target = generate::any_object(&mut random, 4);
        let operations: Vec<Value> = (0..=random.below(4))
            .map(|_| {
                let op = *random.pick(&["add", "remove", "replace", "move", "copy", "test"]);
                let mut operation = json!({"op": op, "path": pointer(&mut random, &target)});
                if ["move", "copy"].contains(&op) {
                    operation["from"] = pointer(&mut random, &target).into();
                } else if op != "remove" {
                    operation["value"] = generate::any(&mut random, 2);
                }
                if op == "test" && random.chance(60) {
                    let path = operation["path"].as_str().unwrap_or_default();
                    operation["value"] = target.pointer(path).cloned().unwrap_or_default();
                }
                operation
            })
            .collect();
        let operations = Value::from(operations);
        let mut answer = answer(patch::json(&target, operations.to_string().as_bytes()));
        if let Some(err) = answer.get_mut("err") {
            *err = "refused".into();
        }
        ours.push(answer);
        questions.push(json!({"op": "json", "target": target, "patch": operations}));
    }
    let mut different = Vec::new();
    for ((question, ours), mut theirs) in questions.iter().zip(&ours).zip(peer::ask(&questions)) {
        // Go's library falls over nulls in lists that are tested; this crate compares them.
        if peer::panics(&theirs) {
            continue;
        }
        if let Some(err) = theirs.get_mut("err") {
            *err = "refused".into();
        }
        if *ours != theirs {
            different.push(format!("question {question}\n    ours {ours}\n  theirs {theirs}"));
        }
    }
    let shown = different.iter().take(8).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(different.is_empty(), "{} of {} answers differ\n{shown}", different.len(), questions.len());
}
