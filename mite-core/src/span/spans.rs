//! Which executions are sampled, and the spans of these on their way out.

use std::collections::VecDeque;
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::Span;

/// Spans that wait to be sent; those that find the queue full are dropped, and counted.
const MOST: usize = 16_384;

/// Which executions are traced.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TraceSampling {
    /// What share of executions is sampled, from 0 to 1.
    pub share: f64,
    /// Whether requests of the others say that they are not sampled.
    pub tells_unsampled: bool,
}

/// The spans of a run.
#[derive(Debug)]
pub struct Spans {
    sampling: TraceSampling,
    /// What makes traces of this run others than those of another one.
    run: u64,
    queue: Mutex<VecDeque<Span>>,
    dropped: AtomicU64,
}

/// The numbers of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceNumbers {
    pub(crate) trace: NonZeroU128,
    pub(crate) sampled: bool,
}

impl Spans {
    /// Those of a run, of which `run` is a number that no other one has.
    pub fn new(sampling: TraceSampling, run: u64) -> Self {
        Self { sampling, run, queue: Mutex::default(), dropped: AtomicU64::new(0) }
    }

    /// The trace of an execution, if its requests say that they are of one. Who is sampled
    /// follows from the numbers of the execution and the seed of the run alone.
    pub(crate) fn trace(&self, seed: u64, execution: [u64; 3]) -> Option<TraceNumbers> {
        let chosen = execution.iter().fold(mixed(seed), |hash, n| mixed(hash ^ n));
        // 53 bits, which a float has.
        let sampled = ((chosen >> 11) as f64) < self.sampling.share * (1_u64 << 53) as f64;
        if !sampled && !self.sampling.tells_unsampled {
            return None;
        }
        let low = execution.iter().fold(mixed(self.run), |hash, n| mixed(hash ^ n));
        let trace = u128::from(mixed(self.run ^ 1)) << 64 | u128::from(low);
        Some(TraceNumbers { trace: NonZeroU128::new(trace).unwrap_or(NonZeroU128::MIN), sampled })
    }

    /// Hands over a span that has ended; never waits.
    pub(crate) fn push(&self, span: Span) {
        let mut queue = self.queue();
        if queue.len() >= MOST {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        } else {
            queue.push_back(span);
        }
    }

    /// Takes up to `most` of them, in the order in which they ended.
    pub fn take(&self, most: usize) -> Vec<Span> {
        let mut queue = self.queue();
        let n = queue.len().min(most);
        queue.drain(..n).collect()
    }

    /// How many found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Span>> {
        self.queue.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// The number of a span in a trace.
pub(crate) fn span_number(trace: NonZeroU128, n: u64) -> NonZeroU64 {
    let number = mixed(trace.get() as u64 ^ mixed(n));
    NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN)
}

/// SplitMix64: each bit of `n` is in each of the result.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::span::{SpanIdentity, SpanKind};

    fn sampled(share: f64, seed: u64) -> Vec<u64> {
        let spans = Spans::new(TraceSampling { share, tells_unsampled: false }, 7);
        (1..=10_000).filter(|n| spans.trace(seed, [5, 1, *n]).is_some()).collect()
    }

    #[test]
    fn a_share_is_sampled_and_the_seed_says_which() {
        assert_eq!((sampled(0.0, 1).len(), sampled(1.0, 1).len()), (0, 10_000));
        // Four standard deviations of a binomial distribution around one of a hundred.
        let few = sampled(0.01, 1);
        assert!((60..=140).contains(&few.len()), "{}", few.len());
        assert_eq!(few, sampled(0.01, 1));
        assert_ne!(few, sampled(0.01, 2));
    }

    #[test]
    fn who_is_not_sampled_has_a_trace_if_it_is_told() {
        let spans = Spans::new(TraceSampling { share: 0.5, tells_unsampled: true }, 7);
        let all: Vec<_> = (1..=1_000).map(|n| spans.trace(1, [5, 1, n]).unwrap()).collect();
        let traces: HashSet<_> = all.iter().map(|trace| trace.trace).collect();
        assert_eq!(traces.len(), 1_000);
        let kept = all.iter().filter(|trace| trace.sampled).count();
        assert!((400..=600).contains(&kept), "{kept}");
        // Of another run with the same seed the same are sampled, as other traces.
        let other = Spans::new(TraceSampling { share: 0.5, tells_unsampled: true }, 8);
        let others: Vec<_> = (1..=1_000).map(|n| other.trace(1, [5, 1, n]).unwrap()).collect();
        assert!(all.iter().zip(&others).all(|(a, b)| a.sampled == b.sampled && a.trace != b.trace));
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let spans = Spans::new(TraceSampling::default(), 7);
        let trace = NonZeroU128::MIN;
        for n in 0..MOST as u64 + 3 {
            spans.push(Span {
                identity: SpanIdentity { trace, span: span_number(trace, n), sampled: true },
                parent: None,
                name: n.to_string(),
                kind: SpanKind::Internal,
                start: 0,
                end: 0,
                attributes: Vec::new(),
                failed: false,
                exception: None,
            });
        }
        assert_eq!(spans.dropped(), 3);
        let first: Vec<_> = spans.take(2).into_iter().map(|span| span.name).collect();
        assert_eq!(first, ["0", "1"]);
        assert_eq!(spans.take(usize::MAX).len(), MOST - 2);
    }
}
