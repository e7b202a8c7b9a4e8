//! Figures in words, for every form of output.

use super::comparison::{Comparison, Verdict};
use super::figure::{Figure, Kind, Outcome};
use crate::units;

/// A value of a figure.
pub(super) fn value(kind: Kind, value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    match kind {
        Kind::Percentile(_) | Kind::Mean => units::time(value),
        Kind::Rate => format!("{}/s", units::three_digits(value)),
        Kind::Errors => units::percent(value),
    }
}

/// `+5.6 %`, or `-0.02 pp` of errors: percentage points.
pub(super) fn change(figure: &Figure) -> String {
    if figure.change.is_nan() {
        return "-".to_owned();
    }
    let unit = if figure.kind == Kind::Errors { "pp" } else { "%" };
    format!("{} {unit}", units::signed_percent(figure.change))
}

/// `(+3.1 … +8.2)`.
pub(super) fn interval(figure: &Figure) -> String {
    if figure.change.is_nan() {
        return String::new();
    }
    let end = units::signed_percent;
    format!("({} … {})", end(figure.low), end(figure.high))
}

/// The verdict, with what would have shown.
pub(super) fn verdict(figure: &Figure, same: f64) -> String {
    let Some(word) = figure.word() else { return String::new() };
    let mut text = match figure.outcome {
        Some(Outcome::Same) if figure.kind != Kind::Errors => {
            format!("{word} within {} %", same * 100.0)
        }
        Some(Outcome::Undecided) => match figure.least {
            Some(least) => {
                let longer = figure
                    .longer()
                    .map_or(String::new(), |times| format!("; run {} times longer", times.ceil()));
                format!("{word}: only >= {} would show{longer}", units::percent(least))
            }
            None => word.to_owned(),
        },
        _ => word.to_owned(),
    };
    if let Some(note) = &figure.note {
        text.push_str(if text == word { ": " } else { "; " });
        text.push_str(note);
    }
    text
}

/// What is compared, over what part of the runs, and how sure.
pub(super) fn scope(comparison: &Comparison) -> String {
    let Some(stretch) = &comparison.stretch else { return String::new() };
    let (from, to) = (units::clock(stretch.from_s), units::clock(stretch.to_s));
    let peak = if stretch.peak { ", at the greatest load" } else { "" };
    let paired = comparison.rows.first().is_some_and(|row| row.paired);
    let paired = if paired { ", window by window" } else { "" };
    format!(
        "{from} to {to}{peak}, {} of {} s{paired}; {} judged, at a confidence of {} % in all",
        units::count(stretch.windows, "window"),
        stretch.window_s,
        units::count(comparison.judged, "figure"),
        comparison.confidence * 100.0
    )
}

/// The last line: the verdict, and what it leaves open.
pub(super) fn conclusion(comparison: &Comparison) -> String {
    let mut text = comparison.verdict.to_string();
    let undecided: Vec<String> = comparison
        .undecided()
        .map(|(row, figure)| {
            let first = comparison.rows.first().is_some_and(|first| first.series == row.series);
            if first {
                figure.kind.to_string()
            } else {
                format!("{} of {}", figure.kind, row.series)
            }
        })
        .collect();
    if comparison.verdict != Verdict::Undecided && !undecided.is_empty() {
        text.push_str(&format!(" (not decided: {})", undecided.join(", ")));
    }
    text
}
