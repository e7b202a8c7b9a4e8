//! Figures of one series from the runs of both sides.

use super::estimate::{self, Estimate, Pairing};
use super::figure::{Bounds, Figure, Kind, Row, judge};
use super::repeated;
use super::sample::Sample;
use super::settings::Settings;
use super::spread::FEWEST;
use super::stretch::{Followed, Stretch};
use crate::document::{Document, Series};

/// Fewest baselines that show the noise between runs.
pub(super) const BASELINES: usize = 3;

/// The runs of both sides.
pub(super) struct Sides<'a> {
    pub(super) a: Vec<&'a Document>,
    pub(super) b: Vec<&'a Document>,
    pub(super) stretch: Stretch,
    pub(super) settings: &'a Settings,
}

/// Whether two series of different runs are the same thing.
fn same(a: &Series, b: &Series) -> bool {
    let key = |s: &Series| (s.kind, s.journey.clone(), s.transaction.clone(), s.name.clone());
    key(a) == key(b) && a.method == b.method && a.tags == b.tags
}

impl Sides<'_> {
    /// Whether noise between runs shows.
    pub(super) fn repeated(&self) -> bool {
        let (a, b) = (self.a.len(), self.b.len());
        (b == 1 && a >= BASELINES) || (a >= 2 && b >= 2)
    }

    /// Its judged figures and those that are only shown; or why there are none.
    pub(super) fn row(
        &self,
        series: &Series,
        judged: &[Kind],
        shown: &[Kind],
        in_all: usize,
    ) -> Result<Row, String> {
        let title = series.title();
        let side = |documents: &[&Document], name: &str| -> Result<Vec<Sample>, String> {
            let followed: Option<Vec<Followed<'_>>> = documents
                .iter()
                .map(|document| {
                    let series = document.series.iter().find(|other| same(other, series))?;
                    Followed::of(document, series)
                })
                .collect();
            let followed =
                followed.ok_or_else(|| format!("{title}: no windows of it in {name}"))?;
            let begin = self.begin(series);
            let cells = begin..self.stretch.cells.end;
            if cells.len() < FEWEST {
                return Err(format!("{title}: followed for too short a time"));
            }
            let samples: Vec<Sample> = followed
                .iter()
                .map(|followed| followed.sample(self.stretch.span, cells.clone()))
                .collect();
            if samples.iter().any(|sample| sample.n() == 0.0) {
                return Err(format!("{title}: no samples in {name}"));
            }
            Ok(samples)
        };
        let (a, b) = (side(&self.a, "A")?, side(&self.b, "B")?);
        let mut measured = self.a.iter().chain(&self.b).filter_map(|document| {
            let series = document.series.iter().find(|other| same(other, series))?;
            Some(document.windows.series.get(&series.id)?.time)
        });
        let first = measured.next();
        if measured.any(|time| Some(time) != first) {
            return Err(format!("{title}: response times in one run, service times in another"));
        }
        let data = Data::of(a, b, self.repeated());
        let (judged_at, shown_at) = (self.settings.bounds(in_all), self.settings.bounds_of_shown());
        let noise = self.settings.run_noise;
        let mut figures: Vec<Figure> =
            judged.iter().map(|kind| data.figure(*kind, &judged_at, noise, true)).collect();
        // The mean is missing in a file without sums; nothing is lost by that.
        let shown = shown.iter().map(|kind| data.figure(*kind, &shown_at, noise, false));
        figures.extend(shown.filter(|figure| figure.kind != Kind::Mean || figure.a.is_finite()));
        figures.sort_by(|a, b| order(a.kind).total_cmp(&order(b.kind)));
        Ok(Row { series: title, paired: data.paired(), figures })
    }

    /// The first cell in which every run followed the series.
    fn begin(&self, series: &Series) -> usize {
        let firsts = self.a.iter().chain(&self.b).filter_map(|document| {
            let series = document.series.iter().find(|other| same(other, series))?;
            Some(Followed::of(document, series)?.first_cell(self.stretch.span))
        });
        firsts.fold(self.stretch.cells.start, usize::max).min(self.stretch.cells.end)
    }

    /// Series of B that A does not have.
    pub(super) fn only_in_b(&self) -> Vec<String> {
        let series = self.b[0].series.iter();
        let missing = series.filter(|b| !self.a[0].series.iter().any(|a| same(a, b)));
        missing.map(|series| format!("{}: only in B", series.title())).collect()
    }
}

