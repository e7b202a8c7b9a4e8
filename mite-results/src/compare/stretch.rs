//! Which windows are compared, and what they hold.

use std::collections::BTreeMap;
use std::ops::Range;

use super::sample::{Bucket, Row, Sample};
use super::spread::FEWEST;
use crate::document::{Document, Measured, Series, SeriesWindows, Times, Windows};
use crate::windows::{index_of_seconds, lower, upper};

/// Without a warm-up of its own, what a run's start is left out of: the lesser
/// of so many seconds and such a share of it.
const WARMUP: (f64, f64) = (5.0, 0.05);

/// A volume that is at least this share of the greatest is at its greatest.
const AT_PEAK: f64 = 0.999;

/// More windows than any file of mite has.
const MOST_CELLS: usize = 100_000;

/// A last window that lies beyond the end of load by more than this share of a
/// window is left out.
const OVERHANG: f64 = 0.1;

/// The windows that are compared: cells of one grid for all runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretch {
    /// How long a cell is: the longest window of any run.
    pub(super) span: f64,
    pub(super) cells: Range<usize>,
    /// Whether it is only the part at the greatest volume.
    pub(super) peak: bool,
}

impl Stretch {
    pub(super) fn begin_s(&self) -> f64 {
        self.cells.start as f64 * self.span
    }

    pub(super) fn end_s(&self) -> f64 {
        self.cells.end as f64 * self.span
    }
}

/// How long the windows of a run are.
fn span(windows: &Windows) -> Option<f64> {
    let mut lengths: Vec<f64> = windows.length_s.iter().map(|n| n.get()).collect();
    lengths.sort_by(f64::total_cmp);
    let span = windows.span_s.map(|n| n.get());
    span.or(lengths.get(lengths.len() / 2).copied()).filter(|span| *span > 0.0)
}

/// The cell that each window of a run lies in.
fn cells(windows: &Windows, span: f64) -> impl Iterator<Item = usize> {
    let middle = move |(t, length): (f64, f64)| ((t + length / 2.0) / span) as usize;
    let times = windows.t_s.iter().zip(&windows.length_s);
    times.map(|(t, length)| (t.get(), length.get())).map(middle)
}

/// How long load was asked for.
fn load_s(document: &Document) -> f64 {
    document.run.load_s.unwrap_or(document.run.elapsed_s).get()
}

/// The common stretch of all runs: within `from` and `to` if they are given,
/// else after the warm-up, and where all ask for most load if that is long enough.
pub(super) fn stretch(
    documents: &[&Document],
    from: Option<f64>,
    to: Option<f64>,
) -> Result<Stretch, String> {
    let spans: Option<Vec<f64>> = documents.iter().map(|d| span(&d.windows)).collect();
    let spans = spans.ok_or("a run has no windows: it was too short, or its file was cut down")?;
    let longest = spans.iter().copied().fold(0.0, f64::max);
    for span in &spans {
        let doublings = (longest / span).log2();
        if (doublings - doublings.round()).abs() > 1e-3 {
            return Err(format!("windows of {span} s and of {longest} s do not fit together"));
        }
    }
    let end =
        to.unwrap_or_else(|| documents.iter().map(|d| load_s(d)).fold(f64::INFINITY, f64::min));
    let begin = from.unwrap_or_else(|| {
        let warmup = documents.iter().map(|d| d.run.warmup_s.get()).fold(0.0, f64::max);
        if warmup > 0.0 { warmup } else { WARMUP.0.min(WARMUP.1 * end) }
    });
    // A stretch that begins a little before a window does not need the one before.
    let first = (begin / longest - 1e-6).ceil().max(0.0) as usize;
    let mut last = (end / longest - 1e-6).ceil().max(0.0) as usize;
    if last > first
        && documents.iter().any(|d| recorded_until(d, longest, last - 1) > end + longest * OVERHANG)
    {
        last -= 1;
    }
    let whole = Stretch { span: longest, cells: first..last.max(first), peak: false };
    if whole.cells.len() > MOST_CELLS {
        return Err(format!("windows of {longest} s are too short for runs of {end} s"));
    }
    if from.is_some() || to.is_some() {
        return Ok(whole);
    }
    let peak =
        peak(documents, &whole).filter(|cells| cells.len() >= FEWEST && *cells != whole.cells);
    Ok(peak.map(|cells| Stretch { cells, peak: true, ..whole }).unwrap_or(whole))
}

