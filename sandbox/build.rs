//! Makes the types of the built-in kinds: structure and texts from `k8s-openapi`, the rest from `tables/types.tsv`.
//!
//! Writes into OUT_DIR: `types.bin` (what `schema::builtin` reads: no texts) and `texts.bin` (whole schemas as JSON,
//! package by package, for OpenAPI documents), and the larger tables, packed (what `packed` reads).

#[path = "build/encode.rs"]
mod encode;
#[path = "build/kinds.rs"]
mod kinds;
#[path = "build/merge.rs"]
mod merge;
#[path = "build/texts.rs"]
mod texts;

use flate2::{Compression, write::DeflateEncoder};
use std::{env, fs, io::Write, path::Path};

/// The larger tables that are read as they were recorded.
const PACKED: &[&str] = &["columns.tsv", "proto.tsv", "rbac.jsonl"];

fn main() {
    for watched in ["build.rs", "build", "tables"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let table = fs::read_to_string("tables/types.tsv").expect("tables/types.tsv");
    let merged = merge::merge(kinds::schemas(), &table);
    let folder = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(Path::new(&folder).join(name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    write("types.bin", &deflate(&encode::types(&merged)));
    write("texts.bin", &texts::texts(&merged));
    for name in PACKED {
        let text = fs::read(format!("tables/{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
        write(&format!("{name}.bin"), &deflate(&text));
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
