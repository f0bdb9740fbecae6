//! Expressions with what cel-go gives in Kubernetes' environment.

use super::{PER_CALL, Program, Val, types::Ty};
use serde_json::{Value, json};

fn run(source: &str, object: &Value) -> String {
    let program = match Program::compile(source, &[("self", Ty::Dyn)]) {
        Ok(program) => program,
        Err(text) => return text,
    };
    let mut fuel = PER_CALL;
    let ty = Ty::Dyn;
    let result = program.run(vec![("self", Val::of(object, &ty))], &mut fuel);
    match result {
        Ok(Val::Bool(flag)) => flag.to_string(),
        Ok(other) => format!("{other:?}"),
        Err(fail) => fail.text,
    }
}

#[test]
fn expressions_that_hold() {
    let object = json!({
        "name": "web", "replicas": 3, "tags": ["a", "b"], "labels": {"app": "web"}, "share": 0.5,
        "items": [{"k": "x", "n": 1}, {"k": "y", "n": 2}],
    });
    let holds = "
self.name == 'web' && self.replicas >= 3
self.replicas * 2 - 1 == 5 && 7 % 4 == 3 && 7 / 2 == 3
size(self.tags) == 2 && self.tags.size() == 2
self.tags.all(t, t.size() == 1) && self.tags.exists(t, t == 'b') && self.tags.exists_one(t, t == 'a')
self.items.map(i, i.n) == [1, 2] && self.items.filter(i, i.n > 1).size() == 1
self.items.map(i, i.n > 1, i.k) == ['y']
has(self.labels.app) && !has(self.labels.other) && 'app' in self.labels && 'b' in self.tags
self.labels.all(k, k == 'app') && self.labels['app'] == 'web'
self.labels.all(k, v, k == 'app' && v == 'web') && self.tags.exists(i, t, i == 1 && t == 'b')
self.tags.transformList(i, t, t + string(i)) == ['a0', 'b1']
self.labels.transformMap(k, v, v + '!') == {'app': 'web!'}
self.?labels.?app.orValue('x') == 'web' && self.?foo.?bar.orValue('x') == 'x'
self[?'name'].hasValue() && optional.of(1).optMap(x, x + 1).value() == 2 && !optional.none().hasValue()
self.name.startsWith('w') && self.name.matches('^w.b$') && self.name.contains('e') && self.name.upperAscii() == 'WEB'
'a,b,c'.split(',') == ['a', 'b', 'c'] && ['a', 'b'].join('-') == 'a-b' && 'hello'.substring(1, 3) == 'el'
'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3 && 'hello'.charAt(1) == 'e' && ' x '.trim() == 'x'
'%s is %d and %.2f'.format(['web', 3, 0.5]) == 'web is 3 and 0.50'
[1, 2, 3].isSorted() && [1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3 && [1, 2].indexOf(2) == 1
[3, 1, 2].sort() == [1, 2, 3] && [1, [2]].flatten() == [1, 2] && [1, 1].distinct() == [1] && [1, 2, 3].slice(1, 2) == [2]
sets.contains([1, 2], [1]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 2], [2, 1, 1])
'abc 123 45'.find('[0-9]+') == '123' && 'abc 123 45'.findAll('[0-9]+') == ['123', '45']
url('https://h:80/p?a=1').getHostname() == 'h' && url('https://h:80/p').getPort() == '80' && !isURL('x')
ip('10.0.0.1').family() == 4 && isIP('::1') && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isCIDR('x')
quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('50k').add(20000).compareTo(quantity('70k')) == 0 && isQuantity('1')
semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('1.0.0') && !isSemver('v1')
!format.dns1123Label().validate('web').hasValue() && format.named('dns1123Label').hasValue()
timestamp('2020-01-02T03:04:05Z').getFullYear() == 2020 && duration('90s').getMinutes() == 1
timestamp('2020-01-02T00:00:00Z') - timestamp('2020-01-01T00:00:00Z') == duration('24h') && string(duration('90s')) == '90s'
int('3') == 3 && double(3) == 3.0 && string(3) == '3' && dyn(3) == 3.0 && 1 < 1.5 && type(1) == int
self.share == 0.5 && self.replicas == 3 && dyn(self.name) == 'web' && {'a': 1}.size() == 1
(1 / 0 == 1) || true
!(false && (1 / 0 == 1))
cel.bind(x, 3, x * x == 9)
[1, 2, 3].exists(x, x > 2 ? true : false)
b'abc'.size() == 3 && bytes('abc') == b'abc'
";
    let wrong: Vec<(&str, String)> = holds
        .lines()
        .filter(|line| !line.is_empty())
        .map(|source| (source, run(source, &object)))
        .filter(|(_, result)| result != "true")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn failures_have_the_words_of_cel_go() {
    let object = json!({"tags": ["a"], "labels": {}});
    let cases = [
        ("self.foo == 1", "no such key: foo"),
        ("self.tags[3] == 'a'", "index out of bounds: 3"),
        ("1 / 0 == 1", "division by zero"),
        ("1 % 0 == 1", "modulus by zero"),
        ("9223372036854775807 + 1 == 0", "integer overflow"),
        ("self.tags + 1 == 0", "no such overload"),
        ("optional.none().value() == 1", "optional.none() dereference"),
    ];
    for (source, expected) in cases {
        assert_eq!(run(source, &object), expected, "{source}");
    }
}

#[test]
fn hostile_expressions_end() {
    let many: Vec<i64> = (0..3000).collect();
    let object = json!({"list": many});
    for source in [
        "self.list.all(x, self.list.all(y, self.list.all(z, x + y + z >= 0)))",
        "self.list.map(x, self.list.map(y, self.list)).size() > 0",
        "lists.range(1000000000).size() > 0",
    ] {
        assert_eq!(run(source, &object), "operation cancelled: actual cost limit exceeded", "{source}");
    }
}

#[test]
fn expressions_that_nest_too_deeply_are_refused_and_not_run_into() {
    let chains = [
        format!("1{}", "+1".repeat(1_900)),
        format!("1{}", "+1".repeat(30_000)),
        format!("self{}", ".a".repeat(2_000)),
        format!("self{}", "[0]".repeat(2_000)),
        format!("{}1{}", "(".repeat(2_000), ")".repeat(2_000)),
        format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000)),
        format!("{}1{}", "{1:".repeat(1_000), "}".repeat(1_000)),
        format!("true{}", " ? true : true".repeat(1_500)),
        "(".repeat(60_000),
    ];
    for source in chains {
        let refused = Program::compile(&source, &[("self", Ty::Dyn)]);
        assert!(refused.is_err(), "{}", &source[..20]);
    }
    let fine = format!("true{}", " && true".repeat(200));
    assert_eq!(run(&fine, &json!({})), "true");
    // Pairs of negations fall away while parsing.
    assert_eq!(run(&format!("{}true", "!".repeat(3_000)), &json!({})), "true");
}

