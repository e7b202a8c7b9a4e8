//! Volumes one after another.

use std::ops::Add;
use std::time::Duration;

use super::{Constant, Mistake, Nothing, Ramp, StopVolumeModel, VolumeModel};
use crate::error::Place;

/// Volumes one after another: what `+` makes of [`Constant`], [`Nothing`] and
/// [`Ramp`].
///
/// Each counts time from its own beginning; where two meet, the later one is
/// in force. Nothing here fails: what is wrong is kept with its source line
/// and reported before load starts.
///
/// ```
/// use mite_core::volume::{Chain, Constant, Nothing, Ramp, StopVolumeModel, VolumeModel, secs};
/// let mut chain: Chain =
///     Nothing::new(secs(10)) + Ramp::over(secs(10)) + Constant::new(2, secs(10));
/// assert_eq!(chain.duration(), Some(secs(30)));
/// assert_eq!(chain.volume(secs(15), secs(16)), Ok(1.0));
/// assert_eq!(chain.volume(secs(30), secs(31)), Err(StopVolumeModel));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Chain {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Level(Constant),
    Ramp(Ramp),
}

/// What may stand on either side of a `+`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not join a `+` chain of volumes",
    label = "not a part of a chain",
    note = "`Constant`, `Nothing`, `Ramp` and chains of them join; a number or a model of your own is a volume by itself"
)]
pub trait ChainPart {
    #[doc(hidden)]
    fn into_chain(self) -> Chain;
}

impl ChainPart for Chain {
    fn into_chain(self) -> Chain {
        self
    }
}

impl ChainPart for Constant {
    fn into_chain(self) -> Chain {
        Chain { pieces: vec![Piece::Level(self)] }
    }
}

impl ChainPart for Nothing {
    fn into_chain(self) -> Chain {
        self.as_constant().into_chain()
    }
}

impl ChainPart for Ramp {
    fn into_chain(self) -> Chain {
        Chain { pieces: vec![Piece::Ramp(self)] }
    }
}

macro_rules! plus {
    ($($left:ty)*) => { $(
        impl<Right: ChainPart> Add<Right> for $left {
            type Output = Chain;

            fn add(self, right: Right) -> Chain {
                let mut chain = self.into_chain();
                chain.pieces.extend(right.into_chain().pieces);
                chain
            }
        }
    )* };
}
plus!(Chain Constant Nothing Ramp);

impl Piece {
    fn duration(&self) -> Duration {
        match self {
            Self::Level(level) => level.duration,
            Self::Ramp(ramp) => ramp.duration,
        }
    }

    fn place(&self) -> &Place {
        match self {
            Self::Level(level) => &level.place,
            Self::Ramp(ramp) => &ramp.place,
        }
    }

    /// What it says of its own beginning.
    fn first(&self) -> Option<f64> {
        match self {
            Self::Level(level) => Some(level.n),
            Self::Ramp(ramp) => ramp.from,
        }
    }

    /// What it says of its own end.
    fn last(&self) -> Option<f64> {
        match self {
            Self::Level(level) => Some(level.n),
            Self::Ramp(ramp) => ramp.to,
        }
    }
}

impl Chain {
    fn before(&self, index: usize) -> Option<&Piece> {
        self.pieces.get(index.checked_sub(1)?)
    }

    fn after(&self, index: usize) -> Option<&Piece> {
        self.pieces.get(index + 1)
    }

    /// The volume at `at`, counted from the beginning of the piece `index`.
    fn volume_in(&self, index: usize, at: Duration) -> f64 {
        match &self.pieces[index] {
            Piece::Level(level) => level.n,
            Piece::Ramp(ramp) => {
                // An end that nobody says is a mistake, so such a chain never runs.
                let from = ramp.from.or_else(|| self.before(index)?.last()).unwrap_or(0.0);
                let to = ramp.to.or_else(|| self.after(index)?.first()).unwrap_or(0.0);
                ramp.between(from, to, at)
            }
        }
    }

    fn ramp_mistakes(&self, index: usize, ramp: &Ramp) -> Vec<String> {
        let (before, after) = (self.before(index), self.after(index));
        let mut texts = Vec::new();
        match (before, ramp.from) {
            (None, None) => texts.push(
                "a first ramp needs `.from(n)`: there is nothing before it to begin at".to_owned(),
            ),
            (Some(before), None) if before.last().is_none() => texts.push(
                "two ramps with no value between them: give this one `.from(n)`, or the one before it `.to(n)`".to_owned(),
            ),
            (Some(before), Some(from)) => {
                if let Some(end) = before.last().filter(|end| differ(*end, from)) {
                    texts.push(format!(
                        "this ramp begins `.from({from})`, but what is before it ends at {end}: leave out `.from`, or make them equal"
                    ));
                }
            }
            _ => {}
        }
        match (ramp.to, after) {
            (None, None) => texts.push(
                "a last ramp needs `.to(n)`: there is nothing after it to arrive at".to_owned(),
            ),
            // Where two ramps meet, the later one has reported it.
            (Some(to), Some(Piece::Level(next))) if differ(to, next.n) => texts.push(format!(
                "this ramp arrives `.to({to})`, but what is after it begins at {}: leave out `.to`, or make them equal",
                next.n
            )),
            _ => {}
        }
        texts
    }
}

/// Whether two numbers contradict each other; what is not a number is a
/// mistake of its own.
fn differ(a: f64, b: f64) -> bool {
    a.is_finite() && b.is_finite() && a != b
}

impl VolumeModel for Chain {
    fn volume(&mut self, start: Duration, _end: Duration) -> Result<f64, StopVolumeModel> {
        let mut at = start;
        for (index, piece) in self.pieces.iter().enumerate() {
            match at.checked_sub(piece.duration()) {
                None => return Ok(self.volume_in(index, at)),
                Some(rest) => at = rest,
            }
        }
        Err(StopVolumeModel)
    }

    fn duration(&self) -> Option<Duration> {
        let add = |sum: Duration, piece: &Piece| sum.saturating_add(piece.duration());
        Some(self.pieces.iter().fold(Duration::ZERO, add))
    }

    fn peak(&self) -> Option<f64> {
        self.pieces
            .iter()
            .flat_map(|piece| [piece.first(), piece.last()])
            .flatten()
            .reduce(f64::max)
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Level(level) => mistakes.extend(level.number_mistakes()),
                Piece::Ramp(ramp) => {
                    mistakes.extend(ramp.number_mistakes());
                    let place = &ramp.place;
                    let texts = self.ramp_mistakes(index, ramp).into_iter();
                    mistakes.extend(texts.map(|text| Mistake { text, place: place.clone() }));
                }
            }
        }
        // One part of no length is skipped, so that a length may come from the
        // settings; all of them cannot be meant.
        if self.duration() == Some(Duration::ZERO) {
            mistakes.push(Mistake::lasts_no_time(self.pieces[0].place()));
        }
        mistakes
    }
}
