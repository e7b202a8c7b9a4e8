//! `--report`: response times and request rates against their limits.

use std::io;
use std::time::Duration;

use mite_core::stats::{Checked, LIMITED, Selection, Statistic, Subject, Summary};

use super::Output;
use super::table::{Room, Table};
use crate::terminal::{console, size};
use mite_core::units;

/// The benchmark report, on standard output.
pub(crate) struct ReportOutput {
    /// Percentiles of response times: the last columns.
    pub(crate) percentiles: Vec<f64>,
}

impl Output for ReportOutput {
    fn name(&self) -> &'static str {
        "benchmark report"
    }

    fn shows_series(&self) -> bool {
        false
    }

    fn finish(&mut self, summary: &Summary) -> io::Result<()> {
        let room = Room::of(size::columns_of_stdout());
        console::print_styled(&text(summary, &self.percentiles, &room))?;
        console::written()
    }
}

const FIGURES: [&str; 5] = ["Avg", "Min", "Max", "Std Dev", "+/- Std Dev"];

fn text(summary: &Summary, percentiles: &[f64], room: &Room) -> String {
    let latency = latency(summary, percentiles);
    let rates = rates(summary);
    format!(
        "\nMITE Benchmark Report\n\n{}\n\n{}\n\n{} in {}, {} data transferred",
        latency.lines(room).join("\n"),
        rates.lines(room).join("\n"),
        units::count(summary.totals.requests, "request"),
        units::long_time(summary.status.elapsed),
        units::bytes(summary.totals.received),
    )
}

/// A value that is above its limit is marked, so that it can be seen in a file too.
fn marked(text: String, exceeded: bool) -> String {
    if exceeded { format!("!{text}") } else { text }
}

fn latency(summary: &Summary, percentiles: &[f64]) -> Table {
    let times = &summary.response_times;
    let names: Vec<String> = percentiles.iter().map(|p| format!("{p} %tile")).collect();
    let header = std::iter::once("Latency").chain(FIGURES).chain(names.iter().map(String::as_str));
    let mut table = Table::new(&header.collect::<Vec<_>>(), false);
    let mut cells = vec![
        (times.mean(), Some(Statistic::Mean)),
        (times.min(), Some(Statistic::Min)),
        (times.max(), Some(Statistic::Max)),
        (times.standard_deviation(), Some(Statistic::Deviation)),
        (Duration::ZERO, None),
    ];
    cells.extend(
        percentiles.iter().map(|p| (times.percentile(*p), Some(Statistic::Percentile(*p)))),
    );
    let limits: Vec<_> = cells.iter().map(|(_, statistic)| limit(summary, (*statistic)?)).collect();
    let values = cells.iter().zip(&limits).map(|((value, statistic), limit)| match statistic {
        Some(_) => marked(units::time(*value), limit.is_some_and(|limit| !limit.kept)),
        None => percent(summary.share_within_deviation()),
    });
    table.row(std::iter::once("Test Results".to_owned()).chain(values).collect());
    if limits.iter().any(Option::is_some) {
        let shown = |limit: &Option<&Checked>| match limit {
            Some(limit) => units::time(Duration::from_nanos(limit.threshold.bound as u64)),
            None => "-".to_owned(),
        };
        let name = std::iter::once("Test Thresholds".to_owned());
        table.row(name.chain(limits.iter().map(shown)).collect());
    }
    table
}

/// The limit on this figure of all requests over the whole run, if there is one.
fn limit(summary: &Summary, statistic: Statistic) -> Option<&Checked> {
    summary.verdict.limits.iter().find(|Checked { threshold, .. }| {
        let Selection { subject, selectors } = &threshold.selection;
        *subject == Subject::Named(LIMITED.to_owned())
            && selectors.is_empty()
            && threshold.over.is_none()
            && threshold.statistic == statistic
    })
}

fn rates(summary: &Summary) -> Table {
    let rates = &summary.request_rates;
    let header: Vec<_> = std::iter::once("Req/Sec").chain(FIGURES).collect();
    let mut table = Table::new(&header, false);
    let limit = limit(summary, Statistic::RateDeviation);
    table.row(vec![
        "Test Results".to_owned(),
        units::rate(rates.mean()),
        units::rate(rates.min()),
        units::rate(rates.max()),
        marked(units::rate(rates.standard_deviation()), limit.is_some_and(|limit| !limit.kept)),
        percent(rates.share_within_deviation()),
    ]);
    if let Some(limit) = limit {
        let mut row = vec!["-".to_owned(); FIGURES.len() + 1];
        row[0] = "Test Thresholds".to_owned();
        row[4] = units::rate(limit.threshold.bound);
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
    use crate::terminal::style::painted;
    use mite_core::label::Label;
    use mite_core::stats::{Aggregator, Board, Exchange, Outcome, RunStatus, Threshold};

    fn summary(requests: u64, limits: &[&str]) -> Summary {
        let limits = limits.iter().map(|text| Threshold::parse(text).unwrap()).collect();
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        board.hold_against(limits);
        for second in 1..=2 {
            for n in 1..=requests * second {
                let exchange = Exchange {
                    protocol: "http",
                    name: Label::intern("GET /"),
                    status: Some(200),
                    outcome: Outcome::Ok,
                    took: Duration::from_millis(n).into(),
                    received: 1_024,
                    sent: 0,
                };
                runner.exchange(&Label::intern("j"), None, &exchange);
            }
            board.merge(&runner.take());
            board.snapshot(status(second));
            board.broken(Duration::from_secs(second));
        }
        let mut summary = board.summary(status(2));
        summary.verdict.limits = board.checked(summary.status.elapsed);
        summary
    }

    fn status(seconds: u64) -> RunStatus {
        RunStatus { elapsed: Duration::from_secs(seconds), ..RunStatus::default() }
    }

    #[test]
    fn limits_have_a_row_and_what_exceeds_them_a_mark() {
        let limits = ["http max <= 19ms", "http p99.9 <= 20ms", "http rate_stddev <= 5/s"];
        let expected = "
MITE Benchmark Report

Latency              Avg      Min        Max  Std Dev  +/- Std Dev  50 %tile  99.9 %tile
Test Results     8.83 ms  1.00 ms  !20.00 ms  5.52 ms      60.00 %   8.00 ms    20.00 ms
Test Thresholds        -        -   19.00 ms        -            -         -    20.00 ms

Req/Sec           Avg   Min   Max  Std Dev  +/- Std Dev
Test Results     15.0  10.0  20.0      5.0     100.00 %
Test Thresholds     -     -     -      5.0            -

30 requests in 2.0 s, 30.00 KB data transferred";
        let found = text(&summary(10, &limits), &[50.0, 99.9], &Room::default());
        let found = painted(&found, false);
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
        let found = painted(&text(&summary(0, &[]), &[], &Room::default()), false);
        assert!(found == expected, "{found}");
    }
}
