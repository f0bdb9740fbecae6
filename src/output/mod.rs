//! The only code that words what is printed.

pub mod log;
