//! The error rates of the method: how often runs of the same thing are told apart
//! (false positives), and how often a change of 5 % is found (power), over seeded pairs
//! of runs of known distributions.
//!
//! Of 1,000 pairs of the same thing at most 16 may be told apart: 1 % and two standard
//! deviations.

use std::f64::consts::{LN_2, TAU};

use super::estimate::{self, Estimate, Pairing};
use super::figure::{Kind, Outcome, judge};
use super::sample::{Bucket, Row, Sample};
use super::vectors::bounds;
use crate::windows::coarser;

/// Buckets of the total: 2^(1/1024), about the three digits of a histogram.
const FINE: f64 = 1_024.0;

/// 32 of them are a bucket of schema 5.
const FINER_BY: u8 = 5;

/// How the times and arrivals of a run are distributed.
#[derive(Clone, Copy)]
struct Law {
    windows: usize,
    /// Arrivals a second at the begin and at the end.
    rates: (f64, f64),
    times: Times,
    /// What all times are multiplied with.
    factor: f64,
    /// The share that fails, and how many fail one after another.
    failing: (f64, usize),
}

#[derive(Clone, Copy)]
enum Times {
    /// Log-normal around 10 ms; neighbours correlated.
    LogNormal { sigma: f64, correlation: f64 },
    /// The sojourn times of a queue with one server, so much of it in use.
    Queue { load: f64 },
    /// 10 ms, or 50 ms in such a share.
    TwoModes { slow: f64 },
    /// Log-normal, but for 0.2 s every 7.13 s everybody waits.
    Stalls,
    /// Log-normal; the more load, the longer.
    Ramp,
}

const IID: Law = Law {
    windows: 120,
    rates: (166.7, 166.7),
    times: Times::LogNormal { sigma: 0.5, correlation: 0.0 },
    factor: 1.0,
    failing: (0.002, 1),
};

struct Random(fastrand::Rng);

impl Random {
    fn exponential(&mut self) -> f64 {
        -(1.0 - self.0.f64()).ln()
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (TAU * self.0.f64()).cos()
    }
}

/// Seeds far from each other (the last steps of SplitMix64).
pub(super) fn scatter(seed: u64) -> u64 {
    let z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A run of `law`.
fn sample(law: &Law, seed: u64) -> Sample {
    // The generator's streams of neighbouring seeds are correlated.
    let mut random = Random(fastrand::Rng::with_seed(scatter(seed)));
    let end = law.windows as f64;
    let mut windows = vec![Vec::<i32>::new(); law.windows];
    let mut failed = vec![0.0; law.windows];
    let mut t = 0.0;
    let mut state = random.normal();
    // The work before an arrival of a queue that has run for long.
    let mut work = match law.times {
        Times::Queue { load } if random.0.f64() < load => random.exponential() / (1.0 - load),
        _ => 0.0,
    };
    let mut in_burst = 0;
    loop {
        let rate = law.rates.0 + (law.rates.1 - law.rates.0) * t / end;
        let gap = random.exponential() / rate;
        t += gap;
        if t >= end {
            break;
        }
        // The logarithm to base 2 of the time in microseconds, over 10 ms.
        let log_normal = |z: f64, sigma: f64| sigma * z / LN_2;
        let log2 = match law.times {
            Times::LogNormal { sigma, correlation } => {
                let innovation = (1.0 - correlation * correlation).sqrt();
                state = correlation * state + innovation * random.normal();
                log_normal(state, sigma)
            }
            Times::Queue { load } => {
                // Time in means of the service: arrivals come every 1/load of them.
                let service = random.exponential();
                work = (work - gap * rate / load).max(0.0) + service;
                work.log2()
            }
            Times::TwoModes { slow } => {
                let mode = if random.0.f64() < slow { 5.0_f64.log2() } else { 0.0 };
                mode + log_normal(random.normal(), 0.1)
            }
            Times::Stalls => {
                let time = 0.01 * log_normal(random.normal(), 0.3).exp2();
                let left = 0.2 - t.rem_euclid(7.13);
                ((time + left.max(0.0)) / 0.01).log2()
            }
            Times::Ramp => {
                let busy = rate / (law.rates.1 * 1.2);
                log_normal(random.normal(), 0.5) - (1.0 - busy).log2()
            }
        };
        let log2 = log2 + law.factor.log2() + 10_000_f64.log2();
        let window = t as usize;
        windows[window].push((log2 * FINE).ceil() as i32);
        if in_burst == 0 && random.0.f64() < law.failing.0 / law.failing.1 as f64 {
            in_burst = law.failing.1;
        }
        if in_burst > 0 {
            in_burst -= 1;
            failed[window] += 1.0;
        }
    }
    of_indices(&windows, failed)
}

fn counted(indices: impl Iterator<Item = i32>) -> Row {
    let mut sorted: Vec<i32> = indices.collect();
    sorted.sort_unstable();
    let (Some(first), Some(last)) = (sorted.first().copied(), sorted.last()) else {
        return Row::default();
    };
    let mut counts = vec![0; (last - first) as usize + 1];
    sorted.iter().for_each(|i| counts[(i - first) as usize] += 1);
    Row { first, counts }
}

fn of_indices(windows: &[Vec<i32>], failed: Vec<f64>) -> Sample {
    // Bucket 0 of seconds, where these are of microseconds.
    let second = (1e6_f64.log2() * 32.0).round() as i32;
    let row = |indices: &Vec<i32>| counted(indices.iter().map(|i| coarser(*i, FINER_BY) - second));
    let all = counted(windows.iter().flatten().copied());
    let bucket = |(i, count): (i32, &u64)| {
        let (low, high) = ((f64::from(i - 1) / FINE).exp2(), (f64::from(i) / FINE).exp2());
        Bucket { low_us: low, width_us: high - low, count: *count as f64 }
    };
    let filled = (all.first..).zip(&all.counts).filter(|(_, count)| **count > 0);
    Sample {
        lengths: vec![1.0; windows.len()],
        counts: windows.iter().map(|indices| indices.len() as f64).collect(),
        failed,
        sums: None,
        rows: windows.iter().map(row).collect(),
        total: filled.map(bucket).collect(),
    }
}

/// Of so many pairs: in how many any figure was flagged, and p50, p90 and p99.
#[derive(Debug, Default)]
struct Flagged {
    any: usize,
    slower: usize,
    percentiles: [usize; 3],
}

fn flagged(a: &Law, b: &Law, pairs: u64) -> Flagged {
    let mut flagged = Flagged::default();
    for pair in 0..pairs {
        let (a, b) = (sample(a, 2 * pair + 1), sample(b, 2 * pair + 2));
        let pairing = Pairing::of(&a, &b);
        let (mut any, mut slower) = (false, false);
        let mut see = |kind: Kind, estimate: Option<Estimate<'_>>| {
            let Some(estimate) = estimate else { return false };
            let figure = judge(kind, &estimate, &bounds(), (a.n(), b.n()), true);
            any |= matches!(figure.outcome, Some(Outcome::Worse | Outcome::Better));
            slower |= figure.outcome == Some(Outcome::Worse) && kind != Kind::Errors;
            figure.outcome == Some(Outcome::Worse)
        };
        for (k, p) in [0.5, 0.9, 0.99].into_iter().enumerate() {
            let estimate = estimate::quantile(&a, &b, &pairing, p);
            flagged.percentiles[k] += usize::from(see(Kind::Percentile(p * 100.0), estimate));
        }
        see(Kind::Rate, estimate::rate(&a, &b));
        if a.failed.iter().chain(&b.failed).any(|bad| *bad > 0.0) {
            see(Kind::Errors, estimate::errors(&a, &b));
        }
        flagged.any += usize::from(any);
        flagged.slower += usize::from(slower);
    }
    flagged
}

