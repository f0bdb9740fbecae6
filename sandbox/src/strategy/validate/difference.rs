//! What changed between two values of the server's own types, for the messages that show it: `util/diff.Diff`.

use super::internal;
use serde_json::Value;

/// The changed lines of the values' JSON with what stands around them. `name` is the server's own type.
pub(super) fn between(name: &str, old: &Value, new: &Value) -> String {
    const CONTEXT: usize = 3;
    let (old, new) = (lines(&internal::text(name, old)), lines(&internal::text(name, new)));
    skiff_compact::unified(&old, &new, CONTEXT)
}

/// JSON with each item on a line of its own, as `MarshalIndent` breaks it.
fn lines(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut chars = json.chars().peekable();
    while let Some(char) = chars.next() {
        if in_text {
            out.push(char);
            in_text = escaped || char != '"';
            escaped = char == '\\' && !escaped;
            continue;
        }
        match char {
            '{' | '[' if chars.peek().is_some_and(|next| *next == '}' || *next == ']') => {
                out.push(char);
                out.extend(chars.next());
            }
            '{' | '[' => {
                depth += 1;
                out.push(char);
                line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(char);
            }
            ',' => {
                out.push(char);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                out.push(char);
                in_text = true;
            }
            char => out.push(char),
        }
    }
    out.push('\n');
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_stand_among_what_is_around_them() {
        let (old, new) =
            (json!({"accessModes": ["ReadWriteOnce"]}), json!({"accessModes": ["ReadWriteMany"]}));
        let expected = "@@ -1,6 +1,6 @@\n {\n  \"AccessModes\": [\n-  \"ReadWriteOnce\"\n+  \"ReadWriteMany\"\n  ],\n  \"Selector\": null,\n  \"Resources\": {\n";
        assert_eq!(between("core.PersistentVolumeClaimSpec", &old, &new), expected);
    }
}
