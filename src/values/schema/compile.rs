//! Helm's words for a schema that cannot be compiled.

use super::loader::Loaded;
use super::report;
use crate::values::gotext::Quoted;
use boon::CompileError as E;

pub(super) fn message(error: &E, loaded: &Loaded) -> String {
    match error {
        E::ParseUrlError { url, src } => format!("error in parsing {}: {src}", Quoted(url)),
        E::LoadUrlError { url, src } => format!("failing loading {}: {src}", Quoted(url)),
        E::UnsupportedUrlScheme { url } => format!("no URLLoader registered for {}", Quoted(url)),
        E::InvalidMetaSchemaUrl { url, src } => format!("invalid $schema in {}: {src}", Quoted(url)),
        E::UnsupportedDraft { url } => format!("draft {} is not supported", Quoted(url)),
        E::MetaSchemaCycle { url } => format!("cycle in resolving $schema in {}", Quoted(url)),
        E::ValidationError { url, src } => {
            let url = if url.contains('#') { url.clone() } else { format!("{url}#") };
            format!("{} is not valid against metaschema: {}", Quoted(&url), report::with_heading(src, loaded))
        }
        E::ParseIdError { loc } => format!("error in parsing id at {}", Quoted(loc)),
        E::ParseAnchorError { loc } => format!("error in parsing anchor at {}", Quoted(loc)),
        E::DuplicateId { url, id, ptr1, ptr2 } => {
            format!("duplicate id {} in {} at {} and {}", Quoted(id), Quoted(url), Quoted(ptr1), Quoted(ptr2))
        }
        E::DuplicateAnchor { anchor, url, ptr1, ptr2 } => {
            format!(
                "duplicate anchor {} in {} at {} and {}",
                Quoted(anchor),
                Quoted(url),
                Quoted(ptr1),
                Quoted(ptr2)
            )
        }
        E::InvalidJsonPointer(url) => format!("invalid json-pointer {}", Quoted(url)),
        E::JsonPointerNotFound(url) => format!("json-pointer in {} not found", Quoted(url)),
        E::AnchorNotFound { url, reference } => {
            format!("anchor in {} not found in schema {}", Quoted(reference), Quoted(url))
        }
        E::UnsupportedVocabulary { url, vocabulary } => {
            format!("unsupported vocabulary {} in {}", Quoted(vocabulary), Quoted(url))
        }
        E::InvalidRegex { url, regex, src } => {
            format!("invalid regex {} at {}: {src}", Quoted(regex), Quoted(url))
        }
        E::Bug(src) => src.to_string(),
    }
}
