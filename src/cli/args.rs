//! What can be typed. Checked values are made of it in `settings`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Parser, Subcommand};

use super::{duration, number};
use crate::output::log::Level;

/// Load tests, run from this binary.
#[derive(Debug, Parser)]
#[command(version, about, subcommand_required = true, arg_required_else_help = false)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show every journey, data pool, scenario, config and message processor
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
        #[arg(long, env = "MITE_PRETTIFY_TIMESTAMPS", value_parser = BoolishValueParser::new())]
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
    /// Run scenarios
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Run single journeys
    #[command(subcommand)]
    Journey(JourneyCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Run a scenario here, on all cores, until it ends or Ctrl-C
    Test {
        /// The scenario, such as `shop:rush_hour`
        spec: String,
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
        /// How many at once
        #[arg(long, value_name = "N", env = "MITE_VOLUME", value_parser = number::count::<u32>, allow_negative_numbers = true, default_value_t = 1)]
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
        #[command(flatten)]
        options: Box<Options>,
    },
}

/// What all commands that run something take.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) config: ConfigOptions,
    #[command(flatten)]
    pub(crate) run: RunOptions,
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Config")]
pub(crate) struct ConfigOptions {
    /// Set `key` to `value`, over all other sources; may be repeated
    #[arg(long, value_name = "KEY:VALUE", env = "MITE_ADD_TO_CONFIG", hide_env_values = true)]
    pub(crate) add_to_config: Vec<String>,
    /// Take the config from this `#[config]` function and not from the environment
    #[arg(long, value_name = "SPEC", env = "MITE_CONFIG")]
    pub(crate) config: Option<String>,
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunOptions {
    /// How many runners, each a thread with a core's worth of load [default: one per core]
    #[arg(long, value_name = "N", env = "MITE_RUNNERS", value_parser = number::count::<usize>, allow_negative_numbers = true)]
    pub(crate) runners: Option<usize>,
    /// End after this time, such as 10s or 1h30m [default: when the scenario ends]
    #[arg(long, value_name = "TIME", env = "MITE_DURATION", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Repeat the random choices of the run that showed this seed [default: random]
    #[arg(long, value_name = "N", env = "MITE_SEED", value_parser = number::from_zero::<u64>, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// How many journeys more at once, per second, over all runners
    #[arg(long, value_name = "RATE", env = "MITE_SPAWN_RATE", value_parser = number::real, allow_negative_numbers = true, default_value_t = 1000.0)]
    pub(crate) spawn_rate: f64,
    /// How often volumes are asked for and runners report
    #[arg(long, value_name = "TIME", env = "MITE_MAX_LOOP_DELAY", default_value = "1s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_loop_delay: Duration,
    /// How long a runner waits at least before it reports again, and gets some thousand items of data
    #[arg(long, value_name = "TIME", env = "MITE_MIN_LOOP_DELAY", default_value = "1ms", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) min_loop_delay: Duration,
    /// Wait before the test begins
    #[arg(long, value_name = "TIME", env = "MITE_DELAY_START_SECONDS", default_value = "0s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) delay_start_seconds: Duration,
    /// How many journeys at once one runner takes at most [default: no limit]
    #[arg(long, value_name = "N", env = "MITE_RUNNER_MAX_JOURNEYS", value_parser = number::count::<u32>, allow_negative_numbers = true)]
    pub(crate) runner_max_journeys: Option<u32>,
    /// How long journeys may take to finish once the test is over
    #[arg(long, value_name = "TIME", env = "MITE_GRACEFUL_STOP", default_value = "30s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) graceful_stop: Duration,
    /// Stop at the first failure and show everything about it
    #[arg(long, env = "MITE_DEBUGGING", value_parser = BoolishValueParser::new())]
    pub(crate) debugging: bool,
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputOptions {
    /// Give every message to these `#[processor]`s, separated by commas
    #[arg(long, value_name = "SPEC,…", env = "MITE_MESSAGE_PROCESSORS", value_delimiter = ',')]
    pub(crate) message_processors: Vec<String>,
    /// Show the errors of each journey too
    #[arg(long, env = "MITE_JOURNEY_LOGGING", value_parser = BoolishValueParser::new())]
    pub(crate) journey_logging: bool,
    /// Leave out the line every two seconds
    #[arg(long, env = "MITE_HIDE_CONSTANT_LOGS", value_parser = BoolishValueParser::new())]
    pub(crate) hide_constant_logs: bool,
    /// Print the benchmark report at the end
    #[arg(long, env = "MITE_REPORT", value_parser = BoolishValueParser::new())]
    pub(crate) report: bool,
    /// How much is logged
    #[arg(
        long,
        value_name = "LEVEL",
        env = "MITE_LOG_LEVEL",
        default_value = "info",
        value_enum,
        ignore_case = true
    )]
    pub(crate) log_level: Level,
}

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub(crate) struct StoreOptions {
    /// Where what journeys record goes, one file for each name; made when needed
    /// [default: recorder_data]
    ///
    /// A record is handed to the operating system within milliseconds, survives
    /// whatever kills mite from then on, and is synchronised with the disk at the
    /// end. The run ends, with exit code 4, if one cannot be written.
    #[arg(long, value_name = "DIR", env = "MITE_RECORDER_DIR")]
    pub(crate) recorder_dir: Option<PathBuf>,
    /// Collect every message in files here [default: none are collected]
    #[arg(long, value_name = "DIR", env = "MITE_COLLECTOR_DIR")]
    pub(crate) collector_dir: Option<PathBuf>,
    /// How many messages one file of collected messages holds [default: 100000]
    #[arg(long, value_name = "N", env = "MITE_COLLECTOR_ROLL", value_parser = number::count::<u64>, allow_negative_numbers = true)]
    pub(crate) collector_roll: Option<u64>,
    /// Collect only messages of these types, such as `txn,http_metrics` [default: all]
    #[arg(long, value_name = "TYPE,…", env = "MITE_COLLECTOR_FILTER", value_delimiter = ',')]
    pub(crate) collector_filter: Vec<String>,
    /// Collect lines of JSON instead of msgpack
    #[arg(long, env = "MITE_COLLECTOR_USE_JSON", value_parser = BoolishValueParser::new())]
    pub(crate) collector_use_json: bool,
}

