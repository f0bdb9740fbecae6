//! `JSONSchemaProps`, read from a definition's JSON into a compact tree.
//!
//! One tree serves as the structural schema (pruning, defaulting, correlation) and as the schema that values are
//! validated against; descriptions are dropped, since a mesh's definitions consist of little else.

use serde_json::{Map, Value};
use skiff_compact::Order;
use std::sync::OnceLock;
use templates_engine::regexp::Regexp;

/// Schemas nested deeper than this are cut off; the API refuses such bodies before.
const MAX_DEPTH: usize = 200;

/// One schema.
#[derive(Debug, Default)]
pub(crate) struct Props {
    /// `type`; empty where none is given.
    pub(crate) kind: Box<str>,
    /// Fields with their schemas, sorted.
    pub(crate) properties: Vec<(Box<str>, Props)>,
    /// `additionalProperties`.
    pub(crate) additional: Option<Box<Additional>>,
    /// `items`.
    pub(crate) items: Option<Box<Items>>,
    /// `required`.
    pub(crate) required: Vec<Box<str>>,
    /// `default`.
    pub(crate) default: Option<Box<Value>>,
    /// `nullable`.
    pub(crate) nullable: bool,
    /// `x-kubernetes-preserve-unknown-fields`.
    pub(crate) preserve: Option<bool>,
    /// `x-kubernetes-embedded-resource`.
    pub(crate) embedded: bool,
    /// `x-kubernetes-int-or-string`.
    pub(crate) int_or_string: bool,
    /// `x-kubernetes-list-type`.
    pub(crate) list_type: Option<Box<str>>,
    /// `x-kubernetes-list-map-keys`.
    pub(crate) map_keys: Vec<Box<str>>,
    /// `x-kubernetes-map-type`.
    pub(crate) map_type: Option<Box<str>>,
    /// What bounds values.
    pub(crate) limits: Option<Box<Limits>>,
    /// `allOf`, `anyOf`, `oneOf`, `not`.
    pub(crate) logic: Option<Box<Logic>>,
    /// `x-kubernetes-validations`.
    pub(crate) rules: Vec<Rule>,
    /// What matters only while a definition is validated.
    pub(crate) odd: Option<Box<Odd>>,
}

/// `additionalProperties`.
#[derive(Debug)]
pub(crate) enum Additional {
    /// `true` or `false`.
    Allowed(bool),
    /// A schema for the values.
    Schema(Props),
}

/// `items`.
#[derive(Debug)]
pub(crate) enum Items {
    /// One schema for all.
    One(Props),
    /// One for each place, which the API refuses.
    Many(Vec<Props>),
}

/// What bounds values.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    pub(crate) format: Box<str>,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_maximum: bool,
    pub(crate) minimum: Option<f64>,
    pub(crate) exclusive_minimum: bool,
    pub(crate) max_length: Option<i64>,
    pub(crate) min_length: Option<i64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) max_items: Option<i64>,
    pub(crate) min_items: Option<i64>,
    pub(crate) unique: bool,
    pub(crate) multiple_of: Option<f64>,
    pub(crate) max_properties: Option<i64>,
    pub(crate) min_properties: Option<i64>,
    pub(crate) allowed: Vec<Value>,
}

/// A regular expression, compiled when it is first asked.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) text: Box<str>,
    compiled: OnceLock<Result<Regexp, String>>,
}

impl Pattern {
    /// The expression, or what is wrong with it in Go's words.
    pub(crate) fn compiled(&self) -> &Result<Regexp, String> {
        self.compiled.get_or_init(|| Regexp::compile(self.text.as_bytes()).map_err(|error| error.to_string()))
    }
}

/// Combinations of schemas.
#[derive(Debug, Default)]
pub(crate) struct Logic {
    pub(crate) all_of: Vec<Props>,
    pub(crate) any_of: Vec<Props>,
    pub(crate) one_of: Vec<Props>,
    pub(crate) not: Option<Props>,
}

/// A CEL rule as it stands in the schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) rule: Box<str>,
    pub(crate) message: Box<str>,
    pub(crate) message_expression: Box<str>,
    pub(crate) reason: Option<Box<str>>,
    pub(crate) field_path: Box<str>,
    pub(crate) optional_old_self: Option<bool>,
}