/// How many pairs are made of each law. The method was accepted with 1,000:
/// `MITE_COMPARE_PAIRS=1000 cargo test --release -p mite-results calibration`.
fn pairs() -> u64 {
    let variable = std::env::var("MITE_COMPARE_PAIRS").ok();
    variable.and_then(|n| n.parse().ok()).unwrap_or(50)
}

/// Of `pairs` that are each flagged with probability `p`: the mean and the deviation.
fn binomial(pairs: u64, p: f64) -> (f64, f64) {
    let mean = pairs as f64 * p;
    (mean, (mean * (1.0 - p)).sqrt())
}

/// Runs of the same law are told apart in 1 % of pairs at most.
fn same(law: &Law) {
    let (mean, deviation) = binomial(pairs(), 0.01);
    let most = (mean + 2.0 * deviation).round() as usize;
    let flagged = flagged(law, law, pairs());
    eprintln!("same: {flagged:?}");
    assert!(flagged.any <= most, "{flagged:?}, and {most} may be");
}

/// Times that are 5 % longer.
fn longer(law: &Law) -> Flagged {
    let flagged = flagged(law, &Law { factor: 1.05, ..*law }, pairs());
    eprintln!("longer: {flagged:?}");
    flagged
}

/// Found in a share of `p` of pairs, or nearly.
fn found(found: usize, p: f64) {
    let (mean, deviation) = binomial(pairs(), p);
    let least = mean - 4.0 * deviation;
    assert!(found as f64 >= least, "{found}, and {least:.1} should be");
}

const AR_5: Law = Law { times: Times::LogNormal { sigma: 0.5, correlation: 0.5 }, ..IID };
const AR_9: Law = Law { times: Times::LogNormal { sigma: 0.5, correlation: 0.9 }, ..IID };
const QUEUE: Law = Law { times: Times::Queue { load: 0.8 }, ..IID };
const TWO_MODES: Law = Law { times: Times::TwoModes { slow: 0.3 }, ..IID };
const STALLS: Law = Law { times: Times::Stalls, ..IID };
const RAMP: Law = Law { rates: (50.0, 283.4), times: Times::Ramp, ..IID };

#[test]
fn the_same_independent_times() {
    same(&IID);
}

#[test]
fn the_same_correlated_times() {
    same(&AR_5);
    same(&AR_9);
}

#[test]
fn the_same_queue() {
    same(&QUEUE);
}

#[test]
fn the_same_two_modes() {
    same(&TWO_MODES);
    // The 90th percentile lies in the gap between them.
    same(&Law { times: Times::TwoModes { slow: 0.1 }, ..IID });
}

#[test]
fn the_same_stalls() {
    same(&STALLS);
}

#[test]
fn the_same_ramp() {
    same(&RAMP);
}

#[test]
fn the_same_in_few_windows() {
    same(&Law { windows: 60, ..IID });
    same(&Law { windows: 20, ..AR_9 });
}

#[test]
fn the_same_bursts_of_errors() {
    same(&Law { failing: (0.01, 20), ..IID });
}

#[test]
fn five_percent_more_are_found() {
    found(longer(&IID).slower, 0.995);
    found(longer(&AR_5).slower, 0.956);
    found(longer(&TWO_MODES).percentiles[1], 0.995);
}

#[test]
fn five_percent_more_are_found_on_a_ramp() {
    found(longer(&RAMP).slower, 0.98);
}