#[derive(Clone, Debug, clap::Args)]
#[command(
    next_help_heading = "Limits (a value above its limit fails the run: exit code 1; 0 is no limit, except for errors)"
)]
pub(crate) struct LimitOptions {
    /// How many errors are allowed
    #[arg(long, value_name = "N", env = "MITE_MAX_ERRORS_THRESHOLD", value_parser = number::from_zero::<u64>, allow_negative_numbers = true, default_value_t = 0)]
    pub(crate) max_errors_threshold: u64,
    /// Longest response time, in milliseconds
    #[arg(long, value_name = "MS", env = "MITE_MAX_RESPONSE_TIME_THRESHOLD", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) max_response_time_threshold: f64,
    /// Mean response time, in milliseconds
    #[arg(long, value_name = "MS", env = "MITE_MEAN_RESPONSE_TIME_THRESHOLD", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) mean_response_time_threshold: f64,
    /// Standard deviation of response times, in milliseconds
    #[arg(long, value_name = "MS", env = "MITE_STANDARD_DEVIATION_RESPONSE_TIME_THRESHOLD", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_response_time_threshold: f64,
    /// Standard deviation of requests per second
    #[arg(long, value_name = "RATE", env = "MITE_STANDARD_DEVIATION_REQ_SEC_THRESHOLD", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_req_sec_threshold: f64,
    /// Percentiles of response times, each with its limit in milliseconds
    #[arg(
        long,
        value_name = "P:MS,…",
        env = "MITE_BENCHMARK_PERCENTILES",
        default_value = "50:0,90:0,98:0,99:0"
    )]
    pub(crate) benchmark_percentiles: String,
}

#[cfg(test)]
pub(crate) mod tests;