/// Where the windows of a cell end.
fn recorded_until(document: &Document, span: f64, cell: usize) -> f64 {
    let windows = &document.windows;
    let ends = windows.t_s.iter().zip(&windows.length_s).map(|(t, length)| t.get() + length.get());
    let inside = cells(windows, span).zip(ends).filter(|(at, _)| *at == cell);
    inside.map(|(_, end)| end).fold(0.0, f64::max)
}

/// The longest stretch in which every run asks for its greatest load, without
/// the windows in which it gets there and leaves it.
fn peak(documents: &[&Document], whole: &Stretch) -> Option<Range<usize>> {
    let mut at_peak = vec![true; whole.cells.len()];
    for document in documents {
        let windows = &document.windows;
        for required in [&windows.required, &windows.required_per_s] {
            let inside = || {
                let cells = cells(windows, whole.span).zip(required);
                cells.filter(|(cell, _)| whole.cells.contains(cell)).map(|(c, n)| (c, n.get()))
            };
            let most = inside().map(|(_, n)| n).fold(0.0, f64::max);
            for (cell, _) in inside().filter(|(_, n)| *n < most * AT_PEAK) {
                at_peak[cell - whole.cells.start] = false;
            }
        }
    }
    let mut best: Option<Range<usize>> = None;
    let mut at = 0;
    while at < at_peak.len() {
        let length = at_peak[at..].iter().take_while(|peak| **peak).count();
        // Where load changes inside a window, only the greatest is known of it.
        let (before, after) = (usize::from(at > 0), usize::from(at + length < at_peak.len()));
        let (from, to) = (at + before, (at + length).saturating_sub(after));
        if to > from && best.as_ref().is_none_or(|best| best.len() < to - from) {
            best = Some(from + whole.cells.start..to + whole.cells.start);
        }
        at += length + 1;
    }
    best
}

/// A series of a run, with its windows.
#[derive(Clone, Copy)]
pub(super) struct Followed<'a> {
    pub(super) document: &'a Document,
    pub(super) series: &'a Series,
    pub(super) windows: &'a SeriesWindows,
}

impl<'a> Followed<'a> {
    /// `series`, if it has windows.
    pub(super) fn of(document: &'a Document, series: &'a Series) -> Option<Self> {
        let windows = document.windows.series.get(&series.id)?;
        Some(Self { document, series, windows })
    }

    /// The first cell that it was followed in from its begin.
    pub(super) fn first_cell(&self, span: f64) -> usize {
        let first = self.windows.first_window;
        if first == 0 {
            return 0;
        }
        let mut cells = cells(&self.document.windows, span);
        let before = cells.by_ref().take(first).last();
        let at = cells.next().unwrap_or(usize::MAX);
        if before == Some(at) { at + 1 } else { at }
    }

    /// What it holds in `cells`.
    pub(super) fn sample(&self, span: f64, within: Range<usize>) -> Sample {
        let m = within.len();
        let mut sample = Sample {
            lengths: vec![0.0; m],
            counts: vec![0.0; m],
            failed: vec![0.0; m],
            sums: (!self.windows.sum_s.is_empty()).then(|| vec![0.0; m]),
            rows: vec![Row::default(); m],
            total: Vec::new(),
        };
        let hist = &self.windows.hist;
        for (window, cell) in cells(&self.document.windows, span).enumerate() {
            if !within.contains(&cell) {
                continue;
            }
            let at = cell - within.start;
            sample.lengths[at] += self.document.windows.length_s[window].get();
            sample.counts[at] += self.windows.count[window] as f64;
            sample.failed[at] += self.windows.failed[window] as f64;
            if let (Some(sums), Some(sum)) = (&mut sample.sums, self.windows.sum_s.get(window)) {
                sums[at] += sum.get();
            }
            merge(&mut sample.rows[at], hist.first[window], &hist.counts[window]);
        }
        sample.total = total(&sample.rows, hist.schema, self.times());
        sample
    }

