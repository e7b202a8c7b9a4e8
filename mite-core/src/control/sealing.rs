//! Windows of arrivals are sealed ahead, each once and in order, and split among the
//! runners of then.

use super::controller::Controller;
use super::order::{Answer, Ended};
use super::schedule::Split;
use super::share::place;
use super::windows::Window;
use super::work::Phase;
use crate::ids::TestTime;
use crate::volume::{Measure, Piece, StopVolumeModel};

impl Controller {
    /// Seals the windows that are near, splits them among the runners that there are,
    /// and ends lines whose arrivals are all decided.
    pub(super) fn seal(&mut self) {
        let begun = self.windows.begun();
        for s in 0..self.lines.len() {
            if self.lines[s].arrivals.is_none() {
                continue;
            }
            while let Some((window, answer)) = self.next_to_seal(s) {
                self.seal_window(s, window, answer);
            }
            let line = &mut self.lines[s];
            let is_open = line.is_open();
            let Some(arrivals) = &mut line.arrivals else { continue };
            let soon = self.now + self.settings.period + self.settings.period / 2;
            arrivals.horizon = self.windows.at(soon);
            let (roster, seats) = (&self.roster, &self.seats);
            arrivals.forget(self.now, |id, window| {
                let taken = |r: &usize| roster[*r].cells[s].arrivals.told.taken > window;
                seats.get(&id).is_none_or(taken)
            });
            if self.forgot < begun {
                for runner in &mut self.roster {
                    runner.cells[s].arrivals.forget_before(begun.saturating_sub(1));
                }
            }
            let finished =
                arrivals.finished().filter(|_| is_open).map(|(why, end)| (why.clone(), end));
            if let Some((why, end)) = finished
                && self.now >= end
                && self.is_played(s)
            {
                self.lines[s].end(why);
            }
        }
        self.forgot = begun;
    }

    /// Whether every runner has decided on all of its arrivals of a line.
    pub(super) fn is_played(&self, s: usize) -> bool {
        #[cfg(test)]
        if !self.switches.played {
            return true;
        }
        self.lines[s].totals.unplayed == 0
    }

    /// The next window of a line to seal, once it is near and its model has answered.
    fn next_to_seal(&mut self, s: usize) -> Option<(Window, Answer)> {
        // Without data there is nothing to schedule; but runners may have some left.
        if self.is_used_up(s) && self.lines[s].totals.spare == 0 {
            return None;
        }
        let line = &mut self.lines[s];
        let arrivals = line.arrivals.as_mut()?;
        let ended = line.ended.is_some() || arrivals.finished.is_some();
        // Without runners there is nobody to split it among, until it is too late.
        let waits = self.roster.is_empty() && self.windows.get(arrivals.next).end > self.now;
        if ended || waits || self.phase != Phase::Run {
            return None;
        }
        arrivals.next_answer(&self.windows)
    }

    /// Those who get arrivals: not who has been silent for long, unless all have.
    fn present(&self) -> Vec<usize> {
        let all = 0..self.roster.len();
        if self.settings.runner_timeout.is_none() || !self.passes_over_the_silent() {
            return all.collect();
        }
        let patience = self.settings.period + self.settings.period / 2;
        let heard = |r: &usize| {
            let runner = &self.roster[*r];
            runner.at + patience >= self.now && !runner.is_leaving
        };
        let present: Vec<_> = all.clone().filter(heard).collect();
        if present.is_empty() { all.collect() } else { present }
    }

    fn passes_over_the_silent(&self) -> bool {
        #[cfg(test)]
        return self.switches.silent;
        #[cfg(not(test))]
        true
    }

    fn seal_window(&mut self, s: usize, window: Window, answer: Answer) {
        let present = self.present();
        self.lines[s].unsaved = true;
        let Some(arrivals) = &mut self.lines[s].arrivals else { return };
        let pieces = match answer {
            Ok(Ok(pieces)) => pieces,
            Ok(Err(StopVolumeModel)) => {
                arrivals.finished = Some(Ended::Stopped);
                return;
            }
            Err(text) => {
                arrivals.finished = Some(Ended::InvalidVolume(text));
                return;
            }
        };
        let numbers = pieces.iter().flat_map(|piece| [piece.from, piece.to]);
        if let Some(text) = numbers.into_iter().find_map(|n| Measure::PerSecond.mistake(n)) {
            let Window { start, end, .. } = window;
            let text = format!("{text} (in the window from {start:?} to {end:?})");
            arrivals.finished = Some(Ended::InvalidVolume(text));
            return;
        }
        let until = self.settings.until.unwrap_or(TestTime::MAX);
        let factor = self.by_hand.throttle.effective();
        let throttled =
            |piece: Piece| Piece { from: piece.from * factor, to: piece.to * factor, ..piece };
        let pieces = pieces.iter().filter_map(|piece| piece.within(TestTime::ZERO, until));
        let pieces: Vec<_> = pieces.map(throttled).collect();
        let runners = present.iter().map(|&r| self.roster[r].id).collect();
        let at_most = arrivals.at_most;
        let segment = arrivals.seal(window, pieces, runners);
        let (first, end) = (segment.first, segment.end_k);
        let n = present.len();
        for (i, &r) in present.iter().enumerate() {
            let split = Split::among(n as u32, at_most, place(i, n, s) as u32);
            self.roster[r].cells[s].arrivals.seal(window.index, split.own(first, end));
        }
        if n == 0 {
            arrivals.before.2 += end - first;
        }
        if window.end >= until {
            arrivals.finished = Some(Ended::Stopped);
        }
        self.touch_all();
    }
}
