//! The connections that those who share them have: idle ones are closed in time.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::hosts::Hosts;
use crate::pool::Pool;
use crate::sweeper::{Sweeper, Swept};
use crate::target::Origin;

/// Connections of a runner, or of a journey that has its own.
pub(crate) struct Lines {
    /// Those of HTTP/1.1 that are idle.
    pool: Pool,
    /// What is known of each host, and its connections of HTTP/2.
    pub(crate) hosts: Hosts,
    timeout: Duration,
    /// Closes what was idle for too long.
    sweeper: Arc<Sweeper>,
    /// As what the sweeper knows them.
    number: u64,
    /// When it looks next, while there is something to close.
    due: Mutex<Option<Instant>>,
}

/// How often it is looked, a millisecond apart, whether connections are closed that are
/// to be; a loop that is busy for longer is not waited for.
const MOST_TURNS: u32 = 100;

/// Those of all runners: descriptors are the process's.
static SHARED: Mutex<Vec<Weak<Lines>>> = Mutex::new(Vec::new());

impl Lines {
    fn new(timeout: Duration, sweeper: Arc<Sweeper>) -> Arc<Self> {
        Arc::new(Self {
            pool: Pool::default(),
            hosts: Hosts::default(),
            timeout,
            number: sweeper.number(),
            sweeper,
            due: Mutex::default(),
        })
    }

    /// Those of a runner, which go when another runner has no descriptors left.
    pub(crate) fn shared(timeout: Duration) -> Arc<Self> {
        let lines = Self::new(timeout, Arc::default());
        let mut shared = SHARED.lock().unwrap_or_else(|e| e.into_inner());
        shared.retain(|lines| lines.strong_count() > 0);
        shared.push(Arc::downgrade(&lines));
        lines
    }

    /// Those of a journey of that runner.
    pub(crate) fn own(&self) -> Arc<Self> {
        Self::new(self.timeout, self.sweeper.clone())
    }

    /// An idle connection that the peer has not closed.
    pub(crate) fn checkout(&self, origin: &Origin, now: Instant) -> Option<Box<Connection>> {
        self.pool.checkout(origin, now, self.timeout)
    }

    /// Takes back a connection that can be used again, after an exchange that ended
    /// at `now`.
    pub(crate) fn checkin(self: &Arc<Self>, connection: Box<Connection>, now: Instant) {
        if self.pool.checkin(connection, now) {
            self.sweep();
        }
    }

    /// Begins to close what is idle for too long, unless that is going on.
    #[cold]
    pub(crate) fn sweep(self: &Arc<Self>) {
        let mut due = self.due.lock().unwrap_or_else(|e| e.into_inner());
        if due.is_none() {
            let at = Instant::now() + self.timeout;
            *due = Some(at);
            let weak: Weak<Self> = Arc::downgrade(self);
            self.sweeper.watch(at, self.number, weak);
        }
    }

    /// Closes idle connections to make room for another, `n` of them if there are so
    /// many: those that have been idle longest, of whatever host and runner. Whether
    /// there were any.
    pub(crate) async fn make_room(self: &Arc<Self>, n: usize) -> bool {
        let (closed, ending) = self.close_oldest(n);
        // Tasks that drive connections close them when their loops come to it.
        for _ in 0..MOST_TURNS {
            if ending.iter().all(AbortHandle::is_finished) {
                break;
            }
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        closed > 0
    }

    /// How many it has closed, and the tasks that have to end for it.
    fn close_oldest(self: &Arc<Self>, n: usize) -> (usize, Vec<AbortHandle>) {
        let mut all: Vec<_> = {
            let shared = SHARED.lock().unwrap_or_else(|e| e.into_inner());
            shared.iter().filter_map(Weak::upgrade).collect()
        };
        if !all.iter().any(|lines| Arc::ptr_eq(lines, self)) {
            all.push(self.clone());
        }
        let idle = |lines: &Arc<Self>| [lines.pool.idle_since(), lines.hosts.idle_since()].concat();
        let mut since: Vec<_> = all.iter().flat_map(idle).collect();
        since.sort_unstable();
        let Some(&last) = since.get(n.min(since.len()).wrapping_sub(1)) else {
            return (0, Vec::new());
        };
        let (mut closed, mut ending) = (0, Vec::new());
        for lines in all {
            closed += lines.pool.close_since(last, n - closed);
            let drivers = lines.hosts.close_since(last, n - closed);
            closed += drivers.len();
            ending.extend(drivers);
        }
        (closed, ending)
    }
}

impl Swept for Lines {
    fn close_idle(&self, now: Instant) -> Option<Instant> {
        // The lock is held throughout, so that a connection that comes meanwhile is
        // watched anew.
        let mut due = self.due.lock().unwrap_or_else(|e| e.into_inner());
        let timeout = self.timeout;
        let oldest = [self.pool.close_idle(now, timeout), self.hosts.close_idle(now, timeout)];
        let oldest = oldest.into_iter().flatten().min();
        // An instant later it has been idle for too long.
        *due = oldest.map(|since| since + timeout + Duration::from_millis(1));
        *due
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if let Some(due) = self.due.get_mut().unwrap_or_else(|e| e.into_inner()) {
            self.sweeper.forget(*due, self.number);
        }
    }
}
