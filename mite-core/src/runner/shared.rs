//! What the loop of a runner and its slots share.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::boot_clock::BootClock;
use super::line::Line;
use super::pulse::{Pulse, Pulsing};
use super::settings::RunnerSettings;
use super::started::{Start, Started};
use crate::clock::Slewed;
use crate::control::{Arrived, Grant, HeldLine, Phase, Progress, RunnerState, Taken, Tenure};
use crate::ids::TestTime;
use crate::journey::Host;
use crate::stats::End;

/// What the loop and the slots share. They are on one thread, and none holds a borrow
/// across an await.
pub(super) struct Shared {
    pub(super) host: Arc<Host>,
    zero: Cell<Slewed>,
    /// The latest test time that was read: where it is moved, it goes back for nobody.
    latest: Cell<TestTime>,
    state: RefCell<RunnerState>,
    /// If what it was granted expires.
    clock: Option<BootClock>,
    lines: Vec<Started>,
    slots: RefCell<HashMap<u64, AbortHandle>>,
    next_slot: Cell<u64>,
    next_context: Cell<u64>,
    pub(super) pulse: Pulsing,
    /// There may be a reason to ask.
    pub(super) ask: Notify,
    /// There is an arrival to wait for, or an earlier one.
    pub(super) scheduled: Notify,
    /// There is room again that closed lines have waited for.
    pub(super) room: Notify,
    /// A Grant has come, and a new term with it.
    pub(super) renewed: Notify,
}

impl Shared {
    pub(super) fn new(
        host: Arc<Host>,
        settings: &RunnerSettings,
        lines: &[Line],
        pulse: Pulse,
    ) -> Self {
        let held: Vec<HeldLine> = lines.iter().map(Line::held).collect();
        let mut journeys = 0;
        let started = |line: &Line| {
            let started = Started::new(line, &host, journeys);
            journeys += started.journeys();
            started
        };
        let RunnerSettings { fence, start, most, max_lateness, timeout, .. } = *settings;
        let state = RunnerState::new(host.runner, held).fenced(fence);
        let state = state.limited(most, max_lateness).termed(timeout);
        Self {
            zero: Cell::new(Slewed::new(start, start.max(Instant::now()))),
            latest: Cell::default(),
            state: RefCell::new(state),
            clock: timeout.map(|_| BootClock::new(host.virtual_time)),
            lines: lines.iter().map(started).collect(),
            slots: RefCell::default(),
            next_slot: Cell::new(0),
            next_context: Cell::new(0),
            pulse: Pulsing::new(pulse),
            ask: Notify::new(),
            scheduled: Notify::new(),
            room: Notify::new(),
            renewed: Notify::new(),
            host,
        }
    }

    fn now(&self) -> TestTime {
        let now = Instant::now().saturating_duration_since(self.start());
        let now = now.max(self.latest.get());
        self.latest.set(now);
        now
    }

    fn start(&self) -> Instant {
        self.zero.get().zero()
    }

    /// Moves test time towards one that begins at `zero`.
    pub(super) fn slew(&self, zero: Instant) {
        let mut slewed = self.zero.get();
        slewed.follow(zero, Instant::now());
        self.zero.set(slewed);
    }

    pub(super) fn has_begun(&self) -> bool {
        Instant::now() >= self.start()
    }

    pub(super) fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Which journey of `line` starts with `taken`, and what with.
    pub(super) fn next(&self, line: usize, taken: &Taken) -> Start {
        self.lines[line].next(taken)
    }

    pub(super) fn next_context_id(&self) -> u64 {
        self.next_context.set(self.next_context.get() + 1);
        self.next_context.get()
    }

    /// With what a journey of `line` starts now, if it may.
    pub(super) fn take(&self, line: usize) -> Option<Taken> {
        self.look();
        let now = self.now();
        let mut state = self.state.borrow_mut();
        let taken = state.start(line, now);
        if state.wants_to_ask() {
            self.ask.notify_one();
        }
        taken
    }

    pub(super) fn finish(&self, line: usize, taken: Taken) {
        let mut state = self.state.borrow_mut();
        state.finish(line, taken);
        if state.wants_to_ask() {
            self.ask.notify_one();
        }
        if state.has_made_room() {
            self.room.notify_one();
        }
    }

