//! Items that are each used once.

use std::sync::Mutex;

use async_trait::async_trait;
use serde::Serialize;

use super::{Checkout, DataPool, ItemId, PoolKind};
use crate::config::Config;
use crate::error::Result;

/// Hands out each item of an iterator once, in order, ids from 1, and is then
/// exhausted. The iterator is read one item at a time.
///
/// ```
/// use mite::prelude::*;
/// let names = IterableDataPool::new((0..5000).map(|n| (format!("user-{n}"),)));
/// ```
pub struct IterableDataPool<T>(Mutex<State<T>>);

struct State<T> {
    source: Box<dyn Iterator<Item = T> + Send>,
    next: ItemId,
}

impl<T> IterableDataPool<T> {
    /// A pool of these items.
    pub fn new<I>(items: I) -> Self
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        Self(Mutex::new(State { source: Box::new(items.into_iter()), next: 1 }))
    }
}

#[async_trait]
impl<T: Serialize + Send + 'static> DataPool for IterableDataPool<T> {
    type Item = T;

    async fn checkout(&self, _config: &Config) -> Result<Checkout<T>> {
        let mut state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        Ok(match state.source.next() {
            Some(item) => {
                state.next += 1;
                Checkout::Item(state.next - 1, item)
            }
            None => Checkout::Exhausted,
        })
    }

    async fn checkin(&self, _id: ItemId) {}

    fn kind(&self) -> PoolKind {
        PoolKind::Once
    }

    fn size(&self) -> Option<u64> {
        let state = self.0.lock().unwrap_or_else(|e| e.into_inner());
        match state.source.size_hint() {
            (least, Some(most)) if least == most => Some(most as u64),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_item_once_then_exhausted() {
        let pool = IterableDataPool::new(0..8);
        let config = Config::new();
        for n in 0..8 {
            assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Item(n + 1, n as i32));
            pool.checkin(n + 1).await;
        }
        assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Exhausted);
    }

    #[tokio::test]
    async fn the_source_is_read_one_by_one() {
        let pool =
            IterableDataPool::new((0..).map(|n| if n == 1 { panic!("read too far") } else { n }));
        assert_eq!(pool.checkout(&Config::new()).await.unwrap(), Checkout::Item(1, 0));
    }
}
