//! Pools as the control plane may meet them.

use std::collections::{HashSet, VecDeque};

use crate::pool::{ItemId, PoolKind};

/// A pool of `size` items that may have none for a while, run out, or fail.
#[derive(Clone)]
pub(in crate::control) struct Pool {
    pub(super) kind: PoolKind,
    pub(super) size: u64,
    pub(in crate::control) spares: u32,
    /// Every so many checkouts it has none for the moment.
    pub(in crate::control) later_every: Option<u64>,
    /// After so many checkouts it is exhausted, or fails.
    pub(in crate::control) exhausted_after: Option<u64>,
    pub(in crate::control) fails_after: Option<u64>,
    next: ItemId,
    asked: u64,
    free: VecDeque<ItemId>,
    pub(in crate::control) out: HashSet<ItemId>,
    pub(in crate::control) handed_out: u64,
}

pub(super) enum Answer {
    Item(ItemId),
    Later,
    Exhausted,
    Failed,
}

impl Pool {
    pub(in crate::control) fn new(kind: PoolKind, size: u64) -> Self {
        Self {
            kind,
            size,
            spares: 0,
            later_every: None,
            exhausted_after: None,
            fails_after: None,
            next: 0,
            asked: 0,
            free: VecDeque::new(),
            out: HashSet::new(),
            handed_out: 0,
        }
    }

    pub(super) fn checkout(&mut self) -> Answer {
        self.asked += 1;
        if self.fails_after.is_some_and(|n| self.asked > n) {
            return Answer::Failed;
        }
        if self.exhausted_after.is_some_and(|n| self.asked > n) {
            return Answer::Exhausted;
        }
        if self.later_every.is_some_and(|n| self.asked.is_multiple_of(n)) {
            return Answer::Later;
        }
        let id = if self.next < self.size {
            self.next += 1;
            self.next - 1
        } else if self.kind == PoolKind::Once {
            return Answer::Exhausted;
        } else if let Some(id) = self.free.pop_front() {
            id
        } else {
            return Answer::Later;
        };
        self.out.insert(id);
        self.handed_out += 1;
        Answer::Item(id)
    }

    pub(super) fn checkin(&mut self, id: ItemId) {
        assert!(self.out.remove(&id), "item {id} was checked in while it was not out");
        if self.kind != PoolKind::Once {
            self.free.push_back(id);
        }
    }
}
