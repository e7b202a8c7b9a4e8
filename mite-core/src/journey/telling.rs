//! Statistics of one's own, as journeys tell them.

use std::fmt::Display;
use std::panic::Location;

use tokio::time::Instant;

use crate::console::{Line, console};
use crate::journey::Context;
use crate::stats::{Amount, LabelValue, Labels, Mark, StatisticKind};

/// A value on its way to a statistic. It is told when this is dropped, at the end of the
/// statement, so that there is nothing to forget.
///
/// ```
/// # use mite::prelude::*;
/// # let ctx = Context::for_test();
/// ctx.count("orders", 1).with("kind", "new").with("shop", 7).with("paid", true);
/// ```
pub struct Telling<'a> {
    ctx: &'a Context,
    kind: StatisticKind,
    name: &'a str,
    value: f64,
    labels: Labels<'a>,
}

impl<'a> Telling<'a> {
    /// With a label; each value of it is a statistic of its own. Of one name the last
    /// counts. A thousand of them are told apart, what comes then is counted together: a
    /// label is for a handful of values, not for ids.
    pub fn with(mut self, label: &'a str, value: impl LabelValue<'a>) -> Self {
        self.labels.set(label, value.label_value());
        self
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        let Self { ctx, kind, name, value, labels } = self;
        // Only of gauges somebody asks when.
        let at = match kind {
            StatisticKind::Gauge => ctx.wall_time(Instant::now()),
            _ => 0.0,
        };
        let warmup = ctx.runner_host().is_warming_up(Instant::now);
        ctx.lanes().counted().during(warmup).statistic(*kind, name, labels, *value, at);
    }
}

/// Statistics of one's own: shown in tables of their own, in the file of results, and
/// good for limits (`--threshold 'orders rate > 5/s'`).
///
/// Of a name and labels that were told before, telling takes no memory and costs less
/// than a transaction. What is no value (NaN, a counter below zero) is counted apart,
/// and the run says so.
impl Context {
    /// Adds `n`, which is not negative, to the counter `name`.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let (ctx, basket) = (Context::for_test(), ["book"]);
    /// ctx.count("orders", 1).with("kind", "new");
    /// ctx.count("items", basket.len());
    /// ```
    pub fn count<'a>(&'a self, name: &'a str, n: impl Amount) -> Telling<'a> {
        self.telling(StatisticKind::Counter, name, n)
    }

    /// Sets the gauge `name`, which keeps the last value by time, whoever told it, and
    /// the least and the greatest.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.gauge("queue", 17);
    /// ```
    pub fn gauge<'a>(&'a self, name: &'a str, value: impl Amount) -> Telling<'a> {
        self.telling(StatisticKind::Gauge, name, value)
    }

    /// Adds a value to the histogram `name`: of whatever size and unit, three digits are
    /// kept. Times are told in seconds, which limits expect.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.observe("queue_depth", 17.0).with("queue", "mail");
    /// ```
    #[doc(alias("Trend", "histogram"))]
    pub fn observe<'a>(&'a self, name: &'a str, value: impl Amount) -> Telling<'a> {
        self.telling(StatisticKind::Histogram, name, value)
    }

    /// Counts whether something holds, under `name`, and says whether it does; the journey
    /// goes on. How many did not pass is shown in a table of its own, and fails the run if
    /// a limit says so: `--threshold '"has a price" failed < 1%'`.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// # let (price, ids) = (5.0, [1]);
    /// ctx.check("has a price", price > 0.0);
    /// if ctx.check("has items", !ids.is_empty()) {
    ///     // goes on with the first one
    /// }
    /// ```
    #[doc(alias("assert", "verify", "catch_response", "Rate"))]
    pub fn check(&self, name: &str, holds: bool) -> bool {
        drop(self.telling(StatisticKind::Check, name, u8::from(holds)));
        holds
    }

    /// Writes a line to the log, with the journey and its number: above the bar, among the
    /// lines of the screen. Of one place in the code ten a second are shown, and a hundred of
    /// all; how many were left out is told. The macros of the `log` crate do the same, with
    /// levels.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// # let order = 7;
    /// ctx.log("paid");
    /// ctx.log(format_args!("order {order} is late"));
    /// ```
    #[track_caller]
    #[doc(alias("print", "println"))]
    pub fn log(&self, text: impl Display) {
        let (journey, id, place) = (self.journey(), self.id(), Location::caller());
        console().log(&Line { journey, id, place, text: &text });
    }

    /// Marks this moment in the course of the run: it is logged, and an event of kind
    /// `mark` in the file of results. For what happens a few times in a run, such as
    /// `deployed v2`; the first 200 are kept, 200 bytes of each.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # let ctx = Context::for_test();
    /// ctx.mark("deployed v2");
    /// ```
    pub fn mark(&self, text: &str) {
        let at = Instant::now().saturating_duration_since(self.runner_host().start);
        self.lanes().counted().mark(Mark::new(at, text));
    }

    fn telling<'a>(
        &'a self,
        kind: StatisticKind,
        name: &'a str,
        value: impl Amount,
    ) -> Telling<'a> {
        Telling { ctx: self, kind, name, value: value.amount(), labels: Labels::new() }
    }
}
