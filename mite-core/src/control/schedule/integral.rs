//! The integral of a rate, and where it reaches a number.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::TestTime;
use crate::volume::Piece;

/// The integral of all pieces.
pub(super) fn integral(pieces: &[Piece]) -> f64 {
    let mut sum = Sum::default();
    pieces.iter().for_each(|piece| sum.add(piece.integral()));
    sum.value()
}

/// A sum that keeps what rounding takes from it (Neumaier): a thousand times 0.1 is 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) {
        let sum = self.high + x;
        self.low += match self.high.abs() >= x.abs() {
            true => (self.high - sum) + x,
            false => (x - sum) + self.high,
        };
        self.high = sum;
    }

    pub(super) fn value(&self) -> f64 {
        self.high + self.low
    }
}

/// Finds where the integral of pieces reaches numbers that grow.
#[derive(Clone, Debug)]
pub(super) struct Inverse {
    pieces: Vec<Piece>,
    /// The piece where the last number was found, and the integral up to it.
    piece: usize,
    before: f64,
}

impl Inverse {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        Self { pieces, piece: 0, before: 0.0 }
    }

    /// Where the integral reaches `x`, which is not less than the last one was; at the
    /// end if it is never reached.
    pub(super) fn reach(&mut self, x: f64) -> TestTime {
        while let Some(piece) = self.pieces.get(self.piece) {
            let whole = piece.integral();
            if x < self.before + whole || self.piece + 1 == self.pieces.len() {
                let least = piece.start;
                let most = piece.end.saturating_sub(Duration::from_nanos(1)).max(least);
                return (piece.start + time_in(piece, x - self.before)).clamp(least, most);
            }
            self.before += whole;
            self.piece += 1;
        }
        TestTime::ZERO
    }
}

/// After how long the integral of a piece reaches `x`.
fn time_in(piece: &Piece, x: f64) -> Duration {
    let length = piece.length().as_secs_f64();
    let slope = (piece.to - piece.from) / length;
    let seconds = match slope < 0.0 {
        // From its end backwards it rises, and there is no difference of near numbers.
        true => length - rising(piece.to, -slope, piece.integral() - x),
        false => rising(piece.from, slope, x),
    };
    Duration::try_from_secs_f64(seconds.clamp(0.0, length)).unwrap_or_default()
}

/// Where the integral of `from + slope × t` reaches `x`: the form of the quadratic
/// formula that also holds where the slope is 0.
fn rising(from: f64, slope: f64, x: f64) -> f64 {
    let x = x.max(0.0);
    let root = (from * from + 2.0 * slope * x).max(0.0).sqrt();
    if from + root > 0.0 { 2.0 * x / (from + root) } else { 0.0 }
}
