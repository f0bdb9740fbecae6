//! One operation of a path, as OpenAPI v3 writes it.

use super::parameters::{self, parameter};
use crate::kinds::{Resource, Subresource};
use serde_json::{Map, Value, json};

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const WATCH: [&str; 5] = [
    "application/json",
    "application/json;stream=watch",
    "application/vnd.kubernetes.protobuf",
    "application/vnd.kubernetes.protobuf;stream=watch",
    "application/yaml",
];
const BUILT_IN: [&str; 3] = ["application/json", "application/vnd.kubernetes.protobuf", "application/yaml"];
const CUSTOM: [&str; 2] = ["application/json", "application/yaml"];
const PATCHES: [&str; 4] = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];
/// The kinds whose deletion answers with the object (`ReturnDeletedObject`).
const RETURNED: [&str; 16] = [
    "CSIDriver",
    "CSINode",
    "DeviceClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Pod",
    "PodTemplate",
    "ResourceClaim",
    "ResourceClaimTemplate",
    "ResourceQuota",
    "ResourceSlice",
    "Service",
    "ServiceAccount",
    "StorageClass",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// What operations of one resource, or one of its subresources, have in common.
pub(super) struct Of<'a> {
    pub(super) resource: &'a Resource,
    pub(super) sub: Option<&'a Subresource>,
    /// The type of the body: the resource's, or that of the subresource's kind.
    pub(super) type_name: String,
    pub(super) custom: bool,
}

impl Of<'_> {
    /// The operation of a verb: `get`, `list`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub(super) fn operation(&self, verb: &str, scope: &str) -> Option<Value> {
        let kind = &self.resource.kind;
        let sub = self.sub.map(|sub| sub.name.as_str());
        let of = |text: &str| match sub {
            Some(sub) => format!("{text} {sub} of the specified {kind}"),
            None => format!("{text} the specified {kind}"),
        };
        let (id, action, description) = match verb {
            "get" => ("read", "get", of("read")),
            "update" => ("replace", "put", of("replace")),
            "patch" => ("patch", "patch", of("partially update")),
            "create" => (
                "create",
                "post",
                match sub {
                    Some(sub) => format!("create {sub} of {}", with_article(kind)),
                    None => format!("create {}", with_article(kind)),
                },
            ),
            "delete" => ("delete", "delete", format!("delete {}", with_article(kind))),
            "deletecollection" => ("delete", "deletecollection", format!("delete collection of {kind}")),
            "list" if self.resource.verbs.iter().any(|verb| verb == "watch") && !self.custom => {
                ("list", "list", format!("list or watch objects of kind {kind}"))
            }
            "list" => ("list", "list", format!("list objects of kind {kind}")),
            _ => return None,
        };
        let mut operation = self.frame(action, description);
        operation.insert("operationId".to_owned(), self.id(id, verb, scope).into());
        operation.insert("responses".to_owned(), self.responses(verb));
        operation.insert("parameters".to_owned(), self.parameters(verb).into());
        if let Some(body) = self.body(verb) {
            operation.insert("requestBody".to_owned(), body);
        }
        Some(operation.into())
    }

    /// The deprecated operations below `/watch/`: of a list, or of one object.
    pub(super) fn watch(&self, scope: &str, one: bool) -> Value {
        let kind = &self.resource.kind;
        let instead = "deprecated: use the 'watch' parameter with a list operation instead";
        let (action, description) = if one {
            let text = format!(
                "watch changes to an object of kind {kind}. {instead}, filtered to a single item with the \
                 'fieldSelector' parameter."
            );
            ("watch", text)
        } else {
            ("watchlist", format!("watch individual changes to a list of {kind}. {instead}."))
        };
        let mut operation = self.frame(action, description);
        let verb = if one { "watch" } else { "watchlist" };
        operation.insert("operationId".to_owned(), self.id("watch", verb, scope).into());
        let contents = content(&WATCH, &format!("{META}.WatchEvent"));
        operation.insert("responses".to_owned(), answers(&[("200", "OK", contents)]));
        operation.insert("parameters".to_owned(), self.parameters("list").into());
        operation.into()
    }

    /// The kind of the body; documents of custom resources name the resource's own throughout.
    pub(super) fn kind(&self) -> &str {
        match self.sub {
            Some(sub) if !self.custom => &sub.kind,
            _ => &self.resource.kind,
        }
    }

    fn frame(&self, action: &str, description: String) -> Map<String, Value> {
        let gvr = &self.resource.gvr;
        let (group, version) = match self.sub.and_then(|sub| sub.group_version.as_ref()) {
            Some((group, version)) if !self.custom => (group, version),
            _ => (&gvr.group, &gvr.version),
        };
        let kind = self.kind();
        let fields = json!({
            "tags": [tag(&gvr.group, &gvr.version)],
            "description": description,
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
        });
        fields.as_object().cloned().unwrap_or_default()
    }

    /// `readAppsV1NamespacedDeploymentStatus`.
    fn id(&self, word: &str, verb: &str, scope: &str) -> String {
        let gvr = &self.resource.gvr;
        let everywhere = if scope == "ForAllNamespaces" { scope } else { "" };
        let scope = if everywhere.is_empty() { scope } else { "" };
        let collection = if verb == "deletecollection" { "Collection" } else { "" };
        let list = if verb == "watchlist" { "List" } else { "" };
        let sub = self.sub.map_or_else(String::new, |sub| capital(&sub.name));
        let version = capital(&gvr.version);
        let group = capital(&camel(&gvr.group));
        format!("{word}{group}{version}{collection}{scope}{}{sub}{list}{everywhere}", self.resource.kind)
    }

    fn media(&self) -> &'static [&'static str] {
        if self.custom { &CUSTOM } else { &BUILT_IN }
    }

    fn responses(&self, verb: &str) -> Value {
        let own = || content(self.media(), &self.type_name);
        let status = || content(self.media(), &format!("{META}.Status"));
        match verb {
            "list" => {
                let media = if self.custom { self.media() } else { &WATCH };
                answers(&[("200", "OK", content(media, &format!("{}List", self.type_name)))])
            }
            "create" => {
                answers(&[("200", "OK", own()), ("201", "Created", own()), ("202", "Accepted", own())])
            }
            "patch" if self.custom => answers(&[("200", "OK", own())]),
            "update" | "patch" => answers(&[("200", "OK", own()), ("201", "Created", own())]),
            "delete" if RETURNED.contains(&self.resource.kind.as_str()) && !self.custom => {
                answers(&[("200", "OK", own()), ("202", "Accepted", own())])
            }
            "delete" => answers(&[("200", "OK", status()), ("202", "Accepted", status())]),
            "deletecollection" => answers(&[("200", "OK", status())]),
            _ if self.sub.is_some_and(|sub| sub.name == "log") => {
                let media = [&BUILT_IN[..], &["text/plain"]].concat();
                let text = json!({"schema": {"type": "string"}});
                let contents: Map<_, _> =
                    media.iter().map(|media| ((*media).to_owned(), text.clone())).collect();
                answers(&[("200", "OK", contents.into())])
            }
            _ => answers(&[("200", "OK", own())]),
        }
    }

    fn body(&self, verb: &str) -> Option<Value> {
        let any: &[&str] = if self.custom { &CUSTOM } else { &["*/*"] };
        match verb {
            "create" | "update" => Some(json!({"content": content(any, &self.type_name), "required": true})),
            "patch" => {
                let media = if self.custom { &PATCHES[..3] } else { &PATCHES };
                Some(json!({"content": content(media, &format!("{META}.Patch")), "required": true}))
            }
            "deletecollection" if self.custom => None,
            "delete" | "deletecollection" => {
                Some(json!({"content": content(any, &format!("{META}.DeleteOptions"))}))
            }
            _ => None,
        }
    }

    fn parameters(&self, verb: &str) -> Vec<Value> {
        let names: &[&str] = match verb {
            "list" => &parameters::LIST,
            "deletecollection" if self.custom => &parameters::LIST,
            "deletecollection" => &parameters::DELETE_COLLECTION,
            "delete" => &parameters::DELETE,
            "create" | "update" => &parameters::WRITE,
            "patch" => &parameters::PATCH,
            "get" if self.custom => &["resourceVersion"],
            _ => &[],
        };
        names.iter().filter_map(|name| parameter(name)).collect()
    }
}

