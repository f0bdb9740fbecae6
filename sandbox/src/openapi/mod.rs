//! OpenAPI documents: version 2 as JSON and as protobuf, version 3 for each group and version, with their index.
//!
//! Documents are made when they are asked for and not kept: the texts of all types take more room than all else that an
//! idle sandbox holds.

mod conversion;
mod document;
mod index;
mod operation;
mod parameters;
mod paths;
mod proto;

pub use document::{Custom, v2, v3};
pub use index::{Document, document, index};
pub use proto::encode_v2;

/// The media type of OpenAPI v2 as protobuf, as clients ask for it.
pub const V2_PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
/// The media type of OpenAPI v2 as protobuf, as the real server answers.
pub const V2_PROTOBUF_ANSWER: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
