//! A bar at the bottom of the terminal: time, and journeys in flight.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mite_core::stats::{Snapshot, Summary};

use super::Output;
use crate::terminal::{bar, console};
use mite_core::units;

/// A bar at the bottom of the terminal.
pub(crate) struct ProgressOutput;

impl Output for ProgressOutput {
    fn name(&self) -> &'static str {
        "bar"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        // A window that has changed its size gets a bar of its width.
        let text = bar::size().map(|size| text(snapshot, size.columns.into())).unwrap_or_default();
        console::show_bar(&text);
        Ok(())
    }

    fn finish(&mut self, _summary: &Summary) -> io::Result<()> {
        console::show_bar("");
        Ok(())
    }
}

impl Drop for ProgressOutput {
    /// A run that breaks off leaves no bar behind.
    fn drop(&mut self) {
        console::show_bar("");
    }
}

/// Never as wide as the terminal: a full line would wrap, and could not be erased.
fn text(snapshot: &Snapshot, width: usize) -> String {
    let status = &snapshot.status;
    let required: u64 = status.scenarios.iter().map(|s| u64::from(s.required)).sum();
    let rate: f64 = status.scenarios.iter().filter_map(|s| Some(s.arrivals.as_ref()?.rate)).sum();
    let open = status.scenarios.iter().filter(|s| s.arrivals.is_some());
    let arrived: u64 = open.map(|s| u64::from(s.actual)).sum();
    let in_flight = match (snapshot.in_flight(), required) {
        (n, 0) if rate > 0.0 => {
            format!("{} in flight, {} a second", units::count(n, "journey"), units::rate(rate))
        }
        (n, _) if rate > 0.0 => format!(
            "{} of {required} journeys in flight, and {arrived} at {} a second",
            n - arrived,
            units::rate(rate)
        ),
        // None are asked for any more, so these drain.
        (n @ 1.., 0) => format!("{} finishing", units::count(n, "journey")),
        (n, _) => format!("{n} of {required} journeys in flight"),
    };
    let elapsed = units::clock(status.elapsed);
    let text = match status.planned.filter(|planned| !planned.is_zero()) {
        None => format!("{elapsed}  {in_flight}"),
        Some(planned) => {
            let done = share(status.elapsed, planned);
            let rest = format!(
                " {:3.0} %  {elapsed} of {}  {in_flight}",
                done * 100.0,
                units::clock(planned)
            );
            let room = width.saturating_sub(rest.chars().count() + 3);
            match room {
                0..10 => rest.trim_start().to_owned(),
                _ => {
                    let full = (done * room as f64) as usize;
                    format!("[{}{}]{rest}", "#".repeat(full), "-".repeat(room - full))
                }
            }
        }
    };
    text.chars().take(width.saturating_sub(1)).collect()
}

fn share(elapsed: Duration, planned: Duration) -> f64 {
    (elapsed.as_secs_f64() / planned.as_secs_f64()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_core::stats::{LineStatus, RunStatus};

    fn snapshot(elapsed: u64, planned: Option<u64>) -> Snapshot {
        Snapshot {
            status: RunStatus {
                elapsed: Duration::from_secs(elapsed),
                planned: planned.map(Duration::from_secs),
                scenarios: vec![LineStatus { required: 10, actual: 9, ..LineStatus::default() }],
                ..RunStatus::default()
            },
            ..Snapshot::default()
        }
    }

    #[test]
    fn a_planned_run_has_a_bar() {
        let text = text(&snapshot(15, Some(60)), 70);
        assert_eq!(text, "[####-------------]  25 %  00:15 of 01:00  9 of 10 journeys in flight");
        assert_eq!(text.len(), 69);
    }

    #[test]
    fn an_endless_run_has_its_time() {
        assert_eq!(text(&snapshot(3_661, None), 80), "1:01:01  9 of 10 journeys in flight");
    }

    #[test]
    fn what_nobody_wants_any_more_is_finishing() {
        let mut draining = snapshot(61, None);
        draining.status.scenarios[0].required = 0;
        assert_eq!(text(&draining, 80), "01:01  9 journeys finishing");
        draining.status.scenarios[0].actual = 1;
        assert_eq!(text(&draining, 80), "01:01  1 journey finishing");
        draining.status.scenarios[0].actual = 0;
        assert_eq!(text(&draining, 80), "01:01  0 of 0 journeys in flight");
    }

    #[test]
    fn it_is_narrower_than_any_terminal() {
        for width in 0..100 {
            assert!(text(&snapshot(90, Some(60)), width).chars().count() < width.max(1));
        }
        assert!(text(&snapshot(90, Some(60)), 90).contains("100 %"));
    }
}
