//! `x-kubernetes-validations`: CEL rules of a schema against an object, as `apiserver/schema/cel` evaluates them.

use super::{
    correlate::{Pair, same_item},
    definition::field_path,
    outcome::NO_PATH,
    path,
    props::{Props, Rule},
    rule_types::type_of,
};
use crate::{
    cel::{self, Program, Val, types::Ty},
    field::{self, Error},
};
use serde_json::Value;

/// The rules of a schema, compiled, in its shape.
#[derive(Debug)]
pub(crate) struct Rules {
    kind: Box<str>,
    ty: Ty,
    rules: Vec<Compiled>,
    items: Option<Box<Rules>>,
    list_keys: Option<Props>,
    values: Option<Box<Rules>>,
    properties: Vec<(Box<str>, Rules)>,
}

/// A rule with its programs.
#[derive(Debug)]
pub(crate) struct Compiled {
    source: Rule,
    program: Result<Program, String>,
    message: Option<Program>,
    /// The field that failures are told at, below the schema's own.
    at: String,
    /// Whether the rule compares with the old value.
    pub(crate) uses_old_self: bool,
}

/// What is wrong with a rule's programs.
#[derive(Debug, Default)]
pub(crate) struct Broken {
    pub(crate) rule: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) uses_old_self: bool,
}

/// The variables of a rule.
fn variables(rule: &Rule, ty: &Ty) -> [(&'static str, Ty); 2] {
    let old = match rule.optional_old_self {
        Some(true) => Ty::Optional(ty.clone().into()),
        _ => ty.clone(),
    };
    [("self", ty.clone()), ("oldSelf", old)]
}

/// Checks one rule of a schema whose values have this type.
pub(crate) fn check(rule: &Rule, ty: &Ty) -> Broken {
    let mut broken = Broken::default();
    if rule.rule.trim().is_empty() {
        return broken;
    }
    let variables = variables(rule, ty);
    match Program::compile(&rule.rule, &variables) {
        Err(text) => {
            broken.rule = Some(format!("compilation failed: {text}"));
            return broken;
        }
        Ok(program) if !matches!(program.ty, Ty::Bool | Ty::Dyn) => {
            broken.rule = Some("cel expression must evaluate to a bool".to_owned());
            return broken;
        }
        Ok(program) => broken.uses_old_self = program.names.iter().any(|name| name == "oldSelf"),
    }
    if !rule.message_expression.is_empty() {
        broken.message = match Program::compile(&rule.message_expression, &variables) {
            Err(text) => Some(format!("messageExpression compilation failed: {text}")),
            Ok(program) if !matches!(program.ty, Ty::Text | Ty::Dyn) => {
                Some("messageExpression must evaluate to a string".to_owned())
            }
            Ok(_) => None,
        };
    }
    broken
}

fn compile(rule: &Rule, ty: &Ty, schema: &Props) -> Compiled {
    let variables = variables(rule, ty);
    let program = Program::compile(&rule.rule, &variables);
    let message = match rule.message_expression.as_ref() {
        "" => None,
        source => Program::compile(source, &variables).ok(),
    };
    let uses_old_self =
        program.as_ref().is_ok_and(|program| program.names.iter().any(|name| name == "oldSelf"));
    let at = match rule.field_path.as_ref() {
        "" => String::new(),
        given => field_path::find(given, schema, true).map(|found| found.path).unwrap_or_default(),
    };
    Compiled { source: rule.clone(), program, message, at, uses_old_self }
}

impl Rules {
    /// The rules of a whole version's schema; `None` where there are none.
    pub(crate) fn of(schema: &Props) -> Option<Self> {
        if !schema.has_rules() {
            return None;
        }
        let ty = type_of(schema, true)?;
        Self::node(schema, &ty)
    }

    fn node(schema: &Props, ty: &Ty) -> Option<Self> {
        let rules: Vec<Compiled> = schema.rules.iter().map(|rule| compile(rule, ty, schema)).collect();
        let inner = |inner: Option<&Props>, ty: Option<&Ty>| {
            let (schema, ty) = (inner?, ty?);
            if schema.has_rules() { Self::node(schema, ty).map(Box::new) } else { None }
        };
        let (items_type, values_type) = match ty {
            Ty::List(items, _) => (Some(items.as_ref()), None),
            Ty::Map(_, values) => (None, Some(values.as_ref())),
            _ => (None, None),
        };
        let items = inner(schema.item(), items_type);
        let values = inner(schema.values(), values_type);
        let mut properties = Vec::new();
        for (key, property) in schema.properties.iter().filter(|(_, property)| property.has_rules()) {
            let own = match ty {
                Ty::Object(object) => {
                    object.fields.values().find(|field| field.json == *key).map(|field| field.ty.clone())
                }
                _ => None,
            };
            let Some(own) = own.or_else(|| type_of(property, property.embedded)) else { continue };
            properties.extend(Self::node(property, &own).map(|node| (key.clone(), node)));
        }
        let list_keys = (items.is_some() && schema.list_type.as_deref() == Some("map"))
            .then(|| Props { map_keys: schema.map_keys.clone(), ..Props::default() });
        let empty = rules.is_empty() && items.is_none() && values.is_none() && properties.is_empty();
        (!empty).then(|| Self {
            kind: schema.kind.clone(),
            ty: ty.clone(),
            rules,
            items,
            list_keys,
            values,
            properties,
        })
    }

    /// Evaluates the rules on an object, and on an update's old one. Failures in unchanged parts become warnings.
    pub(crate) fn validate(
        &self,
        at: &str,
        new: &Value,
        old: Option<&Value>,
        pair: Option<Pair<'_>>,
    ) -> (Vec<Error>, Vec<String>) {
        let mut walk =
            Walk { fuel: cel::PER_OBJECT, errors: Vec::new(), warnings: Vec::new(), stopped: false };
        let correlation = Correlation { current: pair, parent: None };
        walk.visit(self, at, new, old, correlation);
        (walk.errors, walk.warnings)
    }
}

#[derive(Clone, Copy)]
struct Correlation<'a> {
    current: Option<Pair<'a>>,
    parent: Option<Pair<'a>>,
}

