//! Closes what was idle for too long: one task of a runner for all its journeys.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

/// What has something to close in time.
pub(crate) trait Swept: Send + Sync {
    /// Closes what was idle for too long until `now`; when to look again, if anything is
    /// left.
    fn close_idle(&self, now: Instant) -> Option<Instant>;
}

/// Looks after all that is idle. A task and a timer for each journey with connections of
/// its own would take more memory than the connections' buffers.
#[derive(Default)]
pub(crate) struct Sweeper {
    watched: Mutex<Watched>,
    numbers: AtomicU64,
}

#[derive(Default)]
struct Watched {
    /// By when they are looked at next, and by their numbers.
    due: BTreeMap<(Instant, u64), Weak<dyn Swept>>,
    /// The task, while there is something to look at.
    task: Option<AbortHandle>,
}

impl Sweeper {
    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// A number for what will be watched.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks at it at that instant.
    pub(crate) fn watch(self: &Arc<Self>, at: Instant, number: u64, what: Weak<dyn Swept>) {
        let mut watched = self.watched();
        watched.due.insert((at, number), what);
        if watched.task.is_none() {
            watched.task = Some(tokio::spawn(sweep(Arc::downgrade(self))).abort_handle());
        }
    }

    /// Does not look at it any more.
    pub(crate) fn forget(&self, at: Instant, number: u64) {
        self.watched().due.remove(&(at, number));
    }

    /// When to look next; the task ends if there is nothing to look at.
    fn next(&self) -> Option<Instant> {
        let mut watched = self.watched();
        let next = watched.due.first_key_value().map(|((at, _), _)| *at);
        if next.is_none() {
            watched.task = None;
        }
        next
    }

    fn look(&self, now: Instant) {
        while let Some((number, weak)) = self.take(now) {
            // Held until it is watched again: dropped then, it is forgotten.
            let Some(what) = weak.upgrade() else { continue };
            if let Some(at) = what.close_idle(now) {
                self.watched().due.insert((at, number), weak);
            }
        }
    }

    /// Takes out one that is due.
    fn take(&self, now: Instant) -> Option<(u64, Weak<dyn Swept>)> {
        let mut watched = self.watched();
        let first = watched.due.first_entry().filter(|first| first.key().0 <= now)?;
        let number = first.key().1;
        Some((number, first.remove()))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        let watched = self.watched.get_mut().unwrap_or_else(|e| e.into_inner());
        if let Some(task) = &watched.task {
            task.abort();
        }
    }
}

/// Ends with the sweeper, or when there is nothing to look at.
async fn sweep(sweeper: Weak<Sweeper>) {
    while let Some(next) = sweeper.upgrade().and_then(|sweeper| sweeper.next()) {
        sleep_until(next).await;
        if let Some(sweeper) = sweeper.upgrade() {
            sweeper.look(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Is looked at so many times, a second apart.
    struct Times(Mutex<Vec<Instant>>, usize);

    impl Swept for Times {
        fn close_idle(&self, now: Instant) -> Option<Instant> {
            let mut seen = self.0.lock().unwrap();
            seen.push(now);
            (seen.len() < self.1).then_some(now + Duration::from_secs(1))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_task_looks_at_each_in_time_and_ends_with_the_last() {
        let (start, sweeper) = (Instant::now(), Arc::new(Sweeper::default()));
        let second = |n| start + Duration::from_secs(n);
        let all = [1, 3].map(|times| Arc::new(Times(Mutex::default(), times)));
        let gone = Arc::new(Times(Mutex::default(), 9));
        for times in all.iter().chain([&gone]) {
            let weak: Weak<Times> = Arc::downgrade(times);
            sweeper.watch(second(5), sweeper.number(), weak);
        }
        sweeper.forget(second(5), 2);
        tokio::time::sleep_until(second(20)).await;
        let seen = |times: &Times| times.0.lock().unwrap().clone();
        assert_eq!(seen(&all[0]), [second(5)]);
        assert_eq!(seen(&all[1]), [second(5), second(6), second(7)]);
        assert_eq!(seen(&gone), []);
        assert!(sweeper.watched().task.is_none());
        // What comes later starts anew.
        let weak: Weak<Times> = Arc::downgrade(&all[0]);
        sweeper.watch(second(21), 0, weak);
        tokio::time::sleep_until(second(22)).await;
        assert_eq!(seen(&all[0]).len(), 2);
    }
}
