//! A whole scenario, under test.

use std::future::Future;
use std::panic::Location;
use std::time::Duration;

use mite_core::config::Config;
use mite_core::error::{Error, Result};
use mite_core::message::Message;
use mite_core::registry::Registry;
use mite_core::stats::{StatisticRow, Summary};
#[cfg(feature = "http")]
use mite_http::HttpRecord;
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::recorded::{self, Exchanges};
use crate::forecast::{Forecast, Terms};
use crate::output::RunControl;
use crate::run::settings::RunSettings;
use crate::run::{self, RunError, RunRequest, build};

/// A test of the scenario that is registered as `spec`; nothing happens until
/// [`run`](ScenarioTest::run).
///
/// ```
/// use mite::prelude::*;
///
/// #[journey]
/// async fn wait(ctx: &Context) -> mite::Result {
///     ctx.sleep(Duration::from_secs(1)).await;
///     Ok(())
/// }
///
/// #[scenario]
/// fn hour() -> Scenario {
///     Scenario::builder().run(wait, NoData, Constant::new(3, hours(1))).build()
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let spec = concat!(module_path!(), ":hour");
/// let run = mite::testing::scenario(spec).virtual_time().run().await;
/// run.assert_passed();
/// assert_eq!(run.running_at(mins(30)), 3);
/// # }
/// ```
pub fn scenario(spec: &str) -> ScenarioTest {
    ScenarioTest {
        spec: spec.to_owned(),
        config: Config::new(),
        settings: RunSettings { runners: 2, ..RunSettings::default() },
        virtual_time: false,
        time: None,
        cost: None,
    }
}

/// How to run a scenario.
#[must_use = "nothing happens until `.run()`"]
pub struct ScenarioTest {
    spec: String,
    config: Config,
    settings: RunSettings,
    virtual_time: bool,
    time: Option<Duration>,
    cost: Option<Duration>,
}

impl ScenarioTest {
    /// Sets a key of the config.
    pub fn config(self, key: &str, value: impl Serialize) -> Self {
        self.config.set(key, value);
        self
    }

    /// Counts what is meant to start in the first `length` apart, as `--warmup` does.
    pub fn warmup(mut self, length: Duration) -> Self {
        self.settings.warmup = Some(length);
        self
    }

    /// Corrects the times of closed lines for coordinated omission, as
    /// `--correct-omission` does.
    pub fn correct_omission(mut self, interval: Duration) -> Self {
        self.settings.correct_omission = Some(interval);
        self
    }

