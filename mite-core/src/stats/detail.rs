//! What is kept of the requests of a series beside their counts, in bounded memory.

use serde::{Deserialize, Serialize};

use super::Distribution;
use super::exchange::{Exchange, Outcome};
use super::exemplar::{Exemplar, ExemplarDetail, Exemplars};
use super::phases::Phases;
use super::series::Key;
use super::series_table::SeriesTable;

/// Series of which that is kept: those that come first.
const MOST_SERIES: usize = 100;

/// Significant digits of phases.
const DIGITS: u8 = 2;

/// Where the time of a series' attempts went, and single ones of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// How each phase is spread over the attempts in which it happened.
    pub phases: Phases<Distribution>,
    /// Single attempts.
    pub exemplars: Exemplars,
}

impl Default for Detail {
    fn default() -> Self {
        let phases = Phases::<()>::default().map(|()| Distribution::with_digits(DIGITS));
        Self { phases, exemplars: Exemplars::default() }
    }
}

impl Detail {
    /// Takes an attempt; `describe` is asked only if it is kept as an exemplar.
    #[inline]
    fn record(
        &mut self,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        for (times, phase) in self.phases.iter_mut().zip(phases.iter()) {
            if let Some(phase) = phase {
                times.record(*phase);
            }
        }
        let failed = matches!(exchange.outcome, Outcome::Failed(_))
            || exchange.status.is_some_and(|status| status >= 400);
        let slow = self.exemplars.is_slow(exchange.took.service);
        if slow || (failed && self.exemplars.wants_failure()) {
            self.keep(exchange, phases, slow, failed, describe());
        }
    }

    #[cold]
    fn keep(
        &mut self,
        exchange: &Exchange,
        phases: &Phases,
        slow: bool,
        failed: bool,
        ExemplarDetail { at, arguments, text }: ExemplarDetail,
    ) {
        let exemplar = Exemplar {
            at,
            total: exchange.took.service,
            response: exchange.took.lag.map(|_| exchange.took.response()),
            status: exchange.status,
            outcome: exchange.outcome.as_str().to_owned(),
            phases: *phases,
            arguments,
            text,
        };
        if failed && self.exemplars.wants_failure() {
            self.exemplars.add_failure(exemplar.clone());
        }
        if slow {
            self.exemplars.add_slow(exemplar);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (times, other) in self.phases.iter_mut().zip(other.phases.iter()) {
            if other.count() > 0 {
                times.merge(other);
            }
        }
        self.exemplars.merge(&other.exemplars);
    }

    /// What has come since it was `earlier`. Exemplars are all: what comes twice is one.
    fn since(&self, earlier: &Self) -> Self {
        let mut earlier = earlier.phases.iter();
        let since = |times: &Distribution| match earlier.next() {
            Some(earlier) => times.since(earlier),
            None => times.clone(),
        };
        Self { phases: self.phases.map(since), exemplars: self.exemplars.clone() }
    }

    fn clear(&mut self) {
        self.phases.iter_mut().filter(|times| times.count() > 0).for_each(Distribution::clear);
        self.exemplars.clear();
    }
}

/// Details by the place of their series; of as many as there is room for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DetailTable {
    details: Vec<Option<Box<Detail>>>,
    filled: usize,
}

impl DetailTable {
    /// Takes an attempt at a request of the series at `place`.
    #[inline]
    pub(super) fn record(
        &mut self,
        place: usize,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        if let Some(detail) = self.at(place) {
            detail.record(exchange, phases, describe);
        }
    }

    /// The phases of all attempts that it knows.
    pub(super) fn phases(&self) -> Phases<Distribution> {
        let mut all = Detail::default().phases;
        self.details.iter().flatten().for_each(|detail| all.merge(&detail.phases));
        all
    }

    /// That of the series at `place`, made if there is room.
    #[inline]
    pub(super) fn at(&mut self, place: usize) -> Option<&mut Detail> {
        if self.details.get(place).is_none_or(Option::is_none) {
            self.make(place);
        }
        self.details.get_mut(place)?.as_deref_mut()
    }

    #[cold]
    fn make(&mut self, place: usize) {
        if self.filled >= MOST_SERIES {
            return;
        }
        if self.details.len() <= place {
            self.details.resize_with(place + 1, || None);
        }
        self.filled += 1;
        self.details[place] = Some(Box::default());
    }

    /// That of the series at `place`.
    pub(super) fn get(&self, place: usize) -> Option<&Detail> {
        self.details.get(place)?.as_deref()
    }

