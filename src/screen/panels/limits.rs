//! Limits, as they stand.

use mite_core::stats::Checked;

use crate::screen::canvas::Line;
use crate::screen::scene::Scene;
use crate::terminal::style::Style;

/// The limits, the broken ones first. That no error is allowed goes without saying as
/// long as there is none.
pub(super) fn shown<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Checked> + use<'a> {
    let limits = &scene.model.limits;
    let of = move |broken: bool| limits.iter().filter(move |limit| limit.kept != broken);
    let alone = limits.len() == 1;
    of(true)
        .chain(of(false))
        .filter(move |limit| alone || !limit.kept || !limit.threshold.counts_errors())
}

/// One after the other in a line, or a line each.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let all: Vec<Line> = shown(scene).map(limit).collect();
    if rows > 1 {
        let mut lines: Vec<_> = all.into_iter().take(rows).collect();
        lines.iter_mut().for_each(|line| *line = Line::of(Style::Plain, " ").join(line.clone()));
        return lines;
    }
    let mut line = Line::of(Style::Head, " LIMITS");
    let left = all.len();
    for (at, limit) in all.into_iter().enumerate() {
        let more = Line::of(Style::Dim, format!("  and {} more", left - at));
        let needed = line.width() + 2 + limit.width();
        if at > 0 && needed + if at + 1 < left { more.width() } else { 0 } > columns {
            line = line.join(more);
            break;
        }
        line = line.with(Style::Plain, "  ").join(limit);
    }
    vec![line]
}

/// `! http p99 < 300ms: 412 ms`, `ok errors rate < 1%: 0.21 %`.
fn limit(limit: &Checked) -> Line {
    let text = limit.threshold.to_string();
    let value = limit.shown_value();
    match (limit.kept, limit.value) {
        (true, _) => Line::of(Style::Good, "ok ").with(Style::Plain, format!("{text}: {value}")),
        (false, Some(_)) => Line::of(Style::Bad, format!("! {text}: {value}")),
        (false, None) if limit.failed > 0 => Line::of(Style::Bad, format!("! {text}: {value}")),
        (false, None) => Line::of(Style::Warn, format!("? {text}: no samples yet")),
    }
}
