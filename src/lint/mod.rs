//! Chart rules, one file each.
