//! CEL's types from structural schemas: `cel/common.SchemaDeclType`.

use super::props::Props;
use crate::cel::types::{Field, Object, Order, Ty, escape};

/// The type of a schema's values; `None` where rules cannot see them. A resource's root has the meta fields.
pub(crate) fn type_of(schema: &Props, root: bool) -> Option<Ty> {
    if schema.int_or_string {
        return Some(Ty::Dyn);
    }
    match &*schema.kind {
        "boolean" => Some(Ty::Bool),
        "integer" => Some(Ty::Int),
        "number" => Some(Ty::Double),
        "string" => Some(match schema.format() {
            "byte" => Ty::Bytes,
            "duration" => Ty::Duration,
            "date" | "date-time" => Ty::Timestamp,
            _ => Ty::Text,
        }),
        "array" => {
            let item = schema.item()?;
            let items = type_of(item, item.embedded)?;
            let order = match schema.list_type.as_deref() {
                Some("set") => Order::Set,
                Some("map") => Order::Map(schema.map_keys.clone()),
                _ => Order::Atomic,
            };
            Some(Ty::List(items.into(), order))
        }
        "object" => match schema.values() {
            Some(values) => Some(Ty::Map(Ty::Text.into(), type_of(values, values.embedded)?.into())),
            None => Some(Ty::Object(object(schema, root).into())),
        },
        _ => None,
    }
}

fn object(schema: &Props, root: bool) -> Object {
    let mut object = Object::default();
    let mut add = |key: &str, ty: Ty| {
        if let Some(name) = escape(key) {
            object.fields.insert(name.into(), Field { json: key.into(), ty });
        }
    };
    for (key, property) in &schema.properties {
        if let Some(ty) = type_of(property, property.embedded) {
            add(key, ty);
        }
    }
    if root || schema.embedded {
        add("apiVersion", Ty::Text);
        add("kind", Ty::Text);
        let mut metadata = Object::default();
        for key in ["name", "generateName"] {
            metadata.fields.insert(key.into(), Field { json: key.into(), ty: Ty::Text });
        }
        add("metadata", Ty::Object(metadata.into()));
    }
    object
}
