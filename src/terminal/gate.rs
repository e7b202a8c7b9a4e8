//! How many lines of journeys and libraries are shown: a journey may run ten thousand times
//! in a second.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use mite_core::units;

/// Lines a second of one place in the code.
const OF_A_PLACE: u32 = 10;

/// Lines a second of all places.
const OF_ALL: u32 = 100;

/// Places that are told apart; the lines of others are counted together.
const PLACES: usize = 1_000;

/// Lets so many lines through in a second, and counts the others by the place in the code
/// that writes them.
#[derive(Default)]
pub(super) struct Gate {
    places: Places,
    others: Share,
    all: Share,
}

/// By file and by line: a file's name is made once.
#[derive(Default)]
struct Places {
    files: HashMap<String, HashMap<u32, Share>>,
    count: usize,
}

/// Lines of one second.
#[derive(Default)]
struct Share {
    since: Option<Instant>,
    shown: u32,
    left_out: u64,
}

impl Share {
    fn has_room(&mut self, now: Instant, most: u32) -> bool {
        if self.since.is_none_or(|since| now - since >= Duration::from_secs(1)) {
            (self.since, self.shown) = (Some(now), 0);
        }
        self.shown < most
    }
}

impl Gate {
    /// Whether a line of `file` may pass, and how many of that place did not since the last
    /// that did.
    pub(super) fn admit(&mut self, (file, line): (&str, u32), now: Instant) -> Option<u64> {
        let share = place(&mut self.places, &mut self.others, file, line);
        if !share.has_room(now, OF_A_PLACE) || !self.all.has_room(now, OF_ALL) {
            share.left_out += 1;
            return None;
        }
        share.shown += 1;
        self.all.shown += 1;
        Some(std::mem::take(&mut share.left_out))
    }

    /// What was left out and not told of yet, for people: place after place.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let mut places: Vec<_> = self.places.files.iter_mut().collect();
        places.sort_by(|a, b| a.0.cmp(b.0));
        let told = places.into_iter().flat_map(|(file, lines)| {
            let mut lines: Vec<_> = lines.iter_mut().collect();
            lines.sort_by_key(|(line, _)| **line);
            let of = |(line, share): (&u32, &mut Share)| {
                (std::mem::take(&mut share.left_out), format!("{file}:{line}"))
            };
            lines.into_iter().map(of).collect::<Vec<_>>()
        });
        let others = (std::mem::take(&mut self.others.left_out), "other places".to_owned());
        let all = told.chain([others]).filter(|(n, _)| *n > 0);
        all.map(|(n, place)| left_out(n, &place)).collect()
    }
}

fn place<'a>(
    places: &'a mut Places,
    others: &'a mut Share,
    file: &str,
    line: u32,
) -> &'a mut Share {
    let Places { files, count } = places;
    let known = files.get(file).is_some_and(|lines| lines.contains_key(&line));
    if !known {
        if *count >= PLACES {
            return others;
        }
        *count += 1;
        if !files.contains_key(file) {
            files.insert(file.to_owned(), HashMap::new());
        }
    }
    files.get_mut(file).map_or(others, |lines| lines.entry(line).or_default())
}

/// That so many lines of a place are not shown.
pub(super) fn left_out(lines: u64, place: &str) -> String {
    let lines = units::count(lines, "line");
    format!(
        "{lines} left out at {place}: {OF_A_PLACE} a second are shown of one place, {OF_ALL} of all"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_of_a_place_pass_in_a_second_and_the_others_are_counted() {
        let (mut gate, start) = (Gate::default(), Instant::now());
        let passed = |gate: &mut Gate, line, now| {
            (0..250).filter(|_| gate.admit(("shop.rs", line), now).is_some()).count()
        };
        assert_eq!(passed(&mut gate, 7, start), 10);
        assert_eq!(passed(&mut gate, 8, start), 10, "another place has its own");
        let later = start + Duration::from_secs(1);
        assert_eq!(gate.admit(("shop.rs", 7), later), Some(240));
        assert_eq!(gate.admit(("shop.rs", 7), later), Some(0));
        let rest =
            "240 lines left out at shop.rs:8: 10 a second are shown of one place, 100 of all";
        assert_eq!(gate.rest(), [rest]);
        assert!(gate.rest().is_empty(), "it is told once");
    }

    #[test]
    fn all_places_together_have_a_limit_and_memory_has_one() {
        let (mut gate, now) = (Gate::default(), Instant::now());
        let passed = (0..5_000).filter(|n| gate.admit(("big.rs", *n), now).is_some()).count();
        assert_eq!((passed, gate.places.count), (100, PLACES));
        let rest = gate.rest();
        assert_eq!(rest.len(), PLACES - 100 + 1);
        assert!(
            rest[rest.len() - 1].starts_with("4000 lines left out at other places"),
            "{:?}",
            rest.last()
        );
    }
}