/// The contents of a body of this type in these media types.
pub(super) fn content(media: &[&str], type_name: &str) -> Value {
    let schema = json!({"schema": {"$ref": format!("#/components/schemas/{type_name}")}});
    media.iter().map(|media| ((*media).to_owned(), schema.clone())).collect::<Map<_, _>>().into()
}

/// Answers with their contents, and the refusal that all operations have.
pub(super) fn answers(known: &[(&str, &str, Value)]) -> Value {
    let mut answers: Map<String, Value> = known
        .iter()
        .map(|(code, text, content)| ((*code).to_owned(), json!({"description": text, "content": content})))
        .collect();
    answers.insert("401".to_owned(), json!({"description": "Unauthorized"}));
    answers.into()
}

/// `rbacAuthorization_v1`.
pub(super) fn tag(group: &str, version: &str) -> String {
    format!("{}_{version}", camel(group))
}

/// `rbacAuthorization` of `rbac.authorization.k8s.io`, `core` of the group without name.
pub(super) fn camel(group: &str) -> String {
    if group.is_empty() {
        return "core".to_owned();
    }
    let mut parts = group.trim_end_matches(".k8s.io").split('.');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &capital(part))
}

/// With a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `a Pod`, `an Event`; kinds that are plural have none.
fn with_article(kind: &str) -> String {
    match kind.chars().next() {
        _ if kind == "Endpoints" => kind.to_owned(),
        Some('A' | 'E' | 'I' | 'O' | 'U') => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
