//! What each line asks for, window by window, until it ends.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use super::arrival_state::{Arrivals, sealer};
use super::line::{Demand, Line};
use super::order::{Answer, Ended};
use super::saved::SavedLine;
use super::steps::Steps;
use super::totals::Totals;
use super::unmet::Unmet;
use super::windows::{Window, Windows};
use crate::ids::{LineId, RunnerId, TestTime};
use crate::volume::{StopVolumeModel, VolumeModel};

/// One line of the scenario, and how it fares.
pub(super) struct LineState {
    pub(super) id: LineId,
    source: Source,
    /// The stock that it takes its items from, if it takes any.
    pub(super) stock: Option<usize>,
    /// Its place among those who take items from there.
    pub(super) seat: usize,
    /// Whether a runner may start again with an item that it has.
    pub(super) reuses: bool,
    /// Journeys at once, now, and what is to come of them in this window.
    pub(super) volume: u32,
    steps: Steps,
    /// The same, as its model says, and what it is multiplied by.
    asked: u32,
    factor: f64,
    /// The most that it has asked for, and whether it was told that it asks.
    pub(super) peak: u32,
    pub(super) begun: bool,
    /// Why it starts nothing more, and whether that was told.
    pub(super) ended: Option<Ended>,
    pub(super) stopped: bool,
    /// Whether nothing of it runs or is leased any more.
    pub(super) over: bool,
    /// Starts by runners that are gone.
    pub(super) started_before: u64,
    /// Its arrivals, if it is of the open model.
    pub(super) arrivals: Option<Arrivals>,
    pub(super) unmet: Unmet,
    /// What all runners have of it.
    pub(super) totals: Totals,
    /// Items that it has taken and not given back, and whether what is saved of it has
    /// changed.
    taken: u64,
    pub(super) unsaved: bool,
}

enum Source {
    Model(Box<dyn VolumeModel>),
    Asked(Asked),
    Tickets(Tickets),
    /// See [`LineState::arrivals`].
    Arrivals,
}

/// Single journeys.
struct Tickets {
    /// When those that are to come are due, in order.
    to_come: VecDeque<TestTime>,
    /// Of those that were due, such as no runner has.
    left: u64,
}

/// A model that is asked elsewhere.
#[derive(Default)]
struct Asked {
    /// The next window to ask about.
    next: u64,
    /// The window that it is asked about now.
    open: Option<Window>,
    /// What it said of windows to come, in order.
    ahead: VecDeque<(Window, Answer)>,
    /// Windows that began before it had answered.
    late: u64,
}

/// How many windows a model is asked ahead.
const AHEAD: u64 = 3;

impl LineState {
    pub(super) fn new(line: Line, stock: Option<usize>, reuses: bool, seed: u64) -> Self {
        let mut arrivals = None;
        let source = match line.demand {
            Demand::Level(model) => Source::Model(model),
            Demand::Asked => Source::Asked(Asked::default()),
            Demand::Rate { model, poisson, at_most } => {
                arrivals = Some(Arrivals::new(model, sealer(seed, line.id, poisson), at_most));
                Source::Arrivals
            }
            Demand::Tickets(due) => Source::Tickets(Tickets { to_come: due.into(), left: 0 }),
        };
        Self {
            id: line.id,
            source,
            stock,
            seat: 0,
            reuses,
            volume: 0,
            steps: Steps::default(),
            asked: 0,
            factor: 1.0,
            peak: 0,
            begun: false,
            ended: None,
            stopped: false,
            over: false,
            started_before: 0,
            arrivals,
            unmet: Unmet::default(),
            totals: Totals::default(),
            taken: 0,
            unsaved: true,
        }
    }

    /// Whether journeys may still be started.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// A window has begun.
    pub(super) fn begin(&mut self, window: Window) {
        if self.ended.is_some() {
            return;
        }
        match &mut self.source {
            Source::Model(model) => {
                let answer = model.pieces(window.start, window.end);
                self.put(window, window.start, Ok(answer));
            }
            Source::Asked(asked) => {
                let there = asked.ahead.front().is_some_and(|(of, _)| of.index <= window.index);
                match there.then(|| asked.ahead.pop_front()).flatten() {
                    Some((of, answer)) => self.put(of, window.start, answer),
                    // Until it has answered the volume stays as it is. The first window
                    // begins when it is first asked.
                    None => asked.late += u64::from(window.index > 0),
                }
            }
            Source::Tickets(_) | Source::Arrivals => {}
        }
    }

    /// The window that its model should be asked about now, if there is one. One
    /// that has passed meanwhile is left out: it would be answered for nobody, and
    /// a model that is too slow would fall behind for ever.
    pub(super) fn ask(&mut self, windows: &Windows) -> Option<Window> {
        if self.ended.is_none()
            && let Some(arrivals) = &mut self.arrivals
        {
            return arrivals.ask(windows);
        }
        let Source::Asked(asked) = &mut self.source else { return None };
        let next = asked.next.max(windows.begun().saturating_sub(1));
        if self.ended.is_some() || asked.open.is_some() || next >= windows.begun() + AHEAD {
            return None;
        }
        let window = windows.get(next);
        (asked.next, asked.open) = (next + 1, Some(window));
        Some(window)
    }

    /// Its model has answered what it was asked.
    pub(super) fn answered(&mut self, now: TestTime, windows: &Windows, answer: Answer) {
        let Source::Asked(asked) = &mut self.source else { return };
        let Some(window) = asked.open.take() else { return };
        if window.index < windows.begun() {
            self.put(window, now, answer);
        } else {
            asked.ahead.push_back((window, answer));
        }
    }

