//! What the lines of a random run ask for.

use std::time::Duration;

use crate::control::Demand;
use crate::ids::TestTime;
use crate::pool::PoolKind;
use crate::volume::{StopVolumeModel, volume_fn};

/// A line as the world is told of it.
#[derive(Clone)]
pub(in crate::control) struct Wish {
    pub(in crate::control) pool: usize,
    /// Volumes by time; `None` stops.
    pub(in crate::control) steps: Vec<(TestTime, Option<f64>)>,
    pub(in crate::control) tickets: Option<u64>,
    /// How long its journeys take, from and to.
    pub(in crate::control) length: (Duration, Duration),
}

impl Wish {
    pub(in crate::control) fn level(pool: usize, volume: impl Into<f64>) -> Self {
        let steps = vec![(TestTime::ZERO, Some(volume.into()))];
        let length = (Duration::from_millis(20), Duration::from_millis(100));
        Self { pool, steps, tickets: None, length }
    }

    pub(in crate::control) fn tickets(pool: usize, count: u64) -> Self {
        Self { tickets: Some(count), ..Self::level(pool, count as f64) }
    }

    pub(in crate::control) fn then(mut self, at: TestTime, volume: Option<f64>) -> Self {
        self.steps.push((at, volume));
        self
    }

    pub(in crate::control) fn lasting(mut self, from: Duration, to: Duration) -> Self {
        self.length = (from, to);
        self
    }

    pub(super) fn demand(&self) -> Demand {
        if let Some(n) = self.tickets {
            return Demand::Tickets(vec![TestTime::ZERO; n as usize]);
        }
        let steps = self.steps.clone();
        Demand::Level(Box::new(volume_fn(move |start: Duration, _| {
            let step = steps.iter().rfind(|(t, _)| *t <= start);
            step.map_or(Ok(0.0), |(_, v)| v.ok_or(StopVolumeModel))
        })))
    }

    /// How its runners may use the items of a pool of this kind.
    pub(super) fn use_of_items(&self, pool: PoolKind) -> PoolKind {
        match (self.tickets, pool) {
            (Some(_), PoolKind::Unlimited | PoolKind::Recyclable) => PoolKind::Once,
            _ => pool,
        }
    }

    /// Volumes by time, in whole journeys.
    pub(super) fn required(&self) -> Vec<(TestTime, u32)> {
        self.steps.iter().map(|(t, v)| (*t, v.unwrap_or(0.0) as u32)).collect()
    }
}
