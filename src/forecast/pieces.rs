//! Numbers that change evenly, beside and after each other.

use std::time::Duration;

use mite_core::volume::Piece;

/// A greatest number, and when it is reached first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peak {
    /// The number.
    pub most: f64,
    /// Time since the test began.
    pub at: Duration,
}

/// The same with fewer pieces: those that go on as the one before are one with it.
pub(super) fn merged(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut merged: Vec<Piece> = Vec::new();
    for piece in pieces {
        match merged.last_mut() {
            Some(last) if last.end == piece.start && goes_on(last, &piece) => {
                last.end = piece.end;
                last.to = piece.to;
            }
            _ => merged.push(piece),
        }
    }
    merged
}

/// Whether `next` goes on as `last` does.
fn goes_on(last: &Piece, next: &Piece) -> bool {
    last.is_constant() && next.is_constant() && last.to == next.from
}

/// The greatest sum of all that go on at the same time, and when it is first reached.
pub(super) fn peak(pieces: &[Piece]) -> Peak {
    // At each edge what ends goes before what begins.
    let mut edges: Vec<(Duration, bool, usize)> = Vec::with_capacity(pieces.len() * 2);
    for (index, piece) in pieces.iter().enumerate().filter(|(_, p)| p.start < p.end) {
        edges.push((piece.start, true, index));
        edges.push((piece.end, false, index));
    }
    edges.sort_unstable();
    let mut peak = Peak::default();
    let (mut now, mut sum, mut slope) = (Duration::ZERO, 0.0f64, 0.0);
    let mut see = |sum: f64, at: Duration| {
        // What rounding adds is no new peak.
        if sum > peak.most * (1.0 + 1e-9) {
            peak = Peak { most: sum, at };
        }
    };
    for group in edges.chunk_by(|a, b| a.0 == b.0) {
        let at = group[0].0;
        sum += slope * (at - now).as_secs_f64();
        now = at;
        see(sum, at);
        for (_, begins, index) in group {
            let piece = &pieces[*index];
            let rise = (piece.to - piece.from) / piece.length().as_secs_f64();
            match begins {
                true => (sum, slope) = (sum + piece.from, slope + rise),
                false => (sum, slope) = (sum - piece.to, slope - rise),
            }
        }
        see(sum, at);
    }
    Peak { most: rounded(peak.most), ..peak }
}

/// Without what sums of floats add or leave out.
fn rounded(x: f64) -> f64 {
    let whole = x.round();
    if (x - whole).abs() < whole.abs() * 1e-9 { whole } else { x }
}

/// Where the integral of the pieces reaches `x`, if it does.
pub(super) fn reaches(pieces: &[Piece], x: f64) -> Option<Duration> {
    let mut left = x;
    for piece in pieces {
        let whole = piece.integral();
        if left <= whole {
            let length = piece.length().as_secs_f64();
            let slope = (piece.to - piece.from) / length;
            let root = (piece.from * piece.from + 2.0 * slope * left).max(0.0).sqrt();
            let seconds =
                if piece.from + root > 0.0 { 2.0 * left / (piece.from + root) } else { 0.0 };
            return Some(piece.start + Duration::from_secs_f64(seconds.clamp(0.0, length)));
        }
        left -= whole;
    }
    None
}

#[cfg(test)]
mod tests {
    use mite_core::volume::secs;

    use super::*;

    fn piece(start: f64, end: f64, from: f64, to: f64) -> Piece {
        Piece { start: secs(start), end: secs(end), from, to }
    }

    #[test]
    fn what_goes_on_unchanged_is_one() {
        let stairs = vec![
            piece(0.0, 1.0, 2.0, 2.0),
            piece(1.0, 2.0, 2.0, 2.0),
            piece(2.0, 3.0, 3.0, 3.0),
            piece(3.0, 4.0, 3.0, 5.0),
        ];
        let expected =
            [piece(0.0, 2.0, 2.0, 2.0), piece(2.0, 3.0, 3.0, 3.0), piece(3.0, 4.0, 3.0, 5.0)];
        assert_eq!(merged(stairs), expected);
    }

    #[test]
    fn the_peak_is_that_of_the_sum() {
        let up_and_down = [piece(0.0, 10.0, 0.0, 10.0), piece(10.0, 20.0, 10.0, 0.0)];
        assert_eq!(peak(&up_and_down), Peak { most: 10.0, at: secs(10) });
        let beside = [piece(0.0, 30.0, 0.1, 0.1), piece(12.0, 13.0, 5.0, 5.0)];
        let all: Vec<_> = up_and_down.into_iter().chain(beside).collect();
        let found = peak(&all);
        assert!((found.most - 13.1).abs() < 1e-9, "{found:?}");
        assert_eq!(found.at, secs(12));
        // One after another they do not add up.
        let after = [piece(0.0, 10.0, 7.0, 7.0), piece(10.0, 20.0, 7.0, 7.0)];
        assert_eq!(peak(&after), Peak { most: 7.0, at: secs(0) });
        assert_eq!(peak(&[]), Peak::default());
    }

    #[test]
    fn a_number_is_reached_where_the_integral_is() {
        let pieces = [piece(0.0, 10.0, 0.0, 10.0), piece(10.0, 20.0, 10.0, 10.0)];
        assert_eq!(reaches(&pieces, 50.0), Some(secs(10)));
        assert_eq!(reaches(&pieces, 100.0), Some(secs(15)));
        assert_eq!(reaches(&pieces, 12.5), Some(secs(5)));
        assert_eq!(reaches(&pieces, 151.0), None);
    }
}