    /// Puts what its model said of `window` into effect.
    fn put(&mut self, window: Window, now: TestTime, answer: Answer) {
        if self.ended.is_some() {
            return;
        }
        match answer {
            Ok(Ok(pieces)) => self.steps = Steps::of(window, &pieces),
            Ok(Err(StopVolumeModel)) => self.end(Ended::Stopped),
            Err(text) => self.end(Ended::InvalidVolume(text)),
        }
        self.step(now);
    }

    /// When what it asks for changes next within the window.
    pub(super) fn next_step(&self) -> Option<TestTime> {
        let tickets = match &self.source {
            Source::Tickets(tickets) if self.is_open() => tickets.to_come.front().copied(),
            _ => None,
        };
        self.steps.next().into_iter().chain(tickets).min()
    }

    /// What changes within the window changes as far as it is due.
    pub(super) fn step(&mut self, now: TestTime) {
        while let Some(volume) = self.steps.take(now) {
            match volume {
                Ok(asked) => {
                    self.asked = asked;
                    self.volume = self.throttled();
                }
                Err(why) => self.end(why),
            }
        }
        if let Source::Tickets(tickets) = &mut self.source {
            while tickets.to_come.front().is_some_and(|due| *due <= now) {
                tickets.to_come.pop_front();
                tickets.left += 1;
            }
        }
    }

    /// Of tickets, those that are due and not over are what it asks for: such as no
    /// runner has, and what runners have.
    pub(super) fn count(&mut self, leased: u32) {
        if let (Source::Tickets(tickets), None) = (&self.source, &self.ended) {
            let left = u32::try_from(tickets.left).unwrap_or(u32::MAX);
            self.volume = if self.factor > 0.0 { left.saturating_add(leased) } else { 0 };
        }
    }

    /// Windows that began before its model had answered.
    pub(super) fn late_windows(&self) -> u64 {
        if let Source::Asked(asked) = &self.source { asked.late } else { 0 }
    }

    /// Starts nothing more, for this reason unless there was one before.
    pub(super) fn end(&mut self, why: Ended) {
        self.unsaved |= self.ended.is_none();
        self.ended.get_or_insert(why);
        (self.volume, self.asked) = (0, 0);
        self.steps = Steps::default();
    }

    /// From now on it is what its model says times `factor`.
    pub(super) fn throttle(&mut self, factor: f64) {
        self.factor = factor;
        if !matches!(self.source, Source::Tickets(_)) {
            self.volume = self.throttled();
        }
    }

    fn throttled(&self) -> u32 {
        // Exact where nothing is changed; `as` saturates.
        if self.factor == 1.0 {
            self.asked
        } else {
            (f64::from(self.asked) * self.factor).round() as u32
        }
    }

    /// Why it ends, if it has nothing left to start with.
    pub(super) fn nothing_left(&self) -> Ended {
        match &self.source {
            Source::Tickets(Tickets { to_come, left: 0 }) if to_come.is_empty() => Ended::Complete,
            _ => Ended::Exhausted,
        }
    }

    /// How many items it may still take.
    pub(super) fn allowance(&self) -> u64 {
        match (&self.source, &self.ended) {
            (_, Some(_)) => 0,
            (Source::Model(_) | Source::Asked(_) | Source::Arrivals, None) => u64::MAX,
            (Source::Tickets(tickets), None) => tickets.left,
        }
    }

    /// Whether it will take no more items.
    pub(super) fn is_spent(&self) -> bool {
        let to_come = match &self.source {
            Source::Tickets(tickets) => !tickets.to_come.is_empty(),
            Source::Model(_) | Source::Asked(_) | Source::Arrivals => true,
        };
        !self.is_open() || (self.allowance() == 0 && !to_come)
    }

    /// Notes that it was given items, or that it gave some back unused.
    pub(super) fn took(&mut self, items: u32) {
        if let Source::Tickets(tickets) = &mut self.source {
            tickets.left = tickets.left.saturating_sub(items.into());
            self.taken += u64::from(items);
            self.unsaved |= items > 0;
        }
    }

    /// See [`took`](Self::took).
    pub(super) fn gave_back(&mut self, items: u32) {
        if let Source::Tickets(tickets) = &mut self.source {
            tickets.left += u64::from(items);
            self.taken = self.taken.saturating_sub(items.into());
            self.unsaved |= items > 0;
        }
    }

    /// What of it must be known after a restart; `own` are arrivals by runner.
    pub(super) fn saved(&self, own: Vec<(RunnerId, Vec<(u64, u64)>)>) -> SavedLine {
        SavedLine {
            line: self.id,
            ended: self.ended.clone(),
            started: self.started_before,
            taken: self.taken,
            arrivals: self.arrivals.as_ref().map(|arrivals| arrivals.saved(own)),
        }
    }

    /// Is as it was when that was saved, but for its volume.
    pub(super) fn restore(&mut self, saved: &SavedLine) {
        (self.started_before, self.taken) = (saved.started, saved.taken);
        if let Some(why) = &saved.ended {
            self.end(why.clone());
            self.stopped = true;
        }
        if let (Some(arrivals), Some(saved)) = (&mut self.arrivals, &saved.arrivals) {
            arrivals.restore(saved);
        }
    }

    /// Tickets that are due, but for those that were taken before a restart.
    pub(super) fn replayed(&mut self) {
        if let Source::Tickets(tickets) = &mut self.source {
            tickets.left = tickets.left.saturating_sub(self.taken);
        }
    }
}
