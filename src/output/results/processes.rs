//! The processes of a fleet's runners.

use mite_core::stats::{Health, ProcessHealth};
use mite_results::document::{Number, Process};

/// A row for each; none if there are none but the controller's.
pub(super) fn processes(health: &Health) -> Vec<Process> {
    let worst = health.processes.iter().take(ProcessHealth::LISTED);
    let rows = worst.map(|process| {
        let runners = &process.of_runners;
        let is_known = runners.loop_lag.count() > 0;
        let lag = |lag| Some(Number::from(lag)).filter(|_| is_known);
        Process {
            host: process.host.as_str().into(),
            pid: process.pid,
            namesake: process.namesake,
            first_runner: process.first,
            runners: process.runners,
            journeys: process.journeys,
            requests: process.requests,
            cpu_share: Number::new(runners.cpu_share()).filter(|_| !runners.cpu.is_zero()),
            loop_lag_p99_s: lag(runners.loop_lag.percentile(99.0)),
            loop_lag_max_s: lag(runners.loop_lag.max()),
            in_flight: process.in_flight,
            clock_ahead_s: Number::new(process.clock_ahead).unwrap_or_default(),
            clock_error_s: process.clock_error.into(),
            standing: process.standing.as_str().into(),
            unobserved_from_s: process.unobserved.map(|stretch| stretch.from.into()),
            unobserved_to_s: process.unobserved.map(|stretch| stretch.to.into()),
            lost_messages: process.lost_messages,
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use mite_core::stats::{RunnerHealth, Standing, Stretch};

    #[test]
    fn of_many_processes_those_that_fared_worst_are_listed() {
        let mut late = RunnerHealth::of(500);
        late.turned(Duration::from_millis(40), Duration::from_millis(10));
        late.ran(Duration::from_secs(10), Duration::from_secs(4), Duration::ZERO);
        let process = |first| ProcessHealth {
            host: "box".into(),
            pid: first + 1_000,
            first,
            runners: 1,
            ..ProcessHealth::default()
        };
        let mut all: Vec<_> = (1..=500).map(process).collect();
        all[299].standing = Standing::Lost;
        let at = Duration::from_secs;
        all[299].unobserved = Some(Stretch { from: at(2), to: at(5) });
        let mut health = Health { runners: vec![late], processes: all, ..Health::default() };
        health.add_up_processes();
        let rows = processes(&health);
        assert_eq!(
            (rows.len(), rows[0].pid, rows[1].pid, rows[2].pid),
            (ProcessHealth::LISTED, 1_300, 1_500, 1_001)
        );
        assert_eq!((&*rows[0].standing, rows[0].unobserved_to_s), ("lost", Some(5.into())));
        assert_eq!(rows[0].loop_lag_max_s, None);
        assert_eq!(rows[1].loop_lag_max_s.map(|lag| lag.get()), Some(0.04));
        assert_eq!(rows[1].cpu_share.map(|share| share.get()), Some(0.4));
    }
}
