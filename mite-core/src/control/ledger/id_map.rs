//! Maps of items by their ids, of which a million may be taken out and put back in a second.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::pool::ItemId;

/// Values by item.
pub(super) type IdMap<V> = HashMap<ItemId, V, BuildHasherDefault<IdHasher>>;

/// A hash of ids that keeps neighbours together: items are leased and returned in the order
/// of their ids, mostly, so that one cache line serves several of them. Ids are numbers of
/// pools, not of an adversary.
#[derive(Default)]
pub(super) struct IdHasher(u64);

/// So many neighbours stay together.
const BLOCK: u32 = 6;

/// The golden ratio's bits: multiplying by it spreads blocks (Fibonacci hashing).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        let product = u128::from(id >> BLOCK) * u128::from(SPREAD);
        let block = product as u64 ^ (product >> 64) as u64;
        // The map's tags are the uppermost bits: they must differ between neighbours.
        let tag = id.wrapping_mul(SPREAD) & (0x7F << 57);
        self.0 = ((block << BLOCK | id & ((1 << BLOCK) - 1)) & !(0x7F << 57)) | tag;
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0.rotate_left(8) ^ u64::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn ids_in_steps_of_any_size_are_spread() {
        let hashes = IdMap::<()>::default();
        for step in [1_u64, 2, 3, 10, 64, 1000, 4096, 1 << 20, 1 << 40, (1 << 20) + 1] {
            let mut buckets = vec![0; 1 << 12];
            for n in 0..1 << 12 {
                buckets[(hashes.hasher().hash_one(n * step) & 0xFFF) as usize] += 1;
            }
            let most = buckets.iter().max().copied();
            // A step of a block or more uses one place of each: as many as a block has.
            assert!(most <= Some(192), "{step}: {most:?}");
        }
    }
}
