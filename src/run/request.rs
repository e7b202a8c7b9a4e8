//! What is asked of a run, and why there may be none.

use std::sync::Arc;

use mite_core::config::Config;
use mite_core::error::Error;
use mite_core::extend::Spans;
use mite_core::journey::Onlooker;
use mite_core::message::{Message, Processor};
use mite_core::registry::Registry;
use mite_core::scenario::Scenario;
use mite_core::stats::Threshold;
use tokio::sync::mpsc;

use super::background::Background;
use super::settings::RunSettings;
use crate::listener::Listener;
use crate::output::{Output, RunControl};

/// What to run and how.
pub(crate) struct RunRequest {
    /// The spec that was given: messages carry it as `test`.
    pub(crate) test: String,
    pub(crate) registry: Registry,
    pub(crate) scenario: Scenario,
    /// What the scenario's function has started.
    pub(crate) background: Option<Background>,
    pub(crate) config: Config,
    /// Keys of the config that somebody typed: each should be asked for.
    pub(crate) typed: Vec<String>,
    pub(crate) settings: RunSettings,
    /// Its limits.
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) outputs: Vec<Box<dyn Output>>,
    /// What outputs ask of the run.
    pub(crate) control: RunControl,
    pub(crate) processors: Vec<(String, Processor)>,
    /// Whether every message is printed.
    pub(crate) show_messages: bool,
    /// Who listens besides: recorder, collector.
    pub(crate) listeners: Vec<Box<dyn Listener>>,
    /// Looks at every exchange.
    pub(crate) onlooker: Option<Onlooker>,
    /// Where spans of journeys go that are traced, if any are.
    pub(crate) spans: Option<Arc<Spans>>,
    /// Gets every message, for a test to look at.
    pub(crate) capture: Option<mpsc::UnboundedSender<Message>>,
    /// Whether time jumps: everything on one thread, on tokio's paused clock.
    pub(crate) virtual_time: bool,
    /// Whether Ctrl-C ends the test; a test inside another program leaves it alone.
    pub(crate) handle_signals: bool,
}

/// Why there is no run to judge.
#[derive(Debug)]
pub(crate) enum RunError {
    /// What is asked for makes no sense.
    Usage(Error),
    /// It makes sense and cannot be started here.
    Start(Error),
    /// Something that it stands on is not there: a disk, a port.
    Lost(Error),
    /// A signal, whose number this is, came before load was started.
    Cut(u8),
}

impl RunError {
    /// What went wrong.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Usage(error) | Self::Start(error) | Self::Lost(error) => error,
            Self::Cut(_) => Error::new("interrupted before load was started"),
        }
    }
}
