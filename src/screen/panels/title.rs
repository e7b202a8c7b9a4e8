//! What is run, for how long, in which phase, and whether its numbers can be trusted.

use mite_core::stats::{Grade, Phase};
use mite_core::units;

use crate::screen::canvas::Line;
use crate::screen::scene::Scene;
use crate::terminal::style::Style;
use crate::terminal::width;

/// A longer name is cut where there is no room.
const LEAST_NAME: usize = 14;

/// One line. The less important parts go where there is no room.
pub(super) fn title(scene: &Scene<'_>, columns: usize) -> Vec<Line> {
    let (info, status) = (&scene.model.info, &scene.model.status);
    let elapsed = units::clock(status.elapsed);
    let time = match status.planned.filter(|planned| !planned.is_zero()) {
        Some(planned) => format!("{elapsed} of {}", units::clock(planned)),
        None => elapsed,
    };
    let validity = scene.model.validity;
    let style = match validity {
        Grade::Valid => Style::Good,
        Grade::Suspect => Style::Warn,
        Grade::Invalid => Style::Bad,
    };
    let gap = |line: &mut Line| line.add(Style::Plain, "   ");
    // What is said of the numbers stays, also where nothing else has room.
    let right = |with_phase: bool, with_keys: bool| {
        let mut right = Line::default();
        if with_phase {
            right.add(Style::Plain, scene.look.text(&phase(scene)));
            gap(&mut right);
        }
        right.add(style, validity.to_string());
        if scene.state.frozen.is_some() {
            gap(&mut right);
            right.add(Style::Chosen, format!(" FROZEN {} ", units::clock(status.elapsed)));
        }
        right.add(Style::Plain, if with_keys { "   q drain  ? keys " } else { " " });
        right
    };
    // The name, its gaps and the time.
    let least = width::width(&info.test).min(LEAST_NAME) + width::width(&time) + 6;
    let rights = [(true, true), (true, false), (false, false)];
    let rights = rights.map(|(phase, keys)| right(phase, keys));
    let [.., last] = &rights;
    let right = rights.iter().find(|right| right.width() + least < columns).unwrap_or(last);
    let room = columns.saturating_sub(right.width() + width::width(&time) + 6);
    let name = scene.look.text(&width::cut_middle(&info.test, room.max(8)));
    let left = Line::of(Style::Plain, " ");
    let mut left = left.with(Style::Head, name).with(Style::Plain, format!("   {time}"));
    let runners = units::count(status.runners.into(), "runner");
    let more = format!("   seed {}   {runners}", info.seed);
    if left.width() + width::width(&more) + right.width() + 3 < columns {
        left.add(Style::Dim, more);
    }
    vec![left.with_right(right.clone(), columns)]
}

/// What is asked for now: `ramp 1 of 3`, `draining`.
fn phase(scene: &Scene<'_>) -> String {
    let (info, status) = (&scene.model.info, &scene.model.status);
    if status.load.is_some() {
        return "draining".to_owned();
    }
    if scene.model.is_warming_up {
        return "warm-up".to_owned();
    }
    // The line with the most phases says the most of a scenario.
    let Some(phases) = info.schedule.iter().max_by_key(|phases| phases.len()) else {
        return String::new();
    };
    let is_now = |phase: &Phase| {
        phase.from <= status.elapsed && phase.to.is_none_or(|to| status.elapsed < to)
    };
    match (phases.iter().position(is_now), phases.len()) {
        (Some(at), 1) => phases[at].kind.to_owned(),
        (Some(at), all) => format!("{} {} of {all}", phases[at].kind, at + 1),
        (None, _) => String::new(),
    }
}

/// A bar, if it is known when the run ends.
pub(super) fn progress(scene: &Scene<'_>, columns: usize) -> Vec<Line> {
    let status = &scene.model.status;
    let Some(planned) = status.planned.filter(|planned| !planned.is_zero()) else {
        return vec![Line::of(Style::Dim, " until it is ended: q or Ctrl-C")];
    };
    let done = (status.elapsed.as_secs_f64() / planned.as_secs_f64()).min(1.0);
    let room = columns.saturating_sub(13);
    let full = (done * room as f64) as usize;
    let bar = format!(" [{}{}] {:5.1} %", "#".repeat(full), "-".repeat(room - full), done * 100.0);
    vec![Line::of(Style::Plain, bar)]
}
