use super::*;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn of(values: impl IntoIterator<Item = Duration>) -> Distribution {
    let mut all = Distribution::default();
    values.into_iter().for_each(|v| all.record(v));
    all
}

#[test]
fn none_and_one_have_defined_figures() {
    let none = Distribution::default();
    assert_eq!(none.spread(), Spread::default());
    assert_eq!(none.share_between(ms(0), ms(1)), 0.0);
    let one = of([Duration::from_nanos(1_499)]);
    for p in [0.0, 0.1, 50.0, 99.9, 100.0, -3.0, 400.0, f64::NAN] {
        assert_eq!(one.percentile(p), Duration::from_nanos(1_499), "{p}");
    }
    assert_eq!(one.standard_deviation(), Duration::ZERO);
}

#[test]
fn percentiles_never_leave_what_was_seen() {
    let two = of([ms(100), ms(200)]);
    assert_eq!(two.percentile(99.0), ms(200));
    assert_eq!(two.percentile(50.0), ms(100));
    assert_eq!(two.percentile(50.1), ms(200));
    let many = of((0..10_000).map(|_| Duration::from_nanos(123_456_789)));
    assert_eq!(many.percentile(99.9), Duration::from_nanos(123_456_789));
    assert_eq!(many.percentile(0.1), Duration::from_nanos(123_456_789));
}

#[test]
fn many_values_keep_three_digits() {
    let all = of((1..=100_000).map(|n| Duration::from_micros(n * 10)));
    for (p, exact) in [(1.0, 0.01), (50.0, 0.5), (90.0, 0.9), (99.0, 0.99), (99.9, 0.999)] {
        let found = all.percentile(p).as_secs_f64();
        assert!((found - exact).abs() <= exact * 0.001, "p{p}: {found}, not {exact}");
    }
    assert_eq!(all.mean(), Duration::from_nanos(500_005_000));
    let exact = ((100_000f64.powi(2) - 1.0) / 12.0).sqrt() * 10e-6;
    assert!((all.standard_deviation().as_secs_f64() - exact).abs() < 1e-6);
    assert!((all.share_between(ms(250), ms(750)) - 0.5).abs() < 0.001);
}

#[test]
fn merging_is_recording_all() {
    let value = |n: u64| Duration::from_micros(1 + n * n % 700_001);
    for sizes in [[3, 4], [400, 400], [5_000, 3], [3, 5_000], [2_000, 2_000]] {
        let whole = of((0..sizes[0] + sizes[1]).map(value));
        let mut merged = of((0..sizes[0]).map(value));
        merged.merge(&of((sizes[0]..sizes[0] + sizes[1]).map(value)));
        assert_eq!(merged.spread(), whole.spread(), "{sizes:?}");
    }
}

#[test]
fn fewer_digits_take_values_of_more() {
    let mut coarse = Distribution::with_digits(2);
    coarse.merge(&of((1..=2_000).map(ms)));
    assert_eq!(coarse.count(), 2_000);
    let p50 = coarse.percentile(50.0).as_secs_f64();
    assert!((p50 - 1.0).abs() < 0.01, "{p50}");
}

#[test]
fn above_an_hour_is_an_hour_and_counted() {
    let all = of((0..2_000).map(|n| ms(3_599_000 + n)));
    assert_eq!(all.saturated(), 999);
    assert_eq!(all.max(), ms(3_600_999));
    let p99 = all.percentile(99.0).as_secs_f64();
    assert!((p99 - 3_600.0).abs() < 4.0, "{p99}");
}

#[test]
fn deviation_of_close_values_far_from_zero_is_not_lost() {
    let all = of((0..1_000).map(|n| Duration::from_nanos(3_000_000_000_000 + n % 2)));
    assert!(all.standard_deviation() <= Duration::from_nanos(1));
    let all = of((0..1_000).map(|n| ms(3_000_000 + 2 * (n % 2))));
    assert_eq!(all.standard_deviation(), ms(1));
}

#[test]
fn a_rank_is_not_moved_by_floating_point() {
    let all = of((1..=100).map(ms));
    for p in 1..=100_u32 {
        assert_eq!(all.percentile(f64::from(p)), ms(p.into()), "p{p}");
    }
    assert_eq!((nearest_rank(99.9, 1_000), nearest_rank(99.91, 1_000)), (999, 1_000));
}

#[test]
fn what_is_taken_out_leaves_the_rest() {
    let value = |n: u64| Duration::from_micros(10 + n * n % 700_001);
    for (all, part) in [(10, 3), (400, 200), (5_000, 100), (5_000, 4_990), (5_000, 2_500)] {
        let (of_part, of_rest) = (of((0..part).map(value)), of((part..all).map(value)));
        let mut whole = of_rest.clone();
        whole.merge(&of_part);
        let rest = whole.without(&of_part);
        let (found, expected) = (rest.spread(), of_rest.spread());
        assert_eq!((found.count, found.mean), (expected.count, expected.mean));
        assert_eq!(found.standard_deviation, expected.standard_deviation);
        for (found, expected) in [
            (found.min, expected.min),
            (found.p25, expected.p25),
            (found.p50, expected.p50),
            (found.p99, expected.p99),
            (found.max, expected.max),
        ] {
            let (found, expected) = (found.as_secs_f64(), expected.as_secs_f64());
            assert!((found / expected - 1.0).abs() <= 0.001, "{all} {part}: {found} {expected}");
        }
    }
    // Of fewer digits, and all of it.
    let mut coarse = Distribution::with_digits(2);
    (0..5_000).for_each(|n| coarse.record(value(n)));
    assert_eq!(coarse.without(&of((0..4_000).map(value))).count(), 1_000);
    assert_eq!(coarse.without(&of((0..5_000).map(value))).spread(), Spread::default());
}

/// From a microsecond to an hour, and a little beyond either end.
#[test]
fn three_digits_hold_from_a_microsecond_to_an_hour() {
    let value =
        |n: u32| Duration::from_nanos(1_000 + 977 * u64::from(n)).mul_f64(1.002_f64.powi(n as i32));
    let values: Vec<_> = (0..8_200).map(value).collect();
    assert!(values[0] == Duration::from_micros(1) && *values.last().unwrap() > ms(3_600_000));
    let all = of(values.iter().copied());
    for p in 1..=99_u32 {
        let exact = values[(p as usize * values.len()).div_ceil(100) - 1].min(ms(3_600_000));
        let found = all.percentile(p.into());
        // Below ten microseconds a microsecond is what there is.
        let off = found.abs_diff(exact);
        assert!(
            off <= exact.mul_f64(0.001) + Duration::from_micros(1),
            "p{p}: {found:?} {exact:?}"
        );
    }
    let clipped = values.iter().filter(|value| **value > ms(3_600_000)).count() as u64;
    assert!(clipped > 0);
    assert_eq!(all.saturated(), clipped);
    let mut twice = all.clone();
    twice.merge(&all);
    assert_eq!((twice.saturated(), twice.without(&all).saturated()), (2 * clipped, clipped));
}
