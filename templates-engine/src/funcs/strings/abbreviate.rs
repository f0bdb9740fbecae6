//! `abbrev` and `abbrevboth`, as goutils abbreviates: on bytes.

use super::string;
use crate::{
    exec::Call,
    funcs::args::{Outcome, int, text},
    value::Value,
};

const MARK: &[u8] = b"...";

pub(super) fn abbrev(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    string(abbreviated(text(args, 1), 0, int(args, 0)))
}

pub(super) fn abbrevboth(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let (left, right) = (int(args, 0), int(args, 1));
    if left > 0 && right < 7 {
        return string(text(args, 2));
    }
    string(abbreviated(text(args, 2), left, right))
}

/// At most `width` bytes of the text, from about `offset` on; too small a width leaves all of it.
fn abbreviated(source: &[u8], offset: i64, width: i64) -> Vec<u8> {
    let width = match usize::try_from(width) {
        Ok(width @ 4..) if width < source.len() => width,
        _ => return source.to_vec(),
    };
    let kept = width - MARK.len();
    let offset = usize::try_from(offset).unwrap_or(0).min(source.len() - kept);
    if offset <= 4 {
        return [&source[..kept], MARK].concat();
    }
    if width < 7 {
        return Vec::new();
    }
    if offset + kept < source.len() {
        return [MARK, &abbreviated(&source[offset..], 0, width as i64 - 3)].concat();
    }
    [MARK, &source[source.len() - kept..]].concat()
}
