//! What was counted, by the words of thresholds.

use std::collections::BTreeSet;

use super::board::Board;
use super::counts::Counts;
use super::own::{StatisticKey, Told};
use super::series::{Key, Request, Series};
use super::snapshot::JourneyCounts;
use super::summary::shown_transaction;
use super::threshold::{Measures, Sample, Selection, Selector, Subject};
use super::{Distribution, OVERFLOW, ROOT};
use crate::label::Label;
use crate::spec::Spec;

impl Measures for Counts {
    fn add_to(&self, selection: &Selection, sample: &mut Sample) {
        let journeys = self.journeys.iter().map(|(journey, counts)| (journey, counts));
        add(self.series.filled().map(|(key, series)| (key, series)), journeys, selection, sample);
        add_own(self.statistics.filled().map(|(key, told)| (key, told)), selection, sample);
    }

    fn subjects(&self) -> BTreeSet<String> {
        let own = self.statistics.filled().map(|(key, _)| key);
        subjects(self.series.filled().map(|(key, _)| key), own, !self.journeys.is_empty())
    }

    fn values(&self, subject: &Subject, key: &str) -> BTreeSet<String> {
        let journeys = self.journeys.iter().map(|(journey, _)| journey);
        let series = self.series.filled().map(|(key, series)| (key, series));
        let own = self.statistics.filled().map(|(key, _)| key);
        values(series, own, journeys, subject, key)
    }
}

impl Measures for Board {
    fn add_to(&self, selection: &Selection, sample: &mut Sample) {
        let series = self.series.iter().map(|(key, series)| (key, &**series));
        add(series, self.journeys.iter(), selection, sample);
        add_own(self.statistics.iter().map(|(key, told)| (key, &**told)), selection, sample);
    }

    fn subjects(&self) -> BTreeSet<String> {
        let own = self.statistics.iter().map(|(key, _)| key);
        subjects(self.series.iter().map(|(key, _)| key), own, !self.journeys.is_empty())
    }

    fn values(&self, subject: &Subject, key: &str) -> BTreeSet<String> {
        let series = self.series.iter().map(|(key, series)| (key, &**series));
        let own = self.statistics.iter().map(|(key, _)| key);
        values(series, own, self.journeys.keys(), subject, key)
    }
}

fn add<'a>(
    series: impl Iterator<Item = (&'a Key, &'a Series)>,
    journeys: impl Iterator<Item = (&'a Label, &'a JourneyCounts)>,
    selection: &Selection,
    sample: &mut Sample,
) {
    let Selection { subject, selectors } = selection;
    let by_transaction = selectors.iter().any(|selector| selector.key == "transaction");
    let by_status: Vec<_> = selectors.iter().filter(|s| s.key == "status").collect();
    let whole_journeys = match subject {
        Subject::Errors => !by_transaction,
        Subject::Journeys => true,
        Subject::Transactions | Subject::Named(_) => false,
    };
    if whole_journeys {
        for (_, counts) in journeys.filter(|(j, _)| is_of_journey(selectors, j.as_str())) {
            let ended = counts.finished + counts.failed;
            let (count, of) = match subject {
                Subject::Errors => (counts.errors, counts.started),
                _ => (ended, ended),
            };
            sample.count += count;
            sample.of += of;
            sample.failed += counts.failed;
        }
        if *subject == Subject::Errors || sample.times.is_none() {
            return;
        }
    }
    for (key, series) in series.filter(|(key, _)| is_of_subject(subject, key)) {
        if !selectors.is_empty() && key.journey.as_str() == OVERFLOW {
            sample.nameless += series.times.count();
            continue;
        }
        let passes = |selector: &Selector| passes(selector, key);
        if !selectors.iter().filter(|s| !matches!(&*s.key, "status" | "time")).all(passes) {
            continue;
        }
        if let Some(times) = &mut sample.times
            && let Some(measured) = times_of(series, selectors)
        {
            times.merge(measured);
            // A transaction with an error has taken its time; a request without a response
            // has none.
            if let Some(failed) = series.failed.as_ref().filter(|_| key.request.is_some()) {
                let is_service =
                    selectors.iter().any(|s| s.key == "time" && s.pattern == "service");
                let failed = if is_service { &failed.times } else { failed.judged() };
                sample.unanswered.merge(failed);
            }
        }
        if whole_journeys {
            continue;
        }
        let Series { times, errors, responses, .. } = series;
        sample.of += times.count();
        sample.failed += errors;
        sample.count += match subject {
            Subject::Errors => *errors,
            _ if by_status.is_empty() => times.count(),
            _ => {
                let status = |(code, _): &&(u16, u64)| {
                    by_status.iter().all(|selector| selector.passes(&code.to_string()))
                };
                responses.codes.iter().filter(status).map(|(_, n)| n).sum()
            }
        };
    }
}

