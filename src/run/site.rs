//! Where the runners of a run are: threads of this process, or other processes.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Epoch;
use mite_core::config::Config;
use mite_core::control::Welcome;
use mite_core::dispatch::{Command, ControllerEnd, Dispatch, Store};
use mite_core::extend::Spans;
use mite_core::faults::Faults;
use mite_core::journey::{Lanes, Onlooker, Returned};
use mite_core::message::Tap;
use mite_core::runner::Line;
use mite_core::stat::ActiveStats;
use mite_core::stats::{Board, DropReason, Finding, Health, Threshold};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::request::RunError;
use super::settings::RunSettings;
use super::shutdown::Signals;
use crate::listener::Remarks;

/// Where the runners of a run will be.
pub(crate) trait Site {
    /// The controller's end of the transport to them.
    type End: ControllerEnd;
    /// Where the control plane keeps what must outlive it, if anything does.
    type Store: Store;
    /// What the monitor knows of them once they run.
    type Runners: Runners;

    /// Has what is needed to have runners. A run that another controller began, and that is
    /// taken up again, may say how it is run.
    ///
    /// # Errors
    /// If that cannot be had.
    async fn open(&mut self, test: &str, needs: Opening<'_>) -> Result<(), RunError> {
        let _ = (test, needs);
        Ok(())
    }

    /// The start of a run that is taken up again, and what its setup returned.
    fn begun(&self) -> Option<(Instant, Option<Returned>)> {
        None
    }

    /// What is to be known of how the run came to be led from here, which begins `now`.
    fn findings(&self, now: Instant) -> Vec<Finding> {
        let _ = now;
        Vec::new()
    }

    /// Waits until as many stand as the run needs to start. A signal ends the wait.
    ///
    /// # Errors
    /// If they cannot be had.
    async fn ready(&mut self, needs: Needs<'_>) -> Result<(), RunError>;

    /// Waits until as many stand as before: a setup may take long.
    ///
    /// # Errors
    /// If they cannot be had.
    async fn still_ready(&mut self, signals: &mut Signals) -> Result<(), RunError> {
        let _ = signals;
        Ok(())
    }

    /// How long before its start a run is known to its runners, so that each has its first
    /// Grant when it begins: load that starts late is late for as long as it lasts.
    fn lead(&self) -> Duration;

    /// How long a runner may go on with what it was granted and hear nothing, if a network
    /// lies between.
    fn runner_timeout(&self) -> Option<Duration> {
        None
    }

    /// The way to them, and how many there are to begin with: 1 to that number.
    fn connect(&mut self) -> (Self::End, u32);

    /// The same dispatch, with its store, and as it was if the run is taken up again.
    fn keep(&mut self, dispatch: Dispatch<Self::End>) -> Dispatch<Self::End, Self::Store>;

    /// Lets them start.
    fn launch(self, brief: Brief) -> Self::Runners;
}

/// What is known when a site opens.
#[cfg_attr(not(feature = "nats"), allow(dead_code, reason = "only a site elsewhere asks"))]
pub(crate) struct Opening<'a> {
    pub(crate) settings: &'a mut RunSettings,
    pub(crate) config: &'a Config,
    /// Keys of it that somebody typed.
    pub(crate) typed: &'a [String],
    /// What the run is held against.
    pub(crate) limits: &'a [Threshold],
    pub(crate) signals: &'a mut Signals,
}

/// What runners need before there is a run.
pub(crate) struct Needs<'a> {
    pub(crate) settings: &'a RunSettings,
    pub(crate) virtual_time: bool,
    pub(crate) faults: &'a Arc<Faults>,
    #[cfg_attr(not(feature = "nats"), allow(dead_code, reason = "only others are waited for"))]
    pub(crate) signals: &'a mut Signals,
}

/// What runners are told, and what those of this process have around them.
pub(crate) struct Brief {
    /// Of the first one.
    pub(crate) welcome: Welcome,
    /// The lines of the scenario, with their journeys.
    pub(crate) lines: Vec<Line>,
    /// Where a runner that is lost is told of.
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) around: Surroundings,
}

/// What runners have around them in their own process.
pub(crate) struct Surroundings {
    pub(crate) epoch: Epoch,
    /// The zero of test time.
    pub(crate) start: Instant,
    pub(crate) virtual_time: bool,
    /// Who gets their messages.
    pub(crate) taps: Vec<Tap>,
    pub(crate) stats: ActiveStats,
    pub(crate) faults: Arc<Faults>,
    pub(crate) onlooker: Option<Onlooker>,
    pub(crate) spans: Option<Arc<Spans>>,
}

/// The runners of a run, as its monitor knows them.
pub(crate) trait Runners {
    /// How many there are.
    fn count(&self) -> u32;

    /// Whether they share the thread of the controller, and its clock, which jumps.
    fn share_its_thread(&self) -> bool {
        false
    }

    /// Whether the code of one of them has asked for this key of the config.
    fn asked_for(&self, key: &str) -> bool;

    /// Adds what was counted since the last call to `board`; with `until`, what came after that
    /// time of the test is left for the next window.
    fn counts(&mut self, board: &mut Board, until: Option<Duration>);

    /// The delay after a window's end at which its counts are collected, at least.
    fn lag(&self) -> Duration {
        Duration::ZERO
    }

    /// The end of a window that was to end at one time, and does at another.
    fn window_end(&self, planned: Duration, now: Duration) -> Duration {
        let _ = planned;
        now
    }

    /// Whether everything is here that was counted until that time of the test.
    fn have_told(&mut self, until: Duration) -> bool {
        let _ = until;
        true
    }

    /// Whether the network was away at that time, or shortly before, so that arrivals were
    /// dropped for that reason.
    fn were_away(&self, at: Duration, reason: DropReason) -> bool {
        let _ = (at, reason);
        false
    }

    /// The process of a runner, as people know it, if it is elsewhere.
    fn process_of(&self, runner: u32) -> Option<String> {
        let _ = runner;
        None
    }

    /// What there is to know of them now.
    fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }

    /// Asks for everything that was counted until now.
    fn refresh(&mut self) {}

    /// Whether the last counts that were handed over are as new as the last
    /// [`refresh`](Self::refresh).
    fn is_fresh(&self) -> bool {
        true
    }

    /// Where a statistic of the whole run is counted, once.
    fn lanes(&self) -> Option<&Lanes>;

    /// Checks the runners; called some times a second.
    fn look(&mut self);

    /// Adds what those elsewhere know of the generator's health.
    fn examine(&self, health: &mut Health) {
        let _ = health;
    }

    /// What those elsewhere have to say.
    fn remarks(&self) -> Remarks {
        Remarks::default()
    }

    /// Messages that were lost elsewhere.
    fn lost_messages(&self) -> u64 {
        0
    }

    /// Tells consumers in other processes that the run is over.
    async fn over(&mut self) {}

    /// Waits, within a limit, until the runners have ended and their last counts are here.
    async fn end(&mut self, signals: &mut Signals);
}
