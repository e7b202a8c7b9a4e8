//! One scenario as a runner holds it: its level, its stock of items, its count.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::control::{Item, Level, ScenarioGrant, ScenarioProgress};
use crate::ids::{LineId, TestTime};
use crate::journey::{Host, JourneyEntry};
use crate::label::Label;
use crate::message::Origin;
use crate::pool::{ItemId, PoolKind};

/// What a runner needs to know of a scenario before the test.
#[derive(Clone)]
pub struct LinePlan {
    /// Which.
    pub scenario: LineId,
    /// The journey to start.
    pub journey: &'static JourneyEntry,
    /// How its items may be used.
    pub kind: PoolKind,
    /// Whether its items are data with an id of the pool's, or mere tickets.
    pub has_data: bool,
    /// When its volume ends, if that is known: nothing starts then or later,
    /// also before the controller has said so.
    pub until: Option<TestTime>,
}

/// One scenario as a runner holds it.
pub(super) struct Line {
    pub(super) plan: LinePlan,
    /// What all its executions have in common.
    pub(super) origin: Arc<Origin>,
    level: Level,
    keep: u32,
    exhausted: bool,
    fresh: VecDeque<Item>,
    /// Used ones that may be used again, oldest first.
    recycled: VecDeque<Item>,
    used: Vec<ItemId>,
    unused: Vec<ItemId>,
    stock_when_granted: usize,
    fresh_when_granted: usize,
    running: u32,
    started: u64,
    starved: u32,
    starved_since: TestTime,
    unmet_data: Duration,
    asked_starving: bool,
    /// Nothing more is started.
    ending: bool,
    /// More run than the level has become.
    lowering: bool,
    told_drained: bool,
}

/// What a start takes: an item, or nothing where the journey needs none.
pub(super) type Taken = Option<Item>;

impl Line {
    pub(super) fn new(host: &Host, plan: LinePlan) -> Self {
        let journey = Label::intern(&plan.journey.meta.display());
        let origin = Origin::new(host.test.clone(), host.runner, journey, plan.scenario);
        Self {
            origin: Arc::new(origin),
            plan,
            level: Level::default(),
            keep: 0,
            exhausted: false,
            fresh: VecDeque::new(),
            recycled: VecDeque::new(),
            used: Vec::new(),
            unused: Vec::new(),
            stock_when_granted: 0,
            fresh_when_granted: 0,
            running: 0,
            started: 0,
            starved: 0,
            starved_since: TestTime::ZERO,
            unmet_data: Duration::ZERO,
            asked_starving: false,
            ending: false,
            lowering: false,
            told_drained: false,
        }
    }

    /// Puts a Grant into effect.
    pub(super) fn grant(&mut self, now: TestTime, grant: ScenarioGrant) {
        self.level = grant.level;
        self.keep = grant.keep;
        self.exhausted = grant.exhausted;
        self.fresh.extend(grant.items);
        while self.spare() > self.keep as usize {
            match self.recycled.pop_front() {
                Some(item) => self.used.push(item.id),
                None => self.unused.extend(self.fresh.pop_back().map(|item| item.id)),
            }
        }
        self.stock_when_granted = self.spare();
        self.fresh_when_granted = self.fresh.len();
        self.lowering = self.running > self.level.top();
        self.note_starving(now);
    }

    /// Starts nothing more; what is spare goes home.
    pub(super) fn end(&mut self, now: TestTime) {
        self.level = Level::fixed(0);
        self.ending = true;
        self.used.extend(self.recycled.drain(..).map(|item| item.id));
        self.unused.extend(self.fresh.drain(..).map(|item| item.id));
        self.note_starving(now);
    }

    /// Starts one more journey if the level and the stock allow.
    pub(super) fn start(&mut self, now: TestTime) -> Option<Taken> {
        if self.running >= self.level(now) {
            self.note_starving(now);
            return None;
        }
        let taken = match self.plan.kind {
            PoolKind::Unlimited => None,
            _ => match self.fresh.pop_front().or_else(|| self.recycled.pop_front()) {
                Some(item) => Some(item),
                None => {
                    self.note_starving(now);
                    return None;
                }
            },
        };
        self.running += 1;
        self.told_drained = false;
        self.started += 1;
        Some(taken)
    }

    /// A journey has ended.
    pub(super) fn finish(&mut self, taken: Taken) {
        self.running -= 1;
        let Some(item) = taken else { return };
        if self.plan.kind == PoolKind::Recyclable && self.spare() < self.keep as usize {
            self.recycled.push_back(item);
        } else {
            self.used.push(item.id);
        }
    }

    /// When the level rises next.
    pub(super) fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        self.level.next_rise(now)
    }

    /// Whether the controller should be asked before the period is over.
    pub(super) fn wants_to_ask(&mut self) -> bool {
        let hungry = match self.plan.kind {
            PoolKind::Unlimited => false,
            // It could go on with its own, but all of the pool are used in turn.
            PoolKind::Recyclable => self.fresh.len() * 2 < self.fresh_when_granted,
            PoolKind::Once | PoolKind::Custom => self.spare() * 2 < self.stock_when_granted,
        };
        let hungry = hungry && !self.exhausted;
        let starving = self.starved > 0 && !self.exhausted && !self.asked_starving;
        // Used items that others may wait for.
        let returning = !self.used.is_empty()
            && match self.plan.kind {
                PoolKind::Custom => true,
                PoolKind::Recyclable => self.starved > 0 && !self.exhausted,
                PoolKind::Once | PoolKind::Unlimited => false,
            };
        // Others may grow by what this one came down.
        let came_down = self.lowering && self.running <= self.level.top();
        self.lowering &= !came_down;
        // The end is waited for: say so at once, and once.
        let over = self.ending || (self.exhausted && self.spare() == 0);
        let drained = over && self.running == 0 && !std::mem::replace(&mut self.told_drained, true);
        if hungry || starving || returning || came_down || drained {
            self.asked_starving = true;
            return true;
        }
        false
    }

    /// What to report; what comes home is reported once.
    pub(super) fn progress(&mut self, now: TestTime) -> ScenarioProgress {
        self.note_starving(now);
        self.asked_starving = self.starved > 0;
        ScenarioProgress {
            scenario: self.plan.scenario,
            running: self.running,
            started: self.started,
            spare: self.spare() as u32,
            used: std::mem::take(&mut self.used),
            unused: std::mem::take(&mut self.unused),
            starved: self.starved,
            unmet_data: self.unmet_data,
        }
    }

    fn level(&self, now: TestTime) -> u32 {
        if self.plan.until.is_some_and(|until| now >= until) { 0 } else { self.level.at(now) }
    }

    fn spare(&self) -> usize {
        self.fresh.len() + self.recycled.len()
    }

    /// Accounts for the slots that wait for an item, up to `now`.
    fn note_starving(&mut self, now: TestTime) {
        self.unmet_data += now.saturating_sub(self.starved_since) * self.starved;
        self.starved_since = now;
        // An exhausted pool is how such a line ends, not a want.
        let needs_items =
            self.plan.kind != PoolKind::Unlimited && self.spare() == 0 && !self.exhausted;
        let starved = if needs_items { self.level(now).saturating_sub(self.running) } else { 0 };
        if starved == 0 {
            self.asked_starving = false;
        }
        self.starved = starved;
    }
}
