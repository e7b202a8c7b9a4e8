//! What feeds the journeys of a mix, or a line that starts so many journeys and no more: a
//! pool that decides at each check-out which journey it is for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;

use super::any::{AnyPool, Erased};
use super::choice::Choice;
use super::rows::item::EncodedItem;
use super::{Checkout, ItemId, PoolKind, Row};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::meta::TypeOf;

/// Items that may wait for journeys that are about to start, where a pool takes its items
/// back: its kind would have them come one by one.
const SPARES: u32 = 4096;

/// A pool of several pools, each for a journey. Its items say which journey they are for:
/// whatever runner starts them, the journeys of all come by their weights.
///
/// A journey whose pool takes its items back and has none now is waited for: they come
/// back. One whose pool is of the test's own, such as a queue, is passed over, since what
/// fills it may be another journey of the same mix. One whose pool is used up leaves; the
/// others go on by their weights among themselves.
#[doc(hidden)]
pub struct Supply {
    members: Vec<Member>,
    state: Mutex<State>,
    /// Journeys in all.
    most: Option<u64>,
}

/// One journey of a [`Supply`], and its pool.
#[doc(hidden)]
pub struct Member {
    /// How often it comes, against the others.
    pub weight: u64,
    /// What it is fed from.
    pub pool: AnyPool,
    /// Whether the pool's items are its only argument, not a tuple of it.
    pub bare: bool,
    /// Whether each item is used once, also of a pool that would take it back.
    pub once: bool,
    /// What to call the pool.
    pub name: String,
}

struct State {
    choice: Choice,
    given: u64,
    /// Items that are to go back: of which member, and its pool's own number.
    out: HashMap<ItemId, (usize, ItemId)>,
    shortages: Vec<Shortage>,
}

/// What a member of a [`Supply`] was not there for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct Shortage {
    /// How often it was passed over.
    pub passed: u64,
    /// Whether its pool is used up.
    pub used_up: bool,
}

impl Supply {
    /// Of these, so many journeys in all at most.
    pub fn new(members: Vec<Member>, most: Option<u64>) -> Self {
        let weights = members.iter().map(|member| member.weight).collect();
        let shortages = vec![Shortage::default(); members.len()];
        let choice = Choice::new(weights);
        let state = State { choice, given: 0, out: HashMap::new(), shortages };
        Self { members, state: Mutex::new(state), most }
    }

    /// As a pool. Its items are none of a type: they say whose they are.
    pub fn into_pool(self: Arc<Self>) -> AnyPool {
        AnyPool::erased(self, TypeOf::of::<()>(), "mix")
    }

    /// What each member was not there for, so far.
    pub fn shortages(&self) -> Vec<Shortage> {
        self.lock().shortages.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Asks the pool whose turn it is. Calls follow each other.
    async fn next(&self, config: &Config) -> Result<Checkout<Vec<u8>>> {
        let mut choice = {
            let state = self.lock();
            if self.most.is_some_and(|most| state.given >= most) {
                return Ok(Checkout::Exhausted);
            }
            state.choice.clone()
        };
        let mut passed = vec![0; self.members.len()];
        loop {
            let Some(next) = choice.next() else { return Ok(Checkout::Exhausted) };
            let member = &self.members[next];
            if passed[next] > 0 {
                let is_there = |(i, passed): (usize, &u64)| *passed == 0 && choice.has(i);
                if !passed.iter().enumerate().any(is_there) {
                    return Ok(Checkout::Later);
                }
                passed[next] += 1;
                choice.choose(next);
                continue;
            }
            let answer = member.pool.checkout(config, member.bare).await;
            match answer.map_err(|error| member.failed(&error))? {
                Checkout::Item(id, data) => {
                    choice.choose(next);
                    return Ok(self.give(next, id, &data, choice, &passed));
                }
                Checkout::Later if member.is_own() => {
                    passed[next] += 1;
                    choice.choose(next);
                }
                // It comes back.
                Checkout::Later if !member.once => return Ok(Checkout::Later),
                Checkout::Later | Checkout::Exhausted => {
                    choice.remove(next);
                    let mut state = self.lock();
                    state.choice.remove(next);
                    state.shortages[next].used_up = true;
                }
            }
        }
    }

    fn give(
        &self,
        member: usize,
        id: ItemId,
        data: &Bytes,
        choice: Choice,
        passed: &[u64],
    ) -> Checkout<Vec<u8>> {
        let mut state = self.lock();
        state.choice = choice;
        state.given += 1;
        for (shortage, passed) in state.shortages.iter_mut().zip(passed) {
            shortage.passed += passed;
        }
        let own = state.given;
        let of = &self.members[member];
        if of.goes_back() {
            state.out.insert(own, (member, id));
        }
        let id = (of.pool.kind() != PoolKind::Unlimited).then_some(id);
        Checkout::Item(own, encode(member, id, data))
    }
}

#[async_trait]
impl Erased for Supply {
    async fn checkout(&self, config: &Config, _bare: bool) -> Result<Checkout<EncodedItem>> {
        Ok(match self.next(config).await? {
            Checkout::Item(id, item) => Checkout::Item(id, EncodedItem::row(item)),
            Checkout::Later => Checkout::Later,
            Checkout::Exhausted => Checkout::Exhausted,
        })
    }

