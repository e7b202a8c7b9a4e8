//! How much is told of a run.

use std::collections::BTreeSet;

/// How much of each series is told.
pub(super) enum Detail {
    /// All of it.
    Whole,
    /// Figures without histograms, of the series at these places.
    Figures(BTreeSet<usize>),
}
