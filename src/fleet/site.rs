//! Where the runners of a fleet are: at the other end of a NATS server.

use std::time::Duration;

use mite_core::dispatch::Dispatch;
use mite_core::error::Error;
use mite_core::journey::Returned;
use mite_core::registry::Registry;
use mite_core::stats::Finding;
use mite_core::units;
use mite_nats::{Claim, Connect, ControllerSide, NatsEnd, NatsStore, Roster, RunName, Start};
use tokio::time::Instant;

use super::catalogue;
use super::elsewhere::Elsewhere;
use super::options;
use crate::lanes::{MessageLanes, told};
use crate::run::RunError;
use crate::run::shutdown::Signals;
use crate::run::site::{Brief, Needs, Opening, Site};
use crate::terminal::log::{self, Level};

/// How long before its start a run is known to its runners: they ask some times a second,
/// and have their threads ready.
const LEAD: Duration = Duration::from_secs(1);

/// How often it is looked who has come.
const LOOK: Duration = Duration::from_millis(20);

/// A fleet to be.
pub(crate) struct Fleet {
    connect: Connect,
    run: RunName,
    catalogue: Vec<String>,
    /// How many runners the run waits for, and how long.
    min_runners: u32,
    wait: Duration,
    /// How long a runner may go on unheard.
    timeout: Duration,
    messages: MessageLanes,
    side: Option<ControllerSide>,
    /// What it was started with otherwise than the controller before it.
    changed: Vec<String>,
}

impl Fleet {
    /// Of the run of that name, for runners with the journeys of this binary.
    pub(crate) fn new(
        connect: Connect,
        run: RunName,
        registry: &Registry,
        min_runners: u32,
        wait: Duration,
        timeout: Duration,
        messages: MessageLanes,
    ) -> Self {
        let catalogue = catalogue::of(registry);
        let connect = told(connect, "control");
        Self {
            connect,
            run,
            catalogue,
            min_runners,
            wait,
            timeout,
            messages,
            side: None,
            changed: Vec::new(),
        }
    }

