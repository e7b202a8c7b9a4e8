//! The three charts of a page without scripts: load, heat map, spectrum.

use std::fmt::Write;

use super::course::Course;
use super::drawing::Drawing;
use crate::document::{Document, Limit, Series, SeriesKind};
use crate::units::time;
use crate::windows::{Exponential, SERIES_SCHEMA, lower, upper};

const BLUE: &str = "#0072b2";
const ORANGE: &str = "#b85c00";

/// From light to dark.
const SHADES: [&str; 8] =
    ["#dceaf6", "#bcd8ee", "#95c1e3", "#69a6d5", "#428ac4", "#246eab", "#12528a", "#073763"];

/// Columns of a heat map at most: each some pixels wide.
const COLUMNS: usize = 256;

fn end(document: &Document) -> f64 {
    let windows = &document.windows;
    match (windows.t_s.last(), windows.length_s.last()) {
        (Some(at), Some(length)) => at.get() + length.get(),
        _ => document.run.elapsed_s.get(),
    }
}

/// What ran and what was asked for.
pub(super) fn load(document: &Document) -> Option<String> {
    let windows = &document.windows;
    let steps = |values: &[f64]| -> Vec<(f64, f64, f64)> {
        let times = windows.t_s.iter().zip(&windows.length_s);
        times.zip(values).map(|((at, length), v)| (at.get(), at.get() + length.get(), *v)).collect()
    };
    let running: Vec<f64> = windows.running_max.iter().map(|n| *n as f64).collect();
    let required: Vec<f64> = windows.required.iter().map(|n| n.get()).collect();
    let most = running.iter().chain(&required).copied().reduce(f64::max)?;
    let mut drawing = Drawing::linear(200.0, 0.0, end(document), most);
    drawing.clock_below();
    if required.iter().any(|n| *n > 0.0) {
        drawing.steps(&steps(&required), ORANGE, "6 3", "asked for");
    }
    drawing.steps(&steps(&running), BLUE, "", "running");
    Some(drawing.finish(&format!(
        "Journeys in flight over the run, window by window: {most} where it was highest"
    )))
}

/// Limits on times of a total.
fn limits<'a>(document: &'a Document, total: &Series) -> impl Iterator<Item = &'a Limit> {
    let what = match total.kind {
        SeriesKind::AllTransactions => "transactions ",
        SeriesKind::AllJourneys => "journeys ",
        _ => "http ",
    };
    let of_all = move |limit: &&Limit| {
        limit.unit.as_deref() == Some("s")
            && limit.scope.keys().all(|key| key == "time")
            && limit.expression.starts_with(what)
    };
    document.verdict.limits.iter().filter(of_all)
}

/// How a limit may compare.
const COMPARISONS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

fn limit_name(limit: &Limit) -> String {
    let figure = limit.expression.split(' ').nth(1).unwrap_or_default();
    let mut words = limit.expression.split(' ');
    let comparison = words.find(|word| COMPARISONS.contains(word)).unwrap_or("<");
    format!("{figure} {comparison} {}", time(limit.limit.get()))
}

/// Times over time: the more, the darker, by the square root.
pub(super) fn heat_map(document: &Document) -> Option<String> {
    let total = document.total()?;
    let course = Course::of(document, total)?;
    let windows = &document.windows;
    // A histogram can be made coarser, not finer.
    let schema = course.schema().min(SERIES_SCHEMA);
    let together = course.len().div_ceil(COLUMNS).max(1);
    let mut columns = Vec::new();
    for from in (0..course.len()).step_by(together) {
        let to = (from + together).min(course.len());
        let mut times = Exponential::new(schema);
        times.merge(&course.times((from, to)));
        let until = windows.t_s[to - 1].get() + windows.length_s[to - 1].get();
        columns.push((windows.t_s[from].get(), until, times));
    }
    let filled = columns.iter().filter(|(.., times)| times.count() > 0);
    let low = filled.clone().map(|(.., times)| times.first()).min()?;
    let high = filled.map(|(.., times)| times.first() + times.counts().len() as i32).max()?;
    let density = |n: u64, from: f64, to: f64| n as f64 / (to - from).max(1e-3);
    let cells = || {
        columns.iter().flat_map(move |(from, to, times)| {
            let counts = (times.first()..).zip(times.counts());
            counts.map(move |(bucket, n)| (*from, *to, bucket, density(*n, *from, *to)))
        })
    };
    let most = cells().map(|cell| cell.3).reduce(f64::max)?;
    let bound = limits(document, total).map(|limit| limit.limit.get() * 1.3);
    let top = bound.fold(upper(schema, high), f64::max);
    let mut drawing = Drawing::log(300.0, 0.0, end(document), lower(schema, low), top);
    drawing.clock_below();
    let mut paths = vec![String::new(); SHADES.len()];
    for (from, to, bucket, n) in cells().filter(|cell| cell.3 > 0.0) {
        let shade = ((n / most).sqrt() * SHADES.len() as f64).ceil() as usize;
        let (x, right) = (drawing.x(from), drawing.x(to));
        let (y, under) = (drawing.y(upper(schema, bucket)), drawing.y(lower(schema, bucket)));
        let (width, height) = (right - x + 0.3, under - y + 0.3);
        let path = &mut paths[shade.clamp(1, SHADES.len()) - 1];
        let _ = write!(path, "M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z");
    }
    for (path, color) in paths.iter().zip(SHADES) {
        drawing.areas(path, color);
    }
    for limit in limits(document, total) {
        drawing.limit(limit.limit.get(), &limit_name(limit));
    }
    let says = format!("Times of {} over the run: the darker, the more ended", total.title());
    Some(drawing.finish(&says))
}

/// Percentiles by their nines.
pub(super) fn spectrum(document: &Document) -> Option<String> {
    let total = document.total()?;
    let both =
        [(&total.response, "response", BLUE, ""), (&total.service, "service", ORANGE, "6 3")];
    let lines: Vec<_> = both
        .into_iter()
        .filter_map(|(times, name, color, dash)| Some((times.as_ref()?, name, color, dash)))
        .collect();
    let low = lines.iter().map(|(times, ..)| times.min_s.get()).reduce(f64::min)?;
    let high = lines.iter().map(|(times, ..)| times.max_s.get()).reduce(f64::max)?;
    let most = (total.count.max(10) as f64).log10();
    let mut drawing = Drawing::log(260.0, 0.0, most, low * 0.9, high * 1.1);
    let nines = |p: f64| -(1.0 - p / 100.0).log10();
    let marks = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999].into_iter();
    drawing.below(marks.filter(|p| nines(*p) <= most).map(|p| (nines(p), format!("{p} %"))));
    for (times, name, color, dash) in lines {
        let mut points = vec![(0.0, times.min_s.get())];
        // Only percentiles beyond which ten samples lie.
        let sure =
            times.p.iter().filter(|(p, _)| times.count as f64 * (1.0 - p.get() / 100.0) >= 9.99);
        match times.histogram() {
            Some(Ok(micros)) => {
                let steps = micros.iter_quantiles(8);
                let steps =
                    steps.map(|step| (step.percentile(), step.value_iterated_to() as f64 * 1e-6));
                points.extend(steps.map(|(p, s)| (nines(p.min(100.0 - 1e-9)).min(most), s)));
            }
            _ => points.extend(sure.map(|(p, s)| (nines(p.get()), s.get()))),
        }
        drawing.line(&points, color, dash, name);
    }
    for limit in limits(document, total) {
        drawing.limit(limit.limit.get(), &limit_name(limit));
    }
    Some(drawing.finish(&format!("Percentiles of the times of {}", total.title())))
}
