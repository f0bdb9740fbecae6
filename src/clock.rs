//! The clock, read only here.
