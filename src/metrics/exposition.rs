//! All metrics of a run, as it stands.

use std::collections::BTreeMap;

use mite_core::error::{Error, Result};
use mite_core::stats::{RunInfo, Snapshot, Summary};

use super::cap::Cap;
use super::family::Family;
use super::histogram::Bounds;
use super::load::{self, Cpu};
use super::spreads::Spreads;
use super::view::View;
use super::{measured, outcome, own, upstream};

/// The variable with upstream's bounds of response times.
const BOUNDS: &str = "MITE_HTTP_HISTOGRAM_BUCKETS";

/// What metrics are made with.
#[derive(Clone, Debug)]
pub(crate) struct MetricSettings {
    bounds: Bounds,
    /// Sets of labels that a metric may have.
    most: usize,
    /// What `--label` said.
    labels: BTreeMap<String, String>,
}

impl MetricSettings {
    /// Sets of labels that a metric may have unless somebody says otherwise.
    pub(crate) const MOST: usize = 2_000;

    /// With so many sets of labels for each metric, and these labels of the run.
    ///
    /// # Errors
    /// If a variable holds what is no list of bounds; the text names it.
    pub(crate) fn new(most: usize, labels: BTreeMap<String, String>) -> Result<Self> {
        let list = std::env::var_os(BOUNDS).map(|list| list.to_string_lossy().into_owned());
        let bounds = Bounds::upstream(list.as_deref()).map_err(|e| {
            Error::new(format!("{BOUNDS}: {e}; write bounds in seconds, such as 0.1,0.5,1"))
        })?;
        Ok(Self { bounds, most, labels })
    }
}

/// All metrics of a run. It sees the run as outputs do, and keeps what it needs.
#[derive(Debug)]
pub(crate) struct Exposition {
    labels: BTreeMap<String, String>,
    spreads: Spreads,
    cpu: Cpu,
    cap: Cap,
    /// What the run is.
    info: Option<Family>,
    /// The test's own, as they were told last.
    own: Vec<Family>,
}

impl Exposition {
    /// Nothing is known yet.
    pub(crate) fn new(settings: MetricSettings) -> Self {
        Self {
            labels: settings.labels,
            spreads: Spreads::new(settings.bounds),
            cpu: Cpu::default(),
            cap: Cap::new(settings.most),
            info: None,
            own: Vec::new(),
        }
    }

    /// The run is about to start.
    pub(crate) fn start(&mut self, info: &RunInfo) -> Vec<Family> {
        let run = crate::output::run_id(info);
        let info = outcome::of_run(info, &run, &self.labels);
        self.info = Some(info.clone());
        vec![info]
    }

    /// How it stands.
    pub(crate) fn show(&mut self, snapshot: &Snapshot) -> Vec<Family> {
        let mut families = self.families(&snapshot.into());
        self.own = own::families(&snapshot.statistics, &families);
        self.own.iter_mut().for_each(|family| self.cap.apply(family));
        families.extend(self.own.iter().cloned());
        families
    }

    /// How it went.
    pub(crate) fn finish(&mut self, summary: &Summary) -> Vec<Family> {
        let mut families = self.families(&summary.into());
        families.extend(self.own.iter().cloned());
        families
    }

    fn families(&mut self, view: &View<'_>) -> Vec<Family> {
        self.spreads.update(view.series);
        let mut families: Vec<Family> = self.info.iter().cloned().collect();
        families.extend(upstream::families(view, &self.spreads));
        families.extend(measured::families(view, &self.spreads));
        families.extend(load::families(view, &mut self.cpu));
        families.extend(outcome::families(view));
        families.retain(|family| !family.rows.is_empty());
        families.iter_mut().for_each(|family| self.cap.apply(family));
        families
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use mite_core::label::Label;
    use mite_core::stats::{
        Aggregator, Board, Exchange, Labels, Outcome, RunStatus, StatisticKind,
    };

    use super::super::family::{Kind, Value};
    use super::*;

    fn exposition(most: usize) -> Exposition {
        let bounds = Bounds::upstream(None).unwrap();
        Exposition::new(MetricSettings { bounds, most, labels: BTreeMap::new() })
    }

    /// The numbers of a metric, or how many values its histograms have.
    fn numbers(families: &[Family], name: &str) -> Vec<f64> {
        let family = families.iter().find(|family| family.name == name).expect(name);
        let number = |row: &super::super::family::Row| match &row.value {
            Value::Number(n) => *n,
            Value::Histogram(spread) => spread.count as f64,
        };
        family.rows.iter().map(number).collect()
    }

    #[test]
    fn of_ten_thousand_series_all_are_counted_in_as_many_rows_as_there_may_be() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        for n in 0..9_000 {
            runner.exchange(
                &Label::intern("shop:buy"),
                Some(&Label::intern("__root__")),
                &Exchange {
                    protocol: "http",
                    name: Label::intern(&format!("GET /{n}")),
                    status: Some(200),
                    outcome: Outcome::Ok,
                    took: Duration::from_millis(3).into(),
                    received: 0,
                    sent: 0,
                },
            );
        }
        board.merge(&runner.take());
        let families = exposition(50).show(&board.snapshot(RunStatus::default()));
        for name in ["mite_request_duration_seconds", "mite_requests_total"] {
            let numbers = numbers(&families, name);
            assert_eq!(numbers.len(), 51, "{name}");
            assert_eq!(numbers.iter().sum::<f64>(), 9_000.0, "{name}");
        }
        // They have no label in which they differ.
        assert_eq!(numbers(&families, "mite_http_response_total"), [9_000.0]);
        assert_eq!(numbers(&families, "mite_http_response_time_seconds"), [9_000.0]);
    }

    #[test]
    fn a_statistic_of_the_tests_own_takes_no_name_from_another() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        let mut tell = |kind, name, value| {
            runner.statistic(kind, name, &Labels::new(), value, 1.0);
        };
        tell(StatisticKind::Counter, "mite_runner_count", 3.0);
        tell(StatisticKind::Histogram, "rows", 5.0);
        tell(StatisticKind::Gauge, "rows", 6.0);
        tell(StatisticKind::Counter, "rows_sum", 7.0);
        board.merge(&runner.take());
        let status = RunStatus { runners: 2, ..RunStatus::default() };
        let snapshot = Arc::new(board.snapshot(status));
        let mut exposition = exposition(50);
        let families = exposition.show(&snapshot);
        for (name, expected) in [
            ("mite_runner_count", 2.0),
            ("mite_runner_count_counter", 3.0),
            ("rows", 1.0),
            ("rows_gauge", 6.0),
            ("rows_sum_counter", 7.0),
        ] {
            assert_eq!(numbers(&families, name), [expected], "{name}");
        }
        // Those of the last snapshot stay when the run is over; what runs no more is at zero.
        let families = exposition.finish(&board.summary(RunStatus::default()));
        assert_eq!(numbers(&families, "mite_runner_count"), [0.0]);
        assert_eq!(numbers(&families, "rows_gauge"), [6.0]);
        assert!(families.iter().any(|family| family.kind == Kind::Histogram));
    }
}
