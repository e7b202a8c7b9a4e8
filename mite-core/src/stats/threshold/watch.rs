//! Holds a run against its thresholds while it goes on.

use std::collections::VecDeque;
use std::time::Duration;

use super::checked::Checked;
use super::expression::{Selection, Statistic, Threshold};
use super::sample::{Measures, Sample};
use crate::spec::nearest;
use crate::stats::rates::RateWindows;

/// A stretch slides in steps of a second, or of this part of it if that is longer.
const STEPS: u32 = 30;

/// Names that an explanation lists at most.
const MOST_NAMES: usize = 5;

/// Holds a run against its thresholds: counts go in as they come, what became of each
/// comes out at the end. Time is an argument, counted from the start of the test.
#[derive(Debug, Default)]
pub(crate) struct ThresholdWatch {
    watched: Vec<Watched>,
    start: Duration,
    /// For how long load was paused until now: time in which none was asked for.
    paused: Duration,
    /// When the load was over, once it is.
    load: Option<Moment>,
}

/// A moment of the test.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Duration,
    /// For how long load had been asked for: what rates and stretches are over.
    load: Duration,
}

/// A threshold, and what it is held against.
#[derive(Debug)]
struct Watched {
    threshold: Threshold,
    /// Of the whole run.
    total: Sample,
    stretch: Option<Stretch>,
    rates: RateWindows,
    worst: Option<Worst>,
    aborted: Option<Duration>,
}

/// The last part of the run, in pieces.
#[derive(Debug)]
struct Stretch {
    length: Duration,
    pieces: VecDeque<Piece>,
    current: Sample,
    since: Duration,
}

#[derive(Debug)]
struct Piece {
    from: Duration,
    sample: Sample,
}

/// The worst that a stretch came to.
#[derive(Clone, Copy, Debug)]
struct Worst {
    value: f64,
    samples: u64,
    failed: u64,
    at: Duration,
}

/// What a threshold is held against; see [`Checked`].
#[derive(Clone, Copy, Debug, Default)]
struct Figure {
    value: Option<f64>,
    samples: u64,
    failed: u64,
    at: Option<Duration>,
}

impl ThresholdWatch {
    /// Nothing was counted yet.
    /// What is counted begins at `start`.
    pub(crate) fn new(thresholds: Vec<Threshold>, start: Duration) -> Self {
        let watched = thresholds
            .into_iter()
            .map(|threshold| Watched {
                total: Sample::of(threshold.statistic),
                stretch: threshold.over.map(|length| Stretch {
                    length,
                    pieces: VecDeque::new(),
                    current: Sample::of(threshold.statistic),
                    since: start,
                }),
                rates: RateWindows::new(start),
                worst: None,
                aborted: None,
                threshold,
            })
            .collect();
        Self { watched, start, paused: Duration::ZERO, load: None }
    }

    /// Stretches and windows of rates begin at `now`.
    pub(crate) fn resume(&mut self, now: Duration) {
        let now = self.moment(now).load;
        for watched in &mut self.watched {
            watched.rates.resume(now);
            if let Some(stretch) = &mut watched.stretch {
                stretch.since = stretch.since.max(now);
            }
        }
    }

    /// Load was paused for so long until what is now.
    pub(crate) fn pause(&mut self, paused: Duration) {
        self.paused = paused;
    }

    fn moment(&self, at: Duration) -> Moment {
        Moment { at, load: at.saturating_sub(self.paused) }
    }

    /// Adds what was counted before it was held against anything: it counts for the whole run.
    pub(crate) fn add_earlier(&mut self, counted: &impl Measures) {
        for Watched { threshold, total, .. } in &mut self.watched {
            let mut sample = Sample::of(threshold.statistic);
            counted.add_to(&threshold.selection, &mut sample);
            total.merge(&sample);
        }
    }

    /// Adds what was counted since the last time, by any runner.
    pub(crate) fn add(&mut self, counted: &impl Measures) {
        for Watched { threshold, total, stretch, rates, .. } in &mut self.watched {
            let mut sample = Sample::of(threshold.statistic);
            counted.add_to(&threshold.selection, &mut sample);
            total.merge(&sample);
            rates.add(sample.count);
            if let Some(stretch) = stretch {
                stretch.current.merge(&sample);
            }
        }
    }