#[test]
fn expressions_that_do_not_compile_are_shown_as_cel_go_shows_them() {
    let compile = |source: &str, ty: Ty| Program::compile(source, &[("self", ty)]).unwrap_err();
    assert_eq!(
        compile("foo == 1", Ty::Text),
        "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo == 1\n | ^"
    );
    assert_eq!(
        compile("self.x == 1", Ty::Text),
        "ERROR: <input>:1:5: type 'string' does not support field selection\n | self.x == 1\n | ....^"
    );
    assert_eq!(
        compile("self + 1 == 1", Ty::Text),
        "ERROR: <input>:1:6: found no matching overload for '_+_' applied to '(string, int)'\n | self + 1 == 1\n | .....^"
    );
    assert_eq!(
        compile("self.foo()", Ty::Text),
        "ERROR: <input>:1:9: undeclared reference to 'foo' (in container '')\n | self.foo()\n | ........^"
    );
    assert_eq!(
        compile("self.startsWith(1)", Ty::Text),
        "ERROR: <input>:1:16: found no matching overload for 'startsWith' applied to 'string.(int)'\n | \
         self.startsWith(1)\n | ...............^"
    );
    assert_eq!(
        compile("self ==", Ty::Text),
        "ERROR: <input>:1:8: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', \
         'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self ==\n | .......^"
    );
}
