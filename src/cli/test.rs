//! `scenario test`, `journey test` and `journey run`.

use std::panic::Location;
use std::process::ExitCode;

use mite_core::config::Config;
use mite_core::error::{Error, Result};
use mite_core::ids::TestTime;
use mite_core::message::Processor;
use mite_core::registry::Registry;
use mite_core::scenario::Scenario;
use mite_core::secret;
use mite_core::stats::Summary;
use mite_core::units;
use mite_core::volume::{IntoVolume, VolumeKind};

use super::args::Options;
use super::config_sources::{self, Sources};
use super::exit::Exit;
use super::files::StoreOptions;
#[cfg(feature = "http")]
use super::look::Har;
use super::look::LookOptions;
use super::shown::{RunToShow, Shown};
use crate::listener::Listener;
use crate::output::{Output, RunControl};
use crate::run::site::Site;
use crate::run::{self, Background, RunError, RunRequest, ThisProcess, build};
use crate::store::{Collector, Recorder};
use crate::terminal::log::{self, Level};
use crate::terminal::{console, logger};
#[cfg(feature = "web")]
use crate::web::linger;

/// Runs a scenario until it ends.
pub(super) fn scenario_test(
    registry: Registry,
    spec: Option<&str>,
    options: Options,
) -> Result<ExitCode> {
    let prepared = Prepared::of(&registry, options)?;
    let entry = registry.scenario_or_only(spec)?;
    let (scenario, background) = build::scenario(entry, &prepared.config)?;
    let name = entry.meta.display();
    let words = ["scenario", "test"].into_iter().chain(spec).map(str::to_owned).collect();
    prepared.run(registry, Test { name, scenario, background: Some(background), words })
}

/// A journey that runs alone, as it was named.
pub(super) struct Alone {
    pub(super) spec: String,
    pub(super) pool: Option<String>,
    /// The scenario whose pool, setup and teardown it has.
    pub(super) scenario: Option<String>,
}

impl Alone {
    /// The test that it is, of `journey test` or `journey run`.
    fn test(
        &self,
        how: &str,
        registry: &Registry,
        config: &Config,
        volume: VolumeKind,
    ) -> Result<Test> {
        let Self { spec, pool, scenario } = self;
        let (pool, words) = (pool.as_deref(), self.words(how));
        let Some(scenario) = scenario else {
            let (name, scenario) = build::alone(registry, spec, pool, volume)?;
            return Ok(Test { name, scenario, background: None, words });
        };
        let entry = registry.scenario_or_only(Some(scenario))?;
        let (scenario, background) = build::scenario(entry, config)?;
        let named = (scenario, entry.meta.display());
        let (name, scenario) = build::alone_in(registry, named, spec, pool, volume)?;
        Ok(Test { name, scenario, background: Some(background), words })
    }

    /// The words of the command that runs it.
    fn words(&self, how: &str) -> Vec<String> {
        let words = ["journey", how, &self.spec].into_iter().chain(self.pool.as_deref());
        let of = self.scenario.as_deref().map(|scenario| ["--scenario", scenario]);
        words.chain(of.into_iter().flatten()).map(str::to_owned).collect()
    }
}

/// Runs a journey, `volume` at once, until its pool is empty.
pub(super) fn journey_test(
    registry: Registry,
    alone: &Alone,
    volume: u32,
    options: Options,
) -> Result<ExitCode> {
    if volume == 0 {
        return Err(Error::new("--volume 0 would run nothing; give 1 or more"));
    }
    let prepared = Prepared::of(&registry, options)?;
    let level = volume.into_volume(Location::caller()).kind;
    let test = alone.test("test", &registry, &prepared.config, level)?;
    prepared.run(registry, test)
}

/// Runs a journey exactly once, and shows its messages.
pub(super) fn journey_run(
    registry: Registry,
    alone: &Alone,
    look: LookOptions,
    options: Options,
) -> Result<ExitCode> {
    let mut prepared = Prepared::of(&registry, options)?;
    // One execution needs one runner, and its messages say how it goes.
    prepared.options.run.runners = 1;
    prepared.options.output.hide_constant_logs = true;
    let once = VolumeKind::Tickets(vec![TestTime::ZERO]);
    let test = alone.test("run", &registry, &prepared.config, once)?;
    prepared.look = Some(look);
    prepared.run(registry, test)
}

/// What is run.
pub(super) struct Test {
    /// As people call it.
    pub(super) name: String,
    pub(super) scenario: Scenario,
    /// What runs beside it.
    pub(super) background: Option<Background>,
    /// The words of its command, without options: those may hold secrets.
    pub(super) words: Vec<String>,
}

/// What every test needs before its scenario is known.
pub(super) struct Prepared {
    pub(super) options: Options,
    pub(super) config: Config,
    /// Keys of the config that somebody typed.
    typed: Vec<String>,
    processors: Vec<(String, Processor)>,
    /// Whether one execution is looked into: every message is printed, and every exchange.
    look: Option<LookOptions>,
    /// Who listens besides, in a run over several processes.
    more: Option<Vec<Box<dyn Listener>>>,
    /// What is shown besides.
    shown: Vec<Box<dyn Output>>,
    /// What may be asked of the run.
    pub(super) control: RunControl,
}

impl Prepared {
    /// With others who listen, and one who tells how it goes: it is a run over several
    /// processes.
    #[cfg(feature = "nats")]
    pub(super) fn of_fleet(
        self,
        more: Vec<Box<dyn Listener>>,
        shown: Vec<Box<dyn Output>>,
    ) -> Self {
        Self { more: Some(more), shown, ..self }
    }

