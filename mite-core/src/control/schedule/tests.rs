//! Arrivals to the number and the nanosecond.

use std::time::Duration;

use super::*;
use crate::volume::secs;

/// Seals windows of `period` seconds of a rate that is made of these pieces.
fn sealed(mut sealer: Sealer, period: f64, pieces: &[Piece]) -> Vec<Segment> {
    let end = pieces.last().map_or(TestTime::ZERO, |piece| piece.end);
    let at = |window: u64| secs(period * window as f64);
    (0..)
        .take_while(|window| at(*window) < end)
        .map(|window| {
            let (start, end) = (at(window), at(window + 1));
            let within = pieces.iter().filter_map(|piece| piece.within(start, end)).collect();
            sealer.seal(window, start, end, within)
        })
        .collect()
}

fn arrivals(segments: &[Segment], split: Split) -> Vec<Arrival> {
    segments.iter().flat_map(|segment| segment.for_runner(split)).collect()
}

/// When the arrivals of a constant rate are due.
fn constant(rate: f64, seconds: f64, period: f64) -> Vec<Duration> {
    let pieces = [Piece::constant(secs(0), secs(seconds), rate)];
    let all = arrivals(&sealed(Sealer::even(), period, &pieces), Split::default());
    all.iter().map(|arrival| arrival.at).collect()
}

#[test]
fn a_constant_rate_makes_exactly_so_many_arrivals_at_even_intervals() {
    assert_eq!(constant(5.0, 3.0, 1.0).len(), 15);
    let millis: Vec<_> = constant(5.0, 1.0, 0.3).iter().map(Duration::as_millis).collect();
    assert_eq!(millis, [100, 300, 500, 700, 900]);
    assert_eq!(constant(0.1, 3600.0, 1.0).len(), 360);
    assert_eq!(constant(0.1, 3600.0, 0.7).len(), 360);
    assert_eq!(constant(1.0 / 3.0, 3600.0, 1.0).len(), 1200);
}

#[test]
fn arrivals_lie_where_the_integral_reaches_a_half_more() {
    // From 0 to 10 per second in 2 s: the integral is 5t²/2.
    let up = [Piece { start: secs(0), end: secs(2), from: 0.0, to: 10.0 }];
    for period in [2.0, 1.0, 0.3, 0.007] {
        let all = arrivals(&sealed(Sealer::even(), period, &up), Split::default());
        assert_eq!(all.len(), 10, "in windows of {period} s");
        for Arrival { k, at } in all {
            let due = ((k as f64 + 0.5) / 2.5).sqrt();
            assert!((at.as_secs_f64() - due).abs() < 3e-9, "{k}: {at:?}, not {due}");
        }
    }
    // And the same backwards.
    let down = [Piece { start: secs(0), end: secs(2), from: 10.0, to: 0.0 }];
    let all = arrivals(&sealed(Sealer::even(), 1.0, &down), Split::default());
    assert_eq!(all.len(), 10);
    for Arrival { k, at } in all {
        let due = 2.0 - ((9.5 - k as f64) / 2.5).sqrt();
        assert!((at.as_secs_f64() - due).abs() < 3e-9, "{k}: {at:?}, not {due}");
    }
}

#[test]
fn pieces_shorter_than_a_window_have_their_arrivals() {
    // 2 per second, then 300 for 0.05 s from 1.2 s, then 2.
    let pieces = [
        Piece::constant(secs(0), secs(1.2), 2.0),
        Piece::constant(secs(1.2), secs(1.25), 300.0),
        Piece::constant(secs(1.25), secs(3), 2.0),
    ];
    let segments = sealed(Sealer::even(), 1.0, &pieces);
    let counts: Vec<_> = segments.iter().map(|s| (s.first, s.end_k, s.scheduled())).collect();
    // 2.4 + 15 + 3.5 are 20.9, so that the last one, at 20.5, is in.
    assert_eq!(counts, [(0, 2, 2), (2, 19, 17), (19, 21, 2)]);
    let all = arrivals(&segments, Split::default());
    let burst = all.iter().filter(|a| (secs(1.2)..secs(1.25)).contains(&a.at)).count();
    assert_eq!(burst, 15);
    // Number 2 is where the integral is 2.5: 0.1 more than where the burst begins.
    let at = secs(1.2) + Duration::from_secs_f64(0.1 / 300.0);
    assert!(all[2].at.abs_diff(at) < Duration::from_nanos(3), "{:?}", all[2].at);
}

