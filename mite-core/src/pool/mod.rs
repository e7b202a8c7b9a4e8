//! Data pools: what journeys are fed from.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::error::Result;

#[doc(hidden)]
pub mod any;
mod choice;
mod entry;
mod iterable;
mod queue;
mod recyclable;
#[doc(hidden)]
pub mod rows;
mod single;
mod supply;

pub use choice::Choice;
pub(crate) use choice::{place_of, whole};
pub use entry::{PoolEntry, item_of};
pub use iterable::IterableDataPool;
pub use queue::QueueDataPool;
pub use recyclable::RecyclableIterableDataPool;
pub(crate) use rows::NO_ARGUMENTS;
pub use rows::{
    Arguments, Csv, CsvDataPool, FileDataPool, JsonLines, JsonLinesDataPool, Msgpack,
    MsgpackDataPool, Row, RowPool,
};
pub use single::{SingleRunDataPool, SingleRunDataPoolWrapper};
pub use supply::{ChosenItem, Member, Shortage, Supply};

/// A pool's own number for an item.
pub type ItemId = u64;

/// What a pool answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkout<T> {
    /// An item, out until it is checked in.
    Item(ItemId, T),
    /// None now; this start is skipped and counted, and asked for again.
    Later,
    /// None ever again: what is out still runs, then the scenario ends.
    Exhausted,
}

/// A source of arguments for a journey.
///
/// An item is never held by two journeys at once: it is out from `checkout`
/// until `checkin`. An `Err` ends the scenario and fails the run.
///
/// A pool of your own is asked on threads of its own: one for check-outs, one after the
/// other, and one for check-ins, so that a check-out may wait for a check-in. It may
/// block them; one that takes 5 s or longer to answer is named on screen and fails the
/// run, which goes on and ends without it.
///
/// ```
/// use mite::prelude::*;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// Accounts 0 to 99, each once.
/// struct Accounts(AtomicU64);
///
/// #[async_trait]
/// impl DataPool for Accounts {
///     type Item = (String,);
///     async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
///         Ok(match self.0.fetch_add(1, Ordering::Relaxed) {
///             n @ 0..100 => Checkout::Item(n, (format!("account-{n}"),)),
///             _ => Checkout::Exhausted,
///         })
///     }
///     async fn checkin(&self, _id: ItemId) {}
/// }
/// ```
#[async_trait]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data pool",
    note = "a pool is given by value (`users()`) or by the name of its `#[datapool]` function (`users`); a journey without arguments takes `NoData`"
)]
#[doc(alias("feeder", "parametrize", "data set", "SharedArray"))]
pub trait DataPool: Send + Sync + 'static {
    /// The tuple of the journey's arguments; a single one may be bare.
    type Item: Serialize + Send + 'static;

    /// Hands out an item.
    async fn checkout(&self, config: &Config) -> Result<Checkout<Self::Item>>;

    /// Takes back an item that was handed out.
    async fn checkin(&self, id: ItemId);

    /// How many items may wait, checked out, for journeys that are about to start; 0 by
    /// default.
    ///
    /// Without spares each item is checked out when there is a journey to start with it,
    /// so that a pool loses nothing by what it gives, and each start waits for its
    /// check-out: some milliseconds, or as long as the pool takes. With spares the next
    /// journey starts at once, and what is left of them at the end is checked in without
    /// having been used. All runners and lines together hold at most so many.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # struct Numbers(std::sync::atomic::AtomicU64);
    /// #[async_trait]
    /// impl DataPool for Numbers {
    /// #   type Item = (u64,);
    /// #   async fn checkout(&self, _config: &Config) -> mite::Result<Checkout<Self::Item>> {
    /// #       let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    /// #       Ok(Checkout::Item(n, (n,)))
    /// #   }
    /// #   async fn checkin(&self, _id: ItemId) {}
    ///     // …
    ///     fn spares(&self) -> u32 {
    ///         1000
    ///     }
    /// }
    /// ```
    fn spares(&self) -> u32 {
        0
    }

    /// What it reads its items from, for people: a file.
    #[doc(hidden)]
    fn source(&self) -> Option<String> {
        None
    }

    /// How many items it has in all, if that is known before load.
    #[doc(hidden)]
    fn size(&self) -> Option<u64> {
        None
    }

    /// As [`size`](Self::size), also where that takes a while: for a plan.
    #[doc(hidden)]
    fn counted(&self) -> Option<u64> {
        self.size()
    }

    /// How the items may be leased; mite's own pools say more than others can.
    #[doc(hidden)]
    fn kind(&self) -> PoolKind {
        PoolKind::Custom
    }

    /// Shows the rows that are known before load to `check`, each with its
    /// origin if there is one, and ends with the first error. Pools of other
    /// items show none.
    #[doc(hidden)]
    fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
        let _ = check;
        Ok(())
    }
}

/// How a pool's items may be leased to runners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[doc(hidden)]
pub enum PoolKind {
    /// Items come back and are used again; a runner may reuse its own.
    Recyclable,
    /// Each item is used at most once.
    Once,
    /// One checkout and one check-in for each use.
    Custom,
    /// There are no items: starts need none.
    Unlimited,
}

/// The pool of a journey without arguments.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoData;

#[async_trait]
impl DataPool for NoData {
    type Item = ();
    async fn checkout(&self, _config: &Config) -> Result<Checkout<()>> {
        Ok(Checkout::Item(0, ()))
    }
    async fn checkin(&self, _id: ItemId) {}
    fn kind(&self) -> PoolKind {
        PoolKind::Unlimited
    }
}

/// A pool behind a pointer is that pool.
macro_rules! pools_behind {
    ($($pointer:ty)*) => { $(
        #[async_trait]
        impl<P: DataPool + ?Sized> DataPool for $pointer {
            type Item = P::Item;
            async fn checkout(&self, config: &Config) -> Result<Checkout<Self::Item>> {
                (**self).checkout(config).await
            }
            async fn checkin(&self, id: ItemId) {
                (**self).checkin(id).await;
            }
            fn kind(&self) -> PoolKind {
                (**self).kind()
            }
            fn spares(&self) -> u32 {
                (**self).spares()
            }
            fn size(&self) -> Option<u64> {
                (**self).size()
            }
            fn counted(&self) -> Option<u64> {
                (**self).counted()
            }
            fn source(&self) -> Option<String> {
                (**self).source()
            }
            fn check_rows(&self, check: &mut dyn FnMut(&Row) -> Result) -> Result {
                (**self).check_rows(check)
            }
        }
    )* };
}
pools_behind!(std::sync::Arc<P> &'static P);