    async fn checkin(&self, id: ItemId) {
        let out = self.lock().out.remove(&id);
        if let Some((member, id)) = out {
            self.members[member].pool.checkin(id).await;
        }
    }

    fn kind(&self) -> PoolKind {
        match self.members.iter().any(Member::goes_back) {
            // Each start must be counted, or be of the right journey.
            true => PoolKind::Custom,
            false => PoolKind::Once,
        }
    }

    fn spares(&self) -> u32 {
        let own = self.members.iter().filter(|member| member.is_own());
        own.map(|member| member.pool.spares()).min().unwrap_or(SPARES)
    }

    /// How many journeys it feeds, if that is known.
    fn size(&self) -> Option<u64> {
        let of_pool = match self.members.as_slice() {
            [only] if self.kind() == PoolKind::Once => only.pool.size(),
            _ => None,
        };
        of_pool.into_iter().chain(self.most).min()
    }

    fn counted(&self) -> Option<u64> {
        self.size()
    }

    fn source(&self) -> Option<String> {
        let [only] = self.members.as_slice() else { return None };
        only.pool.source()
    }

    /// Those of its members were looked at one by one.
    fn check_rows(&self, _check: &mut dyn FnMut(&Row) -> Result) -> Result {
        Ok(())
    }
}

impl Member {
    fn is_own(&self) -> bool {
        self.pool.kind() == PoolKind::Custom
    }

    /// Whether its items must be given back once they were used.
    fn goes_back(&self) -> bool {
        match self.pool.kind() {
            PoolKind::Recyclable => !self.once,
            PoolKind::Custom => true,
            PoolKind::Once | PoolKind::Unlimited => false,
        }
    }

    fn failed(&self, error: &Error) -> Error {
        Error::new(format!("pool `{}`: {}", self.name, error.text()))
    }
}

/// An item of a [`Supply`], as its journey is started with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct ChosenItem {
    /// Which journey.
    pub member: usize,
    /// The number that its pool has for it; none of a journey without data.
    pub id: Option<ItemId>,
    /// The encoded arguments.
    pub data: Bytes,
}

/// Bytes before the arguments: which member, whether there is a number, and that.
const HEADER: usize = 2 + 1 + 8;

fn encode(member: usize, id: Option<ItemId>, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + data.len());
    out.extend_from_slice(&(member as u16).to_be_bytes());
    out.push(id.is_some().into());
    out.extend_from_slice(&id.unwrap_or_default().to_be_bytes());
    out.extend_from_slice(data);
    out
}

