//! What shows a run, by its options.

use std::path::PathBuf;
use std::sync::Arc;

use mite_core::config::Config;
use mite_core::error::Result;
use mite_core::extend::Spans;

use super::args::Options;
use super::watched::Watched;
use crate::output::{Next, Output, ReportOutput, ResultsOutput, RunControl, SummaryOutput};
#[cfg(feature = "web")]
use crate::{
    output::LiveRun,
    page,
    web::{Web, WebOutput},
};

/// The run that is shown.
pub(super) struct RunToShow<'a> {
    pub(super) test: &'a str,
    pub(super) config: &'a Config,
    pub(super) control: &'a RunControl,
    /// The words of its command, without options: those may hold secrets.
    pub(super) words: &'a [String],
    /// Whether every message is printed.
    pub(super) show_messages: bool,
}

/// What shows a run.
pub(super) struct Shown {
    /// In the order in which they finish.
    pub(super) outputs: Vec<Box<dyn Output>>,
    /// Where spans of journeys go that are traced, if any are.
    pub(super) spans: Option<Arc<Spans>>,
    /// What is served, and may be looked at when the run has ended.
    #[cfg(feature = "web")]
    pub(super) web: Option<Web>,
}

impl Shown {
    /// What the options ask for, behind `first`. Its ports and files are taken now.
    ///
    /// # Errors
    /// If one cannot be had, or an option makes no sense; the text names the option.
    pub(super) fn of(
        run: &RunToShow<'_>,
        options: &Options,
        first: Vec<Box<dyn Output>>,
    ) -> Result<Self> {
        let Options { output, limits, results, .. } = options;
        let mut outputs = first;
        #[cfg(feature = "web")]
        let live = options.web.web_address.is_some().then(LiveRun::default);
        #[cfg(not(feature = "web"))]
        let live = None;
        #[cfg(feature = "web")]
        let serves = {
            let page = live.as_ref().map(|live| page::routes(run.test, live, run.control));
            options.web.output(&results.labels()?, page.unwrap_or_default())?
        };
        #[cfg(feature = "web")]
        let page = serves.as_ref().and_then(WebOutput::page);
        #[cfg(not(feature = "web"))]
        let page = None;
        // First, so that the screen and the bar are gone before the summary is printed.
        let (debugging, control) = (options.run.debugging, run.control);
        let watched = Watched { output, debugging, control, page };
        outputs.extend(watched.outputs(run.show_messages));
        let next = Next {
            again: again(run.words),
            results: results.json.clone(),
            report: results.html.clone(),
        };
        outputs.push(Box::new(SummaryOutput { errors_per_journey: output.journey_logging, next }));
        if output.report {
            outputs.push(Box::new(ReportOutput { percentiles: limits.percentiles()? }));
        }
        #[cfg(feature = "http")]
        outputs.extend({
            #[cfg(feature = "web")]
            let most = options.web.metrics_series;
            #[cfg(not(feature = "web"))]
            let most = crate::metrics::MetricSettings::MOST;
            options.push.outputs(&results.labels()?, most)?
        });
        #[cfg(feature = "traces")]
        let spans = {
            let environment = crate::push::Environment::of(std::env::vars_os());
            let traces = options.traces.output(options.push.otlp(), &environment)?;
            traces.map(|(spans, output)| {
                outputs.push(Box::new(output));
                spans
            })
        };
        #[cfg(not(feature = "traces"))]
        let spans = None;
        #[cfg(feature = "web")]
        let web = serves.as_ref().map(WebOutput::web);
        #[cfg(feature = "web")]
        if let Some(serves) = serves {
            outputs.push(Box::new(serves));
        }
        // Last, so that they know whether the others could show theirs.
        let (files, facts) = (results.files()?, results.facts(run.config)?);
        if let Some(results) = ResultsOutput::new(files, facts, live) {
            outputs.push(Box::new(results));
        }
        Ok(Self {
            outputs,
            spans,
            #[cfg(feature = "web")]
            web,
        })
    }
}

/// The command line that runs it again.
fn again(words: &[String]) -> String {
    let program = std::env::args_os().next().map(PathBuf::from);
    let program = program.as_ref().and_then(|path| path.file_name());
    let program = program.map_or("BIN".into(), |name| name.to_string_lossy());
    format!("{program} {}", words.join(" "))
}
