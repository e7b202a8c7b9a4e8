//! Of histories.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::document::{self, Number};

fn counts(schema: u8, millis: u64, n: u64) -> Counts {
    let (time, mut times) = (Duration::from_millis(millis), Exponential::new(schema));
    times.record(time, n);
    let sum = time * n as u32;
    let max = Some(time);
    Counts { count: n, failed: 1, sum, max, received: 10 * n, times, ..Counts::default() }
}

fn seconds(n: f64) -> Duration {
    Duration::from_secs_f64(n)
}

/// A tick of a second, which ends a little late.
fn tick(history: &mut History, second: u64, series: Vec<(u32, Rank, Counts)>) {
    let load = Load {
        running_min: second,
        running_max: second + 1,
        started: 1,
        dropped: [("no_slot".to_owned(), second % 2)].into(),
        cpu: vec![Duration::from_millis(500)],
        ..Load::default()
    };
    let late = |second: u64| seconds(second as f64 + if second == 0 { 0.0 } else { 0.003 });
    history.add(late(second), late(second + 1), &load, series);
}

fn values(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|n| n.get()).collect()
}

#[test]
fn merging_neighbours_is_exact() {
    let mut fine = History::new(Limits { windows: 1_000, ..Limits::default() });
    let mut merged = History::new(Limits { windows: 8, ..Limits::default() });
    let mut random = fastrand::Rng::with_seed(7);
    for second in 0..100 {
        let (millis, n) = (random.u64(1..5_000), random.u64(1..50));
        for history in [&mut fine, &mut merged] {
            tick(history, second, vec![(0, Rank::Total, counts(5, millis, n))]);
        }
    }
    let (fine, merged) = (fine.columns(), merged.columns());
    assert_eq!((fine.t_s.len(), merged.t_s.len()), (100, 7)); // 100 = 6 × 16 + 4
    let (a, b) = (&fine.series[&0], &merged.series[&0]);
    for (k, at) in (0..100).step_by(16).enumerate() {
        let to = (at + 16).min(100);
        assert_eq!(b.count[k], a.count[at..to].iter().sum::<u64>());
        assert_eq!(b.failed[k], (to - at) as u64);
        assert_eq!(b.received_bytes[k], a.received_bytes[at..to].iter().sum::<u64>());
        assert_eq!(
            b.max_s[k],
            *a.max_s[at..to].iter().max_by(|x, y| x.partial_cmp(y).unwrap()).unwrap()
        );
        let sum: f64 = values(&a.sum_s[at..to]).iter().sum();
        assert!((b.sum_s[k].get() - sum).abs() < 1e-6);
        let mut whole = BTreeMap::new();
        for j in at..to {
            for (i, n) in (a.hist.first[j]..).zip(&a.hist.counts[j]) {
                *whole.entry(i).or_insert(0) += n;
            }
        }
        whole.retain(|_, n| *n > 0);
        let sums: BTreeMap<_, _> = (b.hist.first[k]..)
            .zip(b.hist.counts[k].iter().copied())
            .filter(|(_, n)| *n > 0)
            .collect();
        assert_eq!(sums, whole, "window {k}");
        assert_eq!(merged.running_min[k], at as u64);
        assert_eq!(merged.running_max[k], to as u64);
        assert_eq!(merged.started[k], (to - at) as u64);
        assert_eq!(merged.dropped["no_slot"][k], (to - at) as u64 / 2);
    }
    let total: f64 = values(&merged.length_s).iter().sum();
    assert!((total - 100.003).abs() < 1e-6, "{total}");
    let share = merged.cpu[0][0].expect("a runner");
    assert!((share.get() - 0.5).abs() < 0.001);
}

#[test]
fn a_day_takes_no_more_memory_than_an_hour() {
    let mut history = History::new(Limits { series: 8, ..Limits::default() });
    // All totals and series have all buckets from 100 µs to 10 s in each window.
    let wide = |schema| {
        let mut times = Exponential::new(schema);
        (0..=160).for_each(|i| times.record(seconds(1e-4 * 2_f64.powf(f64::from(i) / 10.0)), 1));
        let sum = seconds(60.0);
        Counts { count: times.count(), sum, times, ..Counts::default() }
    };
    let (total, single) = (wide(5), wide(3));
    let mut most = 0;
    for second in 0..86_400 {
        let totals = (0..3).map(|id| (id, Rank::Total, total.clone()));
        let series = (3..13).map(|id| (id, Rank::Series, single.clone()));
        tick(&mut history, second, totals.chain(series).collect());
        if second == 3_600 {
            most = history.heap_bytes();
        }
        assert!(history.len() <= 256);
    }
    // 256 windows × (3 totals of 513 buckets + 8 series of 129) × 8 bytes,
    // and what a Vec may keep to spare.
    let bound = 256 * (3 * 513 + 8 * 129) * 8 * 2;
    let bytes = history.heap_bytes();
    assert!(bytes <= bound, "{bytes} of {bound}");
    assert!(bytes <= most * 2, "{bytes} after a day, {most} after an hour");
    let columns = history.columns();
    let count: u64 = columns.series[&0].count.iter().sum();
    assert_eq!(count, 86_400 * 161);
    assert_eq!((history.left_out(), columns.series.len()), (2, 11));
    assert_eq!(columns.t_s.len(), 169); // of 512 seconds
}

