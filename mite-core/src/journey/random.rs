//! Random choices of a journey, which a seed repeats.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::journey::Context;

/// A source of random choices. `ctx.random()` gives one that `--seed`, the journey and
/// its execution (which one of which runner) determine: a run with the same seed and as
/// many runners chooses the same again, `journey run` and tests too.
///
/// Each call of `ctx.random()` gives another one: keep it for a row of choices, or use it
/// where it is made. Not for secrets: whoever sees some choices can work out the others.
///
/// ```
/// # use mite::prelude::*;
/// # let ctx = Context::for_test();
/// let city = *ctx.random().pick(&["Berlin", "Lisbon", "Oslo"]);
/// let mut random = ctx.random();
/// let (dice, discount) = (random.within(1..=6), random.within(0.0..0.2));
/// if random.chance(0.25) {
///     ctx.send("coupon", fields! { city, dice, discount });
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    /// One that `seed` determines.
    pub fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A number in [0, 1), evenly distributed.
    pub fn fraction(&mut self) -> f64 {
        self.0.f64()
    }

    /// Whether something that happens with `probability`, from 0 to 1, happens now.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.f64() < probability
    }

    /// A number, or a length of time, of a range, evenly distributed: `1..=6`, `0..rows`,
    /// `0.0..1.0`, `secs(1)..secs(3)`.
    ///
    /// # Panics
    /// If nothing lies in the range.
    #[track_caller]
    pub fn within<T>(&mut self, range: impl Choices<T>) -> T {
        range.choose(self)
    }

    /// One of several, each as likely as any other.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        assert!(!from.is_empty(), "there is nothing to pick from: the slice is empty");
        &from[self.0.usize(..from.len())]
    }

    /// One of several, each as often as its weight says: of `[("read", 9.0), ("write",
    /// 1.0)]` nine times of ten the first.
    ///
    /// ```
    /// use mite::Random;
    /// let mut random = Random::seeded(1);
    /// let kinds = [("read", 9.0), ("write", 1.0), ("never", 0.0)];
    /// let writes = (0..10_000).filter(|_| *random.pick_weighted(&kinds) == "write").count();
    /// assert!((900..1_100).contains(&writes));
    /// ```
    ///
    /// # Panics
    /// If the weights are not all finite and at least 0, or add up to 0.
    #[track_caller]
    #[doc(alias("weight", "randomSwitch"))]
    pub fn pick_weighted<'a, T>(&mut self, from: &'a [(T, f64)]) -> &'a T {
        let are_weights = from.iter().all(|(_, weight)| weight.is_finite() && *weight >= 0.0);
        assert!(are_weights, "a weight is a finite number of at least 0");
        let sum: f64 = from.iter().map(|(_, weight)| weight).sum();
        assert!(sum > 0.0, "there is nothing to pick from: no weight is above 0");
        let mut left = self.0.f64() * sum;
        let mut chosen = None;
        for (value, weight) in from.iter().filter(|(_, weight)| *weight > 0.0) {
            chosen = Some(value);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        // The sum is rounded, so that the last may be passed by.
        chosen.expect("one weighs something")
    }

    /// Puts them into a random order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        self.0.shuffle(values);
    }

    /// Exponentially distributed with a mean of 1: the gaps of events that come on their
    /// own, one a unit of time on average.
    pub(super) fn exponential(&mut self) -> f64 {
        -(1.0 - self.0.f64()).ln()
    }

    /// Normally distributed with a mean of 0 and a standard deviation of 1, by Box and
    /// Muller.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.0.f64()).cos()
    }
}

/// What [`Random::within`] chooses from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no range to choose from",
    note = "give a range of numbers or of times: `1..=6`, `0.0..1.0`, `secs(1)..secs(3)`"
)]
pub trait Choices<T> {
    /// One of them.
    #[doc(hidden)]
    fn choose(self, random: &mut Random) -> T;
}

