//! The runners of a fleet, each with its process.

use mite_core::stats::{Health, ProcessHealth, RunnerHealth};
use mite_core::units;

use crate::output::table::{Room, Table};

/// Rows that are shown.
const MOST: usize = 30;

/// A row for each runner that is in another process; none for a run in one process.
pub(super) fn runners(health: &Health, room: &Room) -> Vec<String> {
    if health.processes.is_empty() {
        return Vec::new();
    }
    let header = ["RUNNERS", "loop late at 99 %", "at most", "CPU", "clock ahead", "process"];
    let mut table = Table::new(&header, true);
    let ids = health.processes.iter().flat_map(|process| {
        (process.first..process.first + process.runners).map(move |id| (id, process))
    });
    let all: Vec<_> = ids.collect();
    for (id, process) in all.iter().take(MOST) {
        table.row(row(*id, process, health.runners.iter().find(|runner| runner.runner == *id)));
    }
    let mut lines = table.lines(room);
    if let more @ 1.. = all.len().saturating_sub(MOST) {
        lines.push(format!("… and {}", units::count(more as u64, "runner")));
    }
    lines
}

fn row(id: u32, process: &ProcessHealth, runner: Option<&RunnerHealth>) -> Vec<String> {
    let figures = runner.map_or_else(
        // It was not heard before it was lost.
        || ["-".to_owned(), "-".to_owned(), "-".to_owned()],
        |runner| {
            [
                units::time(runner.loop_lag.percentile(99.0)),
                units::time(runner.loop_lag.max()),
                format!("{:.0} %", runner.cpu_share() * 100.0),
            ]
        },
    );
    let clock = format!(
        "{:.2} ± {:.2} ms",
        process.clock_ahead * 1e3,
        process.clock_error.as_secs_f64() * 1e3
    );
    let lost = if process.is_lost { ", lost" } else { "" };
    std::iter::once(id.to_string())
        .chain(figures)
        .chain([clock, format!("{}{lost}", process.name)])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_runner_of_a_fleet_has_a_row_with_its_process() {
        let mut health = Health::default();
        assert_eq!(runners(&health, &Room::of(None)), [""; 0]);
        let mut first = RunnerHealth::of(1);
        first.turned(Duration::from_millis(2), Duration::from_millis(10));
        first.ran(Duration::from_secs(10), Duration::from_secs(4), Duration::ZERO);
        health.runners = vec![first];
        health.processes = vec![
            ProcessHealth {
                name: "box (process 7)".to_owned(),
                first: 1,
                runners: 1,
                clock_ahead: 0.001_5,
                clock_error: Duration::from_micros(250),
                is_lost: false,
            },
            ProcessHealth {
                name: "cube (process 8)".to_owned(),
                first: 2,
                runners: 1,
                is_lost: true,
                ..ProcessHealth::default()
            },
        ];
        let lines = runners(&health, &Room::of(None));
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&lines[1]), "1 2.00 ms 2.00 ms 40 % 1.50 ± 0.25 ms box (process 7)");
        assert_eq!(words(&lines[2]), "2 - - - 0.00 ± 0.00 ms cube (process 8), lost");
    }
}
