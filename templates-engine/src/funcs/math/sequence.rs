//! `until`, `untilStep` and `seq`.

use crate::{
    exec::{Call, FuncError},
    funcs::{
        args::{Outcome, int},
        limits::{check_items, check_text},
    },
    value::{List, Type, Value},
};
use std::fmt::Write as _;

/// Go adds the step without looking for overflow; it wraps around, as here.
struct Steps {
    next: i64,
    stop: i64,
    step: i64,
}

impl Iterator for Steps {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let going =
            if self.step > 0 { self.next < self.stop } else { self.step < 0 && self.next > self.stop };
        let here = self.next;
        self.next = here.wrapping_add(self.step);
        going.then_some(here)
    }
}

/// Sprig's `untilStep`: nothing when the step leads away from the stop.
fn steps(name: &str, start: i64, stop: i64, step: i64) -> Result<Steps, FuncError> {
    if (stop < start) != (step < 0) || step == 0 {
        return Ok(Steps { next: 0, stop: 0, step: 1 });
    }
    let count = start.abs_diff(stop).div_ceil(step.unsigned_abs());
    check_items(name, usize::try_from(count).ok())?;
    // A step over the end of the range would go on from the other end.
    let last = i128::from(start) + i128::from(step) * i128::from(count);
    check_items(name, i64::try_from(last).ok().map(|_| 0))?;
    Ok(Steps { next: start, stop, step })
}

fn ints(steps: Steps) -> Value {
    Value::List(List::appended(&Type::INT, 0, steps.map(Value::int).collect()))
}

pub(super) fn until(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let count = int(args, 0);
    Ok(ints(steps("until", 0, count, if count < 0 { -1 } else { 1 })?))
}

pub(super) fn until_step(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    Ok(ints(steps("untilStep", int(args, 0), int(args, 1), int(args, 2))?))
}

/// Like `seq(1)`: one bound, two, or two with the step between them.
pub(super) fn seq(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (start, step, end) = match args.len() {
        1 => (1, None, int(args, 0)),
        2 => (int(args, 0), None, int(args, 1)),
        3 => (int(args, 0), Some(int(args, 1)), int(args, 2)),
        _ => return Ok("".into()),
    };
    let direction = if end < start { -1 } else { 1 };
    if direction < 0 && step.is_some_and(|step| step > 0) {
        return Ok("".into());
    }
    let stop = end.wrapping_add(direction);
    let mut out = String::new();
    for n in steps("seq", start, stop, step.unwrap_or(direction))? {
        if !out.is_empty() {
            out.push(' ');
        }
        write!(out, "{n}").map_err(|error| FuncError::new(error.to_string()))?;
    }
    check_text("seq", Some(out.len()))?;
    Ok(out.into())
}
