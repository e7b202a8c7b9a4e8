//! Counts and times by journey, transaction and request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Number, Text, Times};

/// Counts and times of one journey, transaction or request, or of all of a kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Series {
    /// Its number in this file.
    pub id: u32,
    /// Of what it is.
    pub kind: SeriesKind,
    /// The journey; null in a row of all.
    #[serde(default)]
    pub journey: Option<Text>,
    /// The transaction around a request; null without one.
    #[serde(default)]
    pub transaction: Option<Text>,
    /// The name of the request or of the transaction.
    #[serde(default)]
    pub name: Option<Text>,
    /// The method of a request.
    #[serde(default)]
    pub method: Option<Text>,
    /// Tags that make this series one of its own.
    #[serde(default)]
    pub tags: BTreeMap<String, Text>,
    /// How many ended.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that were cancelled: they are in no other figure.
    #[serde(default)]
    pub cancelled: u64,
    /// How many a second, over the time in which load was asked for.
    #[serde(default)]
    pub rate_per_s: Option<Number>,
    /// How often each status came.
    #[serde(default)]
    pub codes: BTreeMap<String, u64>,
    /// How often each kind of error came.
    #[serde(default)]
    pub kinds: BTreeMap<String, u64>,
    /// Bytes received.
    #[serde(default)]
    pub received_bytes: u64,
    /// Bytes sent.
    #[serde(default)]
    pub sent_bytes: u64,
    /// Its share of the time of all of its kind.
    #[serde(default)]
    pub share: Option<Number>,
    /// From the start to the end.
    #[serde(default)]
    pub service: Option<Times>,
    /// From when it was due to the end; null in a closed model.
    #[serde(default)]
    pub response: Option<Times>,
    /// Where the time went, of requests.
    #[serde(default)]
    pub phases: Option<Phases<Times>>,
    /// Of how many they are known, of those that ended: of a series that came late among
    /// those with the most time, of the last. Null without phases.
    #[serde(default)]
    pub phases_count: Option<u64>,
}

/// Of what a series is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// All requests.
    #[default]
    AllRequests,
    /// All transactions.
    AllTransactions,
    /// All executions of journeys.
    AllJourneys,
    /// The requests of one name.
    Request,
    /// The transactions of one name.
    Transaction,
    /// The executions of one journey.
    Journey,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}

/// Where the time of a request went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Phases<T> {
    /// Waiting for a connection.
    #[serde(default)]
    pub pool: Option<T>,
    /// The name's address.
    #[serde(default)]
    pub dns: Option<T>,
    /// The connection.
    #[serde(default)]
    pub connect: Option<T>,
    /// Its encryption.
    #[serde(default)]
    pub tls: Option<T>,
    /// From where the request was about to be written to the response's first byte.
    #[serde(default)]
    pub first_byte: Option<T>,
    /// From there to its last.
    #[serde(default)]
    pub body: Option<T>,
}

impl<T> Default for Phases<T> {
    fn default() -> Self {
        Self { pool: None, dns: None, connect: None, tls: None, first_byte: None, body: None }
    }
}

impl Series {
    /// What people call it, unique among the series of its kind.
    ///
    /// ```
    /// use mite_results::document::{Series, SeriesKind};
    /// let mut series = Series { kind: SeriesKind::Transaction, ..Series::default() };
    /// series.journey = Some("shop:buy".into());
    /// series.name = Some("pay".into());
    /// assert_eq!(series.title(), "shop:buy, pay");
    /// ```
    pub fn title(&self) -> String {
        match self.kind {
            SeriesKind::AllRequests => return "all requests".to_owned(),
            SeriesKind::AllTransactions => return "all transactions".to_owned(),
            SeriesKind::AllJourneys => return "all journeys".to_owned(),
            _ => {}
        }
        let request = match (&self.method, &self.name) {
            // A request without a name of its own is named after its method and place.
            (Some(method), Some(name)) if !name.starts_with(&**method) => {
                Some(format!("{method} {name}"))
            }
            (_, name) => name.as_deref().map(str::to_owned),
        };
        let mut parts: Vec<String> = [&self.journey, &self.transaction]
            .into_iter()
            .flatten()
            .map(|t| t.to_string())
            .collect();
        parts.extend(request);
        parts.extend(self.tags.iter().map(|(key, value)| format!("{key}={value}")));
        parts.join(", ")
    }

    /// The times that count: from when it was due, if the file has them.
    pub fn times(&self) -> Option<&Times> {
        self.response.as_ref().or(self.service.as_ref())
    }
}

/// A statistic that the test's own code kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Statistic {
    /// Its number in `windows.statistics`; null if it has none there.
    #[serde(default)]
    pub id: Option<u32>,
    /// Its name.
    pub name: Text,
    /// What is kept of it.
    pub kind: StatisticKind,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, Text>,
    /// How often it was told a value.
    pub count: u64,
    /// How often it was told what is no value for it, such as NaN.
    #[serde(default)]
    pub refused: u64,
    /// A counter's or an accumulator's sum, a gauge's last value, how often a check passed.
    #[serde(default)]
    pub value: Option<Number>,
    /// The least value told.
    #[serde(default)]
    pub min: Option<Number>,
    /// The mean of the values told.
    #[serde(default)]
    pub mean: Option<Number>,
    /// The greatest value told.
    #[serde(default)]
    pub max: Option<Number>,
    /// Percentiles of a histogram: percent and value.
    #[serde(default)]
    pub p: Vec<(Number, Number)>,
}

impl Statistic {
    /// Its name with its labels: `orders {kind="new"}`.
    pub fn title(&self) -> String {
        let labels = self.labels.iter().map(|(name, value)| format!("{name}={:?}", &**value));
        match self.labels.is_empty() {
            true => self.name.to_string(),
            false => format!("{} {{{}}}", self.name, labels.collect::<Vec<_>>().join(", ")),
        }
    }

    pub(super) fn order(&self) -> impl Ord + '_ {
        (&self.name, &self.labels)
    }
}

/// What is kept of a statistic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StatisticKind {
    /// How often.
    #[default]
    Counter,
    /// The last value.
    Gauge,
    /// The sum.
    Accumulator,
    /// How the values are spread.
    Histogram,
    /// How many passed.
    Check,
    /// Something that a later version knows.
    #[serde(other)]
    Unknown,
}
