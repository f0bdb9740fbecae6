//! What is made up for new objects.

/// Random bytes.
///
/// # Panics
/// When the system gives none.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness uids would repeat: there is nothing sensible to go on with.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A random UUID, version 4.
///
/// # Panics
/// When the system gives no random bytes.
#[must_use]
pub fn uid() -> String {
    let mut bytes: [u8; 16] = random();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn uids_are_uuids_and_differ() {
        let (one, other) = (super::uid(), super::uid());
        assert_ne!(one, other);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(one.as_bytes().get(14), Some(&b'4'));
    }
}
