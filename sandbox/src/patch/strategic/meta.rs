//! What a field says about patches, as the API's Go structs do.

use super::Error;
use crate::schema::{Schema, Shape, TypeRef};

/// A field that is a map or a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// The type of the map, or of the list's items.
    pub(super) of: TypeRef<'a>,
    /// `merge`, `replace` or nothing; `retainKeys` is for those who make patches.
    pub(super) strategy: &'a str,
    /// The key that tells the list's maps apart; empty without one.
    pub(super) merge_key: &'a str,
}

/// The map field `key` of `of`.
pub(super) fn lookup<'a>(of: TypeRef<'a>, key: &str) -> Result<Field<'a>, Error> {
    if kind(of) != "struct" {
        let text = format!("merging an object in json but data type is not struct, instead is: {}", kind(of));
        return Err(Error::Unexpected(text));
    }
    let (Some(declared), Some(field)) = (of.declared(key), of.property(key)) else {
        let name = of.name().and_then(|name| name.rsplit('.').next()).unwrap_or_default();
        let text = format!(
            "unable to find api field in struct {name} for the json field {}",
            crate::field::go_quote(key)
        );
        return Err(Error::Unexpected(text));
    };
    Ok(Field {
        of: field,
        strategy: strategy(declared),
        merge_key: declared.patch_merge_key.as_deref().unwrap_or_default(),
    })
}

/// The list field `key` of `of`.
pub(super) fn lookup_list<'a>(of: TypeRef<'a>, key: &str) -> Result<Field<'a>, Error> {
    let field = lookup(of, key)?;
    match (field.of.schema().shape, field.of.items()) {
        (Shape::Array, Some(items)) if items.schema().shape == Shape::Array => {
            Err(Error::Unexpected("unexpected slice of slice".to_owned()))
        }
        (Shape::Array, Some(items)) => Ok(Field { of: items, ..field }),
        // `JSON` and its like hold lists, too; Go finds a pointer there and goes on with what it points to.
        (Shape::Any, _) => Ok(field),
        _ => Err(Error::Unexpected(format!("expected slice or array type, but got: {}", kind(of)))),
    }
}

/// The strategy without `retainKeys`.
fn strategy(declared: &Schema) -> &str {
    let all = declared.patch_strategy.as_deref().unwrap_or_default();
    all.split(',').find(|one| *one != "retainKeys").unwrap_or_default()
}

/// The `reflect.Kind` of the Go type.
pub(super) fn kind(of: TypeRef<'_>) -> &'static str {
    let schema = of.schema();
    match schema.shape {
        Shape::Object if schema.additional.is_some() => "map",
        Shape::Object | Shape::Any | Shape::IntOrString => "struct",
        Shape::Array => "slice",
        Shape::String if schema.format.as_deref() == Some("date-time") => "struct",
        Shape::String => "string",
        Shape::Integer if schema.format.as_deref() == Some("int32") => "int32",
        Shape::Integer => "int64",
        Shape::Number => "float64",
        Shape::Boolean => "bool",
    }
}
