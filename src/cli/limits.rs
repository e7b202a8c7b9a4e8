//! The limits of a test, as they are typed.

use mite_core::error::{Error, Result};
use mite_core::stats::{LIMITED, Statistic, Subject, Threshold, Unit};

use crate::typed::number;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits (one that is not kept fails the run: exit code 1)")]
pub(crate) struct LimitOptions {
    /// What must hold, such as 'http p99 {transaction="Log in"} < 300ms', 'errors rate < 0.1%' or 'journeys rate > 480/s over 10s abort after 30s'; may be repeated, and in the variable have a line each
    #[arg(long, value_name = "LIMIT")]
    pub(crate) threshold: Vec<String>,
    /// How many errors are allowed: 'errors count <= N' [default: 0, unless a threshold is on errors]
    #[arg(long, value_name = "N", value_parser = number::from_zero::<u64>, allow_negative_numbers = true)]
    pub(crate) max_errors_threshold: Option<u64>,
    /// Longest response time in milliseconds: 'http max <= MSms'; 0 is no limit
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) max_response_time_threshold: f64,
    /// Mean response time in milliseconds: 'http mean <= MSms'; 0 is no limit
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) mean_response_time_threshold: f64,
    /// Standard deviation of response times in milliseconds: 'http stddev <= MSms'; 0 is no limit
    #[arg(long, value_name = "MS", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_response_time_threshold: f64,
    /// Standard deviation of requests per second: 'http rate_stddev <= RATE/s'; 0 is no limit
    #[arg(long, value_name = "RATE", value_parser = number::real, allow_negative_numbers = true, default_value_t = 0.0)]
    pub(crate) standard_deviation_req_sec_threshold: f64,
    /// Percentiles that --report shows, each with its limit in milliseconds: 'http pP <= MSms'; 0 is no limit
    #[arg(long, value_name = "P:MS,…", default_value = "50:0,90:0,98:0,99:0")]
    pub(crate) benchmark_percentiles: String,
}

impl LimitOptions {
    /// What must hold.
    ///
    /// # Errors
    /// If something is no limit; the text names the option.
    pub(super) fn thresholds(&self) -> Result<Vec<Threshold>> {
        let mut limits = Vec::new();
        limits.extend(self.max_errors_threshold.map(|errors| {
            Threshold::at_most(Subject::Errors, Statistic::Count, errors as f64, Unit::Number)
        }));
        for (option, statistic, bound) in [
            ("max-response-time", Statistic::Max, self.max_response_time_threshold),
            ("mean-response-time", Statistic::Mean, self.mean_response_time_threshold),
            (
                "standard-deviation-response-time",
                Statistic::Deviation,
                self.standard_deviation_response_time_threshold,
            ),
        ] {
            let option = format!("--{option}-threshold");
            let bound = above_zero(&option, bound)?;
            limits.extend(bound.map(|ms| time(&option, statistic, ms)).transpose()?);
        }
        for (p, bound) in percentiles(&self.benchmark_percentiles)? {
            let limit = bound.map(|ms| time(PERCENTILES, Statistic::Percentile(p), ms));
            limits.extend(limit.transpose()?);
        }
        let option = "--standard-deviation-req-sec-threshold";
        limits.extend(above_zero(option, self.standard_deviation_req_sec_threshold)?.map(|rate| {
            Threshold::at_most(http(), Statistic::RateDeviation, rate, Unit::PerSecond)
        }));
        limits.extend(self.typed()?);
        Ok(limits)
    }

    /// Percentiles of response times that are shown.
    ///
    /// # Errors
    /// If something is no percentile; the text names the option.
    pub(super) fn percentiles(&self) -> Result<Vec<f64>> {
        Ok(percentiles(&self.benchmark_percentiles)?.into_iter().map(|(p, _)| p).collect())
    }

    /// What was given with `--threshold`; all that is wrong with it is told together.
    fn typed(&self) -> Result<Vec<Threshold>> {
        let texts = self.threshold.iter().flat_map(|text| text.lines());
        let texts = texts.map(str::trim).filter(|text| !text.is_empty());
        let mut limits = Vec::new();
        let mut mistakes = Vec::new();
        for text in texts {
            match Threshold::parse(text) {
                Ok(limit) => limits.push(limit),
                Err(error) => mistakes.push(format!("--threshold: {error}")),
            }
        }
        match mistakes.is_empty() {
            true => Ok(limits),
            false => Err(Error::new(mistakes.join("\n"))),
        }
    }
}

const PERCENTILES: &str = "--benchmark-percentiles";

fn http() -> Subject {
    Subject::Named(LIMITED.to_owned())
}

fn time(option: &str, statistic: Statistic, milliseconds: f64) -> Result<Threshold> {
    if milliseconds > u64::MAX as f64 / 1e6 {
        return Err(Error::new(format!(
            "{option} {milliseconds} is more milliseconds than there are"
        )));
    }
    Ok(Threshold::at_most(http(), statistic, milliseconds * 1e6, Unit::Time))
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
fn percentiles(text: &str) -> Result<Vec<(f64, Option<f64>)>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let wrong = || {
                Error::new(format!(
                    "{PERCENTILES}: `{part}` is not PERCENTILE:MILLISECONDS; write 99:300, or 99:0 for no limit"
                ))
            };
            let (p, ms) = part.split_once(':').ok_or_else(wrong)?;
            let p: f64 = p.trim().parse().map_err(|_| wrong())?;
            let ms: f64 = ms.trim().parse().map_err(|_| wrong())?;
            if !(0.0..=100.0).contains(&p) {
                return Err(Error::new(format!(
                    "{PERCENTILES}: `{part}`: a percentile is between 0 and 100"
                )));
            }
            Ok((p, above_zero(&format!("{PERCENTILES} {p}:"), ms)?))
        })
        .collect()
}
