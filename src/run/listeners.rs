//! Who gets the messages of a run, each on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mite_core::message::{Batch, Feed, Tap};
use mite_core::stats::Finding;

use crate::listener::{Listener, Remarks};
use crate::terminal::log::{self, Level};
use mite_core::units;

/// Bytes of messages that wait for one listener; more are dropped and counted.
const QUEUE: usize = 64 << 20;

/// One that is at the same batch for longer is named: it hangs, or is far behind.
const OVERDUE: Duration = Duration::from_secs(5);

/// The wait at the end that needs no line in the log.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long one may take to finish once it was told to give up.
const GRACE: Duration = Duration::from_secs(1);

/// The interval at which they are polled for their end.
const POLL: Duration = Duration::from_millis(2);

/// The listeners of a run.
pub(crate) struct Listeners {
    workers: Vec<Worker>,
    broken: Arc<AtomicBool>,
}

struct Worker {
    name: String,
    tap: Tap,
    late: Option<Arc<AtomicBool>>,
    keeps: bool,
    busy: Busy,
    /// Whether it was named as overdue.
    named: bool,
    thread: JoinHandle<Remarks>,
}

/// Since when a worker is at one batch, for another thread to see.
#[derive(Clone, Default)]
struct Busy(Arc<Mutex<Option<Instant>>>);

impl Busy {
    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn time(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|since| since.elapsed())
    }
}

impl Listeners {
    /// Starts a thread for each.
    ///
    /// # Errors
    /// If a thread cannot be started.
    pub(crate) fn start(listeners: Vec<Box<dyn Listener>>) -> std::io::Result<Self> {
        let broken = Arc::new(AtomicBool::new(false));
        let workers = listeners.into_iter().map(|listener| Worker::start(listener, broken.clone()));
        Ok(Self { workers: workers.collect::<std::io::Result<_>>()?, broken })
    }

    /// The sending ends of the raw lanes, for each runner.
    pub(crate) fn taps(&self) -> Vec<Tap> {
        self.workers.iter().map(|worker| worker.tap.clone()).collect()
    }

    /// Whether the run cannot go on, because one of them has just said that it cannot.
    pub(crate) fn have_just_broken(&self) -> bool {
        self.broken.swap(false, Ordering::Relaxed)
    }

    /// Names those that hang or are far behind, each once.
    pub(crate) fn look(&mut self) {
        for text in self.overdue(OVERDUE) {
            log::log(Level::Warn, text);
        }
    }

    fn overdue(&mut self, limit: Duration) -> Vec<String> {
        let mut overdue = Vec::new();
        for worker in self.workers.iter_mut().filter(|worker| !worker.named) {
            if worker.busy.time().is_some_and(|time| time >= limit) {
                worker.named = true;
                let (name, limit) = (&worker.name, units::long_time(limit));
                let waiting = units::count(worker.tap.waiting() as u64, "message");
                overdue.push(format!(
                    "the {name} has been at the same messages for {limit}, with {waiting} behind them"
                ));
            }
        }
        overdue
    }

    /// Lets them have what is still queued, and ends them; waits no longer than
    /// journeys may take to end. May be dropped, and then [`abandon`](Self::abandon)ed.
    pub(crate) async fn finish(&mut self, limit: Duration, virtual_time: bool) -> Remarks {
        // What a journey that cannot be cancelled sends from here on is lost.
        self.workers.iter().for_each(|worker| worker.tap.close());
        self.wait(limit.min(PATIENCE), virtual_time).await;
        if limit > PATIENCE && self.workers.iter().any(|worker| !worker.thread.is_finished()) {
            self.say_who_is_waited_for(limit);
            self.wait(limit - PATIENCE, virtual_time).await;
        }
        for late in self.workers.iter().filter_map(|worker| worker.late.as_ref()) {
            late.store(true, Ordering::Relaxed);
        }
        self.wait(GRACE, virtual_time).await;
        self.abandon()
    }

    fn say_who_is_waited_for(&self, limit: Duration) {
        for worker in self.workers.iter().filter(|worker| !worker.thread.is_finished()) {
            let (name, waiting) =
                (&worker.name, units::count(worker.tap.waiting() as u64, "message"));
            let limit = units::long_time(limit);
            log::log(
                Level::Info,
                format_args!(
                    "waiting for the {name}, {waiting} behind, for up to {limit}; interrupt to end now"
                ),
            );
        }
    }

