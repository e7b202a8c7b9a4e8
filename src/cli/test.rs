//! `scenario test`, `journey test` and `journey run`.

use std::panic::Location;

use mite_core::config::Config;
use mite_core::error::{Error, Place, Result};
use mite_core::journey::JourneyEntry;
use mite_core::message::Processor;
use mite_core::pool::NoData;
use mite_core::pool::any::{AnyPool, PoolRef};
use mite_core::registry::Registry;
use mite_core::scenario::{JourneyRef, Part, Scenario, ScenarioEntry};
use mite_core::volume::{IntoVolume, Volume, VolumeKind};

use super::args::Options;
use super::settings::{OutputSettings, Settings, StoreSettings};
use super::{Exit, config_sources};
use crate::output::log::{self, Level};
use crate::output::{LineOutput, Output, ProgressOutput, ReportOutput, SummaryOutput, console};
use crate::run::{self, Listener, RunRequest};
use crate::store::{Collector, Recorder};

/// Runs a scenario until it ends.
pub(super) fn scenario_test(registry: Registry, spec: &str, options: Options) -> Result<Exit> {
    let prepared = Prepared::of(&registry, &options)?;
    let entry = registry.scenario(spec)?;
    let scenario = build(entry, &prepared.config)?;
    if scenario.parts().is_empty() {
        return Err(Error::new(format!(
            "scenario `{}` ({}:{}) has no journeys; add one with `.journey(…)` or `.run(…)`",
            entry.meta.display(),
            entry.meta.file,
            entry.meta.line
        )));
    }
    prepared.run(registry, entry.meta.display(), scenario, false)
}

/// Runs a journey, `volume` at once, until its pool is empty.
pub(super) fn journey_test(
    registry: Registry,
    spec: &str,
    pool: Option<&str>,
    volume: u32,
    options: Options,
) -> Result<Exit> {
    if volume == 0 {
        return Err(Error::new("--volume 0 would run nothing; give 1 or more"));
    }
    let prepared = Prepared::of(&registry, &options)?;
    let level = volume.into_volume(Location::caller()).kind;
    let (test, scenario) = alone(&registry, spec, pool, level)?;
    prepared.run(registry, test, scenario, false)
}

/// Runs a journey exactly once, and shows its messages.
pub(super) fn journey_run(
    registry: Registry,
    spec: &str,
    pool: Option<&str>,
    options: Options,
) -> Result<Exit> {
    let mut prepared = Prepared::of(&registry, &options)?;
    // One execution needs one runner, and its messages say how it goes.
    prepared.settings.run.runners = 1;
    prepared.settings.output.hide_constant_logs = true;
    let (test, scenario) = alone(&registry, spec, pool, VolumeKind::Tickets(1))?;
    prepared.run(registry, test, scenario, true)
}

/// A scenario of one journey.
fn alone(
    registry: &Registry,
    spec: &str,
    pool: Option<&str>,
    volume: VolumeKind,
) -> Result<(String, Scenario)> {
    let journey = registry.journey(spec)?;
    let name = journey.meta.display();
    let part = Part {
        journey: JourneyRef::Spec(name.clone()),
        pool: pool_of(registry, journey, pool)?,
        volume: Volume::new(volume, None),
        place: Place { file: journey.meta.file.into(), line: journey.meta.line },
    };
    Ok((name, Scenario::from_parts(vec![part])))
}

fn pool_of(registry: &Registry, journey: &JourneyEntry, pool: Option<&str>) -> Result<PoolRef> {
    let name = journey.meta.display();
    match pool {
        Some(spec) => {
            let entry = registry.pool(spec)?;
            Ok(PoolRef::Named {
                function: (entry.function)(),
                name: entry.meta.display(),
                item: (entry.item)(),
            })
        }
        None if journey.parameters.is_empty() => Ok(PoolRef::Value(AnyPool::new(NoData))),
        None => {
            let names: Vec<_> = journey.parameters.iter().map(|p| p.name).collect();
            Err(Error::new(format!(
                "journey `{name}` takes arguments ({}), so it needs a data pool: give one after its name; `list` shows all",
                names.join(", ")
            )))
        }
    }
}

