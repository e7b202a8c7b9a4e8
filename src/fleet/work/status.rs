//! How a process of runners stands, besides what was counted.

use std::time::Duration;

use mite_core::config::Config;
use mite_core::message::Tap;
use mite_core::stats::Finding;
use mite_nats::ProcessStatus;

use super::Work;

impl Work<'_> {
    /// With what was counted until that time of the test.
    pub(super) fn status(&self, until: Duration) -> ProcessStatus {
        let configs = || self.runners.hosts().iter().map(|host| &host.config);
        let mut asked = configs().next().map(Config::keys).unwrap_or_default();
        asked.retain(|key| configs().any(|config| config.was_asked_for(key)));
        let faults = self.common.faults.so_far().into_iter();
        let faults = faults.map(|(what, times)| Finding::Fault { what, times });
        let zero = self.zero.zero();
        let lost: u64 = self.taps.iter().map(Tap::lost).sum();
        ProcessStatus {
            until,
            control: self.side.network(zero),
            messages: self.messages.network_lately(zero),
            strays: self.side.strays(),
            asked_times: *self.asked.borrow(),
            lost_messages: lost.saturating_sub(self.told_lost),
            asked,
            findings: faults.chain(self.found.iter().cloned()).collect(),
            notes: self.notes.clone(),
            files: self.common.resources.files(),
            ports: self.common.resources.ports(),
            cores: std::thread::available_parallelism().map_or(1, |n| n.get() as u32),
            debug_build: cfg!(debug_assertions),
            clock: self.side.offset(),
            clock_drift: self.drift(),
        }
    }
}
