//! Arrivals, as runners decide on them, and what must hold of them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::runner::LATENESS;
use super::world::{Event, World};
use crate::control::{Arrived, Dropped, Ended, Fate, LostRunner};
use crate::ids::{RunnerId, TestTime};
use crate::stats::DropReason;

/// What the observer saw of the arrivals of one line.
#[derive(Default)]
pub(in crate::control) struct Seen {
    /// When each of them was due, of those that were decided.
    pub(in crate::control) decided: BTreeMap<u64, TestTime>,
    pub(in crate::control) dropped: Dropped,
    pub(super) started: u64,
    /// What runners that left did not come to any more.
    pub(super) away: u64,
}

impl World {
    /// Looks at the arrivals of a runner when the next one is due, or later if its loop is
    /// blocked.
    pub(super) fn await_arrival(&mut self, id: RunnerId) {
        let now = self.now;
        let Some(runner) = self.runners.get_mut(&id) else { return };
        let Some(at) = runner.state.next_arrival() else { return };
        let mut at = at.max(now) + Duration::from_micros(self.rng.u64(0..200));
        if let Some(blocks) = self.blocks.filter(|_| self.rng.u8(0..20) == 0) {
            at += Duration::from_nanos(self.rng.u64(0..blocks.as_nanos() as u64));
        }
        if runner.alarm.is_none_or(|alarm| alarm <= now || at < alarm) {
            runner.alarm = Some(at);
            self.at(at, Event::Arrival(id));
        }
    }

    /// Decides on the arrivals that are due on a runner.
    pub(super) fn arrive(&mut self, id: RunnerId) {
        let now = self.now;
        let Some(runner) = self.runners.get_mut(&id) else { return };
        if runner.alarm != Some(now) {
            return;
        }
        runner.alarm = None;
        while let Some(arrived) = self.runners.get_mut(&id).and_then(|r| r.state.arrive(now)) {
            let (line, start) = (arrived.line, self.starts + 1);
            self.note_arrival(&arrived);
            if let Fate::Starts(taken) = arrived.fate {
                self.starts = start;
                let item = taken.as_ref().map(|item| item.id);
                if let Some(runner) = self.runners.get_mut(&id) {
                    runner.running[line].insert(start, taken);
                }
                self.note_start(id, line, start, item);
            }
        }
        self.look(id);
        self.await_arrival(id);
    }

    fn note_arrival(&mut self, arrived: &Arrived) {
        let Arrived { line, k, at, ref fate } = *arrived;
        let now = self.now;
        let observer = &mut self.observer;
        let seen = observer.arrivals.entry(line).or_default();
        let late = now.saturating_sub(at) > LATENESS;
        let mut broken = Vec::new();
        if at > now {
            broken
                .push(format!("arrival {k} of line {line} was decided at {now:?}, before {at:?}"));
        }
        match fate {
            Fate::Starts(_) => seen.started += 1,
            Fate::Dropped(reason) => seen.dropped.count(*reason),
        }
        if seen.decided.insert(k, at).is_some() {
            broken.push(format!("arrival {k} of line {line} was decided twice"));
        }
        let said = match fate {
            Fate::Dropped(reason) => matches!(reason, DropReason::Late | DropReason::Undelivered),
            Fate::Starts(_) => false,
        };
        // Who must not start anything drops all that comes.
        if late != said && self.fleet.is_none() {
            broken.push(format!("arrival {k} of line {line}, due {at:?}, at {now:?}: {fate:?}"));
        }
        observer.broken.extend(broken);
    }

    /// A runner has left in good order: what it had then, and was told of until it was gone,
    /// nobody decides on.
    pub(super) fn note_away(&mut self, process: RunnerId) {
        let Some(runner) = self.runners.get(&process) else { return };
        for (s, late) in runner.late.iter().enumerate() {
            let counts = runner.state.arrivals(s);
            let seen = self.observer.arrivals.entry(s).or_default();
            seen.away += counts.cut + counts.dropped.late - late;
        }
    }

