//! Checked settings of a run, made of what was typed.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::stats::Thresholds;

use super::args::{LimitOptions, Options, OutputOptions, RunOptions, StoreOptions};
use crate::output::log::Level;
use crate::store::CollectorSettings;

/// Where records go if nobody says otherwise.
const RECORDS: &str = "recorder_data";

/// Messages in a file of collected ones if nobody says otherwise.
const MESSAGES_IN_A_FILE: u64 = 100_000;

/// How a test is run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunSettings {
    /// Threads that run journeys; at least 1.
    pub(crate) runners: usize,
    /// When the test ends; by itself if none.
    pub(crate) duration: Option<Duration>,
    /// For random choices.
    pub(crate) seed: u64,
    /// Journeys more at once, per second, over all runners; above 0.
    pub(crate) spawn_rate: f64,
    /// The length of a window of volume; above zero.
    pub(crate) period: Duration,
    /// How long a runner waits at least before it reports again.
    pub(crate) min_loop_delay: Duration,
    /// The wait before the test begins.
    pub(crate) start_delay: Duration,
    /// Journeys at once that one runner takes at most.
    pub(crate) runner_max_journeys: Option<u32>,
    /// How long journeys may take to finish once the test is over.
    pub(crate) graceful_stop: Duration,
    /// Whether the first failure stops everything.
    pub(crate) debugging: bool,
}

/// What the command line's defaults are, with a seed that repeats.
impl Default for RunSettings {
    fn default() -> Self {
        Self {
            runners: cores(),
            duration: None,
            seed: 0,
            spawn_rate: 1000.0,
            period: Duration::from_secs(1),
            min_loop_delay: Duration::from_millis(1),
            start_delay: Duration::ZERO,
            runner_max_journeys: None,
            graceful_stop: Duration::from_secs(30),
            debugging: false,
        }
    }
}

/// What is shown of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OutputSettings {
    /// Specs of message processors.
    pub(crate) message_processors: Vec<String>,
    /// Whether errors are shown for each journey too.
    pub(crate) journey_logging: bool,
    /// Whether there is no line every two seconds.
    pub(crate) hide_constant_logs: bool,
    /// Whether there is a benchmark report at the end.
    pub(crate) report: bool,
    /// What is logged.
    pub(crate) log_level: Level,
}

/// What is left on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreSettings {
    /// Where records go.
    pub(crate) recorder_directory: PathBuf,
    /// Whether somebody chose that place.
    pub(crate) recorder_is_asked_for: bool,
    /// Which messages are collected, and where; none if not asked for.
    pub(crate) collector: Option<CollectorSettings>,
}

/// Everything that was typed, checked, but for the config of the test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) run: RunSettings,
    pub(crate) output: OutputSettings,
    pub(crate) store: StoreSettings,
    pub(crate) thresholds: Thresholds,
}

impl Settings {
    /// Checks what was typed.
    ///
    /// # Errors
    /// If a value makes no sense; the text names the option.
    pub(crate) fn of(options: &Options) -> Result<Self> {
        Ok(Self {
            run: run(&options.run)?,
            output: output(&options.output),
            store: store(&options.store)?,
            thresholds: thresholds(&options.limits)?,
        })
    }
}

