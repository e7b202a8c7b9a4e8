//! A runner that follows its Grants to the letter.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::control::{Grant, Item, Level, Phase, Progress, ScenarioProgress};
use crate::ids::{RunnerId, TestTime};

pub(super) struct Runner {
    pub(super) id: RunnerId,
    pub(super) phase: Phase,
    /// Between a Progress and its Grant.
    pub(super) waiting: bool,
    pub(super) nudged: bool,
    pub(super) asked: TestTime,
    /// Only the newest timer counts.
    pub(super) timer: u64,
    /// When it looks at its levels next.
    pub(super) rise: Option<TestTime>,
    number: u64,
    grant: u64,
    pub(super) lines: Vec<Line>,
    seen: TestTime,
}

pub(super) struct Line {
    takes_items: bool,
    reuses: bool,
    pub(super) level: Level,
    keep: u32,
    exhausted: bool,
    fresh: VecDeque<Item>,
    idle: VecDeque<Item>,
    pub(super) running: BTreeMap<u64, Option<Item>>,
    started: u64,
    used: Vec<u64>,
    unused: Vec<u64>,
    unmet: Duration,
    /// Spare items after the last Grant, those that were not used here before
    /// among them, and whether it brought any.
    stock: usize,
    stock_fresh: usize,
    fed: bool,
    /// Whether it has reported that it came down to its level.
    drained: bool,
}

impl Line {
    pub(super) fn new(takes_items: bool, reuses: bool) -> Self {
        Self {
            takes_items,
            reuses,
            level: Level::default(),
            keep: 0,
            exhausted: false,
            fresh: VecDeque::new(),
            idle: VecDeque::new(),
            running: BTreeMap::new(),
            started: 0,
            used: Vec::new(),
            unused: Vec::new(),
            unmet: Duration::ZERO,
            stock: 0,
            stock_fresh: 0,
            fed: true,
            drained: true,
        }
    }

    fn spare(&self) -> usize {
        self.fresh.len() + self.idle.len()
    }

    fn starved(&self, now: TestTime) -> u32 {
        let short = self.level.at(now).saturating_sub(self.running.len() as u32);
        if self.takes_items && self.spare() == 0 && !self.exhausted { short } else { 0 }
    }

    /// Sends home what is more than it may keep.
    fn trim(&mut self) {
        while self.spare() > self.keep as usize {
            if let Some(item) = self.idle.pop_front() {
                self.used.push(item.id);
            } else if let Some(item) = self.fresh.pop_back() {
                self.unused.insert(0, item.id);
            }
        }
    }

    /// Whether it should ask before its time.
    fn is_eager(&self, now: TestTime) -> bool {
        let hungry = if self.reuses {
            self.fresh.len() * 2 < self.stock_fresh
        } else {
            self.spare() * 2 < self.stock
        };
        let low = self.takes_items
            && !self.exhausted
            && self.level.top() > 0
            && (hungry || self.starved(now) > 0);
        // Others may wait for the slots, or for the items.
        let down = self.running.len() <= self.level.at(now) as usize && !self.drained;
        (low && (self.fed || !self.used.is_empty())) || down
    }
}

impl Runner {
    pub(super) fn new(id: RunnerId, lines: Vec<Line>, now: TestTime) -> Self {
        Self {
            id,
            phase: Phase::Run,
            waiting: false,
            nudged: false,
            asked: now,
            timer: 0,
            rise: None,
            number: 0,
            grant: 0,
            lines,
            seen: now,
        }
    }

    /// Books starvation until now.
    pub(super) fn pass(&mut self, now: TestTime) {
        let span = now - self.seen;
        for line in &mut self.lines {
            line.unmet += span * line.starved(self.seen);
        }
        self.seen = now;
    }

