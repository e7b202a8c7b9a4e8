//! What one journey makes and another one uses.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use serde::Serialize;

use super::{Checkout, DataPool, ItemId};
use crate::config::Config;
use crate::error::{Error, Result};

/// A bounded queue: what one journey pushes, another one is started with, first in, first
/// out, each item once.
///
/// It is a `static`, so that the journey that pushes and the pool are the same:
///
/// ```
/// use mite::prelude::*;
///
/// static ORDERS: QueueDataPool<(u64,)> = QueueDataPool::bounded(10_000);
///
/// // #[journey]
/// async fn order(ctx: &Context) -> mite::Result {
///     let id = 5; // of what the service answered
///     ORDERS.push((id,))
/// }
///
/// // #[journey]
/// async fn pay(ctx: &Context, order: u64) -> mite::Result {
///     ctx.send("paid", fields! { order });
///     Ok(())
/// }
///
/// // #[scenario]
/// fn shop() -> Scenario {
///     Scenario::builder().run(order, NoData, 10).run(pay, &ORDERS, 5).build()
/// }
/// # drop(shop());
/// ```
///
/// While it is empty, journeys that would use its items wait; what the volume misses by
/// that is counted, and told. It belongs to this process, and lives as long: several runs
/// in one process, as under `cargo test`, begin with [`clear`](Self::clear) in their
/// setup.
#[doc(alias = "shared state")]
pub struct QueueDataPool<T> {
    queue: Mutex<Queue<T>>,
    most: usize,
}

struct Queue<T> {
    items: VecDeque<T>,
    /// How many were handed out.
    out: u64,
    closed: bool,
}

impl<T> QueueDataPool<T> {
    /// An empty queue of `most` items at most.
    ///
    /// # Panics
    /// If that is 0.
    pub const fn bounded(most: usize) -> Self {
        assert!(most > 0, "a queue of no items can hold nothing");
        let queue = Queue { items: VecDeque::new(), out: 0, closed: false };
        Self { queue: Mutex::new(queue), most }
    }

    /// Adds an item behind the others. Never waits.
    ///
    /// # Errors
    /// If the queue is full: what makes items is faster than what uses them. Or if it was
    /// closed.
    #[track_caller]
    pub fn push(&self, item: T) -> Result {
        let mut queue = self.lock();
        if queue.closed {
            return Err(Error::new("the queue is closed: nothing more was to be pushed"));
        }
        if queue.items.len() >= self.most {
            return Err(Error::new(format!(
                "the queue is full: {} items wait for a journey; start more of those that use them, fewer of those that make them, or give it more room",
                self.most
            )));
        }
        queue.items.push_back(item);
        Ok(())
    }

    /// Says that no more comes: once the queue is empty, what uses its items ends.
    pub fn close(&self) {
        self.lock().closed = true;
    }

    /// Makes it empty and open, as at first.
    pub fn clear(&self) {
        let mut queue = self.lock();
        queue.items.clear();
        queue.closed = false;
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl<T> fmt::Debug for QueueDataPool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "QueueDataPool({} of {})", self.len(), self.most)
    }
}

#[async_trait]
impl<T: Serialize + Send + 'static> DataPool for QueueDataPool<T> {
    type Item = T;
    async fn checkout(&self, _config: &Config) -> Result<Checkout<T>> {
        let mut queue = self.lock();
        Ok(match queue.items.pop_front() {
            Some(item) => {
                queue.out += 1;
                Checkout::Item(queue.out, item)
            }
            None if queue.closed => Checkout::Exhausted,
            None => Checkout::Later,
        })
    }
    async fn checkin(&self, _id: ItemId) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn items_come_in_the_order_in_which_they_were_pushed_and_then_the_end() {
        static QUEUE: QueueDataPool<(u8,)> = QueueDataPool::bounded(2);
        let config = Config::new();
        let next = async || QUEUE.checkout(&config).await.unwrap();
        assert_eq!(next().await, Checkout::Later);
        QUEUE.push((1,)).unwrap();
        QUEUE.push((2,)).unwrap();
        let error = QUEUE.push((3,)).unwrap_err();
        assert!(error.text().starts_with("the queue is full: 2 items wait"), "{}", error.text());
        assert_eq!((QUEUE.len(), QUEUE.is_empty()), (2, false));
        assert_eq!(next().await, Checkout::Item(1, (1,)));
        QUEUE.push((3,)).unwrap();
        QUEUE.close();
        assert!(QUEUE.push((4,)).unwrap_err().text().starts_with("the queue is closed"));
        assert_eq!(next().await, Checkout::Item(2, (2,)));
        assert_eq!(next().await, Checkout::Item(3, (3,)));
        assert_eq!(next().await, Checkout::Exhausted);
        QUEUE.clear();
        assert_eq!(next().await, Checkout::Later);
    }
}
