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
