//! Objects that were stored in one version and are asked for in another.

use super::{Converter, Registry, Served};
use crate::{
    crd::{Custom, Origin},
    object,
    status::Status,
    store::Stored,
    strategy::autoscaler,
};
use serde_json::{Value, json};
use std::{borrow::Cow, sync::Arc};

/// Kinds whose versions differ in more than their name.
fn differs(served: &Served) -> bool {
    served.custom.is_none() && matches!(served.kind.as_str(), "HorizontalPodAutoscaler" | "Event")
}

/// Whether a webhook has to bring an object into this version.
pub(super) fn by_webhook(custom: &Custom, object: &Value) -> bool {
    custom.conversion.is_some() && object::text(object, &["apiVersion"]) != custom.resource.gvr.api_version()
}

/// An object as a webhook and then the definition of the version have it.
///
/// # Errors
/// 500 when the webhook fails.
pub(super) async fn through(
    converter: Option<&dyn Converter>,
    custom: &Custom,
    object: &Value,
) -> Result<Value, Status> {
    let Some(converter) = converter else { return Err(unasked(custom)) };
    let mut converted = converter.convert(custom, object).await?;
    // What the version does not know goes; defaults are not put in once more.
    let coerced = custom.coerce(&mut converted, Origin::Request);
    coerced.map_err(|why| Status::new(500, "", why))?;
    Ok(converted)
}

fn unasked(custom: &Custom) -> Status {
    let gvr = &custom.resource.gvr;
    Status::not_implemented(format!(
        "no webhook is asked here to convert {} to {}",
        gvr.resource, gvr.version
    ))
}

impl Registry {
    /// Whether all objects are stored in this version.
    pub(super) fn stored_as(&self, served: &Served) -> bool {
        match &served.custom {
            Some(custom) => {
                custom.storage_version == served.gvr.version
                    && self.catalogue().custom().versions(&custom.definition).len() == 1
            }
            None => !differs(served),
        }
    }

    /// A stored object as the definition of its own version has it by now: fields that are no longer known are gone,
    /// and new defaults are there.
    fn read(&self, served: &Served, stored: &Stored) -> Value {
        let mut object = stored.decode();
        if let Some(custom) = &served.custom {
            let version = object::text(&object, &["apiVersion"]).rsplit('/').next().unwrap_or_default();
            let own = if version == custom.resource.gvr.version {
                Some(Arc::clone(custom))
            } else {
                self.catalogue().custom().version(&custom.definition, version)
            };
            // From the store nothing is refused.
            let _ = own.map(|own| own.decode(&mut object, Origin::Store));
        }
        object
    }

    /// A stored object in the version that is asked for.
    ///
    /// # Errors
    /// 500 when a webhook has to convert it and fails.
    pub(super) async fn shown(&self, served: &Served, stored: &Stored) -> Result<Value, Status> {
        let mut object = self.read(served, stored);
        if let Some(custom) = served.custom.as_ref().filter(|custom| by_webhook(custom, &object)) {
            return through(self.converter(), custom, &object).await;
        }
        to(served, &mut object);
        Ok(object)
    }

    /// [`Registry::shown`] for those who cannot wait.
    ///
    /// # Errors
    /// 501 when a webhook would have to convert it.
    pub(super) fn shown_now(&self, served: &Served, stored: &Stored) -> Result<Value, Status> {
        let mut object = self.read(served, stored);
        if let Some(custom) = served.custom.as_ref().filter(|custom| by_webhook(custom, &object)) {
            return Err(unasked(custom));
        }
        to(served, &mut object);
        Ok(object)
    }

    /// An object as it is stored: in its definition's storage version.
    ///
    /// # Errors
    /// 500 when a webhook has to convert it and fails.
    pub(super) async fn storable<'a>(
        &self,
        served: &Served,
        object: &'a Value,
    ) -> Result<Cow<'a, Value>, Status> {
        let Some(custom) = &served.custom else { return Ok(Cow::Borrowed(object)) };
        if custom.storage_version == custom.resource.gvr.version {
            return Ok(Cow::Borrowed(object));
        }
        let Some(stored) = self.catalogue().custom().version(&custom.definition, &custom.storage_version)
        else {
            return Ok(Cow::Borrowed(object));
        };
        if by_webhook(&stored, object) {
            return through(self.converter(), &stored, object).await.map(Cow::Owned);
        }
        let mut object = object.clone();
        stored.convert(&mut object);
        stored.coerce(&mut object, Origin::Request).map_err(|why| Status::new(500, "", why))?;
        Ok(Cow::Owned(object))
    }

    fn converter(&self) -> Option<&dyn Converter> {
        self.converter.get().map(AsRef::as_ref)
    }

    /// Who converts what a watch of this resource sees, if a webhook does.
    pub(super) fn converter_of(&self, served: &Served) -> Option<Arc<dyn Converter>> {
        served.custom.as_ref()?.conversion.as_ref()?;
        self.converter.get().cloned()
    }
}

/// Turns a stored object into one of this version.
pub(super) fn to(served: &Served, object: &mut Value) {
    let wanted = served.gvr.api_version();
    let stored = object::text(object, &["apiVersion"]).to_owned();
    if stored == wanted {
        return;
    }
    if served.custom.is_none() && served.kind == "Event" {
        event(object, served.gvr.group.is_empty());
    }
    if served.custom.is_none() && served.kind == "HorizontalPodAutoscaler" {
        if served.gvr.version == "v1" { autoscaler::to_v1(object) } else { autoscaler::to_v2(object) }
    }
    object["apiVersion"] = wanted.into();
    if let Some(custom) = &served.custom {
        // Only metadata that does not decode is refused, and this was decoded before.
        let _ = custom.coerce(object, Origin::Store);
    }
}

/// Fields of `v1` events and of those of `events.k8s.io/v1`.
const EVENT_FIELDS: [(&str, &str); 6] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
];

fn event(object: &mut Value, to_core: bool) {
    let Some(fields) = object.as_object_mut() else { return };
    for (core, new) in EVENT_FIELDS {
        let (from, to) = if to_core { (new, core) } else { (core, new) };
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
    let (from, to) = if to_core {
        ("reportingController", "reportingComponent")
    } else {
        ("reportingComponent", "reportingController")
    };
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
    if to_core && !fields.contains_key("source") {
        fields.insert("source".to_owned(), json!({}));
    }
}
