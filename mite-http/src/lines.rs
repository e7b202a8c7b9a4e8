//! The connections that those who share them have: idle ones are closed in time.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use crate::connection::Connection;
use crate::hosts::Hosts;
use crate::pool::Pool;
use crate::target::Origin;

/// Connections of a runner, or of a journey that has its own.
pub(crate) struct Lines {
    /// Those of HTTP/1.1 that are idle.
    pool: Pool,
    /// What is known of each host, and its connections of HTTP/2.
    pub(crate) hosts: Hosts,
    timeout: Duration,
    /// The task that closes what was idle for too long, while there is something.
    sweeper: Mutex<Option<AbortHandle>>,
}

/// How often it is looked, a millisecond apart, whether connections are closed that are
/// to be; a loop that is busy for longer is not waited for.
const MOST_TURNS: u32 = 100;

/// Those of all runners: descriptors are the process's.
static SHARED: Mutex<Vec<Weak<Lines>>> = Mutex::new(Vec::new());

impl Lines {
    pub(crate) fn new(timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            pool: Pool::new(timeout),
            hosts: Hosts::default(),
            timeout,
            sweeper: Mutex::default(),
        })
    }

    /// The same, whose idle connections go when another runner has no descriptors left.
    pub(crate) fn shared(timeout: Duration) -> Arc<Self> {
        let lines = Self::new(timeout);
        let mut shared = SHARED.lock().unwrap_or_else(|e| e.into_inner());
        shared.retain(|lines| lines.strong_count() > 0);
        shared.push(Arc::downgrade(&lines));
        lines
    }

    /// An idle connection that the peer has not closed.
    pub(crate) fn checkout(&self, origin: &Origin, now: Instant) -> Option<Box<Connection>> {
        self.pool.checkout(origin, now)
    }

    /// Takes back a connection that can be used again, after an exchange that ended
    /// at `now`.
    pub(crate) fn checkin(
        self: &Arc<Self>,
        origin: &Arc<Origin>,
        connection: Box<Connection>,
        now: Instant,
    ) {
        if self.pool.checkin(origin, connection, now) {
            self.sweep();
        }
    }

    /// Begins to close what is idle for too long, unless that is going on.
    pub(crate) fn sweep(self: &Arc<Self>) {
        let mut sweeper = self.sweeper.lock().unwrap_or_else(|e| e.into_inner());
        if sweeper.is_none() {
            let sweep = sweep(Arc::downgrade(self), Instant::now() + self.timeout);
            *sweeper = Some(tokio::spawn(sweep).abort_handle());
        }
    }

    /// Closes what is idle for too long; when to look again, if anything is left.
    fn close_idle(&self, now: Instant) -> Option<Instant> {
        // The lock is held throughout, so that a connection that comes meanwhile starts
        // a new sweeper.
        let mut sweeper = self.sweeper.lock().unwrap_or_else(|e| e.into_inner());
        let oldest = [self.pool.close_idle(now), self.hosts.close_idle(now, self.timeout)];
        let oldest = oldest.into_iter().flatten().min();
        if oldest.is_none() {
            *sweeper = None;
        }
        // An instant later it has been idle for too long.
        oldest.map(|since| since + self.timeout + Duration::from_millis(1))
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

impl Drop for Lines {
    fn drop(&mut self) {
        let sweeper = self.sweeper.get_mut().unwrap_or_else(|e| e.into_inner());
        if let Some(sweeper) = sweeper {
            sweeper.abort();
        }
    }
}

/// Begins when something can have been idle for too long. Ends with the connections, or
/// when there are no idle ones.
async fn sweep(lines: Weak<Lines>, first: Instant) {
    let mut next = Some(first);
    while let Some(at) = next {
        sleep_until(at).await;
        next = lines.upgrade().and_then(|lines| lines.close_idle(Instant::now()));
    }
}
