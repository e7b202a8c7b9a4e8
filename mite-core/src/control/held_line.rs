//! One line as a runner holds it: its level, its stock of items, its counts.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::held_arrivals::{Delivery, HeldArrivals};
use super::level::Level;
use super::work::{Claim, Item, LineGrant, LineProgress};
use crate::ids::{LineId, TestTime};
use crate::pool::{ItemId, PoolKind};

/// One line as a runner holds it.
pub struct HeldLine {
    id: LineId,
    /// How its items may be used.
    pub(super) kind: PoolKind,
    /// When its volume ends, if that is known: nothing starts then or later,
    /// also before the controller has said so.
    until: Option<TestTime>,
    level: Level,
    keep: u32,
    pub(super) exhausted: bool,
    /// Not used here yet, in the pool's order.
    pub(super) fresh: VecDeque<Item>,
    /// Used ones that may be used again, oldest first.
    pub(super) recycled: VecDeque<Item>,
    used: Homeward,
    unused: Homeward,
    stock_when_granted: usize,
    fresh_when_granted: usize,
    pub(super) running: u32,
    pub(super) started: u64,
    /// Its arrivals, if it is of the open model.
    pub(super) arrivals: Option<HeldArrivals>,
    starved: u32,
    starved_since: TestTime,
    unmet_data: Duration,
    /// Slots that wait for room on the runner, which arrivals have.
    crowded: u32,
    crowded_since: TestTime,
    unmet_room: Duration,
    /// Whether the last report said that slots wait for an item.
    told_starving: bool,
    /// Whether nothing more is started.
    pub(super) ending: bool,
    /// Whether more run than the level has become, as far as was reported.
    lowering: bool,
    /// Whether the last report said that nothing runs or will.
    pub(super) told_drained: bool,
    /// Items in use, if a controller may be restarted and ask for them.
    pub(super) in_use: Option<HashSet<ItemId>>,
    #[cfg(test)]
    pub(super) forgets: bool,
}

/// Items on their way back: they are reported until the controller has acknowledged a
/// report that names them (at least once).
#[derive(Default)]
struct Homeward {
    ids: Vec<ItemId>,
    reported: usize,
}

impl Homeward {
    fn report(&mut self) -> Vec<ItemId> {
        self.reported = self.ids.len();
        self.ids.clone()
    }

    fn acknowledge(&mut self) {
        self.ids.drain(..std::mem::take(&mut self.reported));
    }

    fn has_news(&self) -> bool {
        self.ids.len() > self.reported
    }
}

/// What a start takes: an item, or nothing where the journey needs none.
pub type Taken = Option<Item>;

impl HeldLine {
    /// A line of which nothing is granted yet.
    pub fn new(id: LineId, kind: PoolKind, until: Option<TestTime>) -> Self {
        Self {
            id,
            kind,
            until,
            level: Level::default(),
            keep: 0,
            exhausted: false,
            fresh: VecDeque::new(),
            recycled: VecDeque::new(),
            used: Homeward::default(),
            unused: Homeward::default(),
            stock_when_granted: 0,
            fresh_when_granted: 0,
            running: 0,
            started: 0,
            arrivals: None,
            starved: 0,
            starved_since: TestTime::ZERO,
            unmet_data: Duration::ZERO,
            crowded: 0,
            crowded_since: TestTime::ZERO,
            unmet_room: Duration::ZERO,
            told_starving: false,
            ending: false,
            lowering: false,
            told_drained: false,
            in_use: None,
            #[cfg(test)]
            forgets: false,
        }
    }

    pub(super) fn id(&self) -> LineId {
        self.id
    }

    /// The last report was acknowledged: what it returned need not be reported again.
    pub(super) fn acknowledge(&mut self) {
        self.used.acknowledge();
        self.unused.acknowledge();
    }

    /// Puts a Grant into effect, which answers what was asked first at `asked`.
    pub(super) fn grant(&mut self, asked: TestTime, now: TestTime, grant: LineGrant) {
        self.level = grant.level;
        self.keep = grant.keep;
        self.exhausted = grant.exhausted;
        self.fresh.extend(grant.items);
        if let Some(arrivals) = grant.arrivals {
            self.grant_arrivals(arrivals, Delivery { asked, came: now });
        }
        let spare = self.spare().saturating_sub(self.keep as usize);
        let used = spare.min(self.recycled.len());
        self.used.ids.extend(self.recycled.drain(..used).map(|item| item.id));
        let unused = self.fresh.split_off(self.fresh.len() - (spare - used));
        self.unused.ids.extend(unused.into_iter().map(|item| item.id));
        self.stock_when_granted = self.spare();
        self.fresh_when_granted = self.fresh.len();
        self.end_without_items();
        // Where journeys arrive no level is held, and none comes down.
        self.lowering = self.arrivals.is_none() && self.running > self.level.top();
        self.note_starving(now);
        self.note_crowded(now, self.crowded > 0);
    }

    /// Starts nothing more; spare items are returned.
    pub(super) fn end(&mut self, now: TestTime) {
        self.level = Level::fixed(0);
        self.ending = true;
        self.end_arrivals(now);
        self.used.ids.extend(self.recycled.drain(..).map(|item| item.id));
        self.unused.ids.extend(self.fresh.drain(..).map(|item| item.id));
        self.note_starving(now);
        self.note_crowded(now, false);
    }

    /// Its term is over: it holds nothing, and what it has in stock it must not start. Unlike
    /// at its [end](Self::end), a Grant may make it start again.
    pub(super) fn lapse(&mut self, now: TestTime) {
        self.level = Level::fixed(0);
        self.keep = 0;
        self.used.ids.extend(self.recycled.drain(..).map(|item| item.id));
        self.unused.ids.extend(self.fresh.drain(..).map(|item| item.id));
        self.note_starving(now);
        self.note_crowded(now, false);
    }

