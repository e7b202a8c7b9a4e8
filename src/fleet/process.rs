//! A process of runners: it waits for a controller, runs its share, and says what it
//! counted.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Epoch;
use mite_core::dispatch::Command;
use mite_core::error::{Error, Result};
use mite_core::faults::Faults;
use mite_core::ids::RunnerId;
use mite_core::message::{Processor, Tap};
use mite_core::registry::Registry;
use mite_core::stat::ActiveStats;
use mite_core::stats::{Tally, Weight};
use mite_core::units;
use mite_nats::{Connect, Heard, Hello, NatsTransport, Reply, RunName, RunnerSide, Start};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::catalogue;
use super::parting::Parting;
use crate::lanes::{MessageLanes, told};
use crate::listener::{Listener, Remarks};
use crate::output::RunControl;
use crate::run::listeners::Listeners;
use crate::run::processors::ProcessorListener;
use crate::run::resources::Resources;
use crate::run::runners::OwnRunners;
use crate::run::screen::Screen;
use crate::run::shutdown::Signals;
use crate::run::site::{Brief, Surroundings};
use crate::run::threads::{self, RunnerThreads};
use crate::run::{RunError, lines_of_runners};
use crate::terminal::log::{self, Level};

mod status;

/// How often a controller is asked that is not there yet, or has no start yet.
const AGAIN: Duration = Duration::from_millis(200);

/// How often it is said what was counted.
const TICK: Duration = Duration::from_secs(1);

/// How often it is looked how runners are.
const LOOK: Duration = Duration::from_millis(50);

/// How long the controller may take for the last counts.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// The same, while the server is away and the process was told to end.
const AWAY_WAIT: Duration = Duration::from_secs(2);

/// How long a process that was given up waits for the run to take it again.
const AGAIN_AT_MOST: Duration = Duration::from_secs(10);

/// How long listeners may take for what is still queued.
const LISTENERS_WAIT: Duration = Duration::from_secs(10);

/// A process of runners to be.
pub(crate) struct RunnerProcess {
    pub(crate) connect: Connect,
    pub(crate) run: RunName,
    pub(crate) registry: Registry,
    /// How many runners it has.
    pub(crate) runners: usize,
    /// How long it waits for a controller; none for ever.
    pub(crate) wait: Option<Duration>,
    /// Who listens to its messages: recorder, collector.
    pub(crate) listeners: Vec<Box<dyn Listener>>,
    pub(crate) processors: Vec<(String, Processor)>,
    /// The way of its messages out.
    pub(crate) messages: MessageLanes,
}

/// How it ended.
pub(crate) enum Outcome {
    /// With the run.
    Over,
    /// A signal, whose number this is, came before.
    Cut(u8),
}

