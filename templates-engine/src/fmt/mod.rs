//! Go's `fmt` and the parts of `strconv` that templates can observe, for template values.

mod flags;
mod float;
mod number;
mod print;
mod printf;
mod quote;

pub use float::format_float;
pub use print::{MAX_PRINT_DEPTH, MAX_PRINT_SIZE};
pub(crate) use quote::{Unit, unicode_quoted, unquote_char};
pub use quote::{quote, quote_char, quote_to_ascii, unquote};

use crate::value::Value;
use print::Printer;

/// `fmt.Sprint`: a space stands between operands when neither is a string.
///
/// ```
/// use templates_engine::{fmt, value::Value};
/// let args = [Value::from("a"), Value::int(1), Value::int(2), Value::float64(1e6)];
/// assert_eq!(fmt::sprint(&args), b"a1 2 1e+06");
/// ```
pub fn sprint(args: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.print(args);
    printer.finish()
}

/// `fmt.Sprintln`: a space between all operands, and a newline.
pub fn sprintln(args: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.println(args);
    printer.finish()
}

/// `fmt.Sprintf`.
///
/// ```
/// use templates_engine::{fmt, value::Value};
/// assert_eq!(fmt::sprintf(b"%5.1f|%-4d|%q", &[Value::float64(3.14159), Value::int(7), Value::from("x")]),
///            b"  3.1|7   |\"x\"");
/// assert_eq!(fmt::sprintf(b"%d", &[Value::from("x")]), b"%!d(string=x)");
/// ```
pub fn sprintf(format: &[u8], args: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    printer.printf(format, args);
    printer.finish()
}

/// Appends a value as `fmt.Fprint` writes it alone.
pub(crate) fn append_value(out: &mut Vec<u8>, value: &Value) {
    append(out, value, MAX_PRINT_SIZE, false);
}

/// Appends a value as a template prints it: what a pointer points to, and `<no value>` for nil. Says
/// whether it was written whole: `false` means that it holds itself, or nests or expands beyond
/// [`MAX_PRINT_DEPTH`] or `max` bytes.
pub(crate) fn append_printable(out: &mut Vec<u8>, value: &Value, max: usize) -> bool {
    if value.is_nil() {
        out.extend_from_slice(b"<no value>");
        return true;
    }
    append(out, value, max, true)
}

fn append(out: &mut Vec<u8>, value: &Value, max: usize, indirect: bool) -> bool {
    match value {
        Value::Str(s) => out.extend_from_slice(s),
        Value::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Value::Int(_, n) => number::append_decimal(out, *n),
        _ => {
            let mut printer = Printer::into(std::mem::take(out), max);
            if indirect {
                printer.print_indirect(value);
            } else {
                printer.print(std::slice::from_ref(value));
            }
            let whole = printer.is_whole();
            *out = printer.finish();
            return whole;
        }
    }
    true
}
