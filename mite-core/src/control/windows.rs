//! The windows that time is cut into.

use std::time::Duration;

use crate::ids::TestTime;

/// Windows `[i × period, (i + 1) × period)`, each begun once and in order.
pub(super) struct Windows {
    period: Duration,
    begun: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) index: u64,
    pub(super) start: TestTime,
    pub(super) end: TestTime,
}

impl Windows {
    pub(super) fn new(period: Duration) -> Self {
        Self { period, begun: 0 }
    }

    /// The next window, if it has begun by `now`.
    pub(super) fn next(&mut self, now: TestTime) -> Option<Window> {
        let window = self.get(self.begun);
        (window.start <= now).then(|| {
            self.begun += 1;
            window
        })
    }

    /// How many have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// When the next one begins.
    pub(super) fn next_start(&self) -> TestTime {
        self.boundary(self.begun)
    }

    /// The index of the window that has `time` in it.
    pub(super) fn at(&self, time: TestTime) -> u64 {
        u64::try_from(time.as_nanos() / self.period.as_nanos().max(1)).unwrap_or(u64::MAX)
    }

    /// The window with this index.
    pub(super) fn get(&self, index: u64) -> Window {
        Window { index, start: self.boundary(index), end: self.boundary(index + 1) }
    }

    fn boundary(&self, i: u64) -> TestTime {
        let nanos = self.period.as_nanos().saturating_mul(i.into());
        TestTime::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}
