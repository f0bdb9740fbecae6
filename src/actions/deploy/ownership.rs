//! Whose an object is: labels and annotations that Helm puts on everything it makes.

use super::Deployer;
use crate::client::{
    self, Object,
    object::{set_tags, tag},
};
use serde_json::Value;

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const HELM: &str = "Helm";
const RELEASE_NAME: &str = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// An object that a release may not touch.
#[derive(Debug, thiserror::Error)]
pub enum OwnershipError {
    /// The object exists and belongs to somebody else.
    #[error("{object} exists and cannot be imported into the current release: {reason}")]
    Foreign {
        /// Which.
        object: String,
        /// What its metadata lacks.
        reason: String,
    },
    /// The server does not say.
    #[error("could not get information about the resource {object}: {cause}")]
    Unknown {
        /// Which.
        object: String,
        /// Why.
        cause: client::Error,
    },
    /// An object with two ways to be named.
    #[error("metadata.name and metadata.generateName cannot both be set")]
    TwoNames,
}

/// Marks objects as a release's.
pub(super) fn mark(objects: &mut [Object], name: &str, namespace: &str) {
    for object in objects {
        set_tags(&mut object.content, "labels", &[(MANAGED_BY, HELM)]);
        let annotations = [(RELEASE_NAME, name), (RELEASE_NAMESPACE, namespace)];
        set_tags(&mut object.content, "annotations", &annotations);
    }
}

/// What keeps an object from being a release's, or nothing.
pub(super) fn foreign(object: &Value, name: &str, namespace: &str) -> Option<String> {
    let checks = [
        ("label", "labels", MANAGED_BY, HELM),
        ("annotation", "annotations", RELEASE_NAME, name),
        ("annotation", "annotations", RELEASE_NAMESPACE, namespace),
    ];
    let problem = |(what, map, key, wanted): (&str, &str, &str, &str)| match tag(object, map, key) {
        None => Some(format!("{what} validation error: missing key {key:?}: must be set to {wanted:?}")),
        Some(found) if found != wanted => Some(format!(
            "{what} validation error: key {key:?} must equal {wanted:?}: current value is {found:?}"
        )),
        Some(_) => None,
    };
    let problems: Vec<String> = checks.into_iter().filter_map(problem).collect();
    (!problems.is_empty()).then(|| format!("invalid ownership metadata; {}", problems.join("; ")))
}

fn describe(object: &Object) -> String {
    format!("{} {:?} in namespace {:?}", object.kind(), object.name, object.namespace)
}

/// What is known about objects before they are deleted.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Ours.
    pub(super) owned: Vec<Object>,
    /// Somebody else's.
    pub(super) foreign: Vec<Object>,
    /// Nobody says whose.
    pub(super) unknown: Vec<(Object, client::Error)>,
}

impl Deployer<'_> {
    /// Those of `objects` that exist already and are the release's, or anybody's with `take`.
    pub(super) fn existing(
        &self,
        objects: &[Object],
        name: &str,
        namespace: &str,
        take: bool,
    ) -> Result<Vec<Object>, OwnershipError> {
        let mut existing = Vec::new();
        for (object, live) in objects.iter().zip(self.cluster.get_all(objects)) {
            match (object.name.is_empty(), object.generate_name().is_empty()) {
                (true, false) => continue,
                (false, false) => return Err(OwnershipError::TwoNames),
                _ => {}
            }
            let live = match live {
                Ok(live) => live,
                Err(error) if error.is_not_found() => continue,
                Err(cause) => return Err(OwnershipError::Unknown { object: describe(object), cause }),
            };
            if let Some(reason) = foreign(&live, name, namespace).filter(|_| !take) {
                return Err(OwnershipError::Foreign { object: describe(object), reason });
            }
            existing.push(object.clone());
        }
        Ok(existing)
    }

    /// Sorts objects by whose they are now; those that are gone are left out.
    pub(super) fn sort_by_owner(&self, objects: Vec<Object>, name: &str, namespace: &str) -> Sorted {
        let mut sorted = Sorted::default();
        let live = self.cluster.get_all(&objects);
        for (object, live) in objects.into_iter().zip(live) {
            match live {
                Ok(live) if foreign(&live, name, namespace).is_none() => sorted.owned.push(object),
                Ok(_) => sorted.foreign.push(object),
                Err(error) if error.is_not_found() => {}
                Err(error) => sorted.unknown.push((object, error)),
            }
        }
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_without_marks_is_foreign() {
        let reason = foreign(&json!({"metadata": {}}), "web", "sea").unwrap();
        assert_eq!(
            reason,
            "invalid ownership metadata; label validation error: missing key \"app.kubernetes.io/managed-by\": \
             must be set to \"Helm\"; annotation validation error: missing key \"meta.helm.sh/release-name\": must \
             be set to \"web\"; annotation validation error: missing key \"meta.helm.sh/release-namespace\": must \
             be set to \"sea\""
        );
    }

    #[test]
    fn another_releases_object_is_foreign() {
        let mut object = json!({"metadata": {"labels": null}});
        set_tags(&mut object, "labels", &[(MANAGED_BY, HELM)]);
        set_tags(&mut object, "annotations", &[(RELEASE_NAME, "other"), (RELEASE_NAMESPACE, "sea")]);
        let reason = foreign(&object, "web", "sea").unwrap();
        assert!(
            reason.ends_with(
                "key \"meta.helm.sh/release-name\" must equal \"web\": current value is \"other\""
            )
        );
        assert_eq!(foreign(&object, "other", "sea"), None);
    }
}
