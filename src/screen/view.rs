//! The whole screen.

use super::canvas::{Canvas, Line};
use super::layout::{self, Place};
use super::panels::Panel;
use super::scene::Scene;
use super::state::View;
use crate::terminal::size::Size;
use crate::terminal::style::Style;

/// Draws everything, on a screen of any size.
pub(super) fn draw(scene: &Scene<'_>, size: Size) -> Canvas {
    let mut canvas = Canvas::new(size, scene.look.more());
    let whole = (canvas.width, canvas.height);
    let places = match scene.state.view {
        View::Main => layout::main(whole, |panel| panel.wants(scene)),
        View::Help => layout::page(Panel::Help, whole),
        View::Transaction(_) => layout::page(Panel::Transaction, whole),
        View::Error(_) => layout::page(Panel::Error, whole),
        View::Log => layout::page(Panel::Log, whole),
    };
    for place in places {
        put(&mut canvas, scene, place);
    }
    canvas
}

fn put(canvas: &mut Canvas, scene: &Scene<'_>, place: Place) {
    let Place { panel, x, y, columns, rows, is_framed } = place;
    if !is_framed {
        for (n, line) in panel.lines(scene, (columns, rows)).iter().take(rows).enumerate() {
            canvas.line((x, y + n), line, columns);
        }
        return;
    }
    let heading = panel.heading(scene);
    let heading = format!("+ {heading} ");
    let used = heading.chars().count() + 1;
    let rest = "-".repeat(columns.saturating_sub(used));
    let mut top = Line::of(Style::Head, &heading);
    top.add(Style::Dim, format!("{rest}+"));
    canvas.line((x, y), &top, columns);
    for n in 1..rows {
        canvas.line((x, y + n), &Line::of(Style::Dim, "|"), 1);
        canvas.line((x + columns - 1, y + n), &Line::of(Style::Dim, "|"), 1);
    }
    let inner = (columns.saturating_sub(2), rows - 1);
    // The heading of the frame stands for the panel's own.
    let skipped = usize::from(panel == Panel::Errors);
    let lines = panel.lines(scene, (inner.0, inner.1 + skipped));
    for (n, line) in lines.iter().skip(skipped).take(inner.1).enumerate() {
        canvas.line((x + 1, y + 1 + n), line, inner.0);
    }
}

#[cfg(test)]
mod tests;
