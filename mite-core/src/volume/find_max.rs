//! The search for the greatest rate that keeps limits.

use std::panic::Location;
use std::time::Duration;

use super::{
    AsVolume, IntoVolume, Measure, Mistake, Number, Piece, Rate, StopVolumeModel, Volume,
    VolumeKind, VolumeModel, secs,
};
use crate::clock::IntoDuration;
use crate::error::Place;
use crate::stats::{Search, SearchPlan, Statistic, Threshold};

/// The greatest rate of journeys started per second at which limits are kept: raises the
/// rate until one breaks, narrows, and reports between which rates that is.
///
/// The rate doubles until a limit breaks or [`up_to`](Self::up_to) is reached; then what
/// lies between the last rate that was kept and the first that was not is halved until
/// the two are 5 % apart ([`bracket`](Self::bracket)). Each rate is held, measured for [`hold`](Self::hold) once it
/// has settled for a quarter of that, and judged by what was measured then alone; a few
/// seconds more pass before the next one is in force. After one that was too much the
/// rate stays at half of the last that was kept until the limits are kept again, so that
/// what has piled up is not the next one's doing. The rate that is found is held twice
/// ([`repeats`](Self::repeats)).
///
/// What the generator itself cannot do is no answer: a rate at which its runners are
/// late says so, and nothing of the service. Limits that decide are not limits of the
/// run, which passes whether they break or not; if one of them is about errors, errors do
/// not fail the run either.
///
/// ```
/// use mite::prelude::*;
///
/// let search = FindMax::per_second(100.0)
///     .up_to(5000.0)
///     .until("http p99 < 300ms")
///     .until("errors rate < 1%")
///     .hold(secs(20));
/// let scenario = Scenario::builder().journey("shop:browse", NoData, search).build();
/// # assert_eq!(scenario.lines()[0].volume.mistakes, []);
/// ```
#[derive(Clone, Debug)]
#[must_use]
#[doc(alias("capacity", "incrementUsersPerSec", "breakpoint_test", "stress"))]
pub struct FindMax {
    from: f64,
    up_to: Option<f64>,
    limits: Vec<(String, Place)>,
    hold: Duration,
    poisson: bool,
    at_most: Option<u32>,
    bracket: f64,
    repeats: u32,
}

/// A rate that is held for less says little, and counts come once a second.
const LEAST: Duration = Duration::from_secs(2);

impl FindMax {
    /// Begins at this rate.
    pub fn per_second(rate: impl Number) -> Self {
        Self {
            from: rate.into_f64(),
            up_to: None,
            limits: Vec::new(),
            hold: secs(10),
            poisson: false,
            at_most: None,
            bracket: 0.05,
            repeats: 2,
        }
    }

    /// Goes no higher than this rate.
    pub fn up_to(self, rate: impl Number) -> Self {
        Self { up_to: Some(rate.into_f64()), ..self }
    }

    /// What must be kept; several may be given. It is written as any
    /// [threshold](crate::scenario::ScenarioBuilder::threshold), and judged over the time for which a rate is
    /// measured.
    #[track_caller]
    pub fn until(mut self, threshold: &str) -> Self {
        self.limits.push((threshold.to_owned(), Place::of(Location::caller())));
        self
    }

    /// Measures each rate for so long; 10 s if this is not called.
    pub fn hold(self, time: impl IntoDuration) -> Self {
        Self { hold: time.into_duration(), ..self }
    }

    /// How far the greatest rate that was kept and the least that was not may be apart at
    /// the end, as a part of the former; 0.05 if this is not called.
    pub fn bracket(self, share: f64) -> Self {
        Self { bracket: share, ..self }
    }

    /// How often the rate that is found must be kept before it is believed; 2 if this is
    /// not called.
    pub fn repeats(self, times: u32) -> Self {
        Self { repeats: times, ..self }
    }

    /// See [`PerSecond::poisson`](super::PerSecond::poisson).
    pub fn poisson(self) -> Self {
        Self { poisson: true, ..self }
    }

    /// See [`PerSecond::at_most`](super::PerSecond::at_most). A rate at which it refuses
    /// arrivals is not kept.
    pub fn at_most(self, n: u32) -> Self {
        Self { at_most: Some(n), ..self }
    }

    fn mistakes(&self, place: &Place, limits: &mut Vec<Threshold>) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut wrong = |text: String, place: &Place| {
            mistakes.push(Mistake { text, place: place.clone() });
        };
        for rate in [Some(self.from), self.up_to].into_iter().flatten() {
            if let Some(text) = Measure::PerSecond.mistake(rate) {
                wrong(text, place);
            }
        }
        match self.up_to {
            None => {
                wrong("`FindMax` needs to know where to end: give it `.up_to(n)`".to_owned(), place)
            }
            Some(_) if self.from <= 0.0 => {
                wrong("`FindMax` cannot begin at 0: give it a rate above".to_owned(), place);
            }
            Some(most) if most <= self.from => wrong(
                format!(
                    "`FindMax` begins at {}, and ends `.up_to({most})`: give it more",
                    self.from
                ),
                place,
            ),
            Some(_) => {}
        }
        if self.hold < LEAST {
            wrong(
                "`FindMax` holds each rate for 2 s or more: give `.hold(…)` a longer time"
                    .to_owned(),
                place,
            );
        }
        if !(0.01..=1.0).contains(&self.bracket) {
            wrong(
                format!(
                    "`.bracket({})`: rates that are 1 % apart or less are noise, and 1 is twice; give 0.01 to 1",
                    self.bracket
                ),
                place,
            );
        }
        if !(1..=10).contains(&self.repeats) {
            wrong(format!("`.repeats({})`: give 1 to 10", self.repeats), place);
        }
        if self.at_most == Some(0) {
            wrong("`.at_most(0)` lets none in: give 1 or more".to_owned(), place);
        }
        if self.limits.is_empty() {
            wrong("`FindMax` needs something to hold it against: give it `.until(\"http p99 < 300ms\")`".to_owned(), place);
        }
        for (text, place) in &self.limits {
            match Threshold::parse(text) {
                Err(error) => wrong(error.to_string().replace('\n', "\n  "), place),
                Ok(limit) if limit.over.is_some() || limit.abort.is_some() => wrong(
                    format!(
                        "`{text}`: each rate is judged over the time for which it is held, so leave out `over` and `abort`"
                    ),
                    place,
                ),
                Ok(limit) if limit.statistic == Statistic::RateDeviation => {
                    wrong(
                        format!("`{text}`: this figure is one of a whole run; take another"),
                        place,
                    );
                }
                Ok(limit) => limits.push(limit),
            }
        }
        mistakes
    }
}