/// What matters only while a definition is validated.
#[derive(Debug, Default)]
pub(crate) struct Odd {
    pub(crate) described: bool,
    pub(crate) titled: bool,
    pub(crate) documented: bool,
    pub(crate) example: bool,
    pub(crate) id: bool,
    pub(crate) schema_url: bool,
    pub(crate) reference: bool,
    pub(crate) pattern_properties: bool,
    pub(crate) dependencies: bool,
    pub(crate) additional_items: bool,
    pub(crate) definitions: bool,
}

impl Props {
    /// Reads a schema; what has the wrong type is left out, since strict decoding refused it before.
    pub(crate) fn read(value: &Value) -> Self {
        value.as_object().map(|fields| read(fields, 0)).unwrap_or_default()
    }

    /// A known field's schema.
    pub(crate) fn property(&self, name: &str) -> Option<&Props> {
        let place = self.properties.binary_search_by(|(key, _)| key.as_ref().cmp(name)).ok()?;
        self.properties.get(place).map(|(_, schema)| schema)
    }

    /// The schema of a map's values.
    pub(crate) fn values(&self) -> Option<&Props> {
        match self.additional.as_deref() {
            Some(Additional::Schema(schema)) => Some(schema),
            _ => None,
        }
    }

    /// The schema of the value below `name`, be it a field or a map's value.
    pub(crate) fn child(&self, name: &str) -> Option<&Props> {
        self.property(name).or_else(|| self.values())
    }

    /// The schema of a list's items.
    pub(crate) fn item(&self) -> Option<&Props> {
        match self.items.as_deref() {
            Some(Items::One(schema)) => Some(schema),
            _ => None,
        }
    }

    /// Whether unknown fields are kept.
    pub(crate) fn preserves(&self) -> bool {
        self.preserve == Some(true)
    }

    /// `format`; empty where none is given.
    pub(crate) fn format(&self) -> &str {
        self.limits.as_deref().map_or("", |limits| &limits.format)
    }

    /// `allOf`.
    pub(crate) fn all_of(&self) -> &[Props] {
        self.logic.as_deref().map_or(&[], |logic| &logic.all_of)
    }

    /// `anyOf`.
    pub(crate) fn any_of(&self) -> &[Props] {
        self.logic.as_deref().map_or(&[], |logic| &logic.any_of)
    }

    /// `oneOf`.
    pub(crate) fn one_of(&self) -> &[Props] {
        self.logic.as_deref().map_or(&[], |logic| &logic.one_of)
    }

    /// `not`.
    pub(crate) fn not(&self) -> Option<&Props> {
        self.logic.as_deref()?.not.as_ref()
    }

    /// The schemas directly inside, in the order in which `SchemaHas` visits them.
    pub(crate) fn inner(&self) -> impl Iterator<Item = &Props> {
        let items: &[Props] = match self.items.as_deref() {
            Some(Items::One(schema)) => std::slice::from_ref(schema),
            Some(Items::Many(schemas)) => schemas,
            None => &[],
        };
        items
            .iter()
            .chain(self.all_of())
            .chain(self.any_of())
            .chain(self.one_of())
            .chain(self.not())
            .chain(self.properties.iter().map(|(_, schema)| schema))
            .chain(self.values())
    }

    /// Whether there are CEL rules in the structural part.
    pub(crate) fn has_rules(&self) -> bool {
        !self.rules.is_empty()
            || self.item().is_some_and(Props::has_rules)
            || self.values().is_some_and(Props::has_rules)
            || self.properties.iter().any(|(_, schema)| schema.has_rules())
    }
}

