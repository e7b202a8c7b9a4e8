//! A runner's side of the control plane, without its clock and its journeys.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::arrived::{Arrived, Fate};
use super::held_arrivals::Agenda;
use super::held_line::{HeldLine, Taken};
use super::term::{Tenure, Term};
use super::work::{Fence, Grant, LineProgress, Phase, Progress, StoreMark};
use crate::ids::{LineId, RunnerId, TestTime};

/// What a runner holds, what it reports, and when it asks: a pure state machine,
/// like the [`Controller`](super::Controller) on the other side.
///
/// A report is repeated, with a number of its own, until it is answered: the items that
/// it returns stay in it until then. Only the answer to the last report is put into
/// effect, so that a Grant brings exactly what came since the one that the report
/// names.
///
/// ```
/// use mite_core::control::{Grant, HeldLine, Level, LineGrant, RunnerState};
/// use mite_core::pool::PoolKind;
/// use std::time::Duration;
///
/// let now = Duration::ZERO;
/// let mut state = RunnerState::new(1, vec![HeldLine::new(1, PoolKind::Unlimited, None)]);
/// let report = state.progress(now, 0);
/// let line = LineGrant { line: 1, level: Level::fixed(1), ..LineGrant::default() };
/// let grant = Grant { number: 1, answers: report.number, lines: vec![line], ..Grant::default() };
/// assert!(state.apply(now, grant));
/// assert_eq!(state.start(0, now), Some(None));
/// assert_eq!(state.start(0, now), None, "one is held already");
/// ```
pub struct RunnerState {
    runner: RunnerId,
    fence: Fence,
    /// The number of the last report.
    number: u64,
    /// The number of the Grant that is in effect.
    grant: u64,
    /// The furthest that the store had come when something was granted.
    seen: StoreMark,
    phase: Phase,
    /// Whether the last report has no answer yet.
    waiting: bool,
    /// Since when it asks without having got a Grant.
    asks: Option<TestTime>,
    eager: bool,
    lines: Vec<HeldLine>,
    by_id: HashMap<LineId, usize>,
    agenda: Agenda,
    /// Journeys in flight, over all lines, and how many there may be.
    running: u32,
    most: u32,
    /// How late an arrival may start.
    max_lateness: Duration,
    /// Whether a closed line waits for room that arrivals have.
    wants_room: bool,
    /// If what it was granted expires; and how it stands, as far as was looked.
    term: Option<Term>,
    /// Whether a controller that was restarted has asked what there is, and got no Grant
    /// through since.
    claims: bool,
    leaving: bool,
    /// The first report that says that it leaves once its arrivals are played.
    retires: Option<u64>,
    /// Whether the controller knows that, and seals no more windows for it.
    has_last_windows: bool,
    /// Whether the last report said that nothing is left here.
    told_all: bool,
    tenure: Tenure,
}

impl RunnerState {
    /// A runner of which nothing is known yet.
    pub fn new(runner: RunnerId, lines: Vec<HeldLine>) -> Self {
        let by_id = lines.iter().enumerate().map(|(index, line)| (line.id(), index)).collect();
        Self {
            runner,
            fence: Fence::default(),
            number: 0,
            grant: 0,
            seen: StoreMark::default(),
            phase: Phase::Run,
            waiting: false,
            asks: None,
            eager: false,
            lines,
            by_id,
            agenda: Agenda::default(),
            running: 0,
            most: u32::MAX,
            max_lateness: Duration::MAX,
            wants_room: false,
            term: None,
            claims: false,
            leaving: false,
            retires: None,
            has_last_windows: false,
            told_all: false,
            tenure: Tenure::Held,
        }
    }

    /// The same, of this run and incarnation.
    pub fn fenced(self, fence: Fence) -> Self {
        Self { fence, ..self }
    }

    /// The same, with so many journeys in flight at most, over all lines, and arrivals that
    /// start no later than `max_lateness` after their time.
    pub fn limited(self, most: Option<u32>, max_lateness: Duration) -> Self {
        Self { most: most.unwrap_or(u32::MAX), max_lateness, ..self }
    }

    /// The same, whose Grants expire after `timeout` without a new one. Whoever runs it notes
    /// when each report is [sent](Self::sends), and [looks](Self::look) before it starts or
    /// goes on with anything.
    pub fn termed(mut self, timeout: Option<Duration>) -> Self {
        self.term = timeout.map(Term::new);
        if timeout.is_some() {
            self.lines.iter_mut().for_each(|line| line.in_use = Some(HashSet::new()));
        }
        self
    }

