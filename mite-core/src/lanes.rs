//! The two ways out of a runner: counted by itself, and raw to whoever listens.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::message::MessageRef;
use crate::queue::{Feed, Queue};
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
    pub fn send(&self, message: MessageRef<'_>) {
        let wanted = self.taps.iter().filter(|tap| tap.interest.wants(message.kind()));
        wanted.for_each(|tap| tap.send(message));
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

/// The near end of the raw lane; clones share it. What does not fit in its queue
/// is dropped and counted, so that a slow listener never slows the load.
#[derive(Clone)]
pub struct Tap {
    interest: Arc<Interest>,
    queue: Arc<Owned>,
}

/// A queue that ends with the last tap on it.
struct Owned(Arc<Queue>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Tap {
    /// A raw lane for `interest` that holds up to `capacity` bytes of messages,
    /// and its far end.
    ///
    /// ```
    /// use mite_core::{fields, lanes::{Interest, Tap}, message::Message};
    /// let (tap, feed) = Tap::new(Interest::Everything, 1000);
    /// tap.send(Message::new("greeting", 1.5, None, None, &fields! { n: 1 }).as_ref());
    /// assert_eq!(feed.drain()[0].get::<u32>("n"), Some(1));
    /// ```
    pub fn new(interest: Interest, capacity: usize) -> (Self, Feed) {
        let queue = Arc::new(Queue::new(capacity));
        let near = Self { interest: Arc::new(interest), queue: Arc::new(Owned(queue.clone())) };
        (near, Feed::new(queue))
    }

    /// Hands over a message, or counts it as lost.
    pub fn send(&self, message: MessageRef<'_>) {
        self.queue.0.push(message);
    }

    /// No more messages come: the far end gets what is waiting, and then the end.
    pub fn close(&self) {
        self.queue.0.close();
    }

    /// How many messages nobody has taken yet.
    pub fn waiting(&self) -> usize {
        self.queue.0.waiting()
    }

    /// How many messages did not fit.
    pub fn lost(&self) -> u64 {
        self.queue.0.lost()
    }
}
