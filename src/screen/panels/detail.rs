//! One transaction or one error, in full.

use mite_core::secret;
use mite_core::stats::shown_transaction;
use mite_core::units;

use super::times;
use crate::screen::canvas::Line;
use crate::screen::numbers::{number, percent, rate};
use crate::screen::row::Figures;
use crate::screen::scene::Scene;
use crate::terminal::style::Style;
use crate::terminal::width;

/// From so many columns on the spectrum stands beside the heat map.
const BESIDE: usize = 110;

/// Characters that are shown of a field.
const MOST_TEXT: usize = 2_000;

/// Those lines that are to be seen, from where the person has scrolled to.
pub(super) fn scrolled(lines: Vec<Line>, scene: &Scene<'_>, rows: usize) -> Vec<Line> {
    let first = scene.state.scrolled.min(lines.len().saturating_sub(rows));
    lines.into_iter().skip(first).take(rows).collect()
}

fn figures(of: &Figures) -> String {
    let known = [("p90", of.p90), ("p95", of.p95), ("p99", of.p99), ("p99.9", of.p999)];
    let known = known.map(|(name, time)| format!("{name} {}", times::shown(time)));
    format!(
        "min {}  mean {}  p50 {}  {}  max {}",
        units::short_time(of.min),
        units::short_time(of.mean),
        units::short_time(of.p50),
        known.join("  "),
        units::short_time(of.max)
    )
}

/// A transaction: its figures, its own heat map, and its requests.
pub(super) fn transaction(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let row = scene.state.opened().and_then(|at| scene.model.rows.get(at)?.as_ref());
    let Some(row) = row else { return vec![Line::of(Style::Dim, " it is not known any more")] };
    let name = scene.look.text(&width::cut_middle(&row.name(), columns.saturating_sub(2)));
    let mut lines = vec![
        Line::of(Style::Head, format!(" {name}")),
        Line::of(
            Style::Plain,
            format!(
                " {} in all   {}/s   {} of all time   errors {} ({})",
                number(row.count),
                rate(row.rate()),
                percent(scene.model.share(row)),
                number(row.errors),
                percent(row.error_share())
            ),
        ),
    ];
    if let Some(of) = &row.figures {
        lines.extend(folded(Style::Plain, &format!(" {}", figures(of)), columns));
    }
    let seconds: Vec<_> = row.seconds.iter().collect();
    let parts = phases(scene, columns).len();
    let map = rows.saturating_sub(lines.len() + parts + 6).clamp(3, 12);
    match columns >= BESIDE {
        false => lines.extend(times::own_picture(scene, &seconds, (columns, map))),
        true => {
            let (left, opened) = (columns * 3 / 5, &scene.model.opened);
            let right = (columns - left - 2, map);
            let spectrum = times::curves(scene, (&opened.service, opened.response.as_ref()), right);
            let mut spectrum = spectrum.into_iter();
            for mut line in times::own_picture(scene, &seconds, (left, map)) {
                line.pad(left + 2);
                lines.push(line.join(spectrum.next().unwrap_or_default()));
            }
        }
    }
    lines.extend(phases(scene, columns));
    lines.push(Line::of(Style::Head, " REQUESTS").with(
        Style::Dim,
        if scene.model.opened.requests.is_empty() { "  none, or not yet known" } else { "" },
    ));
    for request in &scene.model.opened.requests {
        let style = if request.failed > 0 { Style::Bad } else { Style::Plain };
        let mark = if request.failed > 0 { "!" } else { " " };
        let name = scene.look.text(&request.name);
        lines.push(Line::of(
            style,
            format!(
                " {mark}{}  {}, {} failed",
                width::cut_middle(&name, columns / 2),
                number(request.count),
                number(request.failed)
            ),
        ));
        let ends: Vec<_> =
            request.ends.iter().map(|(what, n)| format!("{what}: {}", number(*n))).collect();
        if let Some(of) = &request.figures {
            lines.extend(folded(Style::Dim, &format!("    {}", figures(of)), columns));
        }
        lines.extend(folded(Style::Dim, &format!("    {}", ends.join(", ")), columns));
    }
    scrolled(lines, scene, rows)
}

/// What the parts of a request are called, in their order.
const PHASES: [&str; 6] = ["no connection", "dns", "connect", "tls", "first byte", "body"];

/// Where the time of its requests went, part by part; what did not happen has no line.
fn phases(scene: &Scene<'_>, columns: usize) -> Vec<Line> {
    let phases = &scene.model.opened.phases;
    let all: f64 = phases.iter().map(|phase| phase.sum.as_secs_f64()).sum();
    let happened: Vec<_> = PHASES.iter().zip(phases.iter()).filter(|(_, p)| p.count > 0).collect();
    if happened.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        Line::of(Style::Head, " WHERE THE TIME WENT")
            .with(Style::Dim, "  share of all, mean and longest where it happened"),
    ];
    let bar = columns.saturating_sub(58).clamp(4, 30);
    for (name, phase) in happened {
        let share = if all > 0.0 { phase.sum.as_secs_f64() / all } else { 0.0 };
        let mean = phase.sum.div_f64(phase.count as f64);
        let full = "#".repeat((share * bar as f64).round() as usize);
        lines.push(Line::of(
            Style::Plain,
            format!(
                "  {name:<14}{:>7}  {full:<bar$}  {:>9}  max {:>9}",
                percent(share),
                units::short_time(mean),
                units::short_time(phase.max)
            ),
        ));
    }
    lines
}

fn folded(style: Style, text: &str, columns: usize) -> Vec<Line> {
    width::fold(text, columns).iter().map(|line| Line::of(style, line)).collect()
}

/// An error: its text, its place, and its example.
pub(super) fn error(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let at = match scene.state.view {
        crate::screen::state::View::Error(at) => at,
        _ => return Vec::new(),
    };
    let Some(row) = scene.model.failures.get(at) else {
        return vec![Line::of(Style::Dim, " it is not known any more")];
    };
    let failure = &row.failure;
    let mut lines = vec![Line::of(Style::Bad, format!(" {} x", number(row.count)))];
    let mut add = |style, text: &str| {
        for line in text.lines() {
            let line = scene.look.text(line);
            lines.extend(folded(style, &format!(" {line}"), columns));
        }
    };
    add(Style::Plain, &units::cut(&failure.message, MOST_TEXT));
    let transaction = shown_transaction(failure.transaction.as_ref());
    let name = if transaction.is_empty() { String::new() } else { format!(", {transaction}") };
    add(Style::Plain, &format!("in {}{name}, at {}", failure.journey, failure.location));
    if let Some((first, last)) = row.seen {
        let (first, last) = (units::clock(first), units::clock(last));
        add(Style::Plain, &format!("first at {first}, last at {last}"));
    }
    if failure.folded {
        add(Style::Dim, "for example; the texts differ in their numbers");
    }
    for (name, value) in &failure.fields {
        let value = secret::masked_value(name, value);
        add(Style::Plain, &format!("{name}: {}", units::cut(&value, MOST_TEXT)));
    }
    if let Some(trace) = &failure.stacktrace {
        add(Style::Dim, trace);
    }
    scrolled(lines, scene, rows)
}
