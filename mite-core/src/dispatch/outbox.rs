//! What a pool's own thread has for the control thread.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::control::Item;

/// What has gathered since the control thread looked.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) items: Vec<Item>,
    /// What the last order ended with, if not with all of its items.
    pub(super) end: Option<End>,
    /// Items that were checked in.
    pub(super) returned: u64,
    /// What a check-in failed with.
    pub(super) failure: Option<String>,
    signalled: bool,
    since: Option<Instant>,
}

/// Why an order brought fewer items.
pub(super) enum End {
    Later,
    Exhausted,
    Failed(String),
}

/// Debounced: items gather here for up to [`GATHERING`], so that the control thread is
/// woken a thousand times a second at most, however fast a pool is.
pub(super) struct Outbox {
    pool: usize,
    gathered: Mutex<Gathered>,
    signal: mpsc::UnboundedSender<usize>,
    pub(super) checkout: Call,
    pub(super) checkin: Call,
}

const GATHERING: Duration = Duration::from_millis(1);

impl Outbox {
    pub(super) fn new(pool: usize, signal: mpsc::UnboundedSender<usize>) -> Arc<Self> {
        let gathered = Mutex::default();
        Arc::new(Self { pool, gathered, signal, checkout: Call::new(), checkin: Call::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Adds to what has gathered; the control thread hears of it soon.
    pub(super) fn put(&self, add: impl FnOnce(&mut Gathered)) {
        let mut gathered = self.lock();
        add(&mut gathered);
        let since = *gathered.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= GATHERING {
            self.wake(&mut gathered);
        }
    }

    /// Lets the control thread hear of it now.
    pub(super) fn flush(&self) {
        let mut gathered = self.lock();
        if gathered.since.is_some() {
            self.wake(&mut gathered);
        }
    }

    fn wake(&self, gathered: &mut Gathered) {
        if !std::mem::replace(&mut gathered.signalled, true) {
            // The run may have ended.
            let _ = self.signal.send(self.pool);
        }
    }

    /// No thread could be started to ask the pool.
    pub(super) fn fail(&self, error: &std::io::Error) {
        let why = format!("no thread can be started for it: {error}");
        self.put(|gathered| gathered.end = Some(End::Failed(why)));
        self.flush();
    }

    /// Takes what has gathered.
    pub(super) fn take(&self) -> Gathered {
        std::mem::take(&mut *self.lock())
    }

    /// Check-out and check-in.
    pub(super) fn calls(&self) -> [&Call; 2] {
        [&self.checkout, &self.checkin]
    }

    /// Awaits an answer of the pool; what has gathered does not wait with it.
    pub(super) async fn flushing<F: Future + Unpin>(&self, call: &Call, answer: F) -> F::Output {
        call.begin();
        let output = Flushing { outbox: self, answer }.await;
        call.end();
        output
    }
}

struct Flushing<'a, F> {
    outbox: &'a Outbox,
    answer: F,
}

impl<F: Future + Unpin> Future for Flushing<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = Pin::new(&mut self.answer).poll(cx);
        if poll.is_pending() {
            self.outbox.flush();
        }
        poll
    }
}

/// Since when a call is under way, for another thread to see.
pub(super) struct Call {
    base: Instant,
    /// Nanoseconds after `base`, and one; 0 for no call.
    since: AtomicU64,
}

impl Call {
    fn new() -> Self {
        Self { base: Instant::now(), since: AtomicU64::new(0) }
    }

    fn begin(&self) {
        let now = self.base.elapsed().as_nanos() as u64 + 1;
        self.since.store(now, Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }

    /// For how long the call has been under way, if there is one.
    pub(super) fn lasts(&self) -> Option<Duration> {
        let since = self.since.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.base.elapsed().saturating_sub(Duration::from_nanos(since)))
    }
}
