//! Whether a version's schema may be used: `validateCustomResourceDefinitionValidation`.

use super::{defaults_check, field_path, spec_parts::invalid_shown, structural};
use crate::{
    crd::{
        path,
        props::{Additional, Items, Props, Rule},
        rule_types::type_of,
        rules,
    },
    field::Error,
};
use serde_json::Value;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// The errors of a schema at `at` (`….schema` or `spec.validation`).
pub(super) fn validate(raw: &Value, schema: &Props, has_status: bool, at: &str) -> Vec<Error> {
    let at = path::child(at, "openAPIV3Schema");
    let mut errors = Vec::new();
    if has_status {
        errors.extend(root_fields(raw, schema, &at));
    }
    if schema.nullable {
        errors.push(Error::forbidden(path::child(&at, "nullable"), "nullable cannot be true at the root"));
    }
    let unreadable = structural::unsupported(schema);
    let mut sound = false;
    if unreadable.is_none() {
        let wrong = structural::validate(&at, schema);
        let wrong = if wrong.is_empty() { defaults_check::validate(&at, schema) } else { wrong };
        sound = wrong.is_empty();
        errors.extend(wrong);
    }
    let mut walk = Walk { schema_errors: Vec::new(), rule_errors: Vec::new(), check_rules: sound };
    walk.visit(schema, &at, &Context { root: true, ..Context::default() }, Some(schema));
    errors.extend(walk.schema_errors);
    errors.extend(walk.rule_errors);
    if let (true, Some(why)) = (errors.is_empty(), unreadable) {
        errors.push(Error::invalid(at, "", why));
    }
    errors
}

/// With a status subresource, the root may say only what also holds for the status alone.
fn root_fields(raw: &Value, schema: &Props, at: &str) -> Vec<Error> {
    const KEYS: [&str; 22] = [
        "description",
        "type",
        "format",
        "title",
        "maximum",
        "exclusiveMaximum",
        "minimum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "pattern",
        "maxItems",
        "minItems",
        "uniqueItems",
        "multipleOf",
        "required",
        "items",
        "properties",
        "externalDocs",
        "example",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-validations",
    ];
    const NAMES: &str = "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";
    let mut errors = Vec::new();
    if !schema.kind.is_empty() && &*schema.kind != "object" {
        let detail = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
        errors.push(Error::invalid(path::child(at, "type"), &*schema.kind, detail));
        return errors;
    }
    let zero = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let fields = raw.as_object().into_iter().flatten();
    if fields.into_iter().any(|(key, value)| !zero(value) && !KEYS.contains(&key.as_str())) {
        let detail = format!(
            "only {NAMES} fields are allowed at the root of the schema if the status subresource is enabled"
        );
        errors.push(Error::invalid(at, raw.clone(), detail));
    }
    errors
}

/// What holds for a schema by where it stands.
#[derive(Clone, Default)]
struct Context {
    root: bool,
    /// Why defaults may not stand here.
    no_defaults: Option<String>,
    inside_meta: bool,
    /// The schema from which on old values cannot be told.
    uncorrelated: Option<String>,
}

struct Walk {
    schema_errors: Vec<Error>,
    rule_errors: Vec<Error>,
    check_rules: bool,
}

impl Walk {
    /// `structure` is the schema where rules apply, `None` below `not`, `allOf` and the like.
    fn visit(&mut self, schema: &Props, at: &str, context: &Context, structure: Option<&Props>) {
        let before = self.schema_errors.len();
        self.own(schema, at, context);
        let inner = Context { root: false, ..context.clone() };
        if let Some(additional) = schema.additional.as_deref() {
            self.additional(schema, additional, at, context, structure.is_some());
        }
        for (key, property) in &schema.properties {
            let mut inner = inner.clone();
            let meta = matches!(key.as_ref(), "metadata" | "kind" | "apiVersion");
            if meta && (context.root || schema.embedded) {
                inner.inside_meta = true;
                if context.root {
                    inner.no_defaults = Some(format!("in top-level {key}"));
                }
            }
            let at = path::key(&path::child(at, "properties"), key);
            self.visit(property, &at, &inner, structure.map(|_| property));
        }
        if let Some(not) = schema.not() {
            self.visit(not, &path::child(at, "not"), &inner, None);
        }
        for (key, list) in
            [("allOf", schema.all_of()), ("oneOf", schema.one_of()), ("anyOf", schema.any_of())]
        {
            for (number, schema) in list.iter().enumerate() {
                self.visit(schema, &path::index(&path::child(at, key), number), &inner, None);
            }
        }
        if let Some(Items::One(items)) = schema.items.as_deref() {
            let mut inner = inner;
            if schema.list_type.as_deref() != Some("map") && inner.uncorrelated.is_none() {
                inner.uncorrelated = Some(at.to_owned());
            }
            self.visit(items, &path::child(at, "items"), &inner, structure.map(|_| items));
        }
        self.extensions(schema, at);
        self.rules(schema, at);
        let fine = self.schema_errors.len() == before;
        if let (true, true, Some(structure)) = (fine, self.check_rules, structure) {
            self.compile(structure, at, context);
        }
    }

