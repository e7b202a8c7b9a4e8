//! Transactions, a row each.

use std::time::Duration;

use mite_core::stats::{Statistic, Unit};
use mite_core::units;

use crate::screen::canvas::Line;
use crate::screen::numbers::{number, percent, rate};
use crate::screen::row::Row;
use crate::screen::scene::Scene;
use crate::screen::sparkline::sparkline;
use crate::screen::state::Focus;
use crate::terminal::style::Style;
use crate::terminal::width;

/// A column of figures: its head, its width, from how many columns of the screen on it
/// is there, and what it shows.
struct Column {
    head: &'static str,
    width: usize,
    from: usize,
    cell: fn(&Scene<'_>, &Row) -> String,
}

const COLUMNS: [Column; 13] = [
    Column { head: "share", width: 7, from: 60, cell: |s, row| percent_of(s.model.share(row)) },
    Column { head: "count", width: 11, from: 130, cell: |_, row| number(row.count) },
    Column { head: "per s", width: 8, from: 60, cell: |_, row| rate(row.rate()) },
    Column { head: "err", width: 8, from: 60, cell: |_, row| errors(row) },
    Column { head: "min", width: 8, from: 140, cell: |_, row| time(row, |f| Some(f.min)) },
    Column { head: "mean", width: 8, from: 140, cell: |_, row| time(row, |f| Some(f.mean)) },
    Column { head: "p50", width: 8, from: 60, cell: |_, row| time(row, |f| Some(f.p50)) },
    Column { head: "p90", width: 8, from: 76, cell: |_, row| time(row, |f| f.p90) },
    Column { head: "p95", width: 8, from: 130, cell: |_, row| time(row, |f| f.p95) },
    Column { head: "p99", width: 8, from: 60, cell: |_, row| time(row, |f| f.p99) },
    Column { head: "p99.9", width: 8, from: 120, cell: |_, row| time(row, |f| f.p999) },
    Column { head: "max", width: 8, from: 100, cell: |_, row| time(row, |f| Some(f.max)) },
    Column { head: "limit", width: 8, from: 110, cell: |s, row| limit(s, row).unwrap_or_default() },
];

/// Columns of the course of a row's rate, on a large screen.
const COURSE: usize = 16;

fn percent_of(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn errors(row: &Row) -> String {
    let mark = if row.errors > 0 { "!" } else { "" };
    format!("{mark}{}", percent(row.error_share()))
}

fn time(row: &Row, of: fn(&crate::screen::row::Figures) -> Option<Duration>) -> String {
    match &row.figures {
        None => String::new(),
        Some(figures) => of(figures).map_or("-".to_owned(), units::short_time),
    }
}

/// The limit on a percentile of this transaction that is named by it, and whether it is
/// broken.
fn limit(scene: &Scene<'_>, row: &Row) -> Option<String> {
    let of_row = scene.model.limits.iter().find(|limit| {
        let threshold = &limit.threshold;
        threshold.unit == Unit::Time
            && matches!(threshold.statistic, Statistic::Percentile(_))
            && threshold.selection.selectors.iter().any(|selector| {
                selector.key == "transaction"
                    && !selector.negated
                    && selector.pattern == row.transaction
            })
    })?;
    let mark = if of_row.kept { "" } else { "!" };
    let bound = Duration::from_nanos(of_row.threshold.bound as u64);
    Some(format!("{mark}{}", units::short_time(bound)))
}

/// The head, and as many rows as there is room for, the chosen one among them.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let (model, state) = (scene.model, scene.state);
    let shown: Vec<&Column> = COLUMNS.iter().filter(|column| columns >= column.from).collect();
    let course = if columns >= 150 { COURSE + 2 } else { 0 };
    let figures: usize = shown.iter().map(|column| column.width).sum();
    let names = columns.saturating_sub(figures + course + 2);
    let order = model.order(state.sort, &state.find);
    let mut head = Line::of(Style::Head, " ").with(
        Style::Head,
        match (state.is_typing, &*state.find) {
            (true, find) => format!("find: {find}_"),
            (false, "") => "TRANSACTION".to_owned(),
            (false, find) => format!("TRANSACTION with {find:?}"),
        },
    );
    head.pad(names + 1);
    for column in &shown {
        let sorts = column.head == sorted_by(scene);
        let text = if sorts { format!("{}<", column.head) } else { column.head.to_owned() };
        head.add(Style::Head, format!("{text:>width$}", width = column.width));
    }
    if course > 0 {
        head.add(Style::Head, "  median, lately");
    }
    let mut lines = vec![head];
    let room = rows.saturating_sub(1);
    if order.is_empty() {
        let why = if state.find.is_empty() { "none has ended yet" } else { "none has such a name" };
        lines.push(Line::of(Style::Dim, format!(" {why}")));
        return lines;
    }
    let chosen = state.chosen_row(&order);
    let at = order.iter().position(|row| Some(*row) == chosen).unwrap_or(0);
    // The chosen row is always among those that are shown.
    let first = (at + 1).saturating_sub(room).min(order.len().saturating_sub(room));
    for place in order.iter().skip(first).take(room) {
        let Some(Some(row)) = model.rows.get(*place) else { continue };
        let is_chosen = Some(*place) == chosen;
        let name = width::cut_middle(&row.name(), names).into_owned();
        let mut line = Line::of(Style::Plain, if is_chosen { ">" } else { " " });
        line.add(Style::Plain, scene.look.text(&name));
        line.pad(names + 1);
        for column in &shown {
            let text = (column.cell)(scene, row);
            let style = if text.starts_with('!') { Style::Bad } else { Style::Plain };
            line.add(style, format!("{text:>width$}", width = column.width));
        }
        if course > 0 {
            let medians = row.seconds.iter().map(|second| {
                let all = crate::screen::buckets::Histogram::of([second]);
                all.percentile(50.0).unwrap_or_default().as_secs_f64()
            });
            let medians: Vec<f64> = medians.collect();
            line.add(Style::Plain, "  ");
            line.add(Style::Plain, sparkline(&medians, COURSE, scene.look));
        }
        let focused = is_chosen && state.focus == Focus::Transactions;
        lines.push(if focused { line.restyled(Style::Chosen) } else { line });
    }
    lines
}

fn sorted_by(scene: &Scene<'_>) -> &'static str {
    use crate::screen::model::Sort;
    match scene.state.sort {
        Sort::Share => "share",
        Sort::Name => "",
        Sort::Rate => "per s",
        Sort::Errors => "err",
        Sort::P99 => "p99",
    }
}
