//! Messages on their way from the runners to one who listens.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::message::{Message, MessageRef};

/// A buffer that grew beyond this is not kept for the next messages.
const KEPT: usize = 4 << 20;

/// Messages, encoded one after the other in the order they were sent.
///
/// ```
/// use mite_core::fields;
/// use mite_core::message::{Batch, Message};
/// let mut batch = Batch::default();
/// batch.push(Message::new("a", 1.0, None, None, &fields! { n: 1 }).as_ref());
/// batch.push(Message::new("b", 2.0, None, None, &fields! { n: 2 }).as_ref());
/// assert_eq!(batch.iter().map(|m| m.kind()).collect::<Vec<_>>(), ["a", "b"]);
/// assert_eq!(batch.bytes(1..2), batch.iter().nth(1).unwrap().bytes());
/// ```
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
}

/// Where a message ends, and where in it the text of its type is.
struct Mark {
    end: usize,
    kind: (u32, u32),
}

impl Batch {
    /// Adds a message.
    pub fn push(&mut self, message: MessageRef<'_>) {
        self.bytes.extend_from_slice(message.bytes());
        self.marks.push(Mark { end: self.bytes.len(), kind: message.kind_at() });
    }

    /// The messages, first come first.
    pub fn iter(&self) -> impl Iterator<Item = MessageRef<'_>> {
        self.range(0..self.len())
    }

    /// The messages with these numbers, from 0.
    pub fn range(&self, messages: Range<usize>) -> impl Iterator<Item = MessageRef<'_>> {
        let mut start = self.start(messages.start);
        self.marks[messages].iter().map(move |mark| {
            let bytes = &self.bytes[start..mark.end];
            start = mark.end;
            MessageRef::with_kind_at(bytes, mark.kind)
        })
    }

    /// The bytes of the messages with these numbers, from 0.
    pub fn bytes(&self, messages: Range<usize>) -> &[u8] {
        &self.bytes[self.start(messages.start)..self.start(messages.end)]
    }

    /// Where the message with this number begins.
    fn start(&self, number: usize) -> usize {
        number.checked_sub(1).map_or(0, |before| self.marks[before].end)
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Forgets the messages, and keeps the room they took for the next ones.
    fn clear(&mut self) {
        match self.bytes.capacity() > KEPT {
            true => *self = Self::default(),
            false => {
                self.bytes.clear();
                self.marks.clear();
            }
        }
    }
}

impl FromIterator<Message> for Batch {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Self {
        let mut batch = Self::default();
        messages.into_iter().for_each(|message| batch.push(message.as_ref()));
        batch
    }
}

/// One queue for all runners, so that a listener gets messages in the order they
/// were sent. Sending is a copy under a lock that nobody holds for longer than
/// that: the listener takes all that has gathered at once, by exchanging buffers.
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    /// In bytes.
    capacity: usize,
    lost: AtomicU64,
}

#[derive(Default)]
struct State {
    batch: Batch,
    /// Whether the listener sleeps: one that is awake needs no wake-up.
    asleep: bool,
    closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize) -> Self {
        let lost = AtomicU64::new(0);
        Self { state: Mutex::default(), filled: Condvar::new(), capacity, lost }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(crate) fn push(&self, message: MessageRef<'_>) {
        let mut state = self.state();
        if state.closed {
            return;
        }
        let full = state.batch.bytes.len() + message.bytes().len() > self.capacity;
        // One that is larger than the queue must get through as well.
        if full && !state.batch.is_empty() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.batch.push(message);
        if std::mem::take(&mut state.asleep) {
            drop(state);
            self.filled.notify_one();
        }
    }

    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_one();
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state().batch.len()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The receiving end of the raw lane.
pub struct Feed {
    queue: Arc<Queue>,
}

impl Feed {
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }

    /// Waits for messages and puts them into `batch`, in place of what is there.
    /// False once there are none and no more will come.
    pub fn wait(&self, batch: &mut Batch) -> bool {
        batch.clear();
        let mut state = self.queue.state();
        while state.batch.is_empty() {
            if state.closed {
                return false;
            }
            state.asleep = true;
            state = self.queue.filled.wait(state).unwrap_or_else(|e| e.into_inner());
        }
        std::mem::swap(&mut state.batch, batch);
        true
    }

    /// The messages that are waiting.
    pub fn drain(&self) -> Vec<Message> {
        let batch = std::mem::take(&mut self.queue.state().batch);
        batch.iter().map(|message| message.to_message()).collect()
    }

    /// How many messages did not fit.
    pub fn lost(&self) -> u64 {
        self.queue.lost()
    }
}

