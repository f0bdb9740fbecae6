//! Between JSON's data model and template values, as `encoding/json` goes both ways.

use super::{List, Str, Type, Value};
use serde_json::Value as Json;

impl Value {
    /// What `json.Unmarshal` into `interface {}` yields, except that integers given as JSON
    /// integers by `--set` stay `int64`: pass floats (`1.0`) for numbers that came from YAML.
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => {
                n.as_i64().map_or_else(|| Self::float64(n.as_f64().unwrap_or_default()), Self::int64)
            }
            Json::String(s) => Self::string(s.as_str()),
            // The decoder appends one by one, which leaves spare capacity.
            Json::Array(items) => {
                Self::List(List::appended(&Type::ANY, 0, items.iter().map(Self::from_json).collect()))
            }
            Json::Object(entries) => {
                Self::map(entries.iter().map(|(k, v)| (Str::from(k.as_str()), Self::from_json(v))))
            }
        }
    }
}
