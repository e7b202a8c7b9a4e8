//! State that protocol crates attach to a context: one value of each type, some with an
//! end.

use std::any::{Any, TypeId, type_name};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
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

/// Those that are made stand in the order in which they were.
#[derive(Default)]
struct Slots(Vec<(TypeId, Slot)>);

enum Slot {
    /// It is being made, on this thread, outside of the lock: an extension may use
    /// another one.
    Making(Thread),
    Made(Arc<dyn Any + Send + Sync>, Option<Box<End>>),
}

/// A thread that is making something: where it keeps a value of its own, since to ask
/// for its id takes a count up and down.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Thread(usize);

impl Thread {
    fn here() -> Self {
        thread_local! {
            static HERE: Cell<u8> = const { Cell::new(0) };
        }
        Self(HERE.with(|here| std::ptr::from_ref(here).addr()))
    }
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

    #[track_caller]
    fn insert<T: Any + Send + Sync>(
        &self,
        make: impl FnOnce() -> T,
        end: impl FnOnce(&Arc<T>) -> Option<End>,
    ) -> Arc<T> {
        let making = Making::begin::<T>(self);
        let value = Arc::new(make());
        making.end(value, end)
    }

    /// Whether any has an end that was not taken.
    #[inline]
    pub(crate) fn has_ends(&self) -> bool {
        self.has_ends.load(Ordering::Acquire)
    }

    /// Those that have an end, the last one first, since it may use the others. Whoever
    /// takes them sees to it that they end.
    pub(crate) fn take_ends(&self) -> Vec<End> {
        let mut slots = self.slots();
        self.has_ends.store(false, Ordering::Release);
        let made = slots.0.iter_mut().rev();
        made.filter_map(|(_, slot)| match slot {
            Slot::Made(_, end) => end.take().map(|end| *end),
            Slot::Making(_) => None,
        })
        .collect()
    }
}

impl Slots {
    fn find<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let id = TypeId::of::<T>();
        let made = self.0.iter().find_map(|(slot, state)| match state {
            Slot::Made(any, _) if *slot == id => Some(any),
            _ => None,
        })?;
        Some(made.clone().downcast().expect("a slot holds the type of its id"))
    }

    /// Where a thread is making a value of this type.
    fn making(&self, id: TypeId, here: Thread) -> Option<usize> {
        self.0.iter().position(|(slot, state)| {
            *slot == id && matches!(state, Slot::Making(thread) if *thread == here)
        })
    }
}

/// Something is being made, until this is dropped: also by a panic.
struct Making<'a> {
    extensions: &'a Extensions,
    id: TypeId,
    here: Thread,
    done: bool,
}

impl<'a> Making<'a> {
    #[track_caller]
    fn begin<T: Any>(extensions: &'a Extensions) -> Self {
        let (id, here) = (TypeId::of::<T>(), Thread::here());
        let mut slots = extensions.slots();
        if slots.making(id, here).is_some() {
            drop(slots);
            let name = meta::short(type_name::<T>());
            panic!("extension `{name}` asks for itself while it is being made");
        }
        // Mostly there is one in all.
        slots.0.reserve_exact(1);
        slots.0.push((id, Slot::Making(here)));
        drop(slots);
        Self { extensions, id, here, done: false }
    }

    /// Keeps the value, unless another thread was faster: then its value is the one.
    fn end<T: Any + Send + Sync>(
        mut self,
        value: Arc<T>,
        end: impl FnOnce(&Arc<T>) -> Option<End>,
    ) -> Arc<T> {
        let mut slots = self.extensions.slots();
        if let Some(found) = slots.find::<T>() {
            return found;
        }
        let at = slots.making(self.id, self.here).expect("it was put there");
        slots.0.remove(at);
        self.done = true;
        let end = end(&value).map(Box::new);
        if end.is_some() {
            self.extensions.has_ends.store(true, Ordering::Release);
        }
        slots.0.push((self.id, Slot::Made(value.clone(), end)));
        value
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut slots = self.extensions.slots();
        if let Some(at) = slots.making(self.id, self.here) {
            slots.0.remove(at);
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
