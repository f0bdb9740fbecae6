//! Values as text side by side: `quote`, `squote`, `cat`.

use crate::{
    exec::Call,
    fmt,
    funcs::{args::Outcome, cast::strval, limits::check_text},
    value::Value,
};

fn spaced(name: &str, args: &[Value], show: impl Fn(&mut Vec<u8>, &Value)) -> Outcome {
    let mut out = Vec::new();
    let mut first = true;
    for arg in args.iter().filter(|arg| !arg.is_nil()) {
        if !first {
            out.push(b' ');
        }
        first = false;
        show(&mut out, arg);
        check_text(name, Some(out.len()))?;
    }
    Ok(Value::string(out))
}

pub(super) fn quote(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    spaced("quote", args, |out, arg| out.extend_from_slice(fmt::quote(&strval(arg)).as_bytes()))
}

pub(super) fn squote(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    spaced("squote", args, |out, arg| {
        out.push(b'\'');
        fmt::append_value(out, arg);
        out.push(b'\'');
    })
}

pub(super) fn cat(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    spaced("cat", args, |out, arg| {
        fmt::append_value(out, arg);
    })
}
