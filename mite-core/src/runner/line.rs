//! A line of the scenario, with the journeys that its runner starts.

use crate::control::{HeldLine, Items, WelcomeJourney, WelcomeLine};
use crate::error::Result;
use crate::ids::{LineId, TestTime};
use crate::journey::JourneyEntry;
use crate::pool::PoolKind;
use crate::registry::Registry;

/// What a runner needs to know of a line before the test.
#[derive(Clone)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// The journeys to start, each with its weight.
    pub journeys: Vec<(&'static JourneyEntry, u64)>,
    /// How its items may be used.
    pub kind: PoolKind,
    /// What its items are.
    pub items: Items,
    /// When its volume ends, if that is known: nothing starts then or later,
    /// also before the controller has said so.
    pub until: Option<TestTime>,
}

impl Line {
    /// A line that a runner was told of, with its journeys.
    ///
    /// # Errors
    /// If this binary has no such journey.
    pub fn of(registry: &Registry, line: &WelcomeLine) -> Result<Self> {
        let journey =
            |journey: &WelcomeJourney| Ok((registry.journey(&journey.journey)?, journey.weight));
        let journeys = line.journeys.iter().map(journey).collect::<Result<_>>()?;
        let WelcomeLine { line: id, kind, items, until, .. } = *line;
        Ok(Self { id, journeys, kind, items, until })
    }

    pub(super) fn held(&self) -> HeldLine {
        HeldLine::new(self.id, self.kind, self.until)
    }
}
