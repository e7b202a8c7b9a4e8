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
        families[place].rows.push(row(statistic));
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
        StatisticKind::Histogram => (Kind::Histogram, "A histogram of the test's own."),
    };
    let mut family = Family::new(metric, Unit::None, names::metric(name).into_owned(), help);
    while names_of(&family).iter().any(|name| taken.contains(name)) {
        family.name = format!("{}_{kind}", family.name).into();
    }
    taken.extend(names_of(&family));
    family
}

fn row(statistic: &StatisticCounts) -> Row {
    let told = &statistic.told;
    let value = match statistic.key.kind {
        StatisticKind::Counter | StatisticKind::Accumulator => Value::Number(told.sum),
        StatisticKind::Gauge => Value::Number(told.last),
        StatisticKind::Histogram => Value::Histogram(Arc::new(Histogram::of_numbers(told))),
    };
    let mut labels = Labels::new();
    for (name, text) in &statistic.key.labels {
        let mut name = names::label(name.as_str()).into_owned();
        while labels.iter().any(|(known, _)| *known == name) {
            name.push('_');
        }
        labels.push((Cow::Owned(name), text.to_string()));
    }
    Row { labels, value }
}
