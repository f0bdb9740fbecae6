//! The constraint grammar: alternatives by `||`, conditions by comma or blank.

use super::{Error, MAX_CONSTRAINT_GROUPS, MAX_CONSTRAINT_LEN, Mismatch, Version, scan};
use std::fmt;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    TildeOrEqual,
    NotEqual,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Tilde,
    Caret,
}

impl Op {
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"" | b"=" => Self::TildeOrEqual,
            b"!=" => Self::NotEqual,
            b">" => Self::Greater,
            b"<" => Self::Less,
            b">=" | b"=>" => Self::GreaterEqual,
            b"<=" | b"=<" => Self::LessEqual,
            b"~" | b"~>" => Self::Tilde,
            b"^" => Self::Caret,
            _ => return None,
        })
    }
}

/// One comparison with one, perhaps partial, version.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) op: Op,
    sign: String,
    /// The version as it was written.
    pub(super) written: String,
    /// The version with zeros for what was left open.
    pub(super) version: Version,
    /// Something was left open: minor, patch or all.
    pub(super) dirty: bool,
    /// Minor was left open.
    pub(super) minor_dirty: bool,
    /// Only patch was left open.
    pub(super) patch_dirty: bool,
}

/// A version constraint.
#[derive(Clone, Debug)]
pub struct Constraint {
    alternatives: Vec<Vec<Condition>>,
}

impl Constraint {
    /// `semver.NewConstraint`.
    ///
    /// # Errors
    /// When the text does not follow the grammar, worded as Masterminds words it.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Error> {
        let text = text.as_ref();
        if text.len() > MAX_CONSTRAINT_LEN {
            return Err(Error::ConstraintTooLong);
        }
        let text = scan::rewrite_ranges(text);
        let groups = split_alternatives(&text);
        if groups.len() > MAX_CONSTRAINT_GROUPS {
            return Err(Error::TooManyGroups);
        }
        let alternatives = groups.into_iter().map(parse_alternative).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Whether the version satisfies one alternative. A pre-release only ever satisfies an
    /// alternative that names a pre-release.
    pub fn check(&self, version: &Version) -> bool {
        self.check_with(version, false)
    }

    /// [`Constraint::check`] with Masterminds' `IncludePrerelease`, which Helm's `--devel` sets.
    pub fn check_with(&self, version: &Version, include_prerelease: bool) -> bool {
        self.alternatives.iter().any(|conditions| {
            let prerelease = include_prerelease || names_prerelease(conditions);
            conditions.iter().all(|condition| condition.check(version, prerelease))
        })
    }

    /// Why the version fails, one reason per failed comparison; empty when it passes.
    pub fn validate(&self, version: &Version) -> Vec<Mismatch> {
        let mut reasons = Vec::new();
        let mut told = false;
        for conditions in &self.alternatives {
            let before = reasons.len();
            let prerelease = names_prerelease(conditions);
            let mut joy = true;
            for condition in conditions {
                if !prerelease && !version.prerelease().is_empty() {
                    if !told {
                        reasons.push(super::check::only_releases(version));
                        told = true;
                    }
                    joy = false;
                } else if let Some(reason) = condition.mismatch(version, prerelease) {
                    reasons.push(reason);
                }
            }
            if joy && reasons.len() == before {
                return Vec::new();
            }
        }
        reasons
    }
}

fn names_prerelease(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| !condition.version.prerelease().is_empty())
}

fn split_alternatives(text: &[u8]) -> Vec<&[u8]> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with(b"||") {
            groups.push(&text[start..at]);
            at += 2;
            start = at;
        } else {
            at += 1;
        }
    }
    groups.push(&text[start..]);
    groups
}

fn parse_alternative(text: &[u8]) -> Result<Vec<Condition>, Error> {
    let improper = || Error::ImproperConstraint(text.to_vec());
    let mut found = Vec::new();
    let mut at = scan::skip_space(text, 0);
    loop {
        let (op, end) = scan::operator(text, at).ok_or_else(improper)?;
        let start = scan::skip_space(text, end);
        let parts = scan::wild_version(text, start).ok_or_else(improper)?;
        found.push((op, &text[at..end], parts));
        let version_end = start + parts.text.len();
        at = scan::skip_space(text, version_end);
        match text.get(at) {
            None => break,
            Some(b',') => at = scan::skip_space(text, at + 1),
            Some(_) if at > version_end => {}
            Some(_) => return Err(improper()),
        }
    }
    found.into_iter().map(|(op, sign, parts)| condition(op, sign, &parts)).collect()
}

fn is_open(part: Option<&[u8]>) -> bool {
    matches!(part, None | Some(b"x" | b"X" | b"*"))
}

fn condition(op: Op, sign: &[u8], parts: &scan::Parts<'_>) -> Result<Condition, Error> {
    let pre = parts.pre.map(|pre| [b"-", pre].concat()).unwrap_or_default();
    let (minor_dirty, patch_dirty, text) = if is_open(Some(parts.major)) {
        (false, false, [b"0.0.0", &pre[..]].concat())
    } else if is_open(parts.minor) {
        (true, false, [parts.major, b".0.0", &pre].concat())
    } else if is_open(parts.patch) {
        (false, true, [parts.major, b".", parts.minor.unwrap_or_default(), b".0", &pre].concat())
    } else {
        (false, false, parts.text.to_vec())
    };
    Ok(Condition {
        op,
        sign: String::from_utf8_lossy(sign).into_owned(),
        written: String::from_utf8_lossy(parts.text).into_owned(),
        version: Version::parse(&text).map_err(|_| Error::Constraint)?,
        dirty: is_open(Some(parts.major)) || is_open(parts.minor) || is_open(parts.patch),
        minor_dirty,
        patch_dirty,
    })
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, conditions) in self.alternatives.iter().enumerate() {
            f.write_str(if i > 0 { " || " } else { "" })?;
            for (k, condition) in conditions.iter().enumerate() {
                f.write_str(if k > 0 { " " } else { "" })?;
                write!(f, "{}{}", condition.sign, condition.written)?;
            }
        }
        Ok(())
    }
}
