//! What failed makes no time look better.

use super::watching::{Run, get, journey};
use super::*;

const LIMITS: [&str; 8] = [
    "http p50 < 300ms",
    "http p99 < 300ms",
    "http min < 300ms",
    "http mean < 300ms",
    "http max < 300ms",
    "http stddev < 300ms",
    "http p99 {time=service} < 300ms",
    "http p99 > 0ms",
];

fn refused(runner: &mut Aggregator, n: u64) {
    (0..n).for_each(|_| get(runner, "a", "GET /", 0, 1));
}

fn answered(runner: &mut Aggregator, n: u64, millis: u64) {
    (0..n).for_each(|_| get(runner, "a", "GET /", 200, millis));
}

#[test]
fn where_no_request_gets_a_response_no_limit_on_times_is_kept() {
    let run = Run::of(&LIMITS).second(|r| refused(r, 60)).second(|r| refused(r, 40));
    for (checked, limit) in run.checked().iter().zip(LIMITS) {
        assert_eq!(
            checked.to_string(),
            format!("limit `{limit}` broken: none of 100 samples got a response")
        );
        assert_eq!((checked.kept, checked.value, checked.failed), (false, None, 100));
    }
    let over = Run::of(&["http p99 < 300ms over 2s abort"])
        .second(|r| answered(r, 1_000, 5))
        .second(|r| answered(r, 1_000, 5))
        .second(|r| refused(r, 7))
        .second(|r| refused(r, 7));
    assert_eq!(
        over.told(),
        [
            "limit `http p99 < 300ms over 2s abort` broken: none of 14 samples got a response in the worst 2.0 s, until 00:04; it ended the run at 00:04"
        ]
    );
}

/// 100 responses of 1 to 100 ms, and as many connections that are refused at once.
#[test]
fn half_of_the_requests_refused_do_not_make_the_others_faster() {
    let limits = [
        "http p40 == 80ms",
        "http p50 == 100ms",
        "http median == 100ms",
        "http min == 1ms",
        "http p51 < 1h",
        "http p99 < 300ms",
        "http max < 300ms",
        // Each of those that were refused counts as the slowest response.
        "http mean == 75.25ms",
        "http stddev < 33ms",
    ];
    let run = Run::of(&limits).second(|r| {
        (1..=100).for_each(|n| answered(r, 1, n));
        refused(r, 100);
    });
    let told = run.told();
    let kept: Vec<_> = told.iter().map(|text| text.contains("kept")).collect();
    assert_eq!(kept, [true, true, true, true, false, false, false, true, true], "{told:#?}");
    assert_eq!(
        told[5],
        "limit `http p99 < 300ms` broken: p99 of 200 samples is one of 100 without a response"
    );
}

#[test]
fn one_request_in_a_thousand_that_gets_no_response_is_beyond_p99_9_only() {
    let run = Run::of(&["http p99 < 300ms", "http p99.9 < 300ms", "http p99.91 < 300ms"])
        .second(|r| answered(r, 999, 10))
        .second(|r| refused(r, 1));
    let kept: Vec<_> = run.checked().iter().map(|c| (c.kept, c.samples, c.failed)).collect();
    assert_eq!(kept, [(true, 1_000, 1), (true, 1_000, 1), (false, 1_000, 1)]);
}

#[test]
fn a_timeout_counts_for_as_long_as_it_lasted() {
    let limits =
        ["http p90 == 10ms", "http p91 < 20s", "http mean == 1009ms", "http failed == 10%"];
    let run = Run::of(&limits).second(|r| {
        answered(r, 90, 10);
        (0..10).for_each(|_| get(r, "a", "GET /", 0, 10_000));
    });
    let checked = run.checked();
    let kept: Vec<_> = checked.iter().map(|checked| checked.kept).collect();
    assert_eq!(kept, [true, false, true, true], "{checked:#?}");
}

#[test]
fn thousands_of_times_are_told_apart_too() {
    let limits =
        ["http p10 <= 1.01s", "http p10 >= 0.99s", "http p50 < 1h", "http mean == 4500.1ms"];
    let mut run = Run::of(&limits);
    for second in 0..5 {
        run = run.second(|r| {
            (1..=1_000).for_each(|n| answered(r, 1, second * 1_000 + n));
            refused(r, 1_000);
            (0..3_000).for_each(|n| get(r, "a", "GET /", 0, n % 7_000));
        });
    }
    let told = run.told();
    let kept: Vec<_> = told.iter().map(|text| text.contains("kept")).collect();
    // 5,000 responses of 25,000: rank 2,500 is 2.5 s; the others count as 5 s each.
    assert_eq!(kept, [false, true, false, true], "{told:#?}");
    assert!(told[0].contains("2.5"), "{}", told[0]);
}

#[test]
fn of_transactions_and_journeys_times_count_unless_every_one_failed() {
    let limits = ["transactions p99 < 300ms", "journeys p99 < 300ms", "journeys failed <= 100%"];
    let some = Run::of(&limits)
        .second(|r| (0..3).for_each(|n| journey(r, "shop:buy", 80, n > 0)))
        .checked();
    assert!(some.iter().all(|checked| checked.kept), "{some:#?}");
    assert_eq!((some[0].failed, some[1].failed, some[2].failed), (2, 2, 0));
    let all = Run::of(&limits).second(|r| (0..3).for_each(|_| journey(r, "shop:buy", 80, true)));
    assert_eq!(
        all.told(),
        [
            "limit `transactions p99 < 300ms` broken: each of 3 transactions failed",
            "limit `journeys p99 < 300ms` broken: each of 3 journeys failed",
            "limit `journeys failed <= 100%` kept: 100 % of 3 journeys",
        ]
    );
}

#[test]
fn times_from_when_they_were_meant_to_start_are_told_apart_too() {
    let exchange = |millis, answered: bool| Exchange {
        protocol: "http",
        name: label("GET /"),
        status: answered.then_some(200),
        outcome: if answered { Outcome::Ok } else { Outcome::Failed("connect") },
        took: crate::stats::Took { lag: Some(ms(50)), ..ms(millis).into() },
        received: 0,
        sent: 0,
    };
    let limits = [
        "http p90 == 150ms",
        "http p90 {time=response} == 150ms",
        "http p90 {time=service} == 100ms",
        "http p91 < 1h",
        "http p91 {time=service} < 1h",
    ];
    let run = Run::of(&limits).second(|r| {
        (0..90).for_each(|_| r.exchange(&label("j"), None, &exchange(100, true)));
        (0..10).for_each(|_| r.exchange(&label("j"), None, &exchange(1, false)));
    });
    let told = run.told();
    let kept: Vec<_> = told.iter().map(|text| text.contains("kept")).collect();
    assert_eq!(kept, [true, true, true, false, false], "{told:#?}");
}