/// What is sent to nobody is not kept.
impl Drop for Feed {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;
    use crate::message::{Interest, Tap};

    fn message(n: u32) -> Message {
        Message::new("n", 0.0, None, None, &fields! { n })
    }

    fn numbers<'a>(messages: impl Iterator<Item = MessageRef<'a>>) -> Vec<u32> {
        messages.filter_map(|m| m.get("n")).collect()
    }

    #[test]
    fn what_does_not_fit_is_counted_and_the_rest_arrives_in_order() {
        let length = message(0).bytes().len();
        let (tap, feed) = Tap::new(Interest::Everything, 3 * length);
        (0..5).for_each(|n| tap.send(message(n).as_ref()));
        let mut batch = Batch::default();
        assert!(feed.wait(&mut batch));
        assert_eq!(numbers(batch.iter()), [0, 1, 2]);
        assert_eq!(
            batch.bytes(1..3),
            [message(1).bytes(), message(2).bytes()].map(|b| &b[..]).concat()
        );
        assert_eq!((tap.lost(), feed.lost()), (2, 2));
        tap.send(message(7).as_ref());
        assert!(feed.wait(&mut batch));
        assert_eq!(numbers(batch.iter()), [7]);
    }

    #[test]
    fn one_that_is_larger_than_the_queue_gets_through_alone() {
        let (tap, feed) = Tap::new(Interest::Everything, 10);
        let large = Message::new("large", 0.0, None, None, &fields! { text: "x".repeat(100) });
        tap.send(large.as_ref());
        tap.send(large.as_ref());
        assert_eq!((feed.drain().len(), feed.lost()), (1, 1));
    }

    #[test]
    fn the_end_comes_after_what_was_sent_before_it() {
        let (tap, feed) = Tap::new(Interest::Everything, 1000);
        let other = tap.clone();
        other.send(message(1).as_ref());
        drop(other);
        let reader = std::thread::spawn(move || {
            let (mut seen, mut batch) = (Vec::new(), Batch::default());
            while feed.wait(&mut batch) {
                seen.extend(numbers(batch.iter()));
            }
            seen
        });
        tap.send(message(2).as_ref());
        tap.close();
        // It is not there for want of room.
        tap.send(message(3).as_ref());
        assert_eq!(tap.lost(), 0);
        assert_eq!(reader.join().unwrap(), [1, 2]);
    }

    #[test]
    fn nothing_gets_lost_or_out_of_order_between_threads() {
        let (tap, feed) = Tap::new(Interest::Everything, 1 << 20);
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let tap = tap.clone();
                std::thread::spawn(move || {
                    (0..2000).for_each(|n| tap.send(message(sender * 10_000 + n).as_ref()));
                })
            })
            .collect();
        drop(tap);
        let (mut seen, mut batch) = (Vec::new(), Batch::default());
        while feed.wait(&mut batch) {
            seen.extend(numbers(batch.iter()));
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        assert_eq!(feed.lost(), 0);
        for sender in 0..3 {
            let own = seen.iter().filter(|n| *n / 10_000 == sender).map(|n| n % 10_000);
            assert!(own.eq(0..2000), "of sender {sender}");
        }
    }
}
