use std::time::Duration;

use super::*;
use crate::stats::{Aggregator, Board, Limits, OVERFLOW, RunStatus, Tally};

fn labels<'a>(pairs: &[(&'a str, &'a str)]) -> Labels<'a> {
    let mut labels = Labels::new();
    pairs.iter().for_each(|(name, value)| labels.set(name, *value));
    labels
}

fn rows(board: &Board) -> Vec<StatisticRow> {
    let status = RunStatus { elapsed: Duration::from_secs(10), ..RunStatus::default() };
    board.summary(status).statistics
}

fn told(values: &[f64]) -> Told {
    let mut told = Told::default();
    values.iter().for_each(|value| told.record(StatisticKind::Histogram, *value, 0.0));
    told
}

#[test]
fn numbers_have_three_digits_whatever_their_size_and_sign() {
    let mut random = fastrand::Rng::with_seed(5);
    for power in [-250, -9, -3, 0, 3, 12, 250] {
        let mut values: Vec<f64> = (0..3_000)
            .map(|_| (random.f64() + 0.5) * if random.bool() { 1.0 } else { -1.0 })
            .map(|value| value * 10_f64.powi(power))
            .collect();
        let told = told(&values);
        values.sort_by(f64::total_cmp);
        for p in [0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9] {
            let exact = values[(p / 100.0 * 3_000.0_f64).ceil() as usize - 1];
            let [near] = told.percentiles([p]);
            assert!((near - exact).abs() <= exact.abs() / 1_000.0, "p{p} {near} {exact}");
        }
        assert_eq!(told.percentiles([0.0, 100.0]), [values[0], values[2_999]]);
    }
}

#[test]
fn whole_numbers_are_exact() {
    let values: Vec<f64> = (-2_000..=2_000).map(f64::from).collect();
    let told = told(&values);
    assert_eq!(told.percentiles([0.0, 50.0, 75.0, 100.0]), [-2_000.0, 0.0, 1_000.0, 2_000.0]);
    assert_eq!((told.mean(), told.min, told.max), (0.0, -2_000.0, 2_000.0));
    let exact = (2.0 * (1..=2_000).map(|n| f64::from(n).powi(2)).sum::<f64>() / 4_001.0).sqrt();
    assert!((told.standard_deviation() - exact).abs() < 1e-9, "{}", told.standard_deviation());
}

#[test]
fn memory_is_bounded_for_numbers_of_all_magnitudes() {
    let mut numbers = Numbers::default();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200_000 {
        numbers.record(f64::from_bits(random.u64(..)).clamp(-1e300, 1e300));
    }
    assert!(numbers.buckets() <= 4_096, "{}", numbers.buckets());
    // Of those near each other nothing is lost.
    let near =
        told(&(0..200_000).map(|n| 1.0 + f64::from(n % 1_000) / 1_000.0).collect::<Vec<_>>());
    let [p50] = near.percentiles([50.0]);
    assert!((p50 - 1.5).abs() < 0.002, "{p50}");
}

#[test]
fn parts_add_up_and_come_apart_again() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut values = || (0..500).map(|_| 1e6 + random.f64()).collect::<Vec<_>>();
    let (first, second) = (values(), values());
    let whole = told(&[first.clone(), second.clone()].concat());
    let mut both = told(&first);
    both.merge(&told(&second));
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
    assert_eq!((both.count, both.min, both.max), (whole.count, whole.min, whole.max));
    assert!(close(both.sum, whole.sum));
    // The deviation is 0.29 at a mean of a million.
    assert!(close(both.standard_deviation(), whole.standard_deviation()));
    assert_eq!(both.percentiles([10.0, 50.0, 99.0]), whole.percentiles([10.0, 50.0, 99.0]));
    let since = whole.since(&told(&first));
    let alone = told(&second);
    assert_eq!(since.count, 500);
    assert!(close(since.mean(), alone.mean()));
    assert!((since.standard_deviation() - alone.standard_deviation()).abs() < 1e-3);
    assert_eq!(since.percentiles([50.0]), alone.percentiles([50.0]));
}

#[test]
fn runners_add_up_and_of_gauges_the_last_by_time_stays() {
    let mut runners = [Aggregator::default(), Aggregator::default()];
    let mut board = Board::default();
    let none = Labels::new();
    for (at, runner) in runners.iter_mut().enumerate() {
        let time = 100.0 - at as f64;
        runner.statistic(
            StatisticKind::Counter,
            "orders",
            &labels(&[("a", "1"), ("b", "2")]),
            2.0,
            0.0,
        );
        runner.statistic(
            StatisticKind::Counter,
            "orders",
            &labels(&[("b", "2"), ("a", "1")]),
            3.0,
            0.0,
        );
        runner.statistic(StatisticKind::Gauge, "queue", &none, 10.0 + time, time);
        runner.statistic(StatisticKind::Accumulator, "paid", &none, -2.5, 0.0);
        runner.statistic(StatisticKind::Histogram, "depth", &none, time, 0.0);
        board.merge(&runner.take());
    }
    let rows = rows(&board);
    let shown: Vec<_> = rows
        .iter()
        .map(|r| (r.title(), r.kind, r.count, r.sum, r.last, r.min, r.max, r.rate))
        .collect();
    use StatisticKind as K;
    assert_eq!(
        shown,
        [
            ("orders {a=\"1\", b=\"2\"}".into(), K::Counter, 4, 10.0, 3.0, 2.0, 3.0, 1.0),
            ("queue".into(), K::Gauge, 2, 219.0, 110.0, 109.0, 110.0, 0.2),
            ("paid".into(), K::Accumulator, 2, -5.0, -2.5, -2.5, -2.5, -0.5),
            ("depth".into(), K::Histogram, 2, 199.0, 99.0, 99.0, 100.0, 0.2),
        ]
    );
    assert_eq!(rows[3].percentiles[0], (50.0, 99.0));
}

