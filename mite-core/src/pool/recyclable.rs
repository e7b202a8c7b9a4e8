//! Items that come back and go out again.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use serde::Serialize;

use super::{Checkout, DataPool, ItemId, PoolKind};
use crate::config::Config;
use crate::error::Result;

/// Hands out the items of an iterator in order, and those that came back after
/// them, for ever. Ids count from 0. The iterator is read at the first checkout.
///
/// ```
/// use mite::prelude::*;
/// let pairs = RecyclableIterableDataPool::new((0..5000).map(|i| (i, i + 2)));
/// ```
#[doc(alias = "circular")]
pub struct RecyclableIterableDataPool<T>(Mutex<State<T>>);

struct State<T> {
    source: Option<Box<dyn Iterator<Item = T> + Send>>,
    items: Vec<T>,
    free: VecDeque<ItemId>,
    out: HashSet<ItemId>,
}

impl<T> RecyclableIterableDataPool<T> {
    /// A pool of these items.
    pub fn new<I>(items: I) -> Self
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        Self(Mutex::new(State {
            source: Some(Box::new(items.into_iter())),
            items: Vec::new(),
            free: VecDeque::new(),
            out: HashSet::new(),
        }))
    }
}

#[async_trait]
impl<T: Serialize + Clone + Send + 'static> DataPool for RecyclableIterableDataPool<T> {
    type Item = T;

    async fn checkout(&self, _config: &Config) -> Result<Checkout<T>> {
        let mut state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(source) = state.source.take() {
            state.items = source.collect();
            state.free = (0..state.items.len() as ItemId).collect();
        }
        Ok(match state.free.pop_front() {
            Some(id) => {
                state.out.insert(id);
                Checkout::Item(id, state.items[id as usize].clone())
            }
            None => Checkout::Later,
        })
    }

    async fn checkin(&self, id: ItemId) {
        let mut state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        // Only what is out may come back: anything else would put an item into
        // circulation twice.
        if state.out.remove(&id) {
            state.free.push_back(id);
        }
    }

    fn kind(&self) -> PoolKind {
        PoolKind::Recyclable
    }

    fn size(&self) -> Option<u64> {
        let state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        match state.source.as_ref().map(|source| source.size_hint()) {
            None => Some(state.items.len() as u64),
            Some((least, Some(most))) if least == most => Some(most as u64),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn take(pool: &RecyclableIterableDataPool<u32>) -> Checkout<u32> {
        pool.checkout(&Config::new()).await.unwrap()
    }

    #[tokio::test]
    async fn items_go_round() {
        let pool = RecyclableIterableDataPool::new(10..18);
        for _ in 0..160 {
            let Checkout::Item(id, _) = take(&pool).await else { panic!("emptied") };
            pool.checkin(id).await;
        }
        assert_eq!(take(&pool).await, Checkout::Item(0, 10));
    }

    #[tokio::test]
    async fn with_none_free_it_says_later() {
        let pool = RecyclableIterableDataPool::new(0..2);
        take(&pool).await;
        take(&pool).await;
        assert_eq!(take(&pool).await, Checkout::Later);
        pool.checkin(0).await;
        assert_eq!(take(&pool).await, Checkout::Item(0, 0));
    }

    #[tokio::test]
    async fn only_what_is_out_comes_back() {
        let pool = RecyclableIterableDataPool::new(0..2);
        pool.checkin(7).await;
        take(&pool).await;
        pool.checkin(0).await;
        pool.checkin(0).await;
        assert_eq!(take(&pool).await, Checkout::Item(1, 1));
        assert_eq!(take(&pool).await, Checkout::Item(0, 0));
        assert_eq!(take(&pool).await, Checkout::Later);
    }

    #[tokio::test]
    async fn the_source_is_read_at_the_first_checkout() {
        let pool =
            RecyclableIterableDataPool::new(std::iter::once_with(|| -> u32 { panic!("read") }));
        let checkout = tokio::spawn(async move { take(&pool).await });
        assert!(checkout.await.unwrap_err().is_panic());
    }
}
