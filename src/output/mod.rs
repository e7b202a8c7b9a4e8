//! What people see of a run. Every output is fed with snapshots and the
//! summary, and knows nothing else of the run: it formats, and computes nothing.

use std::io;
use std::sync::Arc;

use mite_core::stats::{RunInfo, Snapshot, Summary};

pub(crate) mod control;
mod line;
mod outputs;
mod parts;
mod progress;
mod report;
mod results;
mod statistics;
mod summary;
pub(crate) mod table;

#[cfg(any(feature = "nats", feature = "web"))]
pub(crate) use control::Change;
pub(crate) use control::RunControl;
pub(crate) use line::LineOutput;
#[cfg(feature = "nats")]
pub(crate) use line::line as line_of;
pub(crate) use outputs::Outputs;
pub(crate) use progress::ProgressOutput;
pub(crate) use report::ReportOutput;
#[cfg(feature = "web")]
pub(crate) use results::LiveRun;
#[cfg(any(feature = "web", feature = "http"))]
pub(crate) use results::run_id;
pub(crate) use results::{ResultsFiles, ResultsOutput, RunFacts};
pub(crate) use summary::{Next, SummaryOutput};

/// Shows a run. Outputs stand side by side, unaware of each other, each on a thread
/// of its own: one that is slow, stuck or panics costs itself, and nothing else.
pub(crate) trait Output: Send {
    /// What to call it, such as `summary`.
    fn name(&self) -> &'static str;

    /// Whether it keeps what somebody asked to keep. It gets every snapshot then, and
    /// more time at the end; what it could not write is lost, and the run with it.
    fn keeps(&self) -> bool {
        false
    }

    /// Whether it shows each transaction and request: snapshots hold them only then.
    fn shows_series(&self) -> bool {
        true
    }

    /// Whether it is shown what came after the last tick, too; whoever keeps is.
    fn shows_last(&self) -> bool {
        self.keeps()
    }

    /// The run is about to start: what it needs (a file, a port) is taken now.
    ///
    /// # Errors
    /// If that cannot be had; the run does not start then.
    fn start(&mut self, info: &RunInfo) -> mite_core::error::Result {
        let _ = info;
        Ok(())
    }

    /// How the run stands; called about once a second. One that takes longer is not
    /// told of what it has missed.
    fn show(&mut self, snapshot: &Arc<Snapshot>) -> io::Result<()> {
        let _ = snapshot;
        Ok(())
    }

    /// How the run went; called once, at its end, one output after the other.
    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let _ = summary;
        Ok(())
    }
}