fn run(o: &RunOptions) -> Result<RunSettings> {
    if o.runners == Some(0) {
        return Err(Error::new("--runners 0 would run nothing; give 1 or more"));
    }
    if o.spawn_rate.is_nan() || o.spawn_rate <= 0.0 {
        return Err(Error::new(format!(
            "--spawn-rate {} would start nothing; give a number above 0, or inf for no limit",
            o.spawn_rate
        )));
    }
    if o.max_loop_delay.is_zero() {
        return Err(Error::new("--max-loop-delay must be above zero, such as 1s"));
    }
    if o.min_loop_delay > o.max_loop_delay {
        return Err(Error::new(format!(
            "--min-loop-delay {:?} is above --max-loop-delay {:?}; lower the one or raise the other",
            o.min_loop_delay, o.max_loop_delay
        )));
    }
    if o.duration.is_some_and(|d| d.is_zero()) {
        return Err(Error::new("--duration 0 would run nothing; give a time such as 10s"));
    }
    if o.runner_max_journeys == Some(0) {
        return Err(Error::new("--runner-max-journeys 0 would run nothing; give 1 or more"));
    }
    Ok(RunSettings {
        runners: o.runners.unwrap_or_else(cores),
        duration: o.duration,
        seed: o.seed.unwrap_or_else(random_seed),
        spawn_rate: o.spawn_rate,
        period: o.max_loop_delay,
        min_loop_delay: o.min_loop_delay,
        start_delay: o.delay_start_seconds,
        runner_max_journeys: o.runner_max_journeys,
        graceful_stop: o.graceful_stop,
        debugging: o.debugging,
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Short enough to be typed again.
fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000_000
}

fn output(o: &OutputOptions) -> OutputSettings {
    let specs = o.message_processors.iter().map(|spec| spec.trim());
    OutputSettings {
        message_processors: specs.filter(|spec| !spec.is_empty()).map(str::to_owned).collect(),
        journey_logging: o.journey_logging,
        hide_constant_logs: o.hide_constant_logs,
        report: o.report,
        log_level: o.log_level,
    }
}

fn store(o: &StoreOptions) -> Result<StoreSettings> {
    if o.collector_roll == Some(0) {
        return Err(Error::new("--collector-roll 0 would hold nothing; give 1 or more"));
    }
    let kinds = o.collector_filter.iter().map(|kind| kind.trim());
    let kinds: Vec<_> = kinds.filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    if kinds.is_empty() && !o.collector_filter.is_empty() {
        return Err(Error::new(
            "--collector-filter names no type of message; name some, such as txn,http_metrics, or leave it out to collect all",
        ));
    }
    let says_how = o.collector_use_json || o.collector_roll.is_some() || !kinds.is_empty();
    if o.collector_dir.is_none() && says_how {
        return Err(Error::new(
            "nothing is collected without a directory; name one with --collector-dir",
        ));
    }
    Ok(StoreSettings {
        recorder_directory: o.recorder_dir.clone().unwrap_or_else(|| RECORDS.into()),
        recorder_is_asked_for: o.recorder_dir.is_some(),
        collector: o.collector_dir.clone().map(|directory| CollectorSettings {
            directory,
            roll: o.collector_roll.unwrap_or(MESSAGES_IN_A_FILE),
            kinds,
            json: o.collector_use_json,
        }),
    })
}

fn thresholds(o: &LimitOptions) -> Result<Thresholds> {
    Ok(Thresholds {
        errors: o.max_errors_threshold,
        max_response_time: limit("max-response-time", o.max_response_time_threshold)?,
        mean_response_time: limit("mean-response-time", o.mean_response_time_threshold)?,
        deviation_of_response_time: limit(
            "standard-deviation-response-time",
            o.standard_deviation_response_time_threshold,
        )?,
        deviation_of_request_rate: above_zero(
            "--standard-deviation-req-sec-threshold",
            o.standard_deviation_req_sec_threshold,
        )?,
        percentiles: percentiles(&o.benchmark_percentiles)?,
    })
}

fn limit(option: &str, milliseconds: f64) -> Result<Option<Duration>> {
    let option = format!("--{option}-threshold");
    above_zero(&option, milliseconds)?.map(|ms| time(&option, ms)).transpose()
}

fn time(option: &str, milliseconds: f64) -> Result<Duration> {
    Duration::try_from_secs_f64(milliseconds / 1e3).map_err(|_| {
        Error::new(format!("{option} {milliseconds} is more milliseconds than there are"))
    })
}

fn above_zero(option: &str, value: f64) -> Result<Option<f64>> {
    if value.is_nan() || value < 0.0 {
        return Err(Error::new(format!(
            "{option} {value} is not a limit; give a number above 0, or 0 for no limit"
        )));
    }
    Ok((value > 0.0).then_some(value))
}

/// `50:0,99.9:300`: percentile and limit in milliseconds.
fn percentiles(text: &str) -> Result<Vec<(f64, Option<Duration>)>> {
    const OPTION: &str = "--benchmark-percentiles";
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let wrong = || {
                Error::new(format!(
                    "{OPTION}: `{part}` is not PERCENTILE:MILLISECONDS; write 99:300, or 99:0 for no limit"
                ))
            };
            let (p, ms) = part.split_once(':').ok_or_else(wrong)?;
            let p: f64 = p.trim().parse().map_err(|_| wrong())?;
            let ms: f64 = ms.trim().parse().map_err(|_| wrong())?;
            if !(0.0..=100.0).contains(&p) {
                return Err(Error::new(format!(
                    "{OPTION}: `{part}`: a percentile is between 0 and 100"
                )));
            }
            let limit = above_zero(&format!("{OPTION} {p}:"), ms)?;
            Ok((p, limit.map(|ms| time(OPTION, ms)).transpose()?))
        })
        .collect()
}
