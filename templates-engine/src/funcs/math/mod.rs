//! Arithmetic on int64 and float64, ranges and rounding.

mod decimal;
mod sequence;

use super::{
    FuncSpec,
    args::{Outcome, any, int, refuse},
    cast::{to_float64, to_int64},
    strings::random,
};
use crate::{
    exec::Call,
    value::{Type, Value},
};
use decimal::Decimal;

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const INTS: &[Type] = &[Type::INT, Type::INT];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::variadic("add", ONE, Type::INT64, |_, args| {
        Ok(Value::int64(args.iter().fold(0, |sum, arg| i64::wrapping_add(sum, to_int64(arg)))))
    }),
    FuncSpec::fixed("add1", ONE, Type::INT64, |_, args| {
        Ok(Value::int64(to_int64(any(args, 0)).wrapping_add(1)))
    }),
    FuncSpec::fixed("add1f", ONE, Type::FLOAT64, |_, args| {
        fold_decimals(any(args, 0), &[Value::int(1)], |a, b| Ok(a.add(&b)))
    }),
    FuncSpec::variadic("addf", ONE, Type::FLOAT64, |_, args| {
        fold_decimals(&Value::float64(0.0), args, |a, b| Ok(a.add(&b)))
    }),
    FuncSpec::variadic("biggest", TWO, Type::INT64, max),
    FuncSpec::fixed("ceil", ONE, Type::FLOAT64, |_, args| {
        Ok(Value::float64(to_float64(any(args, 0)).ceil()))
    }),
    FuncSpec::fixed("div", TWO, Type::INT64, |_, args| divide(args, i64::wrapping_div)),
    FuncSpec::variadic("divf", TWO, Type::FLOAT64, |_, args| {
        let (first, rest) = split(args);
        fold_decimals(first, rest, |a, b| a.div(&b))
    }),
    FuncSpec::fixed("floor", ONE, Type::FLOAT64, |_, args| {
        Ok(Value::float64(to_float64(any(args, 0)).floor()))
    }),
    FuncSpec::variadic("max", TWO, Type::INT64, max),
    FuncSpec::variadic("maxf", TWO, Type::FLOAT64, |_, args| Ok(fold_floats(args, greater))),
    FuncSpec::variadic("min", TWO, Type::INT64, |_, args| {
        Ok(Value::int64(args.iter().map(to_int64).min().unwrap_or(0)))
    }),
    FuncSpec::variadic("minf", TWO, Type::FLOAT64, |_, args| Ok(fold_floats(args, |a, b| -greater(-a, -b)))),
    FuncSpec::fixed("mod", TWO, Type::INT64, |_, args| divide(args, i64::wrapping_rem)),
    FuncSpec::variadic("mul", TWO, Type::INT64, |_, args| {
        Ok(Value::int64(args.iter().fold(1, |product, arg| i64::wrapping_mul(product, to_int64(arg)))))
    }),
    FuncSpec::variadic("mulf", TWO, Type::FLOAT64, |_, args| {
        let (first, rest) = split(args);
        fold_decimals(first, rest, |a, b| Ok(a.mul(&b)))
    }),
    FuncSpec::fixed("randInt", INTS, Type::INT, rand_int),
    FuncSpec::variadic("round", &[Type::Any, Type::INT, Type::FLOAT64], Type::FLOAT64, |_, args| {
        Ok(Value::float64(round(args)))
    }),
    FuncSpec::variadic("seq", &[Type::INT], Type::String, sequence::seq),
    FuncSpec::fixed("sub", TWO, Type::INT64, |_, args| {
        Ok(Value::int64(to_int64(any(args, 0)).wrapping_sub(to_int64(any(args, 1)))))
    }),
    FuncSpec::variadic("subf", TWO, Type::FLOAT64, |_, args| {
        let (first, rest) = split(args);
        fold_decimals(first, rest, |a, b| Ok(a.sub(&b)))
    }),
    FuncSpec::fixed("until", &[Type::INT], Type::Slice(&Type::INT), sequence::until),
    FuncSpec::fixed(
        "untilStep",
        &[Type::INT, Type::INT, Type::INT],
        Type::Slice(&Type::INT),
        sequence::until_step,
    ),
];

fn split(args: &[Value]) -> (&Value, &[Value]) {
    args.split_first().unwrap_or((&Value::Nil, &[]))
}

fn max(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(Value::int64(args.iter().map(to_int64).max().unwrap_or(0)))
}

/// `math.Max`: infinity wins over NaN, NaN over numbers, +0 over -0.
fn greater(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

fn fold_floats(args: &[Value], choose: fn(f64, f64) -> f64) -> Value {
    Value::float64(args.iter().map(to_float64).reduce(choose).unwrap_or(0.0))
}

fn divide(args: &[Value], operation: fn(i64, i64) -> i64) -> Outcome {
    match to_int64(any(args, 1)) {
        0 => refuse("runtime error: integer divide by zero"),
        divisor => Ok(Value::int64(operation(to_int64(any(args, 0)), divisor))),
    }
}

fn fold_decimals(
    first: &Value,
    rest: &[Value],
    operation: fn(Decimal, Decimal) -> Result<Decimal, crate::exec::FuncError>,
) -> Outcome {
    let mut result = Decimal::from_f64(to_float64(first))?;
    for value in rest {
        result = operation(result, Decimal::from_f64(to_float64(value))?)?;
    }
    Ok(Value::float64(result.to_f64()))
}

/// Sprig's `round`: up from `.5` on, or from the given fraction on.
fn round(args: &[Value]) -> f64 {
    let from = args.get(2).map_or(0.5, to_float64);
    let power = power_of_ten(int(args, 1));
    let shifted = power * to_float64(any(args, 0));
    let fraction = if shifted.is_infinite() { f64::NAN } else { shifted - shifted.trunc() };
    let whole = if fraction >= from { shifted.ceil() } else { shifted.floor() };
    whole / power
}

/// `math.Pow(10, places)` with its very rounding errors: squares of a fraction and its exponent.
fn power_of_ten(places: i64) -> f64 {
    let (mut result, mut exponent) = (1.0, 0_i32);
    let (mut square, mut square_exponent) = (0.625, 4_i32);
    let mut bits = places.unsigned_abs();
    while bits != 0 {
        if square_exponent > 1 << 12 {
            exponent += square_exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        bits >>= 1;
    }
    if places < 0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    let half = exponent / 2;
    result * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

fn rand_int(call: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (least, end) = (int(args, 0), int(args, 1));
    match u64::try_from(end.wrapping_sub(least)) {
        Ok(width @ 1..) => {
            let offset = random::below(call.host(), width);
            Ok(Value::int(least.wrapping_add_unsigned(offset)))
        }
        _ => refuse("invalid argument to Intn"),
    }
}
