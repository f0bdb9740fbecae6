//! The names of the functions that templates may call.

/// The number of a function: its place in [`FunctionNames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FuncId(u16);

impl FuncId {
    /// The place.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Names in order of length, then head, then text: a name is found by comparing a few numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionNames {
    names: Vec<(Key, &'static str)>,
    /// Where the names of each length begin.
    starts: Vec<usize>,
}

/// A name's length and its first eight bytes.
type Key = (usize, u64);

fn key(name: &[u8]) -> Key {
    let head = name.iter().take(8).fold(0, |head, byte| head << 8 | u64::from(*byte));
    (name.len(), head)
}

impl FunctionNames {
    /// Takes names, each once. The functions' numbers are their places in [`FunctionNames::iter`].
    pub(crate) fn new(names: impl Iterator<Item = &'static str>) -> Self {
        let mut names: Vec<_> = names.map(|name| (key(name.as_bytes()), name)).collect();
        names.sort_unstable();
        names.truncate(usize::from(u16::MAX));
        let longest = names.last().map_or(0, |((length, _), _)| *length);
        let start = |length| names.partition_point(|((known, _), _)| *known < length);
        let starts = (0..=longest + 1).map(start).collect();
        Self { names, starts }
    }

    /// The names by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(_, name)| *name)
    }

    /// The number of a function of that name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<FuncId> {
        let (start, end) = (*self.starts.get(name.len())?, *self.starts.get(name.len() + 1)?);
        let key = key(name);
        let found = |(known, text): &(Key, &str)| *known == key && text.as_bytes() == name;
        let at = self.names[start..end].iter().position(found)?;
        Some(FuncId((start + at) as u16))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let all = ["", "a", "b", "abcdefgh", "abcdefghi", "abcdefghj", "zz", "must", "mustA"];
        let names = FunctionNames::new(all.into_iter());
        for (number, name) in names.iter().enumerate() {
            assert_eq!(names.find(name.as_bytes()).map(FuncId::index), Some(number), "{name}");
        }
        for name in ["c", "abcdefg", "abcdefghk", "mustB", "z", "zzz"] {
            assert_eq!(names.find(name.as_bytes()), None, "{name}");
        }
    }
}
