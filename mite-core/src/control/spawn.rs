//! The spawn rate: a token bucket with a burst of one, for growth alone.

use std::time::Duration;

use super::level::Growth;
use crate::ids::TestTime;

/// How much of each line's volume may be held by now.
///
/// Token j of a spell of growth falls due at `first + j × interval`, whichever
/// line uses it. Lines that grow at once share the tokens in proportion to
/// what they lack, each at an even pace of its own, so that runners can follow
/// without being told of every slot.
pub(super) struct Spawn {
    /// Between two tokens; zero for no limit.
    interval: Duration,
    /// The first token of the current spell, and how many it has.
    first: TestTime,
    tokens: u32,
    lines: Vec<Climb>,
}

#[derive(Clone, Copy, Default)]
struct Climb {
    /// Admitted before the spell.
    base: u32,
    /// Admitted during it.
    slots: u32,
    start: TestTime,
    every: Duration,
    /// The line's part of the tokens.
    weight: f64,
    /// What earlier spells owe to this line, as a part of a slot.
    owed: f64,
}

/// Beyond this, a line is as good as not growing, and products stay in range.
const LONGEST: Duration = Duration::from_secs(1_000_000);

impl Spawn {
    /// Nothing is admitted yet. `rate` is in slots per second; what is not a
    /// finite positive number is no limit.
    pub(super) fn new(rate: f64, lines: usize) -> Self {
        let interval = if rate.is_finite() && rate > 0.0 {
            Duration::try_from_secs_f64(1.0 / rate).unwrap_or(LONGEST).min(LONGEST)
        } else {
            Duration::ZERO
        };
        let lines = vec![Climb::default(); lines];
        Self { interval, first: TestTime::ZERO, tokens: 0, lines }
    }

    /// Aims at these volumes from `now` on. What was admitted stays admitted,
    /// as far as it is still wanted.
    pub(super) fn aim(&mut self, now: TestTime, volumes: &[u32]) {
        if self.interval.is_zero() {
            for (line, &volume) in self.lines.iter_mut().zip(volumes) {
                *line = Climb { base: volume, ..Climb::default() };
            }
            return;
        }
        let used = self.used(now);
        self.first = now.max(self.first + self.interval * used);
        let lack = |line: &Climb, volume: u32| volume.saturating_sub(line.admitted(now));
        let lacks: Vec<u32> = self.lines.iter().zip(volumes).map(|(l, &v)| lack(l, v)).collect();
        self.tokens = lacks.iter().fold(0, |a, &l| a.saturating_add(l));
        for ((line, &volume), &slots) in self.lines.iter_mut().zip(volumes).zip(&lacks) {
            let base = line.admitted(now).min(volume);
            if slots == 0 {
                *line = Climb { base, ..Climb::default() };
                continue;
            }
            let valid = f64::from(line.admitted(now) - line.base);
            let owed = (line.owed + line.weight * f64::from(used) - valid).clamp(-0.5, 0.5);
            let weight = f64::from(slots) / f64::from(self.tokens);
            // The line's k-th slot is where its part of the tokens passes k + ½.
            let wait = ((0.5 - owed) / weight - 0.5).max(0.0);
            let times = |x: f64| {
                let seconds = self.interval.as_secs_f64() * x;
                Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
            };
            let (every, wait) = if slots == self.tokens {
                (self.interval, Duration::ZERO)
            } else {
                (times(1.0 / weight), times(wait))
            };
            *line = Climb { base, slots, start: self.first + wait, every, weight, owed };
        }
    }

    /// Journeys of `line` that may be held at `now`.
    pub(super) fn admitted(&self, line: usize, now: TestTime) -> u32 {
        self.lines[line].admitted(now)
    }

    /// Journeys of `line` that were admitted when it was last aimed.
    pub(super) fn base(&self, line: usize) -> u32 {
        self.lines[line].base
    }

    /// The growth of `line` from there, as the runner with this place in the
    /// round of `of` runners follows it.
    pub(super) fn growth(&self, line: usize, place: usize, of: usize) -> Option<Growth> {
        let climb = &self.lines[line];
        let offset = (place + of - climb.base as usize % of) % of;
        (climb.slots > 0).then_some(Growth {
            first: climb.start,
            every: climb.every,
            slots: climb.slots,
            offset: offset as u32,
            of: of as u32,
        })
    }

