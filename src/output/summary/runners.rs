//! The processes of a fleet's runners.

use mite_core::stats::{Health, ProcessHealth};
use mite_core::units;

use crate::output::table::{Room, Table};

/// Rows that are shown.
const MOST: usize = 30;

/// A row for each process of runners, the worst first; none for a run in one process.
pub(super) fn runners(health: &Health, room: &Room) -> Vec<String> {
    if health.processes.is_empty() {
        return Vec::new();
    }
    let header = [
        "PROCESSES",
        "runners",
        "journeys",
        "requests",
        "CPU",
        "loop late at 99 %",
        "at most",
        "clock ahead",
        "messages lost",
        "stands",
    ];
    let mut table = Table::new(&header, true);
    for process in health.processes.iter().take(MOST) {
        table.row(row(process));
    }
    let mut lines = table.lines(room);
    if let more @ 1.. = health.processes.len().saturating_sub(MOST) {
        let noun = if more == 1 { "process" } else { "processes" };
        lines.push(format!("… and {more} {noun}, all of which fared better"));
    }
    lines
}

fn row(process: &ProcessHealth) -> Vec<String> {
    let runners = &process.of_runners;
    let figures = match runners.loop_lag.count() {
        // It was not heard before it was lost.
        0 => ["-".to_owned(), "-".to_owned(), "-".to_owned()],
        _ => [
            format!("{:.0} %", runners.cpu_share() * 100.0),
            units::time(runners.loop_lag.percentile(99.0)),
            units::time(runners.loop_lag.max()),
        ],
    };
    let clock = format!(
        "{:.2} ± {:.2} ms",
        process.clock_ahead * 1e3,
        process.clock_error.as_secs_f64() * 1e3
    );
    let of_runners = match process.runners {
        0 | 1 => process.first.to_string(),
        n => format!("{}–{}", process.first, process.first + n - 1),
    };
    [process.name(), of_runners, process.journeys.to_string(), process.requests.to_string()]
        .into_iter()
        .chain(figures)
        .chain([clock, process.lost_messages.to_string(), process.stands()])
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use mite_core::stats::{RunnerHealth, Standing, Stretch};

    #[test]
    fn each_process_of_a_fleet_has_a_row_the_worst_first() {
        let mut health = Health::default();
        assert_eq!(runners(&health, &Room::of(None)), [""; 0]);
        let mut first = RunnerHealth::of(1);
        first.turned(Duration::from_millis(2), Duration::from_millis(10));
        first.ran(Duration::from_secs(10), Duration::from_secs(4), Duration::ZERO);
        health.runners = vec![first];
        health.processes = vec![
            ProcessHealth {
                host: "box".to_owned(),
                pid: 7,
                first: 1,
                runners: 2,
                journeys: 500,
                requests: 900,
                clock_ahead: 0.001_5,
                clock_error: Duration::from_micros(250),
                ..ProcessHealth::default()
            },
            ProcessHealth {
                host: "cube".to_owned(),
                pid: 8,
                first: 3,
                runners: 1,
                standing: Standing::Lost,
                unobserved: Some(Stretch {
                    from: Duration::from_secs(3),
                    to: Duration::from_millis(7_500),
                }),
                lost_messages: 4,
                ..ProcessHealth::default()
            },
        ];
        health.add_up_processes();
        let lines = runners(&health, &Room::of(None));
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            words(&lines[1]),
            "cube (process 8) 3 0 0 - - - 0.00 ± 0.00 ms 4 lost, nothing known of 3.0–7.5 s"
        );
        assert_eq!(
            words(&lines[2]),
            "box (process 7) 1–2 500 900 40 % 2.00 ms 2.00 ms 1.50 ± 0.25 ms 0 here"
        );
        health.processes = (0..40).map(|_| ProcessHealth::default()).collect();
        let lines = runners(&health, &Room::of(None));
        assert_eq!(lines.len(), 1 + MOST + 1);
        assert_eq!(lines[MOST + 1], "… and 10 processes, all of which fared better");
    }
}
