//! A run whose runners are threads of this process.

use std::time::Duration;

use mite_core::dispatch::{Dispatch, Hub, InProcess, NoStore};
use mite_core::journey::Lanes;
use mite_core::stats::Board;

use super::request::RunError;
use super::runners::OwnRunners;
use super::shutdown::Signals;
use super::site::{Brief, Needs, Runners, Site};
use super::threads::RunnerThreads;

/// How long before its start a run is known to its runners.
const LEAD: Duration = Duration::from_millis(20);

/// This process.
#[derive(Default)]
pub(crate) struct ThisProcess {
    count: usize,
    virtual_time: bool,
    threads: Option<RunnerThreads<InProcess>>,
    transports: Vec<InProcess>,
}

impl Site for ThisProcess {
    type End = Hub;
    type Store = NoStore;
    type Runners = OwnRunners<InProcess>;

    async fn ready(&mut self, needs: Needs<'_>) -> Result<(), RunError> {
        let Needs { settings, virtual_time, faults, .. } = needs;
        (self.count, self.virtual_time) = (settings.runners, virtual_time);
        let threads = RunnerThreads::ready(settings.runners, virtual_time, faults).await;
        self.threads = Some(threads.map_err(RunError::Start)?);
        Ok(())
    }

    fn lead(&self) -> Duration {
        if self.virtual_time { Duration::ZERO } else { LEAD }
    }

    fn connect(&mut self) -> (Hub, u32) {
        let count = self.count as u32;
        let (hub, transports) = Hub::new(count);
        self.transports = transports;
        (hub, count)
    }

    fn keep(&mut self, dispatch: Dispatch<Hub>) -> Dispatch<Hub> {
        dispatch
    }

    fn launch(self, brief: Brief) -> OwnRunners<InProcess> {
        let threads = self.threads.unwrap_or_default();
        OwnRunners::start(brief, self.transports, threads)
    }
}

impl Runners for OwnRunners<InProcess> {
    fn count(&self) -> u32 {
        self.hosts().len() as u32
    }

    fn share_its_thread(&self) -> bool {
        self.is_in_virtual_time()
    }

    fn asked_for(&self, key: &str) -> bool {
        self.hosts().iter().any(|host| host.config.was_asked_for(key))
    }

    fn counts(&mut self, board: &mut Board, _until: Option<Duration>) {
        let mut in_flight = 0;
        self.collect(|window| {
            in_flight += window.most_in_flight();
            board.absorb(window);
        });
        board.saw_in_flight(in_flight);
    }

    fn lanes(&self) -> Option<&Lanes> {
        // It is counted by one of them.
        self.hosts().first().map(|host| &host.lanes)
    }

    fn look(&mut self) {
        self.watch();
    }

    async fn end(&mut self, _signals: &mut Signals) {
        self.over(std::time::Instant::now());
        self.close().await;
    }
}