    /// Ends it after so long, as `--duration` does.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.settings.duration = Some(duration);
        self
    }

    /// With so many runners; 2 if this is not called.
    pub fn runners(mut self, runners: usize) -> Self {
        self.settings.runners = runners.max(1);
        self
    }

    /// At most so many new journeys a second, as `--spawn-rate` does.
    pub fn spawn_rate(mut self, per_second: f64) -> Self {
        self.settings.spawn_rate = per_second;
        self
    }

    /// Waits so long before the test begins, as `--delay-start-seconds` does.
    pub fn start_delay(mut self, delay: Duration) -> Self {
        self.settings.delay_start_seconds = delay;
        self
    }

    /// At most so many journeys at once on one runner, as
    /// `--runner-max-journeys` does.
    pub fn runner_max_journeys(mut self, most: u32) -> Self {
        self.settings.runner_max_journeys = Some(most);
        self
    }

    /// How late an arrival may start, as `--max-lateness` does.
    pub fn max_lateness(mut self, lateness: Duration) -> Self {
        self.settings.max_lateness = Some(lateness);
        self
    }

    /// How long journeys in flight may take at the end, as `--graceful-stop` does.
    pub fn graceful_stop(mut self, limit: Duration) -> Self {
        self.settings.graceful_stop = limit;
        self
    }

    /// Lets a run pass whose journeys are all cancelled when it is over, with nothing to show,
    /// or in which none was started: as `--allow-empty` does.
    pub fn allow_empty(mut self) -> Self {
        self.settings.allow_empty = true;
        self
    }

    /// Repeats the random choices of another run with this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// On a clock that jumps to the next thing to do, but stands still while
    /// mite's HTTP client waits for a socket.
    pub fn virtual_time(mut self) -> Self {
        self.virtual_time = true;
        self
    }

    /// For [`plan`](Self::plan): how long a journey takes.
    pub fn time_per_journey(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }

    /// For [`plan`](Self::plan): for how long a journey keeps a core busy.
    pub fn cost_per_journey(mut self, cost: Duration) -> Self {
        self.cost = Some(cost);
        self
    }

    /// What it will do, without running it: its phases, arrivals in all, the most
    /// journeys at once, rows of data, runners. `BIN plan SPEC` shows the same.
    ///
    /// ```
    /// use mite::prelude::*;
    /// use mite::testing::{Count, Supply};
    /// # #[journey] async fn sign_up(_ctx: &Context, _name: String) -> mite::Result { Ok(()) }
    ///
    /// #[datapool]
    /// fn names() -> impl DataPool<Item = String> {
    ///     IterableDataPool::new((0..10).map(|n| format!("user-{n}")))
    /// }
    ///
    /// #[scenario]
    /// fn sign_ups() -> Scenario {
    ///     Scenario::builder().run(sign_up, names, PerSecond(Constant::new(5, secs(3)))).build()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let plan = mite::testing::scenario(concat!(module_path!(), ":sign_ups")).plan().await;
    /// assert_eq!(plan.journeys, Count::Exactly(15));
    /// assert_eq!((plan.per_second.most, plan.duration), (5.0, Some(secs(3))));
    /// // The eleventh finds none.
    /// assert_eq!(plan.data[0].supply, Supply::Short { missing: 5, at: Some(secs(2.1)) });
    /// # }
    /// ```
    ///
    /// # Panics
    /// If it could not start; the text says why.
    #[track_caller]
    pub fn plan(self) -> impl Future<Output = Forecast> {
        let line = Location::caller();
        async move {
            let (done, result) = oneshot::channel();
            std::thread::spawn(move || done.send(self.forecast()).ok());
            match result.await.unwrap_or_else(|_| Err(Error::new("its thread panicked"))) {
                Ok(forecast) => forecast,
                Err(error) => panic!("{line}: {}", error.text()),
            }
        }
    }

    fn forecast(self) -> Result<Forecast> {
        let registry = Registry::collect()?;
        let entry = registry.scenario(&self.spec)?;
        let scenario = build::scenario(entry, &self.config)?;
        let terms = Terms {
            duration: self.settings.duration,
            // It runs with this one, too.
            seed: Some(self.settings.seed),
            period: self.settings.max_loop_delay,
            time: self.time,
            cost: self.cost,
            per_runner: self.settings.runner_max_journeys,
        };
        run::forecast(entry.meta.display(), registry, scenario, &self.config, terms)
    }

    /// Runs it in this process, on threads of its own, to its end.
    ///
    /// # Panics
    /// If it cannot start; the text says why.
    #[track_caller]
    pub fn run(self) -> impl Future<Output = ScenarioRun> {
        let line = Location::caller();
        async move {
            match self.execute().await {
                Ok(run) => run,
                Err(error) => panic!("{line}: {}", error.text()),
            }
        }
    }

    async fn execute(self) -> Result<ScenarioRun> {
        let (done, result) = oneshot::channel();
        std::thread::spawn(move || done.send(self.block()).ok());
        result.await.map_err(|_| Error::new("the thread of the scenario panicked"))?
    }

    /// On the thread that is the control thread of the run.
    fn block(self) -> Result<ScenarioRun> {
        let registry = Registry::collect()?;
        let entry = registry.scenario(&self.spec)?;
        let config = self.config;
        let (scenario, background) = build::scenario(entry, &config)?;
        let exchanges = Exchanges::default();
        let (capture, mut captured) = mpsc::unbounded_channel();
        let summary = run::run(RunRequest {
            test: entry.meta.display(),
            registry,
            scenario,
            background: Some(background),
            config,
            typed: Vec::new(),
            // What a test asserts is not how fast it went.
            settings: RunSettings { allow_invalid: true, ..self.settings },
            thresholds: Vec::new(),
            outputs: Vec::new(),
            control: RunControl::default(),
            processors: Vec::new(),
            listeners: Vec::new(),
            show_messages: false,
            onlooker: Some(exchanges.onlooker()),
            spans: None,
            capture: Some(capture),
            virtual_time: self.virtual_time,
            handle_signals: false,
        })
        .map_err(RunError::into_error)?;
        let messages = std::iter::from_fn(|| captured.try_recv().ok()).collect::<Vec<_>>();
        let stood_still = mite_core::clock::stood_still();
        Ok(ScenarioRun {
            journeys: Spans::of(&messages),
            messages,
            summary,
            stood_still,
            #[cfg(feature = "http")]
            http: exchanges.http(),
        })
    }
}