/// The times that are asked for; without a word, response times where there are any.
fn times_of<'a>(series: &'a Series, selectors: &[Selector]) -> Option<&'a Distribution> {
    match selectors.iter().find(|selector| selector.key == "time").map(|s| &*s.pattern) {
        Some("service") => Some(&series.times),
        Some(_) => series.response(),
        None => Some(series.judged()),
    }
}

/// Statistics of the test's own.
fn add_own<'a>(
    statistics: impl Iterator<Item = (&'a StatisticKey, &'a Told)>,
    Selection { subject, selectors }: &Selection,
    sample: &mut Sample,
) {
    for (key, told) in statistics.filter(|(key, _)| is_named(subject, key)) {
        if !selectors.is_empty() && key.label(OVERFLOW).is_some() {
            sample.nameless += told.count;
            continue;
        }
        let passes = |s: &Selector| key.label(&s.key).is_some_and(|label| s.passes(label));
        if !selectors.iter().all(passes) {
            continue;
        }
        sample.own.add(key.kind, told);
        sample.of += told.count;
        sample.count = sample.own.counted() as u64;
    }
}

fn is_named(subject: &Subject, key: &StatisticKey) -> bool {
    matches!(subject, Subject::Named(name) if name == key.name.as_str())
}

fn is_of_subject(subject: &Subject, key: &Key) -> bool {
    let is_root = || key.transaction.as_ref().is_some_and(|name| name.as_str() == ROOT);
    match (subject, &key.request) {
        (Subject::Named(protocol), Some(request)) => request.protocol == protocol,
        (Subject::Journeys, None) => is_root(),
        // Errors of a transaction: those around whole journeys may be asked for by name.
        (Subject::Transactions | Subject::Errors, None) => !is_root(),
        _ => false,
    }
}

fn is_of_journey(selectors: &[Selector], journey: &str) -> bool {
    selectors.iter().filter(|s| s.key == "journey").all(|s| passes_journey(s, journey))
}

/// In any spelling of its name.
fn passes_journey(selector: &Selector, journey: &str) -> bool {
    let pattern = Spec::new(&selector.pattern).to_string();
    selector.passes(journey) || (Selector { pattern, ..selector.clone() }).passes(journey)
}

fn passes(selector: &Selector, key: &Key) -> bool {
    match &*selector.key {
        "journey" => passes_journey(selector, key.journey.as_str()),
        "transaction" => selector.passes(shown_transaction(key.transaction.as_ref())),
        "name" => selector.passes(key.request.as_ref().map_or("", Request::base_name)),
        "method" => selector.passes(method(key)),
        tag => tag_of(key, tag).is_some_and(|value| selector.passes(value)),
    }
}

/// The first word of what a request is counted as.
fn method(key: &Key) -> &str {
    let name = key.request.as_ref().map_or("", Request::base_name);
    name.split_once(' ').map_or(name, |(method, _)| method)
}

/// A tag that makes it a series of its own.
fn tag_of<'a>(key: &'a Key, tag: &str) -> Option<&'a str> {
    key.request.as_ref()?.tags().find(|(name, _)| *name == tag).map(|(_, value)| value)
}

fn subjects<'a>(
    series: impl Iterator<Item = &'a Key>,
    own: impl Iterator<Item = &'a StatisticKey>,
    journeys: bool,
) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = series
        .filter_map(|key| match &key.request {
            Some(request) => Some(request.protocol.to_owned()),
            None => is_of_subject(&Subject::Transactions, key).then(|| "transactions".to_owned()),
        })
        .collect();
    found.extend(own.map(|key| key.name.to_string()));
    if journeys {
        found.extend(["errors".to_owned(), "journeys".to_owned()]);
    }
    found
}

fn values<'a>(
    series: impl Iterator<Item = (&'a Key, &'a Series)>,
    own: impl Iterator<Item = &'a StatisticKey>,
    journeys: impl Iterator<Item = &'a Label>,
    subject: &Subject,
    key: &str,
) -> BTreeSet<String> {
    if key == "journey" && matches!(subject, Subject::Errors | Subject::Journeys) {
        return journeys.map(|journey| journey.to_string()).collect();
    }
    series
        .filter(|(series, _)| is_of_subject(subject, series))
        .filter_map(|(series, counted)| match key {
            "journey" => Some(vec![series.journey.to_string()]),
            "transaction" => Some(vec![shown_transaction(series.transaction.as_ref()).to_owned()]),
            "name" => series.request.as_ref().map(|request| vec![request.base_name().to_owned()]),
            "method" => series.request.as_ref().map(|_| vec![method(series).to_owned()]),
            "status" => Some(counted.responses.codes.iter().map(|(c, _)| c.to_string()).collect()),
            tag => tag_of(series, tag).map(|value| vec![value.to_owned()]),
        })
        .flatten()
        .chain(
            own.filter(|own| is_named(subject, own))
                .filter_map(|own| own.label(key))
                .map(str::to_owned),
        )
        .filter(|value| !value.is_empty())
        .collect()
}
