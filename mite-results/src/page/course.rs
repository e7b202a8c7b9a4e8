//! The windows of a series, as the page looks at them.

use crate::document::{Document, Series, SeriesWindows};
use crate::windows::{Exponential, upper};

/// A stretch of windows: the first, and the one after the last.
pub(super) type Stretch = (usize, usize);

/// A percentile is of so many samples at least: of fewer it is chance.
pub(super) const ENOUGH: u64 = 10;

/// So many times as long as usual is slow.
pub(super) const SEVERAL: f64 = 3.0;

/// What share of a silence it takes to be one of the service's: requests may begin after its
/// first window did.
const MOST_OF_IT: f64 = 0.8;

/// The course of one series.
#[derive(Clone, Copy)]
pub(super) struct Course<'a> {
    document: &'a Document,
    of: &'a SeriesWindows,
}

impl<'a> Course<'a> {
    /// None if it has no windows.
    pub(super) fn of(document: &'a Document, series: &Series) -> Option<Self> {
        let of = document.windows.series.get(&series.id)?;
        Some(Self { document, of })
    }

    pub(super) fn len(self) -> usize {
        self.document.windows.t_s.len()
    }

    /// How fine its histograms are.
    pub(super) fn schema(self) -> u8 {
        self.of.hist.schema
    }

    pub(super) fn count(self, (from, to): Stretch) -> u64 {
        self.of.count[from..to].iter().sum()
    }

    pub(super) fn times(self, (from, to): Stretch) -> Exponential {
        let hist = &self.of.hist;
        let mut all = Exponential::new(hist.schema);
        for at in from..to {
            let (first, counts) = (hist.first[at], &hist.counts[at]);
            all.merge(&Exponential::of_counts(hist.schema, first, counts));
        }
        all
    }

    /// Times of those that failed, over the whole run.
    pub(super) fn failed_times(self) -> Exponential {
        let mut all = Exponential::new(self.schema());
        let hist = self.of.failed_hist.iter();
        for (first, counts) in hist.flat_map(|hist| hist.first.iter().zip(&hist.counts)) {
            all.merge(&Exponential::of_counts(self.schema(), *first, counts));
        }
        all
    }

    /// What 90 % lie below, in each window in which something ended.
    fn p90s(self) -> Vec<Option<f64>> {
        (0..self.len()).map(|at| self.times((at, at + 1)).quantile(0.9)).collect()
    }

    /// What 90 % lie below in the window in the middle, of those with enough samples; of all
    /// if none has.
    pub(super) fn usual(self) -> Option<f64> {
        let p90s = self.p90s();
        let sure = p90s.iter().zip(&self.of.count).filter(|(_, n)| **n >= ENOUGH);
        middle(sure.filter_map(|(p90, _)| *p90).collect())
            .or_else(|| middle(p90s.into_iter().flatten().collect()))
    }

