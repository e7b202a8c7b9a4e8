//! The windows of a series, as the page looks at them.

use crate::document::{Document, Series, SeriesWindows};
use crate::windows::{Exponential, upper};

/// A stretch of windows: the first, and the one after the last.
pub(super) type Stretch = (usize, usize);

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

    /// The longest time that ended in a stretch.
    pub(super) fn longest(self, (from, to): Stretch) -> Option<f64> {
        let all = self.of.max_s.get(from..to)?.iter().flatten().map(|max| max.get());
        all.reduce(f64::max)
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

    /// What 90 % lie below, in each window in which something ended.
    fn p90s(self) -> Vec<Option<f64>> {
        (0..self.len()).map(|at| self.times((at, at + 1)).quantile(0.9)).collect()
    }

    /// What 90 % lie below in the window in the middle.
    pub(super) fn usual(self) -> Option<f64> {
        middle(self.p90s().into_iter().flatten().collect())
    }

    /// The least and the greatest of what 90 % lie below, of windows with ten samples.
    pub(super) fn spread(self) -> Option<(f64, f64)> {
        let enough = |at: &usize| self.of.count[*at] >= 10;
        let known =
            (0..self.len()).filter(enough).filter_map(|at| self.times((at, at + 1)).quantile(0.9));
        known.fold(None, |ends, p90| match ends {
            None => Some((p90, p90)),
            Some((low, high)) => Some((low.min(p90), high.max(p90))),
        })
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

    /// Stretches in which times were several times as long as usual, or nothing ended
    /// though journeys were running; the one in which most time was lost comes first.
    pub(super) fn slow(self) -> Vec<Stretch> {
        const SEVERAL: f64 = 3.0;
        let Some(usual) = self.usual() else { return Vec::new() };
        let running = &self.document.windows.running_min;
        let p90s = self.p90s();
        let stands = |at: usize| self.of.count[at] == 0 && running.get(at).is_some_and(|n| *n > 0);
        let is_slow = |at: usize| p90s[at].map_or(stands(at), |p90| p90 >= usual * SEVERAL);
        let mut stretches: Vec<Stretch> = Vec::new();
        for at in (0..self.len()).filter(|at| is_slow(*at)) {
            match stretches.last_mut() {
                Some((_, to)) if *to == at => *to += 1,
                _ => stretches.push((at, at + 1)),
            }
        }
        stretches.retain(|stretch| self.count(*stretch) > 0);
        let lost = |stretch| self.lost(stretch);
        stretches.sort_by(|a, b| f64::total_cmp(&lost(*b), &lost(*a)));
        stretches
    }
}

/// The one in the middle.
fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
