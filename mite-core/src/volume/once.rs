//! Exactly one journey.

use std::panic::Location;

use super::{AsVolume, IntoVolume, Volume, VolumeKind};
use crate::error::Place;
use crate::ids::TestTime;

/// Exactly one journey: as soon as the test begins, or when it is its turn in a `+`
/// chain. After the last one its scenario line ends.
///
/// In a chain it takes no time, and stands beside [`Nothing`](super::Nothing) only.
///
/// ```
/// use mite::prelude::*;
/// let scenario = Scenario::builder()
///     .journey("shop:seed", NoData, Once::new())
///     // One at 5 s, one at 10 s.
///     .journey("shop:reprice", NoData, Nothing::new(secs(5)) + Once::new() + Nothing::new(secs(5)) + Once::new())
///     .build();
/// # assert_eq!(scenario.lines().len(), 2);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Once {
    pub(super) place: Place,
}

impl Once {
    /// One journey.
    #[track_caller]
    pub fn new() -> Self {
        Self { place: Place::of(Location::caller()) }
    }
}

impl Default for Once {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl IntoVolume<AsVolume> for Once {
    fn into_volume(self, _line: &'static Location<'static>) -> Volume {
        Volume::new(VolumeKind::Tickets(vec![TestTime::ZERO]), None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Constant, Nothing, Ramp, secs};
    use super::*;

    /// When the journeys of `volume` are due, and how long it lasts.
    fn due<M>(volume: impl IntoVolume<M>) -> (Vec<TestTime>, Option<TestTime>) {
        let volume = volume.into_volume(Location::caller());
        assert_eq!(volume.mistakes, []);
        let VolumeKind::Tickets(due) = volume.kind else { panic!("not tickets") };
        (due, volume.duration)
    }

    #[test]
    fn it_is_one_ticket_at_its_time() {
        assert_eq!(due(Once::new()), (vec![secs(0)], None));
        let chain =
            Nothing::new(secs(5)) + Once::new() + Nothing::new(secs(5)) + Once::new() + Once::new();
        assert_eq!(due(chain), (vec![secs(5), secs(10), secs(10)], Some(secs(10))));
        let from_settings = Once::new() + Constant::new(0, secs(2.5));
        assert_eq!(due(from_settings), (vec![secs(0)], Some(secs(2.5))));
    }

    #[test]
    fn it_does_not_join_journeys_at_once() {
        let first = line!() + 1;
        let chain = Constant::new(2, secs(5))
            + Once::new()
            + Ramp::over(secs(5)).from(0).to(5)
            + Nothing::new(secs(5));
        let mistakes = chain.into_volume(Location::caller()).mistakes;
        let found: Vec<_> = mistakes.iter().map(|m| (m.place.line - first, &*m.text)).collect();
        let text = "`Once` does not go with journeys at once in one chain: give it a line of its own, after `Nothing` for as long";
        assert_eq!(found, [(0, text), (2, text)]);
    }
}
