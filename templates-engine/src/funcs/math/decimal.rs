//! Decimal numbers as shopspring/decimal computes them: exact, but for division.

use crate::{exec::FuncError, fmt::format_float, funcs::args::refuse};
use num_bigint::BigInt;

/// `digits * 10^exponent`.
#[derive(Clone, Debug)]
pub(super) struct Decimal {
    digits: BigInt,
    exponent: i32,
}

/// Decimal places of a quotient.
const DIVISION_PLACES: i32 = 16;

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

impl Decimal {
    /// The shortest decimal number that reads back as the same float.
    pub(super) fn from_f64(f: f64) -> Result<Self, FuncError> {
        if !f.is_finite() {
            return refuse(format!("Cannot create a Decimal from {}", format_float(f, b'g', None, 64)));
        }
        let text = format!("{f:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        let exponent = exponent.parse::<i32>().unwrap_or(0) - fraction.len() as i32;
        Ok(Self { digits, exponent })
    }

    /// The nearest float.
    pub(super) fn to_f64(&self) -> f64 {
        // Rust's parser rounds any number of digits to even, as Go's big.Rat does; it has no negative zero.
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// Both numbers' digits at the smaller exponent.
    fn aligned(&self, other: &Self) -> (BigInt, BigInt, i32) {
        let exponent = self.exponent.min(other.exponent);
        let at = |n: &Self| &n.digits * power_of_ten(n.exponent.abs_diff(exponent));
        (at(self), at(other), exponent)
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { digits: a + b, exponent }
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        let (a, b, exponent) = self.aligned(other);
        Self { digits: a - b, exponent }
    }

    pub(super) fn mul(&self, other: &Self) -> Self {
        Self { digits: &self.digits * &other.digits, exponent: self.exponent.saturating_add(other.exponent) }
    }

    /// The quotient to sixteen places, halves away from zero.
    pub(super) fn div(&self, other: &Self) -> Result<Self, FuncError> {
        if other.digits == BigInt::ZERO {
            return refuse("decimal division by 0");
        }
        let shift = self.exponent - other.exponent + DIVISION_PLACES;
        let (mut numerator, mut denominator) = (self.digits.clone(), other.digits.clone());
        if shift >= 0 {
            numerator *= power_of_ten(shift.unsigned_abs());
        } else {
            denominator *= power_of_ten(shift.unsigned_abs());
        }
        let mut quotient = &numerator / &denominator;
        let rest: BigInt = &numerator % &denominator;
        if rest.magnitude() * 2_u32 >= *denominator.magnitude() {
            quotient += if numerator.sign() == denominator.sign() { 1 } else { -1 };
        }
        Ok(Self { digits: quotient, exponent: -DIVISION_PLACES })
    }
}
