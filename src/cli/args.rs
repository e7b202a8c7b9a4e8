//! What can be typed: each option is a field, with its type, default and help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use mite_core::error::Result;
use mite_results::export::Format;

use super::compare::CompareOptions;
use super::config_sources::ConfigOptions;
#[cfg(feature = "nats")]
use super::consumers::{CollectorOptions, ReceiverOptions, RecorderOptions};
#[cfg(feature = "nats")]
use super::ctl::CtlOptions;
#[cfg(all(feature = "nats", feature = "web"))]
use super::exporter::ExporterOptions;
use super::files::StoreOptions;
#[cfg(feature = "nats")]
use super::fleet_options::{FleetOptions, RunnerOptions, UpOptions};
use super::limits::LimitOptions;
use super::look::LookOptions;
#[cfg(feature = "nats")]
use super::nats::NatsOptions;
use super::plan::PlanOptions;
#[cfg(feature = "http")]
use super::push::PushOptions;
use super::results::{ResultOptions, given};
#[cfg(feature = "traces")]
use super::traces::TraceOptions;
use super::twins::with_twins;
#[cfg(feature = "web")]
use super::web::WebOptions;
use crate::run::settings::RunSettings;
use crate::terminal::log::Level;
use crate::typed::{list, number};

/// Load tests, run from this binary.
#[derive(Debug, Parser)]
#[command(version, about, subcommand_required = true, arg_required_else_help = false)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show every journey, data pool, scenario, config, message processor and statistic
    List {
        /// As JSON, for other programs
        #[arg(long)]
        json: bool,
    },
    /// Show a file of messages or records as lines of JSON
    ///
    /// Every value is kept: what JSON has no words for is an object such as
    /// {"$bytes": "<base64>"}, which `uncat` reads back. The width of a number is
    /// not: a float of 4 bytes comes back as one of 8 with the same value.
    Cat {
        /// The file; `-` is standard input
        file: PathBuf,
        /// Show the times of messages as dates; `uncat` does not read them back
        #[arg(long, value_parser = BoolishValueParser::new())]
        prettify_timestamps: bool,
    },
    /// Turn lines of JSON into msgpack, on standard output
    ///
    /// Each line is one value; `jq -c .` makes lines of other JSON.
    Uncat {
        /// The file; `-` is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Make the report that --html writes from results that --json wrote
    Report {
        /// The file that --json wrote, or a report
        file: PathBuf,
        /// Write the report here [default: standard output]
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Compare results that --json wrote: is B slower than A?
    Compare(Box<CompareOptions>),
    /// Show results that --json wrote in the format of another tool, on standard output
    Export {
        /// bmf (Bencher), gab (github-action-benchmark), gitlab, csv, hlog (HdrHistogram), junit or markdown
        #[arg(long, value_name = "FORMAT")]
        to: Format,
        /// The file that --json wrote
        file: PathBuf,
    },
    /// Show what a scenario will do, before a request is sent
    Plan(Box<PlanOptions>),
    /// Say how a run of a fleet stands, pause it, change its load, or end it
    ///
    /// Each change is a mark in the results. Whoever may publish `mite.RUN.ctl` at the server
    /// may ask; exit code 4 if nobody leads such a run.
    #[cfg(feature = "nats")]
    Ctl(Box<CtlOptions>),
    /// Collect the messages of a run of a fleet in files
    ///
    /// Several share the messages. Ends with the run; exit code 1 if messages were missed,
    /// 4 if files cannot be written or the server cannot be had.
    #[cfg(feature = "nats")]
    Collector(Box<CollectorOptions>),
    /// Write what the journeys of a fleet record
    ///
    /// The server keeps records until they are written and synchronised with the disk, so
    /// a recorder may come late, be killed and come again. Ends with the run, once all are
    /// written.
    #[cfg(feature = "nats")]
    Recorder(Box<RecorderOptions>),
    /// Give the messages of a run of a fleet to message processors
    ///
    /// Those of the same processors share the messages. Ends with the run; exit code 1 if
    /// a processor failed or messages were missed.
    #[cfg(feature = "nats")]
    Receiver(Box<ReceiverOptions>),
    /// Serve the metrics of the runs of a fleet for Prometheus, run after run
    ///
    /// They are those that the controller serves with --prometheus-address. The last ones of
    /// a run stay for five minutes; while nobody leads a run of that name there is
    /// `mite_exporter_run 0` in their place. Ends with Ctrl-C; exit code 4 if the server cannot
    /// be had.
    #[cfg(all(feature = "nats", feature = "web"))]
    PrometheusExporter(Box<ExporterOptions>),
    /// Run scenarios
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Run single journeys
    #[command(subcommand)]
    Journey(JourneyCommand),
    /// Lead a run whose journeys are run by `runner` processes, met at a NATS server
    #[cfg(feature = "nats")]
    Controller {
        /// The scenario, such as `shop:rush_hour` [default: the only one]
        spec: Option<String>,
        #[command(flatten)]
        nats: Box<NatsOptions>,
        #[command(flatten)]
        fleet: FleetOptions,
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Run journeys of a run that a `controller` leads, which is waited for
    #[cfg(feature = "nats")]
    Runner(Box<RunnerOptions>),
    /// A fleet on this machine
    #[cfg(feature = "nats")]
    #[command(subcommand)]
    Fleet(FleetCommand),
}

#[cfg(feature = "nats")]
#[derive(Debug, Subcommand)]
pub(crate) enum FleetCommand {
    /// Start a NATS server, --runners processes of runners and their controller here, and end all of it with the run
    Up {
        /// The scenario, such as `shop:rush_hour` [default: the only one]
        spec: Option<String>,
        #[command(flatten)]
        of_up: UpOptions,
        #[command(flatten)]
        options: Box<Options>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Run a scenario here, on all cores, until it ends or Ctrl-C
    Test {
        /// The scenario, such as `shop:rush_hour` [default: the only one]
        spec: Option<String>,
        #[command(flatten)]
        options: Box<Options>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JourneyCommand {
    /// Run a journey alone until its data pool is empty or Ctrl-C
    Test {
        /// The journey, such as `shop:sign_in`
        spec: String,
        /// Its data pool; not needed by a journey without arguments
        pool: Option<String>,
        /// Run it as this scenario does: with its data pool, its setup and teardown, and what it sets in the config; its limits are left out
        #[arg(long, value_name = "SPEC")]
        scenario: Option<String>,
        /// How many at once
        #[arg(long, value_name = "N", value_parser = number::count::<u32>, allow_negative_numbers = true, default_value_t = 1)]
        volume: u32,
        #[command(flatten)]
        options: Box<Options>,
    },
    /// Run a journey exactly once and show its messages
    Run {
        /// The journey, such as `shop:sign_in`
        spec: String,
        /// Its data pool; not needed by a journey without arguments
        pool: Option<String>,
        /// Run it as this scenario does: with its data pool, its setup and teardown, and what it sets in the config; its limits are left out
        #[arg(long, value_name = "SPEC")]
        scenario: Option<String>,
        #[command(flatten)]
        look: LookOptions,
        #[command(flatten)]
        options: Box<Options>,
    },
}

impl Command {
    /// Those of a command that runs something.
    fn options(&mut self) -> Option<&mut Options> {
        match self {
            Self::Scenario(ScenarioCommand::Test { options, .. })
            | Self::Journey(
                JourneyCommand::Test { options, .. } | JourneyCommand::Run { options, .. },
            ) => Some(options),
            #[cfg(feature = "nats")]
            Self::Controller { options, .. } | Self::Fleet(FleetCommand::Up { options, .. }) => {
                Some(options)
            }
            _ => None,
        }
    }
}

impl Args {
    /// The whole command line.
    pub(super) fn definition() -> clap::Command {
        let command = Self::command();
        #[cfg(feature = "nats")]
        let command = {
            // Runners elsewhere are so far away that they are asked less often.
            let seldom = |command: clap::Command| {
                command.mut_arg("min_loop_delay", |delay| delay.default_value("50ms"))
            };
            let processes = "How many processes, which share the cores [default: one per core]";
            command
                .mut_subcommand("controller", |controller| {
                    seldom(controller).mut_arg("runners", |runners| runners.hide(true))
                })
                .mut_subcommand("fleet", |fleet| {
                    fleet.mut_subcommand("up", |up| {
                        seldom(up).mut_arg("runners", |runners| runners.help(processes))
                    })
                })
        };
        with_twins(command)
    }

    /// Reads a command line, its first word being the program.
    ///
    /// # Errors
    /// If it is no command line; also for what asks for help or the version.
    pub(super) fn read(
        words: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    ) -> std::result::Result<Self, clap::Error> {
        let mut command = Self::definition();
        let matches = command.try_get_matches_from_mut(words)?;
        let mut args = Self::from_arg_matches(&matches).map_err(|e| e.format(&mut command))?;
        if let Some(options) = args.command.options() {
            options.results.given = given(&command, &matches);
        }
        Ok(args)
    }
}

/// What all commands that run something take.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
    #[command(flatten)]
    pub(crate) run: RunSettings,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) results: ResultOptions,
    #[cfg(feature = "web")]
    #[command(flatten)]
    pub(crate) web: WebOptions,
    #[cfg(feature = "http")]
    #[command(flatten)]
    pub(crate) push: PushOptions,
    #[cfg(feature = "traces")]
    #[command(flatten)]
    pub(crate) traces: TraceOptions,
}

impl Options {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// If a value makes none; the text begins with the option.
    pub(super) fn check(&self) -> Result {
        self.run.check()?;
        self.store.check()?;
        self.results.labels()?;
        #[cfg(feature = "web")]
        self.web.check()?;
        self.limits.thresholds().map(drop)
    }
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Give every message to these `#[processor]`s, separated by commas
    #[arg(long, value_name = "SPEC,…", value_delimiter = ',')]
    message_processors: Vec<String>,
    /// Show the errors of each journey, every two seconds and at the end
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) journey_logging: bool,
    /// Leave out the line of everything every two seconds
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) hide_constant_logs: bool,
    /// Print the benchmark report at the end
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) report: bool,
    /// Show passwords, tokens and the like as they are: in --debugging, journey run and messages
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) show_secrets: bool,
    /// Show lines and a bar instead of the full-screen terminal
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) no_tui: bool,
    /// Draw the full-screen terminal with ASCII alone [default: if the locale is not UTF-8]
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) ascii: bool,
    /// How much is logged
    #[arg(long, value_name = "LEVEL", default_value = "info", value_enum, ignore_case = true)]
    pub(crate) log_level: Level,
}

impl OutputOptions {
    /// The specs of message processors.
    pub(super) fn message_processors(&self) -> Vec<String> {
        list::names(&self.message_processors)
    }
}

#[cfg(test)]
pub(crate) mod tests;
