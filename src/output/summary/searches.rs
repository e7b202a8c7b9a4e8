//! Searches for the greatest rate, and each rate that they held.

use mite_core::stats::{SearchStatus, SearchStep};
use mite_core::units;

use crate::output::table::{Room, Table};

/// What each search has found, and how.
pub(super) fn searches(searches: &[SearchStatus], room: &Room) -> Vec<String> {
    let mut lines = Vec::new();
    for search in searches {
        let mut header = vec!["FINDMAX", "per second"];
        header.extend(search.limits.iter().map(String::as_str));
        header.extend(["samples", "outcome"]);
        let mut table = Table::new(&header, true);
        for step in &search.steps {
            table.row(row(step));
        }
        lines.extend(table.lines(room));
        lines.push(format!("{} (scenario {}): {search}", search.journey, search.line));
    }
    lines
}

fn row(step: &SearchStep) -> Vec<String> {
    let mut cells = vec![format!("at {}", units::long_time(step.from)), units::rate(step.rate)];
    cells.extend(step.shown.iter().cloned());
    cells.push(step.samples.iter().max().copied().unwrap_or_default().to_string());
    cells.push(match &step.why {
        Some(why) => format!("{}: {why}", step.outcome),
        None => step.outcome.to_string(),
    });
    cells
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mite_core::stats::{SearchOutcome, SearchState};

    use super::*;
    use crate::terminal::style::painted;

    fn lines(marked: &[String]) -> Vec<String> {
        marked.iter().map(|line| painted(line, false)).collect()
    }

    #[test]
    fn each_rate_is_a_row_and_what_was_found_a_sentence() {
        let step = |rate, outcome, shown: &str, why: Option<&str>| SearchStep {
            rate,
            from: Duration::from_secs(12),
            to: Duration::from_secs(22),
            outcome,
            values: vec![Some(0.0)],
            shown: vec![shown.to_owned()],
            samples: vec![4000],
            why: why.map(str::to_owned),
        };
        let search = SearchStatus {
            line: 1,
            journey: "shop:buy".into(),
            limits: vec!["http p99 < 300ms".into()],
            units: Vec::new(),
            hold: Duration::from_secs(10),
            up_to: 5000.0,
            state: SearchState::GeneratorLimit,
            kept: Some(400.0),
            kept_times: 1,
            broken: Some(800.0),
            broken_times: 1,
            steps: vec![
                step(400.0, SearchOutcome::Kept, "120.0 ms", None),
                step(800.0, SearchOutcome::Generator, "-", Some("90 of 8000 arrivals were late")),
            ],
        };
        assert_eq!(
            lines(&searches(&[search], &Room::default())),
            [
                "FINDMAX    per second  http p99 < 300ms  samples  outcome",
                "at 12.0 s       400.0          120.0 ms     4000  kept",
                "at 12.0 s       800.0                 -     4000  generator late: 90 of 8000 arrivals were late",
                "shop:buy (scenario 1): no greatest rate was found: `http p99 < 300ms` kept at 400 per second; at 800 per second the generator itself could not keep up, which says nothing of the service; give more --runners or machines",
            ]
        );
    }
}
