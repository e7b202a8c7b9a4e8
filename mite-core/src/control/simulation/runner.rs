//! The transport and the journeys of a runner; what it decides is
//! [`RunnerState`]'s, as in a runner that ships.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::PERIOD;
use crate::control::{Grant, HeldLine, Phase, Progress, RunnerState, Taken};
use crate::ids::{RunnerId, TestTime};

/// What clocks say when the test begins: they may go backwards from there.
const BEGINNING: Duration = Duration::from_secs(1000);

/// An arrival that is later than that is dropped.
pub(super) const LATENESS: TestTime = PERIOD;

pub(super) struct Runner {
    pub(super) id: RunnerId,
    /// Its clock, against the true time.
    pub(super) rate: f64,
    /// How much it is behind, and ahead, by jumps and standstills.
    pub(super) behind: Duration,
    pub(super) ahead: Duration,
    pub(super) paused_until: TestTime,
    /// Until when nothing from it arrives, and nothing to it.
    pub(super) cut: (TestTime, TestTime),
    /// By its clock: when the last report was sent, and that which the last Grant answered.
    pub(super) sent: Duration,
    pub(super) since: Option<Duration>,
    /// How many Grants it was given.
    pub(super) term: u64,
    /// Journeys whose term is over, though it cannot know since it is stopped.
    pub(super) fenced: BTreeSet<(usize, u64)>,
    pub(super) state: RunnerState,
    /// If it is about to leave: arrivals that it was late with before, by line.
    pub(super) late: Vec<u64>,
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
            id,
            rate: 1.0,
            behind: Duration::ZERO,
            ahead: Duration::ZERO,
            paused_until: TestTime::ZERO,
            cut: (TestTime::ZERO, TestTime::ZERO),
            sent: Duration::ZERO,
            since: None,
            term: 0,
            fenced: BTreeSet::new(),
            state: RunnerState::new(id, lines).limited(most, LATENESS),
            late: Vec::new(),
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
        self.sent = self.clock(now);
        self.state.sends(self.sent);
        self.report = self.state.progress(now, 0);
        self.report.clone()
    }

    /// Puts a Grant into effect, but for the starts; says which journeys it cancels, as
    /// (line, start), or nothing if the Grant is not for it.
    pub(super) fn apply(&mut self, now: TestTime, grant: Grant) -> Option<Vec<(usize, u64)>> {
        self.state.apply(now, grant).then(|| match self.state.phase() {
            Phase::Cancel | Phase::Bye | Phase::Lost => self.all_running(),
            _ => Vec::new(),
        })
    }

    /// What runs, as (line, start).
    pub(super) fn all_running(&self) -> Vec<(usize, u64)> {
        let all = |(s, line): (usize, &BTreeMap<u64, Taken>)| {
            line.keys().map(move |&start| (s, start)).collect::<Vec<_>>()
        };
        self.running.iter().enumerate().flat_map(all).collect()
    }

    /// What a journey was started with.
    pub(super) fn item(&self, line: usize, start: u64) -> Option<u64> {
        self.running[line].get(&start)?.as_ref().map(|item| item.id)
    }

    /// What its clock says.
    pub(super) fn clock(&self, now: TestTime) -> Duration {
        (BEGINNING + now.mul_f64(self.rate) + self.ahead).saturating_sub(self.behind)
    }

    /// When its clock says that.
    pub(super) fn moment(&self, clock: Duration) -> TestTime {
        let clock = (clock + self.behind).saturating_sub(BEGINNING + self.ahead);
        clock.div_f64(self.rate) + Duration::from_nanos(2)
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

    /// Leaves at once, in good order.
    pub(super) fn leave(&mut self, now: TestTime) {
        if self.late.is_empty() {
            let late = |s| self.state.arrivals(s).dropped.late;
            self.late = (0..self.running.len()).map(late).collect();
        }
        self.state.leave(now);
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
