//! What a release may be called (Helm's `ValidateReleaseName`).

/// The longest name: a DNS label's 63 bytes less what Helm's own suffixes take.
pub const MAX_NAME_LENGTH: usize = 53;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It is empty.
    #[error("no name provided")]
    Missing,
    /// It is too long or holds other characters.
    #[error(
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    )]
    Invalid,
}

/// Checks a release's name: DNS labels of lowercase letters, digits and `-`, joined by `.`.
///
/// ```
/// use skiff::release::{NameError, check_name};
/// assert_eq!(check_name("web-1.prod"), Ok(()));
/// assert_eq!(check_name("Web"), Err(NameError::Invalid));
/// assert_eq!(check_name(""), Err(NameError::Missing));
/// ```
///
/// # Errors
/// When it is none.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Missing);
    }
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        bytes.first().copied().is_some_and(alphanumeric)
            && bytes.last().copied().is_some_and(alphanumeric)
            && bytes.iter().all(|byte| alphanumeric(*byte) || *byte == b'-')
    };
    if name.len() > MAX_NAME_LENGTH || !name.split('.').all(label) {
        return Err(NameError::Invalid);
    }
    Ok(())
}
