//! Which rate comes next.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::status::{SearchOutcome, SearchState, SearchStatus, SearchStep};
use crate::stats::threshold::Threshold;

/// A search for the greatest rate at which limits are kept: one handle asks for the rate
/// of each window, the other says what became of it. Neither waits for the other.
#[derive(Clone, Debug)]
pub struct Search(Arc<Mutex<Hunt>>);

/// What is searched for.
#[derive(Clone, Debug)]
pub struct SearchPlan {
    /// The rate to begin with, in journeys per second.
    pub from: f64,
    /// The greatest rate to go to.
    pub up_to: f64,
    /// For how long each rate is measured.
    pub hold: Duration,
    /// What must be kept.
    pub limits: Vec<Threshold>,
    /// How far the ends of the bracket may be apart, as a part of the lower one.
    pub bracket: f64,
    /// How often the rate that is found must be kept.
    pub repeats: u32,
}

#[derive(Debug)]
struct Hunt {
    plan: SearchPlan,
    stage: Stage,
    /// When the first window of this stage begins, once it was asked for.
    began: Option<Duration>,
    /// The greatest rate that was kept, and the least that was not.
    kept: Option<f64>,
    broken: Option<f64>,
    state: SearchState,
    steps: Vec<SearchStep>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// A rate is held, and will be judged.
    Hold(f64),
    /// It stays low until the limits are kept again, `looks` times at most.
    Rest {
        rate: f64,
        then: f64,
        looks: u32,
    },
    Done,
}

/// What is measured now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) rate: f64,
    /// Not before that time.
    pub(super) from: Duration,
    pub(super) length: Duration,
}

/// What does not recover in so many looks will not.
const LOOKS: u32 = 40;

/// So many rates are held at most: limits that break now and then come to no end.
const STEPS: usize = 60;

/// Where a search gives up on its way down, of the rate that it began with.
const LEAST: f64 = 1.0 / 64.0;

impl Search {
    /// A search that has not begun.
    pub fn new(plan: SearchPlan) -> Self {
        let stage = Stage::Hold(plan.from);
        Self(Arc::new(Mutex::new(Hunt {
            plan,
            stage,
            began: None,
            kept: None,
            broken: None,
            state: SearchState::Searching,
            steps: Vec::new(),
        })))
    }

    /// The rate of the window that begins then; `None` once it has ended. Each window is
    /// asked about once, in order.
    pub fn rate(&self, start: Duration) -> Option<f64> {
        let mut hunt = self.lock();
        let (Stage::Hold(rate) | Stage::Rest { rate, .. }) = hunt.stage else { return None };
        hunt.began.get_or_insert(start);
        Some(rate)
    }

    /// The greatest rate that it may come to.
    pub fn up_to(&self) -> f64 {
        self.lock().plan.up_to
    }

    /// What must be kept.
    pub fn limits(&self) -> Vec<Threshold> {
        self.lock().plan.limits.clone()
    }

    /// How it stands.
    pub fn status(&self, line: u32, journey: &str) -> SearchStatus {
        let hunt = self.lock();
        let times = |rate: Option<f64>, kept: bool| {
            let of = |step: &&SearchStep| {
                Some(step.rate) == rate && (step.outcome == SearchOutcome::Kept) == kept
            };
            hunt.steps.iter().filter(of).count() as u32
        };
        SearchStatus {
            line,
            journey: journey.to_owned(),
            limits: hunt.plan.limits.iter().map(ToString::to_string).collect(),
            units: hunt.plan.limits.iter().map(|limit| limit.unit).collect(),
            hold: hunt.plan.hold,
            up_to: hunt.plan.up_to,
            state: hunt.state,
            kept: hunt.kept,
            kept_times: times(hunt.kept, true),
            broken: hunt.broken,
            broken_times: times(hunt.broken, false),
            steps: hunt.steps.clone(),
        }
    }

    /// What is measured now, if the first window of it was asked for.
    pub(super) fn stretch(&self) -> Option<Stretch> {
        let hunt = self.lock();
        let hold = hunt.plan.hold;
        // What began at the rate before is in flight for a while.
        let settle = hold / 4;
        let from = hunt.began? + settle;
        match hunt.stage {
            Stage::Hold(rate) => Some(Stretch { rate, from, length: hold }),
            Stage::Rest { rate, .. } => Some(Stretch { rate, from, length: settle }),
            Stage::Done => None,
        }
    }

