//! A process of runners: it waits for a controller, runs its share, and says what it
//! counted.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::{Epoch, Slewed};
use mite_core::error::{Error, Result};
use mite_core::event_loop::EventLoop;
use mite_core::faults::Faults;
use mite_core::ids::{self, RunnerId};
use mite_core::message::Processor;
use mite_core::registry::Registry;
use mite_core::stat::ActiveStats;
use mite_core::stats::Tally;
use mite_core::units;
use mite_nats::{Connect, Heard, Hello, Reply, RunName, RunnerSide, Start};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::catalogue;
use super::parting::Parting;
use super::traces::Traces;
use super::work::{Common, Life, Outcome, Work};
use crate::lanes::{MessageLanes, told};
use crate::listener::Listener;
use crate::output::RunControl;
use crate::run::listeners::Listeners;
use crate::run::processors::ProcessorListener;
use crate::run::resources::Resources;
use crate::run::runners::OwnRunners;
use crate::run::screen::Screen;
use crate::run::shutdown::Signals;
use crate::run::site::{Brief, Surroundings};
use crate::run::threads::RunnerThreads;
use crate::run::{RunError, lines_of_runners};
use crate::terminal::log::{self, Level};

/// How often a controller is asked that is not there yet, or has no start yet.
const AGAIN: Duration = Duration::from_millis(200);

/// Round trips to the controller's clock before it takes part.
const TRIPS: u32 = 5;

/// How long a process that was given up waits for the run to take it again.
const AGAIN_AT_MOST: Duration = Duration::from_secs(10);

/// A process of runners to be.
pub(crate) struct RunnerProcess {
    pub(crate) connect: Connect,
    pub(crate) run: RunName,
    pub(crate) registry: Arc<Registry>,
    /// How many runners it has.
    pub(crate) runners: usize,
    /// How long it waits for a controller; none for ever.
    pub(crate) wait: Option<Duration>,
    /// Who listens to its messages: recorder, collector.
    pub(crate) listeners: Vec<Box<dyn Listener>>,
    pub(crate) processors: Vec<(String, Processor)>,
    /// The way of its messages out.
    pub(crate) messages: MessageLanes,
    /// If journeys are traced.
    pub(crate) traces: Option<Traces>,
}

impl RunnerProcess {
    /// Takes part in a run, to its end.
    ///
    /// # Errors
    /// If it cannot.
    pub(crate) fn serve(self) -> Result<Outcome, RunError> {
        let faults: Arc<Faults> = Arc::default();
        let _answers = faults.of_this_thread();
        let events = EventLoop::of_run(false, &faults).map_err(|e| {
            RunError::Start(Error::new(format!("the main thread cannot start: {e}")))
        })?;
        let outcome = events.run(self.take_part(faults));
        events.end();
        outcome
    }

    async fn take_part(mut self, faults: Arc<Faults>) -> Result<Outcome, RunError> {
        let cannot = |what: &str, e: std::io::Error| {
            RunError::Start(Error::new(format!("{what} cannot start: {e}")))
        };
        let mut signals = Signals::new(true, RunControl::default())
            .map_err(|e| cannot("listening to signals", e))?;
        let stats = ActiveStats::build(self.registry.stats(), &faults).map_err(RunError::Usage)?;
        let mut listeners = std::mem::take(&mut self.listeners);
        listeners.push(Box::new(Screen::new(false, None)));
        for (name, processor) in std::mem::take(&mut self.processors) {
            listeners.push(Box::new(ProcessorListener::new(name, processor)));
        }
        let listeners =
            Listeners::start(listeners).map_err(|e| cannot("the thread of a listener", e))?;
        self.connect = told(self.connect, "control");
        let (origin, resources) = (ids::random(), Resources::claim());
        let traces = self.traces.take();
        let mut common = Common { origin, stats, faults, listeners, resources, traces };
        let outcome = self.lives(&mut common, &mut signals).await;
        if let Some(traces) = &mut common.traces {
            traces.finish();
        }
        outcome
    }

    /// Takes part, under one number after the other.
    async fn lives(
        &mut self,
        common: &mut Common,
        signals: &mut Signals,
    ) -> Result<Outcome, RunError> {
        loop {
            match self.live(common, signals).await? {
                Life::Ended(outcome) => return Ok(outcome),
                Life::Lost => {
                    // They were told under the number that it had.
                    common.faults.take();
                    log::log(Level::Warn, "it was not heard in time, and joins the run anew");
                    self.wait = Some(self.wait.unwrap_or(AGAIN_AT_MOST).min(AGAIN_AT_MOST));
                }
            }
        }
    }