    /// Arrivals are elsewhere soon after a runner has fallen silent: those that nobody
    /// decided on were due before, or are of a runner that left at once.
    pub(super) fn check_silent(&mut self) {
        let report = self.controller.report();
        let period = self.settings.period;
        // What was due when the run was stopped is not scheduled any more.
        let until = self.observer.stopped.unwrap_or(self.now).saturating_sub(period);
        let mut broken = Vec::new();
        for (s, wish) in self.wishes.iter().enumerate() {
            let line = &report.lines[s];
            if wish.rate.is_none() || !matches!(line.ended, None | Some(Ended::Drained)) {
                continue;
            }
            let windows = (until.as_nanos() / period.as_nanos()) as u64;
            let schedule = wish.schedule(self.settings.seed, s as u32 + 1, period, windows);
            let nothing = Seen::default();
            let seen = self.observer.arrivals.get(&s).unwrap_or(&nothing);
            let nobodys = schedule.iter().zip(0..).filter(|(at, k)| {
                // A window is sealed with a runner that was heard a period and a half ago,
                // and ends three periods later.
                let silent = |lost: &LostRunner| **at < lost.from + period * 5;
                !seen.decided.contains_key(k) && !report.lost.iter().any(silent)
            });
            let nobodys: Vec<_> = nobodys.collect();
            if let Some((at, k)) = nobodys.first()
                && nobodys.len() as u64 > seen.away
            {
                broken.push(format!(
                    "nobody decided on {} arrivals of line {s}, first on {k} at {at:?}; runners \
                     that left had {}",
                    nobodys.len(),
                    seen.away
                ));
            }
        }
        self.observer.broken.extend(broken);
    }

    /// Every arrival of every sealed window is decided on once, when it was scheduled,
    /// whoever the runners are.
    pub(super) fn check_arrivals(&mut self) {
        let report = self.controller.report();
        let mut broken = Vec::new();
        for (s, wish) in self.wishes.iter().enumerate() {
            if wish.rate.is_none() {
                continue;
            }
            let period = self.settings.period;
            let windows = (self.now.as_nanos() / period.as_nanos()) as u64 + 3;
            let schedule = wish.schedule(self.settings.seed, s as u32 + 1, period, windows);
            let nothing = Seen::default();
            let seen = self.observer.arrivals.get(&s).unwrap_or(&nothing);
            for (k, at) in &seen.decided {
                if schedule.get(*k as usize) != Some(at) {
                    broken
                        .push(format!("arrival {k} of line {s} at {at:?} is not in the schedule"));
                }
            }
            let Some(told) = report.lines[s].arrivals else { continue };
            // What no runner was there for was not sealed, or is lost.
            let until = self.observer.stopped.unwrap_or(self.now);
            let due = schedule.iter().filter(|at| **at < until).count() as u64;
            let missing = schedule
                .iter()
                .zip(0..)
                .filter(|(at, k)| **at < until && !seen.decided.contains_key(k));
            let missing = missing.count() as u64;
            let exhausted = matches!(
                report.lines[s].ended,
                Some(Ended::Exhausted | Ended::PoolFailed | Ended::PoolLost)
            );
            // What was due when the run ended is late, without a runner having come to it.
            let overdue = told.dropped.late.saturating_sub(seen.dropped.late);
            if missing > told.cut + told.lost + overdue && !exhausted {
                let known = &report.lines[s];
                broken.push(format!(
                    "line {s}: {missing} of {due} were due and never decided: {known:?}"
                ));
            }
            if report.lost.is_empty() && self.fleet.is_none() {
                let counted = Dropped { late: told.dropped.late - overdue, ..told.dropped };
                let decided = seen.dropped;
                if overdue > 0 && self.observer.stopped.is_none() {
                    broken.push(format!("line {s}: {overdue} are late though nothing ended"));
                }
                if counted != decided || told.lost > 0 {
                    broken.push(format!("line {s}: {decided:?} and not {told:?}"));
                }
                let decided = decided.total() + seen.started + overdue;
                if told.scheduled != decided {
                    broken.push(format!("line {s}: {decided} decided, {} told", told.scheduled));
                }
            }
        }
        self.observer.broken.extend(broken);
    }
}
