//! Starts both halves of a run, and what lies between them.

use std::sync::Arc;
use std::time::Duration;

use mite_core::clock::Epoch;
use mite_core::control::{Settings, Welcome};
use mite_core::dispatch::Dispatch;
use mite_core::error::Error;
use mite_core::faults::Faults;
use mite_core::ids::LineId;
use mite_core::journey::{Host, Lanes};
use mite_core::label::Label;
use mite_core::message::Processor;
use mite_core::plan::{self, Plan};
use mite_core::stat::ActiveStats;
use mite_core::stats::{Board, RunInfo, Search, Threshold};
use mite_core::units;
use mite_core::volume::VolumeKind;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::listeners::Listeners;
use super::load::LoadTime;
use super::monitor::Monitor;
use super::plan::{LineInfo, lines_of_runners, shorter, welcome_lines};
use super::processors::ProcessorListener;
use super::request::{RunError, RunRequest};
use super::resources::Resources;
use super::schedule;
use super::screen::Screen;
use super::settings::RunSettings;
use super::shutdown::{Shutdown, Signals};
use super::site::{Brief, Needs, Opening, Site, Surroundings};
use super::stages::Stages;
use crate::listener::Listener;
use crate::output::Outputs;
use crate::terminal::log::{self, Level};

/// Starts everything, with the runners of `site`; journeys start when the start delay is
/// over.
///
/// # Errors
/// If a part cannot be started; what was started before it ends.
pub(super) async fn start<S: Site>(
    request: RunRequest,
    mut plan: Plan,
    faults: &Arc<Faults>,
    mut site: S,
) -> Result<Monitor<S>, RunError> {
    let RunRequest { test, config, mut settings, virtual_time, .. } = request;
    let cannot = |what: &str, e: std::io::Error| {
        RunError::Start(Error::new(format!("{what} cannot start: {e}")))
    };
    // Before any thread and any screen: a signal that found nobody listening would leave the
    // terminal as the screen made it.
    let mut signals = Signals::new(request.handle_signals, request.control.clone())
        .map_err(|e| cannot("listening to signals", e))?;
    let opening = Opening {
        settings: &mut settings,
        config: &config,
        typed: &request.typed,
        limits: &request.thresholds,
        signals: &mut signals,
    };
    site.open(&test, opening).await?;
    let epoch = Epoch::now();
    let info = RunInfo {
        test: test.clone(),
        seed: settings.seed,
        started: epoch.wall(Instant::now()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        schedule: plan.lines.iter_mut().map(schedule::of).collect(),
    };
    let stats = ActiveStats::build(request.registry.stats(), faults).map_err(RunError::Usage)?;
    let resources = Resources::claim();
    let is_looked_at = request.capture.is_some();
    // Places and ports are taken before load.
    let outputs = Outputs::start(request.outputs, &info).map_err(RunError::Lost)?;
    let screen = Screen::new(request.show_messages, request.capture);
    let listeners = start_listeners(request.listeners, screen, request.processors)
        .map_err(|e| cannot("the thread of a listener", e))?;

    let lines = welcome_lines(&plan, settings.duration);
    let lines_of_runners = lines_of_runners(&lines, &request.registry).map_err(RunError::Usage)?;
    let needs = Needs { settings: &settings, virtual_time, faults, signals: &mut signals };
    site.ready(needs).await?;

    let of_stages = || {
        // What is recorded is kept; what tells of load is not of the load.
        let taps = listeners.taps();
        let records = taps.iter().map(|tap| tap.narrowed(&["data_created", "purge_data"]));
        let mut host = Host::new(0, Label::intern(&test), Lanes::new(records));
        host.epoch = epoch;
        host.virtual_time = virtual_time;
        host.seed = settings.seed;
        host.faults = faults.clone();
        host.config.apply(&config.changes_since(0));
        host
    };
    let begun = site.begun();
    let mut of_stages = of_stages();
    if let Some((_, setup)) = &begun {
        // It was run by the controller that began the run.
        plan.setup = None;
        of_stages.setup = setup.clone().map(Into::into).unwrap_or_default();
    }
    let mut stages = Stages::start(plan.setup.take(), plan.teardown.take(), of_stages)
        .map_err(|e| cannot("setup", e))?;
    let setup = match &begun {
        Some((_, setup)) => setup.clone(),
        None => stages.set_up(&mut signals, settings.setup_timeout).await?,
    };

    let is_taken_up = begun.is_some();
    if let Err(error) = site.still_ready(&mut signals).await {
        leave(&mut stages, &mut signals, settings.setup_timeout).await;
        return Err(error);
    }
    let start = match begun {
        Some((start, _)) => start,
        None => Instant::now() + site.lead() + settings.delay_start_seconds,
    };
    let (end, count) = site.connect();
    let names: Vec<_> = plan.lines.iter().map(LineInfo::of).collect();
    say_what_runs(&names);
    let searches: Vec<_> = plan.lines.iter().filter_map(search).collect();
    let planned = shorter(settings.duration, plan.duration);
    let config_of_run = config.clone();
    let (commands, commanded) = mpsc::unbounded_channel();
    let welcome = Welcome {
        lines,
        config: config.changes_since(0),
        // A test of a scenario looks at all of the summary.
        in_detail: outputs.show_series() || is_looked_at,
        setup,
        timeout: site.runner_timeout(),
        ..welcome(&test, &settings)
    };
    let dispatch = Dispatch::new(
        plan,
        control(&settings, site.runner_timeout()),
        config,
        count,
        start,
        end,
        commanded,
    );
    let dispatch = match dispatch {
        Ok(dispatch) => site.keep(dispatch),
        Err(error) => {
            leave(&mut stages, &mut signals, settings.setup_timeout).await;
            return Err(RunError::Start(error));
        }
    };
    let shutdown = Shutdown::new(start, settings.duration, planned, settings.graceful_stop);
    let taps = listeners.taps();
    let around = Surroundings {
        epoch,
        start,
        virtual_time,
        taps: taps.clone(),
        stats,
        faults: faults.clone(),
        onlooker: request.onlooker,
        spans: request.spans,
    };
    let brief = Brief { welcome, lines: lines_of_runners, commands: commands.clone(), around };
    let findings = site.findings(Instant::now());
    let runners = site.launch(brief);
    let mut board = board(info, &settings, request.thresholds, outputs.show_series());
    if is_taken_up {
        let (by_hand, now) =
            (dispatch.report().by_hand, Instant::now().saturating_duration_since(start));
        request.control.take_up(by_hand);
        board.pause(by_hand.until(now).paused);
        // What runners have counted until now is of no second.
        board.resume(now);
    }
    for (line, journey, search) in searches {
        board.search(line, &journey, search);
    }
    Ok(Monitor {
        runners,
        listeners,
        taps,
        epoch,
        warm_until: settings.warmup.filter(|w| !w.is_zero()).map(|w| start + w),
        virtual_time,
        board,
        config: config_of_run,
        typed: request.typed,
        outputs,
        asked: request.control,
        told_marks: 0,
        dispatch: Some(dispatch),
        commands,
        shutdown,
        signals,
        stages,
        setup_timeout: settings.setup_timeout,
        lines: names,
        start,
        planned,
        keep_going: settings.keep_going,
        told_failures: 0,
        allow_empty: settings.allow_empty,
        max_lateness: settings.max_lateness(),
        bounds: settings.bounds(),
        resources,
        graceful_stop: settings.graceful_stop,
        control: Default::default(),
        faults: faults.clone(),
        findings,
        load_time: LoadTime::default(),
        load: None,
        ending: None,
        due: None,
        away: Default::default(),
        ended: None,
    })
}

/// Who sees every message: those of the request, the screen, and processors of the test.
fn start_listeners(
    mut listeners: Vec<Box<dyn Listener>>,
    screen: Screen,
    processors: Vec<(String, Processor)>,
) -> std::io::Result<Listeners> {
    listeners.push(Box::new(screen));
    for (name, processor) in processors {
        listeners.push(Box::new(ProcessorListener::new(name, processor)));
    }
    Listeners::start(listeners)
}

/// Where the run is counted, as its settings ask for; what they change of its numbers is
/// logged.
fn board(
    info: RunInfo,
    settings: &RunSettings,
    limits: Vec<Threshold>,
    show_series: bool,
) -> Board {
    let mut board = Board::of(info);
    let warmup = settings.warmup.unwrap_or_default();
    if !warmup.is_zero() {
        log::log(
            Level::Info,
            format_args!(
                "warm-up: what is meant to start in the first {} is counted apart, and is in no table and no limit",
                units::long_time(warmup)
            ),
        );
    }
    board.warm_up(warmup);
    if let Some(interval) = settings.correct_omission {
        log::log(
            Level::Info,
            format_args!(
                "times of closed lines are corrected for coordinated omission, as if each slot had been meant to start every {}",
                units::time(interval)
            ),
        );
        board.correct_omission(interval);
    }
    board.hold_against(limits);
    if !show_series {
        board.hide_series();
    }
    board
}

/// What the setup made does not stay because there is no load.
async fn leave(stages: &mut Stages, signals: &mut Signals, limit: Duration) {
    let failed = stages.tear_down(signals, limit).await;
    failed.iter().for_each(|finding| log::log(Level::Error, finding));
}

/// What a line searches for, if that is what it does.
fn search(line: &plan::Line) -> Option<(LineId, String, Search)> {
    let VolumeKind::Rate(rate) = &line.volume else { return None };
    Some((line.id, line.name(), rate.model.search()?))
}

fn say_what_runs(lines: &[LineInfo]) {
    for (line, id) in lines.iter().zip(1..) {
        log::log(Level::Info, format_args!("scenario {id}: {line}"));
    }
}

fn welcome(test: &str, settings: &RunSettings) -> Welcome {
    Welcome {
        test: test.to_owned(),
        runner: 1,
        period: settings.max_loop_delay,
        min_delay: settings.min_loop_delay,
        seed: settings.seed,
        most: settings.runner_max_journeys,
        max_lateness: settings.max_lateness(),
        graceful_stop: settings.graceful_stop,
        warmup: settings.warmup.unwrap_or_default(),
        max_block: settings.max_loop_block,
        debugging: settings.debugging,
        series_by: settings.series_by.clone(),
        ..Welcome::default()
    }
}

fn control(settings: &RunSettings, runner_timeout: Option<Duration>) -> Settings {
    Settings {
        period: settings.max_loop_delay,
        spawn_rate: settings.spawn_rate,
        runner_max_journeys: settings.runner_max_journeys,
        seed: settings.seed,
        until: settings.duration,
        runner_timeout,
    }
}