    fn additional(
        &mut self,
        schema: &Props,
        additional: &Additional,
        at: &str,
        context: &Context,
        structural: bool,
    ) {
        let at = path::child(at, "additionalProperties");
        let allowed = matches!(additional, Additional::Allowed(true));
        if !schema.properties.is_empty() && !allowed {
            let detail = "additionalProperties and properties are mutual exclusive";
            self.schema_errors.push(Error::forbidden(at.as_str(), detail));
        }
        let mut inner = Context { root: false, ..context.clone() };
        if context.inside_meta {
            inner.no_defaults = Some("inside additionalProperties applying to object metadata".to_owned());
        }
        if let Additional::Schema(values) = additional {
            self.visit(values, &at, &inner, structural.then_some(values));
        }
    }

    fn own(&mut self, schema: &Props, at: &str, context: &Context) {
        let mut forbid = |given: bool, key: &str, detail: &str| {
            if given {
                self.schema_errors.push(Error::forbidden(path::child(at, key), detail));
            }
        };
        let kind = schema.kind.as_ref();
        let bad_type = !kind.is_empty() && !TYPES.contains(&kind);
        let odd = schema.odd.as_deref();
        let reason = context.no_defaults.as_deref().map(|why| format!("must not be set {why}"));
        if let (true, Some(reason)) = (schema.default.is_some(), reason) {
            forbid(true, "default", &reason);
        }
        forbid(odd.is_some_and(|odd| odd.id), "id", "id is not supported");
        forbid(
            odd.is_some_and(|odd| odd.additional_items),
            "additionalItems",
            "additionalItems is not supported",
        );
        forbid(
            odd.is_some_and(|odd| odd.pattern_properties),
            "patternProperties",
            "patternProperties is not supported",
        );
        forbid(odd.is_some_and(|odd| odd.definitions), "definitions", "definitions is not supported");
        forbid(odd.is_some_and(|odd| odd.dependencies), "dependencies", "dependencies is not supported");
        forbid(odd.is_some_and(|odd| odd.reference), "$ref", "$ref is not supported");
        forbid(kind == "null", "type", "type cannot be set to null, use nullable as an alternative");
        let many = matches!(schema.items.as_deref(), Some(Items::Many(all)) if !all.is_empty());
        forbid(many, "items", "items must be a schema object and not an array");
        let meta = context.inside_meta && schema.embedded;
        forbid(meta, "x-kubernetes-embedded-resource", "must not be used inside of resource meta");
        let unique = schema.limits.as_deref().is_some_and(|limits| limits.unique);
        let detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        forbid(unique, "uniqueItems", detail);
        if bad_type {
            let error = Error::not_supported(path::child(at, "type"), kind, &TYPES);
            self.schema_errors.push(error);
        }
    }

