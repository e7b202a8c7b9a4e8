//! Think time: what a person takes between two steps.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::journey::{Context, Random};

/// How long somebody thinks, drawn anew each time: a fixed time, a range of times that
/// are all as likely, or a distribution.
///
/// ```
/// use mite::prelude::*;
/// // 3 s in the middle, and two of three times within 1 s of it; never below 0.
/// let reading = ThinkTime::normal(secs(3), secs(1));
/// // As if each moment were as good as any other to go on: 3 s on average.
/// let browsing = ThinkTime::exponential(secs(3));
/// # let _ = (reading, browsing);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThinkTime(Distribution);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Distribution {
    Even { from: Duration, to: Duration },
    Exponential { mean: Duration },
    Normal { mean: Duration, deviation: Duration },
}

impl ThinkTime {
    /// Exponentially distributed: mostly short, now and then long, and `mean` on average.
    pub fn exponential(mean: Duration) -> Self {
        Self(Distribution::Exponential { mean })
    }

    /// Normally distributed around `mean` with a standard `deviation`; below 0 it is 0.
    #[doc(alias = "gaussian_random_timer")]
    pub fn normal(mean: Duration, deviation: Duration) -> Self {
        Self(Distribution::Normal { mean, deviation })
    }

    fn draw(self, random: &mut Random) -> Duration {
        let seconds = match self.0 {
            Distribution::Even { from, to } => return random.within(from..=to),
            Distribution::Exponential { mean } => mean.as_secs_f64() * random.exponential(),
            Distribution::Normal { mean, deviation } => {
                mean.as_secs_f64() + deviation.as_secs_f64() * random.normal()
            }
        };
        Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
    }
}

impl From<Duration> for ThinkTime {
    fn from(fixed: Duration) -> Self {
        Self(Distribution::Even { from: fixed, to: fixed })
    }
}

impl From<Range<Duration>> for ThinkTime {
    #[track_caller]
    fn from(Range { start: from, end: to }: Range<Duration>) -> Self {
        (from..=to).into()
    }
}

impl From<RangeInclusive<Duration>> for ThinkTime {
    #[track_caller]
    fn from(range: RangeInclusive<Duration>) -> Self {
        let (from, to) = range.into_inner();
        assert!(from <= to, "a think time of {from:?} to {to:?} ends before it starts");
        Self(Distribution::Even { from, to })
    }
}

impl Context {
    /// Waits as a person does between two steps: `secs(2)`, `secs(1)..secs(3)` (all times
    /// between as likely), [`ThinkTime::exponential`], [`ThinkTime::normal`]. `--seed`
    /// repeats what is drawn.
    ///
    /// It belongs between transactions: inside one, it is a part of its time.
    ///
    /// ```
    /// use mite::prelude::*;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
    /// # let ctx = Context::for_test();
    /// # let before = tokio::time::Instant::now();
    /// ctx.think(secs(1)..secs(3)).await;
    /// # assert!((1.0..3.002).contains(&before.elapsed().as_secs_f64()));
    /// ctx.think(ThinkTime::exponential(secs(2))).await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the time is a range that ends before it starts.
    #[track_caller]
    #[doc(alias(
        "think_time",
        "pause",
        "wait_time",
        "between",
        "timer",
        "uniform_random_timer",
        "set_wait_time"
    ))]
    pub fn think<T: Into<ThinkTime>>(&self, time: T) -> impl Future<Output = ()> + Send + use<T> {
        tokio::time::sleep(time.into().draw(&mut self.random()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Mean and standard deviation of many draws, in seconds.
    fn of_many(time: ThinkTime) -> (f64, f64) {
        let mut random = Random::seeded(5);
        let draws: Vec<_> = (0..20_000).map(|_| time.draw(&mut random).as_secs_f64()).collect();
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        (mean, (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    fn near(given: (f64, f64), mean: f64, deviation: f64) {
        // Five standard errors of a mean of 20,000 draws.
        let error = 0.036 * deviation;
        assert!((given.0 - mean).abs() < error, "{given:?}");
        assert!((given.1 - deviation).abs() < 2.0 * error, "{given:?}");
    }

    #[test]
    fn times_are_distributed_as_asked_for() {
        near(of_many((SECOND..SECOND * 3).into()), 2.0, 2.0 / 12_f64.sqrt());
        near(of_many(ThinkTime::exponential(SECOND * 2)), 2.0, 2.0);
        near(of_many(ThinkTime::normal(SECOND * 10, SECOND)), 10.0, 1.0);
        assert_eq!(of_many(SECOND.into()), (1.0, 0.0));
    }

    #[test]
    fn nobody_thinks_for_less_than_no_time() {
        let mut random = Random::seeded(1);
        let time = ThinkTime::normal(Duration::ZERO, SECOND);
        let none = (0..1_000).filter(|_| time.draw(&mut random).is_zero()).count();
        assert!((400..600).contains(&none), "{none}");
    }

    #[tokio::test(start_paused = true)]
    async fn thinking_takes_its_time() {
        let before = tokio::time::Instant::now();
        Context::for_test().think(SECOND * 90).await;
        assert_eq!(before.elapsed(), SECOND * 90);
    }
}
