//! `controller`, `runner` and `fleet up`: a run over several processes.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::registry::Registry;
use mite_core::secret;
use mite_core::stats::Weight;
use mite_nats::{Connect, RunName};

use super::args::Options;
use super::exit::Exit;
use super::fleet_options::{FleetOptions, RunnerOptions};
use super::nats::NatsOptions;
use super::test::{Ended, Prepared, Test, listeners};
use crate::fleet::{CtlOutput, Fleet, LocalFleet, Outcome, RunnerProcess};
use crate::lanes::MessageLanes;
#[cfg(feature = "web")]
use crate::metrics::{Exposing, MetricSettings};
use crate::output::Output;
use crate::run::shutdown::unless_interrupted;
use crate::run::{RunError, build};
use crate::terminal::log::{self, Level};
use crate::terminal::{console, logger};
use crate::typed::list;

/// How long a process that stays waits after a controller or a server was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// How long the processes of a fleet on this machine may take to come.
const COMING: Duration = Duration::from_secs(30);

/// Refuses what makes no sense.
///
/// # Errors
/// The text begins with the option.
fn check(fleet: &FleetOptions, options: &Options) -> Result {
    if fleet.min_runners == 0 {
        return Err(Error::new("--min-runners 0 would start without anybody; give 1 or more"));
    }
    let least = options.run.max_loop_delay * 4;
    if fleet.runner_timeout < least {
        return Err(Error::new(format!(
            "--runner-timeout {:?} is too short: a runner that was not answered for half of it starts nothing, and it asks every --max-loop-delay {:?}; give {least:?} or more",
            fleet.runner_timeout, options.run.max_loop_delay
        )));
    }
    if !options.output.message_processors().is_empty() {
        return Err(Error::new(
            "--message-processors gets no message of a journey here, since journeys run elsewhere: give it to `runner`",
        ));
    }
    if options.store.collector().is_some() {
        return Err(Error::new(
            "--collector-dir gets no message of a journey here, since journeys run elsewhere: start `collector`, or give it to `runner`",
        ));
    }
    #[cfg(feature = "traces")]
    options.traces.refuse_elsewhere()?;
    Ok(())
}

/// Leads a run whose runners are other processes.
pub(super) fn controller(
    registry: Registry,
    spec: Option<String>,
    nats: NatsOptions,
    fleet: FleetOptions,
    options: Options,
) -> Result<ExitCode> {
    check(&fleet, &options)?;
    let connect = nats.connect("controller")?;
    let words = ["controller".to_owned()].into_iter().chain(spec.clone()).collect();
    Ok(lead(registry, spec, words, fleet, options, connect, nats.run_name)?.exit)
}

fn lead(
    registry: Registry,
    spec: Option<String>,
    words: Vec<String>,
    fleet: FleetOptions,
    options: Options,
    connect: Connect,
    run: RunName,
) -> Result<Ended> {
    let prepared = Prepared::of(&registry, options)?;
    let entry = registry.scenario_or_only(spec.as_deref())?;
    let (scenario, background) = build::scenario(entry, &prepared.config)?;
    let FleetOptions { min_runners, wait, runner_timeout } = fleet;
    let records = prepared.options.store.recorder_dir.is_none();
    let of_ctl = CtlOutput::default();
    let control = prepared.control.clone();
    let opened = unless_interrupted(async {
        let messages = MessageLanes::open(connect.clone().patience(wait), &run).await?;
        let messages = messages.lead().await?;
        messages.answer(of_ctl.handler(control)).await?;
        #[cfg(feature = "web")]
        let metrics = messages.metrics().await?;
        #[cfg(not(feature = "web"))]
        let metrics = ();
        Ok((messages.listeners(records).await?, messages, metrics))
    });
    let (more, messages, metrics) = match opened {
        Ok(opened) => opened,
        Err(error) => return Ok(Ended { exit: no_run(error)?, ran: false }),
    };
    #[cfg(feature = "web")]
    let exposing = {
        let options = &prepared.options;
        let settings = MetricSettings::new(options.web.metrics_series, options.results.labels()?)?;
        Exposing::new(settings, metrics)
    };
    #[cfg(not(feature = "web"))]
    let () = metrics;
    let shown: Vec<Box<dyn Output>> = vec![
        Box::new(of_ctl),
        #[cfg(feature = "web")]
        Box::new(exposing),
    ];
    let prepared = prepared.of_fleet(more, shown);
    let site = Fleet::new(connect, run, &registry, min_runners, wait, runner_timeout, messages);
    let name = entry.meta.display();
    let test = Test { name, scenario, background: Some(background), words };
    prepared.run_at(registry, test, site, None)
}

/// The exit code of what did not come to a run, and why.
fn no_run(error: RunError) -> Result<ExitCode> {
    Ok(match error {
        RunError::Lost(error) => {
            console::note(format_args!("error: {error}"));
            Exit::Infrastructure.into()
        }
        cut @ RunError::Cut(signal) => {
            console::note(format_args!("error: {}", cut.into_error()));
            ExitCode::from(128 + signal)
        }
        RunError::Usage(error) | RunError::Start(error) => return Err(error),
    })
}

