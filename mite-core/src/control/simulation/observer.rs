//! Sees every start and end, and knows what must never be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::arrivals::Seen;
use crate::ids::{RunnerId, TestTime};
use crate::pool::PoolKind;

/// Invariants of the run, checked at every start.
#[derive(Default)]
pub(in crate::control) struct Observer {
    /// (stock, item) of journeys in flight.
    in_use: HashSet<(usize, u64)>,
    /// Once-items that were started.
    once: HashSet<(usize, u64)>,
    running: BTreeMap<(RunnerId, usize), u32>,
    /// Of all runners together, by line.
    in_flight: Vec<u32>,
    /// When journeys in flight were started, by line and number.
    since: BTreeMap<(usize, u64), TestTime>,
    pub(super) started: Vec<u64>,
    /// When the last start of a line was.
    pub(super) last_start: Vec<TestTime>,
    pub(super) broken: Vec<String>,
    most: BTreeMap<usize, u32>,
    started_on: BTreeMap<(RunnerId, usize), u64>,
    /// When the run was stopped.
    pub(super) stopped: Option<TestTime>,
    /// By line.
    pub(in crate::control) arrivals: BTreeMap<usize, Seen>,
}

/// What a start must respect.
pub(super) struct Limits<'a> {
    pub(super) stock: Option<(usize, PoolKind)>,
    /// Volumes by time, of the line.
    pub(super) steps: &'a [(TestTime, u32)],
    /// How long an old volume may still be in effect.
    pub(super) delay: Duration,
    pub(super) tickets: Option<u64>,
    pub(super) cap: Option<u32>,
}

impl Observer {
    pub(super) fn new(lines: usize) -> Self {
        Self {
            started: vec![0; lines],
            in_flight: vec![0; lines],
            last_start: vec![TestTime::ZERO; lines],
            ..Self::default()
        }
    }

    pub(super) fn start(
        &mut self,
        now: TestTime,
        runner: RunnerId,
        line: usize,
        start: u64,
        item: Option<u64>,
        limits: &Limits<'_>,
    ) {
        self.started[line] += 1;
        self.last_start[line] = now;
        *self.running.entry((runner, line)).or_default() += 1;
        self.in_flight[line] += 1;
        *self.started_on.entry((runner, line)).or_default() += 1;
        if let (Some(item), Some((stock, kind))) = (item, limits.stock) {
            if !self.in_use.insert((stock, item)) {
                self.broken
                    .push(format!("item {item} of stock {stock} is in use twice at {now:?}"));
            }
            if kind == PoolKind::Once && !self.once.insert((stock, item)) {
                self.broken.push(format!("once-item {item} of stock {stock} was started twice"));
            }
        }
        // What was started under a larger volume may still run.
        self.since.insert((line, start), now);
        let oldest = self.since.range((line, 0)..).next().map_or(now, |(_, t)| *t);
        let since = oldest.saturating_sub(limits.delay);
        let held = self.total(line);
        let most = self.most.entry(line).or_default();
        *most = held.max(*most);
        let before = limits.steps.iter().rfind(|(t, _)| *t <= since);
        let during = limits.steps.iter().filter(|(t, _)| *t > since && *t <= now);
        let most = during.chain(before).map(|(_, v)| *v).max().unwrap_or(0);
        if held > most {
            self.broken.push(format!("{held} of line {line} run at {now:?}, required are {most}"));
        }
        if let Some(cap) = limits.cap {
            let lines = (runner, 0)..=(runner, usize::MAX);
            let held: u32 = self.running.range(lines).map(|(_, n)| n).sum();
            if held > cap {
                self.broken.push(format!("{held} on runner {runner} at {now:?}, its cap is {cap}"));
            }
        }
        if limits.tickets.is_some_and(|n| self.started[line] > n) {
            self.broken.push(format!("line {line} has more starts than tickets"));
        }
    }

    pub(super) fn end(
        &mut self,
        runner: RunnerId,
        line: usize,
        start: u64,
        item: Option<(usize, u64)>,
    ) {
        self.since.remove(&(line, start));
        if let Some(n) = self.running.get_mut(&(runner, line)) {
            *n -= 1;
            self.in_flight[line] -= 1;
        }
        if let Some(item) = item {
            self.in_use.remove(&item);
        }
    }

    /// The most journeys of `line` that were in flight at once.
    pub(in crate::control) fn most_at_once(&self, line: usize) -> u32 {
        self.most.get(&line).copied().unwrap_or(0)
    }

    /// Journeys of `line` that a runner has started.
    pub(in crate::control) fn started_on(&self, runner: RunnerId, line: usize) -> u64 {
        self.started_on.get(&(runner, line)).copied().unwrap_or(0)
    }

    /// Journeys of `line` in flight.
    pub(super) fn total(&self, line: usize) -> u32 {
        self.in_flight[line]
    }

    pub(super) fn on(&self, runner: RunnerId, line: usize) -> u32 {
        self.running.get(&(runner, line)).copied().unwrap_or(0)
    }

    /// Once-items of `stock` that were started.
    pub(super) fn once_started(&self, stock: usize) -> HashMap<u64, ()> {
        self.once.iter().filter(|(s, _)| *s == stock).map(|(_, id)| (*id, ())).collect()
    }
}