fn read(fields: &Map<String, Value>, depth: usize) -> Props {
    if depth > MAX_DEPTH {
        return Props::default();
    }
    let inner = |value: &Value| value.as_object().map(|fields| read(fields, depth + 1));
    let list = |key: &str| -> Vec<Props> {
        fields.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(inner).collect()
    };
    let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or_default();
    let mut properties: Vec<(Box<str>, Props)> = Vec::new();
    for (key, value) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        properties.push((key.as_str().into(), inner(value).unwrap_or_default()));
    }
    properties.order_by(|(a, _), (b, _)| a.cmp(b));
    let logic = Logic {
        all_of: list("allOf"),
        any_of: list("anyOf"),
        one_of: list("oneOf"),
        not: fields.get("not").and_then(inner),
    };
    let has_logic = logic.not.is_some()
        || !(logic.all_of.is_empty() && logic.any_of.is_empty() && logic.one_of.is_empty());
    Props {
        kind: text(fields, "type").unwrap_or_default(),
        properties,
        additional: match fields.get("additionalProperties") {
            Some(Value::Bool(allowed)) => Some(Box::new(Additional::Allowed(*allowed))),
            Some(value) => inner(value).map(|schema| Box::new(Additional::Schema(schema))),
            None => None,
        },
        items: match fields.get("items") {
            Some(Value::Array(all)) => Some(Box::new(Items::Many(all.iter().filter_map(inner).collect()))),
            Some(value) => inner(value).map(|schema| Box::new(Items::One(schema))),
            None => None,
        },
        required: texts(fields, "required"),
        default: fields.get("default").filter(|value| !value.is_null()).map(|value| Box::new(value.clone())),
        nullable: flag("nullable"),
        preserve: fields.get("x-kubernetes-preserve-unknown-fields").and_then(Value::as_bool),
        embedded: flag("x-kubernetes-embedded-resource"),
        int_or_string: flag("x-kubernetes-int-or-string"),
        list_type: text(fields, "x-kubernetes-list-type"),
        map_keys: texts(fields, "x-kubernetes-list-map-keys"),
        map_type: text(fields, "x-kubernetes-map-type"),
        limits: limits(fields),
        logic: has_logic.then(|| Box::new(logic)),
        rules: rules(fields),
        odd: odd(fields),
    }
}

fn text(fields: &Map<String, Value>, key: &str) -> Option<Box<str>> {
    fields.get(key).and_then(Value::as_str).map(Box::from)
}

fn texts(fields: &Map<String, Value>, key: &str) -> Vec<Box<str>> {
    let list = fields.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(Box::from).collect()
}

fn limits(fields: &Map<String, Value>) -> Option<Box<Limits>> {
    const KEYS: [&str; 13] = [
        "format",
        "maximum",
        "minimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "multipleOf",
        "maxProperties",
        "minProperties",
        "enum",
    ];
    if !KEYS.iter().any(|key| fields.contains_key(*key)) {
        return None;
    }
    let float = |key: &str| fields.get(key).and_then(Value::as_f64);
    let int = |key: &str| fields.get(key).and_then(Value::as_i64);
    let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or_default();
    Some(Box::new(Limits {
        format: text(fields, "format").unwrap_or_default(),
        maximum: float("maximum"),
        exclusive_maximum: flag("exclusiveMaximum"),
        minimum: float("minimum"),
        exclusive_minimum: flag("exclusiveMinimum"),
        max_length: int("maxLength"),
        min_length: int("minLength"),
        pattern: text(fields, "pattern")
            .filter(|pattern| !pattern.is_empty())
            .map(|text| Pattern { text, compiled: OnceLock::new() }),
        max_items: int("maxItems"),
        min_items: int("minItems"),
        unique: flag("uniqueItems"),
        multiple_of: float("multipleOf"),
        max_properties: int("maxProperties"),
        min_properties: int("minProperties"),
        allowed: fields.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
    }))
}

fn rules(fields: &Map<String, Value>) -> Vec<Rule> {
    let list = fields.get("x-kubernetes-validations").and_then(Value::as_array);
    let read = |rule: &Map<String, Value>| Rule {
        rule: text(rule, "rule").unwrap_or_default(),
        message: text(rule, "message").unwrap_or_default(),
        message_expression: text(rule, "messageExpression").unwrap_or_default(),
        reason: text(rule, "reason"),
        field_path: text(rule, "fieldPath").unwrap_or_default(),
        optional_old_self: rule.get("optionalOldSelf").and_then(Value::as_bool),
    };
    list.into_iter().flatten().filter_map(Value::as_object).map(read).collect()
}

fn odd(fields: &Map<String, Value>) -> Option<Box<Odd>> {
    let given = |key: &str| match fields.get(key) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    };
    let present = |key: &str| fields.get(key).is_some_and(|value| !value.is_null());
    let odd = Odd {
        described: given("description"),
        titled: given("title"),
        documented: present("externalDocs"),
        example: present("example"),
        id: given("id"),
        schema_url: given("$schema"),
        reference: present("$ref"),
        pattern_properties: given("patternProperties"),
        dependencies: present("dependencies"),
        additional_items: present("additionalItems"),
        definitions: given("definitions"),
    };
    let any = [
        odd.described,
        odd.titled,
        odd.documented,
        odd.example,
        odd.id,
        odd.schema_url,
        odd.reference,
        odd.pattern_properties,
        odd.dependencies,
        odd.additional_items,
        odd.definitions,
    ];
    any.contains(&true).then(|| Box::new(odd))
}
