//! Listing releases: the newest revision of each, filtered, sorted and cut as Helm does.

use crate::{
    release::Status,
    storage::{self, Revisions, Storage, Summaries, Summary},
};
use skiff_compact::Order;
use std::collections::BTreeMap;
use templates_engine::regexp::{self, Regexp};

/// Which states are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States {
    /// `--deployed`.
    pub deployed: bool,
    /// `--uninstalled`.
    pub uninstalled: bool,
    /// `--uninstalling`.
    pub uninstalling: bool,
    /// `--pending`.
    pub pending: bool,
    /// `--failed`.
    pub failed: bool,
    /// `--superseded`.
    pub superseded: bool,
}

impl States {
    fn all(self) -> bool {
        self == Self::default()
    }

    fn superseded_only(self) -> bool {
        self == Self { superseded: true, ..Self::default() }
    }

    /// Helm's mask: nothing chosen shows everything but the unknown.
    fn shows(self, status: &Status) -> bool {
        match status {
            Status::Deployed => self.deployed || self.all(),
            Status::Uninstalled => self.uninstalled || self.all(),
            Status::Uninstalling => self.uninstalling || self.all(),
            Status::Failed => self.failed || self.all(),
            Status::Superseded => self.superseded || self.all(),
            Status::PendingInstall | Status::PendingUpgrade | Status::PendingRollback => {
                self.pending || self.all()
            }
            Status::Unknown | Status::Other(_) => false,
        }
    }
}

/// What list is asked for, resolved.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which states.
    pub states: States,
    /// `--filter`: a regular expression for names.
    pub filter: String,
    /// `--selector`: labels.
    pub selector: String,
    /// `--date`.
    pub by_date: bool,
    /// `--reverse`.
    pub reverse: bool,
    /// `--max`; 0 or less shows all.
    pub max: i64,
    /// `--offset`.
    pub offset: i64,
}

/// Why releases cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not a regular expression.
    #[error("{0}")]
    Filter(regexp::Error),
    /// Not a selector.
    #[error("{0}")]
    Selector(String),
    /// Records.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

/// The releases that `storage` reaches, and of the records that cannot be read those that hid one.
///
/// Revisions are chosen by their records' labels, and nothing is read of a record but what a list shows.
///
/// # Errors
/// When the filter or the selector is broken, or the records cannot be read.
pub fn list(storage: &Storage<'_>, options: &Options) -> Result<Summaries, Error> {
    let filter = match options.filter.as_str() {
        "" => None,
        pattern => Some(Regexp::compile(pattern.as_bytes()).map_err(Error::Filter)?),
    };
    let selector = Selector::parse(&options.selector).map_err(Error::Selector)?;
    let matches = |name: &str| filter.as_ref().is_none_or(|filter| filter.is_match(name.as_bytes()));
    let revisions = if options.states.superseded_only() { Revisions::All } else { Revisions::Newest };
    let Summaries { mut found, mut unreadable } = storage.all_summaries(revisions, &matches)?;
    found.retain(|summary| options.states.shows(&summary.info.status) && selector.matches(&summary.labels));
    sort(&mut found, options);
    unreadable.order_by(|a, b| (&a.namespace, &a.key).cmp(&(&b.namespace, &b.key)));
    let offset = usize::try_from(options.offset).unwrap_or(0);
    let max = usize::try_from(options.max).ok().filter(|max| *max > 0).unwrap_or(usize::MAX);
    let found = found.into_iter().skip(offset).take(max).collect();
    Ok(Summaries { found, unreadable })
}

fn sort(releases: &mut [Summary], options: &Options) {
    let date = |release: &Summary| release.info.last_deployed.map(|time| time.timestamp());
    // Neighbours of one name stand in the order of their namespaces and revisions.
    releases.order_by(|a, b| (&a.namespace, &a.name, a.version).cmp(&(&b.namespace, &b.name, b.version)));
    match (options.by_date, options.reverse) {
        (false, false) => releases.order_by(|a, b| a.name.cmp(&b.name)),
        (false, true) => releases.order_by(|a, b| b.name.cmp(&a.name)),
        (true, false) => releases.order_by_key(date),
        (true, true) => releases.order_by_key(|release| std::cmp::Reverse(date(release))),
    }
}

