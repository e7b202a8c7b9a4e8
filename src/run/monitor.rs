//! Where the counts of all runners come together and are shown.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mite_core::control::{Ended, Report};
use mite_core::dispatch::{Command, Dispatch};
use mite_core::fields;
use mite_core::journey::Host;
use mite_core::label::Label;
use mite_core::message::{Message, Tap};
use mite_core::runner::Pulse;
use mite_core::stats::{
    Board, Finding, PoolStatus, RunStatus, ScenarioStatus, Summary, Thresholds, judge,
};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, MissedTickBehavior};

use super::listeners::Listeners;
use super::shutdown::{Cause, Shutdown, Signals};
use super::watchdog::Watchdog;
use crate::listener::Remarks;
use crate::output::Output;
use crate::terminal::log::{self, Level};

/// Once a second and once at the end, with upstream's fields: `test`, `required` and
/// `actual` (journeys at once by number of line), `num_runners`.
pub(super) const CONTROLLER_REPORT: &str = "controller_report";

/// How often counts are collected and shown.
const TICK: Duration = Duration::from_secs(1);

/// How often the runners' signs of life are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Collects, shows, and sees to the end.
pub(super) struct Monitor {
    board: Board,
    outputs: Vec<Box<dyn Output>>,
    hosts: Vec<Arc<Host>>,
    cast: Vec<LineStatus>,
    start: Instant,
    planned: Option<Duration>,
    taps: Vec<Tap>,
    /// Set when a listener cannot go on, and the run cannot without it.
    broken: Arc<AtomicBool>,
    remarks: Remarks,
    watchdog: Watchdog,
    control: Control,
    findings: Vec<Finding>,
    /// When there was nothing more to run; listeners may take longer.
    ended: Option<Instant>,
    virtual_time: bool,
}

/// Who plays in a line of the scenario.
pub(super) struct LineStatus {
    pub(super) journey: Label,
    /// Its data pool, unless it has none.
    pub(super) pool: Option<PoolStatus>,
}

/// Waits for good if a journey has stopped everything.
pub(super) async fn wait_if_stopped() {
    if mite_core::is_stopped() {
        std::future::pending().await
    }
}

/// What the monitor wakes up for.
enum Event {
    Signal,
    Deadline,
    Tick,
    LinesOver,
    Look,
}

/// The last that the dispatch said.
#[derive(Default)]
struct Control {
    report: Report,
    findings: Vec<Finding>,
    /// The most that each line has asked for.
    peaks: Vec<u32>,
}

impl Monitor {
    pub(super) fn new(
        hosts: Vec<Arc<Host>>,
        pulses: Vec<Pulse>,
        cast: Vec<LineStatus>,
        start: Instant,
        planned: Option<Duration>,
        listeners: &Listeners,
        outputs: Vec<Box<dyn Output>>,
    ) -> Self {
        let hosts_are_virtual = hosts.iter().any(|host| host.virtual_time);
        Self {
            board: Board::default(),
            watchdog: Watchdog::new(
                hosts.clone(),
                pulses,
                cast.iter().map(|line| line.journey.clone()).collect(),
            ),
            outputs,
            hosts,
            cast,
            start,
            planned,
            taps: listeners.taps(),
            broken: listeners.broken(),
            remarks: Remarks::default(),
            control: Control::default(),
            findings: Vec::new(),
            ended: None,
            virtual_time: hosts_are_virtual,
        }
    }

