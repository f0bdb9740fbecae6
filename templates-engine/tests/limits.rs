//! No template crashes the process: each bound ends in an error that names it.

#[path = "support/fixture.rs"]
#[allow(unreachable_pub, reason = "shared with the tests that ask Go itself")]
mod fixture;

use fixture::{Nowhere, functions};
use templates_engine::{
    exec::{ExecError, ExecErrorKind, Limits, TemplateSet},
    value::{Entries, Map, Type, Value},
};

fn run_with(limits: Limits, text: &str, data: &Value) -> Result<Vec<u8>, ExecError> {
    let mut set = TemplateSet::new("set", functions()).limits(limits);
    set.parse("t", text).expect("the text parses");
    set.execute(&Nowhere, "t", data)
}

fn refused(text: &str, data: &Value, message: &str) {
    let limits = Limits { output: 1 << 20, ..Limits::default() };
    let error = run_with(limits, text, data).expect_err(text);
    assert_eq!(error.innermost().kind(), ExecErrorKind::Limit, "{error}");
    assert!(error.to_string().contains(message), "{error}");
}

fn parse_error(text: String) -> String {
    let mut set = TemplateSet::new("set", functions());
    set.parse("t", text).expect_err("too deep").to_string()
}

#[test]
fn a_template_that_invokes_itself_for_ever_is_stopped() {
    let message = "exceeded maximum template depth";
    refused(r#"{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}"#, &Value::Nil, message);
    refused(r#"{{define "r"}}{{include "r" .}}{{end}}{{include "r" .}}"#, &Value::Nil, message);
    refused("{{text . .}}", &Value::from("{{text . .}}"), message);
    let text = r#"{{define "r"}}{{print (include "r" . | str)}}{{end}}{{include "r" .}}"#;
    refused(text, &Value::Nil, "out of stack");
}

#[test]
fn recursion_as_deep_as_helm_lets_it_be_works_on_a_thread_made_for_it() {
    let text = r#"{{define "r"}}{{if .}}{{include "r" (slice . 1)}}.{{end}}{{end}}{{include "r" .}}"#;
    let limits = Limits { stack: 200 << 20, ..Limits::default() };
    let body = move || run_with(limits, text, &Value::from("x".repeat(1001))).map(|out| out.len());
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(body).expect("a thread");
    assert_eq!(thread.join().expect("no panic").expect("no error"), 1001);
}

#[test]
fn the_depth_limit_counts_templates() {
    let limits = Limits { depth: 10, ..Limits::default() };
    let text = r#"{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}"#;
    let error = run_with(limits, text, &Value::Nil).expect_err("too deep");
    assert_eq!(
        error.to_string(),
        "template: t:1:25: executing \"r\" at <{{template \"r\" .}}>: exceeded maximum template depth (10)"
    );
}

#[test]
fn texts_nested_without_end_do_not_parse() {
    let many = 200_000;
    assert!(parse_error(format!("{{{{{}", "(".repeat(many))).contains("max expression depth exceeded"));
    assert!(parse_error("{{if 1}}".repeat(many)).contains("max block depth exceeded"));
    assert!(parse_error("{{range .}}{{with .}}".repeat(many)).contains("max block depth exceeded"));
    assert!(parse_error("{{block \"a\" .}}".repeat(many)).contains("max block depth exceeded"));
    let chain = format!("{{{{if 0}}}}{}{{{{end}}}}", "{{else if 0}}".repeat(many));
    assert!(parse_error(chain).contains("max block depth exceeded"));
}

#[test]
fn what_parses_also_executes_or_is_refused() {
    for depth in [10, 100, 200, 400] {
        let text = format!("{{{{{}1{}}}}}", "(".repeat(depth), ")".repeat(depth));
        let mut set = TemplateSet::new("set", functions());
        if set.parse("t", text).is_ok() {
            let kind = set.execute(&Nowhere, "t", &Value::Nil).map_err(|error| error.kind());
            assert!(matches!(&kind, Ok(out) if out == b"1") || kind == Err(ExecErrorKind::Limit), "{kind:?}");
        }
    }
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let limits = Limits { fuel: 10_000, ..Limits::default() };
    let error = run_with(limits, "{{range 1000000000000}}{{end}}", &Value::Nil).expect_err("endless");
    assert_eq!(
        error.to_string(),
        "template: t:1:8: executing \"t\" at <1000000000000>: exceeded maximum of 10000 steps"
    );
}

#[test]
fn output_is_bounded_across_nested_templates() {
    let limits = Limits { output: 10_000, ..Limits::default() };
    for text in [
        "{{range 100000}}xxxxxxxxxx{{end}}",
        r#"{{define "x"}}xxxxxxxxxx{{end}}{{range 100000}}{{$x := include "x" .}}{{end}}"#,
        r#"{{define "x"}}xxxxxxxxxx{{end}}{{range 100000}}{{template "x"}}{{end}}"#,
        r#"{{$x := "xxxxxxxxxx"}}{{range 100}}{{$x = print $x $x}}{{end}}{{$x}}"#,
    ] {
        let error = run_with(limits, text, &Value::Nil).expect_err(text);
        assert_eq!(error.kind(), ExecErrorKind::Limit, "{error}");
    }
}

#[test]
fn values_that_hold_themselves_print_an_error() {
    let map = Map::any([]);
    map.insert("self", Value::Map(map.clone()));
    map.insert("again", Value::Map(map.clone()));
    let data = Value::Map(map.clone());
    refused("{{.}}", &data, "holds itself");
    let text = run_with(Limits::default(), "{{eq .self .again}}", &data).expect_err("maps do not compare");
    assert!(text.to_string().contains("non-comparable type"), "{text}");
    *map.borrow_mut() = Entries::default();
}

#[test]
fn values_nested_without_end_print_an_error_and_drop() {
    refused("{{$x := list}}{{range 100000}}{{$x = list $x}}{{end}}{{$x}}", &Value::Nil, "nests too deep");
    let nested = "{{$x := list}}{{range 100000}}{{$x = list $x}}{{end}}{{len $x}}";
    assert_eq!(run_with(Limits::default(), nested, &Value::Nil).expect("no limit"), b"1");
}

#[test]
fn a_few_shared_values_do_not_fill_the_memory() {
    let text = "{{$x := list 1}}{{range 60}}{{$x = list $x $x}}{{end}}{{$x}}";
    let limits = Limits { output: 1 << 20, ..Limits::default() };
    let error = run_with(limits, text, &Value::Nil).expect_err("a bomb");
    assert_eq!(error.kind(), ExecErrorKind::Limit);
}

#[test]
fn a_huge_width_is_refused_as_go_refuses_it() {
    let out = run_with(Limits::default(), r#"{{printf "%99999999999d" 1}}"#, &Value::Nil).expect("text");
    assert_eq!(out, b"%!(NOVERB)%!(EXTRA int=1)");
    let data = Value::Map(Map::nil(&Type::DICT));
    assert_eq!(run_with(Limits::default(), "{{.}}", &data).expect("text"), b"map[]");
}
