//! path and filepath. On Unix they agree in all that templates can ask.

use super::{FuncSpec, args::text};
use crate::value::{Type, Value};

const ONE: &[Type] = &[Type::String];

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::fixed("base", ONE, Type::String, |_, args| Ok(Value::string(base(text(args, 0))))),
    FuncSpec::fixed("clean", ONE, Type::String, |_, args| Ok(Value::string(clean(text(args, 0))))),
    FuncSpec::fixed("dir", ONE, Type::String, |_, args| Ok(Value::string(dir(text(args, 0))))),
    FuncSpec::fixed("ext", ONE, Type::String, |_, args| Ok(Value::string(ext(text(args, 0))))),
    FuncSpec::fixed("isAbs", ONE, Type::Bool, |_, args| Ok(text(args, 0).starts_with(b"/").into())),
    FuncSpec::fixed("osBase", ONE, Type::String, |_, args| Ok(Value::string(base(text(args, 0))))),
    FuncSpec::fixed("osClean", ONE, Type::String, |_, args| Ok(Value::string(clean(text(args, 0))))),
    FuncSpec::fixed("osDir", ONE, Type::String, |_, args| Ok(Value::string(dir(text(args, 0))))),
    FuncSpec::fixed("osExt", ONE, Type::String, |_, args| Ok(Value::string(ext(text(args, 0))))),
    FuncSpec::fixed("osIsAbs", ONE, Type::Bool, |_, args| Ok(text(args, 0).starts_with(b"/").into())),
];

/// `path.Base`: the last element; `.` for nothing, `/` for slashes alone.
fn base(path: &[u8]) -> &[u8] {
    let Some(end) = path.iter().rposition(|b| *b != b'/') else {
        return if path.is_empty() { b"." } else { b"/" };
    };
    let start = path[..end].iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    &path[start..=end]
}

/// `path.Dir`: all but the last element, clean.
fn dir(path: &[u8]) -> Vec<u8> {
    clean(&path[..path.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1)])
}

/// `path.Ext`: from the last dot of the last element on.
fn ext(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|b| matches!(b, b'.' | b'/')) {
        Some(at) if path[at] == b'.' => &path[at..],
        _ => b"",
    }
}

/// `path.Clean`: no empty or `.` elements, `..` resolved where it can be; `.` for nothing.
fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut elements: Vec<&[u8]> = Vec::new();
    for element in path.split(|b| *b == b'/') {
        match element {
            b"" | b"." => {}
            b".." if elements.last().is_some_and(|last| *last != b"..") => {
                elements.pop();
            }
            b".." if rooted => {}
            _ => elements.push(element),
        }
    }
    let joined = elements.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}
