//! Controller, runners and pools on one clock of events.

use std::collections::BTreeMap;
use std::time::Duration;

use super::faults::Fault;
use super::fleet::Fleet;
use super::observer::Observer;
use super::pool::Pool;
use super::runner::Runner;
use super::side::Side;
use super::wish::Wish;
use crate::control::switches::Switches;
use crate::control::{Controller, Ended, Grant, Line, Progress, Settings, Throttle};
use crate::ids::{RunnerId, TestTime};
use crate::pool::PoolKind;

pub(super) enum Event {
    // Runners are told apart by the number of their process: there may be two of one name.
    Hello(RunnerId),
    Ask(RunnerId, u64),
    /// No answer has come to the report with this number.
    Silence(RunnerId, u64),
    Look(RunnerId),
    Nudged(RunnerId),
    Heard(RunnerId, Box<Progress>),
    Told(RunnerId, Box<Grant>),
    JourneyEnd(RunnerId, usize, u64),
    Rise(RunnerId),
    Arrival(RunnerId),
    Tick(u64),
    Pool(u64, usize, u32),
    CheckedIn(u64, usize),
    Saved(u64),
    /// The term of a runner is over, if none has begun since.
    Over(RunnerId, u64),
    Fault(Fault),
    Lose(RunnerId),
    Missed(RunnerId),
    Throttle(Throttle),
    Stop,
    Cancel,
}

pub(in crate::control) struct World {
    pub(in crate::control) controller: Controller,
    pub(in crate::control) settings: Settings,
    pub(super) switches: Switches,
    pub(in crate::control) wishes: Vec<Wish>,
    pub(in crate::control) pools: Vec<Pool>,
    pub(super) runners: BTreeMap<RunnerId, Runner>,
    pub(in crate::control) observer: Observer,
    pub(in crate::control) now: TestTime,
    events: BTreeMap<(TestTime, u64), Event>,
    sequence: u64,
    /// When the controller is woken next.
    pub(super) wake: Option<TestTime>,
    pub(super) side: Side,
    /// If a network lies between.
    pub(super) fleet: Option<Fleet>,
    pub(super) starts: u64,
    pub(super) rng: fastrand::Rng,
    /// The longest that a message takes.
    pub(in crate::control) delay: Duration,
    /// The longest that a checkout order takes.
    pub(super) pool_delay: Duration,
    /// Until when no pool answers.
    pub(super) hanging_until: TestTime,
    /// How long the loops of runners are blocked now and then, at most.
    pub(super) blocks: Option<Duration>,
    /// Which part of the messages is lost, and which comes twice, until all is calm.
    pub(super) loss: f64,
    pub(super) twice: f64,
    pub(in crate::control) ended: Vec<(u32, Ended)>,
    /// How much the clocks of runners differ from the true time.
    pub(super) drift: f64,
    pub(super) most_items: usize,
    /// The most that the load was multiplied by.
    pub(super) most_load: f64,
}

pub(super) const MIN_DELAY: Duration = Duration::from_millis(4);

/// A runner that has no answer after so long asks again.
pub(super) const PATIENCE: Duration = Duration::from_millis(60);

impl World {
    pub(in crate::control) fn new(
        seed: u64,
        settings: Settings,
        pools: Vec<Pool>,
        wishes: Vec<Wish>,
    ) -> Self {
        let observer = Observer::new(wishes.len());
        let mut world = Self {
            controller: new_controller(settings, &pools, &wishes),
            settings,
            switches: Switches::default(),
            wishes,
            pools,
            runners: BTreeMap::new(),
            observer,
            now: TestTime::ZERO,
            events: BTreeMap::new(),
            sequence: 0,
            wake: None,
            side: Side::default(),
            fleet: None,
            starts: 0,
            rng: fastrand::Rng::with_seed(seed),
            delay: Duration::from_micros(50),
            pool_delay: Duration::from_micros(50),
            hanging_until: TestTime::ZERO,
            blocks: None,
            loss: 0.0,
            twice: 0.0,
            ended: Vec::new(),
            drift: 0.0,
            most_items: 0,
            most_load: 1.0,
        };
        world.wake_at(TestTime::ZERO);
        world
    }

    pub(in crate::control) fn switch(mut self, switches: Switches) -> Self {
        self.controller.switches = switches;
        self.switches = switches;
        self
    }

    /// Runners 1 to `n` come at the beginning.
    pub(in crate::control) fn runners(mut self, n: u32) -> Self {
        for id in 1..=n {
            self.come(TestTime::ZERO, id);
        }
        self
    }

    pub(in crate::control) fn come(&mut self, at: TestTime, id: RunnerId) {
        self.at(at, Event::Hello(id));
    }

    pub(in crate::control) fn lose(&mut self, at: TestTime, id: RunnerId) {
        self.at(at, Event::Lose(id));
    }

    pub(in crate::control) fn throttle(&mut self, at: TestTime, throttle: Throttle) {
        self.at(at, Event::Throttle(throttle));
    }

    pub(in crate::control) fn stop(&mut self, at: TestTime) {
        self.at(at, Event::Stop);
    }

    pub(in crate::control) fn cancel(&mut self, at: TestTime) {
        self.at(at, Event::Cancel);
    }

    /// Lets everything happen that happens until `end`.
    pub(in crate::control) fn run(&mut self, end: TestTime) {
        while let Some(entry) = self.events.first_entry() {
            if entry.key().0 > end {
                break;
            }
            let ((now, _), event) = entry.remove_entry();
            self.now = now;
            self.happen(event);
        }
        self.now = end;
    }

