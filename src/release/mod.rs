//! The release object and its record.

pub mod hook;
