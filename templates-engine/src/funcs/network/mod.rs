//! URLs and host names.

mod address;
mod escape;
mod url;

use super::{
    FuncSpec,
    args::{Outcome, map, refuse, text},
};
use crate::{
    exec::{Call, FuncError},
    value::{Map, Str, Type, Value},
};
pub use address::version as ip_version;
pub use url::Url;

/// This family's functions.
pub const TABLE: &[FuncSpec] = &[
    FuncSpec::fixed("getHostByName", &[Type::String], Type::String, |call, args| {
        let name = String::from_utf8_lossy(text(args, 0));
        Ok(call.host().host_by_name(&name).unwrap_or_default().into())
    }),
    FuncSpec::fixed("hello", &[], Type::String, |_, _| Ok("Hello!".into())),
    FuncSpec::fixed("urlJoin", &[Type::DICT], Type::String, url_join),
    FuncSpec::fixed("urlParse", &[Type::String], Type::DICT, url_parse),
];

fn url_parse(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let url = match Url::parse(text(args, 0)) {
        Ok(url) => url,
        Err(error) => return refuse(format!("unable to parse url: {error}")),
    };
    let userinfo = url.user.as_ref().map(url::Userinfo::text).unwrap_or_default();
    let hostname = url.hostname().to_vec();
    let parts = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", userinfo),
    ];
    Ok(Value::map(parts.map(|(key, part)| (Str::from(key), Value::string(part)))))
}

fn part(map: &Map, key: &str) -> Result<Vec<u8>, FuncError> {
    match map.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::Str(part)) => Ok(part.to_vec()),
        Some(Value::Nil) => refuse(super::args::NIL_POINTER),
        Some(other) => refuse(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind_name()
        )),
    }
}

fn url_join(_: &mut Call<'_>, args: &[Value]) -> Outcome {
    let parts = map(args, 0);
    let mut url = Url {
        scheme: part(&parts, "scheme")?,
        host: part(&parts, "host")?,
        path: part(&parts, "path")?,
        query: part(&parts, "query")?,
        opaque: part(&parts, "opaque")?,
        fragment: part(&parts, "fragment")?,
        user: None,
    };
    let userinfo = part(&parts, "userinfo")?;
    if !userinfo.is_empty() {
        let text = [b"proto://", userinfo.as_slice(), b"@host"].concat();
        match Url::parse(&text) {
            Ok(parsed) => url.user = parsed.user,
            Err(error) => return refuse(format!("unable to parse userinfo in dict: {error}")),
        }
    }
    Ok(Value::string(url.text()))
}
