//! The values behind a distribution: as they came, or in a histogram.

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

    /// Between which nanoseconds all of them are.
    pub(super) fn bounds(&self) -> (u64, u64) {
        let counts = self.counts();
        let values = || counts.iter().map(|(value, _)| u64::from(*value) * GRAIN);
        let half = GRAIN / 2;
        (values().min().unwrap_or(0).saturating_sub(half), values().max().unwrap_or(0) + half)
    }

    #[inline]
    pub(super) fn record(&mut self, micros: u32, digits: u8) {
        match self {
            Self::Counted(histogram) => count(histogram, micros),
            Self::Raw(raw) if raw.len() < MOST_RAW => raw.push(micros),
            Self::Raw(_) => count(self.counted(digits), micros),
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
