//! A process of runners under one of its numbers: it looks after them until the run is over.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Slewed;
use mite_core::dispatch::Command;
use mite_core::error::Error;
use mite_core::faults::Faults;
use mite_core::ids::RunnerId;
use mite_core::message::Tap;
use mite_core::stat::ActiveStats;
use mite_core::stats::{Finding, Tally, Weight};
use mite_nats::{Led, NatsTransport, RunnerSide};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::parting::Parting;
use super::seconds::Seconds;
use super::traces::Traces;
use crate::lanes::MessageLanes;
use crate::listener::Remarks;
use crate::run::RunError;
use crate::run::listeners::Listeners;
use crate::run::resources::Resources;
use crate::run::runners::OwnRunners;
use crate::run::shutdown::Signals;
use crate::terminal::log::{self, Level};

mod status;

/// How often it is said what was counted.
const TICK: Duration = Duration::from_secs(1);

/// How often it is looked how runners are.
const LOOK: Duration = Duration::from_millis(50);

/// How long runners may take to be told by their Grants that the run is over.
const OVER_WAIT: Duration = Duration::from_secs(2);

/// How long the controller may take for the last counts.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// The same, while the server is away and the process was told to end.
const AWAY_WAIT: Duration = Duration::from_secs(2);

/// How long listeners may take for what is still queued.
const LISTENERS_WAIT: Duration = Duration::from_secs(10);

/// How it ended.
pub(crate) enum Outcome {
    /// With the run; how bad it was what it found.
    Over(Weight),
    /// The run is over, and a journey of it keeps a thread: it can take part in no other.
    Stuck,
    /// A signal, whose number this is, came before.
    Cut(u8),
}

/// What lives as long as the process.
pub(super) struct Common {
    /// The number that it has drawn at its start: by which it is known again.
    pub(super) origin: u64,
    pub(super) stats: ActiveStats,
    pub(super) faults: Arc<Faults>,
    pub(super) listeners: Listeners,
    pub(super) resources: Resources,
    pub(super) traces: Option<Traces>,
}

/// What became of a process under one of its numbers.
pub(super) enum Life {
    Ended(Outcome),
    /// The run has given it up, and goes on.
    Lost,
}

/// A process that takes part in a run.
pub(super) struct Work<'a> {
    pub(super) ids: Vec<RunnerId>,
    pub(super) runners: OwnRunners<NatsTransport>,
    pub(super) side: RunnerSide,
    pub(super) tally: Tally,
    pub(super) common: &'a mut Common,
    pub(super) taps: Vec<Tap>,
    /// What else was found.
    pub(super) found: Vec<Finding>,
    /// Messages that were lost and that findings speak of.
    pub(super) told_lost: u64,
    pub(super) notes: Vec<String>,
    /// The zero of test time, by the controller's clock and as runners have it by now.
    pub(super) at: u64,
    pub(super) zero: Slewed,
    pub(super) parting: Parting,
    /// How often the controller has asked what was counted.
    pub(super) asked: watch::Receiver<u64>,
    /// The last of what was told that has arrived.
    pub(super) arrived: watch::Receiver<u64>,
    pub(super) messages: &'a MessageLanes,
    pub(super) led: watch::Receiver<Led>,
    /// How long the controller may be away.
    pub(super) patience: Duration,
}

