//! Scenarios: journeys, what feeds them, and how many of them.

mod entry;
mod line;
mod mix;
mod output;

use std::panic::Location;
use std::time::Duration;

use serde::Serialize;

use crate::error::{Place, Result};
use crate::journey::{Context, Stage};
use crate::pool::Row;
use crate::pool::any::{IntoPool, PoolRef};
use crate::stats::{ParseError, Threshold};
use crate::volume::IntoVolume;

pub use entry::ScenarioEntry;
#[doc(hidden)]
pub use line::{JourneyRef, Line, Part};
pub(crate) use mix::mistake as mistake_of_weight;
pub use mix::{Mix, Weight};
#[doc(hidden)]
pub use output::{Later, Plain};
pub use output::{ScenarioOutput, build_scenario};

/// Journeys, each with its data pool and its volume, run side by side.
///
/// ```
/// use mite::prelude::*;
///
/// let scenario = Scenario::builder()
///     .journey("shop:browse", NoData, 10)
///     .journey("shop:buy", NoData, Ramp::over(secs(60)).from(0) + Constant::new(5, secs(600)))
///     .build();
/// assert_eq!(scenario.lines().len(), 2);
/// ```
#[derive(Default)]
#[doc(alias("simulation", "test_plan", "thread_group", "user_class", "GooseAttack"))]
pub struct Scenario {
    lines: Vec<Line>,
    thresholds: Vec<Limit>,
    warmup: Option<Duration>,
    series_by: Vec<String>,
    setup: Vec<Stage>,
    teardown: Vec<Stage>,
    mistakes: Vec<(Place, String)>,
}

/// A threshold of a scenario, or why its text is none.
pub struct Limit {
    /// The threshold.
    pub threshold: Result<Threshold, ParseError>,
    /// The line that says so.
    pub place: Place,
}

impl Scenario {
    /// A scenario to add journeys to.
    pub fn builder() -> ScenarioBuilder {
        ScenarioBuilder { scenario: Self::default() }
    }

