//! How much comes through, and how much of it fails.

use crate::screen::canvas::Line;
use crate::screen::model::Model;
use crate::screen::numbers::{bytes, number, percent, rate};
use crate::screen::scene::Scene;
use crate::screen::sparkline::sparkline;
use crate::terminal::style::Style;

/// What came in the window.
struct Came {
    count: u64,
    failed: u64,
    errors: u64,
    received: u64,
    seconds: f64,
}

fn came(scene: &Scene<'_>) -> Came {
    let mut all = Came { count: 0, failed: 0, errors: 0, received: 0, seconds: 0.0 };
    for second in scene.model.last(scene.state.window()) {
        all.count += second.service.count;
        all.failed += second.failed;
        all.errors += second.errors;
        all.received += second.received;
        all.seconds += second.length.as_secs_f64();
    }
    all
}

/// How many ended in each second, per second.
fn rates(model: &Model) -> Vec<f64> {
    let rate = |count: u64, seconds: f64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
    model.seconds.iter().map(|s| rate(s.service.count, s.length.as_secs_f64())).collect()
}

/// In one line, or in several.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let model = scene.model;
    let Came { count, failed, errors, received, seconds } = came(scene);
    let per_second = |n: u64| if seconds > 0.0 { n as f64 / seconds } else { 0.0 };
    let noun = model.subject.name();
    let share = if count == 0 { 0.0 } else { failed.max(errors.min(count)) as f64 / count as f64 };
    let style = if failed + errors > 0 { Style::Bad } else { Style::Plain };
    let mark = if failed + errors > 0 { "! " } else { "" };
    let now = format!("{}/s", rate(per_second(count)));
    let wrong: Vec<f64> = model.seconds.iter().map(|s| (s.failed + s.errors) as f64).collect();
    let shown_bytes = match received {
        0 => String::new(),
        n => format!("{}/s", bytes(per_second(n) as u64)),
    };
    if rows == 1 {
        let sparks = columns.saturating_sub(52).clamp(6, 40);
        let split = sparks * 4 / 7;
        let mut line = Line::of(Style::Head, " rate   ").with(Style::Plain, format!("{now} "));
        line.add(Style::Plain, sparkline(&rates(model), split, scene.look));
        line.add(style, format!("   {mark}errors {} ", percent(share)));
        line.add(style, sparkline(&wrong, sparks - split, scene.look));
        line.add(Style::Plain, format!("   {shown_bytes}"));
        return vec![line];
    }
    let over = over(scene);
    let total = number(model.service.count);
    let mut lines = vec![
        Line::of(Style::Plain, format!("{now} {noun} {over}"))
            .with_right(Line::of(Style::Dim, format!("{total} in all")), columns),
        Line::of(Style::Plain, sparkline(&rates(model), columns, scene.look)),
        Line::of(style, format!("{mark}errors {} {over}", percent(share))).with_right(
            Line::of(
                Style::Dim,
                format!(
                    "{} failed, {} errors in all",
                    number(model.failed),
                    number(model.totals.journeys.errors)
                ),
            ),
            columns,
        ),
        Line::of(style, sparkline(&wrong, columns, scene.look)),
    ];
    if !shown_bytes.is_empty() {
        lines.push(Line::of(Style::Plain, format!("{shown_bytes} received")));
    }
    lines
}

/// Over which time figures are.
pub(super) fn over(scene: &Scene<'_>) -> String {
    match scene.state.window() {
        Some(window) => format!("in the last {} s", window.as_secs()),
        None => "in the last 5 minutes".to_owned(),
    }
}
