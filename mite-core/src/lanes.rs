//! The two ways out of a runner: counted by itself, and raw to whoever listens.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::mpsc;

use crate::message::Message;
use crate::stats::Aggregator;

/// A runner's counts, and its taps on the raw lane, one for each who listens.
#[derive(Default)]
pub struct Lanes {
    counted: Mutex<Aggregator>,
    taps: Vec<Tap>,
}

impl Lanes {
    /// Counts, and a raw lane to each of these.
    pub fn new(taps: impl IntoIterator<Item = Tap>) -> Self {
        Self { counted: Mutex::default(), taps: taps.into_iter().collect() }
    }

    /// The counts. Only this runner's thread and, once a tick, the collector of
    /// counts take this lock, so it is all but free; and the counts of a runner
    /// whose loop is blocked can still be had.
    pub fn counted(&self) -> MutexGuard<'_, Aggregator> {
        self.counted.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether anybody wants messages of this kind.
    pub fn wants(&self, kind: &str) -> bool {
        self.taps.iter().any(|tap| tap.interest.wants(kind))
    }

    /// Hands a message to whoever listens; never waits.
    pub fn send(&self, message: Message) {
        let mut wanted = self.taps.iter().filter(|tap| tap.interest.wants(message.kind()));
        let Some(first) = wanted.next() else { return };
        wanted.for_each(|tap| tap.send(message.clone()));
        first.send(message);
    }
}

/// Which messages somebody listens for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Those of these kinds.
    Kinds(Vec<Cow<'static, str>>),
    /// All.
    Everything,
}

impl Interest {
    /// Whether that includes messages of `kind`.
    pub fn wants(&self, kind: &str) -> bool {
        match self {
            Self::Kinds(kinds) => kinds.iter().any(|wanted| wanted == kind),
            Self::Everything => true,
        }
    }
}

/// The near end of the raw lane. Its queue is bounded: what finds it full is
/// dropped and counted, so that a slow listener never slows the load.
#[derive(Clone)]
pub struct Tap {
    interest: Arc<Interest>,
    sender: mpsc::Sender<Message>,
    lost: Arc<AtomicU64>,
}

impl Tap {
    /// A raw lane for `interest` that holds up to `capacity` messages, and its far end.
    pub fn new(interest: Interest, capacity: usize) -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(capacity);
        (Self { interest: Arc::new(interest), sender, lost: Arc::default() }, receiver)
    }

    /// Hands over a message, or counts it as lost.
    pub fn send(&self, message: Message) {
        if self.sender.try_send(message).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many messages found the queue full.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}
