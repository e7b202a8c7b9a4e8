//! The transport and the journeys of a runner; what it decides is
//! [`RunnerState`]'s, as in a runner that ships.

use std::collections::BTreeMap;

use super::PERIOD;
use crate::control::{Grant, HeldLine, Phase, Progress, RunnerState, Taken};
use crate::ids::{RunnerId, TestTime};

/// An arrival that is later than that is dropped.
pub(super) const LATENESS: TestTime = PERIOD;

pub(super) struct Runner {
    pub(super) state: RunnerState,
    pub(super) nudged: bool,
    pub(super) asked: TestTime,
    /// Only the newest timer counts.
    pub(super) timer: u64,
    /// When it looks at its arrivals next.
    pub(super) alarm: Option<TestTime>,
    /// When it looks at its levels next.
    pub(super) rise: Option<TestTime>,
    /// The last report, to be sent again if no answer comes.
    pub(super) report: Progress,
    /// Journeys in flight by line and number.
    pub(super) running: Vec<BTreeMap<u64, Taken>>,
}

impl Runner {
    pub(super) fn new(
        id: RunnerId,
        lines: Vec<HeldLine>,
        now: TestTime,
        most: Option<u32>,
    ) -> Self {
        let running = lines.iter().map(|_| BTreeMap::new()).collect();
        Self {
            state: RunnerState::new(id, lines).limited(most, LATENESS),
            nudged: false,
            asked: now,
            timer: 0,
            alarm: None,
            rise: None,
            report: Progress::default(),
            running,
        }
    }

    pub(super) fn ask(&mut self, now: TestTime) -> Progress {
        self.nudged = false;
        self.asked = now;
        self.report = self.state.progress(now, 0);
        self.report.clone()
    }

    /// Puts a Grant into effect, but for the starts; says which journeys it cancels, as
    /// (line, start), or nothing if the Grant is not for it.
    pub(super) fn apply(&mut self, now: TestTime, grant: Grant) -> Option<Vec<(usize, u64)>> {
        self.state.apply(now, grant).then(|| match self.state.phase() {
            Phase::Cancel | Phase::Bye => {
                let all = |(s, line): (usize, &BTreeMap<u64, Taken>)| {
                    line.keys().map(move |&start| (s, start)).collect::<Vec<_>>()
                };
                self.running.iter().enumerate().flat_map(all).collect()
            }
            _ => Vec::new(),
        })
    }

    /// Starts what it may and can; says what: line, number, item.
    pub(super) fn fill(&mut self, now: TestTime, next: &mut u64) -> Vec<(usize, u64, Option<u64>)> {
        let mut starts = Vec::new();
        for (s, running) in self.running.iter_mut().enumerate() {
            while let Some(taken) = self.state.start(s, now) {
                *next += 1;
                starts.push((s, *next, taken.as_ref().map(|item| item.id)));
                running.insert(*next, taken);
            }
        }
        starts
    }

    /// A journey is over; says whether it was running and its item.
    pub(super) fn end(&mut self, s: usize, start: u64) -> Option<Option<u64>> {
        let taken = self.running[s].remove(&start)?;
        let id = taken.as_ref().map(|item| item.id);
        self.state.finish(s, taken);
        Some(id)
    }

    /// Whether it asks before its time.
    pub(super) fn is_eager(&self) -> bool {
        self.nudged || self.state.wants_to_ask()
    }
}
