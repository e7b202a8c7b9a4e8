//! The limits of a test, as they are typed.

use std::time::Duration;

use mite_core::error::{Error, Result};
use mite_core::stats::Thresholds;

use crate::typed::number;

#[derive(Clone, Debug, clap::Args)]
#[command(
    next_help_heading = "Limits (a value above its limit fails the run: exit code 1; 0 is no limit, except for errors)"
)]
pub(crate) struct LimitOptions {
    /// How many errors are allowed
    #[arg(long, value_name = "N", value_parser = number::from_zero::<u64>, allow_negative_numbers = true, default_value_t = 0)]
    pub(crate) max_errors_threshold: u64,
    /// Longest response time, in milliseconds
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) max_response_time_threshold: f64,
    /// Mean response time, in milliseconds
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) mean_response_time_threshold: f64,
    /// Standard deviation of response times, in milliseconds
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_response_time_threshold: f64,
    /// Standard deviation of requests per second
    #[arg(long, value_name = "RATE", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_req_sec_threshold: f64,
    /// Percentiles of response times, each with its limit in milliseconds
    #[arg(long, value_name = "P:MS,…", default_value = "50:0,90:0,98:0,99:0")]
    pub(crate) benchmark_percentiles: String,
}

impl LimitOptions {
    /// What must not be exceeded.
    ///
    /// # Errors
    /// If a value is no limit; the text names the option.
    pub(super) fn thresholds(&self) -> Result<Thresholds> {
        Ok(Thresholds {
            errors: self.max_errors_threshold,
            max_response_time: limit("max-response-time", self.max_response_time_threshold)?,
            mean_response_time: limit("mean-response-time", self.mean_response_time_threshold)?,
            deviation_of_response_time: limit(
                "standard-deviation-response-time",
                self.standard_deviation_response_time_threshold,
            )?,
            deviation_of_request_rate: above_zero(
                "--standard-deviation-req-sec-threshold",
                self.standard_deviation_req_sec_threshold,
            )?,
            percentiles: percentiles(&self.benchmark_percentiles)?,
        })
    }
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
