//! How long things take: figures, a heat map, a spectrum.

use std::time::Duration;

use mite_core::units;

use crate::screen::buckets::{Buckets, Histogram};
use crate::screen::canvas::Line;
use crate::screen::events;
use crate::screen::heat_map::{HeatMap, LABEL};
use crate::screen::scene::Scene;
use crate::screen::second::Second;
use crate::screen::sparkline::sparkline;
use crate::screen::spectrum;
use crate::terminal::style::Style;

/// A time, or that too few values say it.
pub(super) fn shown(time: Option<Duration>) -> String {
    time.map_or("-".to_owned(), units::short_time)
}

/// `RESPONSE TIME`, or what there is.
pub(super) fn which(scene: &Scene<'_>) -> &'static str {
    match (scene.model.response.is_some(), scene.state.service) {
        (true, false) => "RESPONSE TIME",
        (true, true) => "SERVICE TIME",
        // In closed lines there is no other.
        (false, _) => "TIME",
    }
}

/// Percentiles of the window.
pub(super) fn times(scene: &Scene<'_>, columns: usize) -> Vec<Line> {
    let (model, state) = (scene.model, scene.state);
    let of_window;
    let (all, over) = match state.window() {
        Some(window) => {
            let seconds = model.last(Some(window));
            of_window = Histogram::of(seconds.map(|second| second.times(state.service)));
            (&of_window, format!("{} s", window.as_secs()))
        }
        None => match &model.response {
            Some(response) if !state.service => (response, "all".to_owned()),
            _ => (&model.service, "all".to_owned()),
        },
    };
    let mut line = Line::of(Style::Head, " times  ");
    // Where there is little room, the worst is worth more.
    let shown_here: &[f64] =
        if columns < 72 { &[50.0, 99.0, 99.9] } else { &[50.0, 90.0, 99.0, 99.9] };
    for (at, p) in shown_here.iter().copied().enumerate() {
        let gap = if at == 0 { "" } else { "  " };
        line.add(Style::Plain, format!("{gap}p{p} {}", shown(all.percentile(p))));
    }
    let max = (all.count > 0).then(|| all.max());
    line.add(Style::Plain, format!("  max {}", shown(max)));
    let kind = match (model.response.is_some(), state.service) {
        (true, false) => "response  ",
        (true, true) => "service  ",
        (false, _) => "",
    };
    vec![line.with_right(Line::of(Style::Dim, format!("{kind}{over} ")), columns)]
}

/// The seconds of a run in so many columns, each some seconds wide.
fn columns_of<'a, T>(
    seconds: &[&'a T],
    window: Option<Duration>,
    columns: usize,
) -> Vec<Vec<&'a T>> {
    let wanted = match window {
        Some(window) => window.as_secs() as usize,
        None => seconds.len(),
    };
    let each = wanted.div_ceil(columns.max(1)).max(1);
    let shown = &seconds[seconds.len().saturating_sub(columns * each)..];
    // Whole columns, so that they do not change as they move on.
    shown.rchunks(each).rev().map(<[_]>::to_vec).collect()
}

/// From so many rows on what happened has one.
const WITH_EVENTS: usize = 6;

/// The heat map, with a row of errors below it, and one of what happened.
pub(super) fn heat_map(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let (model, state) = (scene.model, scene.state);
    let seconds: Vec<&Second> = model.seconds.iter().collect();
    let room = columns.saturating_sub(LABEL);
    let seconds = columns_of(&seconds, state.window(), room);
    let times: Vec<Vec<&Buckets>> =
        seconds.iter().map(|c| c.iter().map(|s| s.times(state.service)).collect()).collect();
    let with_events = usize::from(rows >= WITH_EVENTS);
    let mut lines = picture(scene, &times, rows.saturating_sub(1 + with_events));
    let wrong: Vec<f64> = seconds
        .iter()
        .map(|column| column.iter().map(|second| (second.failed + second.errors) as f64).sum())
        .collect();
    let any = wrong.iter().any(|n| *n > 0.0);
    let style = if any { Style::Bad } else { Style::Dim };
    let strip: String = match any {
        true => {
            let strip = sparkline(&wrong, room, scene.look);
            let marks = wrong.iter().zip(strip.chars());
            marks.map(|(n, c)| if *n > 0.0 { c } else { ' ' }).collect()
        }
        false => String::new(),
    };
    let head = if any { " errors|" } else { "  none |" };
    lines.push(Line::of(style, head).with(style, strip));
    if with_events > 0 {
        let stretches: Vec<_> = seconds.iter().filter_map(|column| stretch(column)).collect();
        let events = events::strip(&stretches, &model.events.list, room, scene.look);
        lines.push(Line::of(Style::Dim, " events|").join(events));
    }
    lines
}

/// When a column begins and ends.
fn stretch(column: &[&Second]) -> Option<(Duration, Duration)> {
    let (first, last) = (column.first()?, column.last()?);
    Some((first.end.saturating_sub(first.length), last.end))
}

/// A heat map, or that there is nothing yet.
pub(super) fn picture(scene: &Scene<'_>, times: &[Vec<&Buckets>], rows: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = match HeatMap::of(times, rows.max(1)) {
        Some(map) => {
            map.lines(scene.look).iter().map(|line| Line::of(Style::Plain, line)).collect()
        }
        None => vec![Line::of(Style::Dim, "        nothing has ended yet")],
    };
    lines.resize(rows, Line::default());
    lines
}

/// The spectrum of the whole run.
pub(super) fn spectrum(scene: &Scene<'_>, size: (usize, usize)) -> Vec<Line> {
    curves(scene, (&scene.model.service, scene.model.response.as_ref()), size)
}

/// The spectrum of service times, and of response times where there are some.
pub(super) fn curves(
    scene: &Scene<'_>,
    (service, response): (&Histogram, Option<&Histogram>),
    size: (usize, usize),
) -> Vec<Line> {
    let mut curves = vec![(service, '.')];
    curves.extend(response.map(|response| (response, '-')));
    let lines = spectrum::lines(&curves, size, scene.look);
    match lines.is_empty() {
        true => vec![Line::of(Style::Dim, "nothing has ended yet")],
        false => lines.iter().map(|line| Line::of(Style::Plain, line)).collect(),
    }
}

/// What the curves of the spectrum are.
pub(super) fn legend(scene: &Scene<'_>) -> String {
    match scene.model.response.is_some() {
        true => "SPECTRUM   - intended   . actual start".to_owned(),
        false => "SPECTRUM   . from the actual start".to_owned(),
    }
}

/// The last seconds of a row, a column each.
pub(super) fn own_picture(
    scene: &Scene<'_>,
    seconds: &[&Buckets],
    (columns, rows): (usize, usize),
) -> Vec<Line> {
    let times = columns_of(seconds, Some(Duration::ZERO), columns.saturating_sub(LABEL));
    picture(scene, &times, rows)
}