/// What every test needs before its scenario is known.
struct Prepared {
    settings: Settings,
    config: Config,
    processors: Vec<(String, Processor)>,
}

impl Prepared {
    fn of(registry: &Registry, options: &Options) -> Result<Self> {
        let settings = Settings::of(options)?;
        log::set_level(settings.output.log_level);
        let source = &options.config;
        let config = config_sources::load(
            std::env::vars_os(),
            source.config.as_deref(),
            &source.add_to_config,
            registry,
        )?;
        log::log(Level::Debug, format_args!("config: {config:?}"));
        let processors = processors(registry, &settings.output)?;
        Ok(Self { settings, config, processors })
    }

    fn run(
        self,
        registry: Registry,
        test: String,
        scenario: Scenario,
        show_messages: bool,
    ) -> Result<Exit> {
        let Self { settings, config, processors } = self;
        let Settings { run, output, store, thresholds } = settings;
        let listeners = match listeners(store) {
            Ok(listeners) => listeners,
            Err(error) => {
                console::note(format_args!("error: {error}"));
                return Ok(Exit::Infrastructure);
            }
        };
        log::log(
            Level::Info,
            format_args!("{test} on {} with --seed {}", runners(run.runners), run.seed),
        );
        let mut outputs: Vec<Box<dyn Output>> = Vec::new();
        // First, so that the bar is gone before the summary is printed.
        if console::is_interactive() {
            outputs.push(Box::new(ProgressOutput::new()));
        }
        if !output.hide_constant_logs {
            outputs.push(Box::new(LineOutput::new(output.journey_logging)));
        }
        outputs.push(Box::new(SummaryOutput { errors_per_journey: output.journey_logging }));
        if output.report {
            outputs.push(Box::new(ReportOutput { thresholds: thresholds.clone() }));
        }
        let summary = run::run(RunRequest {
            test,
            registry,
            scenario,
            config,
            settings: run,
            outputs,
            processors,
            listeners,
            show_messages,
            capture: None,
            virtual_time: false,
            handle_signals: true,
        })?;
        let exceeded = thresholds.exceeded(&summary);
        exceeded.iter().for_each(|limit| console::note(format_args!("error: {limit}")));
        summary.status.broken.iter().for_each(|why| console::note(format_args!("error: {why}")));
        Ok(match () {
            () if !summary.status.broken.is_empty() => Exit::Infrastructure,
            () if !exceeded.is_empty() => Exit::Exceeded,
            () => Exit::Passed,
        })
    }
}

/// What keeps records and messages on disk.
fn listeners(settings: StoreSettings) -> Result<Vec<Box<dyn Listener>>> {
    // A test that records nothing needs no place for it, unless one was named.
    if settings.recorder_is_asked_for {
        Recorder::check(&settings.recorder_directory)?;
    }
    let mut listeners: Vec<Box<dyn Listener>> =
        vec![Box::new(Recorder::new(&settings.recorder_directory)?)];
    if let Some(settings) = settings.collector {
        listeners.push(Box::new(Collector::new(settings)?));
    }
    Ok(listeners)
}

fn runners(n: usize) -> String {
    if n == 1 { "1 runner".to_owned() } else { format!("{n} runners") }
}

fn processors(registry: &Registry, settings: &OutputSettings) -> Result<Vec<(String, Processor)>> {
    let specs = settings.message_processors.iter();
    specs
        .map(|spec| {
            let entry = registry.processor(spec)?;
            let name = entry.meta.display();
            let processor = (entry.build)().map_err(|e| {
                Error::new(format!("message processor `{name}` cannot be made: {}", e.text()))
            })?;
            Ok((name, processor))
        })
        .collect()
}

/// Runs a scenario function to its end. A panic in it (a setting that does not
/// read as the type asked for) is a test that cannot start.
pub(crate) fn build(entry: &ScenarioEntry, config: &Config) -> Result<Scenario> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let name = entry.meta.display();
    mite_core::caught(|| runtime.block_on((entry.build)(config)))
        .map_err(|panic| {
            let (text, place) = (panic.text(), panic.location());
            Error::new(format!("scenario `{name}` panicked: {text} (at {place})"))
        })?
        .map_err(|e| Error::new(format!("scenario `{name}` cannot be made: {}", e.text())))
}
