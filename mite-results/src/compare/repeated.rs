//! Several runs of each side: noise between runs is in the interval.

use super::estimate::{
    Details, Estimate, design_effect, quantile_ends, quantile_variance, relative, shares,
};
use super::sample::Sample;
use super::spread::{BATCHES, DF_BODY, spread};

/// How much an assumed noise between runs counts, in runs.
const PRIOR: f64 = 4.0;

/// A figure of one run: its logarithm, and how uncertain it is within the run.
struct One {
    value: f64,
    within: f64,
}

/// The change of the `p` quantile between several runs of each side; `None` if
/// one of them has too few windows or samples.
pub(super) fn quantile(
    a: &[&Sample],
    b: &[&Sample],
    p: f64,
    noise: Option<f64>,
) -> Option<Estimate<'static>> {
    estimate(a, b, noise, |sample| {
        let (part, _) = quantile_variance(sample, p)?;
        let (low, high) = quantile_ends(sample, p, part.variance.sqrt());
        let within = ((high - low) / 2.0).powi(2);
        within.is_finite().then(|| One { value: sample.quantile(p).ln(), within })
    })
}

/// The change of how many come a second.
pub(super) fn rate(a: &[&Sample], b: &[&Sample], noise: Option<f64>) -> Option<Estimate<'static>> {
    estimate(a, b, noise, |sample| {
        let series = [relative(&sample.counts, &sample.lengths)];
        let spread = spread(&series, &[], BATCHES, DF_BODY, 1e-12 / sample.n())?;
        Some(One { value: (sample.n() / sample.length()).ln(), within: spread.parts[0].variance })
    })
}

/// The change of the mean.
pub(super) fn mean(a: &[&Sample], b: &[&Sample], noise: Option<f64>) -> Option<Estimate<'static>> {
    estimate(a, b, noise, |sample| {
        let sums = sample.sums.as_deref()?;
        let series = [relative(sums, &sample.counts)];
        let spread = spread(&series, &[], BATCHES, DF_BODY, 1e-12 / sample.n())?;
        let value = (sums.iter().sum::<f64>() / sample.n()).ln();
        Some(One { value, within: spread.parts[0].variance })
    })
}

fn estimate(
    a: &[&Sample],
    b: &[&Sample],
    noise: Option<f64>,
    one: impl Fn(&Sample) -> Option<One>,
) -> Option<Estimate<'static>> {
    let a: Vec<One> = a.iter().map(|sample| one(sample)).collect::<Option<_>>()?;
    let b: Vec<One> = b.iter().map(|sample| one(sample)).collect::<Option<_>>()?;
    let mean = |runs: &[One]| runs.iter().map(|run| run.value).sum::<f64>() / runs.len() as f64;
    let squares = |runs: &[One]| {
        let mean = mean(runs);
        runs.iter().map(|run| (run.value - mean).powi(2)).sum::<f64>()
    };
    // A single candidate says nothing of noise, and its own may be the change.
    let known = a.iter().chain(b.iter().filter(|_| b.len() > 1));
    let within = known.clone().map(|run| run.within).sum::<f64>() / known.count() as f64;
    let mut df = (a.len() + b.len() - 2) as f64;
    let mut variance = (squares(&a) + squares(&b)) / df;
    if let Some(noise) = noise {
        variance = (PRIOR * (noise.powi(2) + within) + df * variance) / (PRIOR + df);
        df += PRIOR;
    }
    let per_run = 1.0 / a.len() as f64 + 1.0 / b.len() as f64;
    let half = (variance.max(within) * per_run).sqrt();
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let change = mean_b - mean_a;
    Some(Estimate {
        values: (mean_a.exp(), mean_b.exp()),
        change,
        df: df as u32,
        ends: Box::new(move |t| (change - t * half, change + t * half)),
        details: Details::default(),
    })
}

/// Fewest runs of each side that errors are judged over, as batches.
pub(super) const FEWEST_FOR_ERRORS: usize = 4;

/// The change of the share that failed, with runs as batches.
pub(super) fn errors(a: &[&Sample], b: &[&Sample]) -> Estimate<'static> {
    let sum = |runs: &[&Sample]| {
        let bad: f64 = runs.iter().flat_map(|run| &run.failed).sum();
        let n: f64 = runs.iter().map(|run| run.n()).sum();
        (bad / n, n)
    };
    let ((share_a, n), (share_b, m)) = (sum(a), sum(b));
    let variance = |runs: &[&Sample], share: f64| {
        let residual = |run: &&Sample| run.failed.iter().sum::<f64>() - share * run.n();
        let squares: f64 = runs.iter().map(|run| residual(run).powi(2)).sum();
        let k = runs.len() as f64;
        k / (k - 1.0) * squares
    };
    let all = (share_a * n + share_b * m) / (n + m);
    let effect = design_effect(variance(a, share_a) + variance(b, share_b), all, n + m);
    let df = (a.len() + b.len() - 2) as u32;
    let details = Details { variances: (effect, effect), ..Details::default() };
    shares((share_a, share_b), (n, m), effect, df, details)
}
