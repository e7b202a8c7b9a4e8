//! One line of a scenario.

use std::time::Duration;

use mite_core::control::Sealer;
use mite_core::error::{Error, Result};
use mite_core::ids::LineId;
use mite_core::plan;
use mite_core::volume::{Measure, Piece, Rate, VolumeKind, VolumeModel};

use super::count::Count;
use super::pieces::{self, Peak};
use super::terms::Terms;

/// What a line of a scenario will do.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LineForecast {
    /// Its number, from 1.
    pub id: u32,
    /// Its journey's name, or those of its mix.
    pub journey: String,
    /// Its data pool, as people know it; `None` for one without data, and for a mix.
    pub pool: Option<String>,
    /// The journeys of a mix; none of a line that is none.
    pub mix: Vec<PartForecast>,
    /// How many journeys it starts in all, at most.
    pub most: Option<u64>,
    /// Whether each item of its data is used once.
    pub once: bool,
    /// What its volume is a number of.
    pub shape: Shape,
    /// Its volume: one piece after another. Of a model of the test's own, as it says when
    /// it is asked, for an hour at most.
    pub phases: Vec<Piece>,
    /// Whether arrivals come at random times.
    pub poisson: bool,
    /// How many of an open model may be in flight at once.
    pub at_most: Option<u32>,
    /// Of a search for the greatest rate, what decides.
    pub search: Vec<String>,
    /// When single journeys are due.
    pub due: Vec<Duration>,
    /// How long it lasts; `None`: for ever, or nobody knows.
    pub duration: Option<Duration>,
    /// The most journeys at once, or per second.
    pub peak: Peak,
    /// Journeys in all.
    pub journeys: Count,
}

/// A journey of a mix.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PartForecast {
    /// Its name.
    pub journey: String,
    /// Its data pool, as people know it; `None` for one without data.
    pub pool: Option<String>,
    /// Its weight, in lowest terms.
    pub weight: u64,
    /// The part of the journeys that are started of it, from 0 to 1.
    pub share: f64,
}

impl PartForecast {
    fn of((part, share): (&plan::Part, f64)) -> Self {
        Self {
            journey: part.journey.meta.display(),
            pool: part.has_data().then(|| part.pool.to_string()),
            weight: part.weight,
            share,
        }
    }
}

/// What the volume of a line is a number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Journeys at once: the closed model.
    AtOnce,
    /// Journeys that start in a second: the open model.
    PerSecond,
    /// Single journeys.
    Single,
}

/// For so long a model of the test's own is asked that knows no end.
const LOOK_AHEAD: Duration = Duration::from_secs(3600);

impl LineForecast {
    pub(super) fn new(line: plan::Line, terms: &Terms) -> Result<Self> {
        let parts = line.journeys.iter().zip(line.shares()).map(PartForecast::of);
        let (mut mix, mut pool): (Vec<_>, _) = (parts.collect(), None);
        if let [only] = mix.as_mut_slice() {
            pool = only.pool.take();
            mix.clear();
        }
        let (journey, once) = (line.name(), line.journeys.iter().any(|part| part.once));
        let in_all = line.in_all();
        let plan::Line { id, volume, duration, most, .. } = line;
        let ends = terms.duration.into_iter().chain(duration).min();
        let mut forecast = Self {
            id,
            journey,
            pool,
            mix,
            most,
            once,
            shape: Shape::AtOnce,
            phases: Vec::new(),
            poisson: false,
            at_most: None,
            search: Vec::new(),
            due: Vec::new(),
            duration: ends,
            peak: Peak::default(),
            journeys: Count::Unknown,
        };
        match volume {
            VolumeKind::Level(model) => {
                forecast.ask(model, Measure::AtOnce, terms)?;
                forecast.peak = pieces::peak(&whole(&forecast.phases));
                forecast.journeys = forecast.started(terms.time);
            }
            VolumeKind::Rate(Rate { model, poisson, at_most }) => {
                (forecast.shape, forecast.poisson) = (Shape::PerSecond, poisson);
                forecast.at_most = at_most;
                if let Some(search) = model.search() {
                    // How it goes on depends on what it finds.
                    forecast.search = search.limits().iter().map(ToString::to_string).collect();
                    let end = forecast.duration.unwrap_or(Duration::MAX);
                    forecast.phases = vec![Piece::constant(Duration::ZERO, end, search.up_to())];
                    forecast.peak = pieces::peak(&forecast.phases);
                    return Ok(forecast);
                }
                forecast.ask(model, Measure::PerSecond, terms)?;
                forecast.peak = pieces::peak(&forecast.phases);
                forecast.journeys = forecast.arrivals(id, terms);
            }
            VolumeKind::Tickets(due) => {
                forecast.shape = Shape::Single;
                let is_in = |at: &Duration| terms.duration.is_none_or(|end| *at < end);
                forecast.due = due.into_iter().filter(is_in).collect();
                forecast.duration = forecast.due.last().copied().or(Some(Duration::ZERO));
                forecast.journeys = Count::Exactly(forecast.due.len() as u64);
            }
        }
        if let Some(most) = in_all {
            forecast.journeys = forecast.journeys.at_most(most, forecast.duration.is_none());
        }
        Ok(forecast)
    }

