//! A set of numbers, as ranges: what is used up in order takes no memory.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A set of numbers, most of which follow each other.
///
/// ```
/// use mite_core::control::Ranges;
/// let set: Ranges = [1, 2, 3, 7].into_iter().collect();
/// assert_eq!(set.iter().collect::<Vec<_>>(), [1..4, 7..8]);
/// assert_eq!((set.count(), set.contains(3), set.contains(4)), (4, true, false));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Adds a number; whether it was not there.
    pub fn insert(&mut self, n: u64) -> bool {
        if self.contains(n) {
            return false;
        }
        let mut range = n..n + 1;
        if let Some(end) = self.0.remove(&range.end) {
            range.end = end;
        }
        match self.0.range_mut(..n).next_back().filter(|(_, end)| **end == n) {
            Some((_, end)) => *end = range.end,
            None => drop(self.0.insert(n, range.end)),
        }
        true
    }

    /// Adds all of these.
    pub fn insert_range(&mut self, mut range: Range<u64>) {
        // Whatever overlaps or touches it becomes one with it.
        while let Some((&start, &end)) =
            self.0.range(..=range.end).next_back().filter(|(_, end)| range.start <= **end)
        {
            self.0.remove(&start);
            range = range.start.min(start)..range.end.max(end);
        }
        if !range.is_empty() {
            self.0.insert(range.start, range.end);
        }
    }

    /// Takes all of these out.
    pub fn remove_range(&mut self, range: Range<u64>) {
        while !range.is_empty()
            && let Some((&start, &end)) =
                self.0.range(..range.end).next_back().filter(|(_, end)| range.start < **end)
        {
            self.0.remove(&start);
            if start < range.start {
                self.0.insert(start, range.start);
            }
            if range.end < end {
                self.0.insert(range.end, end);
            }
        }
    }

    /// Takes a number out; whether it was there.
    pub fn remove(&mut self, n: u64) -> bool {
        let Some((&start, &end)) = self.0.range(..=n).next_back().filter(|(_, end)| n < **end)
        else {
            return false;
        };
        self.0.remove(&start);
        if start < n {
            self.0.insert(start, n);
        }
        if n + 1 < end {
            self.0.insert(n + 1, end);
        }
        true
    }

    /// Whether a number is in it.
    pub fn contains(&self, n: u64) -> bool {
        self.0.range(..=n).next_back().is_some_and(|(_, end)| n < *end)
    }

    /// Its ranges, in order.
    pub fn iter(&self) -> impl Iterator<Item = Range<u64>> {
        self.0.iter().map(|(start, end)| *start..*end)
    }

    /// How many numbers it has.
    pub fn count(&self) -> u64 {
        self.iter().map(|range| range.end - range.start).sum()
    }

    /// How many ranges.
    pub fn ranges(&self) -> usize {
        self.0.len()
    }

    /// The highest number, if there is one.
    pub fn last(&self) -> Option<u64> {
        self.0.last_key_value().map(|(_, end)| end - 1)
    }
}

impl FromIterator<u64> for Ranges {
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut ranges = Self::default();
        runs(numbers).for_each(|run| ranges.insert_range(run));
        ranges
    }
}

/// Numbers, where those that follow each other are one range.
pub(super) fn runs(numbers: impl IntoIterator<Item = u64>) -> impl Iterator<Item = Range<u64>> {
    let mut numbers = numbers.into_iter().peekable();
    std::iter::from_fn(move || {
        let first = numbers.next()?;
        let mut end = first + 1;
        while numbers.next_if_eq(&end).is_some() {
            end += 1;
        }
        Some(first..end)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn it_is_a_set() {
        let mut rng = fastrand::Rng::with_seed(4);
        let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
        for _ in 0..5000 {
            let n = rng.u64(0..60);
            let range = n..n + rng.u64(0..6);
            match rng.u8(0..8) {
                0..4 => assert_eq!(ranges.insert(n), set.insert(n)),
                4..6 => assert_eq!(ranges.remove(n), set.remove(&n)),
                6 => {
                    set.extend(range.clone());
                    ranges.insert_range(range);
                }
                _ => {
                    set.retain(|n| !range.contains(n));
                    ranges.remove_range(range);
                }
            }
            assert_eq!(ranges.contains(n), set.contains(&n));
            assert_eq!(ranges.count(), set.len() as u64);
            assert_eq!(ranges.last(), set.last().copied());
            assert!(ranges.iter().flatten().eq(set.iter().copied()));
            assert!(ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.end < b.start));
            assert!(runs(set.iter().copied()).eq(ranges.iter()));
        }
    }
}
