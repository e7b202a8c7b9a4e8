//! The last lines of the log.

use crate::screen::canvas::Line;
use crate::screen::scene::Scene;
use crate::screen::state::{Focus, View};
use crate::terminal::held::{self, Kind};
use crate::terminal::style::Style;
use crate::terminal::width;

/// As many as there is room for, the latest last.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let is_whole = scene.state.view == View::Log;
    let up =
        if is_whole { scene.state.scrolled.min(scene.log.len().saturating_sub(rows)) } else { 0 };
    let end = scene.log.len() - up;
    let shown = &scene.log[end.saturating_sub(rows)..end];
    let is_focused = scene.state.focus == Focus::Log && !is_whole;
    let line = |line: &held::Line| {
        let style = match (is_focused, line.kind) {
            (true, _) => Style::Chosen,
            (false, Kind::Urgent) => Style::Warn,
            (false, Kind::Calm) => Style::Dim,
            (false, Kind::Printed) => Style::Plain,
        };
        let text = line.text.lines().next().unwrap_or_default();
        let text = scene.look.text(short(text, is_whole));
        Line::of(style, format!(" {}", width::cut(&text, columns.saturating_sub(1))))
    };
    let mut lines: Vec<Line> = shown.iter().map(line).collect();
    if lines.is_empty() {
        lines.push(Line::of(Style::Dim, " LOG"));
    }
    lines
}

/// Without the date, of which there is no need while the run goes on.
fn short(text: &str, is_whole: bool) -> &str {
    let time = text.split_once('T').filter(|(date, rest)| date.len() == 10 && rest.len() > 13);
    match time {
        Some((_, rest)) if !is_whole && text.is_char_boundary(11) => rest,
        _ => text,
    }
}
