//! What each comparison means when parts of its version were left open.

use super::{
    Mismatch, Version,
    constraint::{Condition, Op},
    order::compare_prerelease,
};
use crate::quote::quoted;

/// The reason given for any pre-release that meets a constraint without one.
pub(super) fn only_releases(version: &Version) -> Mismatch {
    let version = quoted(version.to_string().as_bytes());
    let message =
        format!("{version} is a prerelease version and the constraint is only looking for release versions");
    Mismatch { message }
}

/// How a comparison failed, before it is worded.
enum Failure {
    OnlyReleases,
    /// `"A" <these words> "B"`, then what follows.
    Relation(&'static str, &'static str),
}

type Verdict = Result<(), Failure>;

fn require(holds: bool, words: &'static str) -> Verdict {
    if holds { Ok(()) } else { Err(Failure::Relation(words, "")) }
}

impl Condition {
    /// Whether the version passes.
    pub(super) fn check(&self, version: &Version, prerelease: bool) -> bool {
        self.verdict(version, prerelease).is_ok()
    }

    /// Why the version fails, if it does.
    pub(super) fn mismatch(&self, version: &Version, prerelease: bool) -> Option<Mismatch> {
        let words = match self.verdict(version, prerelease) {
            Ok(()) => return None,
            Err(Failure::OnlyReleases) => return Some(only_releases(version)),
            Err(Failure::Relation(words, rest)) => (words, rest),
        };
        let (version, written) = (version.to_string(), self.written.as_bytes());
        let message = format!("{} {} {}{}", quoted(version.as_bytes()), words.0, quoted(written), words.1);
        Some(Mismatch { message })
    }

    fn verdict(&self, v: &Version, prerelease: bool) -> Verdict {
        if !v.prerelease().is_empty() && !prerelease {
            return Err(Failure::OnlyReleases);
        }
        match self.op {
            Op::TildeOrEqual if !self.dirty => require(*v == self.version, "is not equal to"),
            Op::TildeOrEqual | Op::Tilde => self.tilde(v),
            Op::NotEqual => require(self.differs(v), "is equal to"),
            Op::Greater => require(self.is_above(v), "is less than or equal to"),
            Op::Less => require(*v < self.version, "is greater than or equal to"),
            Op::GreaterEqual => require(*v >= self.version, "is less than"),
            Op::LessEqual => require(self.is_within(v), "is greater than"),
            Op::Caret => self.caret(v),
        }
    }

    fn differs(&self, v: &Version) -> bool {
        let c = &self.version;
        if !self.dirty {
            return v != c;
        }
        if c.major() != v.major() {
            return true;
        }
        if self.minor_dirty {
            return false;
        }
        if c.minor() != v.minor() {
            return true;
        }
        if self.patch_dirty {
            let any = !v.prerelease().is_empty() || !c.prerelease().is_empty();
            return any && compare_prerelease(v.prerelease(), c.prerelease()).is_ne();
        }
        c.patch() != v.patch() || v != c
    }

    // `>1` asks for the next major, `>1.2` for the next minor.
    fn is_above(&self, v: &Version) -> bool {
        let c = &self.version;
        if !self.dirty {
            return v > c;
        }
        if v.major() != c.major() {
            return v.major() > c.major();
        }
        if self.minor_dirty {
            false
        } else if self.patch_dirty {
            v.minor() > c.minor()
        } else {
            v > c
        }
    }

    // `<=1` takes all of 1, `<=1.2` all of 1.2.
    fn is_within(&self, v: &Version) -> bool {
        let c = &self.version;
        if !self.dirty {
            return v <= c;
        }
        v.major() < c.major() || (v.major() == c.major() && (self.minor_dirty || v.minor() <= c.minor()))
    }

    fn tilde(&self, v: &Version) -> Verdict {
        let c = &self.version;
        require(v >= c, "is less than")?;
        let zero = (c.major(), c.minor(), c.patch()) == (0, 0, 0);
        if zero && !self.minor_dirty && !self.patch_dirty {
            return Ok(());
        }
        require(v.major() == c.major(), "does not have same major version as")?;
        require(self.minor_dirty || v.minor() == c.minor(), "does not have same major and minor version as")
    }

    fn caret(&self, v: &Version) -> Verdict {
        let c = &self.version;
        require(v >= c, "is less than")?;
        require(v.major() == c.major(), "does not have same major version as")?;
        if c.major() > 0 || self.minor_dirty {
            return Ok(());
        }
        if v.minor() != c.minor() {
            let explained = c.minor() > 0 || self.patch_dirty;
            let rest = if explained {
                ". Expected minor versions to match when constraint major version is 0"
            } else {
                ""
            };
            return Err(Failure::Relation("does not have same minor version as", rest));
        }
        if c.minor() > 0 || self.patch_dirty || c.patch() == v.patch() {
            return Ok(());
        }
        let rest = ". Expect version and constraint to equal when major and minor versions are 0";
        Err(Failure::Relation("does not equal", rest))
    }
}
