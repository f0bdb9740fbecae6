//! The release object and its record.
