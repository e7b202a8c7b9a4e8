//! What protocol crates hang on a context: one value of each type, some with an end.

use std::any::{Any, TypeId, type_name};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::meta;
use crate::panics::CatchPanic;

/// A future that may change its thread.
type SendFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Values of any type, one for each type.
#[derive(Default)]
pub(crate) struct Extensions {
    slots: Mutex<Slots>,
    /// Whether any of them has an end: most executions have none, and ask for free.
    has_ends: AtomicBool,
}

#[derive(Default)]
struct Slots {
    made: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
    /// Made at the first need: an execution is made for every journey.
    rest: Option<Box<Rest>>,
}

#[derive(Default)]
struct Rest {
    /// What is being made, and where: outside of the lock, so that an extension may
    /// use another one.
    making: Vec<(TypeId, ThreadId)>,
    ends: Vec<End>,
}

/// What is to be done when an extension is not needed any more.
pub(crate) struct End {
    of: &'static str,
    start: Box<dyn FnOnce() -> SendFuture + Send>,
}

impl Extensions {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The value of this type, made if there is none.
    pub(crate) fn get<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let found = self.slots().find::<T>();
        found.unwrap_or_else(|| self.insert(make, |_| None))
    }

    /// As [`get`](Self::get); a value that this makes is ended by `end`.
    pub(crate) fn get_with_end<T, F>(
        &self,
        make: impl FnOnce() -> T,
        end: impl FnOnce(Arc<T>) -> F + Send + 'static,
    ) -> Arc<T>
    where
        T: Any + Send + Sync,
        F: Future<Output = ()> + Send + 'static,
    {
        let found = self.slots().find::<T>();
        found.unwrap_or_else(|| {
            self.insert(make, |value| {
                let value = value.clone();
                let start = move || -> SendFuture { Box::pin(end(value)) };
                Some(End { of: type_name::<T>(), start: Box::new(start) })
            })
        })
    }

    fn insert<T: Any + Send + Sync>(
        &self,
        make: impl FnOnce() -> T,
        end: impl FnOnce(&Arc<T>) -> Option<End>,
    ) -> Arc<T> {
        let being_made = Making::begin::<T>(self);
        let value = Arc::new(make());
        drop(being_made);
        let mut slots = self.slots();
        // Another thread may have been faster; its value is the one.
        if let Some(found) = slots.find::<T>() {
            return found;
        }
        slots.made.push((TypeId::of::<T>(), value.clone()));
        if let Some(end) = end(&value) {
            slots.rest().ends.push(end);
            self.has_ends.store(true, Ordering::Release);
        }
        value
    }

    /// Those that have an end, the last one first, since it may use the others. Whoever
    /// takes them sees to it that they end.
    pub(crate) fn take_ends(&self) -> Vec<End> {
        if !self.has_ends.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut slots = self.slots();
        self.has_ends.store(false, Ordering::Release);
        let mut ends = std::mem::take(&mut slots.rest().ends);
        ends.reverse();
        ends
    }
}

impl Slots {
    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    fn find<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let id = TypeId::of::<T>();
        let (_, any) = self.made.iter().find(|(slot, _)| *slot == id)?;
        Some(any.clone().downcast().expect("a slot holds the type of its id"))
    }
}

/// Something is being made, until this is dropped: also by a panic.
struct Making<'a> {
    extensions: &'a Extensions,
    what: (TypeId, ThreadId),
}

impl<'a> Making<'a> {
    #[track_caller]
    fn begin<T: Any>(extensions: &'a Extensions) -> Self {
        let what = (TypeId::of::<T>(), thread::current().id());
        let mut slots = extensions.slots();
        if slots.rest().making.contains(&what) {
            drop(slots);
            let name = meta::short(type_name::<T>());
            panic!("extension `{name}` asks for itself while it is being made");
        }
        slots.rest().making.push(what);
        drop(slots);
        Self { extensions, what }
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        let mut slots = self.extensions.slots();
        let making = &mut slots.rest().making;
        if let Some(at) = making.iter().position(|making| *making == self.what) {
            making.swap_remove(at);
        }
    }
}

impl End {
    /// Ends the extension, in `limit` at most.
    ///
    /// # Errors
    /// If it panics or takes longer.
    pub(crate) async fn run(self, limit: Duration) -> Result {
        let End { of, start } = self;
        let ended = CatchPanic(Box::pin(async move { start().await }));
        match tokio::time::timeout(limit, ended).await {
            Ok(ended) => ended,
            Err(_) => Err(Error::new(format!(
                "extension `{}` did not end within {} s",
                meta::short(of),
                limit.as_secs_f64()
            ))),
        }
    }
}

/// Ends that go on after the execution that they belong to was cancelled.
#[derive(Default)]
pub(crate) struct Endings {
    under_way: AtomicUsize,
    fewer: Notify,
}

impl Endings {
    /// Waits until none is under way.
    pub(crate) async fn over(&self) {
        while self.under_way.load(Ordering::Relaxed) > 0 {
            self.fewer.notified().await;
        }
    }
}

/// One of them, until it is dropped.
pub(crate) struct UnderWay(Arc<Endings>);

impl UnderWay {
    pub(crate) fn of(endings: &Arc<Endings>) -> Self {
        endings.under_way.fetch_add(1, Ordering::Relaxed);
        Self(endings.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
        self.0.fewer.notify_one();
    }
}