impl IntoVolume<AsVolume> for FindMax {
    fn into_volume(self, line: &'static Location<'static>) -> Volume {
        let mut limits = Vec::new();
        let mistakes = self.mistakes(&Place::of(line), &mut limits);
        let Self { from, up_to, hold, poisson, at_most, bracket, repeats, .. } = self;
        let up_to = up_to.unwrap_or(from);
        let plan = SearchPlan { from, up_to, hold, limits, bracket, repeats };
        let model = Box::new(Searching(Search::new(plan)));
        let kind = VolumeKind::Rate(Rate { model, poisson, at_most });
        Volume { kind, duration: None, mistakes }
    }
}

/// The rate that a search is at.
struct Searching(Search);

impl VolumeModel for Searching {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        self.0.rate(start).ok_or(StopVolumeModel)
    }

    fn pieces(&mut self, start: Duration, end: Duration) -> Result<Vec<Piece>, StopVolumeModel> {
        Ok(vec![Piece::constant(start, end, self.volume(start, end)?)])
    }

    fn search(&self) -> Option<Search> {
        Some(self.0.clone())
    }

    fn peak(&self) -> Option<f64> {
        Some(self.0.up_to())
    }

    fn answers_at_once(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(search: FindMax) -> Vec<String> {
        let volume = search.into_volume(Location::caller());
        volume.mistakes.into_iter().map(|mistake| mistake.text).collect()
    }

    #[test]
    fn it_is_a_rate_that_can_be_searched() {
        let search = FindMax::per_second(10).up_to(100).until("http p99 < 300ms").at_most(7);
        let volume = search.into_volume(Location::caller());
        assert_eq!((volume.mistakes, volume.duration), (vec![], None));
        let VolumeKind::Rate(mut rate) = volume.kind else { panic!("not a rate") };
        assert_eq!((rate.at_most, rate.poisson, rate.model.peak()), (Some(7), false, Some(100.0)));
        assert_eq!(rate.model.volume(secs(0), secs(1)), Ok(10.0));
        let search = rate.model.search().expect("it is one");
        assert_eq!(search.limits()[0].to_string(), "http p99 < 300ms");
    }

    #[test]
    fn what_it_needs_is_said_with_its_place() {
        assert_eq!(
            mistakes(FindMax::per_second(100)),
            [
                "`FindMax` needs to know where to end: give it `.up_to(n)`",
                "`FindMax` needs something to hold it against: give it `.until(\"http p99 < 300ms\")`",
            ]
        );
        let good = || FindMax::per_second(100).up_to(500).until("http p99 < 300ms");
        assert_eq!(
            mistakes(good().up_to(100)),
            ["`FindMax` begins at 100, and ends `.up_to(100)`: give it more"]
        );
        assert_eq!(
            mistakes(good().hold(secs(1))),
            ["`FindMax` holds each rate for 2 s or more: give `.hold(…)` a longer time"]
        );
        assert_eq!(
            mistakes(good().bracket(f64::NAN).repeats(0)),
            [
                "`.bracket(NaN)`: rates that are 1 % apart or less are noise, and 1 is twice; give 0.01 to 1",
                "`.repeats(0)`: give 1 to 10",
            ]
        );
        assert_eq!(
            mistakes(FindMax::per_second(f64::NAN).up_to(500).until("http p99 < 1s"))[0],
            "the volume is NaN, not a number of journeys per second"
        );
        assert_eq!(
            mistakes(good().until("http p99 < 1s over 10s")),
            [
                "`http p99 < 1s over 10s`: each rate is judged over the time for which it is held, so leave out `over` and `abort`"
            ]
        );
    }

    #[test]
    fn a_limit_that_does_not_parse_is_shown_with_a_caret() {
        let line = line!() + 1;
        let search = FindMax::per_second(100).up_to(500).until("http p99 < 300mss");
        let volume = search.into_volume(Location::caller());
        let [mistake] = &volume.mistakes[..] else { panic!("{:?}", volume.mistakes) };
        assert_eq!(mistake.place.line, line);
        let text = Threshold::parse("http p99 < 300mss").unwrap_err().to_string();
        assert!(text.contains('^'), "{text}");
        assert_eq!(mistake.text, text.replace('\n', "\n  "));
    }
}
