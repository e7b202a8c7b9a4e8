//! Journeys that start in the simulation, and end when they do.

use std::time::Duration;

use super::observer::Limits;
use super::world::{Event, MIN_DELAY, PATIENCE, World};
use crate::ids::RunnerId;

impl World {
    pub(super) fn fill(&mut self, id: RunnerId) {
        let now = self.now;
        let mut next = self.starts;
        let Some(runner) = self.runners.get_mut(&id) else { return };
        let starts = runner.fill(now, &mut next);
        let (seen, rise) = (runner.rise, runner.state.next_rise(now));
        runner.rise = rise;
        self.starts = next;
        for (line, start, item) in starts {
            self.note_start(id, line, start, item);
        }
        if let (Some(rise), true) = (rise, rise != seen) {
            self.at(rise, Event::Rise(id));
        }
    }

    /// A runner starts something: its term must not be half over.
    fn check_term(&mut self, id: RunnerId) {
        let (Some(runner), Some(timeout)) = (self.runners.get(&id), self.settings.runner_timeout)
        else {
            return;
        };
        let clock = runner.clock(self.now);
        if runner.since.is_none_or(|since| clock >= since + timeout / 2) {
            let since = runner.since;
            let text = format!("runner {id} starts at {clock:?}, in a term since {since:?}");
            self.observer.broken.push(text);
        }
    }

    /// A journey has started, and ends when it does.
    pub(super) fn note_start(&mut self, id: RunnerId, line: usize, start: u64, item: Option<u64>) {
        let now = self.now;
        let patience = match self.settings.runner_timeout {
            // What a runner was granted may be in force until its term is over.
            Some(timeout) => timeout * 3,
            None if self.loss > 0.0 => PATIENCE * 12,
            None => Duration::ZERO,
        };
        self.check_term(id);
        let wish = &self.wishes[line];
        let limits = Limits {
            stock: Some(self.stock_of(line)),
            steps: &wish.required(self.most_load),
            delay: self.delay * 4 + MIN_DELAY + self.settings.period / 100 + patience,
            tickets: wish.tickets,
            cap: self.settings.runner_max_journeys,
        };
        self.observer.start(now, id, line, start, item, &limits);
        let (from, to) = (wish.length.0.as_nanos() as u64, wish.length.1.as_nanos() as u64);
        let length = Duration::from_nanos(self.rng.u64(from..=to));
        self.at(now + length, Event::JourneyEnd(id, line, start));
    }
}
