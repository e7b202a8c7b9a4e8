//! Which journey a runner's loop is inside, for whoever watches from outside.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A sign of life that another thread may read: which poll of which line the
/// loop is in. A loop that is in the same poll for long is blocked.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

const LINE_BITS: u32 = 16;

impl Pulse {
    /// The poll that the loop is in: its number and the index of the line.
    /// `None` between polls.
    pub fn read(&self) -> Option<(u64, usize)> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            n => Some((n >> LINE_BITS, (n & ((1 << LINE_BITS) - 1)) as usize - 1)),
        }
    }
}

/// The writing end, on the runner's own thread.
pub(super) struct Pulsing {
    pulse: Pulse,
    polls: Cell<u64>,
}

impl Pulsing {
    pub(super) fn new(pulse: Pulse) -> Self {
        Self { pulse, polls: Cell::new(0) }
    }

    pub(super) fn enter(&self, line: usize) {
        let n = self.polls.get() + 1;
        self.polls.set(n);
        self.pulse.0.store(n << LINE_BITS | (line as u64 + 1), Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        self.pulse.0.store(0, Ordering::Relaxed);
    }
}
