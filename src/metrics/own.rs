//! Statistics of the test's own.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use mite_core::stats::{StatisticCounts, StatisticKind};

use super::family::{Family, Kind, Labels, Row, Unit, Value};
use super::histogram::Histogram;
use super::names;

/// A family for each name, in the order in which they were first told. One whose name is
/// taken has its kind behind it.
pub(super) fn families(statistics: &[StatisticCounts], taken: &[Family]) -> Vec<Family> {
    let mut taken: HashSet<String> = taken.iter().flat_map(names_of).collect();
    let mut families: Vec<Family> = Vec::new();
    let mut places = BTreeMap::<(&str, StatisticKind), usize>::new();
    for statistic in statistics {
        let key = (statistic.key.name.as_str(), statistic.key.kind);
        let place = *places.entry(key).or_insert_with(|| {
            let family = family(key, &mut taken);
            families.push(family);
            families.len() - 1
        });
        families[place].rows.extend(rows(statistic));
    }
    families
}

/// Names that samples of a family have.
fn names_of(family: &Family) -> Vec<String> {
    let name = family.name.to_string();
    match family.kind {
        Kind::Counter => vec![name.trim_end_matches("_total").to_owned(), name],
        Kind::Gauge => vec![name],
        Kind::Histogram => {
            let parts = ["_bucket", "_sum", "_count"].map(|part| format!("{name}{part}"));
            parts.into_iter().chain([name]).collect()
        }
    }
}

fn family((name, kind): (&str, StatisticKind), taken: &mut HashSet<String>) -> Family {
    let (metric, help) = match kind {
        StatisticKind::Counter => (Kind::Counter, "A counter of the test's own."),
        StatisticKind::Accumulator => (Kind::Counter, "A sum of the test's own."),
        StatisticKind::Gauge => (Kind::Gauge, "A gauge of the test's own."),
        StatisticKind::Check => (Kind::Counter, "A check of the test's own."),
        StatisticKind::Histogram => (Kind::Histogram, "A histogram of the test's own."),
    };
    let mut family = Family::new(metric, Unit::None, names::metric(name).into_owned(), help);
    while names_of(&family).iter().any(|name| taken.contains(name)) {
        family.name = format!("{}_{kind}", family.name).into();
    }
    taken.extend(names_of(&family));
    family
}

/// One row; of a check two, told apart by `outcome`.
fn rows(statistic: &StatisticCounts) -> Vec<Row> {
    let told = &statistic.told;
    let labels = labels(statistic);
    let value = match statistic.key.kind {
        StatisticKind::Counter | StatisticKind::Accumulator => Value::Number(told.sum),
        StatisticKind::Gauge => Value::Number(told.last),
        StatisticKind::Histogram => Value::Histogram(Arc::new(Histogram::of_numbers(told))),
        StatisticKind::Check => {
            let outcomes = [("passed", told.sum), ("failed", told.count as f64 - told.sum)];
            let row = |(outcome, n): (&str, f64)| {
                let mut labels = labels.clone();
                labels.push((Cow::Borrowed("outcome"), outcome.to_owned()));
                Row { labels, value: Value::Number(n) }
            };
            return outcomes.map(row).into();
        }
    };
    vec![Row { labels, value }]
}

fn labels(statistic: &StatisticCounts) -> Labels {
    let mut labels = Labels::new();
    for (name, text) in &statistic.key.labels {
        let mut name = names::label(name.as_str()).into_owned();
        while labels.iter().any(|(known, _)| *known == name) {
            name.push('_');
        }
        labels.push((Cow::Owned(name), text.to_string()));
    }
    labels
}

#[cfg(test)]
mod tests {
    use mite_core::stats::{Aggregator, Board, RunStatus};

    use super::*;

    #[test]
    fn a_check_has_a_row_for_each_outcome() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        for passed in [1.0, 0.0, 1.0] {
            let labels = mite_core::stats::Labels::new();
            runner.statistic(StatisticKind::Check, "has a price", &labels, passed, 0.0);
        }
        board.merge(&runner.take());
        let snapshot = board.snapshot(RunStatus::default());
        let families = families(&snapshot.statistics, &[]);
        let [family] = families.as_slice() else { panic!("{} families", families.len()) };
        assert_eq!(family.name, "has_a_price");
        let rows = family.rows.iter().map(|row| match &row.value {
            Value::Number(n) => (row.labels[0].0.as_ref(), row.labels[0].1.as_str(), *n),
            Value::Histogram(_) => panic!("a check has no histogram"),
        });
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows, [("outcome", "passed", 2.0), ("outcome", "failed", 1.0)]);
    }
}
