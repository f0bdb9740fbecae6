//! Where the real programs are.

use std::path::PathBuf;

/// The folder that `tests/peers/build.sh` fills: `$SKIFF_PEERS`, else `skiff-peers` in the user's cache.
pub fn dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("SKIFF_PEERS") {
        return dir.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cache"),
        PathBuf::from,
    );
    cache.join("skiff-peers")
}

/// A peer's path.
///
/// # Panics
/// When it is not built: a test that needs a peer fails, it never skips.
pub fn bin(name: &str) -> PathBuf {
    let path = dir().join("bin").join(name);
    assert!(path.exists(), "{} is missing: run tests/peers/build.sh", path.display());
    path
}
