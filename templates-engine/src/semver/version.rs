//! One version.

use super::{Error, MAX_VERSION_LEN, order, scan};
use std::{cmp::Ordering, fmt};

/// A semantic version, with the text it came from.
///
/// `==` and `<` are precedence, as Masterminds' `Equal` and `LessThan`: build metadata and the
/// original spelling do not count.
#[derive(Clone, Debug, Default)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    pre: String,
    metadata: String,
    original: String,
}

impl Version {
    /// `semver.NewVersion`: a leading `v`, missing minor or patch and leading zeros are accepted.
    ///
    /// # Errors
    /// When the text is no version even so, worded as Masterminds words it.
    ///
    /// ```
    /// # use templates_engine::semver::Version;
    /// assert_eq!(Version::parse("v1.02")?.to_string(), "1.2.0");
    /// # Ok::<(), templates_engine::semver::Error>(())
    /// ```
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = text.as_ref();
        if bytes.len() > MAX_VERSION_LEN {
            return Err(Error::VersionTooLong);
        }
        let parts = scan::loose_version(bytes).ok_or(Error::InvalidVersion)?;
        let number = |digits: Option<&[u8]>| {
            digits.map_or(Ok(0), |digits| scan::parse_uint(digits).map_err(Error::Segment))
        };
        let version = Self {
            major: number(Some(parts.major))?,
            minor: number(parts.minor)?,
            patch: number(parts.patch)?,
            pre: ascii(parts.pre.unwrap_or_default()),
            metadata: ascii(parts.metadata.unwrap_or_default()),
            original: ascii(bytes),
        };
        parts.pre.map_or(Ok(()), scan::validate_prerelease)?;
        parts.metadata.map_or(Ok(()), scan::validate_metadata)?;
        Ok(version)
    }

    /// `semver.StrictNewVersion`: exactly `X.Y.Z[-pre][+metadata]`.
    ///
    /// # Errors
    /// When the text deviates from that, worded as Masterminds words it.
    pub fn parse_strict(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = text.as_ref();
        if bytes.is_empty() {
            return Err(Error::Empty);
        }
        if bytes.len() > MAX_VERSION_LEN {
            return Err(Error::VersionTooLong);
        }
        let mut segments = bytes.splitn(3, |&b| b == b'.');
        let (Some(major), Some(minor), Some(rest)) = (segments.next(), segments.next(), segments.next())
        else {
            return Err(Error::InvalidVersion);
        };
        let (rest, metadata) = split_at_mark(rest, b'+');
        metadata.map_or(Ok(()), scan::validate_metadata)?;
        let (patch, pre) = split_at_mark(rest, b'-');
        pre.map_or(Ok(()), scan::validate_prerelease)?;
        for segment in [major, minor, patch] {
            if !segment.iter().all(u8::is_ascii_digit) {
                return Err(Error::InvalidCharacters);
            }
            if segment.len() > 1 && segment[0] == b'0' {
                return Err(Error::SegmentStartsZero);
            }
        }
        let number = |digits: &[u8]| scan::parse_uint(digits).map_err(Error::Number);
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            pre: ascii(pre.unwrap_or_default()),
            metadata: ascii(metadata.unwrap_or_default()),
            original: ascii(bytes),
        })
    }

    /// The major number.
    pub fn major(&self) -> u64 {
        self.major
    }

    /// The minor number; 0 when the text had none.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The patch number; 0 when the text had none.
    pub fn patch(&self) -> u64 {
        self.patch
    }

    /// The pre-release without its `-`; empty when there is none.
    pub fn prerelease(&self) -> &str {
        &self.pre
    }

    /// The build metadata without its `+`; empty when there is none.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The text the version was read from.
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The next patch version: of a pre-release its release, else patch + 1. `None` at the
    /// largest number (Go panics there).
    pub fn next_patch(&self) -> Option<Self> {
        let step = u64::from(self.pre.is_empty());
        Some(self.release(self.major, self.minor, self.patch.checked_add(step)?))
    }

    /// The next minor version. `None` at the largest number.
    pub fn next_minor(&self) -> Option<Self> {
        Some(self.release(self.major, self.minor.checked_add(1)?, 0))
    }

    /// The next major version. `None` at the largest number.
    pub fn next_major(&self) -> Option<Self> {
        Some(self.release(self.major.checked_add(1)?, 0, 0))
    }

    /// The same version with another pre-release (none when empty).
    ///
    /// # Errors
    /// When the identifiers are malformed.
    pub fn with_prerelease(&self, pre: &str) -> Result<Self, Error> {
        if !pre.is_empty() {
            scan::validate_prerelease(pre.as_bytes())?;
        }
        Ok(Self { pre: pre.into(), ..self.clone() }.respelled())
    }

    /// The same version with other build metadata (none when empty).
    ///
    /// # Errors
    /// When the identifiers are malformed.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, Error> {
        if !metadata.is_empty() {
            scan::validate_metadata(metadata.as_bytes())?;
        }
        Ok(Self { metadata: metadata.into(), ..self.clone() }.respelled())
    }

    fn release(&self, major: u64, minor: u64, patch: u64) -> Self {
        let (pre, metadata) = (String::new(), String::new());
        Self { major, minor, patch, pre, metadata, original: self.original.clone() }.respelled()
    }

    // The original of a derived version is its own text behind the `v` it may have had.
    fn respelled(mut self) -> Self {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }
}

fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn split_at_mark(bytes: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match bytes.iter().position(|&b| b == mark) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        order::compare(self, other)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prerelease_becomes_its_release_when_the_patch_is_raised() {
        let version = Version::parse("v1.2.3-rc.1+b").unwrap();
        let next = version.next_patch().unwrap();
        assert_eq!((next.to_string().as_str(), next.original()), ("1.2.3", "v1.2.3"));
    }

    #[test]
    fn the_largest_number_has_no_successor() {
        assert!(Version::parse("18446744073709551615.0.0").unwrap().next_major().is_none());
    }
}
