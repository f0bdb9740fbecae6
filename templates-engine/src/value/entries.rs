//! The entries of a map, in the order of their keys.
//!
//! Most maps of a chart's values have a handful of entries and are asked far more often than changed: those
//! lie side by side, and a key is found by its length before its bytes are looked at.

use super::{Str, Value};
use memchr::arch::all::is_equal;
use std::collections::{BTreeMap, btree_map};

/// Up to this many entries are kept side by side.
const FEW: usize = 64;

/// A sorted map from keys to values.
#[derive(Debug)]
pub struct Entries(Kind);

#[derive(Debug)]
enum Kind {
    /// Sorted by key.
    Few(Vec<(Str, Value)>),
    Many(BTreeMap<Str, Value>),
}

/// The entries of [`Entries`], by key.
#[derive(Clone, Debug)]
pub struct Iter<'a>(Inner<'a>);

#[derive(Clone, Debug)]
enum Inner<'a> {
    Few(std::slice::Iter<'a, (Str, Value)>),
    Many(btree_map::Iter<'a, Str, Value>),
}

impl Entries {
    /// The value of a key.
    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        match &self.0 {
            Kind::Few(entries) => {
                let is_key = |(known, _): &&(Str, Value)| is_equal(known, key);
                entries.iter().find(is_key).map(|(_, value)| value)
            }
            Kind::Many(entries) => entries.get(key),
        }
    }

    /// Sets the value of a key; gives back the one it had.
    pub fn insert(&mut self, key: Str, value: Value) -> Option<Value> {
        match &mut self.0 {
            Kind::Few(entries) => match entries.binary_search_by(|(known, _)| known.cmp(&key)) {
                Ok(at) => Some(std::mem::replace(&mut entries[at].1, value)),
                Err(_) if entries.len() >= FEW => {
                    let mut many: BTreeMap<_, _> = std::mem::take(entries).into_iter().collect();
                    many.insert(key, value);
                    self.0 = Kind::Many(many);
                    None
                }
                Err(at) => {
                    entries.insert(at, (key, value));
                    None
                }
            },
            Kind::Many(entries) => entries.insert(key, value),
        }
    }

    /// Removes a key; gives back the value it had.
    pub fn remove(&mut self, key: &[u8]) -> Option<Value> {
        match &mut self.0 {
            Kind::Few(entries) => {
                let at = entries.iter().position(|(known, _)| **known == *key)?;
                Some(entries.remove(at).1)
            }
            Kind::Many(entries) => entries.remove(key),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Few(entries) => entries.len(),
            Kind::Many(entries) => entries.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, by key.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match &self.0 {
            Kind::Few(entries) => Inner::Few(entries.iter()),
            Kind::Many(entries) => Inner::Many(entries.iter()),
        })
    }

    /// The keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &Str> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self(Kind::Few(Vec::new()))
    }
}

/// Of several entries with one key the last one stays.
impl FromIterator<(Str, Value)> for Entries {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(entries: I) -> Self {
        let few: Vec<_> = entries.into_iter().collect();
        if few.len() <= FEW && few.is_sorted_by(|(a, _), (b, _)| a < b) {
            return Self(Kind::Few(few));
        }
        let many: BTreeMap<_, _> = few.into_iter().collect();
        Self(if many.len() <= FEW { Kind::Few(many.into_iter().collect()) } else { Kind::Many(many) })
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Str, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Inner::Few(entries) => entries.next().map(|(key, value)| (key, value)),
            Inner::Many(entries) => entries.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Inner::Few(entries) => entries.size_hint(),
            Inner::Many(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a Str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look like chance, the same ones each time.
    fn numbers(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48)
    }

    fn listed<'a>(entries: impl Iterator<Item = (&'a Str, &'a Value)>) -> Vec<String> {
        entries.map(|(key, value)| format!("{key}={value:?}")).collect()
    }

    #[test]
    fn whatever_is_set_and_removed_the_entries_are_those_of_a_sorted_map() {
        for size in [3, 31, 32, 33, 200] {
            let (mut entries, mut plain) = (Entries::default(), BTreeMap::new());
            for (step, number) in numbers(2_000).enumerate() {
                let key = Str::from(format!("{}", number % size));
                if step % 3 == 0 {
                    let (a, b) = (entries.remove(&key), plain.remove(&key));
                    assert_eq!(format!("{a:?}"), format!("{b:?}"));
                } else {
                    let value = Value::int(step as i64);
                    let (a, b) =
                        (entries.insert(key.clone(), value.clone()), plain.insert(key.clone(), value));
                    assert_eq!(format!("{a:?}"), format!("{b:?}"));
                }
                assert_eq!(entries.get(&key).is_some(), plain.contains_key(&key));
                assert_eq!(entries.len(), plain.len());
            }
            assert_eq!(listed(entries.iter()), listed(plain.iter()));
            let shuffled =
                || numbers(500).map(|n| (Str::from(format!("{}", n % size)), Value::int(n as i64)));
            let (entries, plain): (Entries, BTreeMap<_, _>) = (shuffled().collect(), shuffled().collect());
            assert_eq!(listed(entries.iter()), listed(plain.iter()));
        }
    }
}