impl RunnerProcess {
    /// Takes part in a run, to its end.
    ///
    /// # Errors
    /// If it cannot.
    pub(crate) fn serve(self) -> Result<Outcome, RunError> {
        let faults: Arc<Faults> = Arc::default();
        let _answers = faults.of_this_thread();
        let runtime = threads::runtime(false, &faults).map_err(|e| {
            RunError::Start(Error::new(format!("the main thread cannot start: {e}")))
        })?;
        let outcome = runtime.block_on(self.take_part(faults));
        runtime.shutdown_background();
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
        let mut common = Common { stats, faults, listeners, resources: Resources::claim() };
        loop {
            match self.live(&mut common, &mut signals).await? {
                Life::Ended(outcome) => return Ok(outcome),
                Life::Lost => {
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
        let process = own_number();
        let connected = tokio::select! {
            biased;
            connected = RunnerSide::connect(self.connect.clone(), &self.run, process) => connected,
            signal = signals.next() => return Err(RunError::Cut(signal)),
        };
        let mut side = connected.map_err(RunError::Lost)?;
        let start = tokio::select! {
            biased;
            start = self.wait_for_start(&mut side) => start?,
            signal = signals.next() => return Err(RunError::Cut(signal)),
        };
        let Start { at, welcome, patience } = start;
        let begins = side.clock().moment(side.offset().here(at));
        self.say_that_it_starts(&side, welcome.runner, begins);
        let lines = lines_of_runners(&welcome.lines, &self.registry).map_err(RunError::Usage)?;
        let count = self.runners as u32;
        let transports = side.transports(welcome.runner, count, patience).await;
        let transports = transports.map_err(RunError::Lost)?;
        let asked = side.asked().await.map_err(RunError::Lost)?;
        let arrived = side.arrived();
        let (commands, commanded) = mpsc::unbounded_channel();
        let taps = common.listeners.taps();
        let around = Surroundings {
            epoch: Epoch::now(),
            start: begins,
            virtual_time: false,
            taps: taps.clone(),
            stats: common.stats.clone(),
            faults: common.faults.clone(),
            onlooker: None,
            spans: None,
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
            notes: Vec::new(),
            begins,
            parting: Parting::new(graceful),
            asked,
            arrived,
            messages: &self.messages,
        };
        work.go_on(signals, commanded).await
    }

    async fn wait_for_start(&self, side: &mut RunnerSide) -> Result<Start, RunError> {
        let hello = Hello {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: catalogue::of(&self.registry),
            host: super::host(),
            pid: std::process::id(),
            runners: self.runners as u32,
            ..Hello::default()
        };
        let (run, place) = (&self.run, self.connect.place());
        log::log(Level::Info, format_args!("waits for a controller of run `{run}` at {place}"));
        let until = self.wait.map(|wait| Instant::now() + wait);
        let mut waits = false;
        loop {
            match side.hello(hello.clone()).await.map_err(RunError::Lost)? {
                Heard::Reply(Reply::Start(start)) => return Ok(*start),
                Heard::Reply(Reply::Refused(why)) => {
                    return Err(RunError::Usage(Error::new(format!("run `{run}` refuses: {why}"))));
                }
                Heard::Reply(Reply::Wait { runners: [came, all] }) => {
                    if !std::mem::replace(&mut waits, true) {
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

/// What lives as long as the process.
struct Common {
    stats: ActiveStats,
    faults: Arc<Faults>,
    listeners: Listeners,
    resources: Resources,
}

/// What became of a process under one of its numbers.
enum Life {
    Ended(Outcome),
    /// The run has given it up, and goes on.
    Lost,
}

/// A process that takes part in a run.
struct Work<'a> {
    ids: Vec<RunnerId>,
    runners: OwnRunners<NatsTransport>,
    side: RunnerSide,
    tally: Tally,
    common: &'a mut Common,
    taps: Vec<Tap>,
    /// Faults so far.
    found: Vec<(String, u64)>,
    notes: Vec<String>,
    /// The zero of test time.
    begins: Instant,
    parting: Parting,
    /// How often the controller has asked what was counted.
    asked: watch::Receiver<u64>,
    /// The last of what was told that has arrived.
    arrived: watch::Receiver<u64>,
    messages: &'a MessageLanes,
}

impl Work<'_> {
    async fn go_on(
        mut self,
        signals: &mut Signals,
        mut commanded: mpsc::UnboundedReceiver<Command>,
    ) -> Result<Life, RunError> {
        // The controller adds up what was counted until each second of the test.
        let mut tick = tokio::time::interval_at(next_second(self.begins), TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut gone = Vec::new();
        // A journey that blocks its thread is not waited for once all others have ended: those
        // of which nothing was said ended with the run.
        let mut over_since = None;
        while !self.runners.have_ended() {
            let ends = self.parting.signal().is_some() || self.runners.ended() > gone.len();
            if ends && !self.parting.plays() {
                let since = *over_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= LAST_WAIT {
                    break;
                }
            } else {
                over_since = None;
            }
            tokio::select! {
                biased;
                signal = signals.next() => if self.parting.step(signal, &self.side) {
                    break;
                },
                Some(command) = commanded.recv() => {
                    if let Command::Lost(runner) = command {
                        gone.push(runner);
                    }
                }
                Ok(()) = self.asked.changed() => self.tell(Instant::now()),
                second = tick.tick() => self.tell(second),
                _ = look.tick() => {
                    self.parting.look(&self.side);
                    self.runners.watch();
                }
            }
        }
        let cut = self.parting.signal();
        while let Ok(command) = commanded.try_recv() {
            if let Command::Lost(runner) = command {
                gone.push(runner);
            }
        }
        // What it says at the end is waited for until the next signal comes.
        let ending = self.end(cut.is_some(), &gone);
        let heard = tokio::select! {
            biased;
            signal = signals.next() => {
                return Ok(Life::Ended(Outcome::Cut(cut.unwrap_or(signal))));
            }
            heard = ending => heard,
        };
        // Each runner that ends before the run has told so.
        let is_lost = cut.is_none() && !gone.is_empty();
        let status = self.status(Instant::now());
        for note in &status.notes {
            log::log(Level::Info, note);
        }
        match (cut, heard) {
            (Some(signal), _) => Ok(Life::Ended(Outcome::Cut(signal))),
            (None, true) if is_lost => Ok(Life::Lost),
            (None, true) => Ok(Life::Ended(Outcome::Over)),
            (None, false) => Err(RunError::Lost(Error::new(
                "the run's controller is gone: what was counted last is lost",
            ))),
        }
    }

    /// Says goodbye and what was counted in all: whether that was heard.
    async fn end(&mut self, is_cut: bool, gone: &[RunnerId]) -> bool {
        self.runners.close().await;
        // Whoever was told to end waits for no server that is away.
        let limit = if is_cut && self.side.is_away() { AWAY_WAIT } else { LAST_WAIT };
        if is_cut {
            self.side.bye(self.ids.clone(), true, limit).await;
        } else if !gone.is_empty() {
            self.side.bye(gone.to_vec(), false, limit).await;
        }
        if is_cut || gone.is_empty() {
            let remarks = self.finish_listeners(if is_cut { limit } else { LISTENERS_WAIT }).await;
            for finding in remarks.findings {
                match finding.weight() {
                    Weight::Note => self.notes.push(finding.to_string()),
                    Weight::Fails | Weight::Lost => self.found.push((finding.to_string(), 1)),
                }
            }
            self.notes.extend(remarks.notes);
        }
        self.count();
        let status = self.status(Instant::now());
        self.side.tell_last(self.tally.update(), &status, limit).await
    }

    /// Lets listeners have what is still queued. What was counted is said first, and then
    /// again and again: a process that is not heard is given up.
    async fn finish_listeners(&mut self, limit: Duration) -> Remarks {
        self.count();
        let status = self.status(Instant::now());
        let update = self.tally.update().clone();
        let finished = self.common.listeners.finish(limit, false);
        tokio::pin!(finished);
        let mut tick = tokio::time::interval(TICK);
        loop {
            tokio::select! {
                biased;
                remarks = &mut finished => return remarks,
                _ = tick.tick() => self.side.tell(&update, &status),
            }
        }
    }

    fn count(&mut self) {
        let tally = &mut self.tally;
        tally.heard(*self.arrived.borrow());
        self.runners.collect(|window| tally.absorb(window));
        for (what, times) in self.common.faults.take() {
            match self.found.iter_mut().find(|(known, _)| *known == what) {
                Some((_, n)) => *n += times,
                None => self.found.push((what, times)),
            }
        }
        self.common.resources.look();
    }

    /// Says what was counted until that moment, which is now or was a little before.
    fn tell(&mut self, until: Instant) {
        self.common.listeners.look();
        self.count();
        let status = self.status(until);
        self.side.tell(self.tally.update(), &status);
        // Nothing more is heard of one that has left before the others of its process.
        let ended =
            || self.runners.ended_places().into_iter().map(|place| self.ids[place]).collect();
        if self.parting.signal().is_some() {
            self.side.say_bye(ended());
        }
    }
}

/// The next moment that is whole seconds after `begins`.
fn next_second(begins: Instant) -> Instant {
    let passed = Instant::now().saturating_duration_since(begins);
    begins + Duration::from_secs(passed.as_secs() + 1)
}

/// A number that no other process has.
fn own_number() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}
