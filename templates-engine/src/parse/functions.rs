//! The names of the functions that templates may call.

use super::token::{Key, WHOLE, key};

/// The number of a function: its place in [`FunctionNames`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FuncId(u16);

impl FuncId {
    /// The place.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Names in order of length, then text, and a hash table of their keys: a name is found by comparing a number
/// or two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionNames {
    names: Vec<(Key, &'static str)>,
    /// The place of a name, plus one, in the first slot that was free from its hash on; the number of slots is a
    /// power of two, and at least half of them hold 0.
    slots: Vec<u16>,
}

impl FunctionNames {
    /// Takes names, each once. The functions' numbers are their places in [`FunctionNames::iter`].
    pub(crate) fn new(names: impl Iterator<Item = &'static str>) -> Self {
        let mut names: Vec<_> = names.map(|name| (key(name.as_bytes()), name)).collect();
        names.sort_unstable_by_key(|(key, name)| (key.0, *name));
        names.truncate(usize::from(u16::MAX) - 1);
        let mut slots = vec![0; (2 * names.len()).next_power_of_two()];
        for (at, (key, _)) in names.iter().enumerate() {
            let mut slot = hash(*key) & (slots.len() - 1);
            while slots[slot] != 0 {
                slot = (slot + 1) & (slots.len() - 1);
            }
            slots[slot] = at as u16 + 1;
        }
        Self { names, slots }
    }

    /// The names by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().map(|(_, name)| *name)
    }

    /// The number of a function of that name.
    pub(crate) fn find(&self, name: &[u8]) -> Option<FuncId> {
        let key = key(name);
        let mut slot = hash(key);
        loop {
            slot &= self.slots.len().wrapping_sub(1);
            let at = self.slots.get(slot)?.checked_sub(1)?;
            let (known, text) = self.names[usize::from(at)];
            if known == key && (name.len() <= WHOLE || text.as_bytes()[WHOLE..] == name[WHOLE..]) {
                return Some(FuncId(at));
            }
            slot += 1;
        }
    }
}

/// Where to begin to look for a name: the upper bits of a product, which depend on all of its factor's.
fn hash((len, head): Key) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    ((head ^ len as u64).wrapping_mul(ODD) >> 40) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let all =
            ["", "abcd", "abcdabcd", "a", "b", "abcdefgh", "abcdefghi", "abcdefghj", "zz", "must", "mustA"];
        let names = FunctionNames::new(all.into_iter());
        for (number, name) in names.iter().enumerate() {
            assert_eq!(names.find(name.as_bytes()).map(FuncId::index), Some(number), "{name}");
        }
        for name in ["c", "abcdefg", "abcdefghk", "mustB", "z", "zzz", "abcde", "aabcd"] {
            assert_eq!(names.find(name.as_bytes()), None, "{name}");
        }
    }
}
