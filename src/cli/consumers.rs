//! `collector`, `recorder` and `receiver`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::BoolishValueParser;
use mite_core::error::{Error, Result};
use mite_core::event_loop::EventLoop;
use mite_core::registry::Registry;

use super::exit::Exit;
use super::nats::NatsOptions;
use crate::consumers::{self, Consume, Outcome};
use crate::listener::Listener;
use crate::run::build;
use crate::run::processors::ProcessorListener;
use crate::store::{Collector, CollectorSettings};
use crate::terminal::log::{self, Level};
use crate::terminal::{console, logger};
use crate::typed::{list, number};

/// What `collector` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct CollectorOptions {
    #[command(flatten)]
    common: Common,
    /// Collect messages in files here
    #[arg(long, value_name = "DIR", default_value = "collector_data")]
    collector_dir: PathBuf,
    /// How many messages one file holds
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = number::count::<u64>, allow_negative_numbers = true)]
    collector_roll: u64,
    /// Collect only messages of these types, such as `txn,http_metrics` [default: all]
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    collector_filter: Vec<String>,
    /// Collect lines of JSON instead of msgpack
    #[arg(long, value_parser = BoolishValueParser::new())]
    collector_use_json: bool,
}

/// What `recorder` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RecorderOptions {
    #[command(flatten)]
    common: Common,
    /// Where records go, one file for each name
    #[arg(long, value_name = "DIR", default_value = "recorder_data")]
    recorder_dir: PathBuf,
}

/// What `receiver` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReceiverOptions {
    /// Message processors, such as `my_tests:slow_ones`
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<String>,
    #[command(flatten)]
    common: Common,
}

/// What all that take something of a run take.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Common {
    #[command(flatten)]
    pub(super) nats: NatsOptions,
    /// How much is logged
    #[arg(long, value_name = "LEVEL", default_value = "info", value_enum, ignore_case = true)]
    log_level: Level,
}

impl Common {
    pub(super) fn start(&self) -> Result {
        log::set_level(self.log_level);
        logger::install(self.log_level);
        console::start().map_err(Into::into)
    }
}

/// Collects every message of a run.
pub(super) fn collector(options: CollectorOptions) -> Result<ExitCode> {
    let common = &options.common;
    let connect = common.nats.connect("collector")?;
    if options.collector_roll == 0 {
        return Err(Error::new("--collector-roll 0 would hold nothing; give 1 or more"));
    }
    let settings = CollectorSettings {
        directory: options.collector_dir,
        roll: options.collector_roll,
        kinds: list::names(&options.collector_filter),
        json: options.collector_use_json,
    };
    common.start()?;
    let collector = match Collector::new(settings) {
        Ok(collector) => collector,
        Err(error) => return Ok(lost(&error)),
    };
    let interest = collector.interest();
    end(consumers::consume(Consume {
        connect,
        run: common.nats.run_name.clone(),
        group: "collector".to_owned(),
        does: "collecting",
        interest,
        listeners: vec![Box::new(collector)],
    }))
}

/// Gives every message of a run to processors.
pub(super) fn receiver(registry: &Registry, options: ReceiverOptions) -> Result<ExitCode> {
    let common = &options.common;
    let connect = common.nats.connect("receiver")?;
    let processors = build::processors(registry, &options.specs)?;
    common.start()?;
    let names: Vec<_> = processors.iter().map(|(name, _)| name.replace(':', "-")).collect();
    let listeners = processors.into_iter().map(|(name, processor)| {
        Box::new(ProcessorListener::new(name, processor)) as Box<dyn Listener>
    });
    end(consumers::consume(Consume {
        connect,
        run: common.nats.run_name.clone(),
        group: format!("receiver-{}", names.join("-")),
        does: "processing",
        interest: mite_core::message::Interest::Everything,
        listeners: listeners.collect(),
    }))
}

/// Writes the records of a run.
pub(super) fn recorder(options: RecorderOptions) -> Result<ExitCode> {
    let common = &options.common;
    let connect = common.nats.connect("recorder")?;
    common.start()?;
    if let Err(error) = crate::store::Recorder::check(&options.recorder_dir) {
        return Ok(lost(&error));
    }
    let run = common.nats.run_name.clone();
    end(consumers::record(connect, run, &options.recorder_dir))
}

fn lost(error: &Error) -> ExitCode {
    console::note(format_args!("error: {error}"));
    Exit::Infrastructure.into()
}

/// Runs it to its end, and says how it went: `1` if messages were missed, `4` if something
/// was lost that was to be kept.
pub(super) fn end(consuming: impl Future<Output = Result<Outcome>>) -> Result<ExitCode> {
    let outcome = match EventLoop::new()?.run(consuming) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(lost(&error)),
    };
    if let Some(signal) = outcome.cut {
        return Ok(ExitCode::from(128 + signal));
    }
    outcome.notes.iter().for_each(|note| log::log(Level::Info, note));
    outcome.faults.iter().for_each(|fault| console::note(format_args!("error: {fault}")));
    Ok(match (outcome.faults.is_empty(), outcome.is_lost) {
        (_, true) => Exit::Infrastructure.into(),
        (true, false) => Exit::Passed.into(),
        (false, false) => ExitCode::from(1),
    })
}
