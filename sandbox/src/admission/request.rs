//! What admission is asked, and where it looks things up.

use crate::{
    kinds::Gvr,
    object,
    registry::{Caller, User},
    status::Status,
};
use serde_json::Value;
use std::fmt;

/// What is asked: `admission.Attributes`, besides the object itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    pub(crate) operation: &'a str,
    pub(crate) resource: &'a Gvr,
    pub(crate) kind: &'a str,
    /// `status`, `scale`, …; empty for the object itself.
    pub(crate) subresource: &'a str,
    /// Empty for what has none; the name itself for namespaces.
    pub(crate) namespace: &'a str,
    /// Empty while it is not generated yet.
    pub(crate) name: &'a str,
    pub(crate) old: Option<&'a Value>,
    pub(crate) options: &'a Value,
    pub(crate) caller: &'a Caller,
}

impl Request<'_> {
    /// Whether this is about an object of a core resource itself.
    pub(crate) fn is(&self, group: &str, resource: &str) -> bool {
        self.resource.group == group && self.resource.resource == resource && self.subresource.is_empty()
    }

    /// Whether this is about namespaces.
    pub(crate) fn is_namespace(&self) -> bool {
        self.resource.group.is_empty() && self.resource.resource == "namespaces"
    }

    /// Whether an object is made.
    pub(crate) fn creates(&self) -> bool {
        self.operation == "CREATE"
    }

    /// Who asks.
    pub(crate) fn user(&self) -> &User {
        &self.caller.user
    }

    /// The refusal of `admission.NewForbidden`: names the object as well as it can.
    pub(crate) fn forbidden(&self, object: &Value, why: &str) -> Status {
        let generated = object::text(object, &["metadata", "generateName"]);
        let name = match (self.name, object::text(object, &["metadata", "name"]), generated) {
            ("", "", "") => "Unknown",
            ("", "", generated) => generated,
            ("", own, _) => own,
            (name, ..) => name,
        };
        Status::forbidden(&self.resource.group, &self.resource.resource, name, why)
    }
}

/// Several reasons as Go's aggregate writes them.
pub(crate) fn aggregate(reasons: &[String]) -> String {
    match reasons {
        [only] => only.clone(),
        all => format!("[{}]", all.join(", ")),
    }
}

/// Where admission looks things up.
pub(crate) trait Lookup: fmt::Debug + Send + Sync {
    /// An object, if there is one.
    fn get(&self, resource: &Gvr, namespace: &str, name: &str) -> Option<Value>;
    /// All objects of a namespace; of all where it is empty.
    fn list(&self, resource: &Gvr, namespace: &str) -> Vec<Value>;
    /// The resource of a kind, and whether it has namespaces.
    fn kind(&self, group: &str, version: &str, kind: &str) -> Option<(Gvr, bool)>;
    /// The versions in which a resource is served.
    fn versions(&self, group: &str, resource: &str) -> Vec<String>;
}
