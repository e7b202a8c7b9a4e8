//! Numbers of the series of a run.

use mite_core::stats::SeriesCounts;

/// The rows of all.
pub(crate) const ALL_REQUESTS: u32 = 0;
pub(crate) const ALL_TRANSACTIONS: u32 = 1;
pub(crate) const ALL_JOURNEYS: u32 = 2;

/// The number of the series at a place in the board's order.
pub(crate) fn id(place: usize) -> u32 {
    ALL_JOURNEYS + 1 + place as u32
}

/// Whether it is a whole journey.
pub(crate) fn is_journey(series: &SeriesCounts) -> bool {
    series.key.is_journey()
}

/// Whether it is a transaction inside a journey.
pub(crate) fn is_inner(series: &SeriesCounts) -> bool {
    series.key.request.is_none() && !is_journey(series)
}