impl<'a> Correlation<'a> {
    fn unchanged(self) -> bool {
        self.current.or(self.parent).is_some_and(Pair::unchanged)
    }

    fn key(self, key: &str) -> Self {
        match self.current {
            None => self,
            Some(_) if self.parent.is_none() && matches!(key, "apiVersion" | "kind") => {
                Self { current: None, parent: None }
            }
            Some(current) => Self { current: current.key(key), parent: Some(current) },
        }
    }

    fn index(self, place: usize) -> Self {
        match self.current {
            None => self,
            Some(current) => Self { current: current.index(place), parent: Some(current) },
        }
    }
}

/// What a rule is evaluated on.
#[derive(Clone, Copy)]
struct Values<'a> {
    new: &'a Value,
    old: Option<&'a Value>,
    correlation: Correlation<'a>,
}

struct Walk {
    fuel: i64,
    errors: Vec<Error>,
    warnings: Vec<String>,
    /// The budget is used up: nothing more is looked at.
    stopped: bool,
}

const NO_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

impl Walk {
    fn visit(
        &mut self,
        rules: &Rules,
        at: &str,
        new: &Value,
        old: Option<&Value>,
        correlation: Correlation<'_>,
    ) {
        if new.is_null() || self.stopped {
            return;
        }
        let old = old.filter(|old| !old.is_null());
        for rule in &rules.rules {
            self.rule(rules, rule, at, Values { new, old, correlation });
            if self.stopped {
                return;
            }
        }
        match new {
            Value::Array(items) => {
                let Some(inner) = &rules.items else { return };
                for (place, item) in items.iter().enumerate() {
                    let old_items = old.and_then(Value::as_array);
                    let same = rules.list_keys.as_ref().and_then(|keys| same_item(keys, old_items?, item));
                    self.visit(inner, &path::index(at, place), item, same, correlation.index(place));
                }
            }
            Value::Object(fields) => {
                for (key, value) in fields {
                    let old = old.and_then(|old| old.get(key));
                    if let Some(values) = &rules.values {
                        self.visit(values, &path::key(at, key), value, old, correlation.key(key));
                    }
                    if let Some((_, inner)) = rules.properties.iter().find(|(name, _)| **name == **key) {
                        self.visit(inner, &path::child(at, key), value, old, correlation.key(key));
                    }
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, rules: &Rules, rule: &Compiled, at: &str, values: Values<'_>) {
        let Values { new, old, correlation } = values;
        let shown_at = if at.is_empty() { NO_PATH } else { at };
        let kind = &*rules.kind;
        if rule.source.rule.trim().is_empty() {
            return;
        }
        let program = match &rule.program {
            Ok(program) => program,
            Err(text) => {
                let detail = format!("rule compile error: compilation failed: {text}");
                return self.errors.push(Error::invalid(shown_at, kind, detail));
            }
        };
        let optional = rule.source.optional_old_self == Some(true);
        if rule.uses_old_self && old.is_none() && !optional {
            return;
        }
        let bind = || {
            let old = old.map(|old| Val::of(old, &rules.ty));
            let old = if optional { Some(Val::Optional(old.map(Into::into))) } else { old };
            let mut variables = vec![("self", Val::of(new, &rules.ty))];
            variables.extend(old.map(|old| ("oldSelf", old)));
            variables
        };
        let text = rule_text(&rule.source);
        match self.run(program, bind()) {
            Ok(Val::Bool(true)) => return,
            Ok(_) => {}
            Err(stop) => {
                let (detail, last) = stop.told(&text);
                self.stopped = last;
                return self.errors.push(Error::invalid(shown_at, kind, detail));
            }
        }
        let detail = self.message(rule, bind()).unwrap_or_else(|| match rule.source.message.as_ref() {
            "" => format!("failed rule: {text}"),
            _ => rule.source.message.trim().to_owned(),
        });
        let place = match rule.at.as_str() {
            "" => shown_at.to_owned(),
            inner if inner.starts_with('[') => format!("{at}{inner}"),
            inner => path::child(at, inner),
        };
        let error = reasoned(&rule.source, &place, kind, new, detail);
        if !rule.uses_old_self && correlation.unchanged() {
            self.warnings.push(error.to_string());
        } else {
            self.errors.push(error);
        }
    }

    /// The failed rule's own message, if it has an expression that gives a fitting one.
    fn message<'a>(&mut self, rule: &'a Compiled, variables: Vec<(&'a str, Val<'a>)>) -> Option<String> {
        /// Longest message that an expression may give.
        const MAX_MESSAGE: usize = 5 * 1024;
        let program = rule.message.as_ref()?;
        let Ok(Val::Text(text)) = self.run(program, variables) else { return None };
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= MAX_MESSAGE && !text.contains('\n');
        fits.then(|| text.to_owned())
    }

    fn run<'a>(&mut self, program: &'a Program, variables: Vec<(&'a str, Val<'a>)>) -> Result<Val<'a>, Stop> {
        if self.fuel <= 0 {
            return Err(Stop::Budget);
        }
        let mut call = cel::PER_CALL;
        let result = program.run(variables, &mut call);
        let cost = cel::PER_CALL - call.max(0);
        if cost > self.fuel {
            return Err(Stop::Budget);
        }
        self.fuel -= cost;
        result.map_err(|fail| if fail.fatal { Stop::Call(fail.text) } else { Stop::Fail(fail.text) })
    }
}

