//! Sets of completion indexes, written as intervals: `0-2,5`.

use std::collections::BTreeSet;

/// How many indexes are looked at; the API allows no more pods to run.
const LIMIT: i64 = 100_000;

/// Indexes in a text of intervals, below `completions`. What is malformed is left out.
pub(super) fn parse(text: &str, completions: i64) -> BTreeSet<i64> {
    let end = completions.min(LIMIT);
    let mut set = BTreeSet::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
            set.extend(first.max(0)..(last.saturating_add(1)).min(end));
        }
    }
    set
}

/// Intervals of indexes: two in a row are written with a comma as the real controller does, more with a dash.
pub(super) fn write(set: &BTreeSet<i64>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut run: Option<(i64, i64)> = None;
    let mut close = |run: Option<(i64, i64)>| match run {
        Some((first, last)) if first == last => parts.push(first.to_string()),
        Some((first, last)) if first + 1 == last => parts.push(format!("{first},{last}")),
        Some((first, last)) => parts.push(format!("{first}-{last}")),
        None => {}
    };
    for index in set {
        run = match run {
            Some((first, last)) if last + 1 == *index => Some((first, *index)),
            before => {
                close(before);
                Some((*index, *index))
            }
        };
    }
    close(run);
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_and_written() {
        for text in ["", "0", "0,1", "0-2", "1,3-5,7,8"] {
            assert_eq!(write(&parse(text, 100)), text);
        }
        assert_eq!(parse("0-999999999999", 3), BTreeSet::from([0, 1, 2]));
        assert_eq!(parse("x,1-y,2", 9), BTreeSet::from([2]));
    }
}
