//! The order of API versions: `apimachinery/pkg/version.CompareKubeAwareVersionStrings`.

use std::cmp::Ordering;

/// Orders versions: `v2` before `v1` before `v1beta2` before `v1alpha1`, and those before other names, by being greater.
///
/// ```
/// use skiff_sandbox::crd::version::compare;
/// assert!(compare("v1", "v1beta1").is_gt());
/// assert!(compare("v10", "v2").is_gt());
/// assert!(compare("foo", "v1alpha1").is_lt());
/// ```
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        // Names without meaning are ordered backwards: the first in the alphabet is greatest.
        (None, None) => b.cmp(a),
    }
}

/// Stability (alpha, beta, general), major, minor.
fn parse(version: &str) -> Option<(u8, u64, u64)> {
    let rest = version.strip_prefix('v')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (major, rest) = rest.split_at_checked(digits)?;
    let major = if major.starts_with('0') { None } else { major.parse().ok() }?;
    if rest.is_empty() {
        return Some((2, major, 0));
    }
    let (stability, minor) = match (rest.strip_prefix("beta"), rest.strip_prefix("alpha")) {
        (Some(minor), _) => (1, minor),
        (_, Some(minor)) => (0, minor),
        _ => return None,
    };
    if minor.starts_with('0') || !minor.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((stability, major, minor.parse().ok()?))
}
