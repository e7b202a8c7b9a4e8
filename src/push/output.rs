//! Targets as an output of a run.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mite_core::error::{Error, Result};
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::protocol::{Protocol, Shot};
use super::sender::Sender;
use crate::metrics::{Exposition, Family, MetricSettings};
use crate::output::Output;

/// How long the end is tried, of all targets together.
const LAST: Duration = Duration::from_millis(2_500);

/// So much earlier than it is due a target may be sent to: snapshots come once a second.
const EARLY: Duration = Duration::from_millis(500);

/// Pushes what a run comes to.
pub(crate) struct PushOutput {
    exposition: Exposition,
    protocols: Vec<Box<dyn Protocol>>,
    /// Each with when it is due.
    targets: Vec<(Sender, Instant)>,
    started: SystemTime,
}

impl PushOutput {
    /// One that will push to all of these.
    pub(crate) fn new(settings: MetricSettings, protocols: Vec<Box<dyn Protocol>>) -> Self {
        let exposition = Exposition::new(settings);
        Self { exposition, protocols, targets: Vec::new(), started: UNIX_EPOCH }
    }

    fn shot(&self, families: Vec<Family>, is_last: bool) -> Shot {
        let families = Arc::new(families);
        Shot { families, started: self.started, at: SystemTime::now(), is_last }
    }
}

impl Output for PushOutput {
    fn name(&self) -> &'static str {
        "push"
    }

    fn shows_last(&self) -> bool {
        true
    }

    fn start(&mut self, info: &RunInfo) -> Result {
        self.exposition.start(info);
        self.started = UNIX_EPOCH + Duration::from_secs_f64(info.started.max(0.0));
        for protocol in self.protocols.drain(..) {
            let sender = Sender::start(protocol).map_err(|e| Error::new(e.to_string()))?;
            let due = Instant::now() + sender.every();
            self.targets.push((sender, due));
        }
        Ok(())
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        let now = Instant::now();
        // The last snapshot has what the summary lacks.
        let families = self.exposition.show(snapshot);
        if self.targets.iter().all(|(_, due)| *due > now + EARLY) {
            return Ok(());
        }
        let shot = self.shot(families, false);
        for (sender, due) in self.targets.iter_mut().filter(|(_, due)| *due <= now + EARLY) {
            sender.put(shot.clone());
            *due = now + sender.every();
        }
        Ok(())
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let families = self.exposition.finish(summary);
        let shot = self.shot(families, true);
        self.targets.iter().for_each(|(sender, _)| sender.put(shot.clone()));
        let until = Instant::now() + LAST;
        for (sender, _) in self.targets.drain(..) {
            sender.end(until.saturating_duration_since(Instant::now()));
        }
        Ok(())
    }
}
