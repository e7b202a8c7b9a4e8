//! A run as it stands, for who looks at it while it goes on: the same document as the file
//! of results, without what is known only at the end.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use mite_core::stats::{
    LIMITED, RequestRow, RunInfo, Series, SeriesCounts, Snapshot, Summary, Verdict, Warmup,
};
use mite_results::document::{Document, EndedBy};
use mite_results::page;
use serde::Serialize;

use super::detail::Detail;
use super::document;
use super::facts::RunFacts;
use crate::history::Course;

/// Series whose figures are told while a run goes on: those with the most time.
const MOST_SERIES: usize = 200;

/// With more than these, figures of the whole run are added up at some ticks only.
const MANY_SERIES: usize = 500;

/// So many ticks apart.
const TICKS_APART: u64 = 10;

/// Events that are told while a run goes on: the last.
const MOST_EVENTS: usize = 300;

/// How much longer a run must have gone on for sentences on it to be made anew.
const SENTENCES_APART: Duration = Duration::from_secs(5);

/// A run as it stands. Clones are of the same run: whoever follows it and whoever asks are
/// on threads of their own.
#[derive(Clone, Default)]
pub(crate) struct LiveRun(Arc<Mutex<State>>);

struct State {
    course: Course,
    /// Without windows while the run goes on, and whole from its end on.
    document: Document,
    /// What a page is told instead, and what is missing, of a run that has ended and of which
    /// there is more than a page holds.
    fitted: Option<(Document, String)>,
    ended: bool,
    ticks: u64,
    short: Vec<String>,
    /// When these were made.
    short_at: Option<Duration>,
}

/// Before it began: it is not judged.
impl Default for State {
    fn default() -> Self {
        let mut document = Document::default();
        document.verdict.ended_by = EndedBy::Running;
        Self {
            course: Course::default(),
            document,
            fitted: None,
            ended: false,
            ticks: 0,
            short: Vec::new(),
            short_at: None,
        }
    }
}

/// What a page is told.
#[derive(Serialize)]
struct Answer<'a> {
    /// `running` or `ended`.
    state: &'static str,
    /// Whether all windows are in `run`, not only those that were asked for.
    whole: bool,
    /// What happened, in sentences.
    short: &'a [String],
    /// What is not in `run` of a run that has ended, in words.
    left_out: Option<&'a str>,
    run: &'a Document,
}

impl LiveRun {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Before the first snapshot: a setup may take its time.
    pub(super) fn begin(&self, info: &RunInfo, facts: &RunFacts) {
        let mut state = self.state();
        let snapshot = Snapshot { info: info.clone().into(), ..Snapshot::default() };
        state.document = standing(&snapshot, facts, &state.course);
    }

    /// Takes the snapshot that follows the last one. `is_watched` if somebody may ask.
    pub(super) fn follow(&self, snapshot: &Snapshot, facts: &RunFacts, is_watched: bool) {
        let mut state = self.state();
        state.course.follow(snapshot);
        if !is_watched {
            return;
        }
        let is_due =
            snapshot.series.len() <= MANY_SERIES || state.ticks.is_multiple_of(TICKS_APART);
        state.ticks += 1;
        if is_due {
            state.document = standing(snapshot, facts, &state.course);
        }
        state.document.run.elapsed_s = snapshot.status.elapsed.into();
    }

    /// The course until now, which is followed no longer.
    pub(super) fn take_course(&self) -> Course {
        std::mem::take(&mut self.state().course)
    }

    /// The results, when the run has ended.
    pub(super) fn end(&self, document: &Document) {
        // Whoever asks is told of the end, even if there are no words for it.
        let short = catch_unwind(|| page::in_short(document)).unwrap_or_default();
        // As much as a report holds; a file of results may be several times as long.
        let (fitted, left_out) = page::fitted(document);
        let mut state = self.state();
        state.fitted = left_out.map(|left_out| (fitted, left_out));
        state.short = short;
        state.document = document.clone();
        state.ended = true;
    }

