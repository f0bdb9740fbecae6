//! Random YAML whose subject is comments: above, behind, below, dedented, in brackets, between blank lines.

use crate::yaml::random::Random;

const COMMENTS: &[&str] = &["# one", "#two", "# a: b", "#", "## three", "#  four  "];

fn one<'a>(random: &mut Random, from: &[&'a str]) -> &'a str {
    from[random.below(from.len())]
}

/// Lines of well-formed YAML with comments and blank lines between and behind them.
pub(super) fn commented(random: &mut Random) -> String {
    let mut out = String::new();
    if random.below(3) == 0 {
        between(random, 0, &mut out);
    }
    collection(random, 0, 0, &mut out);
    if random.below(2) == 0 {
        between(random, 0, &mut out);
    }
    if random.below(8) == 0 {
        out.truncate(out.trim_end_matches('\n').len());
    }
    out
}

/// Comment lines and blank lines around an indentation.
fn between(random: &mut Random, indent: usize, out: &mut String) {
    for _ in 0..random.below(4) {
        match random.below(5) {
            0 => out.push('\n'),
            1 => out.push_str("  \n"),
            _ => {
                let shift = [0, 0, 0, 0, 2, 4, 1][random.below(7)];
                let columns = if random.below(6) == 0 { indent.saturating_sub(2) } else { indent + shift };
                out.push_str(&" ".repeat(columns));
                out.push_str(one(random, COMMENTS));
                out.push('\n');
            }
        }
    }
}

/// The rest of a line.
fn end_line(random: &mut Random, out: &mut String) {
    if random.below(4) == 0 {
        out.push(' ');
        out.push_str(one(random, COMMENTS));
    }
    out.push('\n');
}

fn collection(random: &mut Random, indent: usize, depth: usize, out: &mut String) {
    let list = random.below(3) == 0;
    for index in 0..=random.below(3) {
        if index > 0 && random.below(3) == 0 {
            between(random, indent, out);
        }
        out.push_str(&" ".repeat(indent));
        if list {
            out.push('-');
            entry(random, indent, depth, out);
        } else {
            out.push_str(one(random, &["a", "b", "key", "'q'", "\"d\"", "&k x", "? z", "[f]", "metadata"]));
            out.push(':');
            value(random, indent, depth, out);
        }
    }
}

/// What follows a `-`.
fn entry(random: &mut Random, indent: usize, depth: usize, out: &mut String) {
    match random.below(6) {
        0 if depth < 4 => {
            // A mapping or list that begins on the same line.
            let mut nested = String::new();
            collection(random, indent + 2, depth + 1, &mut nested);
            out.push(' ');
            out.push_str(nested.trim_start_matches(' '));
        }
        1 if depth < 4 => {
            end_line(random, out);
            if random.below(2) == 0 {
                between(random, indent + 2, out);
            }
            collection(random, indent + 2, depth + 1, out);
        }
        _ => scalar(random, indent, out),
    }
}

/// What follows a key's colon.
fn value(random: &mut Random, indent: usize, depth: usize, out: &mut String) {
    match random.below(5) {
        0 | 1 if depth < 4 => {
            if random.below(6) == 0 {
                out.push_str(one(random, &[" &a", " !!map", " !x", " &b !!seq"]));
            }
            end_line(random, out);
            if random.below(3) == 0 {
                between(random, indent + 2, out);
            }
            let step = [2, 2, 2, 4, 1][random.below(5)];
            collection(random, indent + step, depth + 1, out);
        }
        2 if depth < 4 && random.below(2) == 0 => {
            // A list that is not indented.
            end_line(random, out);
            for _ in 0..=random.below(2) {
                if random.below(3) == 0 {
                    between(random, indent, out);
                }
                out.push_str(&" ".repeat(indent));
                out.push('-');
                entry(random, indent, depth + 1, out);
            }
        }
        _ => scalar(random, indent, out),
    }
}

fn scalar(random: &mut Random, indent: usize, out: &mut String) {
    out.push(' ');
    match random.below(9) {
        0 => {
            out.push_str(one(random, &["|", ">", "|-", ">-", "|+", "|2"]));
            end_line(random, out);
            for _ in 0..random.below(4) {
                out.push_str(&" ".repeat(indent + 2));
                out.push_str(one(random, &["text", "# no comment", "", "  deeper", "two words"]));
                out.push('\n');
            }
        }
        1 => {
            flow(random, indent, 0, out);
            end_line(random, out);
        }
        2 => {
            out.push_str(one(random, &["plain\n", "'single\n", "\"double\n"]));
            let quote = out.trim_end().rsplit(' ').next().and_then(|word| word.chars().next());
            out.push_str(&" ".repeat(indent + 3));
            out.push_str("more");
            if let Some(quote @ ('\'' | '"')) = quote {
                out.push(quote);
            }
            end_line(random, out);
        }
        _ => {
            let words =
                ["1", "x", "true", "", "'s'", "\"d\"", "null", "two words", "&a v", "!!str 1", "2001-01-01"];
            out.push_str(one(random, &words));
            end_line(random, out);
        }
    }
}

fn flow(random: &mut Random, indent: usize, depth: usize, out: &mut String) {
    let list = random.below(2) == 0;
    out.push(if list { '[' } else { '{' });
    gap(random, indent, out);
    for index in 0..random.below(4) {
        if index > 0 {
            out.push(',');
            gap(random, indent, out);
        }
        if !list {
            out.push_str(&format!("k{index}: "));
        }
        if depth < 2 && random.below(4) == 0 {
            flow(random, indent, depth + 1, out);
        } else {
            out.push_str(one(random, &["1", "x", "'s'", "\"d\"", "a b"]));
        }
        gap(random, indent, out);
    }
    out.push(if list { ']' } else { '}' });
}

/// A blank, or the end of a line, perhaps with a comment.
fn gap(random: &mut Random, indent: usize, out: &mut String) {
    match random.below(6) {
        0 => {
            end_line(random, out);
            if random.below(3) == 0 {
                between(random, indent + 2, out);
            }
            out.push_str(&" ".repeat(indent + 2));
        }
        1 => {}
        _ => out.push(' '),
    }
}
