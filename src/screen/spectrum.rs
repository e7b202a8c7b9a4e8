//! The spectrum of percentiles: nines to the right, times up, both on logarithmic scales.

use std::time::Duration;

use mite_core::units;

use super::buckets::Histogram;
use super::look::Look;

/// What is marked below, where there are so many nines.
const MARKS: [(f64, &str); 5] =
    [(50.0, "50"), (90.0, "90"), (99.0, "99"), (99.9, "99.9"), (99.99, "99.99")];

/// Columns of the labels, with the bar behind them.
const LABEL: usize = 8;

/// How many tenths a percentile leaves above it: 90 leaves one, 99 two.
fn nines(p: f64) -> f64 {
    -(1.0 - p / 100.0).log10()
}

/// A curve for each histogram, each of its own character, in so many columns and rows;
/// the last row has the percentiles. None without times.
pub(super) fn lines(
    curves: &[(&Histogram, char)],
    (columns, rows): (usize, usize),
    look: &Look,
) -> Vec<String> {
    let width = columns.saturating_sub(LABEL);
    let Some(rows) = rows.checked_sub(1).filter(|rows| *rows > 1 && width > 10) else {
        return Vec::new();
    };
    let most = curves.iter().map(|(curve, _)| curve.count).max().unwrap_or(0);
    if most == 0 {
        return Vec::new();
    }
    // As far as ten values are above it.
    let last = ((most as f64 / 10.0).max(4.0).log10()).max(nines(90.0)).min(6.0);
    let first = nines(50.0);
    let percentile_at = |x: usize| {
        let nines = first + (last - first) * x as f64 / (width - 1) as f64;
        100.0 * (1.0 - 10f64.powf(-nines))
    };
    let points: Vec<Vec<Option<f64>>> = curves
        .iter()
        .map(|(curve, _)| {
            let at = |x| {
                let time = curve.percentile(percentile_at(x) - 1e-9)?;
                Some(time.as_secs_f64().max(1e-6).log10())
            };
            (0..width).map(at).collect()
        })
        .collect();
    let known = || points.iter().flatten().flatten().copied();
    let (low, high) = (known().fold(f64::MAX, f64::min), known().fold(f64::MIN, f64::max));
    let (low, high) = (low.floor(), high.ceil().max(low.floor() + 1.0));
    let mut cells = vec![vec![' '; width]; rows];
    for (points, (_, mark)) in points.iter().zip(curves) {
        for (x, point) in points.iter().enumerate() {
            let Some(point) = point else { continue };
            let up = (point - low) / (high - low);
            let y = ((1.0 - up) * (rows - 1) as f64).round() as usize;
            cells[y.min(rows - 1)][x] = *mark;
        }
    }
    let mut lines: Vec<String> = cells
        .into_iter()
        .enumerate()
        .map(|(y, cells)| {
            let up = 1.0 - y as f64 / (rows - 1) as f64;
            let time = Duration::from_secs_f64(10f64.powf(low + up * (high - low)));
            let label = if y % 2 == 0 { units::short_time(time) } else { String::new() };
            format!("{label:>7}|{}", cells.into_iter().collect::<String>())
        })
        .collect();
    let mut axis = vec![' '; columns];
    for (p, text) in MARKS.into_iter().filter(|(p, _)| nines(*p) <= last + 1e-9) {
        let x = ((nines(p) - first) / (last - first) * (width - 1) as f64).round() as usize;
        let from = (LABEL + x).min(columns - text.len());
        if axis[from.saturating_sub(1)..from + text.len()].iter().all(|c| *c == ' ') {
            axis[from..from + text.len()].copy_from_slice(&text.chars().collect::<Vec<_>>());
        }
    }
    lines.push(look.text(&axis.into_iter().collect::<String>()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::buckets::Buckets;
    use mite_core::stats::Distribution;

    #[test]
    fn nines_go_to_the_right_and_times_up() {
        let mut times = Distribution::default();
        (0..9_000).for_each(|_| times.record(Duration::from_millis(10)));
        (0..1_000).for_each(|_| times.record(Duration::from_millis(990)));
        let all = Histogram::of([&Buckets::of(&times)]);
        let look = Look { unicode: true, colours: true };
        let lines = lines(&[(&all, '*')], (48, 4), &look);
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert_eq!(lines[0].matches('*').count() + lines[2].matches('*').count(), 40);
        assert!(lines[0].starts_with(" 1.00 s|      ") && lines[0].ends_with("****"), "{lines:#?}");
        assert!(lines[2].starts_with("10.0 ms|****"), "{lines:#?}");
        assert_eq!(lines[3].split_whitespace().collect::<Vec<_>>(), ["50", "90", "99", "99.9"]);
        assert!(super::lines(&[(&Histogram::default(), '*')], (48, 4), &look).is_empty());
    }
}
