//! The schedule of open lines, and what became of it.

use std::collections::BTreeSet;

use mite_core::stats::{DropReason, LineStatus};

use crate::output::table::{Room, Table};

/// A row for each open line; of the reasons, those that there were.
pub(super) fn arrivals(lines: &[LineStatus], room: &Room) -> Vec<String> {
    let open = || lines.iter().filter_map(|line| Some((line, line.arrivals.as_ref()?)));
    if open().next().is_none() {
        return Vec::new();
    }
    let dropped = open().flat_map(|(_, arrivals)| &arrivals.dropped);
    let reasons: BTreeSet<DropReason> =
        dropped.filter(|(_, n)| *n > 0).map(|(reason, _)| *reason).collect();
    let names: Vec<_> = reasons.iter().map(DropReason::to_string).collect();
    let mut header = vec!["ARRIVALS", "scheduled", "started", "dropped"];
    header.extend(names.iter().map(String::as_str));
    let mut table = Table::new(&header, false);
    for (line, arrivals) in open() {
        let mut cells = vec![format!("{} (scenario {})", line.journey, line.id)];
        let numbers = [arrivals.scheduled, line.started, arrivals.dropped()];
        let dropped = reasons.iter().map(|reason| arrivals.dropped_for(*reason));
        cells.extend(numbers.into_iter().chain(dropped).map(|n| n.to_string()));
        table.row(cells);
    }
    table.lines(room)
}
