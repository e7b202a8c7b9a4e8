//! Where the buckets of a base-2 exponential histogram lie.

use std::time::Duration;

/// Times below are counted as this.
const LEAST: f64 = 1e-6;

/// The number of the bucket of `schema` that holds `time`.
///
/// ```
/// use mite_results::windows::index;
/// use std::time::Duration;
/// assert_eq!(index(5, Duration::from_secs(1)), 0); // (2^(−1/32), 1] seconds
/// assert_eq!(index(5, Duration::from_nanos(1_000_000_001)), 1);
/// assert_eq!(index(3, Duration::from_secs(2)), 8);
/// ```
pub fn index(schema: u8, time: Duration) -> i32 {
    index_of_seconds(schema, time.as_secs_f64())
}

/// As [`index`], of a number of seconds; what is below a microsecond counts as one.
///
/// ```
/// assert_eq!(mite_results::windows::index_of_seconds(5, 2.0), 32);
/// ```
pub fn index_of_seconds(schema: u8, seconds: f64) -> i32 {
    let seconds = seconds.max(LEAST);
    let mut index = (seconds.log2() * f64::from(1_u32 << schema)).ceil() as i32;
    // The logarithm is rounded, the bounds decide.
    while seconds > upper(schema, index) {
        index += 1;
    }
    while seconds <= lower(schema, index) {
        index -= 1;
    }
    index
}

/// The longest time in bucket `index` of `schema`, in seconds.
pub fn upper(schema: u8, index: i32) -> f64 {
    (f64::from(index) / f64::from(1_u32 << schema)).exp2()
}

/// The time that all in bucket `index` of `schema` are longer than, in seconds.
pub fn lower(schema: u8, index: i32) -> f64 {
    upper(schema, index - 1)
}

/// The bucket that holds bucket `index` of a schema that is finer by `steps`.
pub fn coarser(index: i32, steps: u8) -> i32 {
    (index + (1 << steps) - 1) >> steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_within_its_bucket() {
        for schema in [0, 3, 5, 8] {
            for nanos in (0..36).flat_map(|e| [1_u64 << e, (1 << e) + 1, (1 << e) * 3 / 2]) {
                let time = Duration::from_nanos(nanos.max(1_000));
                let i = index(schema, time);
                let seconds = time.as_secs_f64();
                assert!(lower(schema, i) < seconds && seconds <= upper(schema, i), "{time:?}");
            }
        }
    }

    #[test]
    fn bounds_belong_to_the_bucket_below() {
        for i in -600..=400 {
            assert_eq!(index_of_seconds(5, upper(5, i)), i);
        }
    }

    #[test]
    fn what_is_below_a_microsecond_is_a_microsecond() {
        assert_eq!(index(5, Duration::ZERO), index(5, Duration::from_micros(1)));
    }

    #[test]
    fn a_coarser_bucket_holds_the_finer_one() {
        for i in -640..=400 {
            let coarse = coarser(i, 2);
            assert!(lower(3, coarse) <= lower(5, i) && upper(5, i) <= upper(3, coarse), "{i}");
        }
    }
}
