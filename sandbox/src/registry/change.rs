//! What an update makes of the present object: PUT, the patches, apply.

use super::{Caller, Patch, Served};
use crate::{object, patch, status::Status};
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

    /// The kind of the options that admission sees.
    pub(super) fn options(&self) -> &'static str {
        if matches!(self, Self::Patch(_)) { "PatchOptions" } else { "UpdateOptions" }
    }

    /// The new object, decoded and defaulted.
    pub(super) fn of(
        &self,
        _caller: &Caller,
        served: &Served,
        name: &str,
        old: &Value,
    ) -> Result<Value, Status> {
        let mut new = match self {
            Self::Put(object) => return Ok((*object).clone()),
            Self::With(make) => make(old)?,
            Self::Patch(Patch::Json(patch)) => patch::json(old, patch.to_string().as_bytes())?,
            Self::Patch(Patch::JsonText(patch)) => patch::json(old, patch)?,
            Self::Patch(Patch::Merge(patch)) => patch::merge(old, patch)?,
            Self::Patch(Patch::Strategic(patch)) => match served.type_ref() {
                Some(of) if served.custom.is_none() => patch::strategic(old, patch, of)?,
                _ => {
                    return Err(Status::new(
                        415,
                        "UnsupportedMediaType",
                        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                    ));
                }
            },
            Self::Patch(Patch::Apply { object, .. }) => object.clone(),
        };
        if object::name(&new) != name && matches!(self, Self::Patch(Patch::Apply { .. })) {
            return Err(Status::bad_request(format!(
                "the name of the object ({}) does not match the name on the URL ({name})",
                object::name(&new)
            )));
        }
        served.default(&mut new)?;
        Ok(new)
    }
}
