//! `template`: a chart's manifests as text or files, without a cluster (Helm's `pkg/cmd/template.go`).

use super::render::{Content, Document};
use crate::{
    chart::ignore::Pattern,
    manifest::split_manifests,
    release::hook::{Hook, HookEvent},
};

/// What to show of a rendered chart.
#[derive(Clone, Debug, Default)]
pub struct TemplateOptions {
    /// Leave out all hooks.
    pub no_hooks: bool,
    /// Leave out hooks of the `test` event.
    pub skip_tests: bool,
    /// Show only the documents of these files (shell patterns on the path below the chart).
    pub show_only: Vec<String>,
}

/// No document came from a file that `--show-only` names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not find template {0} in chart")]
pub struct NotFound(pub String);

/// The text that `template` prints: the manifest, then the hooks.
///
/// # Errors
/// When a pattern of `show_only` matches no document.
pub fn text(content: &Content, options: &TemplateOptions) -> Result<String, NotFound> {
    let hooks: Vec<_> = shown_hooks(content, options).map(hook_document).collect();
    let mut text = content.manifest_with_room(hooks.iter().map(Document::size).sum());
    text.truncate(text.trim_end().len());
    let blank = text.len() - text.trim_start().len();
    text.drain(..blank);
    text.push('\n');
    hooks.iter().for_each(|hook| hook.append_to(&mut text));
    if options.show_only.is_empty() { Ok(text) } else { show_only(&text, &options.show_only) }
}

/// The files that `--output-dir` writes: path and text. Documents of one path share a file.
pub fn files(content: &Content, options: &TemplateOptions) -> Vec<Document> {
    let hooks = shown_hooks(content, options).map(hook_document);
    content.crds.iter().chain(&content.manifests).cloned().chain(hooks).collect()
}

fn shown_hooks<'a>(content: &'a Content, options: &TemplateOptions) -> impl Iterator<Item = &'a Hook> {
    let (none, skip_tests) = (options.no_hooks, options.skip_tests);
    content.hooks.iter().filter(move |hook| !none && (!skip_tests || !hook.events.contains(&HookEvent::Test)))
}

fn hook_document(hook: &Hook) -> Document {
    Document { path: hook.path.clone(), text: hook.manifest.clone() }
}

/// The documents whose source matches, pattern by pattern, each in the order of the text.
fn show_only(text: &str, patterns: &[String]) -> Result<String, NotFound> {
    let documents: Vec<(&str, &str)> =
        split_manifests(text).filter_map(|document| Some((source(document)?, document))).collect();
    let mut shown = String::new();
    for text in patterns {
        let pattern = Pattern::parse(text);
        let matches = |path: &str| pattern.as_ref().is_some_and(|pattern| pattern.matches(path));
        let mut matching = documents.iter().filter(|(path, _)| matches(path)).peekable();
        if matching.peek().is_none() {
            return Err(NotFound(text.clone()));
        }
        for (_, document) in matching {
            shown.push_str("---\n");
            shown.push_str(document);
            shown.push('\n');
        }
    }
    Ok(shown)
}

/// The path below the chart that a document's `# Source:` line names.
fn source(document: &str) -> Option<&str> {
    let lines = document.match_indices("# Source: ").map(|(at, mark)| &document[at + mark.len()..]);
    lines.filter_map(|rest| rest.lines().next()).find_map(|line| {
        let (chart, path) = line.split_once('/')?;
        (!chart.is_empty() && !path.is_empty()).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let document = |path: &str, text: &str| Document { path: path.into(), text: text.into() };
        Content {
            manifests: vec![document("c/templates/b.yaml", "b: 1"), document("c/templates/a.yaml", "a: 1\n")],
            hooks: vec![Hook {
                path: "c/templates/tests/t.yaml".into(),
                manifest: "t: 1".into(),
                events: vec![HookEvent::Test],
                ..Hook::default()
            }],
            ..Content::default()
        }
    }

    fn shown(options: &TemplateOptions) -> Result<String, NotFound> {
        text(&content(), options)
    }

    #[test]
    fn hooks_follow_the_manifest() {
        assert_eq!(
            shown(&TemplateOptions::default()).unwrap(),
            "---\n# Source: c/templates/b.yaml\nb: 1\n---\n# Source: c/templates/a.yaml\na: 1\n---\n# Source: c/templates/tests/t.yaml\nt: 1\n"
        );
    }

    #[test]
    fn test_hooks_can_be_left_out() {
        assert!(
            !shown(&TemplateOptions { skip_tests: true, ..TemplateOptions::default() })
                .unwrap()
                .contains("t: 1")
        );
        assert!(
            !shown(&TemplateOptions { no_hooks: true, ..TemplateOptions::default() })
                .unwrap()
                .contains("t: 1")
        );
    }

    #[test]
    fn patterns_choose_files_in_their_own_order() {
        let only = |patterns: &[&str]| {
            let show_only = patterns.iter().map(|p| (*p).to_owned()).collect();
            shown(&TemplateOptions { show_only, ..TemplateOptions::default() })
        };
        let both = only(&["templates/a.yaml", "templates/b*"]).unwrap();
        assert_eq!(
            both,
            "---\n# Source: c/templates/a.yaml\na: 1\n\n---\n# Source: c/templates/b.yaml\nb: 1\n\n"
        );
        assert_eq!(only(&["templates/x.yaml"]), Err(NotFound("templates/x.yaml".into())));
        assert!(only(&["templates/*/*.yaml"]).unwrap().contains("t: 1"));
    }
}
