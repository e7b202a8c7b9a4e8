//! How a test is run: the options of the command line, and what other programs set.

use std::hash::{BuildHasher, Hasher};
use std::num::NonZero;
use std::time::Duration;

use clap::builder::{BoolishValueParser, NonEmptyStringValueParser};
use mite_core::error::{Error, Result};
use mite_core::stats::Bounds;

use crate::typed::{duration, number};

/// How a test is run. Each field is an option of the command line, declared here
/// and nowhere else: its name, type, default and help.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct RunSettings {
    /// How many runners, each a thread with a core's worth of load [default: one per core]
    #[arg(long, value_name = "N", value_parser = number::count::<usize>, allow_negative_numbers = true, default_value_t = cores(), hide_default_value = true)]
    pub(crate) runners: usize,
    /// End after this time, such as 10s or 1h30m [default: when the scenario ends]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) duration: Option<Duration>,
    /// Count what is meant to start in this time apart from everything else [default: the scenario's, or none]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) warmup: Option<Duration>,
    /// Correct the times of closed lines for coordinated omission, as if each slot had been meant to start every TIME [default: not]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) correct_omission: Option<Duration>,
    /// Repeat the random choices of the run that showed this seed [default: random]
    #[arg(long, value_name = "N", value_parser = number::from_zero::<u64>, allow_negative_numbers = true, default_value_t = random_seed(), hide_default_value = true)]
    pub(crate) seed: u64,
    /// How many journeys more at once, per second, over all runners
    #[arg(long, value_name = "RATE", value_parser = number::real, allow_negative_numbers = true, default_value_t = 1000.0)]
    pub(crate) spawn_rate: f64,
    /// How often volumes are asked for and runners report
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_loop_delay: Duration,
    /// How long a runner waits at least before it reports again, and gets some thousand items of data
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) min_loop_delay: Duration,
    /// Wait before the test begins
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) delay_start_seconds: Duration,
    /// How many journeys at once one runner takes at most [default: no limit]
    #[arg(long, value_name = "N", value_parser = number::count::<u32>, allow_negative_numbers = true)]
    pub(crate) runner_max_journeys: Option<u32>,
    /// An arrival that is later than that is dropped, and counted [default: --max-loop-delay]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_lateness: Option<Duration>,
    /// How long journeys may take to finish once the test is over; then message processors, ten seconds at least
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) graceful_stop: Duration,
    /// How long the scenario's setup may take, and its teardown
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) setup_timeout: Duration,
    /// Go on though nothing succeeds and 1000 journeys have failed in the same way
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) keep_going: bool,
    /// A runner, or an arrival, that is later than that is late; the run is invalid if 1 % are
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_loop_lag: Duration,
    /// A journey that never waits for that long blocks its runner; the run is invalid if that is 1 % of its time
    #[arg(long, value_name = "TIME", default_value = "300ms", value_parser = duration::parse, allow_hyphen_values = true)]
    pub(crate) max_loop_block: Duration,
    /// Let a run pass though its numbers are the generator's own (else exit code 3)
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) allow_invalid: bool,
    /// Let a run pass in which no journey was started, or of whose journeys nothing came
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) allow_empty: bool,
    /// Count requests with another value of this tag apart (`.tag("region", "eu")`): in tables, results and limits; may be repeated
    #[arg(long, value_name = "TAG", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) series_by: Vec<String>,
    /// Stop at the first failure and show everything about it
    #[arg(long, value_parser = BoolishValueParser::new())]
    pub(crate) debugging: bool,
}

/// What the options' defaults are, with a seed that repeats.
impl Default for RunSettings {
    fn default() -> Self {
        #[derive(clap::Parser)]
        struct Alone {
            #[command(flatten)]
            settings: RunSettings,
        }
        let Alone { settings } = clap::Parser::parse_from(["settings"]);
        Self { seed: 0, ..settings }
    }
}

impl RunSettings {
    /// From where on the generator is called ill.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds {
            lag: self.max_loop_lag,
            block: self.max_loop_block,
            allow_invalid: self.allow_invalid,
        }
    }

    /// How late an arrival may start.
    pub(crate) fn max_lateness(&self) -> Duration {
        self.max_lateness.unwrap_or(self.max_loop_delay)
    }

    /// Refuses what would run nothing.
    ///
    /// # Errors
    /// If a value makes no sense; the text begins with the option.
    pub(crate) fn check(&self) -> Result {
        let Self { spawn_rate, max_loop_delay, min_loop_delay, .. } = self;
        let refuse = |text: &str| Err(Error::new(text.to_owned()));
        if self.runners == 0 {
            return refuse("--runners 0 would run nothing; give 1 or more");
        }
        if spawn_rate.is_nan() || *spawn_rate <= 0.0 {
            return refuse(&format!(
                "--spawn-rate {spawn_rate} would start nothing; give a number above 0, or inf for no limit"
            ));
        }
        if max_loop_delay.is_zero() {
            return refuse("--max-loop-delay must be above zero, such as 1s");
        }
        if min_loop_delay > max_loop_delay {
            return refuse(&format!(
                "--min-loop-delay {min_loop_delay:?} is above --max-loop-delay {max_loop_delay:?}; lower the one or raise the other"
            ));
        }
        for (option, bound) in
            [("--max-loop-lag", self.max_loop_lag), ("--max-loop-block", self.max_loop_block)]
        {
            if bound.is_zero() {
                return refuse(&format!("{option} must be above zero, such as 100ms"));
            }
        }
        if self.max_lateness.is_some_and(|lateness| lateness.is_zero()) {
            return refuse(
                "--max-lateness must be above zero, such as 1s: every arrival is a little late",
            );
        }
        if self.setup_timeout.is_zero() {
            return refuse("--setup-timeout must be above zero, such as 60s");
        }
        if self.duration.is_some_and(|d| d.is_zero()) {
            return refuse("--duration 0 would run nothing; give a time such as 10s");
        }
        if self.correct_omission.is_some_and(|interval| interval < Duration::from_millis(1)) {
            return refuse(
                "--correct-omission must be 1ms or longer: how often each slot would have started",
            );
        }
        if self.runner_max_journeys == Some(0) {
            return refuse("--runner-max-journeys 0 would run nothing; give 1 or more");
        }
        Ok(())
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Short enough to be typed again.
fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000_000
}
