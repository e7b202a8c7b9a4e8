//! A runner's own arrivals of a window.

use std::collections::VecDeque;

use super::integral::{Inverse, integral};
use super::random::{mix, unit};
use super::{Arrival, Segment, Split, Strata};

/// A runner's own arrivals of a [`Segment`], in order of time.
#[derive(Clone, Debug)]
pub struct OwnArrivals {
    split: Split,
    next: u64,
    end: u64,
    left: u64,
    rate: Inverse,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// The integral at an arrival is its number, and this more.
    Even { first: u64, lead: f64 },
    Random {
        strata: Strata,
        /// The part that comes next.
        part: usize,
        /// The integral of each part.
        of_part: f64,
        first: u64,
        /// Integral and number of the own arrivals of the part before, in order.
        drawn: VecDeque<(f64, u64)>,
    },
}

impl IntoIterator for Segment {
    type Item = Arrival;
    type IntoIter = OwnArrivals;

    fn into_iter(self) -> OwnArrivals {
        let Self { first, end_k: end, pieces, lead, random, split, .. } = self;
        let way = match random {
            None => Way::Even { first, lead },
            Some(strata) => Way::Random {
                of_part: integral(&pieces) / strata.counts.len().max(1) as f64,
                strata,
                part: 0,
                first,
                drawn: VecDeque::new(),
            },
        };
        let left = split.own(first, end);
        OwnArrivals { split, next: first, end, left, rate: Inverse::new(pieces), way }
    }
}

impl Iterator for OwnArrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let (integral, k) = match &mut self.way {
            Way::Even { first, lead } => {
                let k = (self.next..self.end).find(|k| self.split.owns(*k))?;
                self.next = k + 1;
                (*lead + (k - *first) as f64, k)
            }
            Way::Random { strata, part, of_part, first, drawn } => loop {
                if let Some(arrival) = drawn.pop_front() {
                    break arrival;
                }
                let count = *strata.counts.get(*part)?;
                let numbers = self.next..self.end.min(self.next + u64::from(count));
                self.next = numbers.end;
                let own = numbers.filter(|k| self.split.owns(*k));
                let place = |k: u64| *part as f64 + unit(mix(strata.seed, k - *first));
                drawn.extend(own.map(|k| (place(k) * *of_part, k)));
                drawn.make_contiguous().sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                *part += 1;
            },
        };
        self.left -= 1;
        Some(Arrival { k, at: self.rate.reach(integral) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (left, usize::try_from(self.left).ok())
    }
}

impl ExactSizeIterator for OwnArrivals {}
