//! The runners' half of a run: their threads, and what they count.

use std::sync::Arc;
use std::time::Instant;

use mite_core::control::Welcome;
use mite_core::dispatch::Transport;
use mite_core::journey::{Host, Lanes};
use mite_core::label::Label;
use mite_core::runner::{Pulse, RunnerSettings};
use mite_core::stats::Counts;

use super::shutdown::LAST_WAIT;
use super::site::{Brief, Surroundings};
use super::threads::{RunnerThread, RunnerThreads};
use super::watchdog::Watchdog;

/// The runners of this process, wherever their controller is.
pub(crate) struct OwnRunners<T> {
    hosts: Vec<Arc<Host>>,
    /// What each has counted since it was last asked, on its way to the board.
    windows: Vec<Counts>,
    threads: Option<RunnerThreads<T>>,
    watchdog: Watchdog,
    virtual_time: bool,
}

impl<T: Transport + Send + 'static> OwnRunners<T> {
    /// Starts a runner for each of `transports`, numbered from that of the welcome.
    pub(crate) fn start(brief: Brief, transports: Vec<T>, mut threads: RunnerThreads<T>) -> Self {
        let Brief { welcome, lines, commands, around } = brief;
        let settings = RunnerSettings::of(&welcome, around.start);
        let hosts: Vec<_> = (welcome.runner..)
            .take(transports.len())
            .map(|runner| Arc::new(host(&welcome, runner, &around)))
            .collect();
        let runners: Vec<_> = hosts
            .iter()
            .zip(transports)
            .map(|(host, transport)| RunnerThread {
                host: host.clone(),
                transport,
                pulse: Pulse::default(),
                lines: lines.clone(),
                settings: settings.clone(),
            })
            .collect();
        let pulses = runners.iter().map(|runner| runner.pulse.clone()).collect();
        threads.start(runners, &commands);
        let journeys = welcome.lines.iter().flat_map(|line| &line.journeys);
        let journeys = journeys.map(|journey| Label::intern(&journey.journey)).collect();
        Self {
            watchdog: Watchdog::new(hosts.clone(), pulses, journeys, welcome.max_block),
            windows: hosts.iter().map(|_| Counts::default()).collect(),
            hosts,
            threads: Some(threads),
            virtual_time: around.virtual_time,
        }
    }
}

impl<T> OwnRunners<T> {
    /// What each of them is to its journeys.
    pub(crate) fn hosts(&self) -> &[Arc<Host>] {
        &self.hosts
    }

    /// Whether they share one thread, and its clock, which jumps.
    pub(super) fn is_in_virtual_time(&self) -> bool {
        self.virtual_time
    }

    /// Hands over what each has counted since the last time, to be
    /// [absorbed](mite_core::stats::Board::absorb).
    pub(crate) fn collect(&mut self, mut absorb: impl FnMut(&mut Counts)) {
        for (host, window) in self.hosts.iter().zip(&mut self.windows) {
            // The lock is held for the exchange only, not for the adding up.
            host.lanes.counted().swap(window);
            absorb(window);
        }
    }

    /// Looks whether a loop is blocked.
    pub(crate) fn watch(&mut self) {
        self.watchdog.look();
    }

    /// The run is over since then: what blocks a loop still keeps it from nothing any more.
    pub(crate) fn over(&mut self, since: Instant) {
        self.watchdog.over(since);
    }

    /// Whether all threads have ended.
    #[cfg(feature = "nats")]
    pub(crate) fn have_ended(&self) -> bool {
        self.threads.as_ref().is_none_or(RunnerThreads::have_ended)
    }

    /// How many threads have ended.
    #[cfg(feature = "nats")]
    pub(crate) fn ended(&self) -> usize {
        self.threads.as_ref().map_or(self.hosts.len(), RunnerThreads::ended)
    }

    /// Which of them have ended, by place.
    #[cfg(feature = "nats")]
    pub(crate) fn ended_places(&self) -> Vec<usize> {
        self.threads.iter().flat_map(RunnerThreads::ended_places).collect()
    }

    /// Waits for the threads, not for ever, and counts what is blocked still.
    pub(crate) async fn close(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.end(LAST_WAIT).await;
        }
        self.watchdog.close();
    }
}

/// A runner, as its executions see it.
fn host(welcome: &Welcome, runner: u32, around: &Surroundings) -> Host {
    let lanes = Lanes::new(around.taps.iter().cloned()).with_stats(around.stats.clone());
    let mut host = Host::new(runner, Label::intern(&welcome.test), lanes);
    host.epoch = around.epoch;
    host.debugging = welcome.debugging;
    host.virtual_time = around.virtual_time;
    host.seed = welcome.seed;
    host.series_by = welcome.series_by.clone();
    host.faults = around.faults.clone();
    host.onlooker = around.onlooker.clone();
    host.in_detail = welcome.in_detail;
    host.spans = around.spans.clone();
    host.start = around.start;
    host.setup = welcome.setup.clone().map(Into::into).unwrap_or_default();
    host.warm_until = Some(welcome.warmup).filter(|w| !w.is_zero()).map(|w| around.start + w);
    host.config.apply(&welcome.config);
    host
}