/// A label selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas.
struct Selector(Vec<Requirement>);

enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
}

impl Selector {
    fn parse(text: &str) -> Result<Self, String> {
        let terms = split_terms(text);
        terms.into_iter().map(Requirement::parse).collect::<Result<_, _>>().map(Self)
    }

    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => labels.get(key).is_none_or(|value| !values.contains(value)),
        })
    }
}

/// Splits at commas outside parentheses.
fn split_terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                terms.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    terms.push(text[start..].trim());
    terms.retain(|term| !term.is_empty());
    terms
}

impl Requirement {
    fn parse(term: &str) -> Result<Self, String> {
        let key = |text: &str| {
            let text = text.trim();
            let fine = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
            if text.is_empty() || !text.chars().all(fine) {
                return Err(format!("found '{term}', expected: !, identifier, or 'end of string'"));
            }
            Ok(text.to_owned())
        };
        if let Some((name, value)) = term.split_once("!=") {
            return Ok(Self::NotIn(key(name)?, vec![value.trim().to_owned()]));
        }
        if let Some((name, value)) = term.split_once("==").or_else(|| term.split_once('=')) {
            return Ok(Self::In(key(name)?, vec![value.trim().to_owned()]));
        }
        if let Some((head, values)) = term.strip_suffix(')').and_then(|term| term.split_once('(')) {
            let values = values.split(',').map(|value| value.trim().to_owned()).collect();
            let head = head.trim();
            if let Some(name) = head.strip_suffix("notin") {
                return Ok(Self::NotIn(key(name)?, values));
            }
            if let Some(name) = head.strip_suffix("in") {
                return Ok(Self::In(key(name)?, values));
            }
        }
        match term.strip_prefix('!') {
            Some(name) => Ok(Self::Absent(key(name)?)),
            None => Ok(Self::Exists(key(term)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::SystemClock, release::Release, storage::Memory};

    fn store(storage: &Storage<'_>, name: &str, version: i64, status: Status) {
        let mut release = Release { name: name.into(), version, ..Release::default() };
        release.set_status(status, "");
        release.labels.insert("tier".into(), name.into());
        storage.create(&release).unwrap();
    }

    fn names(options: &Options) -> Vec<String> {
        let memory = Memory::default();
        let storage = Storage::new(&memory, &SystemClock);
        store(&storage, "b", 1, Status::Superseded);
        store(&storage, "b", 2, Status::Superseded);
        store(&storage, "b", 10, Status::Deployed);
        store(&storage, "a", 1, Status::Failed);
        store(&storage, "c", 1, Status::PendingInstall);
        let listed = list(&storage, options).unwrap();
        listed.found.iter().map(|release| format!("{}{}", release.name, release.version)).collect()
    }

    #[test]
    fn the_newest_revision_of_each_is_shown() {
        assert_eq!(names(&Options::default()), ["a1", "b10", "c1"]);
        assert_eq!(names(&Options { reverse: true, ..Options::default() }), ["c1", "b10", "a1"]);
        assert_eq!(names(&Options { max: 1, offset: 1, ..Options::default() }), ["b10"]);
    }

    #[test]
    fn superseded_alone_shows_old_revisions() {
        let states = States { superseded: true, ..States::default() };
        assert_eq!(names(&Options { states, ..Options::default() }).len(), 2);
        let both = States { deployed: true, ..states };
        assert_eq!(names(&Options { states: both, ..Options::default() }), ["b10"]);
    }

    #[test]
    fn names_and_labels_choose() {
        assert_eq!(names(&Options { filter: "^[ab]$".into(), ..Options::default() }), ["a1", "b10"]);
        for (selector, expected) in [
            ("tier=a", vec!["a1"]),
            ("tier!=a", vec!["b10", "c1"]),
            ("tier in (a, c),owner==helm", vec!["a1", "c1"]),
            ("!tier", vec![]),
            ("tier notin (a,b)", vec!["c1"]),
        ] {
            assert_eq!(names(&Options { selector: selector.into(), ..Options::default() }), expected);
        }
    }
}
