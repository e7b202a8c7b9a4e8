//! Exactly one journey.

use std::panic::Location;

use super::{AsVolume, IntoVolume, Volume, VolumeKind};

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
        Volume::new(VolumeKind::Tickets(1), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_ticket() {
        let volume = Once::new().into_volume(Location::caller());
        assert!(matches!(volume.kind, VolumeKind::Tickets(1)));
        assert_eq!((volume.duration, volume.mistakes), (None, vec![]));
    }
}