    pub(super) fn of(registry: &Registry, options: Options) -> Result<Self> {
        options.check()?;
        log::set_level(options.output.log_level);
        logger::install(options.output.log_level);
        if options.output.show_secrets {
            secret::show();
        }
        let source = &options.config;
        let Sources { config, typed } = config_sources::load(
            std::env::vars_os(),
            source.config.as_deref(),
            &source.add_to_config,
            registry,
        )?;
        let names = std::env::vars_os().map(|(name, _)| name);
        for notice in config_sources::foreign_variables(names, options.run.debugging) {
            log::log(Level::Warn, notice);
        }
        log::log(Level::Debug, format_args!("config: {config:?}"));
        let processors = build::processors(registry, &options.output.message_processors())?;
        Ok(Self {
            options,
            config,
            typed,
            processors,
            look: None,
            more: None,
            shown: Vec::new(),
            control: RunControl::default(),
        })
    }

    fn run(self, registry: Registry, test: Test) -> Result<ExitCode> {
        let place = units::count(self.options.run.runners as u64, "runner");
        Ok(self.run_at(registry, test, ThisProcess::default(), Some(place))?.exit)
    }

    /// Runs it with the runners of that site, which is called `place`.
    pub(super) fn run_at<S: Site>(
        self,
        registry: Registry,
        test: Test,
        site: S,
        place: Option<String>,
    ) -> Result<Ended> {
        let Self { options, config, typed, processors, look, more, shown, control } = self;
        let Test { name, scenario, background, words } = test;
        let show_messages = look.is_some();
        let thresholds = options.limits.thresholds()?;
        let mut listeners = match listeners(&options.store, more.is_some()) {
            Ok(listeners) => listeners,
            Err(error) => {
                console::note(format_args!("error: {error}"));
                return Ok(Ended { exit: Exit::Infrastructure.into(), ran: false });
            }
        };
        listeners.extend(more.into_iter().flatten());
        // A site elsewhere says so once it knows which run it is.
        if let Some(place) = place {
            let seed = options.run.seed;
            log::log(Level::Info, format_args!("{name} on {place} with --seed {seed}"));
        }
        let run = RunToShow {
            test: &name,
            config: &config,
            control: &control,
            words: &words,
            show_messages,
        };
        let shows = Shown::of(&run, &options, shown)?;
        #[cfg(feature = "http")]
        let (onlooker, har) = look.map(|look| look.start()).transpose()?.unzip();
        #[cfg(not(feature = "http"))]
        let onlooker = look.map(|look| look.onlooker());
        console::start()?;
        let request = RunRequest {
            test: name,
            registry,
            scenario,
            background,
            config,
            typed,
            settings: options.run,
            thresholds,
            outputs: shows.outputs,
            control,
            processors,
            listeners,
            show_messages,
            onlooker,
            spans: shows.spans,
            capture: None,
            virtual_time: false,
            handle_signals: true,
        };
        let ended = run::run_at(request, site);
        let ran = ended.is_ok();
        let exit = exit_of(ended)?;
        #[cfg(feature = "http")]
        let exit = har.flatten().map_or(exit, |har| written(har, exit));
        #[cfg(feature = "web")]
        if let Some(web) = shows.web.filter(|_| ran) {
            linger(web, options.web.linger);
        }
        Ok(Ended { exit, ran })
    }
}

/// The exit code of a run that ended like this; why it is none of success is told.
///
/// # Errors
/// If it did not start.
fn exit_of(ended: Result<Summary, RunError>) -> Result<ExitCode> {
    match ended {
        Ok(Summary { verdict, .. }) => {
            let reasons = verdict.reasons();
            reasons.iter().for_each(|why| console::note(format_args!("error: {why}")));
            Ok((&verdict).into())
        }
        Err(RunError::Lost(error)) => {
            console::note(format_args!("error: {error}"));
            Ok(Exit::Infrastructure.into())
        }
        Err(cut @ RunError::Cut(signal)) => {
            console::note(format_args!("error: {}", cut.into_error()));
            Ok(ExitCode::from(128 + signal))
        }
        Err(RunError::Usage(error) | RunError::Start(error)) => Err(error),
    }
}

/// Writes what an execution exchanged; the exit code is `exit`, if it can.
#[cfg(feature = "http")]
fn written(har: Har, exit: ExitCode) -> ExitCode {
    match har.write() {
        Ok(told) => {
            log::log(Level::Info, told);
            exit
        }
        Err(error) => {
            console::note(format_args!("error: --har: {error}"));
            Exit::Infrastructure.into()
        }
    }
}

/// How a command ended that was to run a test.
pub(super) struct Ended {
    pub(super) exit: ExitCode,
    /// Whether there was a run, whose end all who took part in it know.
    #[cfg_attr(not(feature = "nats"), expect(dead_code))]
    pub(super) ran: bool,
}

/// What keeps records and messages on disk. In a fleet the server keeps records, unless a
/// place for them was named.
pub(super) fn listeners(store: &StoreOptions, fleet: bool) -> Result<Vec<Box<dyn Listener>>> {
    // A test that records nothing needs no place for it, unless one was named.
    if let Some(directory) = &store.recorder_dir {
        Recorder::check(directory)?;
    }
    let mut listeners: Vec<Box<dyn Listener>> = Vec::new();
    if !fleet || store.recorder_dir.is_some() {
        listeners.push(Box::new(Recorder::new(&store.records())?));
    }
    if let Some(settings) = store.collector() {
        listeners.push(Box::new(Collector::new(settings)?));
    }
    Ok(listeners)
}
