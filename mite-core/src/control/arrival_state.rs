//! The arrivals of a line: the windows that are sealed, and whose they are.

use std::collections::VecDeque;

use super::arrival_cell::ArrivalCell;
use super::arrivals::{ArrivalGrant, Dropped};
use super::order::{Answer, Ended};
use super::saved::SavedArrivals;
use super::schedule::{Sealer, Segment, Split};
use super::share::place;
use super::windows::{Window, Windows};
use crate::ids::{LineId, RunnerId, TestTime};
use crate::volume::{Piece, VolumeModel};

/// How many windows are sealed ahead of the one that has begun last.
const AHEAD: u64 = 2;

/// The arrivals of a line.
pub(super) struct Arrivals {
    model: Source,
    sealer: Sealer,
    pub(super) at_most: Option<u32>,
    /// The next window to seal.
    pub(super) next: u64,
    /// Windows that some runner has not taken yet, in order.
    sealed: VecDeque<Sealed>,
    /// When the last rate that is known ends.
    end: TestTime,
    /// Why no window follows, if so.
    pub(super) finished: Option<Ended>,
    /// Up to which window journeys have their items by now.
    pub(super) horizon: u64,
    /// Windows that the model never told of: nobody knows their arrivals.
    unknown: u64,
    /// The first window with arrivals.
    first: Option<u64>,
    /// The rate when the last windows end, to tell it.
    rates: VecDeque<Piece>,
    /// What became of arrivals of runners that are gone: dropped, cut, undecided.
    pub(super) before: (Dropped, u64, u64),
}

enum Source {
    Here(Box<dyn VolumeModel>),
    /// A model that is asked elsewhere: the next window to ask about, the one that it is
    /// asked about, and what it has said, in order.
    Asked {
        next: u64,
        open: Option<Window>,
        said: VecDeque<(Window, Answer)>,
    },
}

/// Who is gone.
const NOBODY: RunnerId = 0;

/// A window, and the runners that share its arrivals, by place.
struct Sealed {
    segment: Segment,
    runners: Vec<RunnerId>,
    /// Those before this one have taken it, or are gone.
    waits_for: usize,
}

impl Arrivals {
    pub(super) fn new(
        model: Option<Box<dyn VolumeModel>>,
        sealer: Sealer,
        at_most: Option<u32>,
    ) -> Self {
        Self {
            model: match model {
                Some(model) => Source::Here(model),
                None => Source::Asked { next: 0, open: None, said: VecDeque::new() },
            },
            sealer,
            at_most,
            next: 0,
            sealed: VecDeque::new(),
            end: TestTime::ZERO,
            finished: None,
            horizon: 0,
            unknown: 0,
            first: None,
            rates: VecDeque::new(),
            before: Default::default(),
        }
    }

    /// The window that its model should be asked about now, if somebody else asks it.
    pub(super) fn ask(&mut self, windows: &Windows) -> Option<Window> {
        let Source::Asked { next, open, .. } = &mut self.model else { return None };
        // One that has passed is left out, or a slow model would fall behind for ever.
        let at = (*next).max(windows.begun().saturating_sub(1));
        if self.finished.is_some() || open.is_some() || at > windows.begun() + AHEAD {
            return None;
        }
        let window = windows.get(at);
        (*next, *open) = (at + 1, Some(window));
        Some(window)
    }

    /// Its model has answered what it was asked.
    pub(super) fn answered(&mut self, answer: Answer) {
        let Source::Asked { open, said, .. } = &mut self.model else { return };
        if let Some(window) = open.take() {
            said.push_back((window, answer));
        }
    }

    /// The next window to seal, and what its model says of it, if that is known by now.
    pub(super) fn next_answer(&mut self, windows: &Windows) -> Option<(Window, Answer)> {
        loop {
            if self.next + 1 > windows.begun() + AHEAD {
                return None;
            }
            let window = windows.get(self.next);
            match &mut self.model {
                Source::Here(model) => {
                    self.next += 1;
                    return Some((window, Ok(model.pieces(window.start, window.end))));
                }
                Source::Asked { next, open, said } => {
                    if said.front().is_some_and(|(of, _)| of.index == self.next)
                        && let Some(answer) = said.pop_front()
                    {
                        self.next += 1;
                        return Some(answer);
                    }
                    // It was left out, for the model was busy until it had passed.
                    let known = open.iter().chain(said.iter().map(|(of, _)| of));
                    if *next <= self.next || known.into_iter().any(|of| of.index == self.next) {
                        return None;
                    }
                    self.next += 1;
                    self.unknown += 1;
                }
            }
        }
    }

    /// Seals a window; says its arrivals.
    pub(super) fn seal(
        &mut self,
        window: Window,
        pieces: Vec<Piece>,
        runners: Vec<RunnerId>,
    ) -> &Segment {
        let Window { index, start, end } = window;
        self.end = pieces.last().map_or(start, |piece| piece.end).max(self.end);
        self.rates.extend(pieces.iter().copied());
        let segment = self.sealer.seal(index, start, end, pieces);
        if segment.scheduled() > 0 {
            self.first.get_or_insert(index);
        }
        self.sealed.push_back(Sealed { segment, runners, waits_for: 0 });
        &self.sealed[self.sealed.len() - 1].segment
    }

    /// Whether the first window with arrivals has begun.
    pub(super) fn has_begun(&self, windows: &Windows) -> bool {
        self.first.is_some_and(|window| window < windows.begun())
    }