    /// The times of the whole run that the windows are of.
    pub(super) fn times(&self) -> Option<&'a Times> {
        match self.windows.time {
            Measured::Response => self.series.response.as_ref(),
            Measured::Service | Measured::Unknown => self.series.service.as_ref(),
        }
    }
}

fn merge(row: &mut Row, first: i32, counts: &[u64]) {
    if counts.is_empty() {
        return;
    }
    if row.counts.is_empty() {
        *row = Row { first, counts: counts.to_vec() };
        return;
    }
    let begin = row.first.min(first);
    let end = (row.first + row.counts.len() as i32).max(first + counts.len() as i32);
    let mut merged = vec![0; (end - begin) as usize];
    for (from, counts) in [(row.first, &*row.counts), (first, counts)] {
        for (k, n) in counts.iter().enumerate() {
            merged[(from - begin) as usize + k] += n;
        }
    }
    *row = Row { first: begin, counts: merged };
}

/// The histogram of all rows, refined: inside a bucket samples lie as they do in
/// the whole run's histogram of three digits. If the rows are the whole run, it
/// is that histogram.
fn total(rows: &[Row], schema: u8, times: Option<&Times>) -> Vec<Bucket> {
    let mut wide: BTreeMap<i32, f64> = BTreeMap::new();
    for row in rows {
        for (i, n) in (row.first..).zip(&row.counts).filter(|(_, n)| **n > 0) {
            *wide.entry(i).or_default() += *n as f64;
        }
    }
    let mut fine: BTreeMap<i32, Vec<Bucket>> = BTreeMap::new();
    if let Some(Ok(micros)) = times.and_then(Times::histogram) {
        for bucket in micros.iter_recorded() {
            let low = micros.lowest_equivalent(bucket.value_iterated_to());
            let (low_us, width_us) = (low as f64, micros.equivalent_range(low) as f64);
            let index = index_of_seconds(schema, (low_us + width_us / 2.0) * 1e-6);
            let count = bucket.count_at_value() as f64;
            fine.entry(index).or_default().push(Bucket { low_us, width_us, count });
        }
    }
    let mut total = Vec::new();
    for (index, n) in wide {
        match fine.get(&index) {
            Some(buckets) => {
                let share = n / buckets.iter().map(|bucket| bucket.count).sum::<f64>();
                let scaled = |b: &Bucket| Bucket { count: b.count * share, ..*b };
                total.extend(buckets.iter().map(scaled));
            }
            None => {
                let low_us = lower(schema, index) * 1e6;
                let width_us = upper(schema, index) * 1e6 - low_us;
                total.push(Bucket { low_us, width_us, count: n });
            }
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;
    use super::*;
    use crate::document::Number;

    fn cells_of(documents: &[&Document]) -> (Range<usize>, bool) {
        let stretch = stretch(documents, None, None).expect("they fit");
        (stretch.cells, stretch.peak)
    }

    fn required(document: &mut Document, of: impl Fn(usize) -> f64) {
        let windows = document.windows.t_s.len();
        document.windows.required =
            (0..windows).map(|j| Number::new(of(j)).expect("finite")).collect();
    }

    #[test]
    fn the_start_is_left_out() {
        let (a, b) = (run(1).document(), run(2).document());
        assert_eq!(cells_of(&[&a, &b]), (5..120, false)); // 5 s, less than 5 %
        let short = run(1).windows(40).document();
        assert_eq!(cells_of(&[&short, &a]), (2..40, false)); // 5 % of 40 s
        let mut warm = run(1).document();
        warm.run.warmup_s = 10.into();
        assert_eq!(cells_of(&[&warm, &a]), (10..120, false));
    }

    #[test]
    fn a_drain_is_left_out() {
        let mut a = run(1).document();
        a.run.load_s = Some(100.into());
        assert_eq!(cells_of(&[&a, &run(2).document()]), (5..100, false));
        a.run.load_s = Number::new(99.5);
        assert_eq!(cells_of(&[&a]).0, 5..99); // the last window is half drain
    }

    #[test]
    fn the_greatest_load_is_compared_if_it_lasts() {
        let (mut a, b) = (run(1).document(), run(2).document());
        required(&mut a, |j| if j < 30 { j as f64 } else { 30.0 });
        assert_eq!(cells_of(&[&a, &b]), (31..120, true));
        required(&mut a, |j| if (40..100).contains(&j) { 30.0 } else { 2.0 });
        assert_eq!(cells_of(&[&a, &b]), (41..99, true));
        required(&mut a, |j| j as f64); // a ramp has no such part
        assert_eq!(cells_of(&[&a, &b]), (5..120, false));
    }

    #[test]
    fn a_stretch_can_be_asked_for() {
        let a = run(1).document();
        let stretch = stretch(&[&a], Some(30.0), Some(60.0)).expect("it fits");
        assert_eq!((stretch.cells.clone(), stretch.peak), (30..60, false));
        assert_eq!((stretch.begin_s(), stretch.end_s()), (30.0, 60.0));
    }

    #[test]
    fn windows_of_twice_the_length_are_merged() {
        let (a, b) = (run(1).document(), run(1).span(2.0).document());
        let stretch = stretch(&[&a, &b], Some(0.0), None).expect("they fit");
        assert_eq!((stretch.span, stretch.cells.clone()), (2.0, 0..60));
        let sample = |d: &Document| {
            let followed = Followed::of(d, &d.series[0]).expect("it has windows");
            followed.sample(stretch.span, stretch.cells.clone())
        };
        let (x, y) = (sample(&a), sample(&b));
        assert_eq!((x.counts.len(), y.counts.len()), (60, 60));
        assert_eq!((x.counts, x.rows), (y.counts, y.rows));
    }

    #[test]
    fn windows_that_do_not_fit_are_said() {
        let (a, b) = (run(1).document(), run(1).span(3.0).document());
        let text = stretch(&[&a, &b], None, None).expect_err("3 s is no power of two");
        assert_eq!(text, "windows of 1 s and of 3 s do not fit together");
        let mut tiny = run(1).document();
        tiny.windows.span_s = Number::new(1e-9);
        assert!(stretch(&[&tiny], None, None).expect_err("1e-9 s").contains("too short"));
        let none = Document::default();
        assert!(stretch(&[&a, &none], None, None).is_err());
    }

    #[test]
    fn the_whole_run_is_its_histogram_of_three_digits() {
        let a = run(1).document();
        let followed = Followed::of(&a, &a.series[0]).expect("it has windows");
        let sample = followed.sample(1.0, 0..120);
        let micros = a.series[0].service.as_ref().and_then(Times::histogram);
        let micros = micros.expect("there").expect("sound");
        assert_eq!(sample.total.len(), micros.iter_recorded().count());
        assert_eq!(sample.total.iter().map(|b| b.count).sum::<f64>(), micros.len() as f64);
        let p99 = sample.quantile(0.99) * 1e6;
        assert!((p99 / micros.value_at_quantile(0.99) as f64 - 1.0).abs() < 0.001);
        let part = followed.sample(1.0, 20..80);
        assert!((part.total.iter().map(|b| b.count).sum::<f64>() - part.n()).abs() < 1e-6);
    }

    #[test]
    fn a_series_counts_from_where_it_was_followed() {
        let mut a = run(1).document();
        a.windows.series.get_mut(&0).expect("there").first_window = 7;
        let followed = |span| Followed::of(&a, &a.series[0]).expect("there").first_cell(span);
        assert_eq!(followed(1.0), 7);
        assert_eq!(followed(2.0), 4); // cell 3 has window 6 too
        assert_eq!(followed(7.0), 1);
    }
}
