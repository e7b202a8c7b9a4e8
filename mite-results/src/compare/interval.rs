//! How sure the percentiles of a single run are.

use super::estimate::{quantile_ends, quantile_variance};
use super::spread::FEWEST;
use super::stretch::{Followed, stretch};
use super::student::t_quantile;
use crate::document::{Document, Measured, Number};

const PERCENTILES: [f64; 3] = [50.0, 90.0, 99.0];

/// Fills [`Times::interval99`](crate::document::Times::interval99) of every
/// series that has eight windows or more. Noise between runs is not in it.
pub fn add_intervals(document: &mut Document) {
    let warmup = document.run.warmup_s.get();
    let Ok(stretch) = stretch(&[document], Some(warmup), None) else { return };
    let mut found = Vec::new();
    for (at, series) in document.series.iter().enumerate() {
        let Some(followed) = Followed::of(document, series) else { continue };
        let begin = followed.first_cell(stretch.span).max(stretch.cells.start);
        let cells = begin..stretch.cells.end.max(begin);
        if cells.len() < FEWEST {
            continue;
        }
        let sample = followed.sample(stretch.span, cells);
        if sample.n() == 0.0 {
            continue;
        }
        let interval = |percent: f64| {
            let p = percent / 100.0;
            let (part, _) = quantile_variance(&sample, p)?;
            let half = t_quantile(0.995, (part.df as u32).max(1)) * part.variance.sqrt();
            let (low, high) = quantile_ends(&sample, p, half);
            // To the microsecond, as all times.
            let end = |ln: f64| Number::new((ln.exp() * 1e6).round() / 1e6);
            let low = if low == f64::NEG_INFINITY { None } else { end(low) };
            Some((Number::new(percent)?, low, end(high)))
        };
        let intervals: Vec<_> = PERCENTILES.into_iter().filter_map(interval).collect();
        found.push((at, followed.windows.time, intervals));
    }
    for (at, time, intervals) in found {
        let series = &mut document.series[at];
        let times = match time {
            Measured::Response => series.response.as_mut(),
            Measured::Service | Measured::Unknown => series.service.as_mut(),
        };
        if let Some(times) = times {
            times.interval99 = intervals;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;
    use super::*;

    #[test]
    fn intervals_hold_the_percentile_and_have_the_width_of_theory() {
        let mut document = run(1).document();
        add_intervals(&mut document);
        let times = document.series[0].service.as_ref().expect("it has times");
        assert_eq!(times.interval99.len(), 3);
        for (percent, low, high) in &times.interval99 {
            let at = times.at(percent.get()).expect("it is listed");
            let (low, high) = (low.expect("an end").get(), high.expect("an end").get());
            assert!(low < at && at < high, "{low} {at} {high}");
        }
        // The median of 20,040: ± 2.7 × 1.2533 × 0.5 / √20,040 = 1.2 %.
        let (_, low, high) = times.interval99[0];
        let half = (high.expect("an end").get() / low.expect("an end").get()).ln() / 2.0;
        assert!((0.009..0.016).contains(&half), "{half}");
    }

    #[test]
    fn few_windows_have_none() {
        let mut document = run(1).windows(7).document();
        add_intervals(&mut document);
        assert!(document.series[0].service.as_ref().expect("times").interval99.is_empty());
    }
}
