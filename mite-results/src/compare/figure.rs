//! What is compared, and what came of it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::estimate::Estimate;
use super::student::{normal_quantile, t_quantile};

/// What is compared of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The time within which so many percent lie.
    Percentile(f64),
    /// The mean time. It is shown and never judged.
    Mean,
    /// How many a second.
    Rate,
    /// The share that failed.
    Errors,
}

/// `p99`, `mean`, `rate`, `errors`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(p) => f.pad(&format!("p{p}")),
            Self::Mean => f.pad("mean"),
            Self::Rate => f.pad("rate"),
            Self::Errors => f.pad("errors"),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "rate" => Ok(Self::Rate),
            "errors" => Ok(Self::Errors),
            _ => {
                let percent = text.strip_prefix('p').and_then(|p| p.parse::<f64>().ok());
                percent.filter(|p| *p > 0.0 && *p < 100.0).map(Self::Percentile).ok_or(())
            }
        }
    }
}

/// What came of one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// B is worse: slower, fewer a second, more errors.
    Worse,
    /// B is better.
    Better,
    /// Any change is within the bounds of [`Settings::same`](super::Settings).
    Same,
    /// There may be a change that the samples do not show.
    Undecided,
    /// The samples say nothing.
    NotJudged,
}

/// One figure of A and B.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub kind: Kind,
    /// In A: seconds, a rate per second, or a share. With several runs their
    /// geometric mean, of shares that of all requests.
    pub a: f64,
    /// In B.
    pub b: f64,
    /// The change: 0.05 is 5 % more; of errors it is a difference of shares.
    pub change: f64,
    /// The interval of the change at the confidence asked for; null without an end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// What came of it; null if it is only shown.
    pub outcome: Option<Outcome>,
    /// The smallest change that would have been found in nine of ten pairs.
    pub least: Option<f64>,
    /// Why it is not judged, or what to mind.
    pub note: Option<String>,
    /// Degrees of freedom, batches, and samples for one independent one.
    pub basis: Basis,
}

/// The figures of one series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The series.
    pub series: String,
    /// Whether windows of A and B rise and fall together, and are compared pair by pair.
    pub paired: bool,
    /// Its figures.
    pub figures: Vec<Figure>,
}

/// What a figure rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Basis {
    /// Samples in A and in B.
    pub samples: (u64, u64),
    /// Degrees of freedom.
    pub df: u32,
    /// Batches, of one pair.
    pub batches: Option<usize>,
    /// So many samples are worth one independent one.
    pub tau: Option<f64>,
}

/// The bounds of verdicts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// The error probability of this figure.
    pub(super) alpha: f64,
    /// Changes below are none, however sure.
    pub(super) margin: f64,
    /// Changes that surely are below are the same.
    pub(super) same: f64,
    /// The same of shares of errors.
    pub(super) error_margin: f64,
    pub(super) error_same: f64,
    /// The deviation between runs of the same thing, if it is known.
    pub(super) run_noise: Option<f64>,
}