    /// Runs the dispatch until it has ended, or cannot be waited for any longer.
    pub(super) async fn serve(
        &mut self,
        dispatch: Dispatch,
        commanded: mpsc::UnboundedReceiver<Command>,
        commands: mpsc::UnboundedSender<Command>,
        mut ending: Shutdown,
        signals: &mut Signals,
    ) {
        let seen = RefCell::new(Control::default());
        let lines_over = Notify::new();
        let mut dispatch = pin!(dispatch.run(commanded, |report, failures| {
            if report.lines.iter().all(|line| line.ended.is_some()) {
                lines_over.notify_one();
            }
            let mut seen = seen.borrow_mut();
            seen.report = report.clone();
            seen.peaks.resize(report.lines.len(), 0);
            for (peak, line) in seen.peaks.iter_mut().zip(&report.lines) {
                *peak = line.required.max(*peak);
            }
            seen.findings.clear();
            seen.findings.extend_from_slice(failures);
        }));
        let mut tick = tokio::time::interval_at(self.start + TICK, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !ending.has_left() {
            let deadline = ending.deadline();
            let event = tokio::select! {
                biased;
                _ = &mut dispatch => break,
                () = signals.next() => Event::Signal,
                () = tokio::time::sleep_until(deadline.unwrap_or(self.start)), if deadline.is_some() => {
                    Event::Deadline
                }
                _ = tick.tick() => Event::Tick,
                () = lines_over.notified() => Event::LinesOver,
                // On one thread with the runners there is nothing to see.
                _ = look.tick(), if !self.virtual_time => Event::Look,
            };
            // A stopped process belongs to whoever looks at it, and is ended by
            // the journey that stopped it: also Ctrl-C in a debugger is its own.
            wait_if_stopped().await;
            let now = Instant::now();
            let command = match event {
                Event::Signal => ending.ask(now, Cause::Signal),
                Event::Deadline => ending.overdue(now),
                Event::LinesOver => ending.ask(now, Cause::Lines),
                Event::Tick => {
                    self.control = seen.take();
                    self.report();
                    self.show();
                    seen.replace(std::mem::take(&mut self.control));
                    None
                }
                Event::Look => {
                    self.watchdog.look();
                    let idle = seen.borrow().report.lines.iter().all(|line| line.actual == 0);
                    if self.broken.swap(false, Ordering::Relaxed) {
                        ending.ask(now, Cause::Broken)
                    } else {
                        ending.look(now, idle)
                    }
                }
            };
            if let Some(command) = command {
                // The dispatch lives as long as this loop.
                let _ = commands.send(command);
            }
        }
        wait_if_stopped().await;
        self.control = seen.take();
        self.ended = Some(Instant::now());
        self.report();
    }

    /// Tells whoever listens how many journeys of each line there should be, and are.
    fn report(&self) {
        let Some(host) = self.hosts.first() else { return };
        if !host.lanes.wants(CONTROLLER_REPORT) {
            return;
        }
        let lines = &self.control.report.lines;
        let required: BTreeMap<_, _> = lines.iter().map(|line| (line.id, line.required)).collect();
        let actual: BTreeMap<_, _> = lines.iter().map(|line| (line.id, line.actual)).collect();
        let num_runners = self.hosts.len();
        let fields = fields! { test: host.test.as_str(), required, actual, num_runners };
        let time = host.epoch.wall(Instant::now());
        host.lanes.send(Message::new(CONTROLLER_REPORT, time, None, None, &fields).as_ref());
    }

    /// Collects what the runners counted, and shows it.
    fn show(&mut self) {
        self.collect();
        let snapshot = self.board.snapshot(self.status());
        self.outputs.retain_mut(|output| match output.tick(&snapshot) {
            Ok(()) => true,
            Err(e) => {
                log::log(
                    Level::Error,
                    format_args!("an output failed and is left out from now on: {e}"),
                );
                self.findings.push(Finding::OutputFailed {
                    output: "output".to_owned(),
                    why: e.to_string(),
                });
                false
            }
        });
    }

    fn collect(&mut self) {
        for host in &self.hosts {
            // The lock is held for the exchange only, not for the adding up.
            let delta = host.lanes.counted().take();
            self.board.merge(delta);
        }
    }

    /// The last counts, and the summary, shown by every output.
    pub(super) fn close(mut self, remarks: Remarks, thresholds: &Thresholds) -> Summary {
        self.remarks = remarks;
        self.watchdog.close();
        self.collect();
        let mut summary = self.board.summary(self.status());
        for row in &summary.journeys {
            let counts = row.counts;
            let ended = counts.finished + counts.failed + counts.cancelled;
            if let left @ 1.. = counts.started.saturating_sub(ended) {
                summary
                    .status
                    .findings
                    .push(Finding::StillRunning { journey: row.journey.clone(), executions: left });
            }
        }
        summary.verdict = judge(thresholds, &summary);
        for output in &mut self.outputs {
            if let Err(e) = output.finish(&summary) {
                log::log(Level::Error, format_args!("an output could not finish: {e}"));
            }
        }
        summary
    }

    fn status(&self) -> RunStatus {
        let report = &self.control.report;
        let pools_failed = !self.control.findings.is_empty();
        let mut findings = self.findings.clone();
        findings.extend_from_slice(&self.control.findings);
        findings.extend_from_slice(&self.remarks.findings);
        let scenarios = report
            .lines
            .iter()
            .zip(&self.cast)
            .zip(&self.control.peaks)
            .map(|((line, LineStatus { journey, pool }), &peak)| {
                if let Some(Ended::InvalidVolume(why)) = &line.ended {
                    let (line, journey, why) = (line.id, journey.to_string(), why.clone());
                    findings.push(Finding::VolumeInvalid { line, journey, why });
                }
                let used_up = line.ended == Some(Ended::Exhausted);
                let pool = pool.clone().map(|pool| PoolStatus { used_up, ..pool });
                if let Some(pool) = &pool
                    && used_up
                    && line.started == 0
                    && !pools_failed
                {
                    findings.push(Finding::PoolWasEmpty {
                        line: line.id,
                        journey: journey.to_string(),
                        pool: pool.name.clone(),
                    });
                }
                ScenarioStatus {
                    peak,
                    pool,
                    id: line.id,
                    journey: journey.to_string(),
                    required: line.required,
                    actual: line.actual,
                    unmet: line
                        .unmet
                        .reasons()
                        .into_iter()
                        .filter(|(_, time)| !time.is_zero())
                        .collect(),
                }
            })
            .collect();
        findings.extend(report.lost.iter().map(|&runner| Finding::RunnerLost { runner }));
        if let items @ 1.. = report.in_doubt.iter().map(|pool| pool.items.len() as u64).sum() {
            findings.push(Finding::ItemsInDoubt { items });
        }
        let lost: u64 = self.taps.iter().map(Tap::lost).sum();
        RunStatus {
            elapsed: self.ended.unwrap_or_else(Instant::now).saturating_duration_since(self.start),
            planned: self.planned,
            runners: self.hosts.len() as u32,
            scenarios,
            lost_messages: lost.saturating_sub(self.remarks.lost),
            notes: self.remarks.notes.clone(),
            findings,
            cut: None,
        }
    }
}
