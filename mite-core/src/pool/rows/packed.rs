//! Many encoded rows in little memory, and which of them are out.

use crate::error::{Error, Result};
use crate::msgpack;
use crate::pool::ItemId;

/// A sparse index: the place of every so many rows is kept. A place costs eight bytes,
/// a step from it to the next row a few nanoseconds.
const STRIDE: usize = 16;

/// Encoded rows, one after the other.
#[derive(Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    /// Where every [`STRIDE`]th row begins.
    places: Vec<usize>,
    count: u32,
}

impl Rows {
    pub(super) fn push(&mut self, row: &[u8]) -> Result {
        if self.count == u32::MAX {
            return Err(Error::new(
                "a recyclable pool holds at most 4,294,967,295 rows; use `::once`, which holds none",
            ));
        }
        // Growing by doubling would leave up to half of the memory unused.
        if self.bytes.capacity() - self.bytes.len() < row.len() {
            self.bytes.reserve_exact(row.len().max(self.bytes.len() / 8).max(1 << 16));
        }
        if (self.count as usize).is_multiple_of(STRIDE) {
            self.places.push(self.bytes.len());
        }
        self.bytes.extend_from_slice(row);
        self.count += 1;
        Ok(())
    }

    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    pub(super) fn len(&self) -> u32 {
        self.count
    }

    pub(super) fn get(&self, index: u32) -> &[u8] {
        let index = index as usize;
        let mut rest = &self.bytes[self.places[index / STRIDE]..];
        for _ in 0..index % STRIDE {
            rest = &rest[length(rest)..];
        }
        &rest[..length(rest)]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.bytes[..];
        (0..self.count).map(move |_| {
            let (row, after) = rest.split_at(length(rest));
            rest = after;
            row
        })
    }
}

fn length(row: &[u8]) -> usize {
    msgpack::value_len(row).expect("only whole values are pushed")
}

/// A free list, first in, first out: which items are free, and which are out.
pub(super) struct FreeList {
    /// The first item that was never out; all after it were not either.
    fresh: u32,
    /// A ring buffer of items that came back, from `head` on. Its pages are touched
    /// only as far as items come back.
    back: Box<[u32]>,
    head: usize,
    waiting: usize,
    out: Box<[u64]>,
}

impl FreeList {
    pub(super) fn new(items: u32) -> Self {
        Self {
            fresh: 0,
            back: vec![0; items as usize].into(),
            head: 0,
            waiting: 0,
            out: vec![0; items.div_ceil(64) as usize].into(),
        }
    }

    /// The next one, if one is free.
    pub(super) fn take(&mut self) -> Option<u32> {
        let item = if (self.fresh as usize) < self.back.len() {
            self.fresh += 1;
            self.fresh - 1
        } else if self.waiting > 0 {
            let item = self.back[self.head];
            self.head = (self.head + 1) % self.back.len();
            self.waiting -= 1;
            item
        } else {
            return None;
        };
        self.out[item as usize / 64] |= 1 << (item % 64);
        Some(item)
    }

    /// Takes an item back. Anything that is not out is ignored: it would be in
    /// circulation twice.
    pub(super) fn put_back(&mut self, id: ItemId) {
        let Ok(item) = u32::try_from(id) else { return };
        let Some(word) = self.out.get_mut(item as usize / 64) else { return };
        if *word & (1 << (item % 64)) == 0 {
            return;
        }
        *word &= !(1 << (item % 64));
        let at = (self.head + self.waiting) % self.back.len();
        self.back[at] = item;
        self.waiting += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashSet, VecDeque};

    #[test]
    fn rows_come_back_as_they_went_in() {
        let mut rows = Rows::default();
        let texts: Vec<_> = (0..1000).map(|n| "x".repeat(n % 77)).collect();
        for text in &texts {
            rows.push(&msgpack::encode(text).unwrap()).unwrap();
        }
        rows.shrink();
        assert_eq!(rows.len(), 1000);
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(msgpack::text(rows.get(n as u32)), Some(text.as_str()), "{n}");
        }
        assert!(rows.iter().map(|r| msgpack::text(r).unwrap()).eq(texts.iter()));
    }

    #[test]
    fn small_rows_cost_little_more_than_themselves() {
        let mut rows = Rows::default();
        let mut size = 0;
        for n in 0..100_000u32 {
            let row = msgpack::encode(&(format!("user-{n:06}"), "secret")).unwrap();
            size += row.len();
            rows.push(&row).unwrap();
        }
        rows.shrink();
        let free = FreeList::new(rows.len());
        let memory = rows.bytes.capacity()
            + 8 * rows.places.capacity()
            + 4 * free.back.len()
            + 8 * free.out.len();
        assert!(memory * 10 < size * 13, "{memory} for {size}");
    }

    #[test]
    fn the_order_is_first_in_first_out_and_nothing_is_out_twice() {
        let mut free = FreeList::new(100);
        let mut model: VecDeque<u32> = (0..100).collect();
        let mut out = HashSet::new();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..10_000 {
            if random.bool() {
                assert_eq!(
                    free.take(),
                    model.pop_front().inspect(|&item| assert!(out.insert(item)))
                );
            } else {
                // Also items that are not out, and some that do not exist.
                let item = random.u32(0..130);
                free.put_back(item.into());
                if out.remove(&item) {
                    model.push_back(item);
                }
            }
        }
        free.put_back(u64::MAX);
    }

    #[test]
    fn without_items_there_is_nothing_to_take() {
        let mut free = FreeList::new(0);
        free.put_back(0);
        assert_eq!(free.take(), None);
    }
}
