//! A document of which a page can hold all data.

use std::collections::BTreeSet;

use serde::Serialize;

use super::tables::{by_time, cut};
use crate::document::{Document, Series, SeriesWindows, Text, Windows};
use crate::units::count;

/// What a page may take.
pub(super) const MOST_OF_PAGE: usize = 2_000_000;

/// What its data may take, if the rest of it is no more than usual.
pub(super) const MOST_BYTES: usize = 1_600_000;

/// What the words on what was left out take at most.
pub(super) const NOTE_BYTES: usize = 1_000;

/// Exemplars that stay when there is little room.
const FEW: usize = 30;

/// Characters of a text that stay when there is little room.
const SHORT: usize = 200;

/// What it takes inside of a script, where `<` is `\u003c`.
fn bytes(of: &impl Serialize) -> usize {
    let json = serde_json::to_vec(of).unwrap_or_default();
    json.len() + json.iter().filter(|byte| **byte == b'<').count() * ("\\u003c".len() - 1)
}

fn shorten(texts: &mut [&mut Text]) {
    texts.iter_mut().for_each(|text| **text = cut(text, SHORT).into());
}

/// A row without histograms: percentiles stay.
fn light(series: &Series) -> Series {
    let mut row = Series { phases: None, phases_count: None, ..series.clone() };
    for times in [&mut row.service, &mut row.response].into_iter().flatten() {
        times.hdr = None;
        times.interval99.clear();
    }
    row
}

/// Without what tells some of its times from others.
fn without_parts(windows: &SeriesWindows) -> SeriesWindows {
    SeriesWindows { failed_hist: None, service_hist: None, ..windows.clone() }
}

fn without_series(windows: &Windows) -> Windows {
    Windows { series: Default::default(), statistics: Default::default(), ..windows.clone() }
}

/// The document without what would make it too large, the least important series first, and
/// what was left out, in words.
pub(super) fn fit(document: &Document, most: usize) -> (Document, Option<String>) {
    if bytes(document) <= most {
        return (document.clone(), None);
    }
    let (mut small, mut left_out) = without_rows(document, most);
    left_out.extend(fill(&mut small, document, most));
    small.sort();
    let text =
        format!("To keep this page below 2 MB, left out: {}. --json has all.", left_out.join("; "));
    (small, Some(text))
}

/// The document without rows, and without as much of the rest as leaves room for some; what
/// was left out, in words.
fn without_rows(document: &Document, most: usize) -> (Document, Vec<String>) {
    let mut left_out = Vec::new();
    let mut small = Document {
        series: Vec::new(),
        windows: without_series(&document.windows),
        ..document.clone()
    };
    if bytes(&small.run) > most / 8 {
        for pairs in [&mut small.run.labels, &mut small.run.settings] {
            *pairs = std::mem::take(pairs).into_iter().take(FEW).collect();
            pairs.values_mut().for_each(|value| shorten(&mut [value]));
        }
        small.run.config_keys.truncate(FEW);
        left_out.push("most labels and settings".to_owned());
    }
    if bytes(&small) > most / 3 {
        small.exemplars.truncate(FEW);
        small.failures.iter_mut().for_each(|failure| failure.example.clear());
        small.failures.truncate(100);
        small.events.truncate(200);
        left_out.push("examples of errors, and some errors, events and single requests".to_owned());
    }
    if bytes(&small) > most / 2 {
        small.failures.iter_mut().for_each(|failure| shorten(&mut [&mut failure.text]));
        small.events.iter_mut().for_each(|event| {
            shorten(&mut [&mut event.text]);
            event.data.clear();
        });
        for exemplar in &mut small.exemplars {
            shorten(&mut [&mut exemplar.name]);
            let more = [&mut exemplar.arguments, &mut exemplar.text];
            more.into_iter().flatten().for_each(|text| shorten(&mut [text]));
        }
        left_out.push("the ends of long texts".to_owned());
    }
    if bytes(&small) > most {
        small.windows = Windows::default();
        small.exemplars.clear();
        small.events.truncate(FEW);
        small.failures.truncate(FEW);
        left_out.push("the course of the run, single requests, and most errors and events".into());
    }
    if bytes(&small) > most {
        small.parts.clear();
        small.lines.clear();
        small.searches.clear();
        small.statistics.clear();
        small.run.labels.clear();
        small.run.settings.clear();
        small.run.config_keys.clear();
        small.events.clear();
        small.failures.clear();
        small.verdict.limits.truncate(FEW);
        small.verdict.reasons.truncate(FEW);
        small.verdict.notes.truncate(FEW);
        left_out.push("all but the verdict and the rows".to_owned());
    }
    (small, left_out)
}

/// The first rows in this order that fit, without their histograms, and their size.
fn rows_that_fit(order: &[&Series], room: usize) -> (Vec<Series>, usize) {
    let (mut rows, mut taken) = (Vec::new(), 0);
    for series in order {
        let row = light(series);
        let size = bytes(&row) + 1;
        if taken + size > room {
            break;
        }
        taken += size;
        rows.push(row);
    }
    (rows, taken)
}

/// Gives `small` the rows that it has room for, and of the first of them all that is known;
/// what was left out, in words.
fn fill(small: &mut Document, document: &Document, most: usize) -> Vec<String> {
    let has_course = !small.windows.t_s.is_empty() || document.windows.t_s.is_empty();
    let mut room = most.saturating_sub(bytes(small));
    // Totals first, they have the lowest numbers; then by time.
    let (totals, singles): (Vec<_>, Vec<_>) =
        by_time(document).into_iter().partition(|s| s.journey.is_none());
    let order: Vec<&Series> = totals.into_iter().chain(singles).collect();
    let for_rows = if order.iter().map(|s| bytes(&light(s)) + 1).sum::<usize>() < room {
        room
    } else {
        room.min(most / 2)
    };
    let (mut rows, taken) = rows_that_fit(&order, for_rows);
    room = room.saturating_sub(taken);
    let full = |row: &Series, series: &Series, windows: Option<&SeriesWindows>| {
        bytes(series).saturating_sub(bytes(row)) + windows.map_or(0, bytes) + 16
    };
    let windows = &document.windows.series;
    let sizes = rows.iter().zip(&order).map(|(row, s)| full(row, s, windows.get(&s.id)));
    // Second histograms of single names go before the first ones do.
    let has_parts = !has_course || sizes.sum::<usize>() <= room;
    let is_slim = |series: &Series| !has_parts && series.journey.is_some();
    let mut slimmed = 0;
    let mut whole = BTreeSet::new();
    for (row, series) in rows.iter_mut().zip(&order).filter(|_| has_course) {
        let windows = windows.get(&series.id).map(|windows| match is_slim(series) {
            true => without_parts(windows),
            false => windows.clone(),
        });
        let size = full(row, series, windows.as_ref());
        if size > room {
            break;
        }
        room -= size;
        *row = (*series).clone();
        whole.insert(series.id);
        if let Some(windows) = windows {
            let all = &document.windows.series[&series.id];
            slimmed += usize::from(*all != windows);
            small.windows.series.insert(series.id, windows);
        }
    }
    let mut left_out = Vec::new();
    if slimmed > 0 {
        let n = count(slimmed, "row");
        left_out.push(format!("failed and service times apart from the others, of {n}"));
    }
    let (all, shown) = (order.len(), rows.len());
    if shown < all {
        left_out.push(format!("{} of {all} rows, those of the least time", all - shown));
    }
    if whole.len() < shown {
        let n = count(shown - whole.len(), "row");
        left_out.push(format!("the histograms and the course of {n}"));
    }
    small.series = rows;
    left_out
}