    /// What became of it.
    pub(super) fn judge(&self, step: SearchStep) {
        self.lock().judge(step);
    }

    fn lock(&self) -> MutexGuard<'_, Hunt> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Hunt {
    fn judge(&mut self, step: SearchStep) {
        let outcome = step.outcome;
        match self.stage {
            Stage::Done => return,
            Stage::Rest { then, .. } if outcome == SearchOutcome::Kept => {
                self.go_on(Stage::Hold(then));
                return;
            }
            Stage::Rest { looks: 0, .. } => {
                self.end(SearchState::NotRecovered);
                return;
            }
            Stage::Rest { rate, then, looks } => {
                self.stage = Stage::Rest { rate, then, looks: looks - 1 };
                return;
            }
            Stage::Hold(_) => {}
        }
        let rate = step.rate;
        self.steps.push(step);
        match outcome {
            SearchOutcome::Kept => self.kept = Some(self.kept.map_or(rate, |k| k.max(rate))),
            SearchOutcome::Broken | SearchOutcome::Generator => {
                self.broken = Some(self.broken.map_or(rate, |b| b.min(rate)));
                // What was kept once and is not now was luck.
                let kept = self.steps.iter().filter(|s| s.outcome == SearchOutcome::Kept);
                self.kept = kept.map(|s| s.rate).filter(|k| *k < rate).reduce(f64::max);
            }
        }
        match self.next() {
            Ok(next) if outcome == SearchOutcome::Kept => self.go_on(Stage::Hold(next)),
            Ok(then) => {
                let rate = self.kept.unwrap_or(self.plan.from.min(rate)) / 2.0;
                self.go_on(Stage::Rest { rate, then, looks: LOOKS });
            }
            Err(state) => self.end(state),
        }
    }

    /// The rate to hold next, or how the search has ended.
    fn next(&self) -> Result<f64, SearchState> {
        if self.steps.len() >= STEPS {
            return Err(SearchState::Searching);
        }
        match (self.kept, self.broken) {
            (None, None) => Ok(self.plan.from),
            (Some(kept), None) if kept >= self.plan.up_to => Err(SearchState::KeptUpTo),
            (Some(kept), None) => Ok((kept * 2.0).min(self.plan.up_to)),
            (None, Some(broken)) if broken <= self.plan.from * LEAST => Err(match self.limit() {
                SearchOutcome::Generator => SearchState::GeneratorLimit,
                _ => SearchState::NeverKept,
            }),
            (None, Some(broken)) => Ok(round(broken / 2.0)),
            (Some(kept), Some(broken)) => {
                let middle = round((kept * broken).sqrt());
                if broken / kept > 1.0 + self.plan.bracket && kept < middle && middle < broken {
                    return Ok(middle);
                }
                if self.times(kept) < self.plan.repeats {
                    return Ok(kept);
                }
                Err(match self.limit() {
                    SearchOutcome::Generator => SearchState::GeneratorLimit,
                    _ => SearchState::Found,
                })
            }
        }
    }

    /// Why the least rate that was too much was.
    fn limit(&self) -> SearchOutcome {
        let least = self
            .steps
            .iter()
            .rfind(|s| Some(s.rate) == self.broken && s.outcome != SearchOutcome::Kept);
        least.map_or(SearchOutcome::Broken, |step| step.outcome)
    }

    fn times(&self, rate: f64) -> u32 {
        let kept = |s: &&SearchStep| s.rate == rate && s.outcome == SearchOutcome::Kept;
        self.steps.iter().filter(kept).count() as u32
    }

    fn go_on(&mut self, stage: Stage) {
        (self.stage, self.began) = (stage, None);
    }

    fn end(&mut self, state: SearchState) {
        self.state = state;
        self.go_on(Stage::Done);
    }
}

/// To three digits, as people write it.
fn round(rate: f64) -> f64 {
    let unit = 10f64.powf(rate.abs().log10().floor() - 2.0);
    // Divided by a power of ten that is whole, it is what is written.
    if unit < 1.0 {
        (rate * (1.0 / unit).round()).round() / (1.0 / unit).round()
    } else {
        (rate / unit).round() * unit
    }
}
