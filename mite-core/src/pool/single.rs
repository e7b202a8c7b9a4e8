//! One item, once.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use serde::Serialize;

use super::{Checkout, DataPool, ItemId, IterableDataPool, PoolKind, Row};
use crate::config::Config;
use crate::error::Result;

/// A pool of one item, used once; its id is 1.
///
/// ```
/// use mite::prelude::*;
/// let pool = SingleRunDataPool::new(("bob".to_owned(), 7));
/// ```
pub struct SingleRunDataPool<T>(IterableDataPool<T>);

impl<T: Send + 'static> SingleRunDataPool<T> {
    /// A pool of this item.
    pub fn new(item: T) -> Self {
        Self(IterableDataPool::new([item]))
    }
}

#[async_trait]
impl<T: Serialize + Send + 'static> DataPool for SingleRunDataPool<T> {
    type Item = T;
    async fn checkout(&self, config: &Config) -> Result<Checkout<T>> {
        self.0.checkout(config).await
    }
    async fn checkin(&self, _id: ItemId) {}
    fn kind(&self) -> PoolKind {
        PoolKind::Once
    }
    fn size(&self) -> Option<u64> {
        self.0.size()
    }
}

/// The first item of another pool, once.
///
/// ```
/// use mite::prelude::*;
/// let first = SingleRunDataPoolWrapper::new(RecyclableIterableDataPool::new(0..10));
/// ```
pub struct SingleRunDataPoolWrapper<P> {
    pool: P,
    taken: AtomicBool,
}

impl<P: DataPool> SingleRunDataPoolWrapper<P> {
    /// One item of `pool`.
    pub fn new(pool: P) -> Self {
        Self { pool, taken: AtomicBool::new(false) }
    }
}

#[async_trait]
impl<P: DataPool> DataPool for SingleRunDataPoolWrapper<P> {
    type Item = P::Item;
    async fn checkout(&self, config: &Config) -> Result<Checkout<Self::Item>> {
        if self.taken.load(Ordering::Acquire) {
            return Ok(Checkout::Exhausted);
        }
        let checkout = self.pool.checkout(config).await?;
        if matches!(checkout, Checkout::Item(..)) {
            self.taken.store(true, Ordering::Release);
        }
        Ok(checkout)
    }
    async fn checkin(&self, id: ItemId) {
        self.pool.checkin(id).await;
    }
    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        self.pool.check_rows(check)
    }
    fn size(&self) -> Option<u64> {
        self.pool.size().map(|size| size.min(1))
    }
    fn source(&self) -> Option<String> {
        self.pool.source()
    }
    fn spares(&self) -> u32 {
        self.pool.spares().min(1)
    }
    fn kind(&self) -> PoolKind {
        match self.pool.kind() {
            PoolKind::Custom => PoolKind::Custom,
            _ => PoolKind::Once,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::RecyclableIterableDataPool;

    #[tokio::test]
    async fn one_item_then_exhausted() {
        let config = Config::new();
        let pool = SingleRunDataPool::new((7,));
        assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Item(1, (7,)));
        assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Exhausted);
    }

    #[tokio::test]
    async fn the_wrapper_passes_one_checkout() {
        let config = Config::new();
        let pool = SingleRunDataPoolWrapper::new(RecyclableIterableDataPool::new(5..9));
        assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Item(0, 5));
        pool.checkin(0).await;
        assert_eq!(pool.checkout(&config).await.unwrap(), Checkout::Exhausted);
    }
}