    /// Waits until as many runners have come as the run waits for; `told` were there.
    async fn gather(&self, signals: &mut Signals, mut told: u32) -> Result<(), RunError> {
        let side = self.side.as_ref().expect("the site is open");
        let until = Instant::now() + self.wait;
        loop {
            let (came, complete, refused) = {
                let (roster, now) = (side.roster(), Instant::now());
                (roster.gathered(now), roster.is_complete(now), roster.refused())
            };
            if came != told {
                told = came;
                let all = self.min_runners;
                log::log(Level::Info, format_args!("{came} of {all} runners have come"));
            }
            if complete {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(self.too_few(came, refused));
            }
            tokio::select! {
                biased;
                signal = signals.next() => return Err(RunError::Cut(signal)),
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn too_few(&self, came: u32, refused: u64) -> RunError {
        let (wait, run) = (units::long_time(self.wait), &self.run);
        let refused = match refused {
            0 => String::new(),
            n => format!(", and {n} were refused"),
        };
        RunError::Lost(Error::new(format!(
            "{} of {} came to run `{run}` within {wait} (--wait){refused}; start them with `runner --nats {} --run {run}`",
            units::count(u64::from(came), "runner"),
            self.min_runners,
            self.connect.place(),
        )))
    }
}

impl Site for Fleet {
    type End = NatsEnd;
    type Store = NatsStore;
    type Runners = Elsewhere;

    async fn open(&mut self, test: &str, opening: Opening<'_>) -> Result<(), RunError> {
        let Opening { settings, config, typed, limits, signals } = opening;
        let catalogue = std::mem::take(&mut self.catalogue);
        let options = options::of(settings, self.timeout, (config, typed), limits);
        let roster = Roster::new(env!("CARGO_PKG_VERSION"), catalogue, self.min_runners);
        let roster = roster.run_with(options.clone());
        let claim = Claim {
            holder: format!("{} (process {})", super::host(), std::process::id()),
            // A controller that is restarted leads again before what was granted expires.
            term: self.timeout / 2,
            within: self.wait.max(self.timeout),
        };
        let opened = tokio::select! {
            biased;
            opened = ControllerSide::open(self.connect.clone(), &self.run, test, roster, claim) => opened,
            signal = signals.next() => return Err(RunError::Cut(signal)),
        };
        let side = self.side.insert(opened.map_err(RunError::Lost)?);
        let (run, place) = (&self.run, self.connect.place());
        if let Some(earlier) = side.earlier() {
            let other = options::differing(&earlier.options.load, &options.load);
            if !other.is_empty() {
                return Err(RunError::Usage(Error::new(format!(
                    "run `{run}` has begun, and its controller is gone; this one cannot take it up again, since it is started with other options: {}; give the same, or give this run another name with --run",
                    other.join(", ")
                ))));
            }
            settings.seed = earlier.welcome.seed;
            self.changed = options::differing(&earlier.options.others, &options.others);
            log::log(
                Level::Warn,
                format_args!(
                    "run `{run}` has begun, and its controller is gone: takes it up again"
                ),
            );
        }
        if let Some(ended) = side.ended() {
            log::log(
                Level::Warn,
                format_args!(
                    "run `{run}` was one of {ended}, and its controller is gone: it is given up for this one"
                ),
            );
        }
        log::log(
            Level::Info,
            format_args!("{test} on run `{run}` at {place} with --seed {}", settings.seed),
        );
        Ok(())
    }

    fn begun(&self) -> Option<(Instant, Option<Returned>)> {
        let side = self.side.as_ref()?;
        let earlier = side.earlier()?;
        Some((side.clock().moment(earlier.at), earlier.welcome.setup.clone()))
    }

    async fn ready(&mut self, needs: Needs<'_>) -> Result<(), RunError> {
        let signals = needs.signals;
        let side = self.side.as_ref().expect("the site is open");
        if side.earlier().is_some() {
            return Ok(());
        }
        log::log(
            Level::Info,
            format_args!(
                "run `{}` at {} waits for {}",
                self.run,
                self.connect.place(),
                units::count(u64::from(self.min_runners), "runner")
            ),
        );
        self.gather(signals, 0).await
    }

    async fn still_ready(&mut self, signals: &mut Signals) -> Result<(), RunError> {
        let side = self.side.as_ref().expect("the site is open");
        if side.earlier().is_some() {
            return Ok(());
        }
        let came = side.roster().gathered(Instant::now());
        self.gather(signals, came.max(self.min_runners)).await
    }

    fn findings(&self, now: Instant) -> Vec<Finding> {
        let Some(side) = &self.side else { return Vec::new() };
        let restarted = side.earlier().map(|earlier| Finding::ControllerRestarted {
            from: Duration::from_nanos(earlier.last.saturating_sub(earlier.at)),
            to: Duration::from_nanos(side.clock().at(now).saturating_sub(earlier.at)),
            changed: self.changed.clone(),
        });
        restarted.into_iter().collect()
    }

    fn lead(&self) -> Duration {
        LEAD
    }

    fn runner_timeout(&self) -> Option<Duration> {
        Some(self.timeout)
    }

    fn connect(&mut self) -> (NatsEnd, u32) {
        let side = self.side.as_mut().expect("it is open since the site is ready");
        // Those of a run that is taken up again are in what was kept of it.
        let count = match side.earlier() {
            Some(_) => 0,
            None => side.roster().number(Instant::now()),
        };
        (side.end().expect("it is asked for once"), count)
    }

    fn keep(&mut self, dispatch: Dispatch<NatsEnd>) -> Dispatch<NatsEnd, NatsStore> {
        let side = self.side.as_ref().expect("it is open since the site is ready");
        let saved = side.earlier().map_or(&[][..], |earlier| &earlier.saved);
        dispatch.kept(side.fence(), side.store(), (saved, side.ends()))
    }

    fn launch(self, brief: Brief) -> Elsewhere {
        let Brief { mut welcome, commands, around, .. } = brief;
        let side = self.side.expect("it is open since the site is ready");
        let at = side.clock().at(around.start);
        welcome.fence = side.fence();
        welcome.run = self.run.to_string();
        let start = Start { at, welcome, patience: self.wait.max(self.timeout) };
        side.start(start, commands);
        Elsewhere::new(side, around, self.timeout, self.messages)
    }
}
