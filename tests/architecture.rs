//! The house rules that a compiler does not check: layers, sizes, lists, words.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// No file may be longer.
const MAX_LINES: usize = 600;
/// Files that may be longer all the same, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];
/// Modules that every other may import.
const FOR_ALL: &[&str] = &["env", "clock", "log"];
/// Words that mark unfinished or unowned work.
const FORBIDDEN: &[&str] = &["TODO", "FIXME", "XXX:", "HACK", "todo!(", "unimplemented!(", "dbg!("];
/// Module names that say nothing.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helpers", "misc", "manager"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn all_files() -> Vec<PathBuf> {
    let folders = [
        "src",
        "tests",
        "compact/src",
        "templates-engine/src",
        "templates-engine/tests",
        "sandbox/src",
        "sandbox/tests",
        "sandbox/build",
    ];
    folders
        .iter()
        .map(|folder| root().join(folder))
        .filter(|f| f.is_dir())
        .flat_map(|f| rust_files(&f))
        .collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).expect("it is in the project").display().to_string()
}

/// Crates whose lib.rs has a table of layers.
const LAYERED: &[&str] = &["src", "sandbox/src"];

/// The modules of a lib.rs's table, topmost layer first.
fn layers(lib: &str) -> Vec<String> {
    let rows = lib.lines().filter(|line| line.starts_with("//! | [`"));
    rows.flat_map(|row| {
        let names = row.split('|').nth(1).expect("a first column");
        names.split(',').filter_map(|name| Some(name.split('`').nth(1)?.to_owned())).collect::<Vec<_>>()
    })
    .collect()
}

#[test]
fn the_table_of_layers_lists_every_module() {
    for folder in LAYERED {
        let lib = fs::read_to_string(root().join(folder).join("lib.rs")).expect("lib.rs");
        let declared = lib.lines().filter_map(|line| {
            let name = line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?;
            Some(name.to_owned())
        });
        let listed: BTreeSet<String> = layers(&lib).into_iter().collect();
        assert_eq!(declared.collect::<BTreeSet<_>>(), listed, "{folder}");
    }
}

/// The modules that code names after `crate::`, also inside `crate::{…}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, mark) in code.match_indices("crate::") {
        let rest = &code[at + mark.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut fresh = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => fresh = true,
                    _ if c.is_alphanumeric() || c == '_' => {
                        if fresh {
                            word.push(c);
                        }
                        continue;
                    }
                    _ => {}
                }
                if !word.is_empty() {
                    names.insert(std::mem::take(&mut word));
                    fresh = c == ',' && depth == 0;
                }
            }
            names.extend(Some(word).filter(|word| !word.is_empty()));
        } else {
            names.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names
}

#[test]
fn imports_of_groups_are_found() {
    let code = "use crate::{\n    a::{b, c},\n    d,\n    e::f,\n};\nuse crate::g::h;";
    assert_eq!(imports(code), ["a", "d", "e", "g"].map(String::from).into());
}

#[test]
fn a_module_imports_only_what_stands_below_it() {
    let wrong: Vec<String> = LAYERED.iter().flat_map(|folder| upward_imports(folder)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The imports of a crate that go up.
fn upward_imports(folder: &str) -> Vec<String> {
    let layers = layers(&fs::read_to_string(root().join(folder).join("lib.rs")).expect("lib.rs"));
    let mut wrong = Vec::new();
    for path in rust_files(&root().join(folder)) {
        let name = shown(&path);
        let inside = name.trim_start_matches(folder).trim_start_matches('/');
        let own = inside.split(['/', '.']).next().expect("a module").to_owned();
        let Some(place) = layers.iter().position(|layer| *layer == own) else { continue };
        let text = fs::read_to_string(&path).expect("a file");
        // Tests may look wherever they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String =
            code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for import in imports(&code) {
            let Some(target) = layers.iter().position(|layer| *layer == import) else { continue };
            if target < place && !FOR_ALL.contains(&import.as_str()) {
                wrong.push(format!("{name} ({own}) imports {import}, which stands above it"));
            }
        }
    }
    wrong
}

#[test]
fn files_stay_small() {
    let mut wrong = Vec::new();
    for path in all_files() {
        let lines = fs::read_to_string(&path).expect("a file").lines().count();
        let name = shown(&path);
        let excused = LONG_FILES.iter().any(|(file, _)| *file == name);
        if lines > MAX_LINES && !excused {
            wrong.push(format!("{name} has {lines} lines"));
        }
        if lines <= MAX_LINES && excused {
            wrong.push(format!("{name} needs no excuse any more"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_for_later_in_a_comment() {
    let own = Path::new(file!()).file_name().expect("a name");
    let mut wrong = Vec::new();
    for path in all_files().into_iter().filter(|path| path.file_name() != Some(own)) {
        let text = fs::read_to_string(&path).expect("a file");
        for (number, line) in text.lines().enumerate() {
            let word = FORBIDDEN.iter().find(|word| line.contains(*word));
            // A test's data may hold any word: only code and comments count.
            if let Some(word) = word.filter(|word| !line.contains(&format!("\"{word}"))) {
                wrong.push(format!("{}:{}: {word}", shown(&path), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_are_named_for_what_they_own() {
    for path in all_files() {
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        for name in [Some(stem), folder].into_iter().flatten() {
            assert!(!EMPTY_NAMES.contains(&name.as_str()), "{} says nothing", shown(&path));
        }
    }
}

#[test]
fn every_test_file_is_declared() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    for entry in fs::read_dir(root().join("tests")).expect("tests") {
        let path = entry.expect("an entry").path();
        let main = if path.is_dir() { path.join("main.rs") } else { path };
        if main.is_file() && main.extension().is_some_and(|extension| extension == "rs") {
            let name = shown(&main);
            assert!(manifest.contains(&format!("path = \"{name}\"")), "{name} is not declared in Cargo.toml");
        }
    }
}