    /// A scenario of lines that were made one by one, such as the single line
    /// of `journey test`.
    #[doc(hidden)]
    pub fn from_lines(lines: Vec<Line>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Its setup and teardown, and these lines in place of its own; what must hold of those is
    /// left out.
    #[must_use]
    #[doc(hidden)]
    pub fn with_lines(self, lines: Vec<Line>) -> Self {
        let Self { setup, teardown, mistakes, .. } = self;
        Self { lines, setup, teardown, mistakes, ..Self::default() }
    }

    /// Its lines, taken out.
    #[doc(hidden)]
    pub fn take_lines(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// What must hold, apart from its lines.
    #[doc(hidden)]
    pub fn take_thresholds(&mut self) -> Vec<Limit> {
        std::mem::take(&mut self.thresholds)
    }

    /// How long the warm-up is, if it says so.
    #[doc(hidden)]
    pub fn warmup(&self) -> Option<Duration> {
        self.warmup
    }

    /// Tags whose values make series of their own.
    #[doc(hidden)]
    pub fn take_series_by(&mut self) -> Vec<String> {
        std::mem::take(&mut self.series_by)
    }

    /// What runs once before load starts; more than one is a mistake.
    #[doc(hidden)]
    pub fn take_setup(&mut self) -> Vec<Stage> {
        std::mem::take(&mut self.setup)
    }

    /// What runs once after load has ended; more than one is a mistake.
    #[doc(hidden)]
    pub fn take_teardown(&mut self) -> Vec<Stage> {
        std::mem::take(&mut self.teardown)
    }

    /// What was wrong with how it was built, and where.
    #[doc(hidden)]
    pub fn take_mistakes(&mut self) -> Vec<(Place, String)> {
        std::mem::take(&mut self.mistakes)
    }

    /// The lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The lines, in order, to own.
    #[doc(hidden)]
    pub fn into_lines(self) -> Vec<Line> {
        self.lines
    }
}

/// Collects the lines of a [`Scenario`]. Mistakes are kept with their source
/// lines and reported together before load starts.
#[must_use = "a builder does nothing until `.build()`"]
pub struct ScenarioBuilder {
    scenario: Scenario,
}

impl ScenarioBuilder {
    /// Adds the journey that is registered as `spec`.
    #[track_caller]
    pub fn journey<PM, VM>(
        self,
        spec: &str,
        pool: impl IntoPool<PM>,
        volume: impl IntoVolume<VM>,
    ) -> Self {
        self.add(JourneyRef::Spec(spec.to_owned()), pool.into_pool(), volume)
    }

    /// Adds a journey by its function; the compiler checks that the pool's
    /// items are the journey's arguments.
    #[track_caller]
    pub fn run<J, A, P, PM, AM, VM>(self, journey: J, pool: P, volume: impl IntoVolume<VM>) -> Self
    where
        J: JourneyFunction<A>,
        P: IntoPool<PM>,
        P::Item: FeedsArguments<A, AM>,
        A: 'static,
    {
        let _ = journey;
        self.add(JourneyRef::of::<J, A>(), pool.into_pool(), volume)
    }

    /// Adds several journeys that share one volume, each by its weight: of the journeys
    /// that start, exactly (to less than one on each runner) the part that its weight says,
    /// closed and open. Shares below one journey at once run too.
    ///
    /// A journey whose data pool is used up leaves the mix; the others go on with the whole
    /// volume, by their weights, and the run says so.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn browse(_ctx: &Context) -> mite::Result { Ok(()) }
    /// # async fn buy(_ctx: &Context) -> mite::Result { Ok(()) }
    /// // Of ten journeys nine look around, though a purchase may take longer.
    /// let scenario = Scenario::builder()
    ///     .mix(Mix::new().run(browse, NoData, 90).run(buy, NoData, 10), 5)
    ///     .build();
    /// # drop(scenario);
    /// ```
    #[track_caller]
    #[doc(alias("weight", "randomSwitch", "throughput_controller"))]
    pub fn mix<VM>(mut self, mix: Mix, volume: impl IntoVolume<VM>) -> Self {
        let line = Location::caller();
        self.scenario.lines.push(Line {
            journeys: mix.parts,
            volume: volume.into_volume(line),
            most: None,
            once: false,
            place: Place::of(line),
        });
        self
    }

    /// The line before it (a [`run`](Self::run), [`journey`](Self::journey) or
    /// [`mix`](Self::mix)) starts so many journeys in all, and ends when the last of them
    /// has: exactly, over all runners. A volume that ends before ends it before.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn browse(_ctx: &Context) -> mite::Result { Ok(()) }
    /// // Ten at once, until ten thousand were started.
    /// let scenario = Scenario::builder().run(browse, NoData, 10).at_most(10_000).build();
    /// # drop(scenario);
    /// ```
    ///
    /// How many of an open line may be *in flight* is said at its volume:
    /// [`PerSecond(…).at_most(n)`](crate::volume::PerSecond).
    #[track_caller]
    #[doc(alias("iterations", "loops", "shared-iterations", "per-vu-iterations", "atOnceUsers"))]
    pub fn at_most(mut self, journeys: u64) -> Self {
        let place = Place::of(Location::caller());
        if journeys == 0 {
            let text = "`.at_most(0)` starts nothing; leave the line out";
            self.scenario.mistakes.push((place, text.to_owned()));
        } else if let Some(line) = self.scenario.lines.last_mut() {
            line.most = Some(line.most.map_or(journeys, |most| most.min(journeys)));
        } else {
            self.scenario.mistakes.push((place, misplaced("at_most(n)")));
        }
        self
    }

    /// The line before it starts one journey with each item of its data pool, also if that
    /// would take its items back, and ends with the last.
    ///
    /// ```
    /// # use mite::prelude::*;
    /// # async fn sign_up(_ctx: &Context, _user: String) -> mite::Result { Ok(()) }
    /// fn users() -> RecyclableIterableDataPool<String> {
    ///     RecyclableIterableDataPool::new((0..500).map(|n| format!("user-{n}")))
    /// }
    /// // 500 journeys, ten at once.
    /// let scenario = Scenario::builder().run(sign_up, users, 10).once_per_item().build();
    /// # drop(scenario);
    /// ```
    #[track_caller]
    #[doc(alias = "unique")]
    pub fn once_per_item(mut self) -> Self {
        let place = Place::of(Location::caller());
        match self.scenario.lines.last_mut() {
            Some(line) => line.once = true,
            None => self.scenario.mistakes.push((place, misplaced("once_per_item()"))),
        }
        self
    }

    #[track_caller]
    fn add<VM>(mut self, journey: JourneyRef, pool: PoolRef, volume: impl IntoVolume<VM>) -> Self {
        let line = Location::caller();
        let volume = volume.into_volume(line);
        self.scenario.lines.push(Line::new(journey, pool, volume, Place::of(line)));
        self
    }

    /// Adds what must hold, or the run has failed (exit code 1). One that is given on the
    /// command line, by `--threshold`, stands beside it. It is written as
    ///
    /// ```text
    /// WHAT FIGURE {KEY=VALUE, …} < BOUND [over TIME] [abort [after TIME]]
    /// ```
    ///
    /// - what: `http`, `transactions`, `journeys`, `errors`, or the name of a statistic or a
    ///   check of the test's own, in quotes if it has blanks;
    /// - which figure of it: `p0` to `p100`, `median`, `mean`, `min`, `max`, `count`, `rate`,
    ///   `failed` and others;
    /// - of which of them: `journey`, `transaction`, `name`, `method`, `status`, labels; `*` is
    ///   any text;
    /// - the bound, with its unit: `300ms`, `1%`, `480/s`;
    /// - `over 10s`: in each ten seconds; `abort`: the run ends once it is broken.
    ///
    /// The book has all of it on its page about limits.
    ///
    /// ```
    /// use mite::prelude::*;
    /// let scenario = Scenario::builder()
    ///     .journey("shop:browse", NoData, 10)
    ///     .threshold(r#"http p99 {transaction="Log in"} < 300ms"#)
    ///     .threshold("errors rate < 0.1%")
    ///     .threshold("journeys rate > 5/s over 10s abort after 30s")
    ///     .build();
    /// # drop(scenario);
    /// ```
    #[track_caller]
    #[doc(alias("slo", "assertion", "limit", "abortOnFail", "duration_assertion", "fail_ratio"))]
    pub fn threshold(mut self, text: &str) -> Self {
        let place = Place::of(Location::caller());
        let threshold = Threshold::parse(text);
        self.scenario.thresholds.push(Limit { threshold, place });
        self
    }

    /// What is meant to start in the first `length` of the test is counted apart: it is in
    /// no table, no limit and no comparison. `--warmup` takes its place.
    ///
    /// ```
    /// use mite::prelude::*;
    /// let scenario = Scenario::builder()
    ///     .journey("shop:browse", NoData, Constant::new(10, secs(60)))
    ///     .warmup(secs(10))
    ///     .build();
    /// # drop(scenario);
    /// ```
    #[doc(alias("warm_up", "reset-stats"))]
    pub fn warmup(mut self, length: Duration) -> Self {
        self.scenario.warmup = Some(length);
        self
    }

    /// Counts requests with another value of this tag apart, as `--series-by` does: in
    /// tables, in the file of results, and in limits.
    ///
    /// ```
    /// use mite::prelude::*;
    /// // ctx.http().get(url).tag("region", "eu")
    /// let scenario = Scenario::builder()
    ///     .journey("shop:browse", NoData, 10)
    ///     .series_by("region")
    ///     .threshold("http p99 {region=eu} < 300ms")
    ///     .build();
    /// # drop(scenario);
    /// ```
    pub fn series_by(mut self, tag: &str) -> Self {
        self.scenario.series_by.push(tag.to_owned());
        self
    }

    /// Runs `seed` once before load starts, with a whole context: it may make requests, open
    /// transactions, record data. Nothing of it is in the load's statistics. What it
    /// returns reaches every journey, and the teardown, as [`Context::setup`].
    ///
    /// If it fails, or takes longer than `--setup-timeout`, no load starts (exit code 2).
    /// What it has spawned, such as a server, goes on until the run ends.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// async fn seed(ctx: &Context) -> mite::Result<Vec<u64>> {
    ///     // Would ask the service to make some.
    ///     Ok(vec![1, 2, 3])
    /// }
    ///
    /// async fn clean(ctx: &Context) -> mite::Result {
    ///     for shop in ctx.setup::<Vec<u64>>()?.iter() {
    ///         ctx.send("removed", fields! { shop });
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let scenario = Scenario::builder()
    ///     .setup(seed)
    ///     .teardown(clean)
    ///     .journey("shop:browse", NoData, 10)
    ///     .build();
    /// # drop(scenario);
    /// ```
    #[track_caller]
    #[doc(alias("before", "on_start", "setUp", "test_start", "beforeAll"))]
    pub fn setup<F, T>(mut self, seed: F) -> Self
    where
        F: AsyncFn(&Context) -> Result<T> + Send + 'static,
        T: Serialize,
    {
        self.scenario.setup.push(Stage::new(seed));
        self
    }

    /// Runs `clean` once after load has ended, however it ended: by itself, by a limit, by
    /// Ctrl-C. It does not run if the [setup](Self::setup) failed. Nothing of it is in the
    /// load's statistics. If it fails, or takes longer than `--setup-timeout`, so does the
    /// run.
    #[track_caller]
    #[doc(alias("after", "on_stop", "test_stop", "tearDown", "afterAll"))]
    pub fn teardown<F>(mut self, clean: F) -> Self
    where
        F: AsyncFn(&Context) -> Result + Send + 'static,
    {
        self.scenario.teardown.push(Stage::new(clean));
        self
    }

    /// The scenario.
    pub fn build(self) -> Scenario {
        self.scenario
    }
}

/// What is said of a line, where there is none yet.
fn misplaced(method: &str) -> String {
    format!(
        "`.{method}` is about the line before it, and there is none; write it after `.run(…)`, `.journey(…)` or `.mix(…)`"
    )
}

/// A function that can be a journey with the arguments `A`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a journey",
    note = "a journey is an `async fn(ctx: &Context, …) -> mite::Result` with `#[journey]` on it"
)]
pub trait JourneyFunction<A>: 'static {}

