//! How the generator itself fares.

use mite_core::stats::{Distribution, Grade, Health, Standing, Usage};
use mite_core::units;

use crate::screen::canvas::Line;
use crate::screen::numbers::number;
use crate::screen::scene::Scene;
use crate::terminal::style::Style;

/// From this part of a core on a runner has little time left.
const BUSY: f64 = 0.9;

/// One line. The less important parts go where there is no room.
pub(super) fn lines(scene: &Scene<'_>, (columns, _): (usize, usize)) -> Vec<Line> {
    let model = scene.model;
    let Health { runners, files, ports, bounds, .. } = &model.status.health;
    let mut lag = Distribution::default();
    runners.iter().for_each(|runner| lag.merge(&runner.loop_lag));
    let lately = model.seconds.back().map(|second| second.loop_lag).unwrap_or_default();
    let cpu: Vec<_> = model.cpu.iter().map(|share| format!("{:.0} %", share * 100.0)).collect();
    let is_busy = model.cpu.iter().any(|share| *share >= BUSY);
    let cpu = match cpu.len() {
        0 => "-".to_owned(),
        1..=8 => cpu.join(" "),
        n => {
            let most = model.cpu.iter().copied().fold(0.0, f64::max);
            format!("{:.0} % at most of {n}", most * 100.0)
        }
    };
    let mark = |bad: bool| if bad { "!" } else { "" };
    let warned = |bad: bool| if bad { Style::Bad } else { Style::Plain };
    let late = lag.count() > 0 && lag.percentile(99.0) >= bounds.lag;
    let lost = model.status.lost_messages;
    let mut parts = vec![
        (warned(is_busy), format!("cpu {}{cpu}", mark(is_busy))),
        (
            warned(late),
            format!("lag p99 {}{}", mark(late), units::short_time(lag.percentile(99.0))),
        ),
        (Style::Plain, format!("loop max {}", units::short_time(lately))),
        (warned(lost > 0), format!("lost {}{}", mark(lost > 0), number(lost))),
        (Style::Plain, units::count(model.status.runners.into(), "runner")),
    ];
    let processes = &model.status.health.processes;
    if !processes.is_empty() {
        let gone = processes.iter().filter(|process| process.standing == Standing::Lost).count();
        let lost = if gone > 0 { format!(", {gone} lost!") } else { String::new() };
        let count = processes.len();
        let noun = if count == 1 { "process" } else { "processes" };
        parts.push((warned(gone > 0), format!("{count} {noun}{lost}")));
    }
    for (usage, what) in [(files, "files"), (ports, "ports")] {
        if let Some(Usage { most, limit }) = usage {
            parts.push((Style::Plain, format!("{what} {} of {}", number(*most), number(*limit))));
        }
    }
    if model.status.health.debug_build {
        parts.push((Style::Warn, "a debug build".to_owned()));
    }
    let head = match model.validity {
        Grade::Valid => Style::Head,
        _ => Style::Bad,
    };
    let mut line = Line::of(head, " GENERATOR");
    for (style, text) in parts {
        let part = Line::of(Style::Plain, "  ").with(style, text);
        if line.width() + part.width() > columns {
            break;
        }
        line = line.join(part);
    }
    vec![line]
}
