//! How numbers of any size are spread: three digits, in bounded memory.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use serde::{Deserialize, Serialize};

use crate::label::Prehashed;

/// Bits of a float's fraction that are not kept: with the other ten, a number is told
/// to within a thousandth of itself, and integers up to 2,048 are exact.
const DROPPED: u32 = 42;

/// Most buckets. Beyond them neighbours are joined, so that numbers that are spread over
/// many orders of magnitude have fewer digits and not more memory.
const MOST_BUCKETS: usize = 4_096;

/// How numbers of any size and sign are spread. A bucket is a sign, an exponent and the
/// first bits of the fraction; those that are empty cost nothing.
///
/// ```
/// use mite_core::stats::Numbers;
/// let mut numbers = Numbers::default();
/// (1..=100).for_each(|n| numbers.record(f64::from(n)));
/// assert_eq!(numbers.percentiles([50.0, 99.0]), [50.0, 99.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    buckets: HashMap<i32, u64, BuildHasherDefault<Prehashed>>,
    /// How often neighbours were joined.
    joined: u8,
}

impl Numbers {
    /// Adds one, which is finite.
    pub fn record(&mut self, number: f64) {
        self.add(bucket(number) >> self.joined, 1);
    }

    /// Adds those of another.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.join_to(other.joined);
        let more = self.joined - other.joined;
        for (at, n) in &other.buckets {
            self.add(at >> more, *n);
        }
    }

    /// Those that came since it was `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let mut before = earlier.clone();
        before.join_to(self.joined);
        let before = |at: &i32| before.buckets.get(at).copied().unwrap_or(0);
        let rest = self.buckets.iter().map(|(at, n)| (*at, n.saturating_sub(before(at))));
        Self { buckets: rest.filter(|(_, n)| *n > 0).collect(), joined: self.joined }
    }

    /// None; room for as many as there were is kept.
    pub(super) fn clear(&mut self) {
        self.buckets.clear();
        self.joined = 0;
    }

    /// The numbers that so many percent do not exceed (nearest rank); zero if there is
    /// none.
    pub fn percentiles<const N: usize>(&self, wanted: [f64; N]) -> [f64; N] {
        let mut buckets: Vec<_> = self.buckets.iter().map(|(at, n)| (*at, *n)).collect();
        buckets.sort_unstable();
        let count: u64 = buckets.iter().map(|(_, n)| n).sum();
        wanted.map(|p| {
            let rank = ((p / 100.0 * count as f64).ceil() as u64).clamp(1, count.max(1));
            let mut so_far = 0;
            let found = buckets.iter().find(|(_, n)| {
                so_far += n;
                so_far >= rank
            });
            found.map_or(0.0, |(at, _)| self.number(*at))
        })
    }

    /// Each number, to three digits, with how often it came; in no order.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (f64, u64)> {
        self.buckets.iter().map(|(at, n)| (self.number(*at), *n))
    }

    #[cfg(test)]
    pub(super) fn buckets(&self) -> usize {
        self.buckets.len()
    }

    fn add(&mut self, at: i32, n: u64) {
        *self.buckets.entry(at).or_default() += n;
        while self.buckets.len() > MOST_BUCKETS {
            self.join_to(self.joined + 1);
        }
    }

    fn join_to(&mut self, joined: u8) {
        let more = joined.saturating_sub(self.joined);
        if more == 0 {
            return;
        }
        self.joined += more;
        for (at, n) in std::mem::take(&mut self.buckets) {
            *self.buckets.entry(at >> more).or_default() += n;
        }
    }

    /// What stands for a bucket: its end that is nearer to zero, or the middle of those
    /// that were joined.
    fn number(&self, at: i32) -> f64 {
        let (negative, size) = if at < 0 { (true, !at) } else { (false, at) };
        let first = u64::from(size as u32) << self.joined;
        let middle = first + (1 << self.joined) / 2;
        let number = f64::from_bits(middle << DROPPED);
        if negative { -number } else { number }
    }
}

/// In the order of the numbers.
fn bucket(number: f64) -> i32 {
    // Of minus zero, too.
    let size = (number.abs().to_bits() >> DROPPED) as i32;
    if number < 0.0 { !size } else { size }
}
