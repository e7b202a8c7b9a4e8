//! Whether what a journey does fits into the time between its beginnings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Less than that of a pace is lost to the clock's own grain.
const WORTH_SAYING: f64 = 0.01;

/// Blocks of a journey that should be a separation apart
/// ([`fixed_separation`](crate::journey::Context::fixed_separation)).
///
/// ```
/// use mite_core::stats::Paced;
/// use std::time::Duration;
/// let secs = Duration::from_secs;
/// // Asked for every ten seconds; one took 15 s, the other fitted.
/// let mut paced = Paced::default();
/// paced.add(secs(10), secs(5));
/// paced.add(secs(10), secs(0));
/// assert_eq!((paced.blocks, paced.late), (2, 1));
/// assert_eq!(paced.reached(), 0.8);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paced {
    /// Blocks that ended.
    pub blocks: u64,
    /// Those that took longer than their separation.
    pub late: u64,
    /// The separations, in all.
    pub asked: Duration,
    /// How much longer blocks took, in all.
    pub over: Duration,
}

impl Paced {
    /// A block ended, `over` after its `separation`; without one there is no pace.
    pub fn add(&mut self, separation: Duration, over: Duration) {
        if separation.is_zero() {
            return;
        }
        self.blocks += 1;
        self.late += u64::from(!over.is_zero());
        self.asked = self.asked.saturating_add(separation);
        self.over = self.over.saturating_add(over);
    }

    /// The part of the pace that was reached, from 0 to 1.
    pub fn reached(&self) -> f64 {
        match self.over.is_zero() {
            true => 1.0,
            false => {
                let asked = self.asked.as_secs_f64();
                asked / (asked + self.over.as_secs_f64())
            }
        }
    }

    /// Whether journeys were so late that people should know.
    pub(super) fn is_missed(&self) -> bool {
        self.reached() < 1.0 - WORTH_SAYING
    }

    /// What has come since it was `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            blocks: self.blocks.saturating_sub(earlier.blocks),
            late: self.late.saturating_sub(earlier.late),
            asked: self.asked.saturating_sub(earlier.asked),
            over: self.over.saturating_sub(earlier.over),
        }
    }

    /// Adds those of another.
    pub(super) fn merge(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.late += other.late;
        self.asked = self.asked.saturating_add(other.asked);
        self.over = self.over.saturating_add(other.over);
    }
}