    /// The next arrival that is due, and what becomes of it.
    pub(super) fn arrive(&self) -> Option<Arrived> {
        self.look();
        let mut state = self.state.borrow_mut();
        let arrived = state.arrive(self.now());
        if state.wants_to_ask() {
            self.ask.notify_one();
        }
        arrived
    }

    /// When the next arrival is due.
    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.state.borrow().next_arrival().map(|at| self.moment(at))
    }

    /// The moment that is `at` in test time.
    pub(super) fn moment(&self, at: TestTime) -> Instant {
        self.start() + at
    }

    pub(super) fn wants_to_ask(&self) -> bool {
        self.state.borrow().wants_to_ask()
    }

    /// An execution of a journey of `line` has ended, maybe one of the warm-up.
    pub(super) fn ended(&self, line: usize, which: usize, end: End, warmup: bool) {
        let journey = self.lines[line].name(which);
        self.host.lanes.counted().during(warmup).journey_ended(journey, end);
    }

    /// A number for a slot.
    pub(super) fn new_slot(&self) -> u64 {
        self.next_slot.replace(self.next_slot.get() + 1)
    }

    pub(super) fn add_slot(&self, id: u64, slot: AbortHandle) {
        self.slots.borrow_mut().insert(id, slot);
    }

    pub(super) fn remove_slot(&self, id: u64) {
        self.slots.borrow_mut().remove(&id);
    }

    /// When a level rises next, or the test begins.
    pub(super) fn next_rise(&self) -> Option<Instant> {
        if !self.has_begun() {
            return Some(self.start());
        }
        let rise = self.state.borrow().next_rise(self.now())?;
        Some(self.start() + rise)
    }

    pub(super) fn progress(&self) -> Progress {
        let mut state = self.state.borrow_mut();
        if let Some(clock) = &self.clock {
            state.sends(clock.now());
        }
        state.progress(self.now(), self.host.config.version())
    }

    /// Puts a Grant into effect, but for the starts.
    pub(super) fn apply(&self, grant: Grant) {
        self.host.config.apply(&grant.config);
        let phase = grant.phase;
        let before = self.next_arrival();
        let applied = self.state.borrow_mut().apply(self.now(), grant);
        if applied {
            self.renewed.notify_one();
            if self.look() == Tenure::Held && self.is_fenced() {
                let stops = self.state.borrow().starts_nothing();
                self.host.stop.store(stops, Ordering::Relaxed);
            }
            self.enter(phase);
        }
        if self.next_arrival() != before {
            self.scheduled.notify_one();
        }
    }

    /// It leaves once what is scheduled for it was played and has ended.
    pub(super) fn retire(&self) {
        self.state.borrow_mut().retire(self.now());
    }

    /// Whether it has left: the controller knows all that it did.
    pub(super) fn has_left(&self) -> bool {
        self.state.borrow().has_left()
    }

    /// Starts, finishes or drops journeys from now on.
    pub(super) fn enter(&self, phase: Phase) {
        if phase != Phase::Run {
            self.host.stop.store(true, Ordering::Relaxed);
        }
        if matches!(phase, Phase::Cancel | Phase::Bye | Phase::Lost) {
            self.cancel_all();
        }
    }

    /// Whether what it was granted expires.
    pub(super) fn is_fenced(&self) -> bool {
        self.clock.is_some()
    }

    /// Looks whether its term still runs, and does what follows if not.
    pub(super) fn look(&self) -> Tenure {
        let Some(clock) = &self.clock else { return Tenure::Held };
        let tenure = self.state.borrow_mut().look(self.now(), clock.now());
        if tenure != Tenure::Held {
            self.host.stop.store(true, Ordering::Relaxed);
        }
        if tenure == Tenure::Over {
            self.cancel_all();
        }
        tenure
    }

    /// In how long to look again at the latest.
    pub(super) fn next_look(&self) -> Option<Duration> {
        let now = self.clock.as_ref()?.now();
        Some(self.state.borrow().next_look(now)?.saturating_sub(now))
    }

    fn cancel_all(&self) {
        // Taken out first: an aborted slot that is not running is dropped
        // at once, and takes itself off this list.
        let slots: Vec<_> = self.slots.borrow_mut().drain().map(|(_, slot)| slot).collect();
        for slot in slots {
            slot.abort();
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.state.borrow().phase()
    }
}
