//! What statistics of the test's own were told, window by window.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Number, StatisticWindows};

/// What a statistic of the test's own was told in a stretch of time.
///
/// ```
/// use mite_results::windows::Told;
/// let mut first = Told { count: 2, sum: 7.0, last: Some(4.0) };
/// first.merge(&Told { count: 1, sum: 3.0, last: None });
/// assert_eq!(first, Told { count: 3, sum: 10.0, last: Some(4.0) });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// How often it was told a value.
    pub count: u64,
    /// The sum of the values.
    pub sum: f64,
    /// The last of them, where that is what counts.
    pub last: Option<f64>,
}

impl Told {
    /// Adds what it was told in the stretch that follows.
    pub fn merge(&mut self, next: &Self) {
        self.count += next.count;
        self.sum += next.sum;
        self.last = next.last.or(self.last);
    }
}

/// By the numbers of statistics.
pub(super) type ToldById = BTreeMap<u32, Told>;

pub(super) fn merge(mine: &mut ToldById, next: &ToldById) {
    next.iter().for_each(|(id, told)| mine.entry(*id).or_default().merge(told));
}

/// Windows in order, as columns.
pub(super) fn columns(windows: &[&ToldById]) -> BTreeMap<u32, StatisticWindows> {
    let ids: BTreeSet<u32> = windows.iter().flat_map(|window| window.keys().copied()).collect();
    let column = |id: u32| {
        let told =
            || windows.iter().map(move |window| window.get(&id).copied().unwrap_or_default());
        StatisticWindows {
            count: told().map(|told| told.count).collect(),
            sum: told().map(|told| Number::new(told.sum).unwrap_or_default()).collect(),
            last: told().map(|told| told.last.and_then(Number::new)).collect(),
        }
    };
    ids.into_iter().map(|id| (id, column(id))).collect()
}