    fn extensions(&mut self, schema: &Props, at: &str) {
        let below = |key: &str| path::child(at, key);
        let errors = &mut self.schema_errors;
        let kind = schema.kind.as_ref();
        if schema.preserve == Some(false) {
            let at = below("x-kubernetes-preserve-unknown-fields");
            errors.push(Error::invalid(at, false, "must be true or undefined"));
        }
        let mut want = |given: bool, wanted: &str, detail: &str| {
            if given && kind != wanted {
                errors.push(match kind {
                    "" => Error::required(below("type"), detail),
                    kind => Error::invalid(below("type"), kind, detail),
                });
            }
        };
        want(schema.map_type.is_some(), "object", "must be object if x-kubernetes-map-type is specified");
        want(schema.list_type.is_some(), "array", "must be array if x-kubernetes-list-type is specified");
        if let Some(map) = schema.map_type.as_deref().filter(|map| !matches!(*map, "atomic" | "granular")) {
            errors.push(Error::not_supported(below("x-kubernetes-map-type"), map, &["atomic", "granular"]));
        }
        let list = schema.list_type.as_deref();
        if let (Some("set"), "array", Some(item)) = (list, kind, schema.item()) {
            set_items(item, &below("items"), errors);
        }
        if let Some(list) = list.filter(|list| !matches!(*list, "atomic" | "set" | "map")) {
            let allowed = ["atomic", "set", "map"];
            errors.push(Error::not_supported(below("x-kubernetes-list-type"), list, &allowed));
        }
        if !schema.map_keys.is_empty() && list != Some("map") {
            let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
            let at = below("x-kubernetes-list-type");
            errors.push(match list {
                None => Error::required(at, detail),
                Some(list) => Error::invalid(at, list, detail),
            });
        }
        if list == Some("map") {
            map_list(schema, at, errors);
        }
        if matches!(list, Some("map" | "set")) {
            list_items(schema, list.unwrap_or_default(), at, errors);
        }
    }

    fn rules(&mut self, schema: &Props, at: &str) {
        for (number, rule) in schema.rules.iter().enumerate() {
            let at = path::index(&path::child(at, "x-kubernetes-validations"), number);
            rule_shape(schema, rule, &at, &mut self.schema_errors);
        }
    }

    /// Compiles the rules of a schema that is sound otherwise.
    fn compile(&mut self, schema: &Props, at: &str, context: &Context) {
        if schema.rules.is_empty() {
            return;
        }
        let rules_at = path::child(at, "x-kubernetes-validations");
        let Some(ty) = type_of(schema, context.root || schema.embedded) else {
            let why = "failed to convert to declType for CEL validation rules";
            return self.rule_errors.push(Error::internal(rules_at, why));
        };
        for (number, rule) in schema.rules.iter().enumerate() {
            let at = path::index(&rules_at, number);
            let broken = rules::check(rule, &ty);
            if let Some(why) = broken.rule {
                self.rule_errors.push(invalid_shown(&path::child(&at, "rule"), &shown_rule(rule), &why));
            }
            if let Some(why) = broken.message {
                let at = path::child(&at, "messageExpression");
                self.rule_errors.push(invalid_shown(&at, &shown_rule(rule), &why));
            }
            match (broken.uses_old_self, &context.uncorrelated, rule.optional_old_self) {
                (true, Some(from), _) => {
                    let detail = format!(
                        "oldSelf cannot be used on the uncorrelatable portion of the schema within {from}"
                    );
                    self.rule_errors.push(Error::invalid(path::child(&at, "rule"), &*rule.rule, detail));
                }
                (false, _, Some(optional)) => {
                    let detail = "may not be set if oldSelf is not used in rule";
                    let at = path::child(&at, "optionalOldSelf");
                    self.rule_errors.push(Error::invalid(at, optional, detail));
                }
                _ => {}
            }
        }
    }
}

/// A rule as errors show it: Go's internal type.
fn shown_rule(rule: &Rule) -> String {
    let text = |text: &str| crate::field::go_json(&text.into());
    let reason = rule.reason.as_deref().map_or("null".to_owned(), text);
    let optional = rule.optional_old_self.map_or("null".to_owned(), |flag| flag.to_string());
    format!(
        "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{reason},\"FieldPath\":{},\"OptionalOldSelf\":{optional}}}",
        text(&rule.rule),
        text(&rule.message),
        text(&rule.message_expression),
        text(&rule.field_path),
    )
}

fn set_items(item: &Props, at: &str, errors: &mut Vec<Error>) {
    let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
    let list = item.list_type.as_deref();
    match &*item.kind {
        "array" if list.is_some_and(|list| list != "atomic") => {
            let at = path::child(at, "x-kubernetes-list-type");
            errors.push(Error::invalid(at, list.unwrap_or_default(), detail));
        }
        "object" if item.map_type.as_deref() != Some("atomic") => {
            let shown = list.map_or(Value::Null, Value::from);
            errors.push(Error::invalid(path::child(at, "x-kubernetes-map-type"), shown, detail));
        }
        _ => {}
    }
}

