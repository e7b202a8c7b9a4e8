//! A controller, its pools, and what it keeps.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::pool::{Answer, Pool};
use super::world::{Event, World, new_controller};
use crate::control::{Controller, Fence, Grant, Item, Order, Progress, Saved, StoreMark};
use crate::ids::{RunnerId, TestTime};

/// What a controller has beside its decisions.
pub(super) struct Side {
    pub(super) epoch: u64,
    pub(super) lives: bool,
    /// Grants that wait for a write, and those that leave when it has ended, with what it
    /// writes.
    waiting: Vec<(RunnerId, Grant)>,
    written: Vec<(RunnerId, Grant)>,
    records: Option<Vec<Saved>>,
    /// How far the disk had come with the last write.
    position: u64,
    /// When its own lease on the run is over.
    pub(super) leads_until: TestTime,
    /// Until when it is stopped.
    pub(super) stalled_until: TestTime,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            epoch: 1,
            lives: true,
            waiting: Vec::new(),
            written: Vec::new(),
            records: None,
            position: 0,
            leads_until: TestTime::MAX,
            stalled_until: TestTime::ZERO,
        }
    }
}

/// A controller that was replaced and goes on.
pub(super) struct Rival {
    controller: Controller,
    pools: Vec<Pool>,
    wake: Option<TestTime>,
    side: Side,
}

/// What is durable.
#[derive(Default)]
pub(super) struct Disk {
    /// All that was ever written, in order: records, and none where a controller took over.
    log: Vec<Option<Saved>>,
    /// Where each controller but the last one has ended.
    pub(super) ends: Vec<StoreMark>,
    /// Until when every write fails.
    pub(super) full_until: TestTime,
}

impl World {
    /// Does this at the controller of an epoch, if that one lives.
    pub(super) fn on_side(&mut self, epoch: u64, act: impl FnOnce(&mut Self)) {
        if epoch == self.side.epoch {
            if self.side.lives {
                act(self);
            }
        } else if self.rival().is_some_and(|rival| rival.side.epoch == epoch) {
            self.swap();
            act(self);
            if self.side.lives && !self.controller.finished() {
                self.wake_at(self.controller.next_event().max(self.now + TestTime::from_nanos(1)));
            }
            self.swap();
        }
    }

    fn rival(&mut self) -> Option<&mut Rival> {
        self.fleet.as_mut()?.rival.as_mut()
    }

    /// Until when the controller of an epoch is stopped.
    pub(super) fn stalled_until(&mut self, epoch: u64) -> TestTime {
        if epoch == self.side.epoch {
            return self.side.stalled_until;
        }
        self.rival().map_or(TestTime::ZERO, |rival| rival.side.stalled_until)
    }

    /// When the controller of an epoch is woken next.
    pub(super) fn wake_of(&mut self, epoch: u64) -> Option<&mut Option<TestTime>> {
        if epoch == self.side.epoch {
            return Some(&mut self.wake);
        }
        self.rival().filter(|rival| rival.side.epoch == epoch).map(|rival| &mut rival.wake)
    }

    fn swap(&mut self) {
        let Self { controller, pools, wake, side, fleet, .. } = self;
        if let Some(rival) = fleet.as_mut().and_then(|fleet| fleet.rival.as_mut()) {
            std::mem::swap(controller, &mut rival.controller);
            std::mem::swap(pools, &mut rival.pools);
            std::mem::swap(wake, &mut rival.wake);
            std::mem::swap(side, &mut rival.side);
        }
    }

    /// A report arrives at every controller that lives.
    pub(super) fn heard(&mut self, id: RunnerId, progress: &Progress) {
        let epochs = [Some(self.side.epoch), self.rival().map(|rival| rival.side.epoch)];
        for epoch in epochs.into_iter().flatten() {
            if self.stalled_until(epoch) > self.now {
                continue;
            }
            self.on_side(epoch, |world| {
                if let Some(grant) = world.controller.answer(world.now, progress) {
                    world.side.waiting.push((id, grant));
                }
                if world.controller.outdated().is_some() {
                    return world.give_up();
                }
                world.obey();
                world.write();
            });
        }
    }

    /// Begins the next write, if there is one to be made and none under way.
    fn write(&mut self) {
        if self.side.records.is_some() {
            return;
        }
        self.side.written = std::mem::take(&mut self.side.waiting);
        let records = self.controller.unsaved();
        let Some(fleet) = &self.fleet else { return self.leave() };
        if records.is_empty() {
            return self.leave();
        }
        let slow = fleet.slow_disk;
        self.side.records = Some(records);
        if !self.switches.saved {
            self.leave();
        }
        let at = self.soon(slow);
        self.at(at, Event::Saved(self.side.epoch));
    }

    fn leave(&mut self) {
        if self.now >= self.side.leads_until && self.switches.lease {
            self.side.written.clear();
            return;
        }
        for (id, grant) in std::mem::take(&mut self.side.written) {
            let grant = Grant { position: self.side.position, ..grant };
            for at in self.ways_in(id) {
                self.at(at, Event::Told(id, Box::new(grant.clone())));
            }
        }
    }

    /// A write has ended.
    pub(super) fn saved(&mut self) {
        let (now, epoch, checked) = (self.now, self.side.epoch, self.switches.checked);
        let Some(records) = self.side.records.take() else { return };
        let Some(fleet) = &mut self.fleet else { return };
        let disk = &mut fleet.disk;
        if now < disk.full_until || (checked && disk.epoch() != epoch) {
            // It must not grant what it cannot keep.
            return self.crash();
        }
        let position = disk.write(records);
        self.side.position = position;
        self.leave();
        self.write();
    }

