//! Runners: one thread, one loop, and the journeys of its share.
//!
//! A runner holds levels by itself: it restarts a journey as soon as one ends,
//! reuses its own items, and asks the controller once a period, or earlier when
//! it is about to run dry.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::control::{Grant, Phase, Progress};
use crate::dispatch::{Disconnected, Transport};
use crate::ids::TestTime;
use crate::journey::Host;
use crate::message::Origin;
use crate::stats::End;

mod line;
mod pulse;
mod slot;

pub use line::LinePlan;
use line::{Line, Taken};
pub use pulse::Pulse;
use pulse::Pulsing;

/// How a runner behaves.
#[derive(Clone)]
pub struct RunnerSettings {
    /// When the test begins: the zero of test time.
    pub start: Instant,
    /// How often it asks for work.
    pub period: Duration,
    /// How often at most.
    pub min_delay: Duration,
}

/// One runner, to be [`run`](Self::run) on a local runtime.
pub struct Runner<T> {
    shared: Rc<Shared>,
    transport: T,
    requests: u64,
    grant: u64,
}

/// What the loop and the slots share. They are on one thread, so a slot never
/// meets another one inside.
struct Shared {
    host: Arc<Host>,
    settings: RunnerSettings,
    lines: RefCell<Vec<Line>>,
    slots: RefCell<HashMap<u64, AbortHandle>>,
    next_slot: Cell<u64>,
    next_context: Cell<u64>,
    pulse: Pulsing,
    ask: Notify,
}

impl Shared {
    fn now(&self) -> TestTime {
        Instant::now().saturating_duration_since(self.settings.start)
    }

    fn line(&self, line: usize) -> (LinePlan, Arc<Origin>) {
        let lines = self.lines.borrow();
        (lines[line].plan.clone(), lines[line].origin.clone())
    }

    fn next_context_id(&self) -> u64 {
        self.next_context.set(self.next_context.get() + 1);
        self.next_context.get()
    }

    fn start(&self, line: usize) -> Option<Taken> {
        let taken = self.lines.borrow_mut()[line].start(self.now());
        self.ask_if_wanted(line);
        taken
    }

    fn finish(&self, line: usize, taken: Taken) {
        self.lines.borrow_mut()[line].finish(taken);
        self.ask_if_wanted(line);
    }

    fn ask_if_wanted(&self, line: usize) {
        if self.lines.borrow_mut()[line].wants_to_ask() {
            self.ask.notify_one();
        }
    }

    fn ended(&self, line: usize, end: End) {
        let origin = self.lines.borrow()[line].origin.clone();
        self.host.lanes.counted().journey_ended(origin.journey(), end);
    }

    /// Starts what the levels allow now.
    fn fill(self: &Rc<Self>) {
        if Instant::now() < self.settings.start {
            return;
        }
        let lines = self.lines.borrow().len();
        for line in 0..lines {
            while let Some(taken) = self.start(line) {
                let id = self.next_slot.get();
                self.next_slot.set(id + 1);
                let shared = self.clone();
                let task = tokio::task::spawn_local(async move {
                    slot::run(shared.clone(), line, taken).await;
                    shared.slots.borrow_mut().remove(&id);
                });
                self.slots.borrow_mut().insert(id, task.abort_handle());
            }
        }
    }

    fn next_rise(&self) -> Option<Instant> {
        if Instant::now() < self.settings.start {
            return Some(self.settings.start);
        }
        let now = self.now();
        let lines = self.lines.borrow();
        let rise = lines.iter().filter_map(|line| line.next_rise(now)).min()?;
        Some(self.settings.start + rise)
    }

    fn apply(&self, grant: Grant) {
        let now = self.now();
        self.host.config.apply(&grant.config);
        let mut granted: HashMap<_, _> =
            grant.scenarios.into_iter().map(|g| (g.scenario, g)).collect();
        let mut lines = self.lines.borrow_mut();
        for line in lines.iter_mut() {
            match granted.remove(&line.plan.scenario) {
                Some(grant) => line.grant(now, grant),
                None => line.end(now),
            }
            if grant.phase != Phase::Run {
                line.end(now);
            }
        }
        drop(lines);
        if grant.phase != Phase::Run {
            self.host.stop.store(true, Ordering::Relaxed);
        }
        if matches!(grant.phase, Phase::Cancel | Phase::Bye) {
            // Taken out first: an aborted slot that is not running is dropped
            // at once, and takes itself off this list.
            let slots: Vec<_> = self.slots.borrow_mut().drain().map(|(_, slot)| slot).collect();
            for slot in slots {
                slot.abort();
            }
        }
    }
}

impl<T: Transport> Runner<T> {
    /// A runner that holds its share of these lines.
    pub fn new(
        host: Arc<Host>,
        settings: RunnerSettings,
        lines: Vec<LinePlan>,
        pulse: Pulse,
        transport: T,
    ) -> Self {
        let lines = lines.into_iter().map(|plan| Line::new(&host, plan)).collect();
        let shared = Rc::new(Shared {
            host,
            settings,
            lines: RefCell::new(lines),
            slots: RefCell::default(),
            next_slot: Cell::new(0),
            next_context: Cell::new(0),
            pulse: Pulsing::new(pulse),
            ask: Notify::new(),
        });
        Self { shared, transport, requests: 0, grant: 0 }
    }

    /// Runs journeys until the controller says that all is over.
    ///
    /// # Errors
    /// If the controller is gone; what ran is cancelled then.
    pub async fn run(mut self) -> Result<(), Disconnected> {
        loop {
            let asked = Instant::now();
            let progress = self.progress();
            let grant = match self.transport.request(progress).await {
                Ok(grant) => grant,
                Err(gone) => {
                    self.shared.apply(Grant { phase: Phase::Cancel, ..Grant::default() });
                    self.shared.host.end().await;
                    return Err(gone);
                }
            };
            self.grant = grant.number;
            let phase = grant.phase;
            self.shared.apply(grant);
            if phase == Phase::Bye {
                self.shared.host.end().await;
                return Ok(());
            }
            self.shared.fill();
            self.wait(asked, phase).await;
        }
    }

    /// Waits until it is time to ask again; starts what the levels allow meanwhile.
    async fn wait(&self, asked: Instant, phase: Phase) {
        let shared = &self.shared;
        let period = asked + shared.settings.period;
        let earliest = asked + shared.settings.min_delay;
        loop {
            let rise = if phase == Phase::Run { shared.next_rise() } else { None };
            tokio::select! {
                biased;
                () = self.transport.nudged() => break,
                () = shared.ask.notified() => break,
                () = tokio::time::sleep_until(period) => return,
                () = tokio::time::sleep_until(rise.unwrap_or(period)), if rise.is_some() => shared.fill(),
            }
        }
        tokio::time::sleep_until(earliest).await;
    }

    fn progress(&mut self) -> Progress {
        self.requests += 1;
        let now = self.shared.now();
        Progress {
            runner: self.shared.host.runner,
            number: self.requests,
            grant: self.grant,
            config_version: self.shared.host.config.version(),
            scenarios: self
                .shared
                .lines
                .borrow_mut()
                .iter_mut()
                .map(|line| line.progress(now))
                .collect(),
        }
    }
}
