//! A line of the scenario, as the control plane is told of it.

use crate::ids::{LineId, TestTime};
use crate::pool::PoolKind;
use crate::volume::{Rate, VolumeKind, VolumeModel};

/// One line of the scenario.
pub struct Line {
    /// Its number, from 1.
    pub id: LineId,
    /// How many journeys.
    pub demand: Demand,
    /// Its pool, as an index; lines that share a pool share the index.
    pub pool: usize,
}

/// How many journeys a line asks for.
pub enum Demand {
    /// Journeys at once, by a model that is asked here, when a window begins: one
    /// that answers at once.
    Level(Box<dyn VolumeModel>),
    /// Journeys at once, by a model that somebody else asks, ahead of time: see
    /// [`Order::AskVolume`](super::Order::AskVolume).
    Asked,
    /// One journey for each, when it is due; sorted.
    Tickets(Vec<TestTime>),
    /// Journeys per second.
    Rate {
        /// The model that says how many, if it answers at once; else somebody else asks it,
        /// as for [`Asked`](Self::Asked).
        model: Option<Box<dyn VolumeModel>>,
        /// Whether they come at random times.
        poisson: bool,
        /// How many may be in flight at once.
        at_most: Option<u32>,
    },
}

impl Demand {
    /// What `volume` asks for, and its model if that is code of the test's own:
    /// it may take its time, and must not take the control plane's.
    pub fn of(volume: VolumeKind) -> (Self, Option<Box<dyn VolumeModel>>) {
        match volume {
            VolumeKind::Tickets(due) => (Self::Tickets(due), None),
            VolumeKind::Rate(Rate { model, poisson, at_most }) => {
                let here = model.answers_at_once();
                let (model, asked) = if here { (Some(model), None) } else { (None, Some(model)) };
                (Self::Rate { model, poisson, at_most }, asked)
            }
            VolumeKind::Level(model) if model.answers_at_once() => (Self::Level(model), None),
            VolumeKind::Level(model) => (Self::Asked, Some(model)),
        }
    }
}

/// A data pool, as the control plane is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// How its items may be leased.
    pub kind: PoolKind,
    /// How many of its items may wait for journeys that are about to start, if it is
    /// [custom](PoolKind::Custom). mite's own have some thousands ahead.
    pub spares: u32,
}

impl From<PoolKind> for Pool {
    fn from(kind: PoolKind) -> Self {
        Self { kind, spares: 0 }
    }
}
