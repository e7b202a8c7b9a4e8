//! Which journeys are traced.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use mite_core::error::{Error, Result};
use mite_core::extend::{Spans, TraceSampling};

#[cfg(feature = "nats")]
use super::push::OF_ENVIRONMENT;
#[cfg(feature = "nats")]
use crate::fleet::Traces;
use crate::push::{Environment, TraceOutput};

#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Traces")]
pub(crate) struct TraceOptions {
    /// Trace this share of journeys, such as 1% or 0.01, and push their spans by OTLP over HTTP as JSON, where --otlp goes [default: with --otlp, what OTEL_TRACES_SAMPLER says]
    ///
    /// Their requests have a `traceparent`, by which the service's spans become a part of
    /// the trace. OTEL_TRACES_SAMPLER and _ARG, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, _HEADERS
    /// and _TIMEOUT are read.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    trace_sample: Option<f64>,
    /// Send a `traceparent` with requests of journeys that are not traced, too, saying that they are not sampled
    #[arg(long, requires = "trace_sample")]
    trace_unsampled: bool,
}

impl TraceOptions {
    /// Refuses to trace journeys of runners elsewhere.
    ///
    /// # Errors
    /// If it is asked for.
    #[cfg(feature = "nats")]
    pub(super) fn refuse_elsewhere(&self) -> Result {
        match self.trace_sample {
            None => Ok(()),
            Some(_) => Err(Error::new(
                "--trace-sample: a controller runs no journeys; give it, and where --otlp goes, to each `runner`",
            )),
        }
    }

    /// What a process of runners is given to trace its journeys like that; `otlp` as it was typed.
    #[cfg(feature = "nats")]
    pub(super) fn words(&self, otlp: Option<Option<&str>>) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(share) = self.trace_sample {
            words.extend(["--trace-sample".to_owned(), share.to_string()]);
        }
        words.extend(self.trace_unsampled.then(|| "--trace-unsampled".to_owned()));
        // One that is in the environment, which may hold credentials, is on no command line.
        let inherited = std::env::var("MITE_OTLP").ok();
        if let Some(to) = otlp.filter(|to| inherited.as_deref() != Some(to.unwrap_or_default())) {
            words.push("--otlp".to_owned());
            words.extend(to.map(str::to_owned));
        }
        words
    }

    /// Where spans go and what sends them, if journeys are traced; `otlp` as it was typed.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(super) fn output(
        &self,
        otlp: Option<Option<&str>>,
        environment: &Environment,
    ) -> Result<Option<(Arc<Spans>, TraceOutput)>> {
        let share = match self.trace_sample {
            Some(share) => Some(share),
            None if otlp.is_some() => of_environment(environment)?,
            None => None,
        };
        let Some(share) = share else { return Ok(None) };
        let sampling = TraceSampling { share, tells_unsampled: self.trace_unsampled };
        // Traces of two runs with one seed are of two.
        let spans = Arc::new(Spans::new(sampling, RandomState::new().hash_one(0)));
        let output = TraceOutput::new(spans.clone(), otlp.flatten(), environment)?;
        Ok(Some((spans, output)))
    }
}

/// What a process of runners takes of it: its own journeys are traced.
#[cfg(feature = "nats")]
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Traces")]
pub(crate) struct RunnerTraceOptions {
    #[command(flatten)]
    traces: TraceOptions,
    /// Push the spans to this address, or, without one, to OTEL_EXPORTER_OTLP_ENDPOINT or http://localhost:4318
    #[arg(long, value_name = "URL", hide_env_values = true, num_args = 0..=1, default_missing_value = OF_ENVIRONMENT)]
    otlp: Option<String>,
}

#[cfg(feature = "nats")]
impl RunnerTraceOptions {
    /// Where spans go and what sends them, if journeys are traced.
    ///
    /// # Errors
    /// If a setting makes no sense; the text names it.
    pub(super) fn traces(&self) -> Result<Option<Traces>> {
        let otlp = self.otlp.as_deref().map(|url| Some(url).filter(|url| *url != OF_ENVIRONMENT));
        let environment = Environment::of(std::env::vars_os());
        let traces = self.traces.output(otlp, &environment)?;
        Ok(traces.map(|(spans, output)| Traces::new(spans, output)))
    }
}

/// As the specification of OpenTelemetry's variables has it.
fn of_environment(environment: &Environment) -> Result<Option<f64>> {
    let Some(sampler) = environment.first(&["OTEL_TRACES_SAMPLER"]) else { return Ok(None) };
    match sampler.strip_prefix("parentbased_").unwrap_or(sampler) {
        "always_on" => Ok(Some(1.0)),
        "always_off" => Ok(None),
        "traceidratio" => {
            let Some(ratio) = environment.first(&["OTEL_TRACES_SAMPLER_ARG"]) else {
                return Ok(Some(1.0));
            };
            let share = share(ratio);
            share.map(Some).map_err(|why| Error::new(format!("OTEL_TRACES_SAMPLER_ARG {why}")))
        }
        other => Err(Error::new(format!(
            "OTEL_TRACES_SAMPLER `{other}` is not known; set it to always_on, always_off or traceidratio, or give --trace-sample"
        ))),
    }
}

/// `1%` or `0.01`.
fn share(text: &str) -> std::result::Result<f64, String> {
    let wrong = || format!("`{text}` is no share; write 1%, or 0.01 for the same");
    let (number, whole) = match text.trim().strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text.trim(), 1.0),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    match number / whole {
        share if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}` is not between 0 and 100 %")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::of(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    #[test]
    fn a_share_is_in_percent_or_not() {
        for (text, expected) in [("1%", 0.01), (" 12.5 % ", 0.125), ("0.01", 0.01), ("1", 1.0)] {
            assert_eq!(share(text), Ok(expected), "{text}");
        }
        assert_eq!(
            share("1 in 7").unwrap_err(),
            "`1 in 7` is no share; write 1%, or 0.01 for the same"
        );
        for text in ["101%", "-1%", "2", "NaN"] {
            assert_eq!(share(text).unwrap_err(), format!("`{text}` is not between 0 and 100 %"));
        }
    }

    #[test]
    fn the_environment_says_it_where_nobody_typed_it() {
        let of = |pairs: &[_]| of_environment(&environment(pairs));
        assert_eq!(of(&[]).unwrap(), None);
        for (sampler, expected) in [
            ("always_on", Some(1.0)),
            ("parentbased_always_on", Some(1.0)),
            ("always_off", None),
            ("traceidratio", Some(1.0)),
        ] {
            assert_eq!(of(&[("OTEL_TRACES_SAMPLER", sampler)]).unwrap(), expected, "{sampler}");
        }
        let ratio = |arg| {
            [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", arg)]
        };
        assert_eq!(of(&ratio("0.25")).unwrap(), Some(0.25));
        let error = of(&ratio("some")).unwrap_err();
        assert_eq!(
            error.text(),
            "OTEL_TRACES_SAMPLER_ARG `some` is no share; write 1%, or 0.01 for the same"
        );
        let error = of(&[("OTEL_TRACES_SAMPLER", "jaeger_remote")]).unwrap_err();
        assert!(error.text().starts_with("OTEL_TRACES_SAMPLER `jaeger_remote` is not known"));
    }
}