    pub(in crate::control) fn finished(&self) -> bool {
        self.controller.finished()
    }

    pub(in crate::control) fn started(&self, line: usize) -> u64 {
        self.observer.started[line]
    }

    /// Journeys of a line on every runner that lives.
    pub(in crate::control) fn running(&self, line: usize) -> Vec<u32> {
        self.runners.keys().map(|&id| self.observer.on(id, line)).collect()
    }

    pub(in crate::control) fn broken(&self) -> &[String] {
        &self.observer.broken
    }

    pub(super) fn at(&mut self, time: TestTime, event: Event) {
        self.sequence += 1;
        self.events.insert((time, self.sequence), event);
    }

    pub(super) fn soon(&mut self, most: Duration) -> TestTime {
        self.now + Duration::from_nanos(self.rng.u64(1..=most.as_nanos() as u64))
    }

    fn happen(&mut self, event: Event) {
        let now = self.now;
        let Some(event) = self.postponed(event) else { return };
        match event {
            Event::Hello(id) => self.hello(id),
            Event::Ask(id, timer) => {
                let waits = |r: &Runner| r.timer == timer && !r.state.is_waiting();
                if self.runners.get(&id).is_some_and(waits) {
                    self.ask(id);
                }
            }
            Event::Silence(id, number) => {
                let Some(runner) = self.runners.get(&id) else { return };
                if runner.state.is_waiting() && runner.report.number == number {
                    // A retransmission, or a new report with what is known by now.
                    if self.rng.bool() { self.report(id) } else { self.ask(id) }
                }
            }
            Event::Look(id) => self.look(id),
            Event::Nudged(id) => {
                if let Some(runner) = self.runners.get_mut(&id) {
                    runner.nudged = true;
                    self.look(id);
                }
            }
            Event::Heard(id, progress) => self.heard(id, &progress),
            Event::Told(id, grant) => self.told(id, *grant),
            Event::JourneyEnd(id, line, start) => {
                let Some(runner) = self.runners.get_mut(&id) else { return };
                if let Some(item) = runner.end(line, start) {
                    self.note_end(id, line, start, item);
                    self.fill(id);
                    self.look(id);
                }
            }
            Event::Rise(id) => {
                self.fill(id);
                self.look(id);
            }
            Event::Arrival(id) => self.arrive(id),
            Event::Tick(epoch) => self.on_side(epoch, |world| {
                // Only the newest wish to be woken counts.
                if world.wake == Some(now) {
                    world.wake = None;
                    world.controller.tick(now);
                    world.obey();
                }
            }),
            Event::Pool(epoch, pool, count) => {
                self.on_side(epoch, |world| world.answer(pool, count));
            }
            Event::CheckedIn(epoch, pool) => self.on_side(epoch, |world| {
                world.controller.checked_in(pool);
                world.obey();
            }),
            Event::Saved(epoch) => self.on_side(epoch, World::saved),
            Event::Over(id, term) => self.over(id, term),
            Event::Fault(fault) => self.fault(fault),
            Event::Lose(id) => {
                let Some(runner) = self.runners.remove(&id) else { return };
                for (s, line) in runner.running.iter().enumerate() {
                    for (start, item) in line {
                        self.note_end(id, s, *start, item.as_ref().map(|i| i.id));
                    }
                }
                let at = self.soon(self.delay);
                self.at(at, Event::Missed(id));
            }
            Event::Missed(id) => {
                self.controller.lost(now, id);
                self.obey();
            }
            Event::Throttle(throttle) => {
                self.most_load = self.most_load.max(throttle.effective());
                self.controller.turn(now, throttle);
                self.obey();
            }
            Event::Stop => {
                self.observer.stopped.get_or_insert(now);
                self.controller.stop(now);
                self.obey();
            }
            Event::Cancel => {
                self.observer.stopped.get_or_insert(now);
                self.controller.cancel(now);
                self.obey();
            }
        }
        self.most_items = self.most_items.max(self.controller.size());
        if !self.controller.finished() && self.side.lives {
            self.wake_at(self.controller.next_event().max(now + Duration::from_nanos(1)));
        }
    }

    pub(super) fn wake_at(&mut self, time: TestTime) {
        if self.wake != Some(time) {
            self.wake = Some(time);
            self.at(time, Event::Tick(self.side.epoch));
        }
    }

    /// Which stock an item of a line is from, and its kind.
    pub(super) fn stock_of(&self, line: usize) -> (usize, PoolKind) {
        let pool = self.wishes[line].pool;
        match self.pools[pool].kind {
            PoolKind::Unlimited => (1000 + line, PoolKind::Once),
            kind => (pool, kind),
        }
    }

    pub(super) fn note_end(&mut self, id: RunnerId, line: usize, start: u64, item: Option<u64>) {
        let stock = self.stock_of(line).0;
        self.observer.end(id, line, start, item.map(|item| (stock, item)));
    }
}

/// A controller that has done nothing yet.
pub(super) fn new_controller(settings: Settings, pools: &[Pool], wishes: &[Wish]) -> Controller {
    let line = |(s, w): (usize, &Wish)| Line { id: s as u32 + 1, demand: w.demand(), pool: w.pool };
    let lines = wishes.iter().enumerate().map(line).collect();
    let kinds = pools.iter().map(|p| crate::control::Pool { kind: p.kind, spares: p.spares });
    Controller::new(settings, lines, kinds.collect())
}
