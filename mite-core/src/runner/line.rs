//! A line of the scenario, with the journey that its runner starts.

use std::sync::Arc;

use crate::control::{HeldLine, WelcomeLine};
use crate::error::Result;
use crate::ids::{LineId, TestTime};
use crate::journey::{Host, JourneyEntry};
use crate::label::Label;
use crate::message::Origin;
use crate::pool::PoolKind;
use crate::registry::Registry;

/// What a runner needs to know of a line before the test.
#[derive(Clone)]
pub struct Line {
    /// Which.
    pub id: LineId,
    /// The journey to start.
    pub journey: &'static JourneyEntry,
    /// How its items may be used.
    pub kind: PoolKind,
    /// Whether its items are data with an id of the pool's, or mere tickets.
    pub has_data: bool,
    /// When its volume ends, if that is known: nothing starts then or later,
    /// also before the controller has said so.
    pub until: Option<TestTime>,
}

impl Line {
    /// A line that a runner was told of, with its journey.
    ///
    /// # Errors
    /// If this binary has no such journey.
    pub fn of(registry: &Registry, line: &WelcomeLine) -> Result<Self> {
        let journey = registry.journey(&line.journey)?;
        let WelcomeLine { line: id, kind, has_data, until, .. } = *line;
        Ok(Self { id, journey, kind, has_data, until })
    }

    pub(super) fn held(&self) -> HeldLine {
        HeldLine::new(self.id, self.kind, self.until)
    }

    /// What all its executions on this runner have in common.
    pub(super) fn origin(&self, host: &Host) -> Arc<Origin> {
        let journey = Label::intern(&self.journey.meta.display());
        Arc::new(Origin::new(host.test.clone(), host.runner, journey, self.id))
    }
}