    /// Takes part under one number, until the run is over or has given it up.
    async fn live(&self, common: &mut Common, signals: &mut Signals) -> Result<Life, RunError> {
        // What takes time is done before it says that it is ready.
        let threads = RunnerThreads::ready(self.runners, false, &common.faults)
            .await
            .map_err(RunError::Start)?;
        let process = ids::random();
        let connected = tokio::select! {
            biased;
            connected = RunnerSide::connect(self.connect.clone(), &self.run, process) => connected,
            signal = signals.next() => return Err(RunError::Cut(signal)),
        };
        let mut side = connected.map_err(RunError::Lost)?;
        let start = tokio::select! {
            biased;
            start = self.wait_for_start(&mut side, common.origin) => start?,
            signal = signals.next() => return Err(RunError::Cut(signal)),
        };
        let Start { at, welcome, patience } = start;
        let begins = side.moment(at);
        let epoch = Epoch::now();
        if let Some(traces) = &mut common.traces {
            traces.start(&welcome, epoch).map_err(RunError::Start)?;
        }
        self.say_that_it_starts(&side, welcome.runner, begins);
        let lines = lines_of_runners(&welcome.lines, &self.registry).map_err(RunError::Usage)?;
        let count = self.runners as u32;
        let transports = side.transports(welcome.runner, count, (at, patience)).await;
        let transports = transports.map_err(RunError::Lost)?;
        let asked = side.asked().await.map_err(RunError::Lost)?;
        let arrived = side.arrived();
        let led = side.follow(welcome.fence.run).await.map_err(RunError::Lost)?;
        let (commands, commanded) = mpsc::unbounded_channel();
        let taps = common.listeners.taps();
        let around = Surroundings {
            epoch,
            start: begins,
            virtual_time: false,
            taps: taps.clone(),
            stats: common.stats.clone(),
            faults: common.faults.clone(),
            onlooker: None,
            spans: common.traces.as_ref().map(Traces::spans),
        };
        let first = welcome.runner;
        // What is scheduled for it is played before: some windows of a period each.
        let graceful = welcome.graceful_stop.saturating_add(welcome.period * 4);
        let runners =
            OwnRunners::start(Brief { welcome, lines, commands, around }, transports, threads);
        let work = Work {
            ids: (first..first + count).collect(),
            runners,
            side,
            tally: Tally::new(process),
            common,
            taps,
            found: Vec::new(),
            told_lost: 0,
            notes: Vec::new(),
            at,
            zero: Slewed::new(begins, begins.max(Instant::now())),
            parting: Parting::new(graceful),
            asked,
            arrived,
            messages: &self.messages,
            led,
            patience,
        };
        work.go_on(signals, commanded).await
    }

    async fn wait_for_start(&self, side: &mut RunnerSide, origin: u64) -> Result<Start, RunError> {
        let hello = Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: catalogue::of(&self.registry),
            host: super::host(),
            pid: std::process::id(),
            origin,
            runners: self.runners as u32,
            ..Hello::default()
        };
        let (run, place) = (&self.run, self.connect.place());
        log::log(Level::Info, format_args!("waits for a controller of run `{run}` at {place}"));
        let until = self.wait.map(|wait| Instant::now() + wait);
        let mut waits = false;
        let mut trips = 1;
        loop {
            match side.hello(hello.clone()).await.map_err(RunError::Lost)? {
                // Of several round trips, one was quick.
                Heard::Reply(Reply::Start(_)) if trips < TRIPS => {
                    trips += 1;
                    continue;
                }
                Heard::Reply(Reply::Start(start)) => return Ok(*start),
                Heard::Reply(Reply::Refused(why)) => {
                    return Err(RunError::Usage(Error::new(format!("run `{run}` refuses: {why}"))));
                }
                Heard::Reply(Reply::Wait { runners: [came, all] }) => {
                    // One that is over takes nobody.
                    if came > 0 && !std::mem::replace(&mut waits, true) {
                        log::log(
                            Level::Info,
                            format_args!("run `{run}` takes it, and has {came} of {all} runners"),
                        );
                    }
                }
                Heard::Nobody => waits = false,
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                let wait = units::long_time(self.wait.unwrap_or_default());
                return Err(RunError::Lost(Error::new(format!(
                    "no controller of run `{run}` has started it within {wait} (--wait)"
                ))));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    fn say_that_it_starts(&self, side: &RunnerSide, first: RunnerId, begins: Instant) {
        let offset = side.offset();
        let ms = |nanos: f64| nanos / 1e6;
        let when = match begins.checked_duration_since(Instant::now()) {
            Some(left) => format!("load starts in {}", units::time(left)),
            None => format!("load started {} ago", units::time(begins.elapsed())),
        };
        log::log(
            Level::Info,
            format_args!(
                "{} from number {first}; {when}; the controller's clock is {:.3} ms ahead, ± {:.3} ms",
                units::count(self.runners as u64, "runner"),
                ms(offset.ahead as f64),
                ms(offset.error as f64),
            ),
        );
    }
}
