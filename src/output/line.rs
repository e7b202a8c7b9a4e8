//! One line every two seconds: how it goes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mite_core::stats::{Distribution, Snapshot, Window};

use super::Output;
use crate::terminal::log::{Level, log};
use mite_core::units;

const CADENCE: Duration = Duration::from_secs(2);

/// One line every two seconds, in the log.
pub(crate) struct LineOutput {
    totals: bool,
    journeys: bool,
    window: Window,
}

impl LineOutput {
    /// With `totals`, a line of everything; with `journeys`, one for each journey's errors.
    /// None without either.
    pub(crate) fn new(totals: bool, journeys: bool) -> Option<Self> {
        (totals || journeys).then(|| Self { totals, journeys, window: Window::default() })
    }

    /// The lines that are due.
    fn lines(&mut self, snapshot: &Snapshot) -> Vec<String> {
        self.window.merge(&snapshot.window);
        // Ticks come about once a second, some a little early.
        if self.window.length < CADENCE * 9 / 10 {
            return Vec::new();
        }
        let window = std::mem::take(&mut self.window);
        let mut lines = Vec::new();
        if self.totals {
            lines.push(line(snapshot, &window));
        }
        if self.journeys {
            lines.extend(snapshot.journeys.iter().map(|(journey, counts)| {
                format!("  {journey}: {}", units::count(counts.errors, "error"))
            }));
        }
        lines
    }
}

impl Output for LineOutput {
    fn name(&self) -> &'static str {
        "line"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        self.lines(snapshot).iter().for_each(|line| log(Level::Info, line));
        Ok(())
    }
}

/// How it goes, with the rates of `window`.
pub(crate) fn line(snapshot: &Snapshot, window: &Window) -> String {
    let totals = &snapshot.totals;
    let errors = units::count(totals.journeys.errors + snapshot.warmup.errors, "error");
    let warming_up = totals.journeys.started == 0 && snapshot.warmup.started > 0;
    let (total, times, failed) = if warming_up {
        let times = [&window.requests, &window.transactions, &window.journeys];
        let times = times.into_iter().find(|times| times.count() > 0);
        ("warming up".to_owned(), times.unwrap_or(&window.journeys), window.failed_requests)
    } else if totals.requests > 0 {
        let failed = match totals.failed_requests {
            0 => String::new(),
            n => format!(" ({n} failed)"),
        };
        let total = format!("{}{failed}", units::count(totals.requests, "request"));
        (total, &window.requests, window.failed_requests)
    } else if totals.transactions > 0 {
        (units::count(totals.transactions, "transaction"), &window.transactions, 0)
    } else {
        let ended = totals.journeys.finished + totals.journeys.failed;
        (units::count(ended, "journey"), &window.journeys, 0)
    };
    format!(
        "{} {total}, {errors}, {} in flight | last {}: {}",
        units::clock(snapshot.status.elapsed),
        snapshot.in_flight(),
        units::long_time(window.length),
        recent(window, times, failed),
    )
}

fn recent(window: &Window, times: &Distribution, failed: u64) -> String {
    let mut text = format!("{}/s", units::rate(per_second(times.count(), window.length)));
    if failed > 0 {
        text.push_str(&format!(", {failed} failed"));
    }
    if window.errors > 0 {
        text.push_str(&format!(", {}", units::count(window.errors, "error")));
    }
    if times.count() == 0 {
        return text;
    }
    let s = times.spread();
    let figures = [
        ("min", s.min),
        ("25%", s.p25),
        ("50%", s.p50),
        ("75%", s.p75),
        ("90%", s.p90),
        ("99%", s.p99),
        ("99.9%", s.p999),
        ("max", s.max),
    ];
    for (i, (name, value)) in figures.into_iter().enumerate() {
        text.push_str(if i == 0 { "; " } else { ", " });
        text.push_str(&format!("{name} {}", units::time(value)));
    }
    text
}

fn per_second(count: u64, length: Duration) -> f64 {
    if length.is_zero() { 0.0 } else { count as f64 / length.as_secs_f64() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use mite_core::stats::{JourneyCounts, LineStatus, RunStatus, Totals};

    fn second(elapsed: u64, requests: u64) -> Snapshot {
        let mut times = Distribution::default();
        (1..=requests).for_each(|n| times.record(Duration::from_millis(n)));
        let scenario = |id, actual| LineStatus { id, actual, ..LineStatus::default() };
        Snapshot {
            info: Arc::default(),
            series: Vec::new(),
            statistics: Vec::new(),
            phases: Default::default(),
            marks: Arc::default(),
            limits: Vec::new(),
            validity: Default::default(),
            status: RunStatus {
                elapsed: Duration::from_secs(elapsed),
                scenarios: vec![scenario(1, 7), scenario(2, 3)],
                ..RunStatus::default()
            },
            totals: Totals {
                requests: requests * elapsed,
                journeys: JourneyCounts { errors: 2, finished: 9, ..JourneyCounts::default() },
                ..Totals::default()
            },
            failures: Vec::new(),
            new_failures: Vec::new(),
            warmup: JourneyCounts::default(),
            warmup_length: Duration::ZERO,
            protocols: BTreeMap::new(),
            blocked: Vec::new(),
            window: Window {
                length: Duration::from_secs(1),
                requests: times.clone(),
                journeys: times,
                ..Window::default()
            },
            journeys: vec![(
                "shop:buy".into(),
                JourneyCounts { errors: 2, ..JourneyCounts::default() },
            )],
        }
    }

    #[test]
    fn two_ticks_make_a_line_over_both() {
        let mut output = LineOutput::new(true, true).unwrap();
        assert!(output.lines(&second(1, 100)).is_empty());
        assert_eq!(
            output.lines(&second(2, 100)),
            [
                "00:02 200 requests, 2 errors, 10 in flight | last 2.0 s: 100.0/s; \
                 min 1.00 ms, 25% 25.00 ms, 50% 50.00 ms, 75% 75.00 ms, 90% 90.00 ms, \
                 99% 99.00 ms, 99.9% 100.00 ms, max 100.00 ms",
                "  shop:buy: 2 errors",
            ]
        );
        assert!(output.lines(&second(3, 100)).is_empty());
    }

    #[test]
    fn failed_requests_and_recent_errors_are_said() {
        let mut snapshot = second(2, 1);
        snapshot.window.length = CADENCE;
        snapshot.window.failed_requests = 1;
        snapshot.window.errors = 1;
        snapshot.totals.failed_requests = 1;
        let lines = LineOutput::new(true, false).unwrap().lines(&snapshot);
        let expected = "00:02 2 requests (1 failed), 2 errors, 10 in flight | last 2.0 s: 0.5/s, 1 failed, 1 error; min 1.00 ms";
        assert!(lines[0].starts_with(expected), "{}", lines[0]);
    }

    #[test]
    fn without_requests_it_counts_transactions_and_without_those_journeys() {
        let mut snapshot = second(60, 0);
        snapshot.window.length = CADENCE;
        snapshot.totals.transactions = 4;
        assert_eq!(
            LineOutput::new(true, false).unwrap().lines(&snapshot),
            ["01:00 4 transactions, 2 errors, 10 in flight | last 2.0 s: 0.0/s"]
        );
        snapshot.totals.transactions = 0;
        assert_eq!(
            LineOutput::new(true, false).unwrap().lines(&snapshot),
            ["01:00 9 journeys, 2 errors, 10 in flight | last 2.0 s: 0.0/s"]
        );
    }
}
