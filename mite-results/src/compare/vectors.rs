//! The figures against those of the reference, on seeded pairs of runs.

use serde_json::Value;

use super::estimate::{self, Estimate, Pairing, residuals};
use super::figure::{Bounds, Figure, Kind, Outcome, judge};
use super::sample::{Bucket, Row, Sample};
use super::spread::together;
use super::student::t_quantile;

fn vectors() -> Vec<Value> {
    let text = include_str!("../../tests/data/compare_vectors.json");
    let file: Value = serde_json::from_str(text).expect("the vectors are JSON");
    file["vectors"].as_array().expect("there are some").clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number")).collect()
}

fn sample(run: &Value) -> Sample {
    assert_eq!(run["schema"], 5);
    let rows = run["first"].as_array().expect("a list").iter();
    let rows = rows.zip(run["hist"].as_array().expect("a list")).map(|(first, counts)| Row {
        first: first.as_i64().expect("whole") as i32,
        counts: numbers(counts).into_iter().map(|n| n as u64).collect(),
    });
    let bucket = |bucket: &Value| {
        let [low_us, width_us, count] = numbers(bucket)[..] else { panic!("three numbers") };
        Bucket { low_us, width_us, count }
    };
    Sample {
        lengths: numbers(&run["window_s"]),
        counts: numbers(&run["count"]),
        failed: numbers(&run["failed"]),
        sums: None,
        rows: rows.collect(),
        total: run["total"].as_array().expect("a list").iter().map(bucket).collect(),
    }
}

pub(super) fn bounds() -> Bounds {
    Bounds {
        alpha: 0.002,
        margin: 0.02,
        same: 0.05,
        error_margin: 0.001,
        error_same: 0.005,
        run_noise: None,
    }
}

/// Within 2e-6 of the expected number; null is infinite.
fn near(what: &str, value: f64, expected: &Value) {
    match expected.as_f64() {
        None => assert!(value.is_infinite(), "{what}: {value}, not infinite"),
        Some(expected) => {
            let error = (value - expected).abs() / expected.abs().max(1e-3);
            assert!(error < 2e-6, "{what}: {value}, not {expected}");
        }
    }
}

fn check(name: &str, kind: Kind, estimate: &Estimate<'_>, expected: &Value) -> Figure {
    let what = |key: &str| format!("{name} {kind} {key}");
    let figure = judge(kind, estimate, &bounds(), (1.0, 1.0), true);
    let t = t_quantile(0.999, estimate.df);
    let (low, high) = (estimate.ends)(t);
    let details = &estimate.details;
    assert_eq!(Value::from(details.batches), expected["b"], "{}", what("b"));
    assert_eq!(Value::from(estimate.df), expected["df"], "{}", what("df"));
    near(&what("rho"), details.lag, &expected["rho"]);
    near(&what("g"), details.widening, &expected["g"]);
    near(&what("t"), t, &expected["t"]);
    near(&what("d"), estimate.change, &expected["d"]);
    near(&what("L"), low, &expected["L"]);
    near(&what("U"), high, &expected["U"]);
    if let Some(least) = figure.least {
        near(&what("least"), least, &expected["least"]);
    }
    let word = figure.word().expect("it is judged");
    assert_eq!(word, expected["verdict"], "{}", what("verdict"));
    figure
}

#[test]
fn every_figure_of_every_vector_is_that_of_the_reference() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let name = vector["name"].as_str().expect("a name");
        let (a, b) = (sample(&vector["a"]), sample(&vector["b"]));
        let expected = &vector["expected"];
        let pairing = Pairing::of(&a, &b);
        assert_eq!(Value::from(pairing.paired), expected["paired"], "{name}");
        let (_, correlation) = together(&a.rank_scores(), &b.rank_scores());
        near(&format!("{name} correlation"), correlation, &expected["score_corr"]);
        for (key, run) in [("scores_a", &a), ("scores_b", &b)] {
            let scores = run.rank_scores();
            for (score, expected) in scores.iter().zip(expected[key].as_array().expect("a list")) {
                near(&format!("{name} {key}"), *score, expected);
            }
        }
        for p in [0.5, 0.9, 0.99] {
            let expected = &expected[p.to_string()];
            for (run, r, floor) in [(&a, "residuals_a", "floor_a"), (&b, "residuals_b", "floor_b")]
            {
                let (residuals, variance) = residuals(run, p);
                near(&format!("{name} {floor}"), variance, &expected[floor]);
                for (residual, expected) in
                    residuals.iter().zip(expected[r].as_array().expect("a list"))
                {
                    near(&format!("{name} {r}"), *residual, expected);
                }
            }
            let estimate = estimate::quantile(&a, &b, &pairing, p).expect("enough windows");
            let kind = Kind::Percentile(p * 100.0);
            check(name, kind, &estimate, expected);
            near(&format!("{name} q_a"), estimate.values.0, &expected["q_a"]);
            near(&format!("{name} q_b"), estimate.values.1, &expected["q_b"]);
            near(&format!("{name} V_a"), estimate.details.variances.0, &expected["V_a"]);
            near(&format!("{name} V_b"), estimate.details.variances.1, &expected["V_b"]);
            near(&format!("{name} tau"), estimate.details.tau.expect("there"), &expected["tau"]);
        }
        let rate = estimate::rate(&a, &b).expect("enough windows");
        check(name, Kind::Rate, &rate, &expected["rate"]);
        near(&format!("{name} V"), rate.details.variances.0, &expected["rate"]["V"]);
        let errors = estimate::errors(&a, &b).expect("enough windows");
        check(name, Kind::Errors, &errors, &expected["errors"]);
        near(&format!("{name} deff"), errors.details.variances.0, &expected["errors"]["deff"]);
    }
}

