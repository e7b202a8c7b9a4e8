//! The controller's half of a run: it sees that what was planned happens, adds up
//! what was counted, shows it, and judges it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Epoch;
use mite_core::config::Config;
use mite_core::control::{LineReport, Report};
use mite_core::dispatch::{Command, ControllerEnd, Dispatch, Notice, Store};
use mite_core::faults::Faults;
use mite_core::fields;
use mite_core::message::{Message, Tap};
use mite_core::msgpack::Fields;
use mite_core::stats::{Board, Bounds, Finding, Summary, judge};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::dropped::{DroppedAway, dropped};
use super::listeners::Listeners;
use super::load::LoadTime;
use super::plan::LineInfo;
use super::resources::Resources;
use super::screen::CONTROLLER_REPORT;
use super::shutdown::{Cause, Shutdown, Signals};
use super::site::{Runners, Site};
use super::stages::Stages;
use super::watchdog::LOOK;
use crate::listener::Remarks;
use crate::output::control::Change;
use crate::output::{Outputs, RunControl};
use crate::terminal::log::{self, Level};

/// How often counts are collected and shown.
const TICK: Duration = Duration::from_secs(1);

/// How long counts of a second may be under way until its window ends without them: less
/// than until the next one does.
const UNDER_WAY: Duration = Duration::from_millis(900);

/// How long listeners may take at least for what is still queued.
const LISTENERS_WAIT: Duration = Duration::from_secs(10);

/// How long outputs may take for the summary.
const OUTPUTS_WAIT: Duration = Duration::from_secs(5);

/// So many failures of one kind say all there is to say, if nothing else happened.
const HOPELESS: u64 = 1_000;

/// A run under way.
pub(super) struct Monitor<S: Site> {
    pub(super) runners: S::Runners,
    /// Who gets the messages of this process.
    pub(super) listeners: Listeners,
    pub(super) taps: Vec<Tap>,
    pub(super) epoch: Epoch,
    /// When the warm-up ends, if there is one.
    pub(super) warm_until: Option<Instant>,
    pub(super) virtual_time: bool,
    pub(super) board: Board,
    pub(super) outputs: Outputs,
    /// What outputs ask of it.
    pub(super) asked: RunControl,
    /// How many marks were told.
    pub(super) told_marks: usize,
    pub(super) config: Config,
    /// Keys of the config that somebody typed.
    pub(super) typed: Vec<String>,
    pub(super) dispatch: Option<Dispatch<S::End, S::Store>>,
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) shutdown: Shutdown,
    pub(super) signals: Signals,
    pub(super) stages: Stages,
    pub(super) setup_timeout: Duration,
    pub(super) lines: Vec<LineInfo>,
    pub(super) start: Instant,
    pub(super) planned: Option<Duration>,
    /// Whether it goes on though nothing succeeds.
    pub(super) keep_going: bool,
    /// How many kinds of failures were told as they came.
    pub(super) told_failures: usize,
    /// Whether it may end without having started anything.
    pub(super) allow_empty: bool,
    /// How late an arrival may start.
    pub(super) max_lateness: Duration,
    pub(super) bounds: Bounds,
    pub(super) resources: Resources,
    pub(super) graceful_stop: Duration,
    pub(super) control: Control,
    /// What fails the run and belongs to no journey.
    pub(super) faults: Arc<Faults>,
    /// What was found by the way.
    pub(super) findings: Vec<Finding>,
    pub(super) load_time: LoadTime,
    /// How long load was asked for, once no more is.
    pub(super) load: Option<Duration>,
    /// The same, while what was counted until then is still under way; and until when that
    /// is waited for.
    pub(super) ending: Option<(Duration, Instant)>,
    /// The end of the window whose counts are still under way, and until when that is
    /// waited for.
    pub(super) due: Option<(Duration, Instant)>,
    /// Arrivals that were dropped for the network's sake.
    pub(super) away: DroppedAway,
    /// When there was nothing more to run; listeners may take longer.
    pub(super) ended: Option<Instant>,
}

/// The last that the dispatch said.
#[derive(Default)]
pub(super) struct Control {
    pub(super) report: Report,
    pub(super) findings: Vec<Finding>,
}

