//! Precedence, with Masterminds' treatment of pre-releases.

use super::{Version, scan::parse_uint};
use std::cmp::Ordering;

/// Precedence of two versions; build metadata does not count.
pub(super) fn compare(a: &Version, b: &Version) -> Ordering {
    let numbers = |v: &Version| (v.major(), v.minor(), v.patch());
    numbers(a).cmp(&numbers(b)).then_with(|| match (a.prerelease(), b.prerelease()) {
        ("", "") => Ordering::Equal,
        ("", _) => Ordering::Greater,
        (_, "") => Ordering::Less,
        (a, b) => compare_prerelease(a, b),
    })
}

/// Compares pre-releases identifier by identifier; a missing one comes first.
pub(super) fn compare_prerelease(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = compare_identifier(left.unwrap_or_default(), right.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

// A number beyond 64 bits counts as text, as it does for strconv.ParseUint.
fn compare_identifier(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match (a.is_empty(), b.is_empty()) {
        (true, _) => return Ordering::Less,
        (_, true) => return Ordering::Greater,
        _ => {}
    }
    match (parse_uint(a.as_bytes()), parse_uint(b.as_bytes())) {
        (Err(_), Err(_)) if a > b => Ordering::Greater,
        (Err(_), Err(_)) => Ordering::Less,
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Ok(a), Ok(b)) if a > b => Ordering::Greater,
        (Ok(_), Ok(_)) => Ordering::Less,
    }
}
