//! Runners: one thread, one loop, and the journeys of its share.
//!
//! A runner holds levels by itself: it restarts a journey as soon as one ends,
//! reuses its own items, and asks the controller once a period, or earlier when
//! it is about to run dry. Arrivals of the open model it starts by the schedule that it
//! has, whatever the controller does.

use std::rc::Rc;
use std::sync::Arc;

use tokio::time::Instant;

use crate::control::{Grant, Phase, Progress};
use crate::dispatch::{Disconnected, Transport};
use crate::journey::Host;

mod boot_clock;
mod heartbeat;
mod line;
mod pacer;
mod pulse;
mod settings;
mod shared;
mod slot;
mod started;
mod term_watch;
mod timer;

use heartbeat::Heartbeat;
pub use line::Line;
use pacer::Pacer;
pub use pulse::{CoreTime, Pulse};
pub use settings::RunnerSettings;
use shared::Shared;
use term_watch::TermWatch;

/// One runner, to be [`run`](Self::run) on a local runtime.
pub struct Runner<T> {
    shared: Rc<Shared>,
    settings: RunnerSettings,
    transport: T,
}

impl<T: Transport> Runner<T> {
    /// A runner that holds its share of these lines.
    pub fn new(
        host: Arc<Host>,
        settings: RunnerSettings,
        lines: &[Line],
        pulse: Pulse,
        transport: T,
    ) -> Self {
        let shared = Rc::new(Shared::new(host, &settings, lines, pulse));
        Self { shared, settings, transport }
    }

    /// Runs journeys until the controller says that all is over, or its transport that it
    /// leaves.
    ///
    /// # Errors
    /// If the controller is gone, or has taken this runner for lost; what ran is cancelled
    /// then.
    pub async fn run(mut self) -> Result<(), Disconnected> {
        let shared = &self.shared;
        let _heart = Heartbeat::start(&shared.host, shared.pulse.pulse(), self.settings.start);
        let pacer = Pacer::start(shared);
        let _watch = TermWatch::start(shared);
        loop {
            let asked = Instant::now();
            if self.transport.is_leaving() {
                self.shared.retire();
            }
            if let Some(zero) = self.transport.zero() {
                self.shared.slew(zero);
            }
            let progress = self.shared.progress();
            let Some(answer) = self.request(progress).await else { continue };
            let grant = match answer {
                Ok(grant) => grant,
                Err(gone) => {
                    drop(pacer);
                    self.shared.enter(Phase::Cancel);
                    self.shared.host.end().await;
                    return Err(gone);
                }
            };
            if grant.phase == Phase::Drain {
                pacer::start_last(&self.shared);
            }
            self.shared.apply(grant);
            if let end @ (Phase::Bye | Phase::Lost) = self.shared.phase() {
                drop(pacer);
                self.shared.host.end().await;
                return if end == Phase::Bye { Ok(()) } else { Err(Disconnected) };
            }
            if self.shared.has_left() {
                drop(pacer);
                self.shared.host.end().await;
                return Ok(());
            }
            self.fill();
            self.wait(asked).await;
        }
    }

    /// Reports, and gets the answer. Where a network lies between none may come: then it is
    /// better to report anew, with a term that counts from now.
    async fn request(&mut self, progress: Progress) -> Option<Result<Grant, Disconnected>> {
        let answer = self.transport.request(progress);
        match self.settings.timeout {
            None => Some(answer.await),
            Some(_) => tokio::time::timeout(self.settings.period, answer).await.ok(),
        }
    }

    /// Starts what the levels allow now.
    fn fill(&self) {
        let shared = &self.shared;
        if !shared.has_begun() {
            return;
        }
        for line in 0..shared.lines() {
            while let Some(taken) = shared.take(line) {
                slot::start(shared, line, taken, None);
            }
        }
    }

    /// Waits until it is time to ask again; starts what the levels allow meanwhile.
    async fn wait(&self, asked: Instant) {
        let shared = &self.shared;
        let period = asked + self.settings.period;
        let earliest = asked + self.settings.min_delay;
        loop {
            let rise = if shared.phase() == Phase::Run { shared.next_rise() } else { None };
            tokio::select! {
                biased;
                () = self.transport.nudged() => break,
                // What was noted before the last report is in it.
                () = shared.ask.notified() => if shared.wants_to_ask() { break },
                () = tokio::time::sleep_until(period) => return,
                () = shared.room.notified() => self.fill(),
                () = tokio::time::sleep_until(rise.unwrap_or(period)), if rise.is_some() => self.fill(),
            }
        }
        tokio::time::sleep_until(earliest).await;
    }
}
