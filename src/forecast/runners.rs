//! How many runners a scenario takes.

use std::time::Duration;

use mite_core::volume::Piece;

use super::line::{LineForecast, Shape};
use super::pieces::{self, Peak};
use super::terms::Terms;

/// How many runners that takes, each a core's worth of load.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RunnersForecast {
    /// Runners; `None`: it must be said how long a journey takes.
    pub needed: Option<u64>,
    /// Journeys that start in a second, at the most.
    pub per_second: Option<f64>,
    /// For how long a journey keeps a core busy, if that was said.
    pub cost: Option<Duration>,
    /// Journeys at once that one runner takes, if that was said.
    pub per_runner: Option<u32>,
}

/// What part of a core load may take: a loop that is busier is late for what is due.
pub(super) const BUSY: f64 = 0.7;

pub(super) fn of(lines: &[LineForecast], at_once: Peak, terms: &Terms) -> Option<RunnersForecast> {
    let Terms { cost, per_runner, time, .. } = *terms;
    if cost.is_none() && per_runner.is_none() {
        return None;
    }
    let per_second = starts(lines, time);
    let by_cost = |cost: Duration| per_second.map(|rate| rate * cost.as_secs_f64() / BUSY);
    let open = lines.iter().any(|line| line.shape == Shape::PerSecond);
    let by_number = |n: u32| (!open || time.is_some()).then(|| at_once.most / f64::from(n));
    let needs = [cost.map(by_cost), per_runner.map(by_number)];
    let mut needed = Some(1.0f64);
    for need in needs.into_iter().flatten() {
        needed = needed.zip(need).map(|(a, b)| a.max(b));
    }
    // 2.0000000001 are 2.
    let needed = needed.map(|n| (n - 1e-9).ceil() as u64);
    Some(RunnersForecast { needed, per_second, cost, per_runner })
}

/// Journeys that start in a second, at the most; of the closed model that depends on how
/// long they take.
fn starts(lines: &[LineForecast], time: Option<Duration>) -> Option<f64> {
    let mut all: Vec<Piece> = Vec::new();
    for line in lines {
        match (line.shape, time) {
            (Shape::PerSecond, _) => all.extend(&line.phases),
            (Shape::AtOnce, Some(time)) => {
                let of = |n: f64| n / time.as_secs_f64();
                let of = |p: Piece| Piece { from: of(p.from), to: of(p.to), ..p };
                all.extend(line.at_once(None).into_iter().map(of));
            }
            (Shape::AtOnce, None) => return None,
            // One journey is no rate.
            (Shape::Single, _) => {}
        }
    }
    Some(pieces::peak(&all).most)
}
