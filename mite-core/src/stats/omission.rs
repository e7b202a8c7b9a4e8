//! Correction for coordinated omission, as HdrHistogram does it.

use std::time::Duration;

use super::counts::Counts;
use super::distribution::Distribution;
use super::series::Series;

/// In a closed line whoever waits for a slow answer asks for nothing meanwhile, so that a
/// stall is one long time and not the many of those who would have come. With the interval
/// at which each would have come, a time `t` stands for those of `t - interval`,
/// `t - 2 interval` and so on, too.
fn corrected(times: &Distribution, interval: Duration) -> Distribution {
    let mut all = times.clone();
    let step = (interval.as_micros() as u64).max(1);
    for (micros, n) in times.recorded() {
        let mut missed = micros.saturating_sub(step);
        while missed >= step {
            (0..n).for_each(|_| all.record(Duration::from_micros(missed)));
            missed -= step;
        }
    }
    all
}

impl Series {
    /// What is of a closed line has the corrected times as its response times.
    fn correct(&mut self, interval: Duration) {
        if !self.is_open {
            self.is_open = true;
            self.response = Some(Box::new(corrected(&self.times, interval)));
            if let Some(failed) = &mut self.failed {
                failed.correct(interval);
            }
        }
    }
}

impl Counts {
    /// With corrected times beside those of closed lines.
    pub(super) fn corrected(&self, interval: Duration) -> Self {
        let mut all = self.clone();
        all.series.each(|series| series.correct(interval));
        if let Some(warmup) = &mut all.warmup {
            **warmup = warmup.corrected(interval);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_time_stands_for_those_that_were_not_asked_meanwhile() {
        let ms = Duration::from_millis;
        let mut times = Distribution::default();
        (0..10).for_each(|_| times.record(ms(5)));
        times.record(ms(45));
        let all = corrected(&times, ms(10));
        // 35, 25 and 15 ms were not asked; what is left is shorter than the interval.
        assert_eq!((all.count(), all.max()), (14, ms(45)));
        let mut recorded: Vec<_> =
            all.recorded().iter().map(|(micros, _)| micros / 1_000).collect();
        recorded.sort_unstable();
        assert_eq!(recorded[10..], [15, 25, 35, 45]);
        // As HdrHistogram has it.
        let mut hdr = hdrhistogram::Histogram::<u64>::new(3).unwrap();
        for (micros, n) in times.recorded() {
            (0..n).for_each(|_| hdr.record_correct(micros, 10_000).unwrap());
        }
        assert_eq!(hdr.len(), all.count());
        for p in [50.0, 75.0, 90.0, 99.0, 100.0] {
            let (ours, theirs) = (all.percentile(p).as_micros() as u64, hdr.value_at_percentile(p));
            assert!(ours.abs_diff(theirs) * 1_000 <= theirs, "p{p}: {ours}, {theirs}");
        }
    }
}
