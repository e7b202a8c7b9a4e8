//! What people see of a run. Every output is fed with snapshots and the
//! summary, and knows nothing else of the run.

use std::io;

use mite_core::stats::{Snapshot, Summary};

mod line;
mod progress;
mod report;
mod summary;
mod table;

pub(crate) use line::LineOutput;
pub(crate) use progress::ProgressOutput;
pub(crate) use report::ReportOutput;
pub(crate) use summary::SummaryOutput;

/// Shows a run. Outputs stand side by side, unaware of each other.
pub(crate) trait Output: Send {
    /// How the run stands; called about once a second.
    fn tick(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let _ = snapshot;
        Ok(())
    }

    /// How the run went; called once, at its end.
    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let _ = summary;
        Ok(())
    }
}