macro_rules! journey_functions {
    ($(($($t:ident)*))*) => { $(
        impl<F, $($t),*> JourneyFunction<($($t,)*)> for F
        where
            F: AsyncFn(&Context, $($t),*) -> Result + 'static,
        {}
    )* };
}
journey_functions! {
    () (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E G) (A B C D E G H) (A B C D E G H I)
    (A B C D E G H I J) (A B C D E G H I J K) (A B C D E G H I J K L) (A B C D E G H I J K L M)
}

/// Pool items that are a journey's arguments: the tuple of them, a single one
/// as it is, or a row, whose fields are found by the arguments' names before
/// load starts.
#[diagnostic::on_unimplemented(
    message = "this pool's items are `{Self}`, but the journey takes `{A}`",
    label = "this pool does not fit the journey",
    note = "an item is the tuple of the journey's arguments after the context; a single argument may be bare"
)]
pub trait FeedsArguments<A, M> {}
impl<T> FeedsArguments<T, AsTuple> for T {}
impl<T> FeedsArguments<(T,), Bare> for T {}
impl<A> FeedsArguments<A, ByName> for Row {}

#[doc(hidden)]
pub struct AsTuple;
#[doc(hidden)]
pub struct Bare;
#[doc(hidden)]
pub struct ByName;
