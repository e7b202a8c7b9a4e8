//! How the keys work.

use crate::screen::canvas::Line;
use crate::screen::scene::Scene;
use crate::terminal::style::Style;
use crate::terminal::width;

const KEYS: [(&str, &str); 14] = [
    ("q, Ctrl-C", "end: journeys in flight finish, then report; again: end now"),
    ("?", "this page, and back"),
    ("tab", "the next panel: transactions, errors, log"),
    ("up down j k", "choose a row, scroll a page"),
    ("enter, esc", "look at what is chosen, and back"),
    ("s", "sort by share of time, name, rate, errors, p99"),
    ("/", "only names that hold a text; esc for all again"),
    ("+ -", "a longer or shorter window for figures and heat map"),
    ("r", "response times (from the intended start) or service times"),
    ("f", "freeze the display; the load goes on"),
    ("m", "mark this moment in the results"),
    ("Ctrl-L", "draw everything anew, after a journey has printed"),
    ("Ctrl-Z", "stop the process, and the load with it; `fg` goes on"),
    ("w", "say the address of the page"),
];

const SIGNS: [&str; 5] = [
    "!  broken, failed, dropped      -  too few values to say: a percentile needs ten above it",
    "times are of the window at the lower right of their line; the table is of the whole run",
    "share: which part of the time of all transactions this one takes",
    "the heat map's darkest cell holds the most; the scale is a square root",
    "VALID SUSPECT INVALID: whether the generator itself kept up (docs/health.md)",
];

/// All of it, from where it was scrolled to.
pub(super) fn lines(scene: &Scene<'_>, (columns, rows): (usize, usize)) -> Vec<Line> {
    let mut lines = vec![Line::of(Style::Head, " KEYS")];
    for (key, what) in KEYS {
        if key == "w" && scene.state.page.is_none() {
            continue;
        }
        let mut line = Line::of(Style::Head, format!("  {key}"));
        line.pad(16);
        lines.push(line.with(Style::Plain, what));
    }
    lines.push(Line::of(Style::Head, " SIGNS"));
    for sign in SIGNS {
        let sign = width::fold(&format!("  {sign}"), columns);
        lines.extend(sign.iter().map(|line| Line::of(Style::Plain, line)));
    }
    super::detail::scrolled(lines, scene, rows)
}
