//! Notices loops that a journey blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mite_core::journey::Host;
use mite_core::label::Label;
use mite_core::runner::Pulse;

use crate::terminal::log::{self, Level};

/// A poll that takes longer is a blocked loop: every other journey of that
/// runner stands still meanwhile.
const BLOCKED_AFTER: Duration = Duration::from_millis(500);

/// Looks at the runners' signs of life now and then.
pub(super) struct Watchdog {
    watched: Vec<Watched>,
    journeys: Vec<Label>,
}

struct Watched {
    host: Arc<Host>,
    pulse: Pulse,
    poll: Option<(u64, usize)>,
    since: Instant,
    told: bool,
}

impl Watchdog {
    /// For these runners; `journeys` are the names by line.
    pub(super) fn new(hosts: Vec<Arc<Host>>, pulses: Vec<Pulse>, journeys: Vec<Label>) -> Self {
        let since = Instant::now();
        let watched = hosts
            .into_iter()
            .zip(pulses)
            .map(|(host, pulse)| Watched { host, pulse, poll: None, since, told: false })
            .collect();
        Self { watched, journeys }
    }

    /// Looks once: says so when a loop turns out to be blocked, and counts it
    /// when it goes on.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        for watched in &mut self.watched {
            let poll = watched.pulse.read();
            if poll.is_some() && poll == watched.poll {
                if !watched.told && now - watched.since >= BLOCKED_AFTER {
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
            watched.count(now, &self.journeys);
            watched.poll = poll;
            watched.since = now;
            watched.told = false;
        }
    }

    /// Counts what is blocked still.
    pub(super) fn close(&mut self) {
        let now = Instant::now();
        for watched in &mut self.watched {
            watched.count(now, &self.journeys);
        }
    }
}

impl Watched {
    fn count(&self, now: Instant, journeys: &[Label]) {
        if self.told {
            let journey = self.journey(journeys);
            self.host.lanes.counted().journey_blocked(&journey, now - self.since);
        }
    }

    fn journey(&self, journeys: &[Label]) -> Label {
        let line = self.poll.map_or(usize::MAX, |(_, line)| line);
        journeys.get(line).cloned().unwrap_or_else(|| Label::intern("unknown"))
    }
}
