//! A document of which a page can hold all data.

use std::collections::BTreeSet;

use serde::Serialize;

use super::tables::by_time;
use crate::document::{Document, Series, Windows};

/// What the data of a page may take, so that the page stays below 2 MB.
pub(super) const MOST_BYTES: usize = 1_600_000;

/// What of it rows may take without histograms, if not all fit.
const ROWS_BYTES: usize = MOST_BYTES / 2;

/// Exemplars that stay when there is little room.
const FEW: usize = 30;

fn bytes(of: &impl Serialize) -> usize {
    serde_json::to_vec(of).map_or(0, |json| json.len())
}

/// A row without histograms: percentiles stay.
fn light(series: &Series) -> Series {
    let mut row = Series { phases: None, ..series.clone() };
    for times in [&mut row.service, &mut row.response].into_iter().flatten() {
        times.hdr = None;
        times.interval99.clear();
    }
    row
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
    let mut left_out = Vec::new();
    let mut small = Document {
        series: Vec::new(),
        windows: without_series(&document.windows),
        ..document.clone()
    };
    if bytes(&small) > most / 3 {
        small.exemplars.truncate(FEW);
        small.failures.iter_mut().for_each(|failure| failure.example.clear());
        small.failures.truncate(100);
        small.events.truncate(200);
        left_out.push("examples of errors, and some errors, events and single requests".to_owned());
    }
    let mut room = most.saturating_sub(bytes(&small));
    // Totals first, they have the lowest numbers; then by time.
    let (totals, singles): (Vec<_>, Vec<_>) =
        by_time(document).into_iter().partition(|s| s.journey.is_none());
    let order: Vec<&Series> = totals.into_iter().chain(singles).collect();
    let mut rows = Vec::new();
    let for_rows = if order.iter().map(|s| bytes(&light(s)) + 1).sum::<usize>() < room {
        room
    } else {
        ROWS_BYTES.min(room)
    };
    let mut taken = 0;
    for series in &order {
        let row = light(series);
        let size = bytes(&row) + 1;
        if taken + size > for_rows {
            break;
        }
        taken += size;
        rows.push(row);
    }
    room = room.saturating_sub(taken);
    let mut whole = BTreeSet::new();
    for (row, series) in rows.iter_mut().zip(&order) {
        let windows = document.windows.series.get(&series.id);
        let size = bytes(*series).saturating_sub(bytes(row)) + windows.map_or(0, bytes) + 16;
        if size > room {
            break;
        }
        room -= size;
        *row = (*series).clone();
        whole.insert(series.id);
        if let Some(windows) = windows {
            small.windows.series.insert(series.id, windows.clone());
        }
    }
    let (all, shown) = (order.len(), rows.len());
    if shown < all {
        left_out.push(format!("{} of {all} rows, those of the least time", all - shown));
    }
    if whole.len() < shown {
        left_out.push(format!("the histograms and the course of {} rows", shown - whole.len()));
    }
    small.series = rows;
    small.sort();
    let text =
        format!("To keep this page below 2 MB, left out: {}. --json has all.", left_out.join("; "));
    (small, Some(text))
}