/// The figures of a pair, judged as the reference does.
fn figures(a: &Sample, b: &Sample) -> Vec<Figure> {
    let pairing = Pairing::of(a, b);
    let mut kinds: Vec<(Kind, Option<Estimate<'_>>)> = [0.5, 0.9, 0.99]
        .into_iter()
        .map(|p| (Kind::Percentile(p * 100.0), estimate::quantile(a, b, &pairing, p)))
        .collect();
    kinds.push((Kind::Rate, estimate::rate(a, b)));
    kinds.push((Kind::Errors, estimate::errors(a, b)));
    let judged = |(kind, e): (Kind, Option<Estimate<'_>>)| {
        judge(kind, &e.expect("enough windows"), &bounds(), (a.n(), b.n()), true)
    };
    kinds.into_iter().map(judged).collect()
}

fn outcomes(figures: &[Figure]) -> Vec<Outcome> {
    figures.iter().map(|figure| figure.outcome.expect("judged")).collect()
}

#[test]
fn swapping_the_runs_swaps_the_interval() {
    for vector in vectors() {
        let (a, b) = (sample(&vector["a"]), sample(&vector["b"]));
        let pairing = (Pairing::of(&a, &b), Pairing::of(&b, &a));
        for p in [0.5, 0.9, 0.99] {
            let one = estimate::quantile(&a, &b, &pairing.0, p).expect("enough windows");
            let two = estimate::quantile(&b, &a, &pairing.1, p).expect("enough windows");
            assert_eq!(one.df, two.df);
            assert!((one.change + two.change).abs() < 1e-9);
            let ((l1, u1), (l2, u2)) = ((one.ends)(3.3), (two.ends)(3.3));
            assert!(l1 == -u2 || (l1 + u2).abs() < 1e-9, "{l1} {u2}");
            assert!(u1 == -l2 || (u1 + l2).abs() < 1e-9, "{u1} {l2}");
        }
    }
}

/// 40 windows of 100 samples that all take 10 ms, none failed.
fn still() -> Sample {
    let index = crate::windows::index(5, std::time::Duration::from_millis(10));
    Sample {
        lengths: vec![1.0; 40],
        counts: vec![100.0; 40],
        failed: vec![0.0; 40],
        sums: None,
        rows: vec![Row { first: index, counts: vec![100] }; 40],
        total: vec![Bucket { low_us: 10_000.0, width_us: 8.0, count: 4_000.0 }],
    }
}

#[test]
fn times_that_are_all_equal_are_the_same() {
    let (a, b) = (still(), still());
    let pairing = Pairing::of(&a, &b);
    let median = estimate::quantile(&a, &b, &pairing, 0.5).expect("enough windows");
    let floor = residuals(&a, 0.5).1;
    assert_eq!(median.details.variances, (floor, floor));
    assert_eq!(median.df, 78); // 39 and 39: rounding is no variance
    assert_eq!(outcomes(&figures(&a, &b)), [Outcome::Same; 5]);
}

#[test]
fn empty_windows_are_no_fault() {
    let mut a = sample(&vectors()[0]["a"]);
    let b = sample(&vectors()[0]["b"]);
    a.lengths.push(1.0);
    a.counts.push(0.0);
    a.failed.push(0.0);
    a.rows.push(Row::default());
    let mut longer = b.clone();
    longer.lengths.push(1.0);
    longer.counts.push(0.0);
    longer.failed.push(0.0);
    longer.rows.push(Row::default());
    for figure in figures(&a, &longer) {
        assert!(figure.change.is_finite(), "{figure:?}");
    }
}

#[test]
fn one_window_of_errors_is_undecided() {
    let (a, mut b) = (still(), still());
    b.failed[17] = 100.0;
    let errors = estimate::errors(&a, &b).expect("enough windows");
    let figure = judge(Kind::Errors, &errors, &bounds(), (4e3, 4e3), true);
    assert_eq!(figure.outcome, Some(Outcome::Undecided));
}

#[test]
fn twice_the_time_is_slower_everywhere() {
    let a = sample(&vectors()[1]["a"]);
    let mut b = a.clone();
    b.rows.iter_mut().for_each(|row| row.first += 32);
    for bucket in &mut b.total {
        bucket.low_us *= 2.0;
        bucket.width_us *= 2.0;
    }
    let pairing = Pairing::of(&a, &b);
    assert!(pairing.paired);
    for p in [0.5, 0.9, 0.99] {
        let estimate = estimate::quantile(&a, &b, &pairing, p).expect("enough windows");
        assert!((estimate.change - 2_f64.ln()).abs() < 1e-9, "{}", estimate.change);
        let figure = judge(Kind::Percentile(p), &estimate, &bounds(), (1.0, 1.0), true);
        assert_eq!(figure.outcome, Some(Outcome::Worse), "p {p}");
    }
}

#[test]
fn seven_windows_are_too_few() {
    let cut = |mut sample: Sample| {
        sample.counts.truncate(7);
        sample.lengths.truncate(7);
        sample.failed.truncate(7);
        sample.rows.truncate(7);
        sample.total[0].count = 700.0;
        sample
    };
    let (a, b) = (cut(still()), cut(still()));
    assert!(estimate::quantile(&a, &b, &Pairing::of(&a, &b), 0.5).is_none());
    assert!(estimate::rate(&a, &b).is_none());
    assert!(estimate::errors(&a, &b).is_none());
}
