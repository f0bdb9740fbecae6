//! Random templates that mostly parse: every construct, literal and function, in any combination.

use super::random::Random;

/// The data that the generated templates are about. Its lists have as many items as Go's decoder makes room
/// for, because `slice` reaches up to a slice's capacity there.
pub const DATA: &str = r#"{"a":1,"b":"two","c":{"d":{"e":"deep","n":null}},"l":[1,"x",null,{"k":"v"}],"n":null,
"t":true,"f":false,"z":0,"es":"","el":[],"em":{},"x1.5":1.5,"big":1e21,"m":{"b":2,"a":[1,{"q":"é"}]}}"#;

const LITERALS: &[&str] = &[
    "1",
    "0",
    "-1",
    "2",
    "3",
    "1.5",
    "-0.5",
    "1e6",
    "1e21",
    "0x1F",
    "017",
    "0b11",
    "1_0",
    "'a'",
    "'é'",
    "'\\n'",
    "1i",
    "1+2i",
    "\"\"",
    "\"a\"",
    "\"b c\"",
    "\"é\\t\\\"\"",
    "`raw`",
    "\"%d %v\"",
    "\"%s|%q\"",
    "\"%5.2f\"",
    "\"%#v\"",
    "\"%T\"",
    "\"%x\"",
    "true",
    "false",
    "nil",
    "\"k\"",
    "\"d\"",
    "\"e\"",
    "\"\\xff\"",
    "127",
    "300",
    "1.0",
    "2.0",
];

const OPERANDS: &[&str] = &[
    ".",
    "$",
    ".a",
    ".b",
    ".c",
    ".c.d",
    ".c.d.e",
    ".c.d.n",
    ".c.x",
    ".x",
    ".x.y",
    ".n",
    ".n.x",
    ".l",
    ".t",
    ".f",
    ".z",
    ".es",
    ".el",
    ".em",
    ".big",
    ".m",
    ".m.a",
    "$.b",
    "$.c.d",
    "$.l",
    "$x",
    "$y",
    "$x.k",
    "point",
    "point.X",
    "point.Label",
    "pointer.Reach",
    "none",
    "nomap",
    "nolist",
    "values",
    "values.k",
    ".k",
    "point.Nope",
];

/// Functions, with the number of arguments they like.
const FUNCTIONS: &[(&str, usize)] = &[
    ("and", 2),
    ("or", 3),
    ("not", 1),
    ("len", 1),
    ("index", 2),
    ("slice", 2),
    ("print", 3),
    ("println", 2),
    ("printf", 2),
    ("printf", 3),
    ("html", 1),
    ("js", 1),
    ("urlquery", 1),
    ("eq", 2),
    ("eq", 3),
    ("ne", 2),
    ("lt", 2),
    ("le", 2),
    ("gt", 2),
    ("ge", 2),
    ("call", 1),
    ("str", 1),
    ("num", 1),
    ("num8", 1),
    ("num64", 1),
    ("unum", 1),
    ("unum8", 1),
    ("flo", 1),
    ("flo32", 1),
    ("yes", 1),
    ("same", 1),
    ("kind", 1),
    ("keys", 1),
    ("items", 1),
    ("strs", 1),
    ("named", 1),
    ("pair", 2),
    ("many", 2),
    ("fails", 1),
    ("bytes", 1),
    ("list", 2),
    ("list", 3),
    ("strings", 1),
    ("labels", 2),
    ("dict", 2),
    ("dict", 4),
    ("point.Sum", 1),
    ("point.Greet", 1),
    ("pointer.Fail", 1),
    ("print", 1),
    ("kind", 1),
    ("same", 1),
    (".b", 0),
    ("$x", 0),
];

const TEXTS: &[&str] =
    &["", "x", " ", "\n", "a\n  b", "é ", "\t", "}}", "{ ", "<no value>", "{{/* c */}}", "{{- /* c\n */ -}}"];

/// A template of random shape.
pub fn template(random: &mut Random) -> String {
    let mut out = String::from("{{$x := .l}}{{$y := 7}}");
    body(random, &mut out, 3);
    out.push_str("{{define \"leaf\"}}[{{.}}]{{end}}");
    out
}