/// What the monitor wakes up for.
enum Event {
    Notice(Notice),
    Signal(u8),
    Change(Change),
    Deadline,
    Tick(Instant),
    Look,
}

/// Waits for good if a journey has stopped everything: a stopped process belongs to
/// whoever looks at it, and is ended by the journey that stopped it; also Ctrl-C in a
/// debugger is its own.
async fn wait_if_stopped() {
    if mite_core::is_stopped() {
        std::future::pending().await
    }
}

impl<S: Site> Monitor<S> {
    /// How long load was asked for, if no more is.
    fn load_is_over(&self) -> Option<Duration> {
        match self.shutdown.cause()? {
            Cause::Lines => self.load_time.until(),
            _ => Some(self.planned.map_or(self.elapsed(), |planned| planned.min(self.elapsed()))),
        }
    }

    /// Notes that load is over, if it is, as soon as everything until then was counted.
    fn end_load(&mut self) {
        if self.ending.is_none() {
            let Some(load) = self.load_is_over() else { return };
            self.runners.refresh();
            self.ending = Some((load, Instant::now() + TICK));
        }
        let Some((load, until)) = self.ending else { return };
        if !self.runners.is_fresh() {
            self.runners.counts(&mut self.board, None);
        }
        if self.runners.is_fresh() || Instant::now() >= until {
            self.drain(load);
        }
    }

    fn drain(&mut self, load: Duration) {
        self.note_pauses(load);
        self.load = Some(load);
        self.runners.counts(&mut self.board, None);
        self.board.drain(load);
    }