    /// Arrivals per second at `now`.
    pub(super) fn rate(&self, now: TestTime) -> f64 {
        let piece = self.rates.iter().find(|piece| piece.start <= now && now < piece.end);
        piece.map_or(0.0, |piece| piece.at(now))
    }

    /// Why no arrival follows and when the last rate ended, if so.
    pub(super) fn finished(&self) -> Option<(&Ended, TestTime)> {
        self.finished.as_ref().map(|why| (why, self.end))
    }

    /// When the line ends, if that is to come.
    pub(super) fn next_end(&self, now: TestTime) -> Option<TestTime> {
        self.finished().map(|(_, end)| end).filter(|end| *end > now)
    }

    /// Windows of which nobody knows the arrivals; while the line is open, those too that
    /// have begun without an answer.
    pub(super) fn unknown(&self, windows: &Windows, is_open: bool) -> u64 {
        let waiting = windows.begun().saturating_sub(self.next + 1);
        self.unknown + if is_open && self.finished.is_none() { waiting } else { 0 }
    }

    /// What a runner is granted that has taken all windows below `taken`; `room` is its
    /// part of what may be in flight.
    pub(super) fn grant(
        &self,
        line: usize,
        runner: RunnerId,
        taken: u64,
        room: u32,
    ) -> ArrivalGrant {
        let own = |sealed: &Sealed| {
            let split = sealed.split(line, runner, self.at_most)?;
            (sealed.segment.window >= taken).then(|| sealed.segment.for_runner(split))
        };
        ArrivalGrant {
            segments: self.sealed.iter().filter_map(own).collect(),
            room: self.at_most.map(|_| room),
            last: self.finished.is_some(),
        }
    }

    /// Forgets windows that every runner has taken, and rates that are past.
    pub(super) fn forget(&mut self, now: TestTime, has_taken: impl Fn(RunnerId, u64) -> bool) {
        while let Some(oldest) = self.sealed.front_mut() {
            let window = oldest.segment.window;
            // Who has taken it once has done so for good.
            while let Some(&runner) = oldest.runners.get(oldest.waits_for)
                && has_taken(runner, window)
            {
                oldest.waits_for += 1;
            }
            if oldest.waits_for < oldest.runners.len() {
                break;
            }
            self.sealed.pop_front();
        }
        while self.rates.front().is_some_and(|piece| piece.end <= now) {
            self.rates.pop_front();
        }
    }

    /// A runner is gone, which had this. Another of its name has none of its arrivals.
    pub(super) fn lose(&mut self, runner: RunnerId, cell: &ArrivalCell) {
        for sealed in &mut self.sealed {
            sealed.runners.iter_mut().filter(|r| **r == runner).for_each(|r| *r = NOBODY);
        }
        let (dropped, cut, lost) = &mut self.before;
        dropped.add(&cell.dropped());
        *cut += cell.told.cut;
        *lost += cell.undecided();
    }

    /// What of it must be known after a restart; `own` are arrivals by runner.
    pub(super) fn saved(&self, own: Vec<(RunnerId, Vec<(u64, u64)>)>) -> SavedArrivals {
        let sealed = |sealed: &Sealed| (sealed.segment.clone(), sealed.runners.clone());
        SavedArrivals {
            next: self.next,
            sealer: self.sealer.clone(),
            sealed: self.sealed.iter().map(sealed).collect(),
            own,
            end: self.end,
            finished: self.finished.clone(),
            first: self.first,
            before: self.before,
        }
    }

    /// Is as it was when that was saved; a model that answers at once is asked again of the
    /// windows that it was asked of.
    pub(super) fn restore(&mut self, saved: &SavedArrivals) {
        let sealed = |(segment, runners): &(Segment, Vec<RunnerId>)| Sealed {
            segment: segment.clone(),
            runners: runners.clone(),
            waits_for: 0,
        };
        self.next = saved.next;
        self.sealer = saved.sealer.clone();
        self.sealed = saved.sealed.iter().map(sealed).collect();
        self.rates =
            saved.sealed.iter().flat_map(|(segment, _)| &segment.pieces).copied().collect();
        (self.end, self.finished) = (saved.end, saved.finished.clone());
        (self.first, self.before) = (saved.first, saved.before);
        if let Source::Asked { next, .. } = &mut self.model {
            *next = saved.next;
        }
    }

    /// Asks its model of a window that is sealed already: one that counts must come to where
    /// it was.
    pub(super) fn replay(&mut self, window: Window) {
        if let Source::Here(model) = &mut self.model {
            let _ = model.pieces(window.start, window.end);
        }
    }

    /// What it must not do: splits what is sealed among those who are there now.
    #[cfg(test)]
    pub(super) fn split_anew(&mut self, runners: &[RunnerId]) {
        for sealed in &mut self.sealed {
            (sealed.runners, sealed.waits_for) = (runners.to_vec(), 0);
        }
    }

    /// How much is kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.sealed.len() + self.rates.len()
    }
}

impl Sealed {
    /// What of it is a runner's own; nothing if it was not there when it was sealed.
    fn split(&self, line: usize, runner: RunnerId, at_most: Option<u32>) -> Option<Split> {
        let i = self.runners.iter().position(|&r| r == runner)?;
        let n = self.runners.len();
        Some(Split::among(n as u32, at_most, place(i, n, line) as u32))
    }
}

/// Who seals the windows of a line.
pub(super) fn sealer(seed: u64, line: LineId, poisson: bool) -> Sealer {
    if poisson { Sealer::poisson(seed, line) } else { Sealer::even() }
}
