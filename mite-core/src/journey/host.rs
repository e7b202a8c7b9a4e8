//! A runner, as its executions see it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::time::Instant;

use crate::clock::Epoch;
use crate::config::Config;
use crate::faults::Faults;
use crate::ids::RunnerId;
use crate::journey::Lanes;
use crate::journey::extensions::{Endings, Extensions};
use crate::journey::transcript::Onlooker;
use crate::label::{Label, ROOT};
use crate::span::Spans;

/// What all executions of one runner share.
pub struct Host {
    /// Which runner.
    pub runner: RunnerId,
    /// The spec that was given on the command line.
    pub test: Label,
    /// The runner's copy of the settings.
    pub config: Config,
    /// Where counts and messages go.
    pub lanes: Lanes,
    /// The run's place on the calendar.
    pub epoch: Epoch,
    /// Whether journeys are asked to finish early.
    pub stop: AtomicBool,
    /// Whether the first failure stops everything: executions keep a journal.
    pub debugging: bool,
    /// Who looks at each exchange.
    pub onlooker: Option<Onlooker>,
    /// When the test begins, after the start delay.
    pub start: Instant,
    /// When the warm-up ends, if there is one.
    pub warm_until: Option<Instant>,
    /// Whether time is tokio's paused clock.
    pub virtual_time: bool,
    /// For random choices that a seed repeats.
    pub seed: u64,
    /// Tags of requests whose values make series of their own.
    pub series_by: Vec<String>,
    /// Whether somebody is shown where the time of requests went, and single ones of them.
    pub in_detail: bool,
    /// Where spans of executions go that are traced, if any are.
    pub spans: Option<Arc<Spans>>,
    /// What fails the run and belongs to no journey.
    pub faults: Arc<Faults>,
    /// What the scenario's setup returned, encoded, if it has one.
    pub setup: OnceLock<Bytes>,
    /// The name of the transaction around each execution.
    pub(crate) root: Label,
    pub(crate) extensions: Extensions,
    pub(crate) endings: Arc<Endings>,
}

impl Host {
    /// Whether the warm-up is not over at a moment, which is only asked for if there is one.
    #[inline]
    pub fn is_warming_up(&self, at: impl FnOnce() -> Instant) -> bool {
        self.warm_until.is_some_and(|until| at() < until)
    }

    /// A host with default settings: no listeners, real time.
    pub fn new(runner: RunnerId, test: Label, lanes: Lanes) -> Self {
        Self {
            runner,
            test,
            config: Config::replica(),
            lanes,
            epoch: Epoch::now(),
            stop: AtomicBool::new(false),
            debugging: false,
            onlooker: None,
            start: Instant::now(),
            warm_until: None,
            virtual_time: false,
            seed: 0,
            series_by: Vec::new(),
            in_detail: false,
            spans: None,
            faults: Arc::default(),
            setup: OnceLock::new(),
            root: Label::intern(ROOT),
            extensions: Extensions::default(),
            endings: Arc::default(),
        }
    }
}
