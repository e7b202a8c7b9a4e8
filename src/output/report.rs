//! `--report`: response times and request rates against their limits.

use std::io;
use std::time::Duration;

use mite_core::stats::{Summary, Thresholds};

use super::Output;
use super::table::Table;
use crate::terminal::console;
use mite_core::units;

/// The benchmark report, on standard output.
pub(crate) struct ReportOutput {
    /// Its percentiles are the report's columns.
    pub(crate) thresholds: Thresholds,
}

impl Output for ReportOutput {
    fn name(&self) -> &'static str {
        "benchmark report"
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        console::print(text(summary, &self.thresholds))?;
        console::written()
    }
}

const FIGURES: [&str; 5] = ["Avg", "Min", "Max", "Std Dev", "+/- Std Dev"];

fn text(summary: &Summary, limits: &Thresholds) -> String {
    let latency = latency(summary, limits);
    let rates = rates(summary, limits);
    format!(
        "\nMITE Benchmark Report\n\n{}\n\n{}\n\n{} in {}, {} data transferred",
        latency.lines().join("\n"),
        rates.lines().join("\n"),
        units::count(summary.totals.requests, "request"),
        units::long_time(summary.status.elapsed),
        units::bytes(summary.totals.received),
    )
}

/// A value that is above its limit is marked, so that it can be seen in a file too.
fn marked(text: String, exceeded: bool) -> String {
    if exceeded { format!("!{text}") } else { text }
}

fn latency(summary: &Summary, limits: &Thresholds) -> Table {
    let times = &summary.response_times;
    let names: Vec<String> = limits.percentiles.iter().map(|(p, _)| format!("{p} %tile")).collect();
    let header = std::iter::once("Latency").chain(FIGURES).chain(names.iter().map(String::as_str));
    let mut table = Table::new(&header.collect::<Vec<_>>(), false);
    let mut cells = vec![
        (Some(times.mean()), limits.mean_response_time),
        (Some(times.min()), None),
        (Some(times.max()), limits.max_response_time),
        (Some(times.standard_deviation()), limits.deviation_of_response_time),
        (None, None),
    ];
    cells.extend(limits.percentiles.iter().map(|(p, limit)| (Some(times.percentile(*p)), *limit)));
    let value = |(value, limit): &(Option<Duration>, Option<Duration>)| match value {
        Some(value) => marked(units::time(*value), limit.is_some_and(|limit| *value > limit)),
        None => percent(summary.share_within_deviation()),
    };
    let row = |name: &str, cells: Vec<String>| [vec![name.to_owned()], cells].concat();
    table.row(row("Test Results", cells.iter().map(value).collect()));
    if cells.iter().any(|(_, limit)| limit.is_some()) {
        let limit = |(_, limit): &(_, Option<Duration>)| limit.map_or("-".to_owned(), units::time);
        table.row(row("Test Thresholds", cells.iter().map(limit).collect()));
    }
    table
}

fn rates(summary: &Summary, limits: &Thresholds) -> Table {
    let rates = &summary.request_rates;
    let header: Vec<_> = std::iter::once("Req/Sec").chain(FIGURES).collect();
    let mut table = Table::new(&header, false);
    let deviation = rates.standard_deviation();
    let limit = limits.deviation_of_request_rate;
    table.row(vec![
        "Test Results".to_owned(),
        units::rate(rates.mean()),
        units::rate(rates.min()),
        units::rate(rates.max()),
        marked(units::rate(deviation), limit.is_some_and(|limit| deviation > limit)),
        percent(rates.share_within_deviation()),
    ]);
    if let Some(limit) = limit {
        let mut row = vec!["-".to_owned(); FIGURES.len() + 1];
        row[0] = "Test Thresholds".to_owned();
        row[4] = units::rate(limit);
        table.row(row);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_core::label::Label;
    use mite_core::stats::{Aggregator, Board, Exchange, Outcome, RunStatus};

    fn summary(requests: u64) -> Summary {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        for second in 1..=2 {
            for n in 1..=requests * second {
                let exchange = Exchange {
                    protocol: "http",
                    name: Label::intern("GET /"),
                    status: Some(200),
                    outcome: Outcome::Ok,
                    total: Duration::from_millis(n),
                    received: 1_024,
                    sent: 0,
                };
                runner.exchange(&Label::intern("j"), None, &exchange);
            }
            board.merge(&runner.take());
            board.snapshot(status(second));
        }
        board.summary(status(2))
    }

    fn status(seconds: u64) -> RunStatus {
        RunStatus { elapsed: Duration::from_secs(seconds), ..RunStatus::default() }
    }

    #[test]
    fn limits_have_a_row_and_what_exceeds_them_a_mark() {
        let limits = Thresholds {
            max_response_time: Some(Duration::from_millis(19)),
            deviation_of_request_rate: Some(5.0),
            percentiles: vec![(50.0, None), (99.9, Some(Duration::from_millis(20)))],
            ..Thresholds::default()
        };
        let expected = "
MITE Benchmark Report

Latency              Avg      Min        Max  Std Dev  +/- Std Dev  50 %tile  99.9 %tile
Test Results     8.83 ms  1.00 ms  !20.00 ms  5.52 ms      60.00 %   8.00 ms    20.00 ms
Test Thresholds        -        -   19.00 ms        -            -         -    20.00 ms

Req/Sec           Avg   Min   Max  Std Dev  +/- Std Dev
Test Results     15.0  10.0  20.0      5.0     100.00 %
Test Thresholds     -     -     -      5.0            -

30 requests in 2.0 s, 30.00 KB data transferred";
        let found = text(&summary(10), &limits);
        assert!(found == expected, "{found}");
    }

    #[test]
    fn a_run_without_requests_has_a_report_too() {
        let expected = "
MITE Benchmark Report

Latency           Avg      Min      Max  Std Dev  +/- Std Dev
Test Results  0.00 ms  0.00 ms  0.00 ms  0.00 ms       0.00 %

Req/Sec       Avg  Min  Max  Std Dev  +/- Std Dev
Test Results  0.0  0.0  0.0      0.0     100.00 %

0 requests in 2.0 s, 0 B data transferred";
        let found = text(&summary(0), &Thresholds::default());
        assert!(found == expected, "{found}");
    }
}
