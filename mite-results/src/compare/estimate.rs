//! How much a figure changed between two runs, and how sure that is.

use super::sample::Sample;
use super::spread::{
    BATCHES, DF_BODY, DF_TAIL, PAIRED_BATCHES, Part, Spread, add, spread, together,
};

/// A sum of squares below this, for each sample, is noise of rounding.
const NOISE: f64 = 1e-12;

/// A change with its uncertainty.
pub(super) struct Estimate<'a> {
    /// The figure in A and in B.
    pub(super) values: (f64, f64),
    /// The change: of logarithms, or of shares for errors.
    pub(super) change: f64,
    pub(super) df: u32,
    /// The ends of the interval that is `t` deviations wide to each side;
    /// infinite where the samples show none.
    pub(super) ends: Box<dyn Fn(f64) -> (f64, f64) + 'a>,
    pub(super) details: Details,
}

/// How an estimate came about.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Details {
    pub(super) batches: usize,
    pub(super) lag: f64,
    pub(super) widening: f64,
    pub(super) drifts: bool,
    /// Variances of the two runs; of errors the design effect comes first.
    pub(super) variances: (f64, f64),
    /// How many samples count as one independent one.
    pub(super) tau: Option<f64>,
}

impl Details {
    fn of(spread: &Spread, variances: (f64, f64), tau: Option<f64>) -> Self {
        Self {
            batches: spread.batches,
            lag: spread.lag,
            widening: spread.widening,
            drifts: spread.drifts,
            variances,
            tau,
        }
    }
}

/// Whether two runs are compared window by window.
pub(super) struct Pairing {
    pub(super) paired: bool,
    pool: Vec<Vec<f64>>,
}

impl Pairing {
    /// One decision for all percentiles of a series.
    pub(super) fn of(a: &Sample, b: &Sample) -> Self {
        let (x, y) = (a.rank_scores(), b.rank_scores());
        let (paired, _) = together(&x, &y);
        let pool = if paired { vec![difference(&x, a.n(), &y, b.n())] } else { vec![x, y] };
        Self { paired, pool }
    }
}

/// `y/m − x/n`, window by window.
fn difference(x: &[f64], n: f64, y: &[f64], m: f64) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| y / m - x / n).collect()
}

fn least_df(p: f64) -> f64 {
    if p <= 0.9 { DF_BODY } else { DF_TAIL }
}

/// How many samples of each window are below the quantile, beyond its share;
/// and the variance of their sum if samples inside a window are independent.
pub(super) fn residuals(sample: &Sample, p: f64) -> (Vec<f64>, f64) {
    let below = sample.below(p);
    let n = sample.n();
    let windows = || below.iter().zip(&sample.counts);
    let residuals = windows().map(|(below, count)| below - p * count).collect();
    let variance = |(below, count): (&f64, &f64)| {
        if *count > 1.0 {
            let share = below / count;
            count * count / (count - 1.0) * share * (1.0 - share)
        } else {
            count * p * (1.0 - p)
        }
    };
    (residuals, windows().map(variance).sum::<f64>() / (n * n))
}

/// A quantile of one run: its variance within the run and what that is known by.
pub(super) fn quantile_variance(sample: &Sample, p: f64) -> Option<(Part, Spread)> {
    let n = sample.n();
    let (residuals, floor) = residuals(sample, p);
    let pool = [sample.rank_scores()];
    let spread = spread(&[residuals], &pool, BATCHES, least_df(p), NOISE * n)?;
    let part = spread.parts[0];
    Some((Part { variance: (part.variance / (n * n)).max(floor), df: part.df }, spread))
}

/// Between which logarithms the `p` quantile lies, `h` ranks to each side.
pub(super) fn quantile_ends(sample: &Sample, p: f64, h: f64) -> (f64, f64) {
    let one = 1.0 / sample.n();
    let low = if p - h <= one { f64::NEG_INFINITY } else { sample.quantile(p - h).ln() };
    let high = if p + h >= 1.0 - one { f64::INFINITY } else { sample.quantile(p + h).ln() };
    (low, high)
}

/// The change of the `p` quantile; `None` if there are too few windows.
pub(super) fn quantile<'a>(
    a: &'a Sample,
    b: &'a Sample,
    pairing: &Pairing,
    p: f64,
) -> Option<Estimate<'a>> {
    let (n, m) = (a.n(), b.n());
    let ((x, floor_a), (y, floor_b)) = (residuals(a, p), residuals(b, p));
    let (v_a, v_b, df, details);
    if pairing.paired {
        let series = [difference(&x, n, &y, m)];
        let noise = NOISE * (1.0 / n + 1.0 / m);
        let spread = spread(&series, &pairing.pool, PAIRED_BATCHES, least_df(p), noise)?;
        let (variance, freedom) = add(&spread.parts);
        let variance = variance.max(floor_a + floor_b);
        (v_a, v_b, df) = (variance * m / (n + m), variance * n / (n + m), freedom);
        details = spread;
    } else {
        let noise = NOISE * n.min(m);
        let spread = spread(&[x, y], &pairing.pool, BATCHES, least_df(p), noise)?;
        let [one, two] = [spread.parts[0], spread.parts[1]];
        v_a = (one.variance / (n * n)).max(floor_a);
        v_b = (two.variance / (m * m)).max(floor_b);
        df = add(&[Part { variance: v_a, ..one }, Part { variance: v_b, ..two }]).1;
        details = spread;
    }
    let values = (a.quantile(p), b.quantile(p));
    let (ln_a, ln_b) = (values.0.ln(), values.1.ln());
    let change = ln_b - ln_a;
    // The ends of a difference from those of its parts (MOVER, Zou and Donner 2008).
    let ends = move |t: f64| {
        let (low_a, high_a) = quantile_ends(a, p, t * v_a.sqrt());
        let (low_b, high_b) = quantile_ends(b, p, t * v_b.sqrt());
        let down = ((ln_b - low_b).powi(2) + (high_a - ln_a).powi(2)).sqrt();
        let up = ((high_b - ln_b).powi(2) + (ln_a - low_a).powi(2)).sqrt();
        (change - down, change + up)
    };
    let independent = p * (1.0 - p) * (1.0 / n + 1.0 / m);
    let tau = (v_a + v_b) / independent;
    let details = Details::of(&details, (v_a, v_b), Some(tau));
    Some(Estimate { values, change, df, ends: Box::new(ends), details })
}

