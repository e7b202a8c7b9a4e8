//! Notices loops that a journey blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mite_core::journey::Host;
use mite_core::label::Label;
use mite_core::runner::Pulse;

use crate::terminal::log::{self, Level};

/// How often the runners' pulses are looked at.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// Looks at the runners' pulses now and then.
pub(super) struct Watchdog {
    watched: Vec<Watched>,
    journeys: Vec<Label>,
    /// A poll that takes longer is a blocked loop: every other journey of that
    /// runner stands still meanwhile.
    bound: Duration,
    looked: Instant,
    is_over: bool,
}

struct Watched {
    host: Arc<Host>,
    pulse: Pulse,
    poll: Option<(u64, usize)>,
    /// How long it has been seen in that poll.
    seen: Duration,
    /// How long its thread had waited for a core when it was first seen.
    waited: Duration,
    told: bool,
}

impl Watchdog {
    /// For these runners; `journeys` are the names of those of all lines.
    pub(super) fn new(
        hosts: Vec<Arc<Host>>,
        pulses: Vec<Pulse>,
        journeys: Vec<Label>,
        bound: Duration,
    ) -> Self {
        let watched = hosts
            .into_iter()
            .zip(pulses)
            .map(|(host, pulse)| Watched {
                host,
                pulse,
                poll: None,
                seen: Duration::ZERO,
                waited: Duration::ZERO,
                told: false,
            })
            .collect();
        Self { watched, journeys, bound, looked: Instant::now(), is_over: false }
    }

    /// Looks once: says so when a loop turns out to be blocked, and counts it
    /// when it goes on.
    pub(super) fn look(&mut self) {
        if self.is_over {
            return;
        }
        let now = Instant::now();
        // What stops the whole process (a suspended machine) is no journey's doing.
        let passed = now.duration_since(self.looked).min(LOOK * 2);
        self.looked = now;
        for watched in &mut self.watched {
            let poll = watched.pulse.read();
            if poll.is_some() && poll == watched.poll {
                watched.seen += passed;
                if !watched.told && watched.blocks(self.bound) {
                    watched.told = true;
                    let journey = watched.journey(&self.journeys);
                    log::log(
                        Level::Warn,
                        format_args!(
                            "journey {journey} blocks the loop of runner {}; use async calls, or tokio::task::spawn_blocking for what must block",
                            watched.host.runner
                        ),
                    );
                }
                continue;
            }
            watched.count(&self.journeys);
            watched.poll = poll;
            watched.seen = Duration::ZERO;
            watched.waited = watched.core_wait();
            watched.told = false;
        }
    }

    /// The run is over since then: a poll that lasts is told up to there, and no other is.
    pub(super) fn over(&mut self, since: Instant) {
        if !self.is_over {
            self.look();
            self.is_over = true;
            let after = self.looked.saturating_duration_since(since);
            for watched in &mut self.watched {
                watched.seen = watched.seen.saturating_sub(after);
                watched.told &= watched.seen >= self.bound;
            }
        }
    }

    /// Counts what is blocked still.
    pub(super) fn close(&mut self) {
        self.look();
        self.watched.iter().for_each(|watched| watched.count(&self.journeys));
    }
}

impl Watched {
    /// A poll that had no core to run on for most of its time blocks nothing itself.
    fn blocks(&self, bound: Duration) -> bool {
        self.seen >= bound && self.core_wait().saturating_sub(self.waited) < self.seen / 2
    }

    fn core_wait(&self) -> Duration {
        self.pulse.core_time().map_or(Duration::ZERO, |time| time.waited)
    }

    fn count(&self, journeys: &[Label]) {
        if self.told {
            let journey = self.journey(journeys);
            self.host.lanes.counted().journey_blocked(&journey, self.seen);
        }
    }

    fn journey(&self, journeys: &[Label]) -> Label {
        let line = self.poll.map_or(usize::MAX, |(_, line)| line);
        journeys.get(line).cloned().unwrap_or_else(|| Label::intern("unknown"))
    }
}
