//! The values behind a distribution: as they came, or in a histogram.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

/// Most values kept as they are; with more of them they become a histogram.
/// A series that is seldom used costs 2 KB at most instead of some 90.
pub(super) const MOST_RAW: usize = 512;

/// Nanoseconds to a bucket: what a histogram counts is microseconds.
pub(super) const GRAIN: u64 = 1_000;

#[derive(Clone, Debug)]
pub(super) enum Values {
    /// In microseconds, in the order they came.
    Raw(Vec<u32>),
    Counted(Box<Histogram<u64>>),
}

impl Values {
    /// Each value, in microseconds, and how often it came; in no order.
    pub(super) fn counts(&self) -> Vec<(u32, u64)> {
        match self {
            Self::Raw(raw) => raw.iter().map(|value| (*value, 1)).collect(),
            Self::Counted(histogram) => histogram
                .iter_recorded()
                .map(|step| (step.value_iterated_to() as u32, step.count_at_value()))
                .collect(),
        }
    }

    /// Those that are not among `earlier`, which are the first of them. If they are
    /// not (it comes from somewhere else), all.
    pub(super) fn since(&self, earlier: &Self, digits: u8) -> Self {
        match (self, earlier) {
            (Self::Raw(raw), Self::Raw(earlier)) => {
                Self::Raw(raw.get(earlier.len()..).unwrap_or(raw).to_vec())
            }
            (Self::Raw(raw), Self::Counted(_)) => Self::Raw(raw.clone()),
            (Self::Counted(histogram), earlier) => {
                let mut earlier = earlier.clone();
                let mut rest = histogram.clone();
                match rest.subtract(&*earlier.counted(digits)) {
                    Ok(()) => Self::Counted(rest).few(),
                    Err(_) => self.clone(),
                }
            }
        }
    }

    /// Those that are not among `part`, which are some of them.
    pub(super) fn without(&self, part: &Self, digits: u8) -> Self {
        if let (Self::Raw(all), Self::Raw(part)) = (self, part) {
            let (mut all, mut part) = (all.clone(), part.clone());
            all.sort_unstable();
            part.sort_unstable();
            let mut part = part.into_iter().peekable();
            all.retain(|value| part.next_if_eq(value).is_none());
            return Self::Raw(all);
        }
        // A count stands at the greatest value of its bucket, and of fewer digits than
        // those of the part its bucket may be a neighbour.
        let mut rest: BTreeMap<u32, u64> = self.counts().into_iter().collect();
        for (value, mut n) in part.counts() {
            while n > 0 {
                let above = rest.range(value..).next();
                let Some((&key, &count)) = above.or_else(|| rest.range(..value).next_back()) else {
                    break;
                };
                let taken = n.min(count);
                n -= taken;
                match count - taken {
                    0 => rest.remove(&key),
                    left => rest.insert(key, left),
                };
            }
        }
        let mut values = Self::Raw(Vec::new());
        rest.into_iter().for_each(|(value, n)| values.record_n(value, n, digits));
        values
    }

    /// As raw values, if they are few.
    pub(super) fn few(self) -> Self {
        let counts = self.counts();
        match counts.iter().map(|(_, n)| n).sum::<u64>() <= MOST_RAW as u64 {
            true => Self::Raw(
                counts.iter().flat_map(|(v, n)| std::iter::repeat_n(*v, *n as usize)).collect(),
            ),
            false => self,
        }
    }

    /// Between which nanoseconds all of them are, give or take so many.
    pub(super) fn bounds(&self, slack: u64) -> (u64, u64) {
        let counts = self.counts();
        let values = || counts.iter().map(|(value, _)| u64::from(*value) * GRAIN);
        (values().min().unwrap_or(0).saturating_sub(slack), values().max().unwrap_or(0) + slack)
    }

    #[inline]
    pub(super) fn record(&mut self, micros: u32, digits: u8) {
        match self {
            Self::Counted(histogram) => count(histogram, micros),
            Self::Raw(raw) if raw.len() < MOST_RAW => raw.push(micros),
            Self::Raw(_) => count(self.counted(digits), micros),
        }
    }

    /// As [`record`](Self::record), `n` times.
    pub(super) fn record_n(&mut self, micros: u32, n: u64, digits: u8) {
        match self {
            Self::Raw(raw) if raw.len() as u64 + n <= MOST_RAW as u64 => {
                raw.extend(std::iter::repeat_n(micros, n as usize));
            }
            _ => self
                .counted(digits)
                .record_n(micros.into(), n)
                .expect("a histogram that grows takes any value"),
        }
    }

    /// Adds values that were kept as they are.
    pub(super) fn extend(&mut self, more: &[u32], digits: u8) {
        match self {
            Self::Raw(raw) if raw.len() + more.len() <= MOST_RAW => raw.extend_from_slice(more),
            _ => more.iter().for_each(|micros| self.record(*micros, digits)),
        }
    }

    /// The histogram, made of the raw values if need be.
    #[cold]
    pub(super) fn counted(&mut self, digits: u8) -> &mut Histogram<u64> {
        if let Self::Raw(raw) = self {
            let high = u64::from(raw.iter().copied().max().unwrap_or(0)).max(2);
            let mut histogram = Histogram::new_with_max(high, digits)
                .expect("two or more is a valid highest value, and 1 to 5 digits are");
            histogram.auto(true);
            raw.iter().for_each(|v| count(&mut histogram, *v));
            *self = Self::Counted(Box::new(histogram));
        }
        match self {
            Self::Counted(histogram) => histogram,
            Self::Raw(_) => unreachable!("raw values were counted above"),
        }
    }
}

pub(super) fn count(histogram: &mut Histogram<u64>, micros: u32) {
    histogram.record(micros.into()).expect("a histogram that grows takes any value");
}
