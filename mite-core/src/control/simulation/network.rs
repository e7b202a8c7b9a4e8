//! What runners and the controller say to each other, and when it arrives.

use super::world::{Event, MIN_DELAY, World};
use crate::control::{Grant, Phase};
use crate::ids::{RunnerId, TestTime};

impl World {
    pub(super) fn ask(&mut self, id: RunnerId) {
        let now = self.now;
        if let Some(runner) = self.runners.get_mut(&id) {
            runner.ask(now);
            self.report(id);
        }
    }

    /// Sends the last report of a runner.
    pub(super) fn report(&mut self, id: RunnerId) {
        let Some(runner) = self.runners.get(&id) else { return };
        let report = runner.report.clone();
        self.at(self.now + self.patience(), Event::Silence(id, report.number));
        for at in self.ways_out(id) {
            self.at(at, Event::Heard(id, Box::new(report.clone())));
        }
    }

    /// When a message that is sent now arrives: once, twice or never.
    pub(super) fn ways(&mut self) -> Vec<TestTime> {
        let mut times = 1;
        if self.now < self.calm() && self.loss + self.twice > 0.0 {
            let luck = self.rng.f64();
            times = match () {
                () if luck < self.loss => 0,
                () if luck < self.loss + self.twice => 2,
                () => 1,
            };
        }
        (0..times).map(|_| self.arrival_of_a_message()).collect()
    }

    /// Asks early if there is a reason, and not too often.
    pub(super) fn look(&mut self, id: RunnerId) {
        let now = self.now;
        let Some(runner) = self.runners.get(&id) else { return };
        let state = &runner.state;
        if state.is_waiting() || state.phase() == Phase::Bye || !runner.is_eager() {
            return;
        }
        let at = runner.asked + MIN_DELAY;
        if at <= now { self.ask(id) } else { self.at(at, Event::Look(id)) }
    }

    pub(super) fn told(&mut self, id: RunnerId, grant: Grant) {
        let now = self.now;
        let Some(runner) = self.runners.get_mut(&id) else { return };
        let Some(cancelled) = runner.apply(now, grant) else {
            // It may have been told of another controller.
            return self.look(id);
        };
        for (line, start) in cancelled {
            self.cancelled(id, line, start);
        }
        self.renewed(id);
        if self.goes(id) {
            return;
        }
        self.fill(id);
        self.await_arrival(id);
        let Some(runner) = self.runners.get_mut(&id) else { return };
        runner.timer += 1;
        if runner.state.phase() == Phase::Bye {
            if self.fleet.is_none() && !runner.state.has_nothing() {
                self.observer.broken.push(format!("runner {id} was sent away with items"));
            }
            return;
        }
        let timer = runner.timer;
        self.at(now + self.settings.period, Event::Ask(id, timer));
        self.look(id);
    }
}