    /// When the next slot of any line becomes valid, after `now`.
    pub(super) fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        self.lines.iter().filter_map(|line| line.next_rise(now)).min()
    }

    /// When the last slot of the line's growth became valid, if it grows.
    pub(super) fn topped_out(&self, line: usize) -> Option<TestTime> {
        let climb = &self.lines[line];
        let steps = climb.slots.checked_sub(1)?;
        Some(climb.start + climb.every.saturating_mul(steps))
    }

    /// Tokens of the current spell that are due by `now`.
    fn used(&self, now: TestTime) -> u32 {
        match now.checked_sub(self.first) {
            Some(since) => {
                let due = since.as_nanos() / self.interval.as_nanos() + 1;
                due.min(self.tokens.into()) as u32
            }
            None => 0,
        }
    }
}

impl Climb {
    fn admitted(&self, now: TestTime) -> u32 {
        self.base + self.valid(now)
    }

    /// Slots of the spell that are valid.
    fn valid(&self, now: TestTime) -> u32 {
        let Some(since) = now.checked_sub(self.start) else { return 0 };
        match self.every.as_nanos() {
            0 => self.slots,
            every => (since.as_nanos() / every + 1).min(self.slots.into()) as u32,
        }
    }

    fn next_rise(&self, now: TestTime) -> Option<TestTime> {
        let valid = self.valid(now);
        (valid < self.slots).then(|| self.start + self.every.saturating_mul(valid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn slot_j_is_valid_at_j_over_the_rate() {
        let mut spawn = Spawn::new(5.0, 1);
        spawn.aim(ms(0), &[1000]);
        assert_eq!(spawn.admitted(0, ms(0)), 1);
        assert_eq!(spawn.admitted(0, ms(199)), 1);
        assert_eq!(spawn.admitted(0, ms(200)), 2);
        assert_eq!(spawn.admitted(0, ms(10_000)), 51);
        assert_eq!(spawn.next_rise(ms(199)), Some(ms(200)));
        assert_eq!(spawn.next_rise(ms(200)), Some(ms(400)));
        assert_eq!(spawn.next_rise(ms(199_799)), Some(ms(199_800)));
        assert_eq!(spawn.next_rise(ms(199_800)), None);
    }

    #[test]
    fn idle_time_saves_up_one_token_and_a_change_of_aim_none() {
        let mut spawn = Spawn::new(10.0, 1);
        spawn.aim(ms(0), &[3]);
        spawn.aim(ms(50), &[4]);
        assert_eq!(spawn.admitted(0, ms(99)), 1);
        assert_eq!(spawn.admitted(0, ms(300)), 4);
        spawn.aim(ms(5000), &[2]);
        assert_eq!(spawn.admitted(0, ms(5000)), 2);
        spawn.aim(ms(6000), &[5]);
        assert_eq!(spawn.admitted(0, ms(6000)), 3, "one at once");
        assert_eq!(spawn.admitted(0, ms(6099)), 3);
        spawn.aim(ms(6050), &[9]);
        assert_eq!(spawn.admitted(0, ms(6099)), 3, "aiming anew gives no new token");
        assert_eq!(spawn.admitted(0, ms(6100)), 4);
    }

    #[test]
    fn lines_that_grow_at_once_share_the_rate_by_what_they_lack() {
        let mut spawn = Spawn::new(100.0, 2);
        spawn.aim(ms(0), &[300, 100]);
        for t in (0..4000).map(ms) {
            let both = spawn.admitted(0, t) + spawn.admitted(1, t);
            let due = (t.as_millis() / 10 + 1) as u32;
            assert!(both.abs_diff(due) <= 1, "{both} of {due} at {t:?}");
        }
        assert_eq!((spawn.admitted(0, ms(2000)), spawn.admitted(1, ms(2000))), (150, 50));
        assert_eq!((spawn.admitted(0, ms(4000)), spawn.admitted(1, ms(4000))), (300, 100));
    }

    #[test]
    fn a_line_that_lacks_little_is_not_starved_by_one_that_grows_for_ever() {
        let mut spawn = Spawn::new(1.0, 2);
        for second in 0..400 {
            spawn.aim(ms(second * 1000), &[20, 1000 + second as u32]);
        }
        assert!(spawn.admitted(0, ms(400_000)) >= 5, "{}", spawn.admitted(0, ms(400_000)));
    }

    #[test]
    fn no_limit_admits_all_at_once() {
        for rate in [f64::INFINITY, f64::NAN, 0.0, -1.0, 1e12] {
            let mut spawn = Spawn::new(rate, 1);
            spawn.aim(ms(0), &[1000]);
            assert_eq!(spawn.admitted(0, ms(0)), 1000);
            assert_eq!(spawn.growth(0, 0, 3), None);
        }
    }
}