    /// It is `now`, and everything until now was added. The first threshold that ends
    /// the run, if one does; it does so once.
    pub(crate) fn tick(&mut self, now: Duration) -> Option<&Threshold> {
        let (draining, start, now) = (self.load.is_some(), self.start, self.moment(now));
        let mut ends = None;
        for (at, watched) in self.watched.iter_mut().enumerate() {
            watched.rates.tick(now.load);
            if !draining {
                watched.slide(now);
                if watched.ends_run(now, start) {
                    watched.aborted = Some(now.at);
                    ends = ends.or(Some(at));
                }
            }
        }
        ends.map(|at| &self.watched[at].threshold)
    }

    /// It is `now`, and no load is asked for any more: what comes from here on counts
    /// for the whole run, whose rates are over the time until now, and makes no stretches.
    pub(crate) fn drain(&mut self, now: Duration) {
        if self.load.is_some() {
            return;
        }
        let now = self.moment(now);
        for watched in &mut self.watched {
            watched.slide(now);
            watched.rates.end(now.load);
        }
        self.load = Some(now);
    }

    /// How each stands, the test having lasted for `now`: as if it ended now, but without
    /// the reasons.
    pub(crate) fn standing(&self, now: Duration) -> Vec<Checked> {
        let load = self.load.unwrap_or_else(|| self.moment(now));
        self.watched.iter().map(|watched| watched.stands(self.start, load)).collect()
    }

    /// What became of each, `now` being the end of the test.
    pub(crate) fn close(mut self, now: Duration, all: &impl Measures) -> Vec<Checked> {
        self.drain(now);
        let load = self.load.unwrap_or_else(|| self.moment(now));
        let start = self.start;
        self.watched.into_iter().map(|watched| watched.check(start, load, all)).collect()
    }
}

impl Watched {
    /// The stretch that ends now, if it is whole.
    fn slide(&mut self, now: Moment) {
        let Some(stretch) = &mut self.stretch else { return };
        stretch.cut(now.load);
        if stretch.is_whole(now.load) {
            self.hold(now);
        }
    }

    fn hold(&mut self, now: Moment) {
        let (Some(stretch), Threshold { statistic, unit, comparison, .. }) =
            (&self.stretch, &self.threshold)
        else {
            return;
        };
        let mut sample = stretch.all(*statistic);
        sample.own.as_of(&self.total.own);
        let length = now.load.saturating_sub(stretch.start());
        let Some(value) = sample.figure(*statistic, *unit, length) else { return };
        let worse = self.worst.is_none_or(|worst| {
            let (was_kept, kept) = (self.threshold.keeps(worst.value), self.threshold.keeps(value));
            (was_kept && !kept) || (was_kept == kept && comparison.is_worse(value, worst.value))
        });
        if worse {
            let (samples, failed) = (sample.size(), sample.failed_of_times());
            self.worst = Some(Worst { value, samples, failed, at: now.at });
        }
    }

    fn ends_run(&self, now: Moment, start: Duration) -> bool {
        let Threshold { abort, statistic, unit, over, .. } = self.threshold;
        if self.aborted.is_some() || abort.is_none_or(|after| now.at < after) {
            return false;
        }
        let value = match over {
            Some(_) => self.worst.map(|worst| worst.value),
            None if self.total.of == 0 => None,
            None => self.total.figure(statistic, unit, now.load.saturating_sub(start)),
        };
        value.is_some_and(|value| !self.threshold.keeps(value))
    }

    /// What counts began at `start`, and load was asked for until `load`.
    fn figure(&self, start: Duration, load: Moment) -> Figure {
        let Threshold { statistic, unit, .. } = self.threshold;
        match (self.threshold.over, self.worst) {
            (Some(_), Some(Worst { value, samples, failed, at })) => {
                Figure { value: Some(value), samples, failed, at: Some(at) }
            }
            (Some(_), None) => Figure::default(),
            (None, _) if statistic == Statistic::RateDeviation => {
                let rates = self.rates.closed(load.load);
                let value = Some(rates.standard_deviation());
                Figure { value, samples: rates.windows(), ..Figure::default() }
            }
            (None, _) => Figure {
                value: self.total.figure(statistic, unit, load.load.saturating_sub(start)),
                samples: self.total.size(),
                failed: self.total.failed_of_times(),
                at: None,
            },
        }
    }

    fn stands(&self, start: Duration, load: Moment) -> Checked {
        // No error is no error, also where nothing ran.
        let is_empty = self.total.of == 0 && !self.threshold.counts_errors();
        let Figure { value, samples, failed, at } = match is_empty {
            true => Figure::default(),
            false => self.figure(start, load),
        };
        let keeps = value.is_some_and(|value| self.threshold.keeps(value));
        let kept = keeps && self.aborted.is_none() && self.total.nameless == 0;
        let value = value.filter(|value| value.is_finite());
        let (threshold, aborted) = (self.threshold.clone(), self.aborted);
        Checked { threshold, value, samples, failed, at, aborted, why: None, kept }
    }