    /// Runs the dispatch until it has ended, or cannot be waited for any longer.
    pub(super) async fn watch(&mut self) {
        let Some(mut dispatch) = self.dispatch.take() else { return };
        // A run that is taken up again has had some of its seconds.
        let passed = Instant::now().saturating_duration_since(self.start).as_secs();
        let first = self.start + Duration::from_secs(passed) + TICK + self.runners.lag();
        let mut tick = tokio::time::interval_at(first, TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        // A watchdog on the runners' own thread would see nothing.
        let apart = !self.runners.share_its_thread();
        while !self.shutdown.has_left() {
            let deadline = self.shutdown.deadline();
            let event = tokio::select! {
                biased;
                notice = dispatch.next() => match notice {
                    Some(notice) => Event::Notice(notice),
                    None => break,
                },
                signal = self.signals.next() => Event::Signal(signal),
                change = self.asked.changed() => Event::Change(change),
                () = tokio::time::sleep_until(deadline.unwrap_or(self.start)), if deadline.is_some() => {
                    Event::Deadline
                }
                at = tick.tick() => Event::Tick(at),
                _ = look.tick(), if apart => Event::Look,
            };
            wait_if_stopped().await;
            let now = Instant::now();
            let command = match event {
                Event::Signal(signal) => self.shutdown.ask(now, Cause::Signal(signal)),
                Event::Change(Change::Pause) => Some(Command::Pause),
                Event::Change(Change::Resume) => Some(Command::Resume),
                Event::Change(Change::Scale(factor)) => Some(Command::Scale(factor)),
                Event::Deadline => self.shutdown.overdue(now),
                Event::Notice(notice) => {
                    self.say(&notice);
                    self.follow(&notice);
                    let over = dispatch.lines_have_ended();
                    if over { self.shutdown.ask(now, Cause::Lines) } else { None }
                }
                Event::Tick(at) => {
                    let closed = self.close(now, true);
                    self.control = Control::of(&dispatch);
                    self.asked.follow(self.control.report.by_hand);
                    let passed = now.saturating_duration_since(self.start);
                    let lost = |at, reason| self.runners.were_away(at, reason);
                    self.away.follow(passed, dropped(&self.control.report), lost);
                    self.report();
                    self.listeners.look();
                    let planned = at.saturating_duration_since(self.start + self.runners.lag());
                    let end = self.runners.window_end(planned, self.elapsed());
                    self.due = Some((end, now + UNDER_WAY));
                    closed.or_else(|| self.close(now, false))
                }
                Event::Look => {
                    self.runners.look();
                    let idle = dispatch.is_idle();
                    match self.listeners.have_just_broken() {
                        true => self.shutdown.ask(now, Cause::Broken),
                        false => self.close(now, false).or_else(|| self.shutdown.look(now, idle)),
                    }
                }
            };
            if let Some(command) = command {
                // The dispatch lives as long as this loop.
                let _ = self.commands.send(command);
            }
            if self.load.is_none() {
                self.end_load();
            }
        }
        wait_if_stopped().await;
        self.control = Control::of(&dispatch);
        self.asked.follow(self.control.report.by_hand);
        self.ended = Some(Instant::now());
        if self.load.is_none() {
            self.drain(self.ending.map_or(self.elapsed(), |(load, _)| load));
        }
        let passed = self.elapsed();
        self.away.follow(passed, dropped(&self.control.report), |at, reason| {
            self.runners.were_away(at, reason)
        });
        self.findings.extend(self.shutdown.interrupted());
        self.report();
        self.control.findings = dispatch.close().await;
    }

    /// Ends what runs beside the controller; a signal ends the wait for it.
    pub(super) async fn end(&mut self) -> Remarks {
        self.runners.end(&mut self.signals).await;
        wait_if_stopped().await;
        let torn_down = self.stages.tear_down(&mut self.signals, self.setup_timeout).await;
        self.findings.extend(torn_down);
        let limit = self.graceful_stop.max(LISTENERS_WAIT);
        let remarks = tokio::select! {
            biased;
            _ = self.signals.next() => None,
            remarks = self.listeners.finish(limit, self.virtual_time) => Some(remarks),
        };
        let remarks = match remarks {
            Some(remarks) => remarks,
            None => self.listeners.finish(Duration::ZERO, self.virtual_time).await,
        };
        tokio::select! {
            biased;
            _ = self.signals.next() => {}
            () = self.runners.over() => {}
        }
        remarks
    }

    /// The last counts, and what they are worth.
    pub(super) fn judge(&mut self, mut remarks: Remarks) -> Summary {
        self.runners.counts(&mut self.board, None);
        remarks.extend(self.runners.remarks());
        self.take_marks();
        self.findings.extend(self.outputs.failures());
        let faults = self.faults.take().into_iter();
        self.findings.extend(faults.map(|(what, times)| Finding::Fault { what, times }));
        self.findings.extend(self.never_asked());
        let status = self.status(&remarks);
        // What came after the last tick; those that are shown it begin a window anew.
        self.outputs.show_last(&Arc::new(self.board.snapshot(status.clone())));
        let mut summary = self.board.summary(status);
        for row in &summary.journeys {
            let counts = row.counts;
            let ended = counts.finished + counts.failed + counts.cancelled;
            if let executions @ 1.. = counts.started.saturating_sub(ended) {
                let journey = row.journey.clone();
                summary.status.findings.push(Finding::StillRunning { journey, executions });
            }
        }
        summary.verdict = judge(self.board.checked(self.elapsed()), &summary);
        summary
    }

    /// Settings that were typed and that no code asked for, though some ran to its end; those
    /// of the HTTP client are asked for before anything runs.
    fn never_asked(&self) -> Option<Finding> {
        let asked = |key: &str| self.config.was_asked_for(key) || self.runners.asked_for(key);
        let finished = self.board.has_finished();
        let told = |key: &&String| !asked(key) && (finished || key.starts_with("http_"));
        let keys: Vec<_> = self.typed.iter().filter(told).cloned().collect();
        (!keys.is_empty()).then_some(Finding::KeysNeverAsked { keys })
    }

    /// Shows how it went. An output that cannot is a part of how it went.
    pub(super) async fn show_all(mut self, summary: Summary) -> Summary {
        let summary = Arc::new(summary);
        let failed = tokio::select! {
            biased;
            _ = self.signals.next() => None,
            failed = self.outputs.finish(summary.clone(), OUTPUTS_WAIT) => Some(failed),
        };
        let failed = failed.unwrap_or_else(|| self.outputs.abandoned());
        let mut summary = Arc::unwrap_or_clone(summary);
        failed.into_iter().for_each(|finding| summary.verdict.add(finding));
        summary
    }

    /// Tells whoever listens something of the whole run, past the runners.
    fn tell(&self, kind: &str, fields: impl FnOnce() -> Fields) {
        let Some(lanes) = self.runners.lanes().filter(|lanes| lanes.wants(kind)) else { return };
        let now = Instant::now();
        let message = Message::new(kind, self.epoch.wall(now), None, None, &fields());
        lanes.tell_stats(message.as_ref(), self.warm_until.is_some_and(|until| now < until));
        self.taps.iter().filter(|tap| tap.wants(kind)).for_each(|tap| tap.send(message.as_ref()));
    }

    /// Tells whoever listens how many journeys of each line there should be, and are.
    fn report(&self) {
        self.tell(CONTROLLER_REPORT, || {
            let by_line = |n: fn(&LineReport) -> u32| {
                let lines = self.control.report.lines.iter();
                lines.map(|line| (line.id, n(line))).collect::<BTreeMap<_, _>>()
            };
            fields! {
                test: self.board.info().test,
                required: by_line(|line| line.required),
                actual: by_line(|line| line.actual),
                num_runners: self.runners.count() as usize,
            }
        });
    }

    /// Whether a limit is broken that ends the run. Says so.
    fn a_limit_ends_it(&mut self, elapsed: Duration) -> bool {
        let broken = self.board.broken(elapsed);
        if let Some(limit) = broken {
            log::log(Level::Error, format_args!("limit `{limit}` is broken, and ends the run"));
        }
        broken.is_some()
    }

    /// How long the test has lasted.
    pub(super) fn elapsed(&self) -> Duration {
        self.ended.unwrap_or_else(Instant::now).saturating_duration_since(self.start)
    }

    /// Ends the window that is due once everything that was counted in it is here, or is
    /// waited for no longer.
    fn close(&mut self, now: Instant, at_once: bool) -> Option<Command> {
        let (end, until) = self.due?;
        // What is counted until the end of the load is of its own.
        if self.ending.is_some() && self.load.is_none() {
            return None;
        }
        if !at_once && now < until && !self.runners.have_told(end) {
            return None;
        }
        self.due = None;
        if let Some(finding) = self.show(end) {
            self.findings.push(finding);
            return self.shutdown.ask(now, Cause::Hopeless);
        }
        let cause = self.a_limit_ends_it(end).then_some(Cause::Limit)?;
        self.shutdown.ask(now, cause)
    }

    /// Knows for how long load was paused until that time of the test.
    fn note_pauses(&mut self, until: Duration) {
        if self.load.is_none() {
            self.board.pause(self.asked.paused(until));
        }
    }

    /// Collects what the runners counted until then, and shows it. Says if there is no hope.
    fn show(&mut self, until: Duration) -> Option<Finding> {
        self.resources.look();
        self.note_pauses(until);
        self.runners.counts(&mut self.board, Some(until));
        self.say_new_failures();
        self.take_marks();
        self.findings.extend(self.outputs.failures());
        let mut status = self.status(&Remarks::default());
        status.elapsed = until;
        self.board.judge_searches(&status);
        self.outputs.show(&Arc::new(self.board.snapshot(status)));
        match self.keep_going || self.findings.iter().any(|f| matches!(f, Finding::Hopeless { .. }))
        {
            true => None,
            false => self.board.hopeless(HOPELESS),
        }
    }

    /// Notes what it says of the time in which load is asked for.
    fn follow(&mut self, notice: &Notice) {
        let now = self.elapsed();
        match notice {
            Notice::LineStopped(id, why) => {
                let planned = self.lines.get(*id as usize - 1).and_then(|l| l.volume.duration);
                self.load_time.stopped(*id, why, planned, now);
            }
            Notice::LineEnded(id, _) => self.load_time.over(*id, now),
            Notice::LineStarted(_)
            | Notice::Overdue(_)
            | Notice::Joined(_)
            | Notice::Left(_)
            | Notice::Lost(_)
            | Notice::Throttled(_) => {}
        }
    }
}

impl Control {
    fn of<E: ControllerEnd, S: Store>(dispatch: &Dispatch<E, S>) -> Self {
        Self { report: dispatch.report(), findings: dispatch.findings().to_vec() }
    }
}
