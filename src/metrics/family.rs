//! Metrics, as every format has them.

use std::borrow::Cow;
use std::sync::Arc;

use super::histogram::Histogram;

/// The value of a label where there was no room for its own.
pub(super) const OVERFLOW: &str = mite_core::stats::OVERFLOW;

/// Names of labels, with their values.
pub(crate) type Labels = Vec<(Cow<'static, str>, String)>;

/// A metric with a row for each set of labels.
#[derive(Clone, Debug)]
pub(crate) struct Family {
    /// Its name, with its unit and, for a counter of mite's own, `_total`.
    pub(crate) name: Cow<'static, str>,
    /// What it is.
    pub(crate) help: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    /// Whether its numbers are whole.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what is pushed asks"))]
    pub(crate) is_whole: bool,
    /// Whether its histograms have their bounds only: exponential buckets would take the
    /// place of what dashboards look at.
    pub(crate) is_classic: bool,
    pub(crate) rows: Vec<Row>,
}

/// What becomes of a metric with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It grows; a sum since the run began.
    Counter,
    /// It is what it is now.
    Gauge,
    /// How values are spread, since the run began.
    Histogram,
}

/// In what it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Things, or whatever the test says.
    None,
    Seconds,
    Bytes,
    /// A part of one.
    Ratio,
}

/// One set of labels.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    pub(crate) value: Value,
}

/// What a row stands at.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Number(f64),
    Histogram(Arc<Histogram>),
}

impl Value {
    /// Adds another row's, which could not be told apart from this one.
    pub(super) fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Number(own), Self::Number(other)) => *own += other,
            (Self::Histogram(own), Self::Histogram(other)) => Arc::make_mut(own).merge(other),
            // Of one family all are of one kind.
            _ => {}
        }
    }
}

impl Family {
    pub(super) fn new(
        kind: Kind,
        unit: Unit,
        name: impl Into<Cow<'static, str>>,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (name, help) = (name.into(), help.into());
        Self { name, help, kind, unit, is_whole: false, is_classic: false, rows: Vec::new() }
    }

    pub(crate) fn counter(name: &'static str, help: &'static str) -> Self {
        Self { is_whole: true, ..Self::new(Kind::Counter, Unit::None, name, help) }
    }

    pub(super) fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::new(Kind::Gauge, Unit::None, name, help)
    }

    /// Of times.
    pub(crate) fn times(name: &'static str, help: &'static str) -> Self {
        Self::new(Kind::Histogram, Unit::Seconds, name, help)
    }

    /// With their bounds only.
    pub(super) fn classic(mut self) -> Self {
        self.is_classic = true;
        self
    }

    pub(super) fn in_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, labels: &[(&'static str, &str)], value: f64) {
        self.rows.push(Row { labels: owned(labels), value: Value::Number(value) });
    }

    /// Adds a row of values.
    pub(crate) fn spread(&mut self, labels: &[(&'static str, &str)], value: Arc<Histogram>) {
        self.rows.push(Row { labels: owned(labels), value: Value::Histogram(value) });
    }
}

fn owned(labels: &[(&'static str, &str)]) -> Labels {
    labels.iter().map(|(name, value)| (Cow::Borrowed(*name), (*value).to_owned())).collect()
}