#[test]
fn the_series_with_most_time_have_the_places() {
    let mut history = History::new(Limits { series: 2, windows: 4, ..Limits::default() });
    for second in 0..8 {
        // Series 1 and 2 came first; 3 takes longer, from second 2 on.
        let mut series =
            vec![(1, Rank::Series, counts(3, 10, 1)), (2, Rank::Series, counts(3, 20, 1))];
        if second >= 2 {
            series.push((3, Rank::Series, counts(3, 30, 1)));
        }
        tick(&mut history, second, series);
    }
    let columns = history.columns();
    assert_eq!(columns.series.keys().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(history.left_out(), 1);
    assert_eq!(columns.t_s.len(), 4);
    // 3 had more than twice the time of 1 in second 3 (60 ms against 40: no),
    // 4 (90 against 50: no), 5 (120 against 60: no), 6 (150 against 70).
    let late = &columns.series[&3];
    assert_eq!((late.first_window, &*late.count), (3, &[0, 0, 0, 2][..]));
    let early = &columns.series[&2];
    assert_eq!((early.first_window, &*early.count), (0, &[2, 2, 2, 2][..]));
}

#[test]
fn a_late_tick_makes_a_longer_window_and_loses_nothing() {
    let mut history = History::new(Limits::default());
    let one = || vec![(0, Rank::Total, counts(5, 10, 1))];
    history.add(seconds(0.0), seconds(1.0), &Load::default(), one());
    history.add(seconds(1.0), seconds(4.2), &Load::default(), one());
    history.add(seconds(4.2), seconds(5.0), &Load::default(), one());
    let columns = history.columns();
    assert_eq!(values(&columns.t_s), [0.0, 1.0, 4.2]);
    assert_eq!(values(&columns.length_s), [1.0, 3.2, 0.8]);
    assert_eq!(columns.series[&0].count, [1, 1, 1]);
}

#[test]
fn gaps_do_not_break_the_bound() {
    let mut history = History::new(Limits { windows: 4, ..Limits::default() });
    for n in 0..50_u32 {
        let from = seconds(f64::from(n * n));
        history.add(from, from + seconds(1.0), &Load::default(), []);
        assert!(history.len() <= 4);
    }
}

#[test]
fn columns_keep_the_rules_of_the_format() {
    let mut history = History::new(Limits::default());
    for second in 0..10 {
        tick(&mut history, second, vec![(0, Rank::Total, counts(5, 10, second))]);
    }
    let document = document::Document {
        series: vec![document::Series::default()],
        windows: history.columns(),
        ..document::Document::default()
    };
    assert_eq!(document.check(), Ok(()));
}

#[test]
fn the_last_minute_is_kept_in_seconds_and_nothing_twice() {
    let mut history = History::new(Limits { windows: 8, ..Limits::default() });
    for second in 0..500 {
        tick(&mut history, second, vec![(0, Rank::Total, counts(5, 10, 1))]);
    }
    let all = history.columns_since(Duration::ZERO);
    let lengths = values(&all.length_s);
    assert!(lengths.len() <= 68 && lengths[lengths.len() - 60..].iter().all(|l| *l < 1.01));
    for j in 1..lengths.len() {
        let before = all.t_s[j - 1].get() + lengths[j - 1];
        assert!((all.t_s[j].get() - before).abs() < 1e-6, "window {j}");
    }
    assert_eq!(all.series[&0].count.iter().sum::<u64>(), 500);
    // As a page that knows the rest asks for it.
    let last = history.columns_since(seconds(497.5));
    assert_eq!((last.t_s.len(), &*last.series[&0].count), (2, &[1, 1][..]));
    let whole = history.columns();
    assert!(whole.t_s.len() <= 8);
    assert_eq!(whole.series[&0].count.iter().sum::<u64>(), 500);
}

#[test]
fn who_asks_for_what_came_since_is_told_if_that_is_not_all() {
    let mut history = History::new(Limits { windows: 4, recent: 10, ..Limits::default() });
    (0..10).for_each(|second| tick(&mut history, second, vec![]));
    assert!(history.are_all_since(seconds(0.0001)), "nothing is merged yet");
    (10..40).for_each(|second| tick(&mut history, second, vec![]));
    // The recent ones are 30 to 39; those before are merged.
    for (known, all) in [(39.003, true), (30.003, true), (28.003, false), (13.003, false)] {
        let since = seconds(known + 0.0001);
        assert_eq!(history.are_all_since(since), all, "{known}");
        let told: f64 = values(&history.columns_since(since).length_s).iter().sum();
        assert_eq!((told - (39.0 - known + 0.003)).abs() < 1e-6, all, "{known}: {told}");
    }
}