/// The change of a ratio of sums over windows, `tops` over `bottoms`, on the
/// scale of logarithms.
fn ratio<'a>(
    [a, b]: [&Sample; 2],
    tops: [&[f64]; 2],
    bottoms: [&[f64]; 2],
) -> Option<Estimate<'a>> {
    let value = |k: usize| tops[k].iter().sum::<f64>() / bottoms[k].iter().sum::<f64>();
    let values = (value(0), value(1));
    let series = |k: usize| relative(tops[k], bottoms[k]);
    let (x, y) = (series(0), series(1));
    let noise = NOISE * (1.0 / a.n()).min(1.0 / b.n());
    let spread = if together(&x, &y).0 {
        let series = [x.iter().zip(&y).map(|(x, y)| y - x).collect()];
        spread(&series, &[], PAIRED_BATCHES, DF_BODY, noise)?
    } else {
        spread(&[x, y], &[], BATCHES, DF_BODY, noise)?
    };
    let (variance, df) = add(&spread.parts);
    let change = values.1.ln() - values.0.ln();
    let ends = move |t: f64| (change - t * variance.sqrt(), change + t * variance.sqrt());
    let details = Details::of(&spread, (variance, variance), None);
    Some(Estimate { values, change, df, ends: Box::new(ends), details })
}

/// How far the top of each window is from its share of the bottom, relative to all.
pub(super) fn relative(top: &[f64], bottom: &[f64]) -> Vec<f64> {
    let sum: f64 = top.iter().sum();
    let ratio = sum / bottom.iter().sum::<f64>();
    top.iter().zip(bottom).map(|(top, bottom)| (top - ratio * bottom) / sum).collect()
}

/// The change of how many come a second.
pub(super) fn rate<'a>(a: &'a Sample, b: &'a Sample) -> Option<Estimate<'a>> {
    ratio([a, b], [&a.counts, &b.counts], [&a.lengths, &b.lengths])
}

/// The change of the mean, if the files have sums.
pub(super) fn mean<'a>(a: &'a Sample, b: &'a Sample) -> Option<Estimate<'a>> {
    let sums = [a.sums.as_deref()?, b.sums.as_deref()?];
    ratio([a, b], sums, [&a.counts, &b.counts])
}

/// The change of the share that failed: a difference, not a ratio.
pub(super) fn errors<'a>(a: &'a Sample, b: &'a Sample) -> Option<Estimate<'a>> {
    let (n, m) = (a.n(), b.n());
    let (bad_a, bad_b) = (a.failed.iter().sum::<f64>(), b.failed.iter().sum::<f64>());
    let values = (bad_a / n, bad_b / m);
    let series = |sample: &Sample, share: f64| {
        sample.failed.iter().zip(&sample.counts).map(|(bad, n)| bad - share * n).collect()
    };
    let both = [series(a, values.0), series(b, values.1)];
    let spread = spread(&both, &[], BATCHES, DF_TAIL, NOISE * n.min(m))?;
    let (variance, df) = add(&spread.parts);
    let share = (bad_a + bad_b) / (n + m);
    let effect = design_effect(variance, share, n + m);
    let details = Details::of(&spread, (effect, effect), None);
    Some(shares(values, (n, m), effect, df, details))
}

/// How many times more the failures vary than independent ones. One effect for
/// both runs: one without failures is no surer than the other.
pub(super) fn design_effect(variance: f64, share: f64, n: f64) -> f64 {
    (variance / (share * (1.0 - share) * n).max(1e-300)).max(1.0)
}

/// The change between two shares, of `n.0` and `n.1` samples.
pub(super) fn shares<'a>(
    values: (f64, f64),
    n: (f64, f64),
    effect: f64,
    df: u32,
    details: Details,
) -> Estimate<'a> {
    let change = values.1 - values.0;
    let ends = move |t: f64| {
        let (low_a, high_a) = wilson(values.0, n.0 / effect, t);
        let (low_b, high_b) = wilson(values.1, n.1 / effect, t);
        let down = ((values.1 - low_b).powi(2) + (high_a - values.0).powi(2)).sqrt();
        let up = ((high_b - values.1).powi(2) + (values.0 - low_a).powi(2)).sqrt();
        (change - down, change + up)
    };
    Estimate { values, change, df, ends: Box::new(ends), details }
}

/// Wilson's interval of a share of `n` independent samples.
fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    let scale = 1.0 + z * z / n;
    let centre = (share + z * z / (2.0 * n)) / scale;
    let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}
