//! Pacing inside a journey: blocks that take at least so long.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Result;
use crate::journey::Context;

impl Context {
    /// Runs `block`, and waits for the rest of `duration` if it took less, also
    /// after a failure. A longer block is not delayed, and a run in which that cost
    /// more than a hundredth of the pace says so.
    ///
    /// # Errors
    /// Whatever `block` returns.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> mite::Result {
    /// # let ctx = Context::for_test();
    /// let before = tokio::time::Instant::now();
    /// ctx.fixed_separation(Duration::from_secs(2), async { Ok(()) }).await?;
    /// assert_eq!(before.elapsed(), Duration::from_secs(2));
    /// # Ok(()) }
    /// ```
    #[doc(alias("pace", "pacing", "constant_pacing", "constant_throughput"))]
    pub async fn fixed_separation<T, F>(&self, duration: Duration, block: F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let until = Instant::now() + duration;
        let result = block.await;
        let over = Instant::now().saturating_duration_since(until);
        self.lanes().counted().paced(self.journey_label(), duration, over);
        tokio::time::sleep_until(until).await;
        result
    }

    /// As [`fixed_separation`](Self::fixed_separation) with a duration drawn
    /// evenly from `mean` ± `plus_minus`; `--seed` repeats the draws.
    ///
    /// # Errors
    /// Whatever `block` returns.
    pub async fn average_separation<T, F>(
        &self,
        mean: Duration,
        plus_minus: Duration,
        block: F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let low = mean.saturating_sub(plus_minus);
        let spread = (mean + plus_minus - low).as_secs_f64();
        let drawn = low + Duration::from_secs_f64(spread * self.random().fraction());
        self.fixed_separation(drawn, block).await
    }
}
