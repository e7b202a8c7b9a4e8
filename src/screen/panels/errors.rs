//! Distinct errors: how often, where, and how long ago.

use std::time::Duration;

use mite_core::stats::shown_transaction;
use mite_core::units;

use crate::screen::canvas::Line;
use crate::screen::numbers::number;
use crate::screen::scene::Scene;
use crate::screen::state::Focus;
use crate::terminal::style::Style;
use crate::terminal::width;

/// Columns of the place in the test's source.
const PLACE: usize = 24;

/// A head, and as many as there is room for, the most frequent first.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let (model, state) = (scene.model, scene.state);
    let all: u64 = model.failures.iter().map(|row| row.count).sum();
    let distinct = model.failures.len();
    let title = match distinct {
        0 => Line::of(Style::Head, " ERRORS").with(Style::Dim, "  none"),
        n => Line::of(Style::Head, " ERRORS")
            .with(Style::Dim, format!("  {} in all, {n} distinct", number(all))),
    };
    let mut lines = vec![title];
    let room = rows.saturating_sub(1);
    let chosen = state.error.min(distinct.saturating_sub(1));
    let first = (chosen + 1).saturating_sub(room);
    for (at, row) in model.failures.iter().enumerate().skip(first).take(room) {
        let failure = &row.failure;
        let transaction = shown_transaction(failure.transaction.as_ref());
        let at_place = if transaction.is_empty() { failure.journey.as_str() } else { transaction };
        let age = row.seen.map(|(_, last)| ago(model.status.elapsed.saturating_sub(last)));
        let age = age.unwrap_or_default();
        let place = width::cut_middle(&failure.location.to_string(), PLACE).into_owned();
        let is_focused = at == chosen && state.focus == Focus::Errors;
        let mut line = Line::of(Style::Plain, if is_focused { ">" } else { " " });
        line.add(Style::Bad, format!("{:>7}", number(row.count)));
        line.add(Style::Plain, "  ");
        line.add(Style::Plain, scene.look.text(&width::cut_middle(at_place, 18)));
        line.add(Style::Plain, "  ");
        let right = Line::of(Style::Dim, format!("  {}  {age:>10}", scene.look.text(&place)));
        let room = columns.saturating_sub(line.width() + right.width());
        let text = failure.message.lines().next().unwrap_or_default();
        line.add(Style::Plain, scene.look.text(&width::cut(text, room)));
        line.pad(columns.saturating_sub(right.width()));
        let line = line.join(right);
        lines.push(if is_focused { line.restyled(Style::Chosen) } else { line });
    }
    lines
}

/// What stands above them in a frame.
pub(super) fn heading(scene: &Scene<'_>) -> String {
    let all: u64 = scene.model.failures.iter().map(|row| row.count).sum();
    match scene.model.failures.len() {
        0 => "ERRORS: none".to_owned(),
        n => format!("ERRORS, each once: {} in all, {n} distinct", number(all)),
    }
}

/// `3 s ago`, `2 min ago`.
pub(super) fn ago(time: Duration) -> String {
    match time.as_secs() {
        0..1 => "now".to_owned(),
        s if s < 60 => format!("{s} s ago"),
        _ => format!("{} ago", units::clock(time)),
    }
}