/// The change and interval at these bounds, and the verdict if it is to be judged.
pub(super) fn judge(
    kind: Kind,
    estimate: &Estimate<'_>,
    bounds: &Bounds,
    samples: (f64, f64),
    judged: bool,
) -> Figure {
    let t = t_quantile(1.0 - bounds.alpha / 2.0, estimate.df);
    let t9 = t_quantile(0.9, estimate.df);
    let interval = |alpha: f64| {
        let ends = (estimate.ends)(t_quantile(1.0 - alpha / 2.0, estimate.df));
        match bounds.run_noise.filter(|_| kind != Kind::Errors) {
            Some(noise) => widened(estimate.change, ends, noise, alpha),
            None => ends,
        }
    };
    let d = estimate.change;
    let (low, high) = interval(bounds.alpha);
    let (low95, high95) = interval(0.05);
    let open = low == f64::NEG_INFINITY && high == f64::INFINITY;
    let found = low > 0.0 || high < 0.0;
    let outcome = if kind == Kind::Errors {
        if found && d.abs() >= bounds.error_margin {
            if d > 0.0 { Outcome::Worse } else { Outcome::Better }
        } else if low > -bounds.error_same && high < bounds.error_same {
            Outcome::Same
        } else {
            Outcome::Undecided
        }
    } else if open {
        Outcome::NotJudged
    } else if found && (d.exp() - 1.0).abs() >= bounds.margin {
        // A higher time is worse, a higher rate is better.
        if (d > 0.0) == (kind == Kind::Rate) { Outcome::Better } else { Outcome::Worse }
    } else if low95 > (1.0 - bounds.same).ln() && high95 < (1.0 + bounds.same).ln() {
        Outcome::Same
    } else {
        Outcome::Undecided
    };
    let least = (kind != Kind::Errors && low > f64::NEG_INFINITY).then(|| {
        let down = d - low;
        let seen = (down * (1.0 + t9 / t)).max((1.0 + bounds.margin).ln() + down * t9 / t);
        seen.exp() - 1.0
    });
    let note = if open {
        Some(format!("too few independent samples beyond {kind}"))
    } else if estimate.details.drifts {
        Some("drifts slowly: the interval may be too narrow, run longer".to_owned())
    } else {
        None
    };
    let shown = |end: f64| if kind == Kind::Errors { end } else { end.exp() - 1.0 };
    Figure {
        kind,
        a: estimate.values.0,
        b: estimate.values.1,
        change: shown(d),
        // exp of minus infinity is zero, but a change of −100 % is no open end.
        low: if low == f64::NEG_INFINITY { low } else { shown(low) },
        high: shown(high),
        outcome: judged.then_some(outcome),
        least,
        note,
        basis: Basis {
            samples: (samples.0 as u64, samples.1 as u64),
            df: estimate.df,
            batches: (estimate.details.batches > 0).then_some(estimate.details.batches),
            tau: estimate.details.tau,
        },
    }
}

/// An interval of one pair, with the noise between runs in it.
fn widened(d: f64, (low, high): (f64, f64), noise: f64, alpha: f64) -> (f64, f64) {
    let between = 2.0 * (normal_quantile(1.0 - alpha / 2.0) * noise).powi(2);
    (d - ((d - low).powi(2) + between).sqrt(), d + ((high - d).powi(2) + between).sqrt())
}

impl Figure {
    /// One that cannot be judged, and why.
    pub(super) fn not_judged(kind: Kind, judged: bool, note: String) -> Self {
        Self {
            kind,
            a: f64::NAN,
            b: f64::NAN,
            change: f64::NAN,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            outcome: judged.then_some(Outcome::NotJudged),
            least: None,
            note: Some(note),
            basis: Basis::default(),
        }
    }

    /// Shares of errors that are zero in both runs.
    pub(super) fn no_errors(samples: (f64, f64), judged: bool) -> Self {
        Self {
            kind: Kind::Errors,
            a: 0.0,
            b: 0.0,
            change: 0.0,
            low: 0.0,
            high: 0.0,
            outcome: judged.then_some(Outcome::Same),
            least: None,
            note: None,
            basis: Basis { samples: (samples.0 as u64, samples.1 as u64), ..Basis::default() },
        }
    }

    /// How many times longer the runs must be for a change of 5 % to be found.
    ///
    /// ```
    /// # use mite_results::compare::{Figure, Kind};
    /// # fn f(figure: &Figure) {
    /// if let Some(times) = figure.longer() {
    ///     println!("run {times:.0} times longer");
    /// }
    /// # }
    /// ```
    pub fn longer(&self) -> Option<f64> {
        let least = self.least?;
        let times = ((1.0 + least).ln() / 1.05_f64.ln()).powi(2);
        (times > 1.0).then_some(times)
    }

    /// The verdict in a word.
    pub fn word(&self) -> Option<&'static str> {
        Some(match (self.outcome?, self.kind) {
            (Outcome::Worse, Kind::Rate) => "LOWER",
            (Outcome::Better, Kind::Rate) => "HIGHER",
            (Outcome::Worse, Kind::Errors) => "MORE",
            (Outcome::Better, Kind::Errors) => "FEWER",
            (Outcome::Worse, _) => "SLOWER",
            (Outcome::Better, _) => "FASTER",
            (Outcome::Same, _) => "SAME",
            (Outcome::Undecided, _) => "UNDECIDED",
            (Outcome::NotJudged, _) => "NOT JUDGED",
        })
    }
}