    /// Times outside of some stretches.
    pub(super) fn times_outside(self, stretches: &[Stretch]) -> Exponential {
        let mut all = Exponential::new(self.schema());
        for at in 0..self.len() {
            if !stretches.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                all.merge(&self.times((at, at + 1)));
            }
        }
        all
    }

    /// The windows with the least and the greatest of what 90 % lie below, and those, of
    /// windows with enough samples.
    pub(super) fn spread(self) -> Option<[(usize, f64); 2]> {
        let p90s = self.p90s().into_iter().enumerate();
        let known = p90s.filter(|(at, _)| self.of.count[*at] >= ENOUGH);
        let known: Vec<_> = known.filter_map(|(at, p90)| Some((at, p90?))).collect();
        let least = known.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let greatest = known.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some([*least, *greatest])
    }

    /// The sum of the times of a stretch; of a file without sums, about.
    fn lost(self, stretch @ (from, to): Stretch) -> f64 {
        if let Some(sums) = self.of.sum_s.get(from..to) {
            return sums.iter().map(|s| s.get()).sum();
        }
        let times = self.times(stretch);
        let ends = (times.first()..).map(|bucket| upper(times.schema(), bucket));
        ends.zip(times.counts()).map(|(end, n)| end * *n as f64).sum()
    }

    /// Nothing ended though journeys were running.
    fn stands(self, at: usize) -> bool {
        let running = self.document.windows.running_min.get(at);
        self.of.count[at] == 0 && running.is_some_and(|n| *n > 0)
    }

    /// Stretches in which times were several times as long as usual, with those before in
    /// which nothing ended; the one in which most time was lost comes first. A few long
    /// times are chance: there are enough in each.
    pub(super) fn slow(self) -> Vec<Stretch> {
        let Some(usual) = self.usual() else { return Vec::new() };
        let p90s = self.p90s();
        let is_slow = |at: &usize| match p90s[*at] {
            None => self.stands(*at),
            Some(p90) => p90 >= usual * SEVERAL,
        };
        let mut stretches = joined((0..self.len()).filter(is_slow));
        for (from, to) in &mut stretches {
            // What did not end until the service was as fast as ever is another finding.
            while *to > *from && self.of.count[*to - 1] == 0 {
                *to -= 1;
            }
        }
        stretches.retain(|stretch| self.count(*stretch) >= ENOUGH);
        stretches.sort_by(|a, b| f64::total_cmp(&self.lost(*b), &self.lost(*a)));
        stretches
    }

    /// Stretches besides the slow ones in which nothing ended though journeys were running,
    /// and would have at the rate of the rest; the longest comes first, and of equal ones
    /// the first.
    pub(super) fn silent(self, slow: &[Stretch]) -> Vec<Stretch> {
        let of_slow = |at: &usize| slow.iter().any(|(from, to)| (*from..*to).contains(at));
        let all = joined((0..self.len()).filter(|at| self.stands(*at) && !of_slow(at)));
        let usual = self.usual().unwrap_or_default();
        let is_odd = |stretch: &Stretch| {
            let length = self.length(*stretch);
            let others = all.iter().filter(|other| *other != stretch);
            let others: Vec<f64> = others.map(|other| self.length(*other)).collect();
            // Where nothing ends for a while again and again, and nothing that ends then took
            // as long, it is the journeys' rhythm: they wait, and no service does not answer.
            let rhythm = if others.len() > 3 { middle(others).unwrap_or_default() } else { 0.0 };
            self.expected(*stretch) >= ENOUGH as f64
                && length >= usual * SEVERAL
                && (length >= rhythm * SEVERAL || self.was_waited_for(*stretch))
        };
        let mut odd: Vec<Stretch> = all.iter().copied().filter(is_odd).collect();
        odd.sort_by(|a, b| self.length(*b).total_cmp(&self.length(*a)));
        odd
    }

    /// Whether something was under way all through a stretch: it ended right after, and took
    /// most of it.
    fn was_waited_for(self, stretch @ (_, to): Stretch) -> bool {
        let longest = self.of.max_s.get(to).copied().flatten();
        longest.is_some_and(|longest| longest.get() >= self.length(stretch) * MOST_OF_IT)
    }

    /// How many would have ended in a stretch, at the rate of a running journey in the rest.
    fn expected(self, (from, to): Stretch) -> f64 {
        let windows = &self.document.windows;
        let seconds = |running: &[u64], at: usize| {
            running.get(at).map_or(0.0, |n| *n as f64 * windows.length_s[at].get())
        };
        let rest = (0..from).chain(to..self.len());
        let ran: f64 = rest.clone().map(|at| seconds(&windows.running_max, at)).sum();
        let ended: u64 = rest.map(|at| self.of.count[at]).sum();
        let runs: f64 = (from..to).map(|at| seconds(&windows.running_min, at)).sum();
        if ran > 0.0 { ended as f64 / ran * runs } else { 0.0 }
    }

    /// How long a stretch is, in seconds.
    pub(super) fn length(self, (from, to): Stretch) -> f64 {
        self.document.windows.length_s[from..to].iter().map(|length| length.get()).sum()
    }
}

/// Neighbours as stretches.
fn joined(windows: impl Iterator<Item = usize>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for at in windows {
        match stretches.last_mut() {
            Some((_, to)) if *to == at => *to += 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}

/// The one in the middle.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
