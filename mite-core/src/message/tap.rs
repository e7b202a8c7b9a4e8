//! The raw lane: a bounded queue of messages for one listener.

use std::sync::Arc;

use crate::message::MessageRef;
use crate::message::interest::Interest;
use crate::message::queue::{Feed, Queue};

/// The sending end of the raw lane; clones share it. There is no backpressure: what
/// does not fit in the queue is dropped and counted, so that a slow listener never
/// slows the load.
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
    /// A raw lane for `interest` that holds up to `capacity` bytes of messages, and its
    /// receiving end.
    ///
    /// ```
    /// use mite_core::fields;
    /// use mite_core::message::{Interest, Message, Tap};
    /// let (tap, feed) = Tap::new(Interest::Everything, 1000);
    /// tap.send(Message::new("greeting", 1.5, None, None, &fields! { n: 1 }).as_ref());
    /// assert_eq!(feed.drain()[0].get::<u32>("n"), Some(1));
    /// ```
    pub fn new(interest: Interest, capacity: usize) -> (Self, Feed) {
        let queue = Arc::new(Queue::new(capacity));
        let near = Self { interest: Arc::new(interest), queue: Arc::new(Owned(queue.clone())) };
        (near, Feed::new(queue))
    }

    /// The same lane, for no other messages than those of `kinds`.
    ///
    /// ```
    /// use mite_core::message::{Interest, Tap};
    /// let (tap, _feed) = Tap::new(Interest::from(["txn", "data_created"]), 1000);
    /// let narrow = tap.narrowed(&["data_created", "purge_data"]);
    /// assert!(narrow.wants("data_created") && !narrow.wants("txn"));
    /// assert!(!narrow.wants("purge_data"));
    /// ```
    pub fn narrowed(&self, kinds: &[&'static str]) -> Self {
        let wanted = kinds.iter().filter(|kind| self.wants(kind));
        let interest = Interest::Kinds(wanted.map(|kind| (*kind).into()).collect());
        Self { interest: Arc::new(interest), queue: self.queue.clone() }
    }

    /// Whether messages of `kind` are listened for.
    pub fn wants(&self, kind: &str) -> bool {
        self.interest.wants(kind)
    }

    /// Hands over a message, or counts it as lost.
    pub fn send(&self, message: MessageRef<'_>) {
        self.queue.0.push(message);
    }

    /// Closes the lane: the receiving end gets what is waiting, and then the end.
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
