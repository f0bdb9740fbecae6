//! `docs/cli` holds every help page. `SKIFF_WRITE_DOCS=1 cargo test --test cli` writes them anew.

use crate::support::env::TestEnv;
use skiff::cli::table::{Command, ROOT};
use std::{collections::BTreeMap, fs, path::Path};

fn gather(command: &'static Command, path: &[&'static str], pages: &mut BTreeMap<String, String>) {
    let env = TestEnv::new();
    let mut words = path.to_vec();
    words.push("--help");
    let root = env.root().display().to_string();
    let page = env.skiff(&words).success().replace(&format!("{root}/home"), "$HOME").replace(&root, "$HELM");
    let title = ["skiff"].iter().chain(path).copied().collect::<Vec<_>>();
    let text = format!("# {}\n\n```text\n{}\n```\n", title.join(" "), page.trim());
    pages.insert(format!("{}.md", title.join("-")), text);
    for child in command.subcommands {
        let mut path = path.to_vec();
        path.push(child.name());
        gather(child, &path, pages);
    }
}

#[test]
fn the_documented_pages_are_the_programs() {
    let mut pages = BTreeMap::new();
    gather(&ROOT, &[], &mut pages);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli");
    if std::env::var_os("SKIFF_WRITE_DOCS").is_some() {
        for (name, text) in &pages {
            fs::write(folder.join(name), text).expect("a page");
        }
    }
    let mut documented: Vec<_> = fs::read_dir(&folder)
        .expect("docs/cli is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    documented.sort();
    assert_eq!(documented, pages.keys().cloned().collect::<Vec<_>>(), "docs/cli holds other pages");
    for (name, text) in pages {
        let written = fs::read_to_string(folder.join(&name)).expect("a page");
        assert!(written == text, "docs/cli/{name} is out of date: SKIFF_WRITE_DOCS=1 cargo test --test cli");
    }
}
