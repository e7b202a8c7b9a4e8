//! Of what is said of runs, second by second: when they were slow or silent, to whom, and
//! whether the generator may have been the cause.

use std::time::Duration;

use super::in_short;
use crate::document::{Document, Series, SeriesKind, Validity};
use crate::windows::{Counts, Exponential, History, Limits, Load, Rank, TOTAL_SCHEMA};

/// Times in milliseconds, and how many took them.
type Times = Vec<(u64, u64)>;

fn counts(schema: u8, of: &Times) -> Counts {
    let mut times = Exponential::new(schema);
    of.iter().for_each(|(ms, n)| times.record(Duration::from_millis(*ms), *n));
    Counts {
        count: times.count(),
        sum: of.iter().map(|(ms, n)| Duration::from_millis(ms * n)).sum(),
        max: of.iter().map(|(ms, _)| Duration::from_millis(*ms)).max(),
        times,
        ..Counts::default()
    }
}

/// A minute of 20 journeys in flight: for each second, times of `pay` and of `list`, which
/// all requests are made of, and by how many milliseconds loops of the generator were late.
fn minute(of: impl Fn(u64) -> (Times, Times, u64)) -> Document {
    run(60, Limits::default(), of)
}

fn run(seconds: u64, limits: Limits, of: impl Fn(u64) -> (Times, Times, u64)) -> Document {
    let mut history = History::new(limits);
    let mut total = 0;
    for second in 0..seconds {
        let (pay, list, late) = of(second);
        let load = Load {
            running_min: 20,
            running_max: 20,
            cpu: vec![Duration::from_millis(200)],
            loop_lag_max: Some(Duration::from_millis(late)),
            ..Load::default()
        };
        let all = counts(TOTAL_SCHEMA, &[pay.clone(), list.clone()].concat());
        total += all.count;
        let series = [
            (0, Rank::Total, all),
            (1, Rank::Series, counts(3, &pay)),
            (2, Rank::Series, counts(3, &list)),
        ];
        let at = Duration::from_secs(second);
        history.add(at, at + Duration::from_secs(1), &load, series);
    }
    let series = |id, kind, name: Option<&str>| Series {
        id,
        kind,
        journey: name.map(|_| "shop:buy".into()),
        name: name.map(Into::into),
        count: total,
        ..Series::default()
    };
    let transaction = SeriesKind::Transaction;
    Document {
        series: vec![
            series(0, SeriesKind::AllRequests, None),
            series(1, transaction, Some("pay")),
            series(2, transaction, Some("list")),
        ],
        windows: history.columns(),
        ..Document::default()
    }
}

/// The sentences on times over time: without the amount before, and the generator after.
fn told(document: &Document) -> Vec<String> {
    let mut all = in_short(document);
    all.pop();
    all.split_off(1)
}

#[test]
fn a_service_that_stops_answering_for_good_is_not_even() {
    let fast = || vec![(10, 50)];
    let sentences = told(&minute(|second| match second {
        0..3 => (fast(), fast(), 1),
        _ => (vec![], vec![], 1),
    }));
    assert_eq!(
        sentences,
        [
            "Nothing ended from 00:03 to the end, while 20 journeys were in flight.",
            "In that stretch the load generator's CPU was at most 20 % of a core, its loops were at most 1.00 ms late: not enough to be the cause.",
        ]
    );
}

#[test]
fn a_silence_in_between_is_told_and_a_generator_that_stood_still_is_named() {
    let sentences = told(&minute(|second| match second {
        20..25 => (vec![], vec![], if second == 22 { 4_500 } else { 1 }),
        _ => (vec![(10, 50)], vec![(10, 50)], 1),
    }));
    assert_eq!(
        sentences,
        [
            "Nothing ended from 00:20 to 00:25, while 20 journeys were in flight.",
            "In that stretch the load generator's CPU was at most 20 % of a core, its loops were at most 4.50 s late: it may be the cause, or a part of it.",
        ]
    );
}

/// Twenty journeys at a service that does not answer for three seconds, five times, and
/// then takes `longest` for what waited.
fn outages(longest: u64) -> Vec<String> {
    told(&minute(|second| match second % 10 {
        5..8 if second < 50 => (vec![], vec![], 1),
        8 if second < 50 => (vec![(10, 500), (longest, 20)], vec![(10, 500)], 1),
        _ => (vec![(10, 500)], vec![(10, 500)], 1),
    }))
}

#[test]
fn several_equal_outages_are_told_each_with_its_time() {
    assert_eq!(
        outages(3_000)[0],
        "Nothing ended from 00:05 to 00:08, while 20 journeys were in flight. There were 4 more \
         stretches like it: 00:15 to 00:18, 00:25 to 00:28, 00:35 to 00:38, 00:45 to 00:48."
    );
    assert!(!outages(3_000).iter().any(|sentence| sentence.contains("even")));
}