    async fn wait(&self, limit: Duration, virtual_time: bool) {
        let until = Instant::now() + limit;
        while Instant::now() < until && self.workers.iter().any(|s| !s.thread.is_finished()) {
            match virtual_time {
                true => std::thread::sleep(POLL),
                false => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// What those say that have ended; the others are not waited for.
    pub(crate) fn abandon(&mut self) -> Remarks {
        let mut remarks = Remarks::default();
        for worker in self.workers.drain(..) {
            let name = worker.name;
            if !worker.thread.is_finished() {
                let (waiting, keeps) = (worker.tap.waiting() as u64, worker.keeps);
                remarks.findings.push(Finding::ListenerLeft { listener: name, waiting, keeps });
                continue;
            }
            match worker.thread.join() {
                Ok(said) => remarks.extend(said),
                Err(_) => {
                    remarks.findings.push(Finding::ListenerPanicked { listener: name });
                }
            }
        }
        remarks
    }
}

impl Worker {
    fn start(listener: Box<dyn Listener>, broken: Arc<AtomicBool>) -> std::io::Result<Self> {
        let name = listener.name().into_owned();
        let (late, keeps) = (listener.late(), listener.keeps());
        let (tap, feed) = Tap::new(listener.interest(), QUEUE);
        let busy = Busy::default();
        let seen = busy.clone();
        let thread = std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || serve(listener, &feed, &busy, &broken))?;
        Ok(Self { name, tap, late, keeps, busy: seen, named: false, thread })
    }
}

fn serve(
    mut listener: Box<dyn Listener>,
    feed: &Feed,
    busy: &Busy,
    broken: &AtomicBool,
) -> Remarks {
    let mut batch = Batch::default();
    while feed.wait(&mut batch) {
        let was_broken = listener.is_broken();
        busy.set(Some(Instant::now()));
        listener.take(&batch);
        busy.set(None);
        if !was_broken && listener.is_broken() {
            broken.store(true, Ordering::Relaxed);
        }
        // Nothing else runs on this thread.
        std::thread::sleep(listener.rest());
    }
    listener.finish(feed.lost())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use mite_core::fields;
    use mite_core::message::{Interest, Message};

    use super::*;

    /// Takes its time for each message, as long as there is any.
    struct Slow {
        late: Arc<AtomicBool>,
        taken: u64,
        seen: u64,
    }

    impl Listener for Slow {
        fn name(&self) -> Cow<'_, str> {
            "slow one".into()
        }

        fn interest(&self) -> Interest {
            Interest::Everything
        }

        fn rest(&self) -> Duration {
            Duration::ZERO
        }

        fn take(&mut self, messages: &Batch) {
            for _ in messages.iter() {
                self.seen += 1;
                if !self.late.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                    self.taken += 1;
                }
            }
        }

        fn late(&self) -> Option<Arc<AtomicBool>> {
            Some(self.late.clone())
        }

        fn finish(&mut self, _lost: u64) -> Remarks {
            let all = self.taken == self.seen;
            Remarks { notes: vec![format!("{} seen, all: {all}", self.seen)], ..Remarks::default() }
        }
    }

    #[tokio::test]
    async fn one_that_is_slow_is_told_when_its_time_is_over() {
        let slow = Slow { late: Arc::default(), taken: 0, seen: 0 };
        let mut listeners = Listeners::start(vec![Box::new(slow)]).unwrap();
        let message = Message::new("tick", 1.0, None, None, &fields! {});
        (0..1000).for_each(|_| listeners.taps()[0].send(message.as_ref()));
        let remarks = listeners.finish(Duration::from_millis(100), false).await;
        let notes = vec!["1000 seen, all: false".to_owned()];
        assert_eq!(remarks, Remarks { notes, ..Remarks::default() });
    }

    #[tokio::test]
    async fn one_that_never_ends_is_left_behind() {
        struct Stuck;
        impl Listener for Stuck {
            fn name(&self) -> Cow<'_, str> {
                "stuck one".into()
            }
            fn interest(&self) -> Interest {
                Interest::Everything
            }
            fn rest(&self) -> Duration {
                Duration::ZERO
            }
            fn take(&mut self, _messages: &Batch) {
                std::thread::park();
                unreachable!("nobody wakes it");
            }
            fn finish(&mut self, _lost: u64) -> Remarks {
                Remarks::default()
            }
        }
        let mut listeners = Listeners::start(vec![Box::new(Stuck)]).unwrap();
        assert_eq!(listeners.overdue(Duration::ZERO), [""; 0]);
        let message = Message::new("tick", 1.0, None, None, &fields! {});
        listeners.taps()[0].send(message.as_ref());
        while listeners.workers[0].busy.time().is_none() {
            tokio::time::sleep(POLL).await;
        }
        listeners.taps()[0].send(message.as_ref());
        // Named once, while it hangs.
        assert_eq!(listeners.overdue(Duration::from_secs(3_600)), [""; 0]);
        assert_eq!(
            listeners.overdue(Duration::ZERO),
            ["the stuck one has been at the same messages for 0.0 s, with 1 message behind them"]
        );
        assert_eq!(listeners.overdue(Duration::ZERO), [""; 0]);
        let remarks = listeners.finish(Duration::ZERO, false).await;
        assert_eq!(
            remarks.findings,
            [Finding::ListenerLeft { listener: "stuck one".into(), waiting: 1, keeps: false }]
        );
    }
}