/// Why a program gave nothing.
enum Stop {
    /// All rules together cost too much.
    Budget,
    /// One rule cost too much.
    Call(String),
    Fail(String),
}

impl Stop {
    /// What is said of it, and whether nothing more is evaluated.
    fn told(self, rule: &str) -> (String, bool) {
        match self {
            Self::Budget => (NO_BUDGET.to_owned(), true),
            Self::Call(fail) => {
                let detail = format!(
                    "'{fail}': no further validation rules will be run due to call cost exceeds limit for rule: {rule}"
                );
                (detail, true)
            }
            Self::Fail(fail) if fail.starts_with("no such overload") => {
                let detail = format!(
                    "'{fail}': call arguments did not match a supported operator, function or macro signature for rule: {rule}"
                );
                (detail, false)
            }
            Self::Fail(fail) => (format!("{fail} evaluating rule: {rule}"), false),
        }
    }
}

fn rule_text(rule: &Rule) -> String {
    let text = if rule.message.is_empty() { &rule.rule } else { &rule.message };
    text.trim().to_owned()
}

fn reasoned(rule: &Rule, at: &str, kind: &str, value: &Value, detail: String) -> Error {
    let structure = matches!(kind, "object" | "array");
    let error = match rule.reason.as_deref() {
        Some("FieldValueForbidden") => Error::forbidden(at, detail),
        Some("FieldValueRequired") => Error::required(at, detail),
        Some("FieldValueDuplicate") => Error::duplicate(at, value.clone()),
        _ => Error::invalid(at, value.clone(), detail),
    };
    if structure && matches!(error.kind, field::Kind::Invalid | field::Kind::Duplicate) {
        error.without_value()
    } else {
        error
    }
}