/// Percentiles first, in their order.
fn order(kind: Kind) -> f64 {
    match kind {
        Kind::Percentile(p) => p,
        Kind::Mean => 101.0,
        Kind::Rate => 102.0,
        Kind::Errors => 103.0,
    }
}

/// Samples of both sides, and how they are compared.
enum Data {
    Pair(Box<(Sample, Sample, Pairing)>),
    Repeated(Vec<Sample>, Vec<Sample>),
}

impl Data {
    fn of(a: Vec<Sample>, b: Vec<Sample>, repeated: bool) -> Self {
        if repeated {
            return Self::Repeated(a, b);
        }
        let (a, b) = (largest(&a).clone(), largest(&b).clone());
        let pairing = Pairing::of(&a, &b);
        Self::Pair(Box::new((a, b, pairing)))
    }

    fn paired(&self) -> bool {
        matches!(self, Self::Pair(pair) if pair.2.paired)
    }

    fn figure(&self, kind: Kind, bounds: &Bounds, noise: Option<f64>, judged: bool) -> Figure {
        let (bounds, estimate, samples, bad) = match self {
            Self::Pair(pair) => {
                let (a, b, pairing) = &**pair;
                (*bounds, pair_estimate(a, b, pairing, kind), (a.n(), b.n()), bad(&[a, b]))
            }
            Self::Repeated(a, b) => {
                let (a, b): (Vec<&Sample>, Vec<&Sample>) = (a.iter().collect(), b.iter().collect());
                let n = |side: &[&Sample]| side.iter().map(|sample| sample.n()).sum();
                let samples = (n(&a), n(&b));
                // The noise is in the estimate already.
                let bounds = Bounds { run_noise: None, ..*bounds };
                let all = bad(&a) + bad(&b);
                (bounds, repeated_estimate(&a, &b, kind, noise), samples, all)
            }
        };
        if kind == Kind::Errors && bad == 0.0 {
            return Figure::no_errors(samples, judged);
        }
        match estimate {
            Some(estimate) => judge(kind, &estimate, &bounds, samples, judged),
            None => {
                Figure::not_judged(kind, judged, format!("too few independent samples for {kind}"))
            }
        }
    }
}

fn bad(samples: &[&Sample]) -> f64 {
    samples.iter().flat_map(|sample| &sample.failed).sum()
}

/// The run with the most samples.
fn largest(samples: &[Sample]) -> &Sample {
    let largest = samples.iter().max_by(|x, y| x.n().total_cmp(&y.n()));
    largest.expect("a side has a run")
}

fn pair_estimate<'a>(
    a: &'a Sample,
    b: &'a Sample,
    pairing: &Pairing,
    kind: Kind,
) -> Option<Estimate<'a>> {
    match kind {
        Kind::Percentile(p) => estimate::quantile(a, b, pairing, p / 100.0),
        Kind::Mean => estimate::mean(a, b),
        Kind::Rate => estimate::rate(a, b),
        Kind::Errors => estimate::errors(a, b),
    }
}

fn repeated_estimate<'a>(
    a: &[&'a Sample],
    b: &[&'a Sample],
    kind: Kind,
    noise: Option<f64>,
) -> Option<Estimate<'a>> {
    match kind {
        Kind::Percentile(p) => repeated::quantile(a, b, p / 100.0, noise),
        Kind::Mean => repeated::mean(a, b, noise),
        Kind::Rate => repeated::rate(a, b, noise),
        Kind::Errors if a.len().min(b.len()) >= repeated::FEWEST_FOR_ERRORS => {
            Some(repeated::errors(a, b))
        }
        // Too few runs to be batches: the pair with the most requests.
        Kind::Errors => {
            let most = |side: &[&'a Sample]| {
                side.iter().copied().max_by(|x, y| x.n().total_cmp(&y.n())).expect("a run")
            };
            estimate::errors(most(a), most(b))
        }
    }
}
