//! When executions, and what is in them, were meant to start.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::host::Host;
use crate::stats::Took;

/// An execution that the schedule of an open line asked for.
///
/// Its lag is that of the first transaction and the first request in it, too: of each that
/// starts before another one of its kind has ended. What comes later starts when what is
/// before it has ended, as in a closed line.
pub(crate) struct Arrival {
    /// How much later than intended it started.
    pub(crate) lag: Duration,
    transaction_over: AtomicBool,
    request_over: AtomicBool,
}

/// What is timed inside an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timed {
    Transaction,
    Request,
}

impl Arrival {
    /// It starts now.
    pub(crate) fn now(intended: Instant) -> Self {
        let over = AtomicBool::new;
        let (transaction_over, request_over) = (over(false), over(false));
        Self { lag: intended.elapsed(), transaction_over, request_over }
    }

    fn over(&self, of: Timed) -> &AtomicBool {
        match of {
            Timed::Transaction => &self.transaction_over,
            Timed::Request => &self.request_over,
        }
    }

    fn lag_of(&self, of: Timed) -> Duration {
        if self.over(of).load(Ordering::Relaxed) { Duration::ZERO } else { self.lag }
    }

    /// One has ended: those that start from here on are not the first.
    pub(crate) fn ended(&self, of: Timed) {
        self.over(of).store(true, Ordering::Relaxed);
    }
}

/// When something in an execution started, and when it was meant to: what a protocol notes
/// at the start of an attempt, by [`Context::begin`](crate::journey::Context::begin).
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    start: Instant,
    lag: Option<Duration>,
    warmup: bool,
}

impl Begun {
    #[inline]
    pub(crate) fn new(host: &Host, arrival: Option<&Arrival>, of: Timed, start: Instant) -> Self {
        let lag = arrival.map(|arrival| arrival.lag_of(of));
        let warmup = host.is_warming_up(|| before(start, lag));
        Self { start, lag, warmup }
    }

    /// When it started.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// When it was meant to start; none in a closed line.
    pub fn intended(&self) -> Option<Instant> {
        Some(before(self.start, Some(self.lag?)))
    }

    /// It has ended so long after its start.
    #[inline]
    pub fn took(&self, service: Duration) -> Took {
        Took { service, lag: self.lag, warmup: self.warmup }
    }
}

/// Of something in a closed line, after the warm-up.
impl From<Instant> for Begun {
    fn from(start: Instant) -> Self {
        Self { start, lag: None, warmup: false }
    }
}

fn before(start: Instant, lag: Option<Duration>) -> Instant {
    lag.and_then(|lag| start.checked_sub(lag)).unwrap_or(start)
}