macro_rules! integers {
    ($($t:ident)*) => { $(
        impl Choices<$t> for Range<$t> {
            #[track_caller]
            fn choose(self, random: &mut Random) -> $t {
                assert!(self.start < self.end, "nothing lies in {self:?}");
                random.0.$t(self)
            }
        }

        impl Choices<$t> for RangeInclusive<$t> {
            #[track_caller]
            fn choose(self, random: &mut Random) -> $t {
                assert!(self.start() <= self.end(), "nothing lies in {self:?}");
                random.0.$t(self)
            }
        }
    )* };
}
integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl Choices<f64> for Range<f64> {
    #[track_caller]
    fn choose(self, random: &mut Random) -> f64 {
        let Range { start, end } = self;
        assert!(start < end && (end - start).is_finite(), "nothing lies in {start}..{end}");
        // Rounding must not reach the end, which is not in the range.
        (start + (end - start) * random.fraction()).min(end.next_down())
    }
}

impl Choices<Duration> for Range<Duration> {
    #[track_caller]
    fn choose(self, random: &mut Random) -> Duration {
        let Range { start, end } = self;
        assert!(start < end, "nothing lies in {start:?}..{end:?}");
        start + (end - start).mul_f64(random.fraction()).min(end - start - Duration::from_nanos(1))
    }
}

impl Choices<Duration> for RangeInclusive<Duration> {
    #[track_caller]
    fn choose(self, random: &mut Random) -> Duration {
        let (start, end) = self.into_inner();
        assert!(start <= end, "nothing lies in {start:?}..={end:?}");
        start + (end - start).mul_f64(random.fraction())
    }
}

impl Context {
    /// A source of random choices, another one with each call; see [`Random`].
    pub fn random(&self) -> Random {
        Random::seeded(self.next_draw())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::journey::{Host, Lanes};
    use crate::label::Label;
    use crate::message::Identity;

    fn choices(seed: u64, journey: &str) -> Vec<u64> {
        let mut host = Host::new(1, Label::intern("test"), Lanes::default());
        host.seed = seed;
        let ctx = Context::new(Arc::new(host), Identity::alone("test", journey));
        (0..3).map(|_| ctx.random().within(0..u64::MAX)).collect()
    }

    #[test]
    fn a_seed_repeats_the_choices_of_a_journey() {
        let first = choices(7, "shop:buy");
        assert_eq!(choices(7, "shop:buy"), first);
        assert_ne!(choices(8, "shop:buy"), first);
        assert_ne!(choices(7, "shop:browse"), first);
        assert_ne!(first[0], first[1]);
    }

    #[test]
    fn all_of_a_range_comes_and_nothing_else() {
        let mut random = Random::seeded(1);
        let mut seen = [0; 6];
        (0..6_000).for_each(|_| seen[random.within(1..=6_usize) - 1] += 1);
        assert!(seen.iter().all(|n| (850..1_150).contains(n)), "{seen:?}");
        for _ in 0..10_000 {
            assert!((-1.0..-0.5).contains(&random.within(-1.0..-0.5)));
            let time = Duration::from_nanos(5)..Duration::from_nanos(7);
            assert!(time.contains(&random.within(time.clone())));
        }
        assert_eq!(random.within(3..=3_u8), 3);
        let second = Duration::from_secs(1);
        assert_eq!(random.within(second..=second), second);
    }

    #[test]
    fn what_has_no_choice_says_so() {
        let error = crate::caught(|| Random::seeded(1).within(3..3)).unwrap_err();
        assert_eq!(error.text(), "nothing lies in 3..3");
        let none: [u8; 0] = [];
        let error = crate::caught(|| *Random::seeded(1).pick(&none)).unwrap_err();
        assert_eq!(error.text(), "there is nothing to pick from: the slice is empty");
        for weights in [[("a", 0.0)], [("a", -1.0)], [("a", f64::NAN)]] {
            assert!(crate::caught(|| Random::seeded(1).pick_weighted(&weights).len()).is_err());
        }
    }
}
