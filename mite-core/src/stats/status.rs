//! What a run knows of itself, beside its counts.

use std::time::Duration;

use serde::Serialize;

use super::arrivals::ArrivalStatus;
use super::findings::Finding;
use super::health::Health;
use super::search::SearchStatus;
use super::unmet::{PoolStatus, Reason};

/// A piece of what a line asks for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// When it begins.
    pub from: Duration,
    /// When it ends; `None` if it has no end.
    pub to: Option<Duration>,
    /// `constant`, `ramp`, `nothing`, `once`, or `own`, which is known only as it runs.
    pub kind: &'static str,
    /// In words: `10`, `0 → 420`.
    pub text: String,
}

/// What a run is, known before it starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunInfo {
    /// The spec of what is run; messages carry it as `test`.
    pub test: String,
    /// What its random choices follow from.
    pub seed: u64,
    /// When it was started, in seconds since 1970.
    pub started: f64,
    /// The version of mite.
    pub version: String,
    /// What each line of the scenario asks for, as far as that is known before load.
    pub schedule: Vec<Vec<Phase>>,
}

/// What the run itself knows of its state: handed to the board, which adds the
/// counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RunStatus {
    /// Time since the test began, after the start delay.
    pub elapsed: Duration,
    /// How long it will take, if that is known.
    pub planned: Option<Duration>,
    /// How long load was asked for, once no more is: what rates are over, whatever ended
    /// the run. Until the plan, the limit of time or somebody ended it; a line whose data
    /// was used up asks until the last journey with it has ended.
    pub load: Option<Duration>,
    /// For how long it was paused by hand meanwhile: rates are not over that time.
    pub paused: Duration,
    /// How many runners there are.
    pub runners: u32,
    /// Journeys in flight by runner.
    pub in_flight: Vec<(u32, u32)>,
    /// The lines of the scenario.
    pub scenarios: Vec<LineStatus>,
    /// Messages that found the queue of the raw lane full, without those that
    /// findings speak of.
    pub lost_messages: u64,
    /// What the run has left behind, in words: files, and what is in them.
    pub notes: Vec<String>,
    /// Whether it may end without having started anything.
    pub allow_empty: bool,
    /// Searches for the greatest rate, as the board knows them.
    pub searches: Vec<SearchStatus>,
    /// How the generator has fared; the board adds what its runners say.
    pub health: Health,
    /// What the run itself has found; the judge adds what the counts show.
    pub findings: Vec<Finding>,
}

impl RunStatus {
    /// How long load was asked for until now: what rates are over.
    pub fn load(&self) -> Duration {
        self.load.unwrap_or(self.elapsed)
    }

    /// The part of it that figures are over, the first `warmup` of the test being counted
    /// apart.
    pub fn measured(&self, warmup: Duration) -> Duration {
        self.load().saturating_sub(warmup).saturating_sub(self.paused)
    }

    /// What the lines ask for now, line by line: journeys at once, or a second.
    pub(super) fn asked(&self) -> Vec<f64> {
        let asked = |line: &LineStatus| match &line.arrivals {
            Some(arrivals) => arrivals.rate,
            None => f64::from(line.required),
        };
        self.scenarios.iter().map(asked).collect()
    }
}

/// One line of the scenario, as the controller sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LineStatus {
    /// Which, from 1.
    pub id: u32,
    /// Its journey's registered name.
    pub journey: String,
    /// How many journeys at once its volume asks for.
    pub required: u32,
    /// How many are in flight.
    pub actual: u32,
    /// The most journeys at once that its volume has asked for.
    pub peak: u32,
    /// Journeys that it has begun since the test did.
    pub started: u64,
    /// Why it begins no more, if so.
    pub ended: Option<String>,
    /// What its volume asks for, as far as that is known before load.
    pub volume: VolumeStatus,
    /// Its data pool, as people know it; `None` for one without data.
    pub pool: Option<PoolStatus>,
    /// Slot-time below what was required since the test began, by reason.
    pub unmet: Vec<(Reason, Duration)>,
    /// Its arrivals, if its volume is a rate.
    pub arrivals: Option<ArrivalStatus>,
}

/// What a volume asks for, as far as that is known before load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct VolumeStatus {
    /// So many journeys in all; `None` if it asks for journeys at once.
    pub once: Option<u64>,
    /// The most journeys at once, or per second if its volume is a rate.
    pub most: Option<f64>,
    /// How long it lasts.
    pub duration: Option<Duration>,
}
