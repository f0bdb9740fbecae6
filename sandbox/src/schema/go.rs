//! How Go's structs hold fields: what a round trip through them changes, and what error texts call them.

use super::{Schema, Shape, TypeRef};

/// What an encoder writes for a field that is not set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Zero {
    /// Nothing (`omitempty`, `omitzero`).
    #[default]
    Omitted,
    /// `null`: lists, maps, pointers and times without `omitempty`.
    Null,
    /// `""`.
    Text,
    /// `0`.
    Number,
    /// `false`.
    False,
    /// `"0"`: a quantity.
    Quantity,
    /// A structure with the zero values of its own fields.
    Struct,
}

/// Go's side of a field, of built-in kinds only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Go {
    /// A pointer: a zero that is given stays.
    pub pointer: bool,
    /// The field's value when it is not set.
    pub zero: Zero,
    /// The Go type's name where it is not what the schema suggests: `v1.Protocol`, `[]v1.ResourceName`.
    pub name: Option<Box<str>>,
    /// What a named type is underneath: `string`, `map[v1.ResourceName]resource.Quantity`.
    pub underlying: Option<Box<str>>,
}

impl TypeRef<'_> {
    /// The Go type's name of values of this type, as in `json: cannot unmarshal string into Go value of type v1.Pod`.
    #[must_use]
    pub fn go_name(self) -> String {
        match self.name {
            Some(name) => last_parts(name),
            None => self.schema.go_name(),
        }
    }
}

impl Schema {
    /// The Go type's name of a field that is declared so.
    #[must_use]
    pub fn go_name(&self) -> String {
        if let Some(name) = &self.go.name {
            return name.to_string();
        }
        if let Some(reference) = &self.reference {
            return last_parts(reference);
        }
        match (self.shape, self.format.as_deref()) {
            (Shape::Array, _) => {
                format!("[]{}", self.items.as_ref().map_or_else(String::new, |items| items.go_name()))
            }
            (Shape::Object, _) => match &self.additional {
                Some(values) => format!("map[string]{}", values.go_name()),
                None => "map[string]interface {}".to_owned(),
            },
            (Shape::String, Some("byte")) => "[]uint8".to_owned(),
            (Shape::String, _) => "string".to_owned(),
            (Shape::Integer, Some(format @ ("int32" | "int64"))) => format.to_owned(),
            (Shape::Integer, _) => "int".to_owned(),
            (Shape::Number, _) => "float64".to_owned(),
            (Shape::Boolean, _) => "bool".to_owned(),
            (Shape::IntOrString, _) => "intstr.IntOrString".to_owned(),
            (Shape::Any, _) => "interface {}".to_owned(),
        }
    }
}

/// `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`.
fn last_parts(name: &str) -> String {
    let mut dots = name.rmatch_indices('.').skip(1);
    name[dots.next().map_or(0, |(position, _)| position + 1)..].to_owned()
}
