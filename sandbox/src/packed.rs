//! Recorded tables that are packed into the program and unpacked when first asked for. `build.rs` packs them.

use flate2::read::DeflateDecoder;
use std::{io::Read, sync::OnceLock};

/// A table of `tables/`, packed.
pub(crate) struct Packed {
    bytes: &'static [u8],
    text: OnceLock<String>,
}

impl Packed {
    /// What `build.rs` wrote of a table.
    pub(crate) const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, text: OnceLock::new() }
    }

    /// The table's text.
    pub(crate) fn text(&'static self) -> &'static str {
        self.text.get_or_init(|| {
            unpacked(self.bytes)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .expect("build.rs packed a text")
        })
    }
}

/// What was packed; nothing where the bytes are damaged.
pub(crate) fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    DeflateDecoder::new(bytes).read_to_end(&mut whole).ok()?;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_table_is_what_was_recorded() {
        static COLUMNS: Packed = Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/columns.tsv.bin")));
        assert_eq!(COLUMNS.text(), include_str!("../tables/columns.tsv"));
    }
}
