//! Hostile arguments end in an error that names the limit, before the memory is taken.

#[path = "support/calls.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Helm itself")]
mod calls;
#[path = "support/templates.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests that ask Helm itself")]
mod templates;

use serde_json::json;

/// The template is refused in these words.
fn refused(template: &str, words: &str) {
    let answer = templates::ours(&json!({ "template": template }));
    let error = answer["err"].as_str().unwrap_or_else(|| panic!("it passes: {template}"));
    assert!(error.ends_with(words), "{template}\n  {error}");
}

const TOO_LONG: &str = "the result would be longer than 67108864 bytes";
const TOO_MANY: &str = "more than 10000000 items";
const TOO_DEEP: &str = "value is nested deeper than 400 levels";

#[test]
fn texts_that_grow_beyond_the_limit_are_refused() {
    let cases = [
        (r#"{{ repeat 67108865 "x" }}"#, "repeat"),
        (r#"{{ repeat 9223372036854775807 "xyz" }}"#, "repeat"),
        (r#"{{ indent 67108865 "x" }}"#, "indent"),
        (r#"{{ nindent 9223372036854775807 "x\ny" }}"#, "indent"),
        (r#"{{ indent 70000 (repeat 1000 "\n") }}"#, "indent"),
        (r#"{{ replace "x" (repeat 1000 "y") (repeat 70000 "x") }}"#, "replace"),
        (r#"{{ replace "" (repeat 1000 "y") (repeat 70000 "x") }}"#, "replace"),
        (r#"{{ join (repeat 1000000 "x") (until 70) }}"#, "join"),
        (r#"{{ $x := repeat 1000000 "x" }}{{ join "" (list (repeat 40 $x) (repeat 40 $x)) }}"#, "join"),
        (r#"{{ $x := repeat 40000000 "x" }}{{ quote $x $x }}"#, "quote"),
        (r#"{{ $x := repeat 40000000 "x" }}{{ squote $x $x }}"#, "squote"),
        (r#"{{ wrapWith 1 (repeat 1000 "y") (repeat 70000 "x ") }}"#, "wrap"),
        (r#"{{ randAlpha 67108865 }}"#, "random text"),
        (r#"{{ randNumeric 9223372036854775807 }}"#, "random text"),
        (r#"{{ $x := repeat 40000000 "x" }}{{ mustToJson (list $x $x) }}"#, "toJson"),
        (r#"{{ $x := repeat 40000000 "x" }}{{ mustToPrettyJson (list $x $x) }}"#, "toJson"),
    ];
    for (template, name) in cases {
        refused(template, &format!("{name}: {TOO_LONG}"));
    }
}

#[test]
fn lists_that_grow_beyond_the_limit_are_refused() {
    let cases = [
        ("{{ until 10000001 }}", "until"),
        ("{{ until 9223372036854775807 }}", "until"),
        ("{{ untilStep 0 9223372036854775807 2 }}", "untilStep"),
        ("{{ untilStep 9223372036854775806 9223372036854775807 5 }}", "untilStep"),
        ("{{ seq 10000001 }}", "seq"),
        ("{{ seq 1 3 9223372036854775800 }}", "seq"),
        ("{{ $x := until 5000001 }}{{ concat $x $x }}", "concat"),
        (r#"{{ split "x" (repeat 10000001 "x") }}"#, "split"),
        (r#"{{ splitList "x" (repeat 10000001 "x") }}"#, "split"),
    ];
    for (template, name) in cases {
        refused(template, &format!("{name}: {TOO_MANY}"));
    }
}

#[test]
fn values_nested_beyond_the_limit_are_refused() {
    let nested = r#"{{ $a := dict }}{{ $b := dict }}{{ range until 500 }}{{ $a = dict "k" $a }}{{ $b = dict "k" $b }}{{ end }}"#;
    for (call, name) in [
        ("deepCopy $a", "deepCopy"),
        ("deepEqual $a $b", "deepEqual"),
        ("merge $a $b", "merge"),
        ("mustMergeOverwrite $a $b", "merge"),
        ("uniq (list $a $b)", "deepEqual"),
    ] {
        refused(&format!("{nested}{{{{ {call} }}}}"), &format!("{name}: {TOO_DEEP}"));
    }
    let deeper = "{{ $a := list }}{{ range until 1500 }}{{ $a = list $a }}{{ end }}{{ mustToJson $a }}";
    refused(deeper, "json: value is nested deeper than 1000 levels");
    let cycle = r#"{{ $a := dict }}{{ $_ := set $a "a" $a }}"#;
    refused(&format!("{cycle}{{{{ deepCopy $a }}}}"), &format!("deepCopy: {TOO_DEEP}"));
    refused(
        &format!("{cycle}{{{{ mustToJson $a }}}}"),
        "json: unsupported value: encountered a cycle via map[string]interface {}",
    );
}
