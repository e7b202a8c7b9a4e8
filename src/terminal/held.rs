//! What is written while a screen hides the terminal.

use std::collections::VecDeque;

/// Lines that a screen which hides the terminal may show.
const SHOWN: usize = 200;

/// Lines that are kept to be written when it is gone.
const KEPT: usize = 2_000;

/// What was written while a screen hid the terminal.
#[derive(Default)]
pub(super) struct Held {
    /// The last lines.
    pub(super) shown: VecDeque<Line>,
    /// The last of those that are written when it is gone.
    pub(super) kept: VecDeque<Line>,
    /// Such lines that are kept no more.
    pub(super) left_out: u64,
}

/// A line, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

/// Where a line is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The log, and nobody need see it later.
    Calm,
    /// The log, and somebody should see it, be it later.
    Urgent,
    /// Whoever prints.
    Printed,
}

impl Held {
    /// Keeps a line.
    pub(super) fn keep(&mut self, line: Line) {
        if line.kind != Kind::Calm {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
                self.left_out += 1;
            }
            self.kept.push_back(line.clone());
        }
        if self.shown.len() == SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown_and_the_urgent_ones_kept_for_later() {
        let mut held = Held::default();
        let line = |n: usize, kind| Line { text: format!("line {n}"), kind };
        held.keep(line(0, Kind::Urgent));
        (1..=SHOWN).for_each(|n| held.keep(line(n, Kind::Calm)));
        assert_eq!(held.shown.front().unwrap().text, "line 1");
        assert_eq!(held.kept, [line(0, Kind::Urgent)]);
        (0..KEPT).for_each(|n| held.keep(line(n, Kind::Printed)));
        assert_eq!((held.kept.len(), held.left_out), (KEPT, 1), "memory has a bound");
        assert_eq!(held.kept.back().unwrap().text, format!("line {}", KEPT - 1));
    }
}
