//! Items that come from another system, fetched ahead on a thread of their own.

use std::collections::VecDeque;

use mite_core::error::{Error, Result};
use mite_core::pool::{Checkout, ItemId};
use tokio::sync::{Mutex, mpsc};

/// How many items are fetched ahead of their use.
pub(super) const AHEAD: usize = 1000;

/// Where a producer puts its items. Backpressure slows it to the pace at which they are
/// used.
pub(super) struct Outlet<T>(mpsc::Sender<Result<T>>);

impl<T> Outlet<T> {
    /// Puts an item; whether any more are wanted.
    pub(super) async fn put(&self, item: T) -> bool {
        self.0.send(Ok(item)).await.is_ok()
    }
}

/// Items each of which is used once, in the order in which they come.
pub(super) struct Feed<T>(Mutex<State<T>>);

struct State<T> {
    first: VecDeque<T>,
    rest: mpsc::Receiver<Result<T>>,
    given: ItemId,
}

impl<T: Clone + Send + 'static> Feed<T> {
    /// Starts `produce` on a thread and a runtime of its own, so that it goes on
    /// whoever waits and whatever runtime the pool was made on, and waits for
    /// the first `minimum` items, or all if they are fewer.
    ///
    /// # Errors
    /// If `produce` fails before that.
    pub(super) async fn start<P>(name: &str, minimum: u64, produce: P) -> Result<Self>
    where
        P: AsyncFnOnce(&Outlet<T>) -> Result + Send + 'static,
    {
        let (sender, mut rest) = mpsc::channel(AHEAD);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name(name.into()).spawn(move || {
            let outlet = Outlet(sender);
            runtime.block_on(async {
                if let Err(error) = produce(&outlet).await {
                    // Without a receiver, nobody needs the error.
                    let _ = outlet.0.send(Err(error)).await;
                }
            });
        })?;
        let mut first = VecDeque::new();
        while (first.len() as u64) < minimum
            && let Some(item) = rest.recv().await
        {
            first.push_back(item?);
        }
        Ok(Self(Mutex::new(State { first, rest, given: 0 })))
    }

    /// The next item; ids count from 1.
    pub(super) async fn checkout(&self) -> Result<Checkout<T>> {
        let mut state = self.0.lock().await;
        let item = match state.first.pop_front() {
            Some(item) => item,
            None => match state.rest.recv().await {
                Some(item) => item?,
                None => return Ok(Checkout::Exhausted),
            },
        };
        state.given += 1;
        Ok(Checkout::Item(state.given, item))
    }

    /// Whether it was over before it began.
    pub(super) fn is_empty(&mut self) -> bool {
        let state = self.0.get_mut();
        state.first.is_empty()
    }

    /// All that are still to come.
    pub(super) async fn collect(self) -> Result<Vec<T>> {
        let mut state = self.0.into_inner();
        let mut items = Vec::from(state.first);
        while let Some(item) = state.rest.recv().await {
            items.push(item?);
        }
        Ok(items)
    }

    /// The first item that is fetched and not used, if there is one.
    #[cfg(feature = "sql")]
    pub(super) fn peek(&self) -> Option<T> {
        self.0.try_lock().ok()?.first.front().cloned()
    }
}

/// The error of a pool without items.
pub(super) fn empty(what: &str) -> Error {
    Error::new(format!("{what}; a data pool needs one at least"))
}
