//! What happened, as a row below the heat map.

use std::time::Duration;

use mite_results::document::Event;

use super::canvas::Line;
use super::look::Look;
use crate::terminal::style::Style;
use crate::terminal::width;

/// What is told first where several things happened at once.
const RANK: [&str; 10] =
    ["mark", "signal", "limit", "runner", "stall", "blocked", "pool", "finding", "error", "phase"];

/// Columns that a text has at least if it is cut.
const LEAST: usize = 8;

/// A sign below each column of a heat map in which something happened, and what it was where
/// there is room for that. Columns are stretches of the run, ascending.
pub(super) fn strip(
    columns: &[(Duration, Duration)],
    events: &[Event],
    room: usize,
    look: &Look,
) -> Line {
    let mut signs: Vec<(usize, &Event)> = Vec::new();
    for event in events {
        let Some(x) = column_of(columns, event) else { continue };
        match signs.iter_mut().find(|(at, _)| *at == x) {
            Some((_, known)) if rank(event) < rank(known) => *known = event,
            Some(_) => {}
            None => signs.push((x, event)),
        }
    }
    signs.sort_by_key(|(x, _)| *x);
    let mut line = Line::default();
    let mut used = 0;
    for (at, (x, event)) in signs.iter().enumerate() {
        if *x >= room || *x < used {
            continue;
        }
        let end = signs.get(at + 1).map_or(room, |(next, _)| (*next).min(room));
        let text = look.text(&event.text);
        let wanted = width::width(&text);
        let (left, right) = ((*x - used).saturating_sub(2), (end - *x).saturating_sub(3));
        let style = style(event);
        // What is cut would better stand where it need not be.
        let is_right = right >= wanted || right >= left;
        let given = if is_right { right } else { left };
        let shown = match given >= wanted {
            true => text,
            false if given >= LEAST => width::cut_middle(&text, given).into_owned(),
            false => String::new(),
        };
        let has_words = !shown.is_empty();
        match is_right {
            true => {
                line.pad(*x);
                line.add(style, "^");
                if has_words {
                    line.add(style, format!(" {shown}"));
                }
            }
            false => {
                let blank = usize::from(has_words);
                line.pad(*x - width::width(&shown) - blank);
                line.add(style, format!("{shown}{}^", " ".repeat(blank)));
            }
        }
        // Signs may touch each other; words of one and the next sign may not.
        used = line.width() + usize::from(is_right && has_words);
    }
    line
}

fn rank(event: &Event) -> usize {
    RANK.iter().position(|kind| *kind == &*event.kind).unwrap_or(RANK.len())
}

fn column_of(columns: &[(Duration, Duration)], event: &Event) -> Option<usize> {
    let at = Duration::try_from_secs_f64(event.t_s.get()).ok()?;
    let (first, _) = columns.first()?;
    let x = columns.iter().position(|(_, to)| at <= *to)?;
    (at > *first || first.is_zero()).then_some(x)
}

fn style(event: &Event) -> Style {
    match &*event.kind {
        "phase" | "limit" => Style::Dim,
        "mark" => Style::Head,
        _ => Style::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::canvas::Canvas;
    use crate::terminal::size::Size;

    fn event(second: f64, kind: &str, text: &str) -> Event {
        let t_s = Duration::from_secs_f64(second).into();
        Event { t_s, kind: kind.into(), text: text.into(), ..Event::default() }
    }

    fn shown(events: &[Event], room: u16) -> String {
        let columns: Vec<_> = (10..10 + u64::from(room))
            .map(|s| (Duration::from_secs(s), Duration::from_secs(s + 1)))
            .collect();
        let look = Look { unicode: true, colours: true };
        let line = strip(&columns, events, room.into(), &look);
        let mut canvas = Canvas::new(Size { rows: 1, columns: room }, '…');
        canvas.line((0, 0), &line, room.into());
        canvas.text().remove(0)
    }

    #[test]
    fn a_sign_stands_below_its_second_with_its_words_beside_it() {
        let events = [
            event(3.0, "phase", "before what is shown"),
            event(11.0, "phase", "line 1 begins"),
            event(30.5, "error", "sold out"),
            event(30.6, "mark", "deployed v2"),
            event(48.0, "stall", "nothing ends"),
        ];
        let found = shown(&events, 40);
        assert_eq!(found, "^ line 1 begins     ^ deployed v2    ^");
        // 48 s is in the column of 47 to 48; there is room for its words in none.
        assert_eq!(found.find('^').map(|_| found.rfind('^')), Some(Some(37)));
    }

    #[test]
    fn words_of_the_latest_stand_before_it_and_long_ones_are_cut() {
        let found = shown(&[event(49.0, "stall", "nothing ends, with 20 journeys")], 40);
        assert_eq!(found, "       nothing ends, with 20 journeys ^");
        let found = shown(&[event(49.0, "stall", &"long ".repeat(20))], 40);
        assert!(found.ends_with(" ^") && found.contains('…'), "{found:?}");
        assert_eq!(shown(&[], 40), "");
    }

    #[test]
    fn a_sign_beside_another_one_has_its_words() {
        let events = [event(10.5, "phase", "line 1 begins"), event(11.5, "mark", "mark 1")];
        assert_eq!(shown(&events, 40), "^^ mark 1");
    }

    #[test]
    fn many_at_once_are_signs_alone() {
        let many: Vec<_> = (11..51).map(|s| event(f64::from(s), "error", "sold out")).collect();
        let found = shown(&many, 40);
        assert!(found.chars().all(|c| c == '^' || c == ' '), "{found:?}");
        assert!(found.len() <= 40 && found.matches('^').count() >= 20, "{found:?}");
    }
}
