//! The test's own statistics of both sides, side by side.

use serde::Serialize;

use crate::document::{Document, Statistic, StatisticKind};

/// A figure of a statistic that the test's own code kept. It is only shown: it has no
/// windows, so how sure it is cannot be said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatisticChange {
    /// Its name with its labels.
    pub statistic: String,
    /// Which figure: `sum`, `last`, `mean`, `p50` or `p99`.
    pub figure: &'static str,
    /// Of A; the mean of several runs. Null if it is in none.
    pub a: Option<f64>,
    /// Of B.
    pub b: Option<f64>,
}

/// Of all statistics that are in any run.
pub(super) fn changes(a: &[&Document], b: &[&Document]) -> Vec<StatisticChange> {
    let mut all: Vec<&Statistic> = Vec::new();
    for statistic in a.iter().chain(b).flat_map(|document| &document.statistics) {
        if !all.iter().any(|known| same(known, statistic)) {
            all.push(statistic);
        }
    }
    let mut changes = Vec::new();
    for statistic in all {
        for figure in figures(statistic.kind) {
            let of = |side: &[&Document]| {
                let found = side.iter().flat_map(|document| &document.statistics);
                let values = found.filter(|other| same(other, statistic));
                let values: Vec<f64> = values.filter_map(|found| value(found, figure)).collect();
                let n = values.len() as f64;
                (!values.is_empty()).then(|| values.iter().sum::<f64>() / n)
            };
            let (a, b) = (of(a), of(b));
            if a.is_some() || b.is_some() {
                changes.push(StatisticChange { statistic: statistic.title(), figure, a, b });
            }
        }
    }
    changes
}

fn same(a: &Statistic, b: &Statistic) -> bool {
    (&a.name, a.kind, &a.labels) == (&b.name, b.kind, &b.labels)
}

fn figures(kind: StatisticKind) -> &'static [&'static str] {
    match kind {
        StatisticKind::Counter | StatisticKind::Accumulator => &["sum"],
        StatisticKind::Check => &["passed"],
        StatisticKind::Gauge => &["last"],
        StatisticKind::Histogram => &["mean", "p50", "p99"],
        StatisticKind::Unknown => &[],
    }
}

fn value(statistic: &Statistic, figure: &str) -> Option<f64> {
    let percentile = |wanted: f64| {
        let found = statistic.p.iter().find(|(p, _)| p.get() == wanted);
        found.map(|(_, value)| value.get())
    };
    match figure {
        "mean" => statistic.mean.map(|mean| mean.get()),
        "p50" => percentile(50.0),
        "p99" => percentile(99.0),
        _ => statistic.value.map(|value| value.get()),
    }
}

impl StatisticChange {
    /// Its cells: statistic, figure, A, B and the change.
    pub(super) fn cells(&self) -> [String; 5] {
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value}"));
        let change = match (self.a, self.b) {
            (Some(a), Some(b)) if a != 0.0 => format!("{:+.1} %", (b - a) / a.abs() * 100.0),
            _ => String::new(),
        };
        let figure = self.figure.to_owned();
        [self.statistic.clone(), figure, number(self.a), number(self.b), change]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Number;

    fn document(orders: f64, p99: f64) -> Document {
        let number = |value| Number::new(value);
        let counter = Statistic {
            name: "orders".into(),
            labels: [("kind".to_owned(), "new".into())].into(),
            count: 9,
            value: number(orders),
            ..Statistic::default()
        };
        let histogram = Statistic {
            name: "depth".into(),
            kind: StatisticKind::Histogram,
            mean: number(2.0),
            p: vec![(99.into(), number(p99).expect("finite"))],
            ..Statistic::default()
        };
        Document { statistics: vec![counter, histogram], ..Document::default() }
    }

    #[test]
    fn statistics_stand_side_by_side() {
        let (a1, a2, mut b) = (document(10.0, 5.0), document(20.0, 7.0), document(12.0, 3.0));
        b.statistics[1].name = "other".into();
        let changes = changes(&[&a1, &a2], &[&b]);
        let cells: Vec<_> = changes.iter().map(|change| change.cells().join("|")).collect();
        assert_eq!(
            cells,
            [
                "orders {kind=\"new\"}|sum|15|12|-20.0 %",
                "depth|mean|2|-|",
                "depth|p99|6|-|",
                "other|mean|-|2|",
                "other|p99|-|3|",
            ]
        );
    }
}