    /// Notes that the last report is sent now for the first time, by a clock that goes on
    /// while the machine sleeps.
    pub fn sends(&mut self, clock: Duration) {
        if let Some(term) = &mut self.term {
            term.send(clock);
        }
    }

    /// How it stands now, by the same clock. Once its term is over its stock is dropped, and
    /// what runs must be cancelled; the next Grant, if one comes, makes it start anew.
    pub fn look(&mut self, now: TestTime, clock: Duration) -> Tenure {
        let Some(term) = &self.term else { return Tenure::Held };
        self.tenure = term.tenure(clock);
        if self.tenure == Tenure::Over {
            self.lines.iter_mut().for_each(|line| line.lapse(now));
        }
        self.tenure
    }

    /// When to look again at the latest, if nothing comes before.
    pub fn next_look(&self, clock: Duration) -> Option<Duration> {
        self.term.and_then(|term| term.next_change(clock))
    }

    /// Whether what it was granted expires.
    pub fn has_term(&self) -> bool {
        self.term.is_some()
    }

    /// The next report.
    pub fn progress(&mut self, now: TestTime, config_version: u64) -> Progress {
        self.number += 1;
        self.waiting = true;
        self.asks.get_or_insert(now);
        self.eager = false;
        let is_full = self.running >= self.most;
        self.lines.iter_mut().for_each(|line| line.note_crowded(now, is_full));
        self.told_all = self.leaving && self.lines.iter().all(HeldLine::has_ended);
        let claims = self.claims;
        let line = |line: &mut HeldLine| {
            let claim = claims.then(|| line.claim());
            LineProgress { claim, ..line.progress(now) }
        };
        Progress {
            fence: self.fence,
            runner: self.runner,
            number: self.number,
            grant: self.grant,
            seen: self.seen,
            config_version,
            leaving: self.leaving,
            lines: self.lines.iter_mut().map(line).collect(),
        }
    }

    /// Puts a Grant into effect, unless it is none that this runner waits for:
    /// whether it did.
    pub fn apply(&mut self, now: TestTime, grant: Grant) -> bool {
        if !self.waiting || grant.answers != self.number {
            return false;
        }
        if grant.phase == Phase::Claim {
            self.adopt(grant.fence);
            return false;
        }
        if grant.fence != self.fence {
            return false;
        }
        (self.waiting, self.claims) = (false, false);
        let asked = self.asks.take().unwrap_or(now);
        if let Some(term) = &mut self.term {
            term.renew();
        }
        self.grant = grant.number;
        let mark = StoreMark { epoch: grant.fence.epoch, position: grant.position };
        self.seen = self.seen.max(mark);
        self.phase = grant.phase;
        let mut granted = vec![false; self.lines.len()];
        for line in &mut self.lines {
            line.acknowledge();
        }
        let had_last_windows = self.has_last_windows;
        self.has_last_windows |= self.retires.is_some_and(|report| grant.answers >= report);
        for mut line in grant.lines {
            // Nobody else was there for them; it was about to leave already.
            if had_last_windows && let Some(arrivals) = &mut line.arrivals {
                arrivals.segments.clear();
            }
            // A line that nobody knows cannot be held.
            if let Some(&index) = self.by_id.get(&line.line) {
                granted[index] = true;
                self.lines[index].grant(asked, now, line);
                if let Some(at) = self.lines[index].next_arrival() {
                    self.agenda.add(index, at);
                }
            }
        }
        for (line, granted) in self.lines.iter_mut().zip(granted) {
            let leaves = match self.retires {
                None => self.leaving,
                Some(_) => self.has_last_windows && line.is_played(),
            };
            if !granted || grant.phase != Phase::Run || leaves {
                line.end(now);
            }
        }
        true
    }

    /// It is about to leave: it starts nothing more, and returns what it has. What runs must
    /// be finished or cancelled; once a report without anything was answered it may go.
    pub fn leave(&mut self, now: TestTime) {
        self.leaving = true;
        self.eager = true;
        self.lines.iter_mut().for_each(|line| line.end(now));
    }

    /// It is about to leave, and says so from the next report on: what is scheduled for it by
    /// the time that the controller knows is still played, and what runs may finish. Closed
    /// lines start nothing more.
    pub fn retire(&mut self, now: TestTime) {
        if self.leaving {
            return;
        }
        (self.leaving, self.eager) = (true, true);
        self.retires = Some(self.number + 1);
        // Before the first Grant it is not known which lines are open.
        if self.grant > 0 {
            let closed = self.lines.iter_mut().filter(|line| line.arrivals.is_none());
            closed.for_each(|line| line.end(now));
        }
    }

