//! The index of version 3 documents, and the small documents of groups.

use super::{
    document::{Custom, parts, v3, write_v3},
    operation::{camel, capital, content},
    paths::information,
};
use crate::kinds;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha512};
use std::collections::BTreeSet;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const MEDIA: [&str; 3] = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"];

/// A document to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The same as in the index; also its ETag, in quotes.
    pub hash: String,
    /// JSON; `None` where the asked hash is an old one: the answer is then a redirection to the path with the new one.
    pub bytes: Option<Vec<u8>>,
    /// Whether clients may keep it for ever (`Cache-Control: public, immutable`): they named its hash.
    pub immutable: bool,
}

/// The answer of `/openapi/v3`: documents and their hashes.
#[must_use]
pub fn index(custom: &[Custom<'_>]) -> Value {
    let entry = |path: String| {
        let url = format!("/openapi/v3/{path}?hash={}", hash(&path, custom));
        (path, json!({"serverRelativeURL": url}))
    };
    json!({"paths": paths(custom).into_iter().map(entry).collect::<Map<_, _>>()})
}

/// The answer of `/openapi/v3/PATH?hash=HASH`; nothing for unknown paths.
#[must_use]
pub fn document(path: &str, asked: Option<&str>, custom: &[Custom<'_>]) -> Option<Document> {
    if !paths(custom).contains(path) {
        return None;
    }
    let hash = hash(path, custom);
    if asked.is_some_and(|asked| asked != hash) {
        return Some(Document { hash, bytes: None, immutable: false });
    }
    let bytes = match path.split('/').collect::<Vec<_>>()[..] {
        ["api", version] => v3("", version, custom)?,
        ["apis", group, version] => v3(group, version, custom)?,
        ["api"] => small([of_group("")]),
        ["apis", group] => small([of_group(group)]),
        _ => small(plain(path)),
    };
    Some(Document { hash, bytes: Some(bytes), immutable: asked.is_some() })
}

fn paths(custom: &[Custom<'_>]) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = ["api", "apis", "version"].map(str::to_owned).into();
    for group in kinds::builtin().groups() {
        let root = if group.name.is_empty() { "api".to_owned() } else { format!("apis/{}", group.name) };
        paths.extend(group.versions.iter().map(|version| format!("{root}/{}", version.name)));
        paths.insert(root);
    }
    let of_custom =
        |custom: &Custom<'_>| format!("apis/{}/{}", custom.resource.gvr.group, custom.resource.gvr.version);
    paths.extend(custom.iter().map(of_custom));
    paths
}

/// Documents of built-in kinds change with the program only, those of custom resources with their schemas.
fn hash(path: &str, custom: &[Custom<'_>]) -> String {
    let mut hash = Sha512::new();
    hash.update(concat!(env!("CARGO_PKG_VERSION"), "\n"));
    hash.update(path);
    for custom in custom {
        let gvr = &custom.resource.gvr;
        if path.strip_prefix("apis/") == Some(&gvr.api_version()) {
            hash.update(format!("\n{}\n{}", gvr.resource, custom.schema));
            hash.update(format!("{:?}", custom.resource.subresources));
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02X}")).collect()
}

fn small(paths: impl IntoIterator<Item = (String, Value)>) -> Vec<u8> {
    write_v3(parts(paths.into_iter().collect(), &[]), false)
}

/// The path that tells of a group; the core's tells of versions.
pub(super) fn of_group(group: &str) -> (String, Value) {
    let (tag, name) = (camel(group), capital(&camel(group)));
    if group.is_empty() {
        let contents = content(&MEDIA, &format!("{META}.APIVersions"));
        let item = information(&tag, "get available API versions", "getCoreAPIVersions", contents);
        return ("/api/".to_owned(), item);
    }
    let contents = content(&MEDIA, &format!("{META}.APIGroup"));
    let item = information(&tag, "get information of a group", &format!("get{name}APIGroup"), contents);
    (format!("/apis/{group}/"), item)
}

/// The paths outside of groups: `apis` and `version`.
pub(super) fn plain(path: &str) -> Option<(String, Value)> {
    match path {
        "apis" => {
            let contents = content(&MEDIA, &format!("{META}.APIGroupList"));
            Some((
                "/apis/".to_owned(),
                information("apis", "get available API versions", "getAPIVersions", contents),
            ))
        }
        "version" => {
            let contents = content(&MEDIA[..1], "io.k8s.apimachinery.pkg.version.Info");
            let text = "get the version information for this server";
            Some(("/version/".to_owned(), information("version", text, "getCodeVersion", contents)))
        }
        _ => None,
    }
}
