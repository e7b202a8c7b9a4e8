//! A whole test in this process: controller, runners, outputs, listeners.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Epoch;
use mite_core::config::Config;
use mite_core::control::{Controller, Line, Settings};
use mite_core::dispatch::{Dispatch, Hub};
use mite_core::error::{Error, Result};
use mite_core::journey::{Host, Lanes};
use mite_core::label::Label;
use mite_core::message::{Message, Processor, Tap};
use mite_core::plan::{Plan, PlannedLine, PlannedPool};
use mite_core::pool::PoolKind;
use mite_core::registry::Registry;
use mite_core::runner::{LinePlan, Pulse, RunnerSettings};
use mite_core::scenario::Scenario;
use mite_core::stats::{PoolStatus, Summary, Thresholds};
use mite_core::volume::VolumeKind;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::listener::Listener;
use crate::output::Output;
use crate::terminal::log::{self, Level};
use mite_core::units;
use settings::RunSettings;

pub(crate) mod build;
mod listeners;
mod monitor;
mod processors;
mod screen;
pub(crate) mod settings;
mod shutdown;
mod threads;
mod watchdog;

use listeners::Listeners;

use monitor::{LineStatus, Monitor};
use processors::ProcessorListener;
use screen::Screen;
use shutdown::{Shutdown, Signals};
use threads::{RunnerThread, RunnerThreads};

/// How long the end may take once everything was told to end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How long listeners may take at least for what is still queued.
const LISTENERS_WAIT: Duration = Duration::from_secs(10);

/// What to run and how.
pub(crate) struct RunRequest {
    /// The spec that was given: messages carry it as `test`.
    pub(crate) test: String,
    pub(crate) registry: Registry,
    pub(crate) scenario: Scenario,
    pub(crate) config: Config,
    pub(crate) settings: RunSettings,
    /// What the run is held against.
    pub(crate) thresholds: Thresholds,
    pub(crate) outputs: Vec<Box<dyn Output>>,
    pub(crate) processors: Vec<(String, Processor)>,
    /// Whether every message is printed.
    pub(crate) show_messages: bool,
    /// Who listens besides: recorder, collector.
    pub(crate) listeners: Vec<Box<dyn Listener>>,
    /// Gets every message, for a test to look at.
    pub(crate) capture: Option<mpsc::UnboundedSender<Message>>,
    /// Whether time jumps: everything on one thread, on tokio's paused clock.
    pub(crate) virtual_time: bool,
    /// Whether Ctrl-C ends the test; a test inside another program leaves it alone.
    pub(crate) handle_signals: bool,
}

/// Runs a test to its end.
///
/// # Errors
/// If it cannot start.
pub(crate) fn run(request: RunRequest) -> Result<Summary> {
    let runtime = threads::runtime(request.virtual_time)
        .map_err(|e| Error::new(format!("the control thread cannot start: {e}")))?;
    let summary = runtime.block_on(launch(request));
    // A pool of the user's own may still be inside a check-out.
    runtime.shutdown_background();
    summary
}

async fn launch(request: RunRequest) -> Result<Summary> {
    let RunRequest { test, registry, scenario, config, settings, virtual_time, .. } = request;
    let plan = Plan::new(&registry, &config, scenario).await?;
    check_http(&config)?;
    let cast = cast(&plan);
    // Before anything starts, so that no signal finds nobody listening.
    let mut signals = Signals::new(request.handle_signals)?;
    let mut listeners = request.listeners;
    listeners.push(Box::new(Screen::new(request.show_messages, request.capture)));
    for (name, processor) in request.processors {
        listeners.push(Box::new(ProcessorListener::new(name, processor)));
    }
    let mut listeners = Listeners::start(listeners)
        .map_err(|e| Error::new(format!("a listener's thread cannot start: {e}")))?;
    let hosts = hosts(&test, &config, &settings, virtual_time, &listeners.taps());

    let start = Instant::now() + settings.delay_start_seconds;
    let (hub, transports) = Hub::new(hosts.len() as u32);
    let runners = hosts
        .iter()
        .zip(transports)
        .map(|(host, transport)| RunnerThread {
            host: host.clone(),
            transport,
            pulse: Pulse::default(),
            lines: cast.clone(),
            settings: RunnerSettings {
                start,
                period: settings.max_loop_delay,
                min_delay: settings.min_loop_delay,
            },
        })
        .collect::<Vec<_>>();
    warn_of_small_pools(&plan);
    let lines = plan.lines.iter().map(|line| line_status(line, &plan.pools)).collect();
    let pulses = runners.iter().map(|m| m.pulse.clone()).collect();
    let planned = shorter(settings.duration, plan.duration);
    let mut monitor =
        Monitor::new(hosts, pulses, lines, start, planned, &listeners, request.outputs);

    let controller = controller(&settings, plan.lines, &plan.pools, runners.len() as u32);
    let dispatch = Dispatch::new(controller, plan.pools, config, start, hub);
    let ending = Shutdown::new(start, settings.duration, settings.graceful_stop, LAST_WAIT);
    let (commands, commanded) = mpsc::unbounded_channel();
    let threads = RunnerThreads::start(runners, commands.clone(), virtual_time)?;
    monitor.serve(dispatch, commanded, commands, ending, &mut signals).await;
    threads.end(LAST_WAIT).await;
    monitor::wait_if_stopped().await;
    let remarks = tokio::select! {
        biased;
        () = signals.next() => listeners.finish(Duration::ZERO, virtual_time).await,
        remarks = listeners.finish(settings.graceful_stop.max(LISTENERS_WAIT), virtual_time) => remarks,
    };
    Ok(monitor.close(remarks, &request.thresholds))
}