#[test]
fn journeys_that_wait_again_and_again_are_no_outages() {
    let sentences = outages(10);
    assert_eq!(sentences.len(), 1);
    assert!(sentences[0].starts_with("Times were even: "), "{sentences:?}");
}

#[test]
fn of_many_equal_stretches_some_are_told_with_their_time() {
    let sentences = told(&run(120, Limits::default(), |second| match second % 12 {
        5..8 => (vec![(4_000, 20)], vec![(4_000, 20)], 1),
        _ => (vec![(10, 50)], vec![(10, 50)], 1),
    }));
    let told = " There were 9 more stretches like it: 00:17 to 00:20, 00:29 to 00:32, 00:41 to \
                00:44, 00:53 to 00:56, 01:05 to 01:08, and 4 more.";
    assert!(sentences[0].starts_with("From 00:05 to 00:08 it was slow"), "{sentences:?}");
    assert!(sentences[0].ends_with(told), "{sentences:?}");
}

#[test]
fn what_was_slow_for_most_of_the_run_is_not_even() {
    let sentences = told(&minute(|second| {
        let ms = if second < 20 { 10 } else { 4_000 };
        (vec![(ms, 50)], vec![(ms, 50)], 1)
    }));
    assert_eq!(
        sentences,
        ["Times were not even: 90 % took at most 10.1 ms at 00:00, and 3.99 s at 00:20."]
    );
}

#[test]
fn what_was_even_is_even() {
    let sentences = told(&minute(|second| (vec![(10 + second % 2 * 10, 50)], vec![(10, 50)], 1)));
    assert_eq!(sentences.len(), 1);
    assert!(sentences[0].starts_with("Times were even: of each window, 90 % took"));
}

#[test]
fn the_longest_of_a_thousand_is_no_slow_transaction() {
    // `list` has one of a hundred times the length in every second, and is no slower then.
    let sentences = told(&minute(|second| {
        let pay = if (20..25).contains(&second) { 4_000 } else { 10 };
        (vec![(pay, 100)], vec![(10, 190), (1_000, 1)], 1)
    }));
    let hit = sentences.iter().find(|s| s.starts_with("It hit")).expect("said");
    assert_eq!(
        hit,
        "It hit 1 of 2 transactions: shop:buy, pay (90 % up to 3.97 s, usually 10.0 ms)."
    );
}

#[test]
fn single_times_are_not_a_slow_stretch() {
    let sentences = told(&minute(|second| {
        let ms = if second == 30 { 4_000 } else { 10 };
        (vec![(ms, 1)], vec![], 1)
    }));
    assert_eq!(sentences, [""; 0]);
}

#[test]
fn one_timeout_does_not_excuse_a_late_generator() {
    let late = |validity| {
        let mut document = minute(|second| match second {
            20 => (vec![(100, 98), (30_000, 1)], vec![], 60),
            21 => (vec![(100, 98)], vec![], 2),
            _ => (vec![(10, 98)], vec![], 1),
        });
        document.verdict.validity = validity;
        told(&document).into_iter().find(|s| s.starts_with("In that stretch")).expect("said")
    };
    assert_eq!(
        late(Validity::Valid),
        "In that stretch the load generator's CPU was at most 20 % of a core, its loops were at most 60.0 ms late: it may be the cause, or a part of it."
    );
}

#[test]
fn a_generator_is_cleared_only_where_the_run_is_valid() {
    let verdict = |validity| {
        let mut document =
            minute(|second| (vec![(if second == 20 { 4_000 } else { 10 }, 98)], vec![], 1));
        document.verdict.validity = validity;
        let said = told(&document).into_iter().find(|s| s.starts_with("In that stretch"));
        said.expect("said").rsplit(": ").next().expect("it").to_owned()
    };
    assert_eq!(verdict(Validity::Valid), "not enough to be the cause.");
    for validity in [Validity::Suspect, Validity::Invalid, Validity::Unknown] {
        assert_eq!(verdict(validity), "it may be the cause, or a part of it.");
    }
}

#[test]
fn a_mean_of_cpu_is_called_one_and_clears_nobody() {
    let limits = Limits { windows: 16, ..Limits::default() };
    let mut document = run(64, limits, |second| {
        let ms = if (32..40).contains(&second) { 4_000 } else { 10 };
        (vec![(ms, 98)], vec![], 1)
    });
    let said = |document: &Document| {
        told(document).into_iter().find(|s| s.starts_with("In that stretch")).expect("said")
    };
    assert!(said(&document).starts_with(
        "In that stretch the load generator's CPU was at most 20 % of a core in the mean of 4.00 s,"
    ));
    document.windows.loop_lag_max_s.clear();
    assert_eq!(
        said(&document),
        "In that stretch the load generator's CPU was at most 20 % of a core in the mean of 4.00 s: that does not tell whether it was the cause."
    );
}