#[test]
fn the_edges_of_windows_neither_lose_nor_repeat_an_arrival() {
    // With whole numbers arrivals would fall on the edges of windows.
    for rate in 1..=50u32 {
        for seconds in [1u32, 2, 3, 7] {
            for period in [1.0, 0.5, 0.25, 0.1, 0.3] {
                let due = constant(rate.into(), seconds.into(), period);
                assert_eq!(due.len(), (rate * seconds) as usize, "{rate}/s for {seconds} s");
            }
        }
    }
    // The half itself is not reached before the end.
    assert_eq!(constant(0.5, 1.0, 1.0).len(), 0);
    assert_eq!(constant(0.5, 1.000_001, 1.0).len(), 1);
    assert_eq!(constant(0.1, 15.0, 1.0).len(), 1);
    assert_eq!(constant(50_000.0, 2.0, 1.0).len(), 100_000);
    assert_eq!(constant(0.0, 10.0, 1.0).len(), 0);
}

/// A chain of some pieces, now and then of no length or no rate.
fn random_chain(rng: &mut fastrand::Rng) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for _ in 0..rng.usize(1..8) {
        let start = pieces.last().map_or(TestTime::ZERO, |piece| piece.end);
        let length = Duration::from_nanos(rng.u64(1..3_000_000_000));
        let mut number = || if rng.u8(..5) == 0 { 0.0 } else { rng.f64() * 300.0 };
        let (from, to) = (number(), number());
        let to = if rng.bool() { from } else { to };
        pieces.push(Piece { start, end: start + length, from, to });
    }
    pieces
}

#[test]
fn of_any_chain_the_arrivals_are_its_integral() {
    let mut rng = fastrand::Rng::with_seed(11);
    for round in 0..1000 {
        let pieces = random_chain(&mut rng);
        let period = rng.f64() * 2.0 + 0.05;
        let segments = sealed(Sealer::even(), period, &pieces);
        let all = arrivals(&segments, Split::default());
        let whole = integral::integral(&pieces);
        let count = all.len() as f64;
        assert!((whole - count).abs() <= 0.5 + 1e-9, "round {round}: {count} of {whole}");
        assert!(all.iter().enumerate().all(|(i, a)| a.k == i as u64), "round {round}");
        assert!(all.is_sorted_by_key(|a| a.at), "round {round}");
        for segment in &segments {
            let within = segment.start..segment.end;
            assert!(segment.clone().into_iter().all(|a| within.contains(&a.at)), "round {round}");
        }
        // Each is where the integral says, to the nanosecond that it is rounded to.
        for Arrival { k, at } in all {
            let before = pieces.iter().filter_map(|piece| piece.within(secs(0), at));
            let reached: f64 = before.map(|piece| piece.integral()).sum();
            assert!((reached - (k as f64 + 0.5)).abs() < 1e-5, "round {round}: {k} at {reached}");
        }
    }
}

#[test]
fn what_runners_have_is_together_what_one_has() {
    let mut rng = fastrand::Rng::with_seed(12);
    for round in 0..60 {
        let pieces = random_chain(&mut rng);
        for sealer in [Sealer::even(), Sealer::poisson(round, 3)] {
            let segments = sealed(sealer, 1.0, &pieces);
            let whole = arrivals(&segments, Split::default());
            for (runners, at_most) in [(1, None), (2, None), (7, None), (3, Some(10)), (7, Some(2))]
            {
                let mut union = Vec::new();
                for place in 0..runners {
                    let split = Split::among(runners, at_most, place);
                    let own = arrivals(&segments, split);
                    assert!(own.is_sorted_by_key(|a| a.at));
                    assert!(own.iter().all(|a| split.owns(a.k)));
                    let counted: u64 = segments.iter().map(|s| s.for_runner(split).own()).sum();
                    assert_eq!(own.len() as u64, counted);
                    union.extend(own);
                }
                union.sort_by_key(|a| (a.at, a.k));
                let mut whole = whole.clone();
                whole.sort_by_key(|a| (a.at, a.k));
                assert_eq!(union, whole, "round {round}, {runners} runners");
            }
        }
    }
}

#[test]
fn seats_are_shared_out_evenly() {
    let seats = |runners, at_most| -> Vec<u32> {
        let split = |place| Split::among(runners, at_most, place).own_seats();
        (0..runners).map(split).collect()
    };
    assert_eq!(seats(3, Some(10)), [4, 3, 3]);
    assert_eq!(seats(3, Some(2)), [1, 1, 0]);
    assert_eq!(seats(2, None), [1, 1]);
    assert!(Split::among(3, Some(2), 1).owns(5));
    assert!(!Split::among(3, Some(2), 2).owns(5));
}

#[test]
fn it_is_known_how_many_arrivals_are_left() {
    for sealer in [Sealer::even(), Sealer::poisson(1, 1)] {
        let segments = sealed(sealer, 1.0, &[Piece::constant(secs(0), secs(1), 20.0)]);
        let mut own = segments[0].for_runner(Split::among(3, None, 1)).into_iter();
        let whole = own.len();
        assert_eq!(whole as u64, segments[0].for_runner(Split::among(3, None, 1)).own());
        own.next();
        assert_eq!(own.len(), whole - 1);
        assert_eq!(own.count(), whole - 1);
    }
}