/// What became of a scenario.
#[derive(Debug)]
pub struct ScenarioRun {
    summary: Summary,
    messages: Vec<Message>,
    #[cfg(feature = "http")]
    http: Vec<HttpRecord>,
    journeys: Spans,
    stood_still: Duration,
}

/// When journeys began and ended, in seconds since the first one began.
#[derive(Debug)]
struct Spans(Vec<(f64, f64)>);

impl Spans {
    fn of(messages: &[Message]) -> Self {
        let mut spans: Vec<(f64, f64)> = recorded::of_kind(messages, "txn")
            .filter(|m| m.get::<String>("transaction").as_deref() == Some(mite_core::journey::ROOT))
            .filter_map(|m| m.get("start_time").zip(m.get("end_time")))
            .collect();
        let first = spans.iter().map(|s| s.0).fold(f64::INFINITY, f64::min);
        for span in &mut spans {
            *span = (span.0 - first, span.1 - first);
        }
        Self(spans)
    }
}

impl ScenarioRun {
    /// Fails the test if any journey failed or the run itself did, and says how.
    ///
    /// # Panics
    /// Then.
    #[track_caller]
    pub fn assert_passed(&self) {
        let verdict = &self.summary.verdict;
        assert!(
            verdict.passed(),
            "the scenario failed: {}\n{}",
            verdict.reasons().join("; "),
            self.summary
                .failures
                .iter()
                .map(|row| format!("  {} × {}\n", row.count, row.failure.text))
                .collect::<String>()
        );
    }

    /// All counts of the run.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What the test's own statistics were told, by kind and name.
    ///
    /// ```
    /// use mite::prelude::*;
    ///
    /// #[journey]
    /// async fn order(ctx: &Context) -> mite::Result {
    ///     ctx.count("orders", 1).with("kind", "new");
    ///     Ok(())
    /// }
    ///
    /// #[scenario]
    /// fn one() -> Scenario {
    ///     Scenario::builder().run(order, NoData, Once::new()).build()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let spec = concat!(module_path!(), ":one");
    /// let run = mite::testing::scenario(spec).virtual_time().run().await;
    /// assert_eq!(run.statistics()[0].title(), "orders {kind=\"new\"}");
    /// assert_eq!(run.statistics()[0].sum, 1.0);
    /// # }
    /// ```
    pub fn statistics(&self) -> &[StatisticRow] {
        &self.summary.statistics
    }

    /// How many journeys were in flight so long after the first one began.
    pub fn running_at(&self, time: Duration) -> usize {
        let t = time.as_secs_f64();
        self.journeys.0.iter().filter(|(start, end)| *start <= t && t < *end).count()
    }

    /// With [`virtual_time`](ScenarioTest::virtual_time), for how much real time the
    /// clock stood still because something real (a socket) was waited for; that time is
    /// in none of the run's figures.
    pub fn clock_stood_still(&self) -> Duration {
        self.stood_still
    }

    /// How many journeys began.
    pub fn started(&self) -> u64 {
        self.summary.totals.journeys.started
    }

    /// The attempts at HTTP requests, in the order they ended, each with its headers
    /// and bodies: they stay in memory.
    #[cfg(feature = "http")]
    pub fn http(&self) -> &[HttpRecord] {
        &self.http
    }

    /// Everything that was sent.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages of one type.
    pub fn messages_of(&self, kind: &str) -> Vec<&Message> {
        recorded::of_kind(&self.messages, kind).collect()
    }
}
