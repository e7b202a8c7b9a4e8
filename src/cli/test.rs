//! `scenario test`, `journey test` and `journey run`.

use std::panic::Location;
use std::path::PathBuf;
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
use super::watched::Watched;
use crate::listener::Listener;
use crate::output::{Next, Output, ReportOutput, ResultsOutput, RunControl, SummaryOutput};
#[cfg(feature = "traces")]
use crate::push::Environment;
use crate::run::site::Site;
use crate::run::{self, Background, RunError, RunRequest, ThisProcess, build};
use crate::store::{Collector, Recorder};
use crate::terminal::log::{self, Level};
use crate::terminal::{console, logger};
#[cfg(feature = "web")]
use crate::{
    output::LiveRun,
    page,
    web::{WebOutput, linger},
};

/// Runs a scenario until it ends.
pub(super) fn scenario_test(
    registry: Registry,
    spec: Option<&str>,
    options: Options,
) -> Result<ExitCode> {
    let prepared = Prepared::of(&registry, options)?;
    let entry = registry.scenario_or_only(spec)?;
    let (scenario, background) = build::scenario(entry, &prepared.config)?;
    let words = ["scenario", "test"].into_iter().chain(spec).map(str::to_owned).collect();
    prepared.run(registry, entry.meta.display(), scenario, Some(background), words)
}

/// A journey that runs alone, as it was named.
pub(super) struct Alone {
    pub(super) spec: String,
    pub(super) pool: Option<String>,
    /// The scenario whose pool, setup and teardown it has.
    pub(super) scenario: Option<String>,
}

