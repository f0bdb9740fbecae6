//! Stable sorting.
//!
//! `[T]::sort_by` is compiled anew, about 7 KB of it, for each type and each comparison: with a hundred of them that was a
//! twentieth of the program. Here places are sorted, by one function; the items are then moved to their places. Lists that
//! are long and sorted often should use the standard library's.

use std::cmp::Ordering;

/// Sorting of slices. All of it is stable.
pub trait Order<T> {
    /// Sorts as the items themselves compare.
    ///
    /// ```
    /// use skiff_compact::Order;
    /// let mut words = ["b", "c", "a"];
    /// words.order();
    /// assert_eq!(words, ["a", "b", "c"]);
    /// ```
    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(T::cmp);
    }

    /// Sorts as `compare` says.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by what `key` makes of each item.
    ///
    /// ```
    /// use skiff_compact::Order;
    /// let mut words = ["ccc", "bb", "aa", "d"];
    /// words.order_by_key(|word| word.len());
    /// assert_eq!(words, ["d", "bb", "aa", "ccc"]);
    /// ```
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let places = places(self.len(), &mut |a, b| match (self.get(a), self.get(b)) {
            (Some(a), Some(b)) => compare(a, b),
            _ => Ordering::Equal,
        });
        apply(places, &mut |a, b| self.swap(a, b));
    }
}

/// The places of the items in their order.
#[inline(never)]
fn places(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|a, b| compare(*a, *b));
    places
}

/// Brings the item of `places[n]` to place `n`, for all of them: each cycle of places is followed once.
#[inline(never)]
fn apply(mut places: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..places.len() {
        let mut at = start;
        while let Some(from) = places.get(at).copied() {
            if let Some(done) = places.get_mut(at) {
                *done = at;
            }
            if from == start {
                break;
            }
            swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn all_short_lists_are_sorted_as_the_standard_library_sorts_them() {
        for length in 0..7_u32 {
            for number in 0..4_u32.pow(length) {
                let list: Vec<(u32, u32)> = (0..length).map(|at| (number / 4_u32.pow(at) % 4, at)).collect();
                let (mut ours, mut theirs) = (list.clone(), list);
                ours.order_by_key(|(key, _)| *key);
                theirs.sort_by_key(|(key, _)| *key);
                assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn long_lists_are_sorted() {
        let mut list: Vec<u64> = (0..10_000).map(|n| n * 7_919 % 10_007).collect();
        let mut wanted = list.clone();
        wanted.sort_unstable();
        list.order();
        assert_eq!(list, wanted);
    }
}