/// A wrong setting of the HTTP client is better told now than by every request.
#[cfg(feature = "http")]
fn check_http(config: &Config) -> Result {
    if let Some(notice) = mite_http::HttpSettings::from_config(config)?.notice() {
        log::log(Level::Warn, notice);
    }
    Ok(())
}

#[cfg(not(feature = "http"))]
fn check_http(_config: &Config) -> Result {
    Ok(())
}

fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Each item is used by one journey at a time, so fewer items than journeys at
/// once leave some waiting.
fn warn_of_small_pools(plan: &Plan) {
    for (line, id) in plan.lines.iter().zip(1..) {
        let pool = &plan.pools[line.pool];
        if let VolumeKind::Level(volume) = &line.volume
            && let Some(peak) = volume.peak().map(|peak| peak as u64)
            && pool.pool.kind() == PoolKind::Recyclable
            && let Some(items) = pool.pool.size().filter(|items| *items < peak)
        {
            log::log(
                Level::Warn,
                format_args!(
                    "scenario {id} ({}): its volume goes up to {peak}, but its data pool {pool} has {}, each for one journey at a time: give it at least {peak}, or lower the volume",
                    line.journey.meta.display(),
                    units::count(items, "item"),
                ),
            );
        }
    }
}

fn line_status(line: &PlannedLine, pools: &[PlannedPool]) -> LineStatus {
    let pool = &pools[line.pool];
    let (_, has_data) = line.use_of_items(pools);
    LineStatus {
        journey: Label::intern(&line.journey.meta.display()),
        pool: has_data.then(|| PoolStatus {
            name: pool.to_string(),
            items: pool.pool.size(),
            used_up: false,
        }),
    }
}

/// What each runner is told of the lines.
fn cast(plan: &Plan) -> Vec<LinePlan> {
    (1..)
        .zip(&plan.lines)
        .map(|(scenario, line)| {
            let (kind, has_data) = line.use_of_items(&plan.pools);
            let until = line.duration;
            LinePlan { scenario, journey: line.journey, kind, has_data, until }
        })
        .collect()
}

fn hosts(
    test: &str,
    config: &Config,
    settings: &RunSettings,
    virtual_time: bool,
    taps: &[Tap],
) -> Vec<Arc<Host>> {
    let epoch = Epoch::now();
    (1..=settings.runners as u32)
        .map(|runner| {
            let mut host = Host::new(runner, Label::intern(test), Lanes::new(taps.to_vec()));
            host.config.apply(&config.changes_since(0));
            host.epoch = epoch;
            host.debugging = settings.debugging;
            host.virtual_time = virtual_time;
            host.seed = settings.seed;
            Arc::new(host)
        })
        .collect()
}

fn controller(
    settings: &RunSettings,
    lines: Vec<PlannedLine>,
    pools: &[PlannedPool],
    runners: u32,
) -> Controller {
    let lines = (1..)
        .zip(lines)
        .map(|(id, PlannedLine { volume, pool, .. })| Line { id, volume, pool })
        .collect();
    let settings = Settings {
        period: settings.max_loop_delay,
        spawn_rate: settings.spawn_rate,
        runner_max_journeys: settings.runner_max_journeys,
    };
    let kinds = pools.iter().map(|p| p.pool.kind()).collect();
    let mut controller = Controller::new(settings, lines, kinds);
    // In process the runners are known, so the first Grants wait for nobody.
    for runner in 1..=runners {
        controller.hello(Duration::ZERO, runner);
    }
    controller
}
