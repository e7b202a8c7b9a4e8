//! What load there is, beside what there was to be.

use mite_core::stats::DropReason;
use mite_core::units;

use crate::screen::canvas::Line;
use crate::screen::numbers::{number, rate};
use crate::screen::scene::Scene;
use crate::screen::sparkline::sparkline;
use crate::terminal::style::Style;

/// In one line, or in several.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let status = &scene.model.status;
    let open = || status.scenarios.iter().filter(|line| line.arrivals.is_some());
    let closed = || status.scenarios.iter().filter(|line| line.arrivals.is_none());
    let wanted: u64 = closed().map(|line| u64::from(line.required)).sum();
    let held: u64 = closed().map(|line| u64::from(line.actual)).sum();
    let arrived: u64 = open().map(|line| u64::from(line.actual)).sum();
    let in_flight = match (closed().next().is_some(), open().next().is_some()) {
        (true, false) => format!("{} of {} in flight", number(held), number(wanted)),
        // Where there is one row, arrivals and what was dropped need the room.
        (true, true) => {
            let (held, wanted, arrived) = (number(held), number(wanted), number(arrived));
            match rows {
                1 => format!("{held} of {wanted} + {arrived} in flight"),
                _ => format!("{held} of {wanted} in flight, and {arrived} that arrived"),
            }
        }
        (false, _) => format!("{} in flight", number(arrived)),
    };
    let mut parts = vec![(Style::Plain, in_flight)];
    if open().next().is_some() {
        let asked: f64 = open().filter_map(|line| Some(line.arrivals.as_ref()?.rate)).sum();
        let (started, seconds) = started_lately(scene);
        let actual = if seconds > 0.0 { started as f64 / seconds } else { 0.0 };
        let mut text = format!("arrivals {}/s of {}/s", rate(actual), rate(asked));
        if rows > 1
            && let Some(lag) = scene.model.seconds.back().and_then(|second| second.schedule_lag)
        {
            text.push_str(&format!("   late p99 {}", units::short_time(lag)));
        }
        parts.push((Style::Plain, text));
        parts.push(dropped(scene));
    }
    if rows == 1 {
        let mut line = Line::of(Style::Head, " load  ");
        let used: usize = parts.iter().map(|(_, text)| text.len() + 3).sum();
        // Why is told only where there is room for all of it.
        if line.width() + used > columns + 2
            && let Some((_, last)) = parts.last_mut()
            && let Some((short, _)) = last.split_once(": ")
        {
            *last = short.to_owned();
        }
        for (at, (style, text)) in parts.iter().enumerate() {
            let gap = if columns < 70 { "  " } else { "   " };
            line.add(Style::Plain, if at == 0 { " " } else { gap });
            line.add(*style, text);
        }
        return vec![line];
    }
    let mut lines: Vec<_> = parts.into_iter().map(|(style, text)| Line::of(style, text)).collect();
    let values: Vec<f64> = scene.model.seconds.iter().map(|s| s.in_flight as f64).collect();
    let room = columns.saturating_sub(lines[0].width() + 2);
    lines[0].add(Style::Plain, "  ");
    lines[0].add(Style::Plain, sparkline(&values, room.min(30), scene.look));
    for line in status.scenarios.iter().filter(|line| line.ended.is_some()) {
        let why = line.ended.as_deref().unwrap_or_default();
        lines.push(Line::of(Style::Dim, format!("{} starts no more: {why}", line.journey)));
    }
    lines
}

/// Arrivals that started in the last ten seconds, and how long those were.
fn started_lately(scene: &Scene<'_>) -> (u64, f64) {
    let last: Vec<_> = scene.model.seconds.iter().rev().take(10).collect();
    let started = last.iter().map(|second| second.started).sum();
    (started, last.iter().map(|second| second.length.as_secs_f64()).sum())
}

/// What did not start, and why.
fn dropped(scene: &Scene<'_>) -> (Style, String) {
    let lines = scene.model.status.scenarios.iter().filter_map(|line| line.arrivals.as_ref());
    let mut reasons: Vec<(DropReason, u64)> = Vec::new();
    for (reason, n) in lines.flat_map(|arrivals| &arrivals.dropped) {
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, all)) => *all += n,
            None => reasons.push((*reason, *n)),
        }
    }
    reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let all: u64 = reasons.iter().map(|(_, n)| n).sum();
    if all == 0 {
        return (Style::Plain, "dropped 0".to_owned());
    }
    let why: Vec<_> = reasons.iter().map(|(reason, _)| reason.to_string()).collect();
    (Style::Bad, format!("! dropped {}: {}", number(all), why.join(", ")))
}