fn map_list(schema: &Props, at: &str, errors: &mut Vec<Error>) {
    let below = |key: &str| path::child(at, key);
    let keys_at = below("x-kubernetes-list-map-keys");
    if schema.map_keys.is_empty() {
        let detail = "must not be empty if x-kubernetes-list-type is map";
        errors.push(Error::required(keys_at.as_str(), detail));
    }
    let Some(item) = schema.item() else {
        let detail = "must have a schema if x-kubernetes-list-type is map";
        return errors.push(Error::required(below("items"), detail));
    };
    if &*item.kind != "object" {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        return errors.push(Error::invalid(path::child(&below("items"), "type"), &*item.kind, detail));
    }
    let shown = || Value::from_iter(schema.map_keys.iter().map(|key| Value::from(&**key)));
    for (number, key) in schema.map_keys.iter().enumerate() {
        match item.property(key) {
            Some(property) if matches!(&*property.kind, "array" | "object") => {
                let at = path::child(&path::key(&below("items.properties"), key), "type");
                let detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                errors.push(Error::invalid(at, &*item.kind, detail));
            }
            Some(_) => {}
            None => {
                let detail = "entries must all be names of item properties";
                errors.push(Error::invalid(keys_at.as_str(), shown(), detail));
            }
        }
        if schema.map_keys.iter().take(number).any(|earlier| earlier == key) {
            errors.push(Error::invalid(keys_at.as_str(), shown(), "must not contain duplicate entries"));
        }
    }
}

fn list_items(schema: &Props, list: &str, at: &str, errors: &mut Vec<Error>) {
    let Some(item) = schema.item() else { return };
    let items = path::child(at, "items");
    if item.nullable {
        let detail = format!("cannot be nullable when x-kubernetes-list-type is {list}");
        errors.push(Error::forbidden(path::child(&items, "nullable"), detail));
    }
    if list != "map" {
        return;
    }
    for key in &schema.map_keys {
        let Some(property) = item.property(key) else { continue };
        let at = path::key(&path::child(&items, "properties"), key);
        if !item.required.contains(key) && property.default.is_none() {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            errors.push(Error::required(path::child(&at, "default"), detail));
        }
        if property.nullable {
            let detail = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            errors.push(Error::forbidden(path::child(&at, "nullable"), detail));
        }
    }
}

fn rule_shape(schema: &Props, rule: &Rule, at: &str, errors: &mut Vec<Error>) {
    const REASONS: [&str; 4] =
        ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
    let below = |key: &str| path::child(at, key);
    let broken = |text: &str| text.contains(['\n', '\r']);
    let message = rule.message.trim();
    if rule.rule.trim().is_empty() {
        errors.push(Error::required(below("rule"), "rule is not specified"));
    } else if !rule.message.is_empty() && message.is_empty() {
        errors.push(Error::invalid(below("message"), &*rule.message, "must be non-empty if specified"));
    } else if broken(message) {
        errors.push(Error::invalid(below("message"), &*rule.message, "must not contain line breaks"));
    } else if broken(rule.rule.trim()) && message.is_empty() {
        let detail = "message must be specified if rule contains line breaks";
        errors.push(Error::required(below("message"), detail));
    }
    if !rule.message_expression.is_empty() && rule.message_expression.trim().is_empty() {
        let detail = "messageExpression must be non-empty if specified";
        errors.push(Error::required(below("messageExpression"), detail));
    }
    if let Some(reason) = rule.reason.as_deref().filter(|reason| !REASONS.contains(reason)) {
        errors.push(Error::not_supported(below("reason"), reason, &REASONS));
    }
    let at = below("fieldPath");
    let given = &*rule.field_path;
    if !given.is_empty() && given.trim().is_empty() {
        errors.push(Error::invalid(at.as_str(), given, "must be non-empty if specified"));
    }
    if broken(given) {
        errors.push(Error::invalid(at.as_str(), given, "must not contain line breaks"));
    }
    if !given.is_empty() && field_path::find(given, schema, true).is_err() {
        errors.push(Error::invalid(at, given, "must be a valid path"));
    }
}
