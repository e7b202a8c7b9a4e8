//! Tables of the test's own statistics.

use mite_core::stats::{StatisticKind, StatisticRow};
use mite_core::units;

use super::table::{Room, Table};

/// Rows of a table that are shown.
const MOST_ROWS: usize = 30;

/// A table for each kind of which there are some.
pub(super) fn tables(rows: &[StatisticRow], room: &Room) -> Vec<String> {
    let tables = rows.chunk_by(|a, b| a.kind == b.kind).map(|rows| table(rows, room));
    tables.collect::<Vec<_>>().join(&String::new())
}

fn table(rows: &[StatisticRow], room: &Room) -> Vec<String> {
    let header: &[&str] = match rows[0].kind {
        StatisticKind::Counter => &["COUNTERS", "count", "per second"],
        StatisticKind::Gauge => &["GAUGES", "last", "min", "mean", "max", "told"],
        StatisticKind::Accumulator => {
            &["SUMS", "sum", "per second", "values", "min", "mean", "max"]
        }
        StatisticKind::Check => &["CHECKS", "passed", "failed", "share"],
        StatisticKind::Histogram => {
            &["HISTOGRAMS", "values", "min", "mean", "p50", "p90", "p95", "p99", "max"]
        }
    };
    let mut table = Table::new(header, false);
    for row in rows.iter().take(MOST_ROWS) {
        let told = row.count > 0;
        let value = |value: f64| if told { number(value) } else { "-".to_owned() };
        let percentile = |p: f64| {
            let found = row.percentiles.iter().find(|(percent, _)| *percent == p);
            value(found.map_or(0.0, |(_, value)| *value))
        };
        let (count, rate) = (row.count.to_string(), units::rate(row.rate));
        let (min, mean, max) = (value(row.min), value(row.mean), value(row.max));
        let cells = match row.kind {
            StatisticKind::Counter => vec![number(row.sum), rate],
            StatisticKind::Gauge => vec![value(row.last), min, mean, max, count],
            StatisticKind::Accumulator => vec![number(row.sum), rate, count, min, mean, max],
            StatisticKind::Check => {
                let failed = row.count as f64 - row.sum;
                let share = 100.0 * failed / row.count.max(1) as f64;
                vec![number(row.sum), number(failed), format!("{} %", units::significant(share, 3))]
            }
            StatisticKind::Histogram => {
                let [p50, p90, p95, p99] = [50.0, 90.0, 95.0, 99.0].map(percentile);
                vec![count, min, mean, p50, p90, p95, p99, max]
            }
        };
        table.row(std::iter::once(row.title()).chain(cells).collect());
    }
    let mut lines = table.lines(room);
    if let more @ 1.. = rows.len().saturating_sub(MOST_ROWS) {
        lines.push(format!(
            "… and {}; a label with an id in it makes a new one each time",
            units::count(more as u64, "more statistic")
        ));
    }
    lines
}

/// As it is if it is whole, else in four digits.
fn number(value: f64) -> String {
    let size = value.abs();
    match size == 0.0 || (1e-4..1e15).contains(&size) {
        true => units::significant(value, 4),
        false => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mite_core::stats::{Aggregator, Board, Labels, RunStatus};

    use super::*;
    use crate::terminal::style::painted;

    #[test]
    fn each_kind_has_a_table_of_its_own() {
        let mut runner = Aggregator::default();
        let mut tell = |kind, name, kind_of: &'static str, value| {
            let mut labels = Labels::new();
            if !kind_of.is_empty() {
                labels.set("kind", kind_of);
            }
            runner.statistic(kind, name, &labels, value, 1.0);
        };
        for n in 1..=100 {
            tell(StatisticKind::Histogram, "queue depth", "", f64::from(n));
        }
        tell(StatisticKind::Counter, "orders", "new", 3.0);
        tell(StatisticKind::Counter, "orders", "again", 1.0);
        tell(StatisticKind::Counter, "orders", "new", 4.0);
        tell(StatisticKind::Gauge, "open", "", 12.5);
        tell(StatisticKind::Gauge, "open", "", -7.0);
        tell(StatisticKind::Accumulator, "paid", "", 19.99);
        (0..8).for_each(|n| tell(StatisticKind::Check, "has a price", "", f64::from(n.min(1))));
        let mut board = Board::default();
        board.merge(&runner.take());
        let status = RunStatus { elapsed: Duration::from_secs(2), ..RunStatus::default() };
        let lines = tables(&board.summary(status).statistics, &Room::default());
        assert_eq!(
            painted(&lines.join("\n"), false),
            "\
COUNTERS               count  per second
orders {kind=\"again\"}      1         0.5
orders {kind=\"new\"}        7         3.5

GAUGES  last  min  mean   max  told
open      -7   -7  2.75  12.5     2

SUMS    sum  per second  values    min   mean    max
paid  19.99        10.0       1  19.99  19.99  19.99

HISTOGRAMS   values  min  mean  p50  p90  p95  p99  max
queue depth     100    1  50.5   50   90   95   99  100

CHECKS       passed  failed   share
has a price       7       1  12.5 %"
        );
    }

    #[test]
    fn numbers_are_whole_or_in_four_digits() {
        let shown = [17.0, 0.1234567, 1234.56, -2.5, 1e-7, 2e18, 123456.7].map(number);
        assert_eq!(shown, ["17", "0.1235", "1235", "-2.5", "1.000e-7", "2.000e18", "123457"]);
    }
}
