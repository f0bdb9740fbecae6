//! The format of scenario files: a list of these, in YAML.
//!
//! ```yaml
//! - name: a config map keeps what it is given
//!   steps:
//!   - do: POST /api/v1/namespaces/{ns}/configmaps
//!     body: {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}
//! ```
//!
//! `{ns}` is a namespace of the scenario's own, the same name on both sides; objects without namespace put it into
//! their names, so that scenarios do not meet. All else stands with the fields below.

use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// One scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence.
    pub name: String,
    /// The file's name, set by the reader.
    #[serde(skip)]
    pub file: String,
    /// Requests, in order.
    pub steps: Vec<Step>,
}

/// One request, and what of its answer is compared.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `METHOD PATH?QUERY`; `{ns}` and remembered names are put in.
    #[serde(rename = "do")]
    pub request: String,
    /// The body; `{ns}` and remembered names are put into its texts.
    pub body: Option<Value>,
    /// The body as a text, where it is no good JSON.
    pub text: Option<String>,
    /// The body's media type: `json`, `merge`, `strategic`, `json-patch`, `apply` or a whole one.
    #[serde(rename = "type")]
    pub media_type: Option<String>,
    /// `table`, `metadata`, `metadata-list` or a whole media type.
    pub accept: Option<String>,
    /// `nobody` sends that user's token (authenticated, no rights); `none` sends no token.
    #[serde(rename = "as")]
    pub user: Option<String>,
    /// More headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Asks again until these pointers have these values (null: are missing), at most 40 seconds.
    #[serde(default)]
    pub until: BTreeMap<String, Value>,
    /// Names for values of the answer, by pointer: later steps write `{name}`.
    #[serde(default)]
    pub remember: BTreeMap<String, String>,
    /// The answer is a watch: compare this many events, then hang up.
    pub watch: Option<usize>,
    /// Pointers of the answer (`*` is any one segment) that are not compared; a comment beside it says why.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Pointers of lists whose order is chance in the real server (Go's maps): they are compared sorted.
    #[serde(default)]
    pub unordered: Vec<String>,
    /// Only these pointers of the answer are compared, where the whole is beside the point.
    #[serde(default)]
    pub only: Vec<String>,
    /// The answer differs on purpose, for this reason, which docs/sandbox.md repeats; equal answers fail then.
    pub differs: Option<String>,
    /// The answer is not compared: the step only prepares.
    #[serde(default)]
    pub unchecked: bool,
}

/// All scenarios of a folder, by file.
///
/// # Panics
/// When a file cannot be read, or a name stands twice.
pub fn read_all(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a scenario file");
        let mut read: Vec<Case> =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        read.iter_mut().for_each(|case| case.file.clone_from(&file));
        cases.extend(read);
    }
    let mut names: Vec<_> = cases.iter().map(|case| (&case.file, &case.name)).collect();
    names.sort();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert!(twice.is_none(), "two scenarios are called {twice:?}");
    cases
}
