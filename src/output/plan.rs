//! Plans for people: a line for each object, and what of it would be different.

use super::{color::Palette, to_yaml};
use crate::actions::deploy::plan::{Action, Change, Plan};
use skiff_compact::{Line, hunks};
use std::fmt::Write;

/// How many lines stand around each change.
const CONTEXT: usize = 3;

/// A plan as text.
///
/// # Errors
/// When an object cannot be written as YAML.
pub fn text(plan: &Plan, palette: Palette) -> Result<String, super::Error> {
    let mut out = String::new();
    for change in plan.changes.iter().filter(|change| change.action != Action::None || change.refused) {
        object(&mut out, change, palette)?;
    }
    out.push_str(&last_line(plan));
    Ok(out)
}

fn object(out: &mut String, change: &Change, palette: Palette) -> Result<(), super::Error> {
    let (sign, word) = match change.action {
        Action::Create => ('+', "create"),
        Action::Change => ('~', "change"),
        Action::Recreate => ('±', "recreate"),
        Action::Delete => ('-', "delete"),
        Action::Keep => ('=', "keep"),
        Action::None => (' ', "leave"),
        Action::Missing => ('-', "missing"),
        Action::Drifted => ('~', "changed"),
    };
    let hooks =
        if change.hooks.is_empty() { String::new() } else { format!(" ({})", change.hooks.join(", ")) };
    let head = format!("{sign} {word} {}{hooks}", change.title());
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", palette.header(&head));
    if !change.note.is_empty() {
        let note = format!("    {}{}", if change.refused { "refused: " } else { "" }, change.note);
        let _ = writeln!(out, "{}", if change.refused { palette.removed(&note) } else { note });
    }
    if change.action != Action::Keep && change.action != Action::None {
        difference(out, change, palette)?;
    }
    out.push('\n');
    Ok(())
}

/// The lines that come and go.
fn difference(out: &mut String, change: &Change, palette: Palette) -> Result<(), super::Error> {
    let yaml = |side: &Option<serde_json::Value>| side.as_ref().map_or(Ok(String::new()), to_yaml);
    let (before, after) = (yaml(&change.before)?, yaml(&change.after)?);
    for (number, hunk) in hunks(&before, &after, CONTEXT).iter().enumerate() {
        if number > 0 {
            out.push_str("    …\n");
        }
        for line in &hunk.lines {
            // Writing to a String cannot fail.
            let _ = match line {
                Line::Same(text) => writeln!(out, "    {}", bare(text)),
                Line::New(text) => writeln!(out, "{}", palette.added(&format!("  + {}", bare(text)))),
                Line::Gone(text) => writeln!(out, "{}", palette.removed(&format!("  - {}", bare(text)))),
            };
        }
    }
    Ok(())
}

/// A line without its end.
fn bare(line: &str) -> &str {
    line.trim_end_matches('\n')
}

fn last_line(plan: &Plan) -> String {
    let counts = plan.summary();
    let count = |action: Action| counts.get(&action).copied().unwrap_or(0);
    let place = format!("{:?} in namespace {:?}", plan.release, plan.namespace);
    if plan.operation == "diff" {
        return match (count(Action::Drifted), count(Action::Missing)) {
            (0, 0) => format!("Release {place} is as revision {} says.\n", plan.revision),
            (drifted, missing) => {
                format!(
                    "Release {place} is not as revision {} says: {drifted} changed, {missing} missing.\n",
                    plan.revision
                )
            }
        };
    }
    let revision =
        if plan.operation == "uninstall" { String::new() } else { format!(" to revision {}", plan.revision) };
    let head = format!("Plan for the {} of {place}{revision}", plan.operation);
    if !plan.has_changes() {
        return format!("{head}: no changes.\n");
    }
    format!(
        "{head}: {} to create, {} to change, {} to recreate, {} to delete.\n",
        count(Action::Create),
        count(Action::Change),
        count(Action::Recreate),
        count(Action::Delete)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::MapEnv;
    use serde_json::json;

    fn change(action: Action, before: serde_json::Value, after: serde_json::Value) -> Change {
        let side = |value: serde_json::Value| (!value.is_null()).then_some(value);
        Change {
            action,
            api_version: "v1".into(),
            kind: "ConfigMap".into(),
            namespace: "sea".into(),
            name: "a".into(),
            hooks: Vec::new(),
            before: side(before),
            after: side(after),
            note: String::new(),
            refused: false,
        }
    }

    fn shown(mode: &str, changes: Vec<Change>) -> String {
        let plan = Plan {
            operation: "upgrade".into(),
            release: "web".into(),
            namespace: "sea".into(),
            revision: 2,
            changes,
        };
        text(&plan, Palette::new(mode, &MapEnv::default(), false)).unwrap()
    }

    #[test]
    fn a_change_shows_the_lines_that_differ() {
        let (a, b) = (json!({"data": {"k": "one"}}), json!({"data": {"k": "two"}}));
        let text = shown("never", vec![change(Action::Change, a.clone(), b.clone())]);
        assert_eq!(
            text,
            "~ change ConfigMap sea/a\n    data:\n  -   k: one\n  +   k: two\n\n\
             Plan for the upgrade of \"web\" in namespace \"sea\" to revision 2: 0 to create, 1 to change, \
             0 to recreate, 0 to delete.\n"
        );
        let coloured = shown("always", vec![change(Action::Change, a, b)]);
        assert!(
            coloured.contains("\u{1b}[31m  -   k: one\u{1b}[0m\n\u{1b}[32m  +   k: two\u{1b}[0m"),
            "{coloured}"
        );
    }

    #[test]
    fn what_stays_is_not_shown_and_what_is_refused_is() {
        let stays = change(Action::None, json!({"a": 1}), json!(null));
        let end = "Plan for the upgrade of \"web\" in namespace \"sea\" to revision 2: no changes.\n";
        assert_eq!(shown("never", vec![stays]), end);
        let refused = Change {
            refused: true,
            note: "no".into(),
            ..change(Action::Create, json!(null), json!({"a": 1}))
        };
        let text = shown("never", vec![refused]);
        assert!(text.starts_with("+ create ConfigMap sea/a\n    refused: no\n  + a: 1\n\n"), "{text}");
        let kept = Change { note: "policy".into(), ..change(Action::Keep, json!(null), json!(null)) };
        assert_eq!(shown("never", vec![kept]), format!("= keep ConfigMap sea/a\n    policy\n\n{end}"));
    }

    #[test]
    fn far_changes_are_shown_apart() {
        let object = |x: u8| {
            let mut data = serde_json::Map::new();
            (b'a'..=b'z').for_each(|key| drop(data.insert(char::from(key).to_string(), 1.into())));
            data.insert("a".into(), x.into());
            data.insert("z".into(), x.into());
            serde_json::Value::Object(data)
        };
        let text = shown("never", vec![change(Action::Change, object(1), object(2))]);
        assert!(text.contains("    d: 1\n    …\n    w: 1\n"), "{text}");
    }
}
