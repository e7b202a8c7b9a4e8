//! Results whose figures are known, for tests.

use crate::document::{
    Document, Failure, Hist, Host, Limit, Line, Number, Phases, Run, Series, SeriesKind,
    SeriesWindows, Times, Verdict, Windows,
};

fn number(value: f64) -> Number {
    Number::new(value).expect("finite")
}

fn times() -> Times {
    let p = [(50.0, 0.041), (90.0, 0.098), (95.0, 0.122), (99.0, 0.412)];
    Times {
        count: 100,
        min_s: number(0.022),
        mean_s: number(0.054),
        max_s: number(1.2),
        p: p.map(|(percent, time)| (number(percent), number(time))).to_vec(),
        interval99: vec![
            (number(50.0), Some(number(0.04)), Some(number(0.042))),
            (number(99.0), Some(number(0.3)), None),
        ],
        ..Times::default()
    }
}

/// All requests and one transaction, a limit that is missed and one that is met.
pub(super) fn document() -> Document {
    let all = Series {
        count: 100,
        failed: 1,
        rate_per_s: Some(number(20.0)),
        service: Some(times()),
        phases: Some(Phases { first_byte: Some(times()), ..Phases::default() }),
        ..Series::default()
    };
    let pay = Series {
        id: 1,
        kind: SeriesKind::Transaction,
        journey: Some("shop:buy".into()),
        name: Some("pay".into()),
        phases: None,
        ..all.clone()
    };
    let never = Series {
        id: 2,
        name: Some("never".into()),
        kind: SeriesKind::Request,
        ..Series::default()
    };
    // 10 ms lies in this bucket.
    let first = crate::windows::index(5, std::time::Duration::from_millis(10));
    let windows = |first_window: usize, busy: usize| {
        let at = |n: u64| (0..2).map(|j| if j == busy { n } else { 0 }).collect::<Vec<u64>>();
        SeriesWindows {
            first_window,
            count: at(3),
            failed: at(1),
            received_bytes: at(300),
            max_s: (0..2).map(|j| (j == busy).then(|| number(0.01))).collect(),
            hist: Hist {
                schema: 5,
                first: vec![first; 2],
                counts: (0..2).map(|j| if j == busy { vec![0, 3] } else { vec![] }).collect(),
            },
            ..SeriesWindows::default()
        }
    };
    Document {
        run: Run {
            id: "7f3a".into(),
            test: "shop:rush_hour".into(),
            started: "2026-11-25T12:00:00.000Z".into(),
            elapsed_s: number(5.0),
            labels: [("commit".to_owned(), "3f2c1".into())].into(),
            host: Host { name: Some("ci-7".into()), ..Host::default() },
            ..Run::default()
        },
        verdict: Verdict {
            exit_code: 1,
            limits: vec![
                Limit {
                    expression: "http p99 < 300ms".into(),
                    scope: [("transaction".to_owned(), "pay".into())].into(),
                    value: Some(number(0.412)),
                    limit: number(0.3),
                    unit: Some("s".into()),
                    samples: 100,
                    failed: 0,
                    ok: false,
                },
                Limit {
                    expression: "errors rate < 1%".into(),
                    value: Some(number(0.005)),
                    limit: number(0.01),
                    unit: Some("share".into()),
                    samples: 100,
                    failed: 0,
                    ok: true,
                    ..Limit::default()
                },
            ],
            ..Verdict::default()
        },
        lines: vec![Line { journey: "shop:buy".into(), ..Line::default() }],
        series: vec![all, pay, never],
        windows: Windows {
            t_s: vec![number(0.0), number(1.0)],
            length_s: vec![number(1.0); 2],
            series: [(0, windows(0, 0)), (1, windows(1, 1))].into(),
            ..Windows::default()
        },
        failures: vec![Failure {
            count: 1,
            kind: "error".into(),
            text: "503 <Unavailable>|x".into(),
            journey: Some("shop:buy".into()),
            transaction: Some("pay".into()),
            location: Some("src/buy.rs:41".into()),
            ..Failure::default()
        }],
        ..Document::default()
    }
}

/// The same with histograms.
pub(super) fn measured() -> Document {
    let mut micros =
        hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000, 3).expect("valid bounds");
    (1..=100).for_each(|ms| micros.record(ms * 1_000).expect("below an hour"));
    let mut document = document();
    for series in &mut document.series[..2] {
        series.service = Times::of(&micros);
    }
    document
}
