//! What can be done next.

use std::path::PathBuf;

use mite_core::stats::{Replay, Summary};

use crate::output::table::Room;
use crate::terminal::style::head;

/// What there is to look at and to try after a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Next {
    /// The words that run the test again: program, command and spec.
    pub(crate) again: String,
    /// Where its results are written.
    pub(crate) results: Option<PathBuf>,
    /// Where its report is written.
    pub(crate) report: Option<PathBuf>,
}

impl Next {
    pub(super) fn lines(&self, summary: &Summary, room: &Room) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(path) = &self.results {
            lines.push(format!(
                "all figures: {} (`compare` holds another run against it, `export` is for other tools)",
                path.display()
            ));
        }
        if let Some(path) = &self.report {
            lines.push(format!("the report, for a browser: {}", path.display()));
        }
        let left_out = room.left_out();
        if !left_out.is_empty() {
            lines.push(format!(
                "left out, the terminal being narrow: {}{}",
                left_out.join(", "),
                if self.results.is_some() { "" } else { " (--json FILE has them)" }
            ));
        }
        // One says it all; that of what failed first is the most likely cause.
        if let Some(Replay { name, status, command, .. }) = summary.replays.first()
            && !summary.verdict.passed()
        {
            let what = match status {
                Some(status) => format!("which answered {status}"),
                None => "which got no answer".to_owned(),
            };
            let hidden = if command.contains("***") { " (*** hides secrets)" } else { "" };
            lines.push(format!("{name}, {what}, again{hidden}: {command}"));
        }
        // Without an error there is no journey to look at.
        if !summary.failures.is_empty() && !self.again.is_empty() {
            lines.push(format!(
                "a failed journey, and its requests as curl commands: {} --debugging",
                self.again
            ));
        }
        match lines.is_empty() {
            true => lines,
            false => std::iter::once(head("NEXT")).chain(lines).collect(),
        }
    }
}
