//! What changes when load is changed by hand.

use super::controller::Controller;
use super::throttle::Throttle;
use crate::ids::TestTime;

impl Controller {
    /// Nothing more is started until [`resume`](Self::resume): levels are zero, and windows
    /// of arrivals that are sealed from now on are empty; those that are sealed already, up
    /// to two ahead, still arrive. Journeys in flight go on. Time goes on too, so what the
    /// scenario asks for meanwhile is left out. Whether this changes anything.
    pub fn pause(&mut self, now: TestTime) -> bool {
        self.turn(now, Throttle { paused: true, ..self.by_hand.throttle })
    }

    /// The load is as it was before [`pause`](Self::pause): closed lines at once, open ones
    /// with the next window to be sealed. Whether this changes anything.
    pub fn resume(&mut self, now: TestTime) -> bool {
        self.turn(now, Throttle { paused: false, ..self.by_hand.throttle })
    }

    /// Levels, and rates of windows that are sealed from now on, are those of the scenario
    /// times `factor`, until it is set anew: twice 1.5 is 1.5. Tickets are not multiplied.
    /// Whether this changes anything; what is negative or not finite does not.
    pub fn scale(&mut self, now: TestTime, factor: f64) -> bool {
        let sane = factor.is_finite() && factor >= 0.0;
        sane && self.turn(now, Throttle { factor, ..self.by_hand.throttle })
    }

    /// What was made by hand of the load.
    pub fn throttle(&self) -> Throttle {
        self.by_hand.throttle
    }

    pub(super) fn turn(&mut self, now: TestTime, throttle: Throttle) -> bool {
        self.advance(now);
        if self.by_hand.throttle == throttle {
            return false;
        }
        self.by_hand = self.by_hand.turned(self.now, throttle);
        self.run_unsaved = true;
        for line in &mut self.lines {
            line.throttle(throttle.effective());
        }
        self.dirty = true;
        true
    }
}
