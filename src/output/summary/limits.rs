//! How the run ended, and its limits.

use mite_core::stats::{Checked, Grade, RunOutcome, Summary};
use mite_core::units;

use crate::output::table::{Room, Table};
use crate::terminal::style::{Style, marked};

/// How it ended, in a word, and with what exit code. Why is told last, as errors.
pub(super) fn verdict(summary: &Summary) -> Vec<String> {
    let (info, outcome) = (&summary.info, summary.verdict.outcome);
    if info.test.is_empty() {
        return Vec::new();
    }
    let (style, word) = match outcome {
        RunOutcome::Passed => (Style::Good, "PASSED"),
        RunOutcome::Failed => (Style::Bad, "FAILED"),
        RunOutcome::Lost => (Style::Bad, "INCOMPLETE"),
        RunOutcome::Invalid => (Style::Bad, "INVALID"),
        RunOutcome::Cut(_) => (Style::Bad, "CUT SHORT"),
    };
    let code = match outcome.code() {
        0 => String::new(),
        code => format!(" (exit code {code})"),
    };
    vec![format!(
        "{}{code}: {} in {}, seed {}",
        marked(style, word),
        info.test,
        units::long_time(summary.status.elapsed),
        info.seed
    )]
}

/// How a grade looks.
pub(super) fn style_of(grade: Grade) -> Style {
    match grade {
        Grade::Valid => Style::Good,
        Grade::Suspect => Style::Warn,
        Grade::Invalid => Style::Bad,
    }
}

/// Each limit with its figure; that no error is allowed goes without saying.
pub(super) fn limits(checked: &[Checked], room: &Room) -> Vec<String> {
    if checked.iter().all(|limit| limit.threshold.counts_errors() && limit.kept) {
        return Vec::new();
    }
    let mut table = Table::new(&["LIMITS", "value", "samples", ""], true);
    for limit in checked {
        let state = match (limit.kept, &limit.why) {
            (true, _) => marked(Style::Good, "kept"),
            (false, None) => marked(Style::Bad, "BROKEN"),
            (false, Some(_)) => marked(Style::Warn, "not shown"),
        };
        table.row(vec![limit.threshold.to_string(), limit.shown_value(), samples(limit), state]);
    }
    table.lines(room)
}

/// With those that failed, where times are the samples.
fn samples(limit: &Checked) -> String {
    match limit.failed {
        0 => limit.samples.to_string(),
        failed => format!("{} ({failed} failed)", limit.samples),
    }
}
