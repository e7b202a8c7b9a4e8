//! The schedule of open lines, and what became of it.

use mite_core::stats::{DropReason, LineStatus};

use crate::output::table::{Room, Table};

const REASONS: [(DropReason, &str); 8] = [
    (DropReason::Late, "late"),
    (DropReason::Full, "no room"),
    (DropReason::Capped, "at most"),
    (DropReason::NoData, "no data"),
    (DropReason::Unleased, "unleased"),
    (DropReason::Undelivered, "undelivered"),
    (DropReason::Lost, "lost"),
    (DropReason::Away, "away"),
];

/// A row for each open line; of the reasons, those that there were.
pub(super) fn arrivals(lines: &[LineStatus], room: &Room) -> Vec<String> {
    let open = || lines.iter().filter_map(|line| Some((line, line.arrivals.as_ref()?)));
    if open().next().is_none() {
        return Vec::new();
    }
    let came = |reason| open().any(|(_, arrivals)| arrivals.dropped_for(reason) > 0);
    let reasons: Vec<_> = REASONS.into_iter().filter(|(reason, _)| came(*reason)).collect();
    let mut header = vec!["ARRIVALS", "scheduled", "started", "dropped"];
    header.extend(reasons.iter().map(|(_, name)| name));
    let mut table = Table::new(&header, false);
    for (line, arrivals) in open() {
        let mut cells = vec![format!("{} (scenario {})", line.journey, line.id)];
        let numbers = [arrivals.scheduled, line.started, arrivals.dropped()];
        let dropped = reasons.iter().map(|(reason, _)| arrivals.dropped_for(*reason));
        cells.extend(numbers.into_iter().chain(dropped).map(|n| n.to_string()));
        table.row(cells);
    }
    table.lines(room)
}
