//! What was asked for, and how the generator fares.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mite_core::stats::{ProcessHealth, RunnerHealth, Standing};

use super::family::{Family, Unit};
use super::histogram::{Bounds, Histogram};
use super::view::View;
use crate::history::word::word;

/// CPU time of each runner, and how long it was watched, when this was last asked.
#[derive(Debug, Default)]
pub(super) struct Cpu(BTreeMap<u32, (Duration, Duration)>);

impl Cpu {
    /// The share of a core that a runner has used since it was asked before.
    fn share(&mut self, health: &RunnerHealth) -> f64 {
        let now = (health.cpu, health.time);
        let (cpu, time) = self.0.insert(health.runner, now).unwrap_or_default();
        let time = now.1.saturating_sub(time).as_secs_f64();
        if time == 0.0 { 0.0 } else { now.0.saturating_sub(cpu).as_secs_f64() / time }
    }
}

/// The metrics of the load, and of the generator.
pub(super) fn families(view: &View<'_>, cpu: &mut Cpu) -> Vec<Family> {
    let mut families = vec![arrivals(view), lost(view)];
    families.extend(generator(view, cpu));
    families
}

fn arrivals(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_arrivals_total",
        "Arrivals of open lines: scheduled, and of those started, or dropped for a reason.",
    );
    for line in &view.status.scenarios {
        let Some(arrivals) = &line.arrivals else { continue };
        let id = line.id.to_string();
        let mut add = |state: &str, reason: &str, n: u64| {
            let labels = [
                ("test", view.test()),
                ("scenario_id", &*id),
                ("state", state),
                ("reason", reason),
            ];
            family.row(&labels, n as f64);
        };
        add("scheduled", "", arrivals.scheduled);
        add("started", "", line.started);
        for (reason, n) in &arrivals.dropped {
            add("dropped", &word(reason), *n);
        }
    }
    family
}

fn lost(view: &View<'_>) -> Family {
    let mut family = Family::counter(
        "mite_lost_total",
        "What should be known and is not: messages that found their queue full.",
    );
    let labels = [("test", view.test()), ("what", "messages")];
    family.row(&labels, view.status.lost_messages as f64);
    family
}

fn generator(view: &View<'_>, cpu: &mut Cpu) -> Vec<Family> {
    let mut loop_lag = Family::times(
        "mite_loop_lag_seconds",
        "How late the loop of a runner got to what was due.",
    );
    let mut schedule_lag =
        Family::times("mite_schedule_lag_seconds", "How late arrivals of open lines started.");
    let mut journeys =
        Family::gauge("mite_runner_journeys", "Journeys in flight on a runner, as it told last.");
    for (runner, n) in &view.status.in_flight {
        let runner = runner.to_string();
        let labels = [("test", view.test()), ("runner", &*runner)];
        journeys.row(&labels, view.now(f64::from(*n)));
    }
    let mut share = Family::gauge(
        "mite_runner_cpu_ratio",
        "The share of a core that a runner used in the last second.",
    )
    .in_unit(Unit::Ratio);
    for health in &view.status.health.runners {
        let runner = health.runner.to_string();
        let labels = [("test", view.test()), ("runner", &*runner)];
        let of = |times| Arc::new(Histogram::of_times(times, Bounds::of_times()));
        loop_lag.spread(&labels, of(&health.loop_lag));
        if health.schedule_lag.count() > 0 {
            schedule_lag.spread(&labels, of(&health.schedule_lag));
        }
        share.row(&labels, view.now(cpu.share(health)));
    }
    let mut families = vec![loop_lag, schedule_lag, share, journeys];
    families.extend(processes(view));
    families
}

/// Of each process of runners, if these are others than the controller's.
fn processes(view: &View<'_>) -> Vec<Family> {
    let mut up = Family::gauge(
        "mite_process_up",
        "Whether a process of runners takes part: 0 if it is done, has left or is lost.",
    );
    let mut runners = Family::gauge("mite_process_runners", "Runners of a process.");
    let mut journeys = Family::counter(
        "mite_process_journeys_total",
        "Executions of journeys that a process has begun.",
    );
    let mut requests =
        Family::counter("mite_process_requests_total", "Requests that have ended in a process.");
    let mut lost = Family::counter(
        "mite_process_lost_messages_total",
        "Messages that found their queue in a process full.",
    );
    let mut clock = Family::gauge(
        "mite_process_clock_ahead_seconds",
        "How far the controller's clock is ahead of that of a process.",
    )
    .in_unit(Unit::Seconds);
    let mut error = Family::gauge("mite_process_clock_error_seconds", "How wrong that may be.")
        .in_unit(Unit::Seconds);
    // Those that fare worst. Of containers many may have the same host and number, so it takes
    // a third label to tell them apart.
    for process in view.status.health.processes.iter().take(ProcessHealth::LISTED) {
        let [pid, first] = [process.pid, process.first].map(|n| n.to_string());
        let labels =
            [("test", view.test()), ("host", &*process.host), ("pid", &*pid), ("runner", &*first)];
        let is_up = f64::from(process.standing == Standing::Here);
        up.row(&labels, view.now(is_up));
        runners.row(&labels, f64::from(process.runners));
        journeys.row(&labels, process.journeys as f64);
        requests.row(&labels, process.requests as f64);
        lost.row(&labels, process.lost_messages as f64);
        clock.row(&labels, process.clock_ahead);
        error.row(&labels, process.clock_error.as_secs_f64());
    }
    vec![up, runners, journeys, requests, lost, clock, error]
}
