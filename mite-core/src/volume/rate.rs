//! The open model: journeys that are started per second, however many run.

use std::panic::Location;

use super::{IntoVolume, Measure, Mistake, Volume, VolumeKind, VolumeModel};
use crate::error::Place;

/// Journeys *started* per second, at even intervals: the open model.
///
/// What it is made of says the number: a number, a model, or a `+` chain of models.
/// Arrivals keep their times whether the service keeps up or not, so that one that is
/// slow does not lower the load on it. The k-th of them (k = 0, 1, …) is where the
/// integral of the rate reaches k + ½: 500 per second for a minute are exactly 30,000.
///
/// ```
/// use mite::prelude::*;
///
/// let scenario = Scenario::builder()
///     .journey("shop:browse", NoData, PerSecond(0.2))
///     .journey("shop:buy", NoData, PerSecond(Ramp::over(secs(60)).from(0) + Constant::new(500, secs(60))))
///     .journey("shop:search", NoData, PerSecond(50).poisson().at_most(2000))
///     .build();
/// assert_eq!(scenario.lines().len(), 3);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
#[doc(alias(
    "constant-arrival-rate",
    "arrival_rate",
    "rps",
    "throughput",
    "ramping-arrival-rate",
    "constantUsersPerSec",
    "rampUsersPerSec",
    "throttle"
))]
pub struct PerSecond<V>(pub V);

/// Journeys that are started per second, and how: see [`PerSecond`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Arrivals<V> {
    volume: V,
    poisson: bool,
    at_most: Option<u32>,
}

impl<V> PerSecond<V> {
    /// At random times, as independent users come: a Poisson process.
    pub fn poisson(self) -> Arrivals<V> {
        self.evenly().poisson()
    }

    /// No more than `n` in flight at once. What it refuses is dropped, and counted.
    pub fn at_most(self, n: u32) -> Arrivals<V> {
        self.evenly().at_most(n)
    }

    fn evenly(self) -> Arrivals<V> {
        Arrivals { volume: self.0, poisson: false, at_most: None }
    }
}

impl<V> Arrivals<V> {
    /// See [`PerSecond::poisson`].
    pub fn poisson(self) -> Self {
        Self { poisson: true, ..self }
    }

    /// See [`PerSecond::at_most`].
    pub fn at_most(self, n: u32) -> Self {
        Self { at_most: Some(n), ..self }
    }
}

/// A rate as the controller needs it.
#[doc(hidden)]
pub struct Rate {
    /// Journeys per second.
    pub model: Box<dyn VolumeModel>,
    /// Whether they come at random times.
    pub poisson: bool,
    /// How many may be in flight at once.
    pub at_most: Option<u32>,
}

/// Marks volumes that are rates.
#[doc(hidden)]
pub struct AsRate<M>(M);

impl<M, V: IntoVolume<M>> IntoVolume<AsRate<M>> for PerSecond<V> {
    fn into_volume(self, line: &'static Location<'static>) -> Volume {
        self.evenly().into_volume(line)
    }
}

impl<M, V: IntoVolume<M>> IntoVolume<AsRate<M>> for Arrivals<V> {
    fn into_volume(self, line: &'static Location<'static>) -> Volume {
        let Self { volume, poisson, at_most } = self;
        let mut volume = volume.into_volume(line);
        for mistake in &mut volume.mistakes {
            mistake.text = Measure::PerSecond.instead(&mistake.text);
        }
        let mut wrong = |text: &str| {
            volume.mistakes.push(Mistake { text: text.to_owned(), place: Place::of(line) });
        };
        if at_most == Some(0) {
            wrong("`.at_most(0)` lets none in: give 1 or more");
        }
        match volume.kind {
            VolumeKind::Level(model) => {
                let kind = VolumeKind::Rate(Rate { model, poisson, at_most });
                return Volume { kind, ..volume };
            }
            VolumeKind::Rate(_) => wrong("`PerSecond` of `PerSecond`: a rate is given once"),
            VolumeKind::Tickets(_) => {
                wrong(
                    "`Once` is one journey, not a number of them per second: leave out `PerSecond`",
                );
            }
        }
        volume
    }
}
