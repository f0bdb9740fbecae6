//! The environment, read only here.