    /// Whether it is about to leave, and has started all that it will.
    pub fn starts_nothing(&self) -> bool {
        self.leaving && self.lines.iter().all(|line| line.ending)
    }

    /// Whether all that it had is reported and acknowledged.
    pub fn has_left(&self) -> bool {
        self.told_all && !self.waiting && self.lines.iter().all(HeldLine::has_nothing)
    }

    /// Follows another controller of the same run from now on: only what is reported to it
    /// counts there.
    fn adopt(&mut self, fence: Fence) {
        let Fence { run, epoch, incarnation } = self.fence;
        if (fence.run, fence.incarnation) == (run, incarnation) && fence.epoch > epoch {
            self.fence = fence;
            (self.waiting, self.eager, self.claims) = (false, true, true);
        }
    }

    /// Starts a journey of the line with this index if its level and its stock
    /// allow: with what.
    pub fn start(&mut self, line: usize, now: TestTime) -> Option<Taken> {
        if self.tenure != Tenure::Held {
            return None;
        }
        if self.running >= self.most {
            self.lines[line].note_crowded(now, true);
            self.wants_room |= self.lines[line].is_crowded();
            return None;
        }
        let taken = self.lines[line].start(now);
        self.running += u32::from(taken.is_some());
        if self.lines[line].is_crowded() {
            self.lines[line].note_crowded(now, self.running >= self.most);
        }
        self.eager |= self.lines[line].wants_to_ask();
        taken
    }

    /// When the next arrival is due, of any line; of one that has ended it may be said too.
    pub fn next_arrival(&self) -> Option<TestTime> {
        self.agenda.next()
    }

    /// The next arrival that is due by `now`, and what becomes of it: it starts, or is
    /// dropped. None is left for later.
    pub fn arrive(&mut self, now: TestTime) -> Option<Arrived> {
        loop {
            let line = self.agenda.take(now)?;
            let has_room = self.has_room(now);
            // What a runner must not start now is not started later either.
            let has_lease = self.tenure == Tenure::Held;
            let held = &mut self.lines[line];
            let arrived = held.arrive(now, self.max_lateness, has_lease, has_room);
            if let Some(at) = held.next_arrival() {
                self.agenda.add(line, at);
            }
            // Its turn was that of an arrival that is not scheduled any more.
            let Some((arrival, fate)) = arrived else { continue };
            self.running += u32::from(matches!(fate, Fate::Starts(_)));
            self.eager |= held.wants_to_ask();
            return Some(Arrived { line, k: arrival.k, at: arrival.at, fate });
        }
    }

    /// Whether an arrival may start beside what closed lines hold or are to hold.
    fn has_room(&self, now: TestTime) -> bool {
        if self.most == u32::MAX {
            return true;
        }
        let due = |line: &HeldLine| u64::from(line.level_at(now).saturating_sub(line.running));
        let held = u64::from(self.running) + self.lines.iter().map(due).sum::<u64>();
        held < self.most.into()
    }

    /// Whether closed lines waited for room, and there is some now; says so once.
    pub fn has_made_room(&mut self) -> bool {
        self.running < self.most && std::mem::take(&mut self.wants_room)
    }

    /// A journey of the line with this index has ended.
    pub fn finish(&mut self, line: usize, taken: Taken) {
        self.lines[line].finish(taken);
        self.running -= 1;
        self.eager |= self.lines[line].wants_to_ask();
    }

    /// Whether there is a reason to ask before the period is over.
    pub fn wants_to_ask(&self) -> bool {
        self.eager
    }

    /// What the last Grant said.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How many lines it was told of.
    pub fn lines(&self) -> usize {
        self.lines.len()
    }

    /// When a level rises next.
    pub fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        self.lines.iter().filter_map(|line| line.next_rise(now)).min()
    }

    /// Whose reports it makes.
    #[cfg(test)]
    pub(super) fn fence(&self) -> Fence {
        self.fence
    }

    /// What it must not do: reports returned items once, and forgets them.
    #[cfg(test)]
    pub(super) fn forgets(&mut self, forgets: bool) {
        self.lines.iter_mut().for_each(|line| line.forgets = forgets);
    }

    /// What it would report of the arrivals of the line with this index.
    #[cfg(test)]
    pub(super) fn arrivals(&self, line: usize) -> super::ArrivalProgress {
        self.lines[line].arrival_progress().unwrap_or_default()
    }

    /// Whether it waits for the answer to its last report.
    #[cfg(test)]
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Whether nothing runs, is spare or on its way back.
    #[cfg(test)]
    pub(super) fn has_nothing(&self) -> bool {
        self.lines.iter().all(HeldLine::has_nothing)
    }
}
