//! Exactly one journey.

use std::panic::Location;

use super::{AsVolume, IntoVolume, Volume, VolumeKind};
use crate::ids::TestTime;

/// Exactly one journey, as soon as the test begins; then its scenario line ends.
///
/// ```
/// use mite_core::pool::NoData;
/// use mite_core::scenario::Scenario;
/// use mite_core::volume::Once;
/// let scenario = Scenario::builder().journey("shop:seed", NoData, Once::new()).build();
/// # assert_eq!(scenario.lines().len(), 1);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Once(());

impl Once {
    /// One journey.
    pub fn new() -> Self {
        Self(())
    }
}

impl IntoVolume<AsVolume> for Once {
    fn into_volume(self, _line: &'static Location<'static>) -> Volume {
        Volume::new(VolumeKind::Tickets(vec![TestTime::ZERO]), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_ticket() {
        let volume = Once::new().into_volume(Location::caller());
        let VolumeKind::Tickets(due) = volume.kind else { panic!("not tickets") };
        assert_eq!(due, [TestTime::ZERO]);
        assert_eq!((volume.duration, volume.mistakes), (None, vec![]));
    }
}