    /// See [`figure`](Self::figure).
    fn check(mut self, start: Duration, load: Moment, all: &impl Measures) -> Checked {
        if self.worst.is_none() && self.stretch.is_some() {
            // The run was shorter than the stretch.
            self.hold(load);
        }
        let statistic = self.threshold.statistic;
        let counts_errors = self.threshold.counts_errors();
        let Figure { mut value, mut samples, mut failed, mut at } = self.figure(start, load);
        let mut why = None;
        // No error is no error, also where nothing ran.
        if self.total.of == 0 && !counts_errors {
            (value, samples, failed, at) = (None, 0, 0, None);
            why = Some(explain(&self.threshold.selection, all));
        } else if value.is_none() {
            let subject = &self.threshold.selection.subject;
            let own = self.total.own.explain(&subject.to_string(), statistic);
            why = own.or_else(|| {
                Some(match self.threshold.selection.wants_response() {
                    true => {
                        "no open line has run, and closed ones have no response times".to_owned()
                    }
                    false => format!("there was no {}", subject.noun()),
                })
            });
        }
        let mut kept = value.is_some_and(|value| self.threshold.keeps(value));
        if kept && self.total.nameless > 0 {
            kept = false;
            why = Some(format!(
                "there were more names than are told apart, and {} are counted without theirs; give fewer names",
                self.total.nameless
            ));
        }
        let value = value.filter(|value| value.is_finite());
        // What has ended the run was broken, whatever came then.
        kept &= self.aborted.is_none();
        let Self { threshold, aborted, .. } = self;
        Checked { threshold, value, samples, failed, at, aborted, why, kept }
    }
}

impl Stretch {
    /// Ends a piece, if it is long enough, and forgets those that have left.
    fn cut(&mut self, now: Duration) {
        let step = self.length / STEPS;
        // A tick may come a little early.
        if now.saturating_sub(self.since) >= step * 9 / 10 && now > self.since {
            let empty = Sample {
                times: self.current.times.as_ref().map(|_| Default::default()),
                ..Sample::default()
            };
            let sample = std::mem::replace(&mut self.current, empty);
            self.pieces.push_back(Piece { from: self.since, sample });
            self.since = now;
        }
        // What is left must still be the whole stretch, but for a tick that came early.
        let enough = self.length * 19 / 20;
        while self.pieces.get(1).is_some_and(|second| now.saturating_sub(second.from) >= enough) {
            self.pieces.pop_front();
        }
    }

    fn start(&self) -> Duration {
        self.pieces.front().map_or(self.since, |piece| piece.from)
    }

    fn is_whole(&self, now: Duration) -> bool {
        now.saturating_sub(self.start()) >= self.length * 19 / 20
    }

    fn all(&self, statistic: Statistic) -> Sample {
        let mut all = Sample::of(statistic);
        self.pieces.iter().for_each(|piece| all.merge(&piece.sample));
        all.merge(&self.current);
        all
    }
}

/// Why there is nothing in a selection.
fn explain(selection: &Selection, all: &impl Measures) -> String {
    let Selection { subject, selectors } = selection;
    let there = all.subjects();
    let name = subject.to_string();
    if !there.contains(&name) {
        let near = nearest(&name, there.iter().map(String::as_str));
        return match (there.is_empty(), near) {
            (true, _) => "nothing was counted at all".to_owned(),
            (false, Some(near)) => format!("no `{name}` came; did you mean `{near}`?"),
            (false, None) => format!("no `{name}` came; there were {}", listed(there, &name)),
        };
    }
    // The first selector that leaves nothing is the one to look at.
    for (at, selector) in selectors.iter().enumerate() {
        let mut sample = Sample::of(Statistic::Count);
        let narrowed = Selection { subject: subject.clone(), selectors: selectors[..=at].to_vec() };
        all.add_to(&narrowed, &mut sample);
        if sample.of == 0 {
            let key = &selector.key;
            let values = all.values(subject, key);
            return match values.is_empty() {
                true => format!("{name} have no {key}"),
                false => format!(
                    "no {name} with {selector} came; {key} was {}",
                    listed(values, &selector.pattern)
                ),
            };
        }
    }
    format!("there was no {}", subject.noun())
}

/// Some of them, the nearest to `wanted` first.
fn listed(names: impl IntoIterator<Item = String>, wanted: &str) -> String {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_cached_key(|name| (crate::spec::edits(name, wanted), name.clone()));
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut text = names
        .iter()
        .take(MOST_NAMES)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
