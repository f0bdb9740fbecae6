//! Whole schemas of the built-in types, with texts: for OpenAPI documents only.
//!
//! `texts.bin` opens with a directory: how many packages; each one's name, compressed length, whole length and number of
//! types; each type's last name and length. Then come the packages, compressed by deflate: schemas as JSON, one after
//! the other.

use super::builtin::Reader;
use std::collections::{BTreeMap, BTreeSet};

const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/texts.bin"));

/// One package's place.
struct Package<'a> {
    name: &'a str,
    compressed: usize,
    whole: usize,
    types: Vec<(&'a str, usize)>,
}

/// The schemas of these types as OpenAPI v3 writes them, as JSON texts by name. Only the packages that hold them are
/// unpacked, and nothing stays in memory.
#[must_use]
pub fn texts(names: &BTreeSet<&str>) -> BTreeMap<String, String> {
    // What the build wrote is whole; a damaged program would serve documents without types, so it says so.
    read(BYTES, names).expect("texts.bin is what build.rs wrote")
}

fn read(bytes: &[u8], names: &BTreeSet<&str>) -> Option<BTreeMap<String, String>> {
    let mut reader = Reader { bytes };
    let packages: Vec<Package<'_>> =
        (0..reader.number()?).map(|_| package(&mut reader)).collect::<Option<_>>()?;
    let mut rest = reader.bytes;
    let mut found = BTreeMap::new();
    for package in packages {
        let (compressed, after) = rest.split_at_checked(package.compressed)?;
        rest = after;
        let wanted = |last: &str| names.contains(format!("{}.{last}", package.name).as_str());
        if !package.types.iter().any(|(last, _)| wanted(last)) {
            continue;
        }
        let whole = crate::packed::unpacked(compressed).filter(|bytes| bytes.len() == package.whole)?;
        let whole = String::from_utf8(whole).ok()?;
        let mut start = 0;
        for (last, length) in package.types {
            if wanted(last) {
                let text = whole.get(start..start + length)?;
                found.insert(format!("{}.{last}", package.name), text.to_owned());
            }
            start += length;
        }
    }
    Some(found)
}

fn package<'a>(reader: &mut Reader<'a>) -> Option<Package<'a>> {
    let (name, compressed, whole) = (reader.text()?, reader.number()?, reader.number()?);
    let types =
        (0..reader.number()?).map(|_| Some((reader.text()?, reader.number()?))).collect::<Option<_>>()?;
    Some(Package { name, compressed, whole, types })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_text() {
        let types = super::super::builtin();
        let names: BTreeSet<&str> = types.names().collect();
        let texts = texts(&names);
        assert_eq!(texts.len(), names.len());
        for (name, text) in &texts {
            let schema: serde_json::Value = serde_json::from_str(text).expect("JSON");
            assert!(schema["description"].is_string(), "{name}");
        }
    }

    #[test]
    fn only_what_is_asked_for_is_read() {
        let texts = texts(&["io.k8s.api.apps.v1.Deployment", "no.such.Type"].into());
        assert_eq!(texts.keys().collect::<Vec<_>>(), ["io.k8s.api.apps.v1.Deployment"]);
    }
}
