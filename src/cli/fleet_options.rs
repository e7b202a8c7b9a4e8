//! What the commands of a fleet take.

use std::time::Duration;

use clap::builder::BoolishValueParser;

use super::files::StoreOptions;
use super::nats::NatsOptions;
#[cfg(feature = "traces")]
use super::traces::RunnerTraceOptions;
use crate::terminal::log::Level;
use crate::typed::{duration, number};

/// What a run over several processes takes besides what every run does.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Fleet")]
pub(crate) struct FleetOptions {
    /// Start when so many runners have come; more may come later
    #[arg(long, value_name = "N", value_parser = number::count::<u32>, allow_negative_numbers = true, default_value_t = 1)]
    pub(crate) min_runners: u32,
    /// How long they are waited for; and how long a run goes on without any
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) wait: Duration,
    /// A runner that was not heard for that long is lost, and what it held goes to others
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) runner_timeout: Duration,
}

/// What `fleet up` takes besides what every run does.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Fleet")]
pub(crate) struct UpOptions {
    /// A runner that was not heard for that long is lost, and what it held goes to others
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) runner_timeout: Duration,
}

/// What `runner` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RunnerOptions {
    #[command(flatten)]
    pub(crate) nats: NatsOptions,
    /// How many runners, each a thread with a core's worth of load [default: one per core]
    #[arg(long, value_name = "N", value_parser = number::count::<usize>, allow_negative_numbers = true)]
    pub(crate) runners: Option<usize>,
    /// How long a controller is waited for [default: for ever]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) wait: Option<Duration>,
    /// Take part in one run after another; a controller or a server that is lost is waited for
    #[arg(long, value_parser = BoolishValueParser::new(), conflicts_with = "wait")]
    pub(crate) forever: bool,
    /// Give every message of its journeys to these `#[processor]`s, separated by commas
    #[arg(long, value_name = "SPEC,…", value_delimiter = ',')]
    pub(crate) message_processors: Vec<String>,
    /// Show passwords, tokens and the like as they are
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) show_secrets: bool,
    /// How much is logged
    #[arg(long, value_name = "LEVEL", default_value = "info", value_enum, ignore_case = true)]
    pub(crate) log_level: Level,
    #[command(flatten)]
    pub(crate) store: StoreOptions,
    #[cfg(feature = "traces")]
    #[command(flatten)]
    pub(crate) traces: RunnerTraceOptions,
}