fn open(random: &mut Random, out: &mut String) {
    out.push_str(random.pick(&["{{", "{{ ", "{{- "]));
}

fn close(random: &mut Random, out: &mut String) {
    out.push_str(random.pick(&["}}", " }}", " -}}", "\n}}"]));
}

fn body(random: &mut Random, out: &mut String, depth: usize) {
    for _ in 0..=random.below(2) {
        out.push_str(random.pick(TEXTS));
        node(random, out, depth);
    }
    out.push_str(random.pick(TEXTS));
}

fn node(random: &mut Random, out: &mut String, depth: usize) {
    let shape = if depth == 0 { random.below(5) } else { random.below(9) };
    open(random, out);
    match shape {
        0..=2 => pipeline(random, out, 2),
        3 => {
            out.push_str(random.pick(&["$x := ", "$y := ", "$z := ", "$x = ", "$y = "]));
            pipeline(random, out, 2);
        }
        4 => match random.below(3) {
            0 | 1 => {
                out.push_str("template \"leaf\" ");
                pipeline(random, out, 1);
            }
            _ if random.one_in(2) && out.contains("range ") => {
                out.push_str(random.pick(&["break", "continue"]));
            }
            _ => out.push_str(random.pick(&["template \"leaf\"", "print 1", "print $x", "."])),
        },
        5 | 6 => return block(random, out, "if", "", depth),
        7 => {
            let variables = random.pick(&["", "$x := ", "$y := "]);
            return block(random, out, "with", variables, depth);
        }
        _ => {
            let variables = random.pick(&["", "$x := ", "$i, $x := ", "$y, $x = ", "$x = "]);
            return block(random, out, "range", variables, depth);
        }
    }
    close(random, out);
}

fn block(random: &mut Random, out: &mut String, word: &str, variables: &str, depth: usize) {
    out.push_str(word);
    out.push(' ');
    out.push_str(variables);
    if word == "range" && random.one_in(2) {
        out.push_str(random.pick(&[".l", ".", ".m", "3", ".el", "$x", ".c", "(list 1 `a` nil)", "values"]));
    } else {
        pipeline(random, out, 2);
    }
    close(random, out);
    body(random, out, depth - 1);
    if random.one_in(3) {
        out.push_str(if word != "range" && random.one_in(3) { "{{else " } else { "{{else" });
        if out.ends_with(' ') {
            out.push_str(word);
            out.push(' ');
            pipeline(random, out, 1);
        }
        out.push_str("}}");
        body(random, out, depth - 1);
    }
    out.push_str("{{end}}");
}

fn pipeline(random: &mut Random, out: &mut String, depth: usize) {
    command(random, out, depth);
    while random.one_in(4) {
        out.push_str(random.pick(&[" | ", "|"]));
        function(random, out, depth);
    }
}

fn command(random: &mut Random, out: &mut String, depth: usize) {
    if random.one_in(3) {
        operand(random, out, depth);
    } else {
        function(random, out, depth);
    }
}

fn function(random: &mut Random, out: &mut String, depth: usize) {
    let (name, count) = FUNCTIONS[random.below(FUNCTIONS.len())];
    out.push_str(name);
    // In a pipeline the last argument may come from the left.
    let count = if out.contains('|') && random.one_in(2) { count.saturating_sub(1) } else { count };
    let count = if random.one_in(12) { random.below(4) } else { count };
    for _ in 0..count {
        out.push(' ');
        operand(random, out, depth);
    }
}

fn operand(random: &mut Random, out: &mut String, depth: usize) {
    match random.below(if depth == 0 { 4 } else { 6 }) {
        0 | 1 => out.push_str(random.pick(LITERALS)),
        2 | 3 => out.push_str(random.pick(OPERANDS)),
        _ => {
            out.push('(');
            pipeline(random, out, depth - 1);
            out.push(')');
            if random.one_in(5) {
                out.push_str(random.pick(&[".k", ".d.e", ".X", ".Label", ".nope", ".Reach"]));
            }
        }
    }
}