impl Alone {
    /// Its scenario, the name of the test, and what the scenario function has started.
    fn build(
        &self,
        registry: &Registry,
        config: &Config,
        volume: VolumeKind,
    ) -> Result<(String, Scenario, Option<Background>)> {
        let Self { spec, pool, scenario } = self;
        let pool = pool.as_deref();
        let Some(scenario) = scenario else {
            let (test, scenario) = build::alone(registry, spec, pool, volume)?;
            return Ok((test, scenario, None));
        };
        let entry = registry.scenario_or_only(Some(scenario))?;
        let (scenario, background) = build::scenario(entry, config)?;
        let named = (scenario, entry.meta.display());
        let (test, scenario) = build::alone_in(registry, named, spec, pool, volume)?;
        Ok((test, scenario, Some(background)))
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
    let (test, scenario, background) = alone.build(&registry, &prepared.config, level)?;
    prepared.run(registry, test, scenario, background, alone.words("test"))
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
    let (test, scenario, background) = alone.build(&registry, &prepared.config, once)?;
    prepared.look = Some(look);
    prepared.run(registry, test, scenario, background, alone.words("run"))
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

    fn run(
        self,
        registry: Registry,
        test: String,
        scenario: Scenario,
        background: Option<Background>,
        words: Vec<String>,
    ) -> Result<ExitCode> {
        let place = units::count(self.options.run.runners as u64, "runner");
        let site = ThisProcess::default();
        let ended = self.run_at(registry, test, scenario, background, words, (site, Some(place)));
        Ok(ended?.exit)
    }

    /// Runs it with the runners of that site, which is called that.
    pub(super) fn run_at<S: Site>(
        self,
        registry: Registry,
        test: String,
        scenario: Scenario,
        background: Option<Background>,
        words: Vec<String>,
        (site, place): (S, Option<String>),
    ) -> Result<Ended> {
        let Self { options, config, typed, processors, look, more, shown, control } = self;
        let show_messages = look.is_some();
        let Options { run, output, store, limits, results, .. } = options;
        #[cfg(feature = "web")]
        let web = options.web;
        #[cfg(feature = "http")]
        let push = options.push;
        let thresholds = limits.thresholds()?;
        let kept = listeners(&store, more.is_some());
        let listeners: Vec<_> =
            match kept.map(|own| own.into_iter().chain(more.into_iter().flatten())) {
                Ok(listeners) => listeners.collect(),
                Err(error) => {
                    console::note(format_args!("error: {error}"));
                    return Ok(Ended { exit: Exit::Infrastructure.into(), ran: false });
                }
            };
        // A site elsewhere says so once it knows which run it is.
        if let Some(place) = place {
            log::log(Level::Info, format_args!("{test} on {place} with --seed {}", run.seed));
        }
        let mut outputs: Vec<Box<dyn Output>> = shown;
        #[cfg(feature = "web")]
        let live = web.web_address.is_some().then(LiveRun::default);
        #[cfg(not(feature = "web"))]
        let live = None;
        #[cfg(feature = "web")]
        let serves = {
            let page = live.as_ref().map(|live| page::routes(&test, live, &control));
            web.output(&results.labels()?, page.unwrap_or_default())?
        };
        // First, so that the screen and the bar are gone before the summary is printed.
        #[cfg(feature = "web")]
        let page = serves.as_ref().and_then(WebOutput::page);
        #[cfg(not(feature = "web"))]
        let page = None;
        let debugging = run.debugging;
        let watched = Watched { output: &output, debugging, control: &control, page };
        outputs.extend(watched.outputs(show_messages));
        let next = Next {
            again: again(&words),
            results: results.json.clone(),
            report: results.html.clone(),
        };
        outputs.push(Box::new(SummaryOutput { errors_per_journey: output.journey_logging, next }));
        if output.report {
            outputs.push(Box::new(ReportOutput { percentiles: limits.percentiles()? }));
        }
        #[cfg(feature = "http")]
        outputs.extend({
            #[cfg(feature = "web")]
            let most = web.metrics_series;
            #[cfg(not(feature = "web"))]
            let most = crate::metrics::MetricSettings::MOST;
            push.outputs(&results.labels()?, most)?
        });
        #[cfg(feature = "traces")]
        let spans = {
            let environment = Environment::of(std::env::vars_os());
            let traces = options.traces.output(push.otlp(), &environment)?;
            traces.map(|(spans, output)| {
                outputs.push(Box::new(output));
                spans
            })
        };
        #[cfg(not(feature = "traces"))]
        let spans = None;
        #[cfg(feature = "web")]
        let servers = serves.as_ref().map(WebOutput::web);
        #[cfg(feature = "web")]
        if let Some(serves) = serves {
            outputs.push(Box::new(serves));
        }
        // Last, so that they know whether the others could show theirs.
        if let Some(results) = ResultsOutput::new(results.files()?, results.facts(&config)?, live) {
            outputs.push(Box::new(results));
        }
        #[cfg(feature = "http")]
        let (onlooker, har) = look.map(|look| look.start()).transpose()?.unzip();
        #[cfg(not(feature = "http"))]
        let onlooker = look.map(|look| look.onlooker());
        console::start()?;
        let request = RunRequest {
            test,
            registry,
            scenario,
            background,
            config,
            typed,
            settings: run,
            thresholds,
            outputs,
            control,
            processors,
            listeners,
            show_messages,
            onlooker,
            spans,
            capture: None,
            virtual_time: false,
            handle_signals: true,
        };
        let summary = run::run_at(request, site);
        let ran = summary.is_ok();
        let exit = match summary {
            Ok(Summary { verdict, .. }) => {
                let reasons = verdict.reasons();
                reasons.iter().for_each(|why| console::note(format_args!("error: {why}")));
                (&verdict).into()
            }
            Err(RunError::Lost(error)) => {
                console::note(format_args!("error: {error}"));
                Exit::Infrastructure.into()
            }
            Err(cut @ RunError::Cut(signal)) => {
                console::note(format_args!("error: {}", cut.into_error()));
                ExitCode::from(128 + signal)
            }
            Err(RunError::Usage(error) | RunError::Start(error)) => return Err(error),
        };
        #[cfg(feature = "http")]
        let exit = match har.flatten().map(Har::write) {
            Some(Ok(told)) => {
                log::log(Level::Info, told);
                exit
            }
            Some(Err(error)) => {
                console::note(format_args!("error: --har: {error}"));
                Exit::Infrastructure.into()
            }
            None => exit,
        };
        #[cfg(feature = "web")]
        if let Some(servers) = servers.filter(|_| ran) {
            linger(servers, web.linger);
        }
        Ok(Ended { exit, ran })
    }
}

/// How a command ended that was to run a test.
pub(super) struct Ended {
    pub(super) exit: ExitCode,
    /// Whether there was a run, whose end all who took part in it know.
    #[cfg_attr(not(feature = "nats"), expect(dead_code))]
    pub(super) ran: bool,
}

/// The command line of words, without options: they may hold secrets.
fn again(words: &[String]) -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    let program = program.as_ref().and_then(|path| path.file_name());
    let program = program.map_or("BIN".into(), |name| name.to_string_lossy());
    format!("{program} {}", words.join(" "))
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
