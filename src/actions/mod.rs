//! Helm's operations as functions of resolved options; nothing here prints.

pub mod create;
pub mod dependency;
pub mod deploy;
pub mod inspect;
pub mod lint;
pub mod list;
pub mod locate;
pub mod output_dir;
pub mod package;
pub mod prepare;
pub mod render;
pub mod sandbox;
pub mod show;
pub mod template;
