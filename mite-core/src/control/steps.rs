//! A closed volume within a window, as whole journeys from one moment to the next.

use std::collections::VecDeque;

use super::order::Ended;
use super::windows::Window;
use crate::ids::TestTime;
use crate::volume::{Piece, number_mistake};

/// What is to come of a line's volume in the window that has begun.
#[derive(Default)]
pub(super) struct Steps(VecDeque<Step>);

/// From some time on it is so many journeys, or over.
struct Step {
    at: TestTime,
    volume: Result<u32, Ended>,
}

/// A ramp is followed in so many steps a window. Each is a Grant for every runner.
const STEPS: u32 = 10;

impl Steps {
    /// The steps of `window`, in which the volume is that of `pieces`.
    pub(super) fn of(window: Window, pieces: &[Piece]) -> Self {
        let mut steps = Self::default();
        let Window { start, end, .. } = window;
        for piece in pieces {
            // A model of the test's own may say anything.
            if let Some(text) = [piece.from, piece.to].into_iter().find_map(number_mistake) {
                let text = format!("{text} (in the window from {start:?} to {end:?})");
                steps.push(piece.start, Err(Ended::InvalidVolume(text)));
                return steps;
            }
            // `as` truncates and saturates, which is what is wanted.
            steps.push(piece.start, Ok(piece.from as u32));
            if piece.is_constant() {
                continue;
            }
            let tenths = (0..STEPS).map(|n| start + (end - start) * n / STEPS);
            for at in tenths.filter(|at| piece.start < *at && *at < piece.end) {
                steps.push(at, Ok(piece.at(at) as u32));
            }
        }
        match pieces.last() {
            Some(last) if last.end >= end => {}
            last => steps.push(last.map_or(start, |last| last.end), Err(Ended::Stopped)),
        }
        steps
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<TestTime> {
        self.0.front().map(|step| step.at)
    }

    /// The next one, if it is due at `now`.
    pub(super) fn take(&mut self, now: TestTime) -> Option<Result<u32, Ended>> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_front().map(|step| step.volume)
    }

    fn push(&mut self, at: TestTime, volume: Result<u32, Ended>) {
        if self.0.back().is_none_or(|last| last.volume != volume) {
            self.0.push_back(Step { at, volume });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volume::secs;

    /// The steps of the second window, of two seconds each.
    fn steps(pieces: &[Piece]) -> Vec<(f64, Result<u32, Ended>)> {
        let window = Window { index: 1, start: secs(2), end: secs(4) };
        let steps = Steps::of(window, pieces).0;
        steps.into_iter().map(|step| (step.at.as_secs_f64(), step.volume)).collect()
    }

    #[test]
    fn joints_are_steps() {
        let pieces = [
            Piece::constant(secs(2), secs(2.4), 2.9),
            Piece::constant(secs(2.4), secs(3), 30.0),
            Piece::constant(secs(3), secs(4), 30.5),
        ];
        assert_eq!(steps(&pieces), [(2.0, Ok(2)), (2.4, Ok(30))], "what stays the same is no step");
    }

    #[test]
    fn a_ramp_is_followed_in_tenths_of_a_window_and_begins_with_its_own_beginning() {
        let pieces = [
            Piece::constant(secs(2), secs(2.5), 1.0),
            Piece { start: secs(2.5), end: secs(4), from: 1.0, to: 16.0 },
        ];
        let expected = [
            (2.0, Ok(1)),
            // 10 in a second: at 2.6 it is 2.
            (2.6, Ok(2)),
            (2.8, Ok(4)),
            (3.0, Ok(6)),
            (3.2, Ok(8)),
            (3.4, Ok(10)),
            (3.6, Ok(12)),
            (3.8, Ok(14)),
        ];
        assert_eq!(steps(&pieces), expected);
    }

    #[test]
    fn the_end_is_a_step_where_it_is_within_the_window() {
        let end = |at| Piece::constant(secs(2), secs(at), 5.0);
        assert_eq!(steps(&[end(2.5)]), [(2.0, Ok(5)), (2.5, Err(Ended::Stopped))]);
        assert_eq!(steps(&[end(4.0)]), [(2.0, Ok(5))]);
        assert_eq!(steps(&[]), [(2.0, Err(Ended::Stopped))]);
    }

    #[test]
    fn nonsense_ends_it_where_it_begins() {
        let pieces =
            [Piece::constant(secs(2), secs(3), 1.0), Piece::constant(secs(3), secs(4), -1.0)];
        let text =
            "the volume is -1; journeys at once cannot be negative (in the window from 2s to 4s)";
        assert_eq!(
            steps(&pieces),
            [(2.0, Ok(1)), (3.0, Err(Ended::InvalidVolume(text.to_owned())))]
        );
    }
}
