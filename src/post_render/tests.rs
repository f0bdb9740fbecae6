use super::{Error, PostRenderer, post_render, split_and_deannotate};
use std::collections::BTreeMap;

struct With<F>(F);

impl<F: Fn(&str) -> Result<String, &'static str>> PostRenderer for With<F> {
    fn run(&self, manifests: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        Ok((self.0)(manifests).map(String::into_bytes)?)
    }
}

fn files(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn sent(given: &[(&str, &str)], change: impl Fn(&str) -> String) -> Result<BTreeMap<String, String>, Error> {
    post_render(&files(given), &With(|text: &str| Ok(change(text))))
}

#[test]
fn documents_come_back_to_their_files() {
    let given =
        [("a.yaml", "kind: A\n---\nkind: B # b\n"), ("c.yaml", "kind:   C\n"), ("_d.yaml", "kind: D\n")];
    let back = sent(&given, str::to_owned).unwrap();
    assert_eq!(back, files(&[("a.yaml", "kind: A\n---\nkind: B # b\n"), ("c.yaml", "kind: C\n")]));
}

#[test]
fn documents_of_the_post_renderer_are_numbered_by_their_place() {
    let back = sent(&[("a.yaml", "kind: A\n")], |text| format!("{text}---\nkind: New\n")).unwrap();
    assert_eq!(back, files(&[("a.yaml", "kind: A\n"), ("generated-by-postrender-1.yaml", "kind: New\n")]));
}

#[test]
fn what_kyaml_adds_to_metadata_goes_again() {
    let text = "kind: A\nmetadata:\n  name: a # name\n  annotations:\n    # why\n    b: 'c'\n";
    assert_eq!(sent(&[("a.yaml", text)], str::to_owned).unwrap(), files(&[("a.yaml", text)]));
    let empty = "kind: A\nmetadata:\n  annotations: {}\n";
    assert_eq!(sent(&[("a.yaml", empty)], str::to_owned).unwrap(), files(&[("a.yaml", "kind: A\n")]));
}

#[test]
fn a_failure_says_where() {
    let text = |result: Result<_, Error>| result.map(|_: BTreeMap<_, _>| ()).unwrap_err().to_string();
    assert_eq!(
        text(sent(&[("a.yaml", "a: b: c\n")], str::to_owned)),
        "error merging manifests: parsing a.yaml: MalformedYAMLError: yaml: \
         mapping values are not allowed in this context"
    );
    let failing = With(|_: &str| Err("out of order"));
    assert_eq!(
        text(post_render(&files(&[("a.yaml", "kind: A\n")]), &failing)),
        "error while running post render on files: out of order"
    );
    assert_eq!(
        text(split_and_deannotate(b"kind: A\n--- x\nkind: B\n")),
        "error parsing YAML: invalid document separator: --- x"
    );
}
