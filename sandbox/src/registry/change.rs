//! What an update makes of the present object: PUT, the patches, apply.

use super::{Caller, Patch, Served, meta, patched};
use crate::{
    apply::{self, Manager},
    object, patch,
    status::Status,
};
use serde_json::Value;

/// A change of an object.
pub enum Change<'a> {
    /// A whole new object, decoded and defaulted.
    Put(&'a Value),
    /// A patch.
    Patch(&'a Patch),
    /// Whatever a function makes of it.
    With(&'a (dyn Fn(&Value) -> Result<Value, Status> + Send + Sync)),
}

impl Change<'_> {
    /// Whether missing objects are created, whatever the kind's rules are.
    pub(super) fn creates(&self) -> bool {
        matches!(self, Self::Patch(Patch::Apply { .. }))
    }

    /// The new object: decoded, defaulted, with its managers. Without an old one, it is to be created.
    pub(super) fn of(
        &self,
        caller: &Caller,
        served: &Served,
        (name, subresource): (&str, &str),
        old: Option<&Value>,
    ) -> Result<Value, Status> {
        let api_version = served.gvr.api_version();
        let now = meta::now();
        let who = manager(caller, served, subresource, (&api_version, &now));
        let of = served.type_ref();
        let (change, mut strict) = match self {
            Self::Patch(Patch::Repeating(patch, repeated)) => (&Self::Patch(patch), repeated.clone()),
            change => (change, Vec::new()),
        };
        if let Self::Patch(Patch::Apply { object, force }) = change {
            let mut new = apply::apply(old, object, of, &who, *force)?;
            served.default(&mut new)?;
            check_name(&new, name)?;
            return Ok(new);
        }
        let present = old.unwrap_or(&Value::Null);
        let mut typed = None;
        let new = match change {
            Self::Put(object) => {
                let new = (*object).clone();
                return Ok(apply::track(old, new, of, &who));
            }
            Self::With(make) => make(present)?,
            Self::Patch(Patch::Json(patch)) => patch::json(present, patch.to_string().as_bytes())?,
            Self::Patch(Patch::JsonText(patch)) => {
                strict = patch::unknown_fields(patch)?;
                patch::json(present, patch)?
            }
            Self::Patch(Patch::Strategic(patch)) if served.custom.is_none() && of.is_some() => {
                typed = Some(patch);
                patch::strategic(present, patch, of.ok_or_else(super::missing_resource)?)?
            }
            Self::Patch(Patch::Merge(patch) | Patch::Strategic(patch)) => patch::merge(present, patch)?,
            Self::Patch(Patch::Apply { object, .. }) => object.clone(),
            Self::Patch(Patch::Repeating(patch, _)) => {
                return Self::Patch(patch).of(caller, served, (name, subresource), old);
            }
        };
        let new = patched::decode(served, caller, (new, typed), strict)?;
        let new = apply::track(old, new, of, &who);
        check_name(&new, name)?;
        Ok(new)
    }
}

/// Who manages what a request writes.
pub(super) fn manager<'a>(
    caller: &'a Caller,
    served: &'a Served,
    subresource: &'a str,
    (api_version, now): (&'a str, &'a str),
) -> Manager<'a> {
    Manager {
        name: &caller.manager,
        subresource,
        api_version,
        kind: &served.kind,
        now,
        has_status: served.custom.as_ref().is_some_and(|custom| custom.has_status),
    }
}

fn check_name(object: &Value, name: &str) -> Result<(), Status> {
    let given = object::name(object);
    if given == name {
        return Ok(());
    }
    Err(Status::bad_request(if given.is_empty() {
        format!("the name of the object ({name} based on URL) was undeterminable: name must be provided")
    } else {
        format!("the name of the object ({given}) does not match the name on the URL ({name})")
    }))
}
