//! Numbers against their bounds: `numberValidator` of kube-openapi.

use super::{
    outcome::{Found, Outcome, What},
    props::{Limits, Props},
    value::{format_of, is_json_integer, types},
};
use crate::field::go_float;
use serde_json::{Number, Value};

/// Checks range, multiple, minimum and maximum of a number.
pub(super) fn number(number: &Number, schema: &Props, path: &str) -> Outcome {
    let check = Check { number, path, kind: kind_of(schema), format: format_of(schema) };
    let mut outcome = Outcome { errors: Vec::new(), matched: 1 };
    check.range(number, "Checked", &mut outcome);
    if let Some(limits) = schema.limits.as_deref() {
        check.limits(limits, &mut outcome);
    }
    outcome
}

/// The type, where it is one number type alone.
fn kind_of(schema: &Props) -> &str {
    match types(schema).as_slice() {
        ["integer"] => "integer",
        ["number"] => "number",
        _ => "",
    }
}

struct Check<'a> {
    number: &'a Number,
    path: &'a str,
    kind: &'a str,
    format: &'a str,
}

impl Check<'_> {
    /// Whether `number` fits the type and format; tells it where not.
    fn range(&self, number: &Number, what: &str, outcome: &mut Outcome) -> bool {
        let whole = match number.as_i64() {
            Some(whole) => Some(whole),
            // Floats are written out and read again as integers.
            None => number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9.3e18).map(as_int),
        };
        let fits = match (self.kind, self.format) {
            ("integer", "int32") => whole.is_some_and(|whole| i32::try_from(whole).is_ok()),
            ("integer", _) => whole.is_some(),
            (_, "float") => number.as_f64().is_some_and(|float| float.abs() <= f64::from(f32::MAX)),
            _ => true,
        };
        if !fits {
            let format = match self.format {
                "" => "(default format)".to_owned(),
                format => format!("with format {format}"),
            };
            let message = format!("{what} value must be of type {} {format} in {}", self.kind, self.path);
            outcome.add(Found { path: self.path.to_owned(), message, what: What::Bare });
        }
        fits
    }

    fn limits(&self, limits: &Limits, outcome: &mut Outcome) {
        let own = Number::from_f64;
        if let Some(factor) = limits.multiple_of {
            let fits = own(factor).is_some_and(|factor| self.range(&factor, "MultipleOf", outcome));
            self.multiple(factor, fits, outcome);
        }
        if let Some(min) = limits.minimum {
            let fits = own(min).is_some_and(|min| self.range(&min, "Minimum boundary", outcome));
            let below = |order: Option<std::cmp::Ordering>| match order {
                Some(order) => order.is_lt() || (limits.exclusive_minimum && order.is_eq()),
                None => false,
            };
            if below(self.compare(min, fits)) {
                let or = if limits.exclusive_minimum { "" } else { " or equal to" };
                self.fail(format!("should be greater than{or} {}", self.bound(min, fits)), outcome);
            }
        }
        if let Some(max) = limits.maximum {
            let fits = own(max).is_some_and(|max| self.range(&max, "Maximum boundary", outcome));
            let above = |order: Option<std::cmp::Ordering>| match order {
                Some(order) => order.is_gt() || (limits.exclusive_maximum && order.is_eq()),
                None => false,
            };
            if above(self.compare(max, fits)) {
                let or = if limits.exclusive_maximum { "" } else { " or equal to" };
                self.fail(format!("should be less than{or} {}", self.bound(max, fits)), outcome);
            }
        }
    }

    /// Integers are compared with the bound's whole part, as Go converts it.
    fn compare(&self, bound: f64, fits: bool) -> Option<std::cmp::Ordering> {
        match (fits, self.number.as_i64()) {
            (true, Some(whole)) => Some(whole.cmp(&as_int(bound))),
            _ => self.number.as_f64()?.partial_cmp(&bound),
        }
    }

    fn bound(&self, bound: f64, fits: bool) -> String {
        if fits && self.number.is_i64() { as_int(bound).to_string() } else { go_float(bound) }
    }

    fn multiple(&self, factor: f64, fits: bool, outcome: &mut Outcome) {
        let whole = self.number.as_i64().filter(|_| fits);
        let (positive, shown) = match whole {
            Some(_) => (as_int(factor) > 0, as_int(factor).to_string()),
            None => (factor > 0.0, go_float(factor)),
        };
        if !positive {
            let message = format!("factor MultipleOf declared for {} must be positive: {shown}", self.path);
            let value = whole.map_or_else(|| Value::from(factor), |_| Value::from(as_int(factor)));
            let what = What::Other(Some(value));
            return outcome.add(Found { path: self.path.to_owned(), message, what });
        }
        let divides = match whole {
            Some(whole) => whole % as_int(factor) == 0,
            None => {
                let float = self.number.as_f64().unwrap_or_default();
                is_json_integer(if factor < 1.0 { 1.0 / factor * float } else { float / factor })
            }
        };
        if !divides {
            self.fail(format!("should be a multiple of {shown}"), outcome);
        }
    }

    fn fail(&self, text: String, outcome: &mut Outcome) {
        let what = What::Other(Some(Value::Number(self.number.clone())));
        let message = format!("{} in body {text}", self.path);
        outcome.add(Found { path: self.path.to_owned(), message, what });
    }
}

/// Go's conversion of a float to `int64`: towards zero, within the type's bounds.
fn as_int(float: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, as is meant")]
    {
        float as i64
    }
}
