//! Volumes that change at an even pace.

use std::panic::Location;
use std::time::Duration;

use super::{Mistake, Number, Piece, StopVolumeModel, VolumeModel, number_mistake};
use crate::clock::IntoDuration;
use crate::error::Place;

/// From one volume to another at an even pace.
///
/// In a chain it begins where its predecessor ends and arrives where its
/// successor begins; a first ramp needs `.from(n)`, a last one `.to(n)`.
///
/// ```
/// use mite::prelude::*;
/// let mut up = Ramp::over(secs(10)).from(0) + Constant::new(20, secs(60));
/// assert_eq!(up.volume(secs(5), secs(6)), Ok(10.0));
/// assert_eq!(up.volume(secs(10), secs(11)), Ok(20.0));
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("ramp_up", "ramping-vus", "stages", "rampUsers", "rampConcurrentUsers", "hatch_rate"))]
pub struct Ramp {
    pub(super) from: Option<f64>,
    pub(super) to: Option<f64>,
    pub(super) duration: Duration,
    pub(super) place: Place,
}

impl Ramp {
    /// A ramp that takes `duration`.
    #[track_caller]
    pub fn over(duration: impl IntoDuration) -> Self {
        let duration = duration.into_duration();
        Self { from: None, to: None, duration, place: Place::of(Location::caller()) }
    }

    /// Begins at `n` journeys at once.
    pub fn from(self, n: impl Number) -> Self {
        Self { from: Some(n.into_f64()), ..self }
    }

    /// Arrives at `n` journeys at once.
    pub fn to(self, n: impl Number) -> Self {
        Self { to: Some(n.into_f64()), ..self }
    }

    /// The whole of it.
    fn piece(&self) -> Piece {
        // An end that nobody says is a mistake, so such a ramp never runs.
        let [from, to] = [self.from, self.to].map(|end| end.unwrap_or(0.0));
        Piece { start: Duration::ZERO, end: self.duration, from, to }
    }

    /// What is wrong with its numbers.
    pub(super) fn number_mistakes(&self) -> impl Iterator<Item = Mistake> {
        let numbers = [self.from, self.to].into_iter().flatten();
        numbers.filter_map(number_mistake).map(|text| Mistake { text, place: self.place.clone() })
    }
}

impl VolumeModel for Ramp {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        if start < self.duration { Ok(self.piece().at(start)) } else { Err(StopVolumeModel) }
    }

    fn pieces(&mut self, start: Duration, end: Duration) -> Result<Vec<Piece>, StopVolumeModel> {
        self.piece().within(start, end).map(|piece| vec![piece]).ok_or(StopVolumeModel)
    }

    fn duration(&self) -> Option<Duration> {
        Some(self.duration)
    }

    fn peak(&self) -> Option<f64> {
        self.from.into_iter().chain(self.to).reduce(f64::max)
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes: Vec<_> = self.number_mistakes().collect();
        if self.from.is_none() || self.to.is_none() {
            let text = "a ramp alone needs both ends: `Ramp::over(…).from(n).to(n)`, or a neighbour: `… + Constant::new(n, …)`";
            mistakes.push(Mistake { text: text.to_owned(), place: self.place.clone() });
        }
        mistakes.extend(self.duration.is_zero().then(|| Mistake::lasts_no_time(&self.place)));
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::super::secs;
    use super::*;

    #[test]
    fn alone_it_goes_from_end_to_end() {
        let mut ramp = Ramp::over(secs(5)).from(1).to(9);
        let seen: Vec<u64> =
            (0..5).map(|t| ramp.volume(secs(t), secs(t + 1)).unwrap() as u64).collect();
        assert_eq!(seen, [1, 2, 4, 5, 7]);
        assert_eq!(ramp.volume(secs(5), secs(6)), Err(StopVolumeModel));
        assert_eq!(ramp.mistakes(), []);
        assert_eq!(ramp.duration(), Some(secs(5)));
    }

    #[test]
    fn whole_numbers_are_met_exactly() {
        let mut ramp = Ramp::over(secs(100)).from(0).to(100);
        for t in 0..100u32 {
            assert_eq!(ramp.volume(secs(t), secs(t + 1)), Ok(f64::from(t)));
        }
    }

    #[test]
    fn alone_it_needs_both_ends() {
        for ramp in [Ramp::over(secs(5)), Ramp::over(secs(5)).from(1), Ramp::over(secs(5)).to(1)] {
            let texts: Vec<_> = ramp.mistakes().into_iter().map(|m| m.text).collect();
            assert_eq!(
                texts,
                [
                    "a ramp alone needs both ends: `Ramp::over(…).from(n).to(n)`, or a neighbour: `… + Constant::new(n, …)`"
                ]
            );
        }
    }
}
