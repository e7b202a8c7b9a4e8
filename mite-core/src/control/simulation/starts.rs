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

    /// A journey has started, and ends when it does.
    pub(super) fn note_start(&mut self, id: RunnerId, line: usize, start: u64, item: Option<u64>) {
        let now = self.now;
        let patience = if self.loss > 0.0 { PATIENCE * 12 } else { Duration::ZERO };
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
