//! What the lines of a random run ask for.

use std::time::Duration;

use crate::control::{Demand, Sealer};
use crate::ids::{LineId, TestTime};
use crate::pool::PoolKind;
use crate::volume::{Piece, StopVolumeModel, VolumeModel};

/// How journeys per second come.
#[derive(Clone, Copy, Default)]
pub(in crate::control) struct Rate {
    pub(in crate::control) poisson: bool,
    pub(in crate::control) at_most: Option<u32>,
}

/// Volumes by time; `None` stops.
struct Stairs(Vec<(TestTime, Option<f64>)>);

impl VolumeModel for Stairs {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        let step = self.0.iter().rfind(|(t, _)| *t <= start);
        step.map_or(Ok(0.0), |(_, v)| v.ok_or(StopVolumeModel))
    }

    fn pieces(&mut self, start: Duration, end: Duration) -> Result<Vec<Piece>, StopVolumeModel> {
        let (mut pieces, mut at) = (Vec::new(), start);
        while at < end {
            match self.volume(at, end) {
                Err(stop) if pieces.is_empty() => return Err(stop),
                Err(_) => break,
                Ok(n) => {
                    let next = self.0.iter().map(|(t, _)| *t).find(|t| *t > at);
                    let next = next.map_or(end, |next| next.min(end));
                    pieces.push(Piece::constant(at, next, n));
                    at = next;
                }
            }
        }
        Ok(pieces)
    }
}

/// A line as the world is told of it.
#[derive(Clone)]
pub(in crate::control) struct Wish {
    pub(in crate::control) pool: usize,
    /// Volumes by time; `None` stops.
    pub(in crate::control) steps: Vec<(TestTime, Option<f64>)>,
    pub(in crate::control) tickets: Option<u64>,
    /// Whether its volumes are journeys per second, and of what kind.
    pub(in crate::control) rate: Option<Rate>,
    /// How long its journeys take, from and to.
    pub(in crate::control) length: (Duration, Duration),
}

impl Wish {
    pub(in crate::control) fn level(pool: usize, volume: impl Into<f64>) -> Self {
        let steps = vec![(TestTime::ZERO, Some(volume.into()))];
        let length = (Duration::from_millis(20), Duration::from_millis(100));
        Self { pool, steps, tickets: None, rate: None, length }
    }

    pub(in crate::control) fn tickets(pool: usize, count: u64) -> Self {
        Self { tickets: Some(count), ..Self::level(pool, count as f64) }
    }

    /// So many a second.
    pub(in crate::control) fn per_second(pool: usize, volume: impl Into<f64>) -> Self {
        Self { rate: Some(Rate::default()), ..Self::level(pool, volume) }
    }

    pub(in crate::control) fn poisson(mut self) -> Self {
        self.rate = self.rate.map(|rate| Rate { poisson: true, ..rate });
        self
    }

    pub(in crate::control) fn at_most(mut self, n: u32) -> Self {
        self.rate = self.rate.map(|rate| Rate { at_most: Some(n), ..rate });
        self
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
        match self.rate {
            None => Demand::Level(self.model()),
            Some(Rate { poisson, at_most }) => {
                Demand::Rate { model: Some(self.model()), poisson, at_most }
            }
        }
    }

    fn model(&self) -> Box<dyn VolumeModel> {
        Box::new(Stairs(self.steps.clone()))
    }

    /// All arrivals of the first `windows` windows, by number.
    pub(super) fn schedule(
        &self,
        seed: u64,
        line: LineId,
        period: Duration,
        windows: u64,
    ) -> Vec<TestTime> {
        let mut model = self.model();
        let mut sealer = match self.rate {
            Some(Rate { poisson: true, .. }) => Sealer::poisson(seed, line),
            _ => Sealer::even(),
        };
        let mut times = Vec::new();
        for window in 0..windows {
            let (start, end) = (period * window as u32, period * (window as u32 + 1));
            let Ok(pieces) = model.pieces(start, end) else { break };
            if pieces.iter().any(|piece| piece.from < 0.0) {
                break;
            }
            let segment = sealer.seal(window, start, end, pieces);
            times.resize(segment.end_k as usize, TestTime::ZERO);
            segment.into_iter().for_each(|arrival| times[arrival.k as usize] = arrival.at);
        }
        times
    }

    /// How its runners may use the items of a pool of this kind.
    pub(super) fn use_of_items(&self, pool: PoolKind) -> PoolKind {
        match (self.tickets, pool) {
            (Some(_), PoolKind::Unlimited | PoolKind::Recyclable) => PoolKind::Once,
            _ => pool,
        }
    }

    /// Volumes by time, in whole journeys, if they are multiplied by `load` at most.
    pub(super) fn required(&self, load: f64) -> Vec<(TestTime, u32)> {
        let most = |v: &Option<f64>| match self.rate {
            None => (v.unwrap_or(0.0).trunc() * load).round() as u32,
            Some(rate) => rate.at_most.unwrap_or(u32::MAX),
        };
        self.steps.iter().map(|(t, v)| (*t, most(v))).collect()
    }
}