/// Starts a server, processes of runners and their controller, on this machine.
pub(super) fn up(
    registry: Registry,
    spec: Option<String>,
    runner_timeout: Duration,
    options: Options,
) -> Result<ExitCode> {
    options.check()?;
    let mut options = options;
    // Its processes trace their own journeys.
    #[cfg(feature = "traces")]
    let traces = std::mem::take(&mut options.traces).words(options.push.otlp());
    let processes = options.run.runners;
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let runners = (cores / processes).max(1);
    let min_runners = u32::try_from(processes * runners).unwrap_or(u32::MAX);
    let fleet = FleetOptions { min_runners, wait: COMING, runner_timeout };
    check(&fleet, &options)?;
    // What cannot be run is told before anything is started.
    registry.scenario_or_only(spec.as_deref())?;
    log::set_level(options.output.log_level);
    let mut more = vec!["--log-level".to_owned(), options.output.log_level.name().to_owned()];
    // Its server forgets everything: what is recorded is written here.
    let directory = options.store.records();
    more.extend(["--recorder-dir".to_owned(), directory.display().to_string()]);
    options.store.recorder_dir = Some(directory);
    #[cfg(feature = "traces")]
    more.extend(traces);
    if options.output.show_secrets {
        more.push("--show-secrets".to_owned());
    }
    let run = RunName::default();
    let starting = run.clone();
    let started = unless_interrupted(async move {
        let start = move || LocalFleet::start(&starting, processes, runners, &more);
        // One that is not there is what was asked for wrongly.
        Ok(tokio::task::spawn_blocking(start).await?)
    });
    let mut others: LocalFleet = match started {
        Ok(started) => started?,
        Err(error) => return no_run(error),
    };
    let connect = others.connect()?.name("mite controller");
    let words = ["fleet", "up"].into_iter().map(str::to_owned).chain(spec.clone()).collect();
    let ended = lead(registry, spec, words, fleet, options, connect, run)?;
    // Without a run nobody has told them to end; a signal ends the waiting, and with it them.
    let last = match ended.ran {
        true => unless_interrupted(async {
            others.wait().await;
            Ok(())
        }),
        false => Ok(()),
    };
    Ok(if let Err(RunError::Cut(signal)) = last { (128 + signal).into() } else { ended.exit })
}

/// Takes part in a run that a controller leads.
pub(super) fn runner(registry: Registry, options: RunnerOptions) -> Result<ExitCode> {
    let runners = options
        .runners
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |n| n.get()));
    if runners == 0 {
        return Err(Error::new("--runners 0 would run nothing; give 1 or more"));
    }
    options.store.check()?;
    log::set_level(options.log_level);
    logger::install(options.log_level);
    if options.show_secrets {
        secret::show();
    }
    let connect = options.nats.connect("runner")?;
    let message_processors = list::names(&options.message_processors);
    let run = options.nats.run_name.clone();
    let registry = Arc::new(registry);
    let forever = options.forever;
    let wait = options.wait;
    let records = options.store.recorder_dir.is_none();
    loop {
        // Nothing of a run is left in the next one.
        let processors = build::processors(&registry, &message_processors)?;
        #[cfg(feature = "traces")]
        let traces = options.traces.traces()?;
        #[cfg(not(feature = "traces"))]
        let traces = None;
        let opened = unless_interrupted(async {
            let mut listeners = listeners(&options.store, true)?;
            let messages = MessageLanes::open(connect.clone(), &run).await?;
            listeners.extend(messages.listeners(records).await?);
            Ok((listeners, messages))
        });
        let (connect, run, registry) = (connect.clone(), run.clone(), registry.clone());
        let outcome = opened.and_then(|(listeners, messages)| {
            let process = RunnerProcess {
                connect,
                run,
                registry,
                runners,
                wait,
                listeners,
                processors,
                messages,
                traces,
            };
            process.serve()
        });
        match outcome {
            Ok(Outcome::Cut(signal)) => return Ok(ExitCode::from(128 + signal)),
            // Whoever starts processes again has a whole one then.
            Ok(Outcome::Stuck) => {
                if forever {
                    let why = "a journey keeps one of its threads: it ends, and takes part in no other run";
                    log::log(Level::Error, why);
                }
                return Ok(ExitCode::from(1));
            }
            Ok(Outcome::Over(worst)) if !forever => {
                return Ok(match worst {
                    Weight::Note => Exit::Passed.into(),
                    Weight::Fails => ExitCode::from(1),
                    Weight::Lost => Exit::Infrastructure.into(),
                });
            }
            Err(RunError::Lost(error)) if forever => {
                log::log(Level::Error, &error);
                let pause = async {
                    tokio::time::sleep(AGAIN).await;
                    Ok(())
                };
                if let Err(cut) = unless_interrupted(pause) {
                    return no_run(cut);
                }
            }
            Ok(Outcome::Over(_)) => log::log(Level::Info, "the run is over; waits for the next"),
            Err(error) => return no_run(error),
        }
    }
}
