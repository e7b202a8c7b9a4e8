//! Volumes one after another.

use std::ops::Add;
use std::time::Duration;

use super::{Constant, Mistake, Nothing, Once, Piece, Ramp, StopVolumeModel, VolumeModel};
use crate::error::Place;
use crate::ids::TestTime;

/// Volumes one after another: what `+` makes of [`Constant`], [`Nothing`],
/// [`Ramp`] and [`Once`].
///
/// Each counts time from its own beginning; where two meet, the later one is
/// in force, however short it is. Nothing here fails: what is wrong is kept with its
/// source line and reported before load starts.
///
/// ```
/// use mite::prelude::*;
/// use mite::volume::Chain;
/// let mut chain: Chain =
///     Nothing::new(secs(10)) + Ramp::over(secs(10)) + Constant::new(2, secs(10));
/// assert_eq!(chain.duration(), Some(secs(30)));
/// assert_eq!(chain.volume(secs(15), secs(16)), Ok(1.0));
/// assert_eq!(chain.volume(secs(30), secs(31)), Err(StopVolumeModel));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Chain {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Level(Constant),
    Ramp(Ramp),
    Once(Once),
}

/// What may stand on either side of a `+`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not join a `+` chain of volumes",
    label = "not a part of a chain",
    note = "`Constant`, `Nothing`, `Ramp`, `Once` and chains of them join; a number or a model of your own is a volume by itself"
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
        Chain { parts: vec![Part::Level(self)] }
    }
}

impl ChainPart for Nothing {
    fn into_chain(self) -> Chain {
        self.as_constant().into_chain()
    }
}

impl ChainPart for Ramp {
    fn into_chain(self) -> Chain {
        Chain { parts: vec![Part::Ramp(self)] }
    }
}

impl ChainPart for Once {
    fn into_chain(self) -> Chain {
        Chain { parts: vec![Part::Once(self)] }
    }
}

macro_rules! plus {
    ($($left:ty)*) => { $(
        impl<Right: ChainPart> Add<Right> for $left {
            type Output = Chain;

            fn add(self, right: Right) -> Chain {
                let mut chain = self.into_chain();
                chain.parts.extend(right.into_chain().parts);
                chain
            }
        }
    )* };
}
plus!(Chain Constant Nothing Ramp Once);

impl Part {
    fn duration(&self) -> Duration {
        match self {
            Self::Level(level) => level.duration,
            Self::Ramp(ramp) => ramp.duration,
            Self::Once(_) => Duration::ZERO,
        }
    }

    fn place(&self) -> &Place {
        match self {
            Self::Level(level) => &level.place,
            Self::Ramp(ramp) => &ramp.place,
            Self::Once(once) => &once.place,
        }
    }

    /// What it says of its own beginning.
    fn first(&self) -> Option<f64> {
        match self {
            Self::Level(level) => Some(level.n),
            Self::Ramp(ramp) => ramp.from,
            Self::Once(_) => None,
        }
    }

    /// What it says of its own end.
    fn last(&self) -> Option<f64> {
        match self {
            Self::Level(level) => Some(level.n),
            Self::Ramp(ramp) => ramp.to,
            Self::Once(_) => None,
        }
    }
}

impl Chain {
    fn before(&self, index: usize) -> Option<&Part> {
        self.parts.get(index.checked_sub(1)?)
    }

    fn after(&self, index: usize) -> Option<&Part> {
        self.parts.get(index + 1)
    }

    /// The parts, each from its beginning to its end.
    fn parts(&self) -> impl Iterator<Item = Piece> {
        let mut end = TestTime::ZERO;
        self.parts.iter().enumerate().map(move |(index, part)| {
            let start = end;
            end = start.saturating_add(part.duration());
            // An end that nobody says is a mistake, so such a chain never runs.
            let from = part.first().or_else(|| self.before(index)?.last()).unwrap_or(0.0);
            let to = part.last().or_else(|| self.after(index)?.first()).unwrap_or(0.0);
            Piece { start, end, from, to }
        })
    }

    /// When its single journeys are due.
    fn due(&self) -> Vec<TestTime> {
        let parts = self.parts.iter().zip(self.parts());
        parts.filter(|(part, _)| matches!(part, Part::Once(_))).map(|(_, at)| at.start).collect()
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
            (Some(to), Some(Part::Level(next))) if differ(to, next.n) => texts.push(format!(
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
        let part = self.parts().find(|part| start < part.end).ok_or(StopVolumeModel)?;
        Ok(part.at(start))
    }

    fn pieces(&mut self, start: Duration, end: Duration) -> Result<Vec<Piece>, StopVolumeModel> {
        let pieces: Vec<_> = self.parts().filter_map(|part| part.within(start, end)).collect();
        if pieces.is_empty() { Err(StopVolumeModel) } else { Ok(pieces) }
    }

    fn tickets(&self) -> Option<Vec<TestTime>> {
        Some(self.due()).filter(|due| !due.is_empty())
    }

    fn duration(&self) -> Option<Duration> {
        let add = |sum: Duration, part: &Part| sum.saturating_add(part.duration());
        Some(self.parts.iter().fold(Duration::ZERO, add))
    }

    fn peak(&self) -> Option<f64> {
        self.parts()
            .filter(|part| part.start < part.end)
            .flat_map(|part| [part.from, part.to])
            .reduce(f64::max)
    }

    fn answers_at_once(&self) -> bool {
        true
    }

    fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let is_once = self.parts.iter().any(|part| matches!(part, Part::Once(_)));
        for (index, part) in self.parts.iter().enumerate() {
            match part {
                Part::Level(level) if is_once && level.n > 0.0 => {
                    mistakes.push(Mistake::beside_once(&level.place));
                }
                Part::Ramp(ramp) if is_once => mistakes.push(Mistake::beside_once(&ramp.place)),
                Part::Level(level) => mistakes.extend(level.number_mistakes()),
                Part::Ramp(ramp) => {
                    mistakes.extend(ramp.number_mistakes());
                    let place = &ramp.place;
                    let texts = self.ramp_mistakes(index, ramp).into_iter();
                    mistakes.extend(texts.map(|text| Mistake { text, place: place.clone() }));
                }
                Part::Once(_) => {}
            }
        }
        // One part of no length is skipped, so that a length may come from the
        // settings; all of them cannot be meant.
        if self.duration() == Some(Duration::ZERO) && !is_once {
            mistakes.push(Mistake::lasts_no_time(self.parts[0].place()));
        }
        mistakes
    }
}
