//! What a request is about, as authorizers see it: `authorizer.Attributes`.

use crate::{registry::User, status::Status};

/// A request on a resource or a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `get`, `list`, `watch`, `create`, …; for paths the method in lowercase.
    pub verb: String,
    /// The resource; `None` for a path.
    pub resource: Option<String>,
    /// `apps`; empty for the core group.
    pub group: String,
    /// `status`, `scale`, …
    pub subresource: String,
    /// The namespace; empty for the whole cluster.
    pub namespace: String,
    /// The object's name, if one is asked for.
    pub name: String,
    /// The path of a request on no resource.
    pub path: String,
}

impl Attributes {
    /// A request on the path `path`; `method` is HTTP's.
    #[must_use]
    pub fn of_path(method: &str, path: &str) -> Self {
        Self { verb: method.to_lowercase(), path: path.to_owned(), ..Self::default() }
    }

    /// A request on `resource` of `group` anywhere.
    #[must_use]
    pub fn of_resource(verb: &str, group: &str, resource: &str) -> Self {
        Self {
            verb: verb.to_owned(),
            resource: Some(resource.to_owned()),
            group: group.to_owned(),
            ..Self::default()
        }
    }

    /// `deployments/scale`, or `deployments`.
    #[must_use]
    pub fn combined(&self) -> String {
        let resource = self.resource.as_deref().unwrap_or_default();
        if self.subresource.is_empty() {
            resource.to_owned()
        } else {
            format!("{resource}/{}", self.subresource)
        }
    }

    /// The refusal of this request, as `responsewriters.ForbiddenStatusError` words it.
    #[must_use]
    pub fn forbidden(&self, user: &User, reason: &str) -> Status {
        let mut why = escaped(&self.refused(&user.name));
        if !reason.is_empty() {
            why = format!("{why}: {reason}");
        }
        Status::forbidden(&self.group, self.resource.as_deref().unwrap_or_default(), &self.name, &why)
    }

    fn refused(&self, user: &str) -> String {
        if self.resource.is_none() {
            return format!("User {user:?} cannot {} path {:?}", self.verb, self.path);
        }
        let place = if self.namespace.is_empty() {
            "at the cluster scope".to_owned()
        } else {
            format!("in the namespace {:?}", self.namespace)
        };
        let (verb, resource, group) = (&self.verb, self.combined(), &self.group);
        format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {place}")
    }
}

/// Names come from the request and end up in answers that a browser may show.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_user_verb_and_place() {
        let user = User { name: "jane".to_owned(), ..User::default() };
        let mut what = Attributes::of_resource("patch", "apps", "deployments");
        what.subresource = "scale".to_owned();
        what.name = "web".to_owned();
        what.namespace = "shop".to_owned();
        assert_eq!(
            what.forbidden(&user, "").message,
            r#"deployments.apps "web" is forbidden: User "jane" cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop""#
        );
        let path = Attributes::of_path("GET", "/<logs>");
        assert_eq!(
            path.forbidden(&user, "RBAC: x").message,
            r#"forbidden: User "jane" cannot get path "/&lt;logs&gt;": RBAC: x"#
        );
    }
}