    pub(super) fn ask(&mut self, now: TestTime) -> Progress {
        self.number += 1;
        self.waiting = true;
        self.nudged = false;
        self.asked = now;
        let report = |(s, line): (usize, &mut Line)| {
            line.drained = line.running.len() <= line.level.at(now) as usize;
            ScenarioProgress {
                scenario: s as u32 + 1,
                running: line.running.len() as u32,
                started: line.started,
                spare: line.spare() as u32,
                used: std::mem::take(&mut line.used),
                unused: std::mem::take(&mut line.unused),
                starved: line.starved(now),
                unmet_data: line.unmet,
            }
        };
        Progress {
            runner: self.id,
            number: self.number,
            grant: self.grant,
            config_version: 0,
            scenarios: self.lines.iter_mut().enumerate().map(report).collect(),
        }
    }

    /// Puts a Grant into effect, but for the starts; says which items of
    /// cancelled journeys must be given up, as (line, start).
    pub(super) fn apply(&mut self, grant: Grant, all_idle_home: bool) -> Vec<(usize, u64)> {
        assert!(grant.number > self.grant);
        assert_eq!(grant.answers, self.number);
        self.waiting = false;
        self.grant = grant.number;
        self.phase = grant.phase;
        let mut told = vec![false; self.lines.len()];
        for part in grant.scenarios {
            let line = &mut self.lines[part.scenario as usize - 1];
            told[part.scenario as usize - 1] = true;
            line.level = part.level;
            line.keep = part.keep;
            line.exhausted = part.exhausted;
            line.fed = !part.items.is_empty();
            // Used ones go home when fresh ones come.
            let home = if all_idle_home { line.idle.len() } else { part.items.len() };
            if line.fed {
                let home = home.min(line.idle.len());
                line.used.extend(line.idle.drain(..home).map(|i| i.id));
            }
            assert!(line.takes_items || part.items.is_empty());
            line.fresh.extend(part.items);
        }
        for (line, told) in self.lines.iter_mut().zip(told) {
            if !told || self.phase != Phase::Run {
                line.level = Level::default();
                line.keep = 0;
            }
            line.drained &= line.running.len() <= line.level.top() as usize;
        }
        match self.phase {
            Phase::Cancel | Phase::Bye => {
                let all = |(s, line): (usize, &Line)| {
                    line.running.keys().map(move |&start| (s, start)).collect::<Vec<_>>()
                };
                self.lines.iter().enumerate().flat_map(all).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Starts what it may and can; says what: line, item.
    pub(super) fn fill(&mut self, now: TestTime, next: &mut u64) -> Vec<(usize, u64, Option<u64>)> {
        let mut starts = Vec::new();
        for (s, line) in self.lines.iter_mut().enumerate() {
            while line.running.len() < line.level.at(now) as usize {
                let mut item = None;
                if line.takes_items {
                    item = line.fresh.pop_front();
                    if item.is_none() && line.reuses && !line.exhausted {
                        item = line.idle.pop_front();
                    }
                    if item.is_none() {
                        break;
                    }
                }
                *next += 1;
                starts.push((s, *next, item.as_ref().map(|i| i.id)));
                line.running.insert(*next, item);
                line.started += 1;
            }
        }
        starts
    }

    /// Sends home what is more than may be kept, once starts are made.
    pub(super) fn trim(&mut self, granted: bool) {
        for line in &mut self.lines {
            line.trim();
            if granted {
                line.stock = line.spare();
                line.stock_fresh = line.fresh.len();
            }
        }
    }

    /// A journey is over; says whether it was running and its item.
    pub(super) fn end(&mut self, s: usize, start: u64) -> Option<Option<u64>> {
        let line = &mut self.lines[s];
        let item = line.running.remove(&start)?;
        let id = item.as_ref().map(|i| i.id);
        if let Some(item) = item {
            if line.reuses && !line.exhausted && self.phase == Phase::Run {
                line.idle.push_back(item);
            } else {
                line.used.push(item.id);
            }
        }
        Some(id)
    }

    pub(super) fn is_eager(&self, now: TestTime) -> bool {
        self.nudged || self.lines.iter().any(|l| l.is_eager(now))
    }

    pub(super) fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        self.lines.iter().filter_map(|l| l.level.next_rise(now)).min()
    }

    pub(super) fn has_nothing(&self) -> bool {
        let empty = |l: &Line| {
            l.running.is_empty() && l.spare() == 0 && l.used.is_empty() && l.unused.is_empty()
        };
        self.lines.iter().all(empty)
    }
}
