//! `plan`: what a scenario will do, before a request is sent.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use mite_core::error::{Error, Result};
use mite_core::registry::Registry;

use super::config_sources::{self, ConfigOptions, Sources};
use crate::forecast::Terms;
use crate::run::{self, build};
use crate::terminal::console;
use crate::typed::{duration, number};

/// How a scenario is planned.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PlanOptions {
    /// The scenario, such as `shop:rush_hour` [default: the only one]
    spec: Option<String>,
    /// As JSON, for other programs
    #[arg(long, value_parser = BoolishValueParser::new())]
    json: bool,
    /// How long a journey takes: of closed volumes, how many start follows from that
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    time_per_journey: Option<Duration>,
    /// For how long a journey keeps a core busy, such as 0.25ms: how many runners are needed follows from that
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    cost_per_journey: Option<Duration>,
    /// How many journeys at once one runner takes at most
    #[arg(long, value_name = "N", value_parser = number::count::<u32>, allow_negative_numbers = true)]
    runner_max_journeys: Option<u32>,
    /// End after this time, such as 10s or 1h30m [default: when the scenario ends]
    #[arg(long, value_name = "TIME", value_parser = duration::parse, allow_hyphen_values = true)]
    duration: Option<Duration>,
    /// The seed of the run: how many arrive at random times follows from that
    #[arg(long, value_name = "N", value_parser = number::from_zero::<u64>, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// How often volumes are asked for
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration::parse, allow_hyphen_values = true)]
    max_loop_delay: Duration,
    #[command(flatten)]
    config: ConfigOptions,
}

/// Shows what a scenario will do.
///
/// # Errors
/// If there is no such scenario, or it could not start.
pub(super) fn show(registry: Registry, options: PlanOptions) -> Result {
    options.check()?;
    let PlanOptions { spec, json, config, .. } = &options;
    let Sources { config, .. } = config_sources::load(
        std::env::vars_os(),
        config.config.as_deref(),
        &config.add_to_config,
        &registry,
    )?;
    let entry = registry.scenario_or_only(spec.as_deref())?;
    let scenario = build::scenario(entry, &config)?;
    let terms = options.terms();
    let forecast = run::forecast(entry.meta.display(), registry, scenario, &config, terms)?;
    let shown = match json {
        true => format!("{:#}", forecast.to_json()),
        false => forecast.to_string().trim_end().to_owned(),
    };
    match console::print(shown) {
        // A reader that has gone (`plan | head`) has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        printed => Ok(printed?),
    }
}

impl PlanOptions {
    /// Refuses what makes no sense.
    fn check(&self) -> Result {
        for (option, time) in [
            ("--time-per-journey", self.time_per_journey),
            ("--cost-per-journey", self.cost_per_journey),
            ("--duration", self.duration),
            ("--max-loop-delay", Some(self.max_loop_delay)),
        ] {
            if time.is_some_and(|time| time.is_zero()) {
                return Err(Error::new(format!("{option} must be above zero, such as 1s")));
            }
        }
        if self.runner_max_journeys == Some(0) {
            return Err(Error::new("--runner-max-journeys 0 would run nothing; give 1 or more"));
        }
        Ok(())
    }

    fn terms(&self) -> Terms {
        Terms {
            duration: self.duration,
            seed: self.seed,
            period: self.max_loop_delay,
            time: self.time_per_journey,
            cost: self.cost_per_journey,
            per_runner: self.runner_max_journeys,
        }
    }
}
