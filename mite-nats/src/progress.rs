//! Which parcels of each source were written.

use std::collections::BTreeMap;

/// Numbers, as ranges: those of a source come one after the other, mostly.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress(BTreeMap<u64, BTreeMap<u64, u64>>);

impl Progress {
    /// Whether the parcel of that number was written.
    pub(crate) fn has(&self, source: u64, number: u64) -> bool {
        let before = self.0.get(&source).and_then(|ranges| ranges.range(..=number).next_back());
        before.is_some_and(|(_, end)| number <= *end)
    }

    /// Whether one before it was not, of those that this one knows to be there.
    pub(crate) fn lacks_one_before(&self, source: u64, number: u64) -> bool {
        let last = self.0.get(&source).and_then(|ranges| ranges.last_key_value());
        last.is_some_and(|(_, end)| number > end + 1)
    }

    pub(crate) fn add(&mut self, source: u64, number: u64) {
        if self.has(source, number) {
            return;
        }
        let ranges = self.0.entry(source).or_default();
        let end = ranges.remove(&(number + 1)).unwrap_or(number);
        match ranges.range_mut(..number).next_back().filter(|(_, end)| **end + 1 == number) {
            Some((_, before)) => *before = end,
            None => drop(ranges.insert(number, end)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_known_in_whatever_order() {
        let mut progress = Progress::default();
        assert!(!progress.lacks_one_before(1, 9), "nothing is known of it");
        for number in [5, 6, 9, 7, 3, 8, 5] {
            assert_eq!(progress.has(1, number), number == 5 && progress.has(1, 6));
            progress.add(1, number);
            assert!(progress.has(1, number));
        }
        assert_eq!(progress.0[&1], BTreeMap::from([(3, 3), (5, 9)]));
        assert!(!progress.has(1, 4) && !progress.has(1, 10) && !progress.has(2, 5));
        assert!(progress.lacks_one_before(1, 11) && !progress.lacks_one_before(1, 10));
    }
}
