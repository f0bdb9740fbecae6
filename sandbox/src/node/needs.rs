//! What a pod needs of its namespace before its containers can start: config maps and secrets.

use crate::object::edit::{flag, list};
use crate::object::text;
use serde_json::Value;
use std::collections::BTreeSet;

/// Something that a pod refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// `ConfigMap` rather than `Secret`.
    pub config_map: bool,
    /// Its name.
    pub name: String,
}

/// A reference that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A volume cannot be mounted: its name and the reason.
    Volume(String, String),
    /// A container's environment cannot be made: the container's name and the reason.
    Environment(String, String),
}

/// The config maps and secrets that a pod refers to, optional ones too.
#[must_use]
pub fn needs(pod: &Value) -> BTreeSet<Need> {
    let mut needs = BTreeSet::new();
    let mut add = |config_map: bool, name: &str| {
        if !name.is_empty() {
            needs.insert(Need { config_map, name: name.to_owned() });
        }
    };
    for volume in list(pod, &["spec", "volumes"]) {
        add(true, text(volume, &["configMap", "name"]));
        add(false, text(volume, &["secret", "secretName"]));
        for source in list(volume, &["projected", "sources"]) {
            add(true, text(source, &["configMap", "name"]));
            add(false, text(source, &["secret", "name"]));
        }
    }
    for container in containers(pod) {
        for variable in list(container, &["env"]) {
            add(true, text(variable, &["valueFrom", "configMapKeyRef", "name"]));
            add(false, text(variable, &["valueFrom", "secretKeyRef", "name"]));
        }
        for source in list(container, &["envFrom"]) {
            add(true, text(source, &["configMapRef", "name"]));
            add(false, text(source, &["secretRef", "name"]));
        }
    }
    needs
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, &["spec", "initContainers"]).iter().chain(list(pod, &["spec", "containers"]))
}

/// The references of a pod that cannot be followed; `find` gives an object that exists.
pub fn lacks<'a>(pod: &Value, find: impl Fn(&Need) -> Option<&'a Value>) -> Vec<Lack> {
    let mut lacks = Vec::new();
    let missing = |config_map: bool, name: &str| {
        (!name.is_empty() && find(&Need { config_map, name: name.to_owned() }).is_none())
            .then(|| format!("{} {name:?} not found", if config_map { "configmap" } else { "secret" }))
    };
    for volume in list(pod, &["spec", "volumes"]) {
        let mut check = |source: &Value, config_map: bool, field: &str| {
            if let Some(reason) =
                missing(config_map, text(source, &[field])).filter(|_| !flag(source, &["optional"]))
            {
                lacks.push(Lack::Volume(text(volume, &["name"]).to_owned(), reason));
            }
        };
        check(&volume["configMap"], true, "name");
        check(&volume["secret"], false, "secretName");
        for source in list(volume, &["projected", "sources"]) {
            check(&source["configMap"], true, "name");
            check(&source["secret"], false, "name");
        }
    }
    let namespace = crate::object::namespace(pod);
    for container in containers(pod) {
        let mut lack = |reason: String| {
            lacks.push(Lack::Environment(text(container, &["name"]).to_owned(), reason));
        };
        for source in list(container, &["envFrom"]) {
            for (field, config_map) in [("configMapRef", true), ("secretRef", false)] {
                let source = &source[field];
                if let Some(reason) =
                    missing(config_map, text(source, &["name"])).filter(|_| !flag(source, &["optional"]))
                {
                    lack(reason);
                }
            }
        }
        for variable in list(container, &["env"]) {
            for (field, config_map) in [("configMapKeyRef", true), ("secretKeyRef", false)] {
                let source = &variable["valueFrom"][field];
                let (name, key) = (text(source, &["name"]), text(source, &["key"]));
                if name.is_empty() || flag(source, &["optional"]) {
                    continue;
                }
                match find(&Need { config_map, name: name.to_owned() }) {
                    None => lack(missing(config_map, name).unwrap_or_default()),
                    Some(object) => {
                        let has =
                            ["data", "binaryData"].iter().any(|field| object[*field].get(key).is_some());
                        if !has {
                            let kind = if config_map { "ConfigMap" } else { "Secret" };
                            lack(format!("couldn't find key {key} in {kind} {namespace}/{name}"));
                        }
                    }
                }
            }
        }
    }
    lacks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn missing_references_are_named_as_the_kubelet_names_them() {
        let pod = json!({"metadata": {"namespace": "d"}, "spec": {
            "volumes": [{"name": "v", "configMap": {"name": "files"}}, {"name": "o", "secret": {"secretName": "x", "optional": true}}],
            "containers": [{"name": "a",
                "envFrom": [{"secretRef": {"name": "env"}}],
                "env": [{"name": "K", "valueFrom": {"configMapKeyRef": {"name": "there", "key": "k"}}}]}],
        }});
        let there = json!({"data": {"other": "1"}});
        let found = lacks(&pod, |need| (need.name == "there").then_some(&there));
        assert_eq!(
            found,
            [
                Lack::Volume("v".into(), "configmap \"files\" not found".into()),
                Lack::Environment("a".into(), "secret \"env\" not found".into()),
                Lack::Environment("a".into(), "couldn't find key k in ConfigMap d/there".into()),
            ]
        );
        assert_eq!(needs(&pod).len(), 4);
    }
}
