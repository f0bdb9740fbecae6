//! Helm's operations as functions of resolved options; nothing here prints.

pub mod render;
