//! Where the entries of a table are, by the hash of their names.

use std::fmt;

/// Places of a table's entries by hash: open addressing over a list that is at most
/// half full. Asked for everything that is counted, so it takes no more than a load
/// and a comparison where nothing collides.
#[derive(Clone, Default)]
pub(crate) struct Index {
    /// As many as a power of two, or none.
    slots: Vec<Slot>,
    filled: usize,
}

#[derive(Clone, Copy)]
struct Slot {
    tag: u32,
    place: u32,
}

const FREE: Slot = Slot { tag: 0, place: u32::MAX };

/// The better half of a multiplicative hash.
fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// The places of one hash, and of some others.
pub(crate) struct Probe<'a> {
    index: &'a Index,
    tag: u32,
    at: usize,
}

impl Iterator for Probe<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let slots = &self.index.slots;
        // Without any slots there is none to get.
        while let Some(slot) = slots.get(self.at) {
            if slot.place == FREE.place {
                return None;
            }
            self.at = (self.at + 1) & (slots.len() - 1);
            if slot.tag == self.tag {
                return Some(slot.place as usize);
            }
        }
        None
    }
}

impl Index {
    /// Where what has that hash may be.
    #[inline(always)]
    pub(crate) fn probe(&self, hash: u64) -> Probe<'_> {
        let tag = tag(hash);
        Probe { index: self, tag, at: tag as usize & self.slots.len().wrapping_sub(1) }
    }

    /// The first of them, where nothing of another hash is in its place: mostly it is the
    /// one.
    #[inline(always)]
    pub(crate) fn first(&self, hash: u64) -> Option<usize> {
        let tag = tag(hash);
        let slot = self.slots.get(tag as usize & self.slots.len().wrapping_sub(1))?;
        (slot.tag == tag && slot.place != FREE.place).then_some(slot.place as usize)
    }

    /// Adds a place that is not there yet. Places stay below `u32::MAX`.
    #[cold]
    pub(crate) fn insert(&mut self, hash: u64, place: usize) {
        if self.slots.len() <= self.filled * 2 {
            let more = (self.slots.len() * 2).max(16);
            let slots = std::mem::replace(&mut self.slots, vec![FREE; more]);
            slots.into_iter().filter(|slot| slot.place != FREE.place).for_each(|s| self.put(s));
        }
        self.filled += 1;
        self.put(Slot { tag: tag(hash), place: place as u32 });
    }

    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut at = slot.tag as usize & mask;
        while self.slots[at].place != FREE.place {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Index({})", self.filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_by_its_hash_however_many_collide() {
        let mut index = Index::default();
        assert_eq!(index.probe(7 << 32).next(), None);
        // Four of each hash, and the hashes of neighbours.
        let hash = |place: usize| ((place / 4) as u64) << 32;
        for place in 0..1_000 {
            assert!(!index.probe(hash(place)).any(|found| found == place));
            index.insert(hash(place), place);
        }
        for place in 0..1_000 {
            let found: Vec<_> = index.probe(hash(place)).collect();
            assert_eq!(found, [0, 1, 2, 3].map(|n| place / 4 * 4 + n));
        }
        assert_eq!(index.probe(hash(4_000)).next(), None);
        assert_eq!(index.slots.len(), 2_048);
    }
}
