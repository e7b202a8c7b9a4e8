//! What is kept of the requests of a series beside their counts, in bounded memory.

use serde::{Deserialize, Serialize};

use super::Distribution;
use super::exchange::{Exchange, Outcome};
use super::exemplar::{Exemplar, ExemplarDetail, Exemplars};
use super::phases::Phases;

/// Significant digits of phases.
const DIGITS: u8 = 2;

/// Where the time of a series' attempts went, and single ones of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// How many attempts it is of: fewer than there were, if it began later than they did.
    pub attempts: u64,
    /// How each phase is spread over the attempts in which it happened.
    pub phases: Phases<Distribution>,
    /// Single attempts.
    pub exemplars: Exemplars,
    /// Of a series that lost its place and got one again, another each time.
    #[serde(default)]
    pub(super) generation: u64,
}

impl Default for Detail {
    fn default() -> Self {
        let phases = Phases::<()>::default().map(|()| Distribution::with_digits(DIGITS));
        Self { attempts: 0, phases, exemplars: Exemplars::default(), generation: 0 }
    }
}

impl Detail {
    /// Takes an attempt; `describe` is asked only if it is kept as an exemplar.
    #[inline]
    pub(super) fn record(
        &mut self,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        self.record_phases(phases);
        let failed = matches!(exchange.outcome, Outcome::Failed(_))
            || exchange.status.is_some_and(|status| status >= 400);
        let slow = self.exemplars.is_slow(exchange.took.service);
        if slow || (failed && self.exemplars.wants_failure()) {
            self.keep(exchange, phases, slow, failed, describe());
        }
    }

    /// Takes the phases of an attempt that is looked at no closer.
    #[inline]
    pub(super) fn record_phases(&mut self, phases: &Phases) {
        self.attempts += 1;
        for (times, phase) in self.phases.iter_mut().zip(phases.iter()) {
            if let Some(phase) = phase {
                times.record(*phase);
            }
        }
    }

    #[cold]
    fn keep(
        &mut self,
        exchange: &Exchange,
        phases: &Phases,
        slow: bool,
        failed: bool,
        ExemplarDetail { at, arguments, text, trace }: ExemplarDetail,
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
            trace,
        };
        if failed && self.exemplars.wants_failure() {
            self.exemplars.add_failure(exemplar.clone());
        }
        if slow {
            self.exemplars.add_slow(exemplar);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.merge_phases(other);
        self.exemplars.merge(&other.exemplars);
    }

    pub(super) fn merge_phases(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.phases.merge(&other.phases);
    }

    /// What has come since it was `earlier`. Exemplars are all: what comes twice is one.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        if self.generation != earlier.generation {
            return self.clone();
        }
        let attempts = earlier.attempts;
        let mut earlier = earlier.phases.iter();
        let since = |times: &Distribution| match earlier.next() {
            Some(earlier) => times.since(earlier),
            None => times.clone(),
        };
        Self {
            attempts: self.attempts.saturating_sub(attempts),
            phases: self.phases.map(since),
            exemplars: self.exemplars.clone(),
            generation: self.generation,
        }
    }

    pub(super) fn clear(&mut self) {
        self.attempts = 0;
        self.phases.iter_mut().filter(|times| times.count() > 0).for_each(Distribution::clear);
        self.exemplars.clear();
    }
}
