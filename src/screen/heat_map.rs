//! Times over time: a column for some seconds, a row for a range of times on a
//! logarithmic scale, darker for more.

use std::time::Duration;

use mite_core::units;

use super::buckets::{Buckets, Histogram};
use super::look::Look;

/// Parts of a decade that a row may be.
const STEPS: [f64; 5] = [0.125, 0.25, 0.5, 1.0, 2.0];

/// Columns of the labels, with the bar behind them.
pub(super) const LABEL: usize = 8;

/// Rows and columns of a heat map, each cell from 0 to 1.
pub(super) struct HeatMap {
    /// From the longest times down.
    rows: Vec<(Duration, Vec<f64>)>,
}

impl HeatMap {
    /// Of these columns, the last being the latest, in so many rows; none without times.
    pub(super) fn of(columns: &[Vec<&Buckets>], rows: usize) -> Option<Self> {
        let all = || columns.iter().flatten();
        let most = all().map(|second| second.max()).max().filter(|most| !most.is_zero())?;
        // From the first percentile on: a few that are short would take rows for nothing.
        let least = Histogram::of(all().copied()).low(1.0)?;
        let log = |time: Duration| time.as_secs_f64().max(1e-6).log10();
        // The finest rows that hold all; of times that are spread too far the shortest
        // are counted in the lowest row.
        let step = STEPS.into_iter().find(|step| {
            let (top, bottom) = ((log(most) / step).ceil(), (log(least) / step).floor());
            top - bottom <= rows as f64
        });
        let step = step.unwrap_or(STEPS[STEPS.len() - 1]);
        // In the middle, if there is more room than times.
        let (top, bottom) = ((log(most) / step).ceil(), (log(least) / step).floor());
        let spare = (rows as f64 - (top - bottom)).max(0.0);
        let top = top + (spare / 2.0).floor();
        let row_of = |time: Duration| {
            let below = (top - log(time) / step).max(0.0) as usize;
            below.min(rows - 1)
        };
        let mut counts = vec![vec![0u64; columns.len()]; rows];
        for (x, seconds) in columns.iter().enumerate() {
            for (time, n) in seconds.iter().flat_map(|second| second.each()) {
                counts[row_of(time)][x] += n;
            }
        }
        let darkest = counts.iter().flatten().copied().max().unwrap_or(0).max(1) as f64;
        let rows = counts.into_iter().enumerate().map(|(y, row)| {
            let bottom = Duration::from_secs_f64(10f64.powf((top - 1.0 - y as f64) * step));
            // By the root, so that one hot cell does not wash out all others.
            (bottom, row.into_iter().map(|n| (n as f64 / darkest).sqrt()).collect())
        });
        Some(Self { rows: rows.collect() })
    }

    /// Its rows as text, each with the least time that it holds.
    pub(super) fn lines(&self, look: &Look) -> Vec<String> {
        let line = |(bottom, cells): &(Duration, Vec<f64>)| {
            let cells: String = cells.iter().map(|part| look.shade(*part)).collect();
            format!("{:>7}|{cells}", label(*bottom))
        };
        self.rows.iter().map(line).collect()
    }
}

/// `316 ms`, `1 s`, `56 us`: without digits that say nothing.
fn label(time: Duration) -> String {
    if time < Duration::from_micros(95) {
        return format!("{:.0} us", time.as_secs_f64() * 1e6);
    }
    let text = units::short_time(time);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mite_core::stats::Distribution;

    fn second(times: &[(u64, usize)]) -> Buckets {
        let mut all = Distribution::default();
        for (micros, n) in times {
            (0..*n).for_each(|_| all.record(Duration::from_micros(*micros)));
        }
        Buckets::of(&all)
    }

    #[test]
    fn rows_are_parts_of_decades_and_the_scale_is_a_root() {
        let seconds = [
            second(&[(12_000, 100)]),
            second(&[(12_000, 50), (120_000, 4)]),
            Buckets::default(),
            second(&[(900_000, 1)]),
        ];
        let columns: Vec<_> = seconds.iter().map(|second| vec![second]).collect();
        let look = Look { unicode: true, colours: true };
        let lines = HeatMap::of(&columns, 4).unwrap().lines(&look);
        assert_eq!(lines, [" 316 ms|   ·", " 100 ms| ·  ", "31.6 ms|    ", "  10 ms|█▓  "]);
    }

    #[test]
    fn what_is_spread_too_far_is_in_the_lowest_row_and_nothing_is_no_map() {
        let wide = second(&[(1, 1), (3_000_000_000, 1)]);
        let lines = HeatMap::of(&[vec![&wide]], 2).unwrap();
        let look = Look { unicode: false, colours: true };
        let lines = lines.lines(&look);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.ends_with('#')), "{lines:?}");
        assert!(HeatMap::of(&[vec![&Buckets::default()]], 5).is_none());
    }
}
