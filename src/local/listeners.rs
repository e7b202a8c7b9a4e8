//! Who gets the messages of a run, each on a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mite_core::lanes::{Interest, Tap};
use mite_core::queue::{Batch, Feed};

/// Bytes of messages that wait for one listener; more are dropped and counted.
const QUEUE: usize = 64 << 20;

/// How often it is looked whether they have ended.
const LOOK: Duration = Duration::from_millis(2);

/// Gets the messages of a run. One that is slow or fails is alone in it.
pub(crate) trait Listener: Send {
    /// What to call it and its thread.
    fn name(&self) -> &'static str;

    /// Which messages it gets.
    fn interest(&self) -> Interest;

    /// How long it lets messages gather. Whoever sends wakes it at most once in
    /// that time, which is what keeps sending cheap.
    fn rest(&self) -> Duration;

    /// Takes all messages that have gathered.
    fn take(&mut self, messages: &Batch);

    /// Whether the run cannot go on without it.
    fn is_broken(&self) -> bool {
        false
    }

    /// Called once, after the last message; `lost` found the queue full.
    fn finish(&mut self, lost: u64) -> Remarks;
}

/// What listeners say at the end, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Remarks {
    /// What was left where.
    pub(crate) notes: Vec<String>,
    /// What people should know.
    pub(crate) findings: Vec<String>,
    /// What makes the run fail.
    pub(crate) failures: Vec<String>,
    /// What the run stands on and has lost, such as a disk with room on it.
    pub(crate) broken: Vec<String>,
    /// Messages that were lost and are spoken of in these words already.
    pub(crate) lost: u64,
}

impl Remarks {
    fn extend(&mut self, other: Self) {
        self.notes.extend(other.notes);
        self.findings.extend(other.findings);
        self.failures.extend(other.failures);
        self.broken.extend(other.broken);
        self.lost += other.lost;
    }
}

/// The listeners of a run.
pub(crate) struct Listeners {
    seats: Vec<Seat>,
    broken: Arc<AtomicBool>,
}

struct Seat {
    name: &'static str,
    tap: Tap,
    thread: JoinHandle<Remarks>,
}

impl Listeners {
    /// Starts a thread for each.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(crate) fn start(listeners: Vec<Box<dyn Listener>>) -> std::io::Result<Self> {
        let broken = Arc::new(AtomicBool::new(false));
        let seats = listeners.into_iter().map(|listener| Seat::take(listener, broken.clone()));
        Ok(Self { seats: seats.collect::<std::io::Result<_>>()?, broken })
    }

    /// The near ends of the raw lane, for each runner.
    pub(crate) fn taps(&self) -> Vec<Tap> {
        self.seats.iter().map(|seat| seat.tap.clone()).collect()
    }

    /// Set once the run cannot go on, because one of them cannot.
    pub(crate) fn broken(&self) -> Arc<AtomicBool> {
        self.broken.clone()
    }

    /// Lets them have what is still queued, and ends them; waits no longer than
    /// journeys may take to end. May be dropped, and then [`abandon`](Self::abandon)ed.
    pub(crate) async fn finish(&mut self, limit: Duration, virtual_time: bool) -> Remarks {
        // What a journey that cannot be cancelled sends from here on is lost.
        self.seats.iter().for_each(|seat| seat.tap.close());
        let until = Instant::now() + limit;
        while Instant::now() < until && self.seats.iter().any(|s| !s.thread.is_finished()) {
            match virtual_time {
                true => std::thread::sleep(LOOK),
                false => tokio::time::sleep(LOOK).await,
            }
        }
        self.abandon()
    }

    /// What those say that have ended; the others are not waited for.
    pub(crate) fn abandon(&mut self) -> Remarks {
        let mut remarks = Remarks::default();
        for seat in self.seats.drain(..) {
            let name = seat.name;
            if !seat.thread.is_finished() {
                remarks.failures.push(format!(
                    "the {name} had not taken all its messages at the end, and was left behind"
                ));
                continue;
            }
            match seat.thread.join() {
                Ok(said) => remarks.extend(said),
                Err(_) => remarks.failures.push(format!("the {name} panicked")),
            }
        }
        remarks
    }
}

impl Seat {
    fn take(listener: Box<dyn Listener>, broken: Arc<AtomicBool>) -> std::io::Result<Self> {
        let name = listener.name();
        let (tap, feed) = Tap::new(listener.interest(), QUEUE);
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || attend(listener, &feed, &broken))?;
        Ok(Self { name, tap, thread })
    }
}

fn attend(mut listener: Box<dyn Listener>, feed: &Feed, broken: &AtomicBool) -> Remarks {
    let mut batch = Batch::default();
    while feed.wait(&mut batch) {
        let was_broken = listener.is_broken();
        listener.take(&batch);
        if !was_broken && listener.is_broken() {
            broken.store(true, Ordering::Relaxed);
        }
        // Nothing else runs on this thread.
        std::thread::sleep(listener.rest());
    }
    listener.finish(feed.lost())
}