#[test]
fn of_a_name_that_is_twice_the_last_value_counts() {
    let mut all = labels(&[("a", "1"), ("b", "2"), ("a", "3")]);
    assert_eq!(all.as_slice(), [("a", "3".into()), ("b", "2".into())]);
    for name in ["c", "d", "e", "f", "e"] {
        all.set(name, format!("{name}!"));
    }
    let names: Vec<_> =
        all.as_slice().iter().map(|(name, value)| format!("{name}{value}")).collect();
    assert_eq!(names, ["a3", "b2", "cc!", "dd!", "ee!", "ff!"]);
}

#[test]
fn what_is_no_value_is_counted_apart() {
    let mut runner = Aggregator::default();
    let none = Labels::new();
    for value in [1.0, f64::NAN, -1.0, f64::INFINITY] {
        runner.statistic(StatisticKind::Counter, "orders", &none, value, 0.0);
        runner.statistic(StatisticKind::Gauge, "queue", &none, value, 0.0);
    }
    let mut board = Board::default();
    board.merge(&runner.take());
    let rows = rows(&board);
    let shown: Vec<_> = rows.iter().map(|r| (&*r.name, r.count, r.sum, r.refused)).collect();
    assert_eq!(shown, [("orders", 1, 1.0, 3), ("queue", 2, 0.0, 2)]);
}

#[test]
fn what_finds_the_table_full_keeps_its_name_or_is_overflow() {
    let limits = Limits { statistics: 3, ..Limits::default() };
    let (mut runner, mut board) = (Aggregator::with_limits(limits), Board::with_limits(limits));
    for n in 0..100 {
        let (id, name) = (n.to_string(), format!("name {n}"));
        runner.statistic(StatisticKind::Counter, "orders", &labels(&[("id", &id)]), 1.0, 0.0);
        runner.statistic(StatisticKind::Counter, &name, &Labels::new(), 1.0, 0.0);
        if n % 10 == 0 {
            board.merge(&runner.take());
        }
    }
    board.merge(&runner.take());
    let rows = rows(&board);
    let titles: Vec<_> = rows.iter().map(|row| (row.title(), row.sum)).collect();
    assert_eq!(
        titles,
        [
            (format!("{OVERFLOW} {{{OVERFLOW}=\"true\"}}"), 99.0),
            ("name 0".into(), 1.0),
            (format!("orders {{{OVERFLOW}=\"true\"}}"), 98.0),
            ("orders {id=\"0\"}".into(), 1.0),
            ("orders {id=\"1\"}".into(), 1.0),
        ]
    );
}

#[test]
fn names_and_labels_are_told_apart_by_their_first_200_bytes() {
    let (mut runner, mut board) = (Aggregator::default(), Board::default());
    let long = "é".repeat(300);
    let none = Labels::new();
    runner.statistic(StatisticKind::Counter, &long, &none, 1.0, 0.0);
    runner.statistic(StatisticKind::Counter, &format!("{long}!"), &labels(&[]), 1.0, 0.0);
    runner.statistic(StatisticKind::Counter, "a", &labels(&[("l", &long)]), 1.0, 0.0);
    board.merge(&runner.take());
    let rows = rows(&board);
    assert_eq!((rows.len(), rows[1].name.len(), rows[1].sum), (2, 200, 2.0));
    assert_eq!(rows[0].labels[0].1.len(), 200);
}

#[test]
fn updates_that_are_lost_or_come_twice_change_nothing() {
    let mut random = fastrand::Rng::with_seed(3);
    let (mut runner, mut tally) = (Aggregator::default(), Tally::new(1));
    let (mut direct, mut remote) = (Board::default(), Board::default());
    for tick in 0..200 {
        for _ in 0..random.usize(..40) {
            let kind = ["new", "old"][random.usize(..2)];
            // Fractions of two, so that sums are exact in any order.
            let value = f64::from(random.u32(..4_096)) / 4.0;
            let at = f64::from(tick) + random.f64();
            let label = labels(&[("kind", kind)]);
            runner.statistic(StatisticKind::Counter, "orders", &label, value, 0.0);
            runner.statistic(StatisticKind::Gauge, "queue", &label, value, at);
            runner.statistic(StatisticKind::Histogram, "depth", &label, value, 0.0);
        }
        let window = runner.take();
        direct.merge(&window);
        tally.add(&window);
        let bytes = rmp_serde::to_vec(tally.update()).unwrap();
        let update = || rmp_serde::from_slice(&bytes).unwrap();
        if random.bool() || tick == 199 {
            assert!(remote.update(update()));
            assert!(!remote.update(update()), "it is no news");
        }
    }
    let (direct, remote) = (rows(&direct), rows(&remote));
    let rounded = |rows: &[StatisticRow]| {
        let round = |row: &StatisticRow| StatisticRow {
            standard_deviation: (row.standard_deviation * 1e6).round(),
            ..row.clone()
        };
        rows.iter().map(round).collect::<Vec<_>>()
    };
    assert_eq!(direct.len(), 6);
    assert_eq!(rounded(&direct), rounded(&remote));
}
