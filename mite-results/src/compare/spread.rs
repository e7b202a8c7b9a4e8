//! How uncertain a sum over windows is, when windows are correlated.

/// Most batches.
pub(super) const BATCHES: usize = 40;
/// Most batches of a series of differences between two runs.
pub(super) const PAIRED_BATCHES: usize = 64;
/// Fewest batches, and fewest windows that can be judged.
pub(super) const FEWEST: usize = 8;
/// Batches are made longer while their correlation is above this, divided by
/// the root of their number.
const LAG_BOUND: f64 = 1.3;
/// By how much the correlation of the series itself may exceed that of the pool.
const OWN: f64 = 0.2;
/// The least correlation at which two runs count as going together.
const TOGETHER: f64 = 0.5;
/// Most that correlation left between batches widens a variance.
const MOST_WIDENING: f64 = 4.0;
/// Degrees of freedom for each unit of 1/kurtosis.
const KURTOSIS: f64 = 2.5;

/// Least degrees of freedom of percentiles up to p90, means and rates.
pub(super) const DF_BODY: f64 = 12.0;
/// Least degrees of freedom of higher percentiles and of errors.
pub(super) const DF_TAIL: f64 = 3.0;

/// The variance of a sum, and its degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) variance: f64,
    pub(super) df: f64,
}

/// The variances of the sums of one series or two.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) parts: Vec<Part>,
    pub(super) batches: usize,
    /// The correlation left between neighbouring batches.
    pub(super) lag: f64,
    /// What it widens the variances by.
    pub(super) widening: f64,
    /// Whether even the longest batches are correlated: the variance may be too small.
    pub(super) drifts: bool,
}

/// `x` summed over `batches` stretches, as even as possible.
pub(super) fn fold(x: &[f64], batches: usize) -> Vec<f64> {
    let at = |k: usize| k * x.len() / batches;
    (0..batches).map(|k| x[at(k)..at(k + 1)].iter().sum()).collect()
}

/// The correlation of neighbours, corrected for its bias.
fn lag(x: &[f64]) -> f64 {
    let b = x.len() as f64;
    let mean = x.iter().sum::<f64>() / b;
    let squares: f64 = x.iter().map(|v| (v - mean).powi(2)).sum();
    let products: f64 = x.windows(2).map(|w| (w[0] - mean) * (w[1] - mean)).sum();
    let raw = if squares > 0.0 { products / squares } else { 0.0 };
    ((b * raw + 1.0) / (b - 3.0)).clamp(-0.95, 0.95)
}

/// The correlation of two series; 0 if one of them does not vary.
pub(super) fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (u, v) in x.iter().zip(y) {
        xy += (u - mx) * (v - my);
        xx += (u - mx).powi(2);
        yy += (v - my).powi(2);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

/// Whether the windows of two runs rise and fall together, and their
/// correlation: then differences between them are surer than each.
pub(super) fn together(x: &[f64], y: &[f64]) -> (bool, f64) {
    let b = x.len().min(PAIRED_BATCHES);
    let correlation = correlation(&fold(x, b), &fold(y, b));
    (correlation > TOGETHER.max(2.6 / (b as f64).sqrt()), correlation)
}

/// The variance of the sum of each of `series` (one of differences, or one for
/// each run) by batch means. The correlation that decides how long batches are
/// is that of `pool`, or of the series themselves if it is empty. What varies
/// by less than `noise` (a sum of squares) is taken not to vary.
pub(super) fn spread(
    series: &[Vec<f64>],
    pool: &[Vec<f64>],
    most: usize,
    least_df: f64,
    noise: f64,
) -> Option<Spread> {
    let windows = series[0].len();
    if windows < FEWEST {
        return None;
    }
    let still = |x: &Vec<f64>| {
        let mean = x.iter().sum::<f64>() / windows as f64;
        x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() < noise
    };
    let quiet = |x: &Vec<f64>| if still(x) { vec![0.0; windows] } else { x.clone() };
    let series: Vec<Vec<f64>> = series.iter().map(quiet).collect();

    // Whole windows to a batch.
    let mut b = windows / windows.div_ceil(most);
    let deciding = if pool.is_empty() { series.len() } else { pool.len() } as f64;
    let mean_lag = |lists: &[Vec<f64>], b| {
        lists.iter().map(|x| lag(&fold(x, b))).sum::<f64>() / lists.len() as f64
    };
    let lag_at = |b: usize| {
        let own = mean_lag(&series, b);
        if pool.is_empty() { own } else { mean_lag(pool, b).max(own - OWN) }
    };
    let bound = |b: usize| LAG_BOUND / (deciding * b as f64).sqrt();
    let mut rho = lag_at(b);
    while rho > bound(b) && b > FEWEST {
        b = b.div_ceil(2).max(FEWEST);
        rho = lag_at(b);
    }
    let drifts = rho > bound(b);
    let rho = rho.max(0.0);
    let widening = ((1.0 + rho) / (1.0 - rho)).min(MOST_WIDENING);
    let part = |x: &Vec<f64>| {
        let (folded, batches) = (fold(x, b), b as f64);
        let mean = folded.iter().sum::<f64>() / batches;
        let squares: Vec<f64> = folded.iter().map(|v| (v - mean).powi(2)).collect();
        let s2: f64 = squares.iter().sum();
        let s4: f64 = squares.iter().map(|v| v * v).sum();
        // When few batches carry all the variance, it is known from few.
        let df = if s4 > 0.0 { KURTOSIS * (s2 * s2 / s4 - 1.0) } else { f64::INFINITY };
        Part {
            variance: widening * batches / (batches - 1.0) * s2,
            df: df.min(batches - 1.0).max(least_df.min(batches - 1.0)),
        }
    };
    Some(Spread {
        parts: series.iter().map(part).collect(),
        batches: b,
        lag: rho,
        widening,
        drifts,
    })
}

/// The sum of variances, and its whole degrees of freedom (Welch and Satterthwaite).
pub(super) fn add(parts: &[Part]) -> (f64, u32) {
    let sum: f64 = parts.iter().map(|part| part.variance).sum();
    let df = if sum > 0.0 {
        sum * sum / parts.iter().map(|part| part.variance.powi(2) / part.df).sum::<f64>()
    } else {
        parts[0].df
    };
    (sum, (df as u32).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_of_whole_windows_and_drop_none() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(fold(&x, 3), [3.0, 12.0, 30.0]);
        assert_eq!(fold(&x, 10), x);
    }

    #[test]
    fn too_few_windows_have_no_spread() {
        assert_eq!(spread(&[vec![1.0; 7]], &[], BATCHES, DF_BODY, 0.0), None);
        assert!(spread(&[vec![1.0; 8]], &[], BATCHES, DF_BODY, 0.0).is_some());
    }

    #[test]
    fn what_does_not_vary_has_no_variance_and_all_degrees_of_freedom() {
        let noise: Vec<f64> = (0..40).map(|n| f64::from(n % 3) * 1e-15).collect();
        let spread = spread(&[noise], &[], BATCHES, DF_BODY, 1e-20).expect("enough windows");
        assert_eq!(spread.parts, [Part { variance: 0.0, df: 39.0 }]);
        assert_eq!(add(&spread.parts), (0.0, 39));
    }

    #[test]
    fn one_batch_that_carries_all_leaves_the_least_degrees_of_freedom() {
        let mut x = vec![0.0; 40];
        x[7] = 1.0;
        let spread = spread(&[x], &[], BATCHES, DF_TAIL, 0.0).expect("enough windows");
        assert_eq!(spread.parts[0].df, 3.0);
    }
}
