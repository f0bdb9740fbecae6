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
            let mut text = String::new();
            let read = DeflateDecoder::new(self.bytes).read_to_string(&mut text);
            read.expect("build.rs packed a text");
            text
        })
    }
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
