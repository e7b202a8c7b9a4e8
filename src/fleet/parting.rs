//! How a process of runners leaves a run that goes on.

use std::time::Duration;

use mite_core::units;
use mite_nats::RunnerSide;
use tokio::time::Instant;

use crate::terminal::log::{self, Level};

/// Steps of leaving: what is scheduled is played and journeys finish, then they are
/// cancelled, then nothing is waited for.
pub(super) struct Parting {
    /// How long the first step may take.
    graceful: Duration,
    /// The last signal that came.
    signal: Option<u8>,
    /// When journeys are cancelled, during the first step.
    cancels: Option<Instant>,
}

impl Parting {
    pub(super) fn new(graceful: Duration) -> Self {
        Self { graceful, signal: None, cancels: None }
    }

    /// The last signal that came.
    pub(super) fn signal(&self) -> Option<u8> {
        self.signal
    }

    /// Whether what runs may still finish.
    pub(super) fn plays(&self) -> bool {
        self.cancels.is_some()
    }

    /// Takes the next step; whether there is none left.
    pub(super) fn step(&mut self, signal: u8, side: &RunnerSide) -> bool {
        match (self.signal.replace(signal), self.cancels) {
            (None, _) => {
                let limit = units::long_time(self.graceful);
                log::log(
                    Level::Info,
                    format_args!(
                        "leaves the run: what is scheduled for it starts, and journeys may finish, within {limit}; interrupt again to end now"
                    ),
                );
                // A time that overflows is as good as a century.
                let century = Duration::from_secs(100 * 365 * 24 * 3600);
                self.cancels = Some(Instant::now() + self.graceful.min(century));
                side.retire();
            }
            (Some(_), Some(_)) => self.cancel(side),
            (Some(_), None) => return true,
        }
        false
    }

    /// Cancels what runs once it has had its time, or the server is away.
    pub(super) fn look(&mut self, side: &RunnerSide) {
        if self.cancels.is_some_and(|at| Instant::now() >= at || side.is_away()) {
            self.cancel(side);
        }
    }

    fn cancel(&mut self, side: &RunnerSide) {
        self.cancels = None;
        log::log(Level::Info, "leaves the run now: its journeys are cancelled");
        side.leave();
    }
}