    /// Journeys of it at once, over time, as far as that is known.
    pub(super) fn at_once(&self, time: Option<Duration>) -> Vec<Piece> {
        match (self.shape, time) {
            (Shape::AtOnce, _) => whole(&self.phases),
            (Shape::PerSecond, Some(time)) => {
                // As many as come in the time that one takes (Little's law).
                let most = self.at_most.map_or(f64::INFINITY, f64::from);
                let of = |rate: f64| (rate * time.as_secs_f64()).min(most);
                let of = |p: &Piece| Piece { from: of(p.from), to: of(p.to), ..*p };
                self.phases.iter().map(of).collect()
            }
            (Shape::PerSecond, None) => Vec::new(),
            (Shape::Single, time) => {
                let time = time.unwrap_or(Duration::from_nanos(1));
                let one = |&at: &Duration| Piece::constant(at, at.saturating_add(time), 1.0);
                self.due.iter().map(one).collect()
            }
        }
    }

    /// Asks its model.
    fn ask(&mut self, mut model: Box<dyn VolumeModel>, measure: Measure, terms: &Terms) -> Result {
        let mut pieces = Vec::new();
        let horizon = self.duration.unwrap_or(Duration::MAX);
        if model.answers_at_once() {
            pieces = model.pieces(Duration::ZERO, horizon).unwrap_or_default();
        } else {
            let until = horizon.min(LOOK_AHEAD);
            let mut start = Duration::ZERO;
            while start < until {
                let end = start + terms.period;
                let answer = mite_core::caught(|| model.pieces(start, end)).map_err(|panic| {
                    Error::new(format!(
                        "{}: the volume model panicked in the window from {start:?} to {end:?}: {} ({})",
                        self.journey, panic.text(), panic.location()
                    ))
                })?;
                let Ok(answer) = answer else {
                    self.duration = Some(start);
                    break;
                };
                pieces.extend(answer.iter().filter_map(|piece| piece.within(start, until)));
                start = end;
            }
        }
        let numbers = pieces.iter().flat_map(|piece| [piece.from, piece.to]);
        if let Some(text) = numbers.filter_map(|n| measure.mistake(n)).next() {
            return Err(Error::new(format!("{}: {text}", self.journey)));
        }
        self.phases = pieces::merged(pieces);
        Ok(())
    }

    /// Arrivals in all.
    fn arrivals(&self, id: LineId, terms: &Terms) -> Count {
        let Some(end) = self.duration else { return Count::Unknown };
        if self.phases.last().is_none_or(|last| last.end < end) && !self.phases.is_empty() {
            // A model of the test's own that goes on for longer than it was asked.
            return Count::Unknown;
        }
        match (self.poisson, terms.seed) {
            (false, _) => {
                let all = Sealer::even().seal(0, Duration::ZERO, end, self.phases.clone());
                Count::Exactly(all.scheduled())
            }
            (true, Some(seed)) => {
                let mut sealer = Sealer::poisson(seed, id);
                let mut start = Duration::ZERO;
                for window in 0.. {
                    if start >= end {
                        break;
                    }
                    let next = start + terms.period;
                    let within = self.phases.iter().filter_map(|p| p.within(start, next.min(end)));
                    sealer.seal(window, start, next, within.collect());
                    start = next;
                }
                Count::Exactly(sealer.sealed())
            }
            (true, None) => Count::About(self.phases.iter().map(Piece::integral).sum()),
        }
    }

    /// How many a closed model starts, if each takes so long.
    fn started(&self, time: Option<Duration>) -> Count {
        if self.peak.most == 0.0 && self.duration.is_some() {
            return Count::Exactly(0);
        }
        match (time.filter(|time| !time.is_zero()), self.duration) {
            (Some(time), Some(_)) => {
                let slots: f64 = whole(&self.phases).iter().map(Piece::integral).sum();
                Count::About(slots / time.as_secs_f64())
            }
            _ => Count::Unknown,
        }
    }
}

/// Journeys at once are whole; while their number changes, half a one less on average is
/// not worth telling.
fn whole(pieces: &[Piece]) -> Vec<Piece> {
    let whole = |piece: &Piece| match piece.is_constant() {
        true => Piece::constant(piece.start, piece.end, piece.from.trunc()),
        false => *piece,
    };
    pieces.iter().map(whole).collect()
}