    /// Each with the name of its series, which is one of `series`.
    pub(super) fn with_keys<'a>(
        &'a self,
        series: &'a SeriesTable,
    ) -> impl Iterator<Item = (&'a Key, &'a Detail)> {
        let details = self.details.iter().zip(series.iter());
        details.filter_map(|(detail, (key, _))| Some((key, detail.as_deref()?)))
    }

    /// Each with the place of its series.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Detail)> {
        let details = self.details.iter().enumerate();
        details.filter_map(|(place, detail)| Some((place, detail.as_deref()?)))
    }

    pub(super) fn since(&self, earlier: &Self) -> Self {
        let since = |(place, detail): (usize, &Option<Box<Detail>>)| {
            let detail = detail.as_deref()?;
            let earlier = earlier.get(place);
            Some(Box::new(earlier.map_or_else(|| detail.clone(), |earlier| detail.since(earlier))))
        };
        Self { details: self.details.iter().enumerate().map(since).collect(), filled: self.filled }
    }

    pub(super) fn clear(&mut self) {
        self.details.iter_mut().flatten().for_each(|detail| detail.clear());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::label::Label;
    use crate::stats::{Aggregator, Board, RunStatus, Tally, Took};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn exchange(name: &str, outcome: Outcome, status: u16, total: Duration) -> Exchange {
        Exchange {
            protocol: "http",
            name: Label::intern(name),
            status: Some(status).filter(|status| *status > 0),
            outcome,
            took: total.into(),
            received: 0,
            sent: 0,
        }
    }

    fn count(runner: &mut Aggregator, exchange: &Exchange, at: u64) {
        let body = exchange.took.service / 4;
        let phases = Phases {
            first_byte: Some(exchange.took.service - body),
            body: Some(body),
            dns: at.is_multiple_of(10).then_some(ms(1)),
            ..Phases::default()
        };
        let (journey, transaction) = (Label::intern("shop:buy"), Label::intern("__root__ :: pay"));
        let describe =
            || ExemplarDetail { at: at as f64, arguments: Some(format!("n = {at}")), text: None };
        runner.exchange_in_detail(&journey, Some(&transaction), exchange, &phases, describe);
    }

    /// Of the only series: counts of phases, slowest and failed.
    fn shown(board: &Board) -> (Vec<u64>, Vec<(u64, Duration)>, Vec<u64>) {
        let summary = board.summary(RunStatus::default());
        let detail = summary.series[0].detail.as_ref().expect("there is room").clone();
        let at = |exemplar: &Exemplar| exemplar.at as u64;
        (
            detail.phases.iter().map(Distribution::count).collect(),
            detail.exemplars.slowest.iter().map(|e| (at(e), e.total)).collect(),
            detail.exemplars.failed.iter().map(at).collect(),
        )
    }

    #[test]
    fn phases_add_up_and_the_slowest_and_the_first_failures_stay() {
        let mut runners = [Aggregator::default(), Aggregator::default()];
        let (mut board, mut tally, mut remote) =
            (Board::default(), Tally::new(1), Board::default());
        for n in 0..1_000 {
            let runner = &mut runners[n as usize % 2];
            let total = ms((n * 7919) % 1_009 + 1);
            let (outcome, status) = match n {
                n if n % 100 == 7 => (Outcome::Failed("timeout"), 0),
                n if n % 100 == 8 => (Outcome::Ok, 503),
                _ => (Outcome::Ok, 200),
            };
            count(runner, &exchange("GET /", outcome, status, total), n);
            if n % 90 == 0 || n == 999 {
                for runner in &mut runners {
                    let window = runner.take();
                    board.merge(&window);
                    tally.add(&window);
                }
                let update = tally.update().clone();
                if n % 180 == 0 || n == 999 {
                    remote.update(update.clone());
                    remote.update(update);
                }
            }
        }
        let mut all: Vec<(u64, Duration)> =
            (0..1_000).map(|n| (n, ms((n * 7919) % 1_009 + 1))).collect();
        all.sort_by_key(|(_, total)| std::cmp::Reverse(*total));
        let expected = (vec![0, 100, 0, 0, 1_000, 1_000], all[..3].to_vec(), vec![7, 8, 107]);
        assert_eq!(shown(&board), expected);
        assert_eq!(shown(&remote), expected);
        let summary = board.summary(RunStatus::default());
        let phases = &summary.series[0].detail.as_ref().unwrap().phases;
        let times = &summary.series[0].total.times;
        assert_eq!(phases.first_byte.sum() + phases.body.sum(), times.sum());
    }

    #[test]
    fn what_is_cancelled_is_in_no_detail() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        count(&mut runner, &exchange("GET /", Outcome::Ok, 200, ms(1)), 1);
        count(&mut runner, &exchange("GET /", Outcome::Cancelled, 0, ms(900)), 2);
        board.merge(&runner.take());
        assert_eq!(shown(&board), (vec![0, 0, 0, 0, 1, 1], vec![(1, ms(1))], vec![]));
    }

    #[test]
    fn an_exemplar_of_an_open_line_has_both_times() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        for lag in [None, Some(ms(0)), Some(ms(30))] {
            let took = Took { lag, ..ms(5).into() };
            let one = exchange(&format!("GET /{lag:?}"), Outcome::Ok, 200, ms(5));
            count(&mut runner, &Exchange { took, ..one }, 1);
        }
        board.merge(&runner.take());
        let summary = board.summary(RunStatus::default());
        let slowest = summary.series.iter().map(|series| {
            let exemplar = &series.detail.as_ref().unwrap().exemplars.slowest[0];
            (exemplar.total, exemplar.response)
        });
        let slowest: Vec<_> = slowest.collect();
        assert_eq!(slowest, [(ms(5), None), (ms(5), Some(ms(5))), (ms(5), Some(ms(35)))]);
    }

    #[test]
    fn there_is_room_for_a_hundred_series() {
        let (mut runner, mut board) = (Aggregator::default(), Board::default());
        for n in 0..300 {
            count(&mut runner, &exchange(&format!("GET /{n}"), Outcome::Ok, 200, ms(n)), n);
        }
        board.merge(&runner.take());
        let summary = board.summary(RunStatus::default());
        let with: Vec<_> = summary.series.iter().map(|s| s.detail.is_some()).collect();
        assert_eq!(with, [vec![true; 100], vec![false; 200]].concat());
    }
}