impl ChosenItem {
    /// Reads what came from a [`Supply`]; nothing if it did not.
    pub fn decode(item: &Bytes) -> Option<Self> {
        let (member, rest) = item.split_first_chunk::<2>()?;
        let (has_id, rest) = rest.split_first()?;
        let id = rest.first_chunk::<8>()?;
        Some(Self {
            member: u16::from_be_bytes(*member).into(),
            id: (*has_id == 1).then_some(ItemId::from_be_bytes(*id)),
            data: item.slice(HEADER..),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::{IterableDataPool, NoData, QueueDataPool, RecyclableIterableDataPool};

    fn member(weight: u64, pool: AnyPool) -> Member {
        Member { weight, pool, bare: true, once: false, name: "p".into() }
    }

    fn without_data(weight: u64) -> Member {
        Member { bare: false, ..member(weight, AnyPool::new(NoData)) }
    }

    /// The next items: which journey, and which number of its pool.
    async fn take(supply: &Supply, count: usize) -> Vec<(usize, Option<ItemId>)> {
        let mut taken = Vec::new();
        for _ in 0..count {
            match supply.next(&Config::new()).await.expect("no pool fails") {
                Checkout::Item(_, item) => {
                    let item = ChosenItem::decode(&item.into()).expect("it is one");
                    taken.push((item.member, item.id));
                }
                Checkout::Later | Checkout::Exhausted => break,
            }
        }
        taken
    }

    #[tokio::test]
    async fn items_say_whose_they_are_and_carry_what_their_pool_gave() {
        let pool = AnyPool::new(IterableDataPool::new(["a", "b"]));
        let supply = Supply::new(vec![without_data(2), member(1, pool)], Some(4));
        let taken = take(&supply, 9).await;
        assert_eq!(taken, [(0, None), (1, Some(1)), (0, None), (0, None)]);
        assert_eq!((supply.kind(), supply.size()), (PoolKind::Once, Some(4)));
        assert_eq!(ChosenItem::decode(&Bytes::from_static(b"short")), None);
        let item = ChosenItem::decode(&encode(300, Some(7), b"\x90").into());
        let expected = ChosenItem { member: 300, id: Some(7), data: Bytes::from_static(b"\x90") };
        assert_eq!(item, Some(expected));
    }

    #[tokio::test]
    async fn an_item_that_comes_back_is_waited_for() {
        let pool = AnyPool::new(RecyclableIterableDataPool::new(["a"]));
        let supply = Supply::new(vec![without_data(1), member(1, pool)], None);
        assert_eq!(supply.kind(), PoolKind::Custom);
        assert_eq!(take(&supply, 9).await, [(0, None), (1, Some(0)), (0, None)]);
        supply.checkin(2).await;
        assert_eq!(take(&supply, 9).await, [(1, Some(0)), (0, None)]);
        assert_eq!(supply.shortages(), [Shortage::default(); 2]);
    }

    #[tokio::test]
    async fn an_item_is_used_once_if_that_is_asked_for() {
        let pool = AnyPool::new(RecyclableIterableDataPool::new(["a", "b"]));
        let once = Member { once: true, ..member(1, pool) };
        let supply = Supply::new(vec![once], None);
        assert_eq!((supply.kind(), supply.size()), (PoolKind::Once, Some(2)));
        assert_eq!(take(&supply, 9).await, [(0, Some(0)), (0, Some(1))]);
        supply.checkin(1).await;
        assert!(matches!(supply.next(&Config::new()).await, Ok(Checkout::Exhausted)));
    }

    #[tokio::test]
    async fn who_is_used_up_leaves_and_the_others_go_on_by_their_weights() {
        let pool = AnyPool::new(IterableDataPool::new(["a"]));
        let supply = Supply::new(vec![without_data(3), without_data(1), member(4, pool)], None);
        let taken = take(&supply, 81).await;
        let count = |member| taken.iter().filter(|taken| taken.0 == member).count();
        assert_eq!((count(0), count(1), count(2)), (60, 20, 1));
        assert!(supply.shortages()[2].used_up);
    }

    #[tokio::test]
    async fn a_queue_without_items_is_passed_over_and_not_made_up_for() {
        static QUEUE: QueueDataPool<(u8,)> = QueueDataPool::bounded(10);
        let queue = Member { bare: false, ..member(1, AnyPool::new(&QUEUE)) };
        let supply = Supply::new(vec![without_data(1), queue], None);
        assert_eq!(take(&supply, 5).await, [(0, None); 5]);
        let passed = supply.shortages()[1].passed;
        assert!((4..=5).contains(&passed), "{passed}");
        (0..4).for_each(|n| QUEUE.push((n,)).unwrap());
        let taken: Vec<_> = take(&supply, 6).await.iter().map(|taken| taken.0).collect();
        assert_eq!(taken.iter().filter(|member| **member == 1).count(), 3, "{taken:?}");
        // Alone, it is waited for.
        let queue = Member { bare: false, ..member(1, AnyPool::new(&QUEUE)) };
        let alone = Supply::new(vec![queue], None);
        assert_eq!(take(&alone, 9).await.len(), 1);
        assert!(matches!(alone.next(&Config::new()).await, Ok(Checkout::Later)));
        assert_eq!(alone.shortages(), [Shortage::default()]);
    }
}