    /// Starts one more journey if the level and the stock allow.
    pub(super) fn start(&mut self, now: TestTime) -> Option<Taken> {
        if self.running >= self.level_at(now) {
            self.note_starving(now);
            return None;
        }
        let taken = match self.kind {
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
        self.note_use(&taken);
        Some(taken)
    }

    /// A journey has ended.
    pub(super) fn finish(&mut self, taken: Taken) {
        self.running -= 1;
        let Some(item) = taken else { return };
        if let Some(in_use) = &mut self.in_use {
            in_use.remove(&item.id);
        }
        if self.kind == PoolKind::Recyclable && self.spare() < self.keep as usize {
            self.recycled.push_back(item);
        } else {
            self.used.ids.push(item.id);
        }
    }

    /// When the level rises next.
    pub(super) fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        self.level.next_rise(now)
    }

    /// Whether the controller should be asked before the period is over, for
    /// what the last report did not say.
    pub(super) fn wants_to_ask(&self) -> bool {
        let hungry = match self.kind {
            PoolKind::Unlimited => false,
            // It has items to go on with, but those of a pool are used in turn.
            PoolKind::Recyclable => self.fresh.len() * 2 < self.fresh_when_granted,
            PoolKind::Once | PoolKind::Custom => self.spare() * 2 < self.stock_when_granted,
        };
        let starving = self.starved > 0 && !self.told_starving;
        // Used items that others may wait for.
        let returning = self.used.has_news()
            && match self.kind {
                PoolKind::Custom => true,
                PoolKind::Recyclable => self.starved > 0 && !self.exhausted,
                PoolKind::Once | PoolKind::Unlimited => false,
            };
        // Others may grow by what this one came down.
        let came_down = self.lowering && self.running <= self.level.top();
        // The end is waited for: say so at once, and once.
        let drained = self.is_drained() && !self.told_drained;
        ((hungry || starving) && !self.exhausted) || returning || came_down || drained
    }

    /// What to report; returned items are in it until they are acknowledged.
    pub(super) fn progress(&mut self, now: TestTime) -> LineProgress {
        self.note_starving(now);
        self.told_starving = self.starved > 0;
        self.told_drained = self.is_drained();
        self.lowering &= self.running > self.level.top();
        let (used, unused) = (self.used.report(), self.unused.report());
        #[cfg(test)]
        if self.forgets {
            self.acknowledge();
        }
        LineProgress {
            line: self.id,
            running: self.running,
            started: self.started,
            spare: self.spare() as u32,
            used,
            unused,
            starved: self.starved,
            unmet_data: self.unmet_data,
            unmet_room: self.unmet_room,
            arrivals: self.arrival_progress(),
            claim: None,
        }
    }

    /// What it holds.
    pub(super) fn claim(&self) -> Claim {
        let spare = self.fresh.iter().chain(&self.recycled).map(|item| item.id);
        let items = spare.chain(self.in_use.iter().flatten().copied()).collect();
        Claim { level: self.level, items }
    }

    pub(super) fn note_use(&mut self, taken: &Taken) {
        if let (Some(in_use), Some(item)) = (&mut self.in_use, taken) {
            in_use.insert(item.id);
        }
    }

    fn is_drained(&self) -> bool {
        let used_up = self.exhausted && self.spare() == 0;
        let over = self.ending || used_up || self.arrivals_are_over();
        over && self.running == 0
    }

    pub(super) fn level_at(&self, now: TestTime) -> u32 {
        if self.until.is_some_and(|until| now >= until) { 0 } else { self.level.at(now) }
    }

    pub(super) fn spare(&self) -> usize {
        self.fresh.len() + self.recycled.len()
    }

    /// Accounts for the slots that wait for an item, up to `now`.
    fn note_starving(&mut self, now: TestTime) {
        self.unmet_data += now.saturating_sub(self.starved_since) * self.starved;
        self.starved_since = now;
        // A line whose pool is exhausted ends, and does not starve.
        let needs_items = self.kind != PoolKind::Unlimited && self.spare() == 0 && !self.exhausted;
        let starved = if needs_items { self.level_at(now).saturating_sub(self.running) } else { 0 };
        if starved == 0 {
            self.told_starving = false;
        }
        self.starved = starved;
    }

    /// Whether slots wait for room on the runner, as far as was noted.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded > 0
    }

    /// Accounts for the slots that wait for room on a runner that is full, up to `now`.
    pub(super) fn note_crowded(&mut self, now: TestTime, is_full: bool) {
        self.unmet_room += now.saturating_sub(self.crowded_since) * self.crowded;
        self.crowded_since = now;
        let missing = self.level_at(now).saturating_sub(self.running);
        self.crowded = if is_full { missing.saturating_sub(self.starved) } else { 0 };
    }

    /// Whether it has decided on all of its arrivals, if it has any.
    pub(super) fn is_played(&self) -> bool {
        self.arrivals.as_ref().is_none_or(|arrivals| arrivals.counts.pending == 0)
    }

    /// Whether it starts nothing more, and nothing runs or is spare.
    pub(super) fn has_ended(&self) -> bool {
        self.ending && self.is_played() && self.running == 0 && self.spare() == 0
    }

    /// Whether nothing runs, is spare or on its way home.
    pub(super) fn has_nothing(&self) -> bool {
        self.running == 0
            && self.spare() == 0
            && self.used.ids.is_empty()
            && self.unused.ids.is_empty()
    }
}
