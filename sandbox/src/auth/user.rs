//! Users as the API shows them.

use crate::registry::User;
use serde_json::{Map, Value};

/// The group of all who have shown who they are.
pub(super) const AUTHENTICATED: &str = "system:authenticated";
const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of those who have not.
pub(super) const ANONYMOUS: &str = "system:anonymous";

/// Who sends no token.
#[must_use]
pub fn anonymous() -> User {
    User { name: ANONYMOUS.to_owned(), groups: vec![UNAUTHENTICATED.to_owned()], ..User::default() }
}

/// The user with the group that authentication adds.
#[must_use]
pub fn with_group(mut user: User) -> User {
    let group = if user.name == ANONYMOUS { UNAUTHENTICATED } else { AUTHENTICATED };
    if !user.groups.iter().any(|held| held == group || held == UNAUTHENTICATED) {
        user.groups.push(group.to_owned());
    }
    user
}

/// `authentication.k8s.io/v1`'s `UserInfo`.
pub(super) fn to_json(user: &User) -> Value {
    let mut info = Map::new();
    let mut put = |key: &str, value: Value| {
        if !matches!(&value, Value::String(text) if text.is_empty()) {
            info.insert(key.to_owned(), value);
        }
    };
    put("username", user.name.as_str().into());
    put("uid", user.uid.as_str().into());
    if !user.groups.is_empty() {
        put("groups", user.groups.as_slice().into());
    }
    if !user.extra.is_empty() {
        let extra = user.extra.iter().map(|(key, values)| (key.clone(), values.as_slice().into()));
        put("extra", Value::Object(extra.collect()));
    }
    Value::Object(info)
}