    /// What its windows take.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        self.state().course.history.heap_bytes()
    }

    /// What a page is told that knows what was before `since`, as JSON; all, if what it does
    /// not know is merged with what it knows.
    pub(crate) fn answer(&self, since: Duration) -> serde_json::Result<Vec<u8>> {
        let mut state = self.state();
        let since = if state.course.history.are_all_since(since) { since } else { Duration::ZERO };
        if !state.ended {
            state.say();
            state.document.windows = document::windows(
                &state.document.series,
                state.course.history.columns_since(since),
            );
        }
        let (run, left_out) = match &state.fitted {
            Some((run, left_out)) => (run, Some(left_out.as_str())),
            None => (&state.document, None),
        };
        serde_json::to_vec(&Answer {
            state: if state.ended { "ended" } else { "running" },
            whole: state.ended || since.is_zero(),
            short: &state.short,
            left_out,
            run,
        })
    }

    /// The run as it stands, as its file of results would be.
    pub(crate) fn document(&self) -> Document {
        let state = self.state();
        let mut document = state.document.clone();
        if !state.ended {
            document.windows = document::windows(&document.series, state.course.history.columns());
        }
        document
    }
}

impl State {
    /// Makes sentences on the run, if it is time.
    fn say(&mut self) {
        let until = Duration::from_secs_f64(self.document.run.elapsed_s.get().max(0.0));
        if self.short_at.is_some_and(|at| until.saturating_sub(at) < SENTENCES_APART) {
            return;
        }
        // While nothing has ended there is more to say soon.
        self.short_at = self.document.total().map(|_| until);
        self.document.windows = document::windows(
            &self.document.series,
            self.course.history.columns_since(Duration::ZERO),
        );
        self.short = page::in_short(&self.document);
    }
}

/// The results as if the run ended now, without windows.
fn standing(snapshot: &Snapshot, facts: &RunFacts, course: &Course) -> Document {
    let is_request = |series: &&SeriesCounts| {
        series.key.request.as_ref().is_some_and(|request| request.protocol == LIMITED)
    };
    let mut all_requests = Series::default();
    let mut codes = RequestRow { protocol: LIMITED, ..RequestRow::default() };
    for series in snapshot.series.iter().filter(is_request) {
        all_requests.merge(&series.total);
        let responses = &series.total.responses;
        codes.codes.extend(responses.codes.iter().map(|(code, n)| (*code, *n)));
        codes.kinds.extend(responses.kinds.iter().map(|(kind, n)| (*kind, *n)));
    }
    let verdict = Verdict {
        validity: snapshot.validity,
        limits: snapshot.limits.clone(),
        findings: snapshot.status.findings.clone(),
        ..Verdict::default()
    };
    let summary = Summary {
        info: snapshot.info.clone(),
        status: snapshot.status.clone(),
        verdict,
        totals: snapshot.totals,
        requests: vec![codes],
        all_requests,
        series: snapshot.series.clone(),
        failures: snapshot.failures.clone(),
        blocked: snapshot.blocked.clone(),
        warmup: Warmup { length: snapshot.warmup_length, ..Warmup::default() },
        ..Summary::default()
    };
    let mut document = document::of(&summary, facts, course, &Detail::Figures(most(snapshot)));
    document.verdict.passed = false;
    document.verdict.ended_by = EndedBy::Running;
    let untold = document.events.len().saturating_sub(MOST_EVENTS);
    document.events.drain(..untold);
    document.truncated.events += untold as u64;
    document.truncated.unlisted_series = snapshot.series.len().saturating_sub(MOST_SERIES) as u64;
    document.sort();
    document
}

/// The places of the series with the most time.
fn most(snapshot: &Snapshot) -> BTreeSet<usize> {
    let mut places: Vec<_> = (0..snapshot.series.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(snapshot.series[*place].total.times.sum()));
    places.truncate(MOST_SERIES);
    places.into_iter().collect()
}
