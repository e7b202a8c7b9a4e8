//! What a runner is told once, before its first report.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::work::Fence;
use crate::config::Changes;
use crate::ids::{LineId, RunnerId, TestTime};
use crate::plan::Plan;
use crate::pool::PoolKind;
use crate::volume::VolumeKind;

/// What a runner is told once, before its first report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// Which run, in which incarnation of this runner.
    pub fence: Fence,
    /// The name of the run.
    pub run: String,
    /// The spec of what is run: messages carry it as `test`.
    pub test: String,
    /// Its own number.
    pub runner: RunnerId,
    /// The lines of the scenario.
    pub lines: Vec<WelcomeLine>,
    /// The settings that journeys see, all of them.
    pub config: Changes,
    /// How often it asks for work.
    pub period: Duration,
    /// How often at most.
    pub min_delay: Duration,
    /// What random choices follow from.
    pub seed: u64,
    /// Journeys in flight at most, over all lines.
    pub most: Option<u32>,
    /// An arrival that is later than that is dropped.
    pub max_lateness: Duration,
    /// How long it may hold what it was granted without a new Grant, if a network lies
    /// between.
    pub timeout: Option<Duration>,
    /// How long journeys may take to finish when it leaves.
    pub graceful_stop: Duration,
    /// How long the warm-up lasts; zero for none.
    pub warmup: Duration,
    /// A journey that never waits for so long blocks its runner.
    pub max_block: Duration,
    /// Whether the first failure stops everything.
    pub debugging: bool,
    /// Whether somebody is shown where the time of requests went, and single ones of them.
    pub in_detail: bool,
    /// Tags of requests whose values make series of their own.
    pub series_by: Vec<String>,
    /// What the scenario's setup returned, encoded, if it has one.
    #[serde(with = "super::work::optional_binary")]
    pub setup: Option<Bytes>,
}

/// A line of the scenario, as a runner is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WelcomeLine {
    /// Which.
    #[serde(rename = "scenario_id")]
    pub line: LineId,
    /// Its journeys: one, or those of a mix.
    pub journeys: Vec<WelcomeJourney>,
    /// How its items may be used.
    pub kind: PoolKind,
    /// What its items are.
    pub items: Items,
    /// When its volume ends, if that is known: nothing starts then or later,
    /// also before the controller has said so.
    pub until: Option<TestTime>,
}

/// A journey of a line, as a runner is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WelcomeJourney {
    /// Its name.
    pub journey: String,
    /// How often it is started, against the others of its line.
    pub weight: u64,
}

/// What the items of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Items {
    /// Mere tickets, if there are any. Of a mix, the runner chooses the journey.
    Tickets,
    /// The arguments of its only journey, with an id of the pool's.
    Arguments,
    /// Each says which journey it is for: see [`ChosenItem`](crate::pool::ChosenItem).
    Chosen,
}

impl WelcomeLine {
    /// The lines of `plan`.
    pub fn of(plan: &Plan) -> Vec<Self> {
        let line = |line: &crate::plan::Line| {
            let (kind, has_data) = line.use_of_items(&plan.pools);
            let journey = |part: &crate::plan::Part| WelcomeJourney {
                journey: part.journey.meta.display(),
                weight: part.weight,
            };
            Self {
                line: line.id,
                journeys: line.journeys.iter().map(journey).collect(),
                kind,
                items: match (&line.supply, has_data) {
                    (Some(_), _) => Items::Chosen,
                    (None, true) => Items::Arguments,
                    (None, false) => Items::Tickets,
                },
                // A ticket that is due at the end still starts.
                until: line.duration.filter(|_| !matches!(line.volume, VolumeKind::Tickets(_))),
            }
        };
        plan.lines.iter().map(line).collect()
    }
}
