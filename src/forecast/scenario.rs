//! A whole scenario.

use std::time::Duration;

use mite_core::error::Result;
use mite_core::plan::Plan;
use mite_core::volume::Piece;

use super::count::Count;
use super::data::{self, DataForecast, User};
use super::line::{LineForecast, Shape};
use super::pieces::{self, Peak};
use super::runners::{self, RunnersForecast};
use super::terms::Terms;

/// What a scenario will do, before a request is sent: see
/// [`plan`](crate::testing::ScenarioTest::plan).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forecast {
    /// Its name.
    pub test: String,
    /// How long it lasts; `None`: until it is stopped, or its data is used up.
    pub duration: Option<Duration>,
    /// Its lines, in order.
    pub lines: Vec<LineForecast>,
    /// The data pools that feed them.
    pub data: Vec<DataForecast>,
    /// The most journeys at once; of the open model only if it was said how long a
    /// journey takes.
    pub at_once: Peak,
    /// The most journeys that arrive in a second, by the open model.
    pub per_second: Peak,
    /// Journeys in all.
    pub journeys: Count,
    /// How many runners that takes, if it was said what a journey costs, or how many
    /// one runner takes.
    pub runners: Option<RunnersForecast>,
    /// What must hold.
    pub thresholds: Vec<String>,
}

impl Forecast {
    /// What `plan` will do; the models of its lines are asked, so that it can do nothing
    /// else any more.
    ///
    /// # Errors
    /// If a volume model panics or says no number.
    pub(crate) fn new(test: String, plan: Plan, terms: &Terms) -> Result<Self> {
        let Plan { lines: planned, thresholds, .. } = plan;
        let mut lines = Vec::with_capacity(planned.len());
        let mut users = Vec::new();
        for (index, line) in planned.into_iter().enumerate() {
            let shares = line.shares();
            users.extend(line.journeys.iter().zip(shares).map(|(p, s)| User::new(index, p, s)));
            lines.push(LineForecast::new(line, terms)?);
        }
        let data = data::of_pools(&lines, &users, terms);
        let running: Vec<Piece> = lines.iter().flat_map(|line| line.at_once(terms.time)).collect();
        let arriving = lines.iter().filter(|line| line.shape == Shape::PerSecond);
        let arriving: Vec<Piece> = arriving.flat_map(|line| line.phases.clone()).collect();
        let at_once = pieces::peak(&running);
        let at_once = Peak { most: at_once.most.floor(), ..at_once };
        let durations: Option<Vec<Duration>> = lines.iter().map(|line| line.duration).collect();
        let duration = durations.and_then(|all| all.into_iter().max());
        Ok(Self {
            test,
            duration: terms.duration.into_iter().chain(duration).min(),
            data,
            at_once,
            per_second: pieces::peak(&arriving),
            journeys: lines.iter().map(|line| line.journeys).fold(Count::Exactly(0), Count::and),
            runners: runners::of(&lines, at_once, terms),
            lines,
            thresholds: thresholds.iter().map(ToString::to_string).collect(),
        })
    }

    /// The line with this number, from 1.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn line(&self, id: u32) -> &LineForecast {
        let found = self.lines.iter().find(|line| line.id == id);
        found.unwrap_or_else(|| panic!("{} has {} lines, none {id}", self.test, self.lines.len()))
    }
}
