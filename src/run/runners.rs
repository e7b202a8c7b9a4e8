//! The runners' half of a run: their threads, what they count, and who gets their
//! messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mite_core::config::Config;
use mite_core::journey::Host;
use mite_core::label::Label;
use mite_core::message::{Message, Tap};
use mite_core::msgpack::Fields;
use mite_core::runner::Pulse;
use mite_core::stats::{Board, Counts};
use tokio::time::Instant;

use super::listeners::Listeners;
use super::threads::RunnerThreads;
use super::watchdog::Watchdog;
use crate::listener::Remarks;

/// How long the end may take once everything was told to end.
pub(super) const LAST_WAIT: Duration = Duration::from_secs(2);

/// The runners of this process, and who listens to them.
pub(super) struct Runners {
    hosts: Vec<Arc<Host>>,
    /// What each has counted since it was last asked, on its way to the board.
    windows: Vec<Counts>,
    threads: Option<RunnerThreads>,
    listeners: Listeners,
    taps: Vec<Tap>,
    /// Set when a listener cannot go on, and the run cannot without it.
    broken: Arc<AtomicBool>,
    watchdog: Watchdog,
    virtual_time: bool,
}

impl Runners {
    /// Those of `threads`; `journeys` are the names by line.
    pub(super) fn new(
        hosts: Vec<Arc<Host>>,
        threads: RunnerThreads,
        listeners: Listeners,
        pulses: Vec<Pulse>,
        journeys: Vec<Label>,
        bound: Duration,
        virtual_time: bool,
    ) -> Self {
        Self {
            watchdog: Watchdog::new(hosts.clone(), pulses, journeys, bound),
            taps: listeners.taps(),
            broken: listeners.broken(),
            windows: hosts.iter().map(|_| Counts::default()).collect(),
            hosts,
            threads: Some(threads),
            listeners,
            virtual_time,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.hosts.len() as u32
    }

    /// The config that each of them has.
    pub(super) fn configs(&self) -> impl Iterator<Item = &Config> {
        self.hosts.iter().map(|host| &host.config)
    }

    /// Whether they share the thread of the controller.
    pub(super) fn share_its_thread(&self) -> bool {
        self.virtual_time
    }

    /// Hands over what was counted since the last time.
    pub(super) fn counts(&mut self, board: &mut Board) {
        for (host, window) in self.hosts.iter().zip(&mut self.windows) {
            // The lock is held for the exchange only, not for the adding up.
            host.lanes.counted().swap(window);
            board.merge(window);
            window.clear();
        }
    }

    /// Tells whoever listens something of the whole run, past the runners.
    pub(super) fn tell(&self, kind: &str, fields: impl FnOnce() -> Fields) {
        let Some(host) = self.hosts.first().filter(|host| host.lanes.wants(kind)) else { return };
        let time = host.epoch.wall(Instant::now());
        let message = Message::new(kind, time, None, None, &fields());
        // A statistic of the whole run is counted by one of them.
        host.lanes.tell_stats(message.as_ref(), host.is_warming_up(Instant::now));
        self.taps.iter().filter(|tap| tap.wants(kind)).for_each(|tap| tap.send(message.as_ref()));
    }

    /// Looks whether a loop is blocked.
    pub(super) fn look(&mut self) {
        self.watchdog.look();
    }

    /// Names listeners that hang or are far behind.
    pub(super) fn look_at_listeners(&mut self) {
        self.listeners.look();
    }

    /// Whether something has just been lost that the run stands on.
    pub(super) fn have_just_broken(&self) -> bool {
        self.broken.swap(false, Ordering::Relaxed)
    }

    /// Messages that found the queue of whoever listens full.
    pub(super) fn lost_messages(&self) -> u64 {
        self.taps.iter().map(Tap::lost).sum()
    }

    /// Waits for the threads, not for ever, and counts what is blocked still.
    pub(super) async fn end(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.end(LAST_WAIT).await;
        }
        self.watchdog.close();
    }

    /// Lets whoever listens have what is still queued, for `limit`. May be dropped,
    /// and asked again.
    pub(super) async fn end_listeners(&mut self, limit: Duration) -> Remarks {
        self.listeners.finish(limit, self.virtual_time).await
    }
}
