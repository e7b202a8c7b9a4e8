//! Random arrivals are a Poisson process.

use super::random::poisson;
use super::*;
use crate::volume::secs;

/// Arrivals of a rate, in windows of a second; the integral of the rate up to each.
fn process(seed: u64, line: u32, piece: Piece) -> Vec<f64> {
    let mut sealer = Sealer::poisson(seed, line);
    let mut at = Vec::new();
    for window in 0..piece.end.as_secs() {
        let (start, end) = (secs(window), secs(window + 1));
        let segment =
            sealer.seal(window, start, end, piece.within(start, end).into_iter().collect());
        at.extend(segment.into_iter().map(|arrival| arrival.at));
    }
    let integral = |at| piece.within(secs(0), at).map_or(0.0, |piece| piece.integral());
    at.into_iter().map(integral).collect()
}

/// The Kolmogorov–Smirnov statistic of gaps that should be exponential with mean 1,
/// times the root of their number: above 1.63 in one of a hundred samples.
fn deviation(at: &[f64]) -> f64 {
    let mut gaps: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_by(f64::total_cmp);
    let n = gaps.len() as f64;
    let far = gaps.iter().enumerate().map(|(i, gap)| {
        let expected = 1.0 - (-gap).exp();
        (expected - i as f64 / n).abs().max(((i + 1) as f64 / n - expected).abs())
    });
    far.fold(0.0, f64::max) * n.sqrt()
}

#[test]
fn gaps_are_exponential_at_any_rate() {
    let constant = |rate, seconds: u32| Piece::constant(secs(0), secs(seconds), rate);
    for seed in [1, 2, 3] {
        for piece in [
            constant(0.5, 4000),
            constant(20.0, 100),
            constant(5000.0, 4),
            Piece { start: secs(0), end: secs(40), from: 0.0, to: 200.0 },
        ] {
            let at = process(seed, 1, piece);
            let (n, whole) = (at.len() as f64, piece.integral());
            assert!((n - whole).abs() < 4.0 * whole.sqrt(), "{n} of {whole}");
            assert!(deviation(&at) < 1.63, "seed {seed}, {piece:?}: {}", deviation(&at));
        }
    }
    // The test can fail: even arrivals are no Poisson process.
    let even: Vec<f64> = (0..2000).map(f64::from).collect();
    assert!(deviation(&even) > 10.0);
}

#[test]
fn numbers_have_mean_and_variance_of_a_poisson_distribution() {
    for mean in [0.1, 1.0, 20.0, 128.0] {
        let n = 20_000;
        let numbers: Vec<f64> = (0..n).map(|seed| f64::from(poisson(mean, seed))).collect();
        let average = numbers.iter().sum::<f64>() / n as f64;
        let squares = numbers.iter().map(|x| (x - average).powi(2)).sum::<f64>();
        let variance = squares / (n - 1) as f64;
        // Four standard errors: of the mean, and of the variance, whose own is
        // (m + 2m²) / n.
        let (of_mean, of_variance) =
            ((mean / n as f64).sqrt(), ((mean + 2.0 * mean * mean) / n as f64).sqrt());
        assert!((average - mean).abs() < 4.0 * of_mean, "mean {average} of {mean}");
        assert!((variance - mean).abs() < 4.0 * of_variance, "variance {variance} of {mean}");
    }
    assert_eq!(poisson(0.0, 5), 0);
}

#[test]
fn windows_of_thousands_have_the_variance_of_their_number() {
    // Their parts are drawn apart, so what is tested is the sum.
    let mut sealer = Sealer::poisson(9, 1);
    let counts: Vec<f64> = (0..2000)
        .map(|window| {
            let (start, end) = (secs(window), secs(window + 1));
            let pieces = vec![Piece::constant(start, end, 1000.0)];
            sealer.seal(window, start, end, pieces).scheduled() as f64
        })
        .collect();
    let n = counts.len() as f64;
    let average = counts.iter().sum::<f64>() / n;
    let variance = counts.iter().map(|x| (x - average).powi(2)).sum::<f64>() / (n - 1.0);
    assert!((average - 1000.0).abs() < 4.0 * (1000.0 / n).sqrt(), "mean {average}");
    assert!((variance - 1000.0).abs() < 4.0 * (2e6 / n).sqrt(), "variance {variance}");
}

#[test]
fn a_seed_and_a_line_make_a_schedule_of_their_own() {
    let piece = Piece::constant(secs(0), secs(10), 50.0);
    assert_eq!(process(1, 1, piece), process(1, 1, piece));
    assert_ne!(process(1, 1, piece), process(2, 1, piece));
    assert_ne!(process(1, 1, piece), process(1, 2, piece));
}