impl Work<'_> {
    pub(super) async fn go_on(
        mut self,
        signals: &mut Signals,
        mut commanded: mpsc::UnboundedReceiver<Command>,
    ) -> Result<Life, RunError> {
        // The controller adds up what was counted until each second of the test, by the same
        // zero that runners have.
        let mut seconds = Seconds::new(self.zero.zero(), Instant::now());
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut gone = Vec::new();
        // A journey that blocks its thread is not waited for once the run is over, which the
        // controller says, or a runner that has ended and was not given up.
        let mut over_since = None;
        let mut left = false;
        let mut is_stuck = false;
        while !self.runners.have_ended() {
            let ends = self.parting.signal().is_some()
                || self.runners.ended() > gone.len()
                || self.is_over();
            if ends && !self.parting.plays() {
                let since = *over_since.get_or_insert_with(Instant::now);
                // Those that were not told so by a Grant end now.
                if self.is_over()
                    && since.elapsed() >= OVER_WAIT
                    && !std::mem::replace(&mut left, true)
                {
                    self.side.leave();
                }
                if since.elapsed() >= LAST_WAIT {
                    self.find_stuck();
                    is_stuck = true;
                    break;
                }
            } else {
                over_since = None;
            }
            tokio::select! {
                biased;
                signal = signals.next() => if self.parting.step(signal, &self.side) {
                    break;
                },
                Some(command) = commanded.recv() => {
                    if let Command::Lost(runner) = command {
                        gone.push(runner);
                    }
                }
                Ok(()) = self.asked.changed() => self.tell(self.passed()),
                () = tokio::time::sleep_until(seconds.end(self.zero.zero())) => {
                    self.tell(seconds.take(self.zero.zero(), Instant::now()));
                }
                _ = look.tick() => {
                    self.parting.look(&self.side);
                    self.runners.watch();
                    if let Some(over) = self.led.borrow().over {
                        self.runners.over(over.into_std());
                    }
                }
            }
        }
        let cut = self.parting.signal();
        while let Ok(command) = commanded.try_recv() {
            if let Command::Lost(runner) = command {
                gone.push(runner);
            }
        }
        // What it says at the end is waited for until the next signal comes.
        let is_unheard = self.is_unheard();
        if self.led.borrow().over.is_some() {
            // Nobody has given them up.
            gone.clear();
        }
        let ending = self.end(cut.is_some(), &gone);
        let heard = tokio::select! {
            biased;
            signal = signals.next() => {
                return Ok(Life::Ended(Outcome::Cut(cut.unwrap_or(signal))));
            }
            heard = ending => heard,
        };
        let worst = self.found.iter().map(Finding::weight).max().unwrap_or(Weight::Note);
        // Each runner that ends before the run has told so.
        let is_lost = cut.is_none() && !gone.is_empty();
        let status = self.status(self.passed());
        for note in &status.notes {
            log::log(Level::Info, note);
        }
        for finding in &status.findings {
            let level = if finding.weight() == Weight::Note { Level::Warn } else { Level::Error };
            log::log(level, finding);
        }
        match (cut, heard) {
            (Some(signal), _) => Ok(Life::Ended(Outcome::Cut(signal))),
            (None, true) if is_lost => Ok(Life::Lost),
            (None, true) if !is_unheard && is_stuck => Ok(Life::Ended(Outcome::Stuck)),
            (None, true) if !is_unheard => Ok(Life::Ended(Outcome::Over(worst))),
            (None, _) => Err(RunError::Lost(Error::new(
                "the run's controller is gone: what was counted last is lost",
            ))),
        }
    }

    /// Says goodbye and what was counted in all: whether that was heard.
    async fn end(&mut self, is_cut: bool, gone: &[RunnerId]) -> bool {
        self.runners.close().await;
        // Whoever was told to end waits for no server that is away.
        let limit = if is_cut && self.side.is_away() { AWAY_WAIT } else { LAST_WAIT };
        if is_cut {
            self.side.bye(self.ids.clone(), true, limit).await;
        } else if !gone.is_empty() {
            self.side.bye(gone.to_vec(), false, limit).await;
        }
        if is_cut || gone.is_empty() {
            let remarks = self.finish_listeners(if is_cut { limit } else { LISTENERS_WAIT }).await;
            self.found.extend(remarks.findings);
            self.notes.extend(remarks.notes);
            self.told_lost += remarks.lost;
        }
        self.count();
        let status = self.status(self.passed());
        self.side.tell_last(self.tally.update(), &status, limit).await
    }

    /// Lets listeners have what is still queued. What was counted is said first, and then
    /// again and again: a process that is not heard is given up.
    async fn finish_listeners(&mut self, limit: Duration) -> Remarks {
        self.count();
        let status = self.status(self.passed());
        let update = self.tally.update().clone();
        let finished = self.common.listeners.finish(limit, false);
        tokio::pin!(finished);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                remarks = &mut finished => return remarks,
                _ = tick.tick() => self.side.tell(&update, &status),
            }
        }
    }

    /// Whether nobody leads the run any more.
    fn is_unheard(&self) -> bool {
        let Led { heard, over } = *self.led.borrow();
        over.is_none() && heard.elapsed() >= self.patience
    }

    /// Whether the run is over, or nobody leads it any more.
    fn is_over(&self) -> bool {
        self.led.borrow().over.is_some() || self.is_unheard()
    }

    /// Names runners that did not end.
    fn find_stuck(&mut self) {
        let ended = self.runners.ended_places();
        let stuck = self.ids.iter().enumerate().filter(|(place, _)| !ended.contains(place));
        self.found.extend(stuck.map(|(_, runner)| Finding::Fault {
            what: format!("runner {runner} did not end with the run: a journey blocks its thread"),
            times: 1,
        }));
    }

    fn count(&mut self) {
        let tally = &mut self.tally;
        tally.heard(*self.arrived.borrow());
        self.runners.collect(|window| tally.absorb(window));
        self.common.resources.look();
        self.zero.follow(self.side.moment(self.at), Instant::now());
    }

    /// How far test time is behind the controller's, in nanoseconds.
    fn drift(&self) -> i64 {
        let (is, should_be) = (self.zero.zero(), self.side.moment(self.at));
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
        match is.checked_duration_since(should_be) {
            Some(behind) => nanos(behind),
            None => -nanos(should_be - is),
        }
    }

    /// Test time.
    fn passed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.zero.zero())
    }

    /// Says what was counted until that time of the test, which is now or was a little before.
    fn tell(&mut self, until: Duration) {
        self.common.listeners.look();
        self.count();
        let status = self.status(until);
        self.side.tell(self.tally.update(), &status);
        // Nothing more is heard of one that has left before the others of its process.
        let ended =
            || self.runners.ended_places().into_iter().map(|place| self.ids[place]).collect();
        if self.parting.signal().is_some() {
            self.side.say_bye(ended());
        }
    }
}
