//! APIs that Kubernetes deprecates.

use super::deprecation_table::DEPRECATIONS;
use crate::render::KubeVersion;

/// The warning of Kubernetes for a kind that is deprecated in a version.
pub(super) fn warning(api_version: &str, kind: &str, version: &KubeVersion) -> Option<String> {
    let place =
        DEPRECATIONS.binary_search_by(|row| (row.api_version, row.kind).cmp(&(api_version, kind))).ok()?;
    let row = &DEPRECATIONS[place];
    let (major, minor): (u64, u64) = (version.major.parse().ok()?, version.minor.parse().ok()?);
    let known = (major, minor) != (0, 0);
    if known && (major, minor) < (1, row.deprecated) {
        return None;
    }
    let mut warning = format!("{api_version} {kind} is deprecated in v1.{}+", row.deprecated);
    if row.removed > 0 {
        warning += &format!(", unavailable in v1.{}+", row.removed);
    }
    if !row.replacement.is_empty() {
        warning += &format!("; use {}", row.replacement);
    }
    Some(warning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_row_twice() {
        assert!(
            DEPRECATIONS.windows(2).all(|w| (w[0].api_version, w[0].kind) < (w[1].api_version, w[1].kind))
        );
    }

    #[test]
    fn a_version_before_the_deprecation_is_silent() {
        let at = |version: &str| {
            warning("policy/v1beta1", "PodDisruptionBudget", &KubeVersion::parse(version).unwrap())
        };
        assert_eq!(at("1.20"), None);
        assert_eq!(
            at("1.21").as_deref(),
            Some(
                "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget"
            )
        );
    }
}
