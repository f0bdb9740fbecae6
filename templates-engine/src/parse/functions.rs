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
#[derive(Clone, Debug, Default)]
pub(crate) struct FunctionNames(Vec<(Key, &'static str)>);

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
        Self(names)
    }

    /// The names by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(_, name)| *name)
    }

    /// The number of a function of that name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<FuncId> {
        let key = key(name);
        let from = self.0.partition_point(|(known, _)| *known < key);
        let same = self.0[from..].iter().take_while(|(known, _)| *known == key);
        let at = same.into_iter().position(|(_, known)| known.as_bytes() == name)?;
        Some(FuncId((from + at) as u16))
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
