//! Percentiles of histograms with exponential buckets.

use crate::metrics::Native;
use mite_results::windows::{lower, upper};

/// The value that a share of all values (0 to 1) does not exceed, linear inside a bucket;
/// zero of none.
pub(super) fn percentile(native: &Native, share: f64, schema: u8) -> f64 {
    let negative = native
        .negative
        .iter()
        .rev()
        .map(|(at, n)| ((-upper(schema, *at), -lower(schema, *at)), *n));
    let zero = std::iter::once(((0.0, 0.0), native.zero));
    let positive =
        native.positive.iter().map(|(at, n)| ((lower(schema, *at), upper(schema, *at)), *n));
    let buckets: Vec<_> = negative.chain(zero).chain(positive).filter(|(_, n)| *n > 0).collect();
    let count: u64 = buckets.iter().map(|(_, n)| n).sum();
    let goal = share * count as f64;
    let mut below = 0.0;
    for ((low, high), n) in buckets {
        let n = n as f64;
        if below + n >= goal {
            return low + (high - low) * ((goal - below) / n).clamp(0.0, 1.0);
        }
        below += n;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn values_are_found_on_both_sides_of_zero() {
        let native = Native {
            zero: 2,
            positive: BTreeMap::from([(0, 4), (32, 2)]),
            negative: BTreeMap::from([(0, 1), (32, 1)]),
        };
        let at = |share| percentile(&native, share, 5);
        assert_eq!((at(0.0), at(1.0)), (-2.0, 2.0));
        assert_eq!((at(0.25), at(0.4)), (0.0, 0.0));
        assert_eq!(at(0.8), 1.0);
        assert_eq!(percentile(&Native::default(), 0.5, 5), 0.0);
    }
}