    /// The controller that is at work now ends, between any two steps.
    pub(super) fn crash(&mut self) {
        let written = self.rng.bool();
        let records = self.side.records.take();
        self.side.lives = false;
        let newest = self.side.epoch == self.fleet.as_ref().map_or(1, |fleet| fleet.disk.epoch());
        let Some(fleet) = &mut self.fleet else { return };
        if let Some(records) = records
            && written
            && newest
        {
            // What was on its way to the disk has arrived; nobody knows.
            fleet.disk.write(records);
        }
        if newest {
            let downtime = fleet.timeout() * 3 / 2;
            let at = self.soon(downtime);
            self.at(at, Event::Fault(super::faults::Fault::Restart));
        }
    }

    /// The controller ends for good, since the disk has gone back.
    fn give_up(&mut self) {
        self.side.lives = false;
        let Some(fleet) = &mut self.fleet else { return };
        // One that was replaced only learns so.
        fleet.gave_up |= self.side.epoch == fleet.disk.epoch();
    }

    /// The controller ends, and the disk loses some of the last writes.
    pub(super) fn go_back(&mut self) {
        self.crash();
        let Self { fleet: Some(fleet), rng, .. } = self else { return };
        fleet.disk.go_back(rng);
    }

    pub(super) fn disk_is_full(&self) -> bool {
        self.fleet.as_ref().is_some_and(|fleet| self.now < fleet.disk.full_until)
    }

    /// A controller takes over.
    pub(super) fn restart(&mut self) {
        let now = self.now;
        let Some(fleet) = &mut self.fleet else { return };
        if now < fleet.disk.full_until {
            let at = fleet.disk.full_until;
            return self.at(at, Event::Fault(super::faults::Fault::Restart));
        }
        fleet.disk.take_over();
        let (epoch, ends) = (fleet.disk.epoch(), fleet.disk.ends.clone());
        let records = fleet.disk.records();
        let pools = fleet.pools.clone();
        let mut controller = new_controller(self.settings, &pools, &self.wishes);
        controller.switches = self.switches;
        let fence = Fence { run: 1, epoch, incarnation: 0 };
        let controller = controller.fenced(fence).restored(now, &records).following(&ends);
        let before = Rival {
            controller: std::mem::replace(&mut self.controller, controller),
            pools: std::mem::replace(&mut self.pools, pools),
            wake: self.wake.take(),
            side: std::mem::replace(&mut self.side, Side { epoch, ..Side::default() }),
        };
        fleet.restarts += 1;
        fleet.rival = before.side.lives.then_some(before);
        self.obey();
        self.wake_at(now + TestTime::from_nanos(1));
    }

    /// Does what the controller orders.
    pub(super) fn obey(&mut self) {
        loop {
            let orders = self.controller.orders();
            if orders.is_empty() {
                break;
            }
            for order in orders {
                match order {
                    Order::Checkout { pool, count } => {
                        let at = self.soon(self.pool_delay);
                        self.at(at, Event::Pool(self.side.epoch, pool, count));
                    }
                    Order::Checkin { pool, ids } => {
                        for id in ids {
                            self.pools[pool].checkin(id);
                        }
                        let at = self.soon(self.pool_delay);
                        self.at(at, Event::CheckedIn(self.side.epoch, pool));
                    }
                    Order::Nudge(id) => {
                        for process in self.processes(id) {
                            for at in self.ways_in(process) {
                                self.at(at, Event::Nudged(process));
                            }
                        }
                    }
                    Order::AskVolume { .. } => unreachable!("all models are asked in place"),
                    Order::RunnerLost(_)
                    | Order::LineStarted { .. }
                    | Order::LineStopped { .. } => {}
                    Order::LineEnded { id, why } => {
                        self.ended.retain(|(known, _)| *known != id);
                        self.ended.push((id, why));
                    }
                }
            }
        }
    }

    pub(super) fn answer(&mut self, pool: usize, count: u32) {
        let mut items = Vec::new();
        let mut last = None;
        for _ in 0..count {
            match self.pools[pool].checkout() {
                Answer::Item(id) => items.push(Item { id, data: Bytes::new() }),
                other => {
                    last = Some(other);
                    break;
                }
            }
        }
        if !items.is_empty() {
            self.controller.stocked(pool, items);
        }
        match last {
            Some(Answer::Later) => self.controller.pool_later(pool),
            Some(Answer::Exhausted) => self.controller.pool_exhausted(pool),
            Some(Answer::Failed) => self.controller.pool_failed(pool),
            _ => {}
        }
        self.obey();
    }
}

impl Disk {
    /// Which controller was the last to take over.
    pub(super) fn epoch(&self) -> u64 {
        self.ends.len() as u64 + 1
    }

    /// How far it has come then.
    pub(super) fn write(&mut self, records: Vec<Saved>) -> u64 {
        self.log.extend(records.into_iter().map(Some));
        self.log.len() as u64
    }

    fn take_over(&mut self) {
        self.ends.push(StoreMark { epoch: self.epoch(), position: self.log.len() as u64 });
        self.log.push(None);
    }

    /// The last one of each key.
    fn records(&self) -> Vec<Saved> {
        let records = self.log.iter().flatten().map(|record| (record.key(), record));
        records.collect::<BTreeMap<_, _>>().into_values().cloned().collect()
    }

    fn go_back(&mut self, rng: &mut fastrand::Rng) {
        self.log.truncate(rng.usize(0..=self.log.len()));
        let left = self.log.len() as u64;
        self.ends.retain(|end| end.position < left);
    }
}
