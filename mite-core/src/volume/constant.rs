//! Volumes that do not change.

use std::panic::Location;
use std::time::Duration;

use super::{Mistake, Number, StopVolumeModel, VolumeModel, number_mistake};
use crate::clock::IntoDuration;
use crate::error::Place;

/// So many journeys at once, for so long.
///
/// ```
/// use mite::prelude::*;
/// let mut ten = Constant::new(10, secs(60));
/// assert_eq!(ten.volume(secs(59), secs(60)), Ok(10.0));
/// assert_eq!(ten.volume(secs(60), secs(61)), Err(StopVolumeModel));
///
/// let trapezoid = Ramp::over(mins(5)).from(0) + Constant::new(1000, mins(50)) + Ramp::over(mins(5)).to(0);
/// assert_eq!(trapezoid.duration(), Some(mins(60)));
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias(
    "vu",
    "vus",
    "users",
    "constant-vus",
    "user",
    "concurrency",
    "constantConcurrentUsers",
    "num_threads"
))]
pub struct Constant {
    pub(super) n: f64,
    pub(super) duration: Duration,
    pub(super) place: Place,
}

impl Constant {
    /// `n` journeys at once, for `duration`.
    #[track_caller]
    pub fn new(n: impl Number, duration: impl IntoDuration) -> Self {
        let duration = duration.into_duration();
        Self { n: n.into_f64(), duration, place: Place::of(Location::caller()) }
    }

    /// What is wrong with its number.
    pub(super) fn number_mistakes(&self) -> impl Iterator<Item = Mistake> {
        let text = number_mistake(self.n).into_iter();
        text.map(|text| Mistake { text, place: self.place.clone() })
    }
}

/// No journeys, for so long.
///
/// ```
/// use mite::prelude::*;
/// let mut late = Nothing::new(secs(10)) + Constant::new(1, secs(10));
/// assert_eq!(late.volume(secs(9), secs(10)), Ok(0.0));
/// assert_eq!(late.volume(secs(10), secs(11)), Ok(1.0));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Nothing {
    duration: Duration,
    place: Place,
}

impl Nothing {
    /// No journeys, for `duration`.
    #[track_caller]
    pub fn new(duration: impl IntoDuration) -> Self {
        Self { duration: duration.into_duration(), place: Place::of(Location::caller()) }
    }

    pub(super) fn as_constant(&self) -> Constant {
        Constant { n: 0.0, duration: self.duration, place: self.place.clone() }
    }
}

impl VolumeModel for Constant {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        if start < self.duration { Ok(self.n) } else { Err(StopVolumeModel) }
    }

    fn peak(&self) -> Option<f64> {
        Some(self.n)
    }

    fn duration(&self) -> Option<Duration> {
        Some(self.duration)
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let no_time = self.duration.is_zero().then(|| Mistake::lasts_no_time(&self.place));
        self.number_mistakes().chain(no_time).collect()
    }
}

impl VolumeModel for Nothing {
    fn volume(&mut self, start: Duration, end: Duration) -> Result<f64, StopVolumeModel> {
        self.as_constant().volume(start, end)
    }

    fn peak(&self) -> Option<f64> {
        Some(0.0)
    }

    fn duration(&self) -> Option<Duration> {
        Some(self.duration)
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn mistakes(&self) -> Vec<Mistake> {
        self.as_constant().mistakes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::secs;
    use super::*;

    /// What `model` says for the window of one second from `start`.
    fn at(model: &mut impl VolumeModel, start: u32) -> Result<f64, StopVolumeModel> {
        model.volume(secs(start), secs(start + 1))
    }

    #[test]
    fn nothing_is_zero_until_it_ends() {
        let mut model = Nothing::new(secs(60));
        assert_eq!(at(&mut model, 1), Ok(0.0));
        assert_eq!(at(&mut model, 59), Ok(0.0));
        assert_eq!(at(&mut model, 60), Err(StopVolumeModel));
        assert_eq!(at(&mut model, 61), Err(StopVolumeModel));
        assert_eq!(model.duration(), Some(secs(60)));
    }

    #[test]
    fn a_constant_is_active_from_zero_up_to_its_end() {
        let mut model = Constant::new(1, secs(60));
        assert_eq!(at(&mut model, 0), Ok(1.0));
        assert_eq!(at(&mut model, 1), Ok(1.0));
        let last = secs(60) - Duration::from_nanos(1);
        assert_eq!(model.volume(last, secs(61)), Ok(1.0));
        assert_eq!(at(&mut model, 60), Err(StopVolumeModel));
        assert_eq!(model.mistakes(), []);
    }

    #[test]
    fn a_number_that_is_none_keeps_its_line() {
        let place = Place { file: file!().into(), line: line!() + 1 };
        let model = Constant::new(-2, secs(60));
        let mistakes = model.mistakes();
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].text, "the volume is -2; journeys at once cannot be negative");
        assert_eq!(mistakes[0].place, place);
        let [nan] = &Constant::new(f64::NAN, secs(60)).mistakes()[..] else { panic!("not one") };
        assert_eq!(nan.text, "the volume is NaN, not a number of journeys at once");
    }

    #[test]
    fn a_volume_that_lasts_no_time_is_a_mistake() {
        let [mistake] = &Constant::new(5, secs(0)).mistakes()[..] else { panic!("not one") };
        assert_eq!(mistake.text, "this volume lasts no time: give it a duration, as in `secs(60)`");
        assert_eq!(Nothing::new(secs(-3)).mistakes().len(), 1);
    }
}
