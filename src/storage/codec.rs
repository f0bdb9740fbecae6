//! A release as the text inside a Secret: base64 of gzip of JSON.

use super::driver::DriverError;
use crate::release::Release;
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{Read, Write};
use templates_engine::json::unmarshal;

/// The most JSON a record may hold when it is read. An object in etcd cannot be larger than about 1.5 MiB, and deflate
/// makes at most a thousand times as much of it; a release in parts can be larger.
const MAX_RECORD_BYTES: u64 = 512 << 20;
/// The most of it where a list looks at the record among many others.
pub(super) const MAX_LISTED_BYTES: u64 = 64 << 20;

/// Why a record cannot be read or written. The words are Go's for the causes people meet.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Not base64.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// Broken compression.
    #[error("gzip: {0}")]
    Gzip(std::io::Error),
    /// Larger than any record can be.
    #[error("the record is larger than {0} bytes")]
    TooLarge(u64),
    /// A part of a release in parts that is not there.
    #[error("part {0:?} of the record is missing")]
    PartMissing(String),
    /// Parts of a release in parts that are not those of its head.
    #[error("the parts of the record are not what was stored")]
    PartsChanged,
    /// Parts that the store does not give.
    #[error("reading the parts of the record: {0}")]
    Parts(DriverError),
    /// A release that is too large even for parts.
    #[error("the record is too large to be kept: {0} bytes")]
    TooManyParts(usize),
    /// JSON, but not an object.
    #[error("json: cannot unmarshal {0} into Go value of type v1.Release")]
    NotARelease(&'static str),
    /// Not JSON, in Go's words.
    #[error("{0}")]
    Syntax(String),
    /// Not a release.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Encodes a release.
///
/// # Errors
/// Only when serialization or compression in memory fails.
pub fn encode(release: &Release) -> Result<String, CodecError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(release.to_json()?.as_bytes()).map_err(CodecError::Gzip)?;
    Ok(STANDARD.encode(encoder.finish().map_err(CodecError::Gzip)?))
}

/// Decodes a release; text that is not compressed is read as it is, as Helm does for its oldest records.
///
/// # Errors
/// When the text is not a record.
///
/// ```
/// use skiff::{release::Release, storage::codec::{decode, encode}};
/// let release = Release { name: "web".into(), ..Release::default() };
/// assert_eq!(decode(&encode(&release).unwrap()).unwrap().name, "web");
/// ```
pub fn decode(text: &str) -> Result<Release, CodecError> {
    decode_limited(text, MAX_RECORD_BYTES)
}

/// The same, of records that hold at most so much JSON.
///
/// # Errors
/// When the text is not a record, or is larger.
pub(super) fn decode_limited(text: &str, max: u64) -> Result<Release, CodecError> {
    let bytes = STANDARD.decode(text).map_err(|error| CodecError::Base64(offset(&error, text.len())))?;
    if !(bytes.len() > 3 && bytes.starts_with(&[0x1f, 0x8b, 0x08])) {
        return parse(&bytes);
    }
    let mut json = Vec::with_capacity(bytes.len() * 4);
    let read = GzDecoder::new(bytes.as_slice()).take(max + 1).read_to_end(&mut json);
    if json.len() as u64 > max {
        return Err(CodecError::TooLarge(max));
    }
    read.map_err(CodecError::Gzip)?;
    parse(&json)
}

/// Serde would take a list for a struct; Go does not.
fn parse(json: &[u8]) -> Result<Release, CodecError> {
    match json.trim_ascii_start().first() {
        Some(b'[') => Err(CodecError::NotARelease("array")),
        Some(b'"') => Err(CodecError::NotARelease("string")),
        _ => serde_json::from_slice(json).map_err(|error| match unmarshal(json) {
            Err(syntax) => CodecError::Syntax(syntax.to_string()),
            Ok(_) => CodecError::Json(error),
        }),
    }
}

fn offset(error: &base64::DecodeError, length: usize) -> usize {
    use base64::DecodeError::{InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding};
    match error {
        InvalidByte(at, _) => *at,
        InvalidLastSymbol { offset, .. } => *offset,
        InvalidLength(_) | InvalidPadding => length / 4 * 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_uncompressed_record_is_read() {
        assert_eq!(decode(&STANDARD.encode(r#"{"name":"old"}"#)).unwrap().name, "old");
    }

    #[test]
    fn a_record_that_inflates_without_end_is_refused() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; 100_000]).unwrap();
        let bomb = STANDARD.encode(encoder.finish().unwrap());
        let error = decode_limited(&bomb, 99_999).unwrap_err();
        assert_eq!(error.to_string(), "the record is larger than 99999 bytes");
    }

    #[test]
    fn broken_records_are_errors() {
        for text in ["%", "", &STANDARD.encode([0x1f, 0x8b, 0x08, 1, 2]), &STANDARD.encode("[]")] {
            assert!(decode(text).is_err(), "{text:?}");
        }
        let error = decode(&STANDARD.encode("nonsense")).unwrap_err();
        assert_eq!(error.to_string(), "invalid character 'o' in literal null (expecting 'u')");
    }
}
