//! Where the time of requests went, by series: in full for those with the most time, and
//! in one sum for all others.

use std::cmp::Reverse;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LIMITED;
use super::detail::Detail;
use super::exchange::Exchange;
use super::exemplar::ExemplarDetail;
use super::phases::Phases;

/// Series that have a detail of their own: those with the most time.
const MOST_SERIES: usize = 100;

/// Details by the place of their series. What is of a series without a place goes into a
/// sum of all such, so that the sum of everything is whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DetailTable {
    details: Vec<Option<Box<Detail>>>,
    /// Requests that limits are about, and those of other protocols.
    rest: Box<[Detail; 2]>,
    /// How many more may have a detail.
    #[serde(skip)]
    room: usize,
    /// Grows whenever other series are to have one.
    #[serde(skip)]
    version: u64,
    /// The version of the table that this one is a window of, when it was last
    /// [directed](Self::direct).
    #[serde(skip)]
    directed: Option<u64>,
}

impl Default for DetailTable {
    fn default() -> Self {
        let (details, rest) = (Vec::new(), Box::default());
        Self { details, rest, room: MOST_SERIES, version: 0, directed: None }
    }
}

/// A series of a window: its place there, and in the table that the window is added to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The time that the series at a place has taken, and whether its requests are those that
/// limits are about.
pub(super) trait Taken: Fn(usize) -> (Duration, bool) {}

impl<T: Fn(usize) -> (Duration, bool)> Taken for T {}

impl DetailTable {
    /// Takes an attempt at a request of the series at `place`.
    #[inline]
    pub(super) fn record(
        &mut self,
        place: usize,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        if let Some(Some(detail)) = self.details.get_mut(place) {
            return detail.record(exchange, phases, describe);
        }
        self.record_other(place, exchange, phases, describe);
    }

    /// The same of a series without a place.
    #[cold]
    fn record_other(
        &mut self,
        place: usize,
        exchange: &Exchange,
        phases: &Phases,
        describe: impl FnOnce() -> ExemplarDetail,
    ) {
        if let Some(detail) = self.at(place) {
            detail.record(exchange, phases, describe);
        } else {
            self.rest_of(exchange.protocol == LIMITED).record_phases(phases);
        }
    }

    fn rest_of(&mut self, limited: bool) -> &mut Detail {
        &mut self.rest[usize::from(!limited)]
    }

    /// That of the series at `place`, made if there is room.
    fn at(&mut self, place: usize) -> Option<&mut Detail> {
        if self.details.get(place).is_none_or(Option::is_none) {
            if self.room == 0 {
                return None;
            }
            self.make(place);
        }
        self.details.get_mut(place)?.as_deref_mut()
    }

    #[cold]
    fn make(&mut self, place: usize) {
        if self.details.len() <= place {
            self.details.resize_with(place + 1, || None);
        }
        self.room -= 1;
        self.version += 1;
        let detail = Detail { generation: self.version, ..Detail::default() };
        self.details[place] = Some(Box::new(detail));
    }

    /// That of the series at `place`.
    pub(super) fn get(&self, place: usize) -> Option<&Detail> {
        self.details.get(place)?.as_deref()
    }

    /// Whether nothing was ever told to it: nobody looks at details.
    pub(super) fn is_unused(&self) -> bool {
        self.details.is_empty() && self.rest.iter().all(|rest| rest.attempts == 0)
    }

    /// Each with the place of its series.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Detail)> {
        let details = self.details.iter().enumerate();
        details.filter_map(|(place, detail)| Some((place, detail.as_deref()?)))
    }

    /// The phases of all attempts: of the requests that limits are about, or of all.
    pub(super) fn all(&self, limited_only: bool, taken: &impl Taken) -> Detail {
        let mut all = Detail::default();
        let [limited, others] = &*self.rest;
        all.merge_phases(limited);
        if !limited_only {
            all.merge_phases(others);
        }
        let own = self.iter().filter(|(place, _)| !limited_only || taken(*place).1);
        own.for_each(|(_, detail)| all.merge_phases(detail));
        all
    }

    /// Adds those of a window, whose requests are of the series that were `seen`. While there
    /// is room, those with the most time get a place.
    pub(super) fn merge(&mut self, window: &Self, seen: &[Seen], taken: &impl Taken) {
        let mut others = Vec::new();
        let mut missed = false;
        for seen in seen {
            match (self.details.get_mut(seen.to), window.get(seen.from)) {
                (Some(Some(all)), Some(detail)) => all.merge(detail),
                (Some(Some(_)), None) => missed = true,
                (_, detail) if self.room > 0 && (detail.is_some() || taken(seen.to).1) => {
                    others.push(*seen);
                }
                (_, Some(detail)) => self.rest_of(taken(seen.to).1).merge_phases(detail),
                (_, None) => {}
            }
        }
        // Whoever counts does not know yet that it is wanted.
        self.version += u64::from(missed);
        others.sort_by_key(|seen| Reverse(taken(seen.to).0));
        for Seen { from, to } in others {
            match (self.at(to), window.get(from)) {
                (Some(all), Some(detail)) => all.merge(detail),
                (None, Some(detail)) => self.rest_of(taken(to).1).merge_phases(detail),
                (_, None) => {}
            }
        }
        for (rest, more) in self.rest.iter_mut().zip(window.rest.iter()) {
            rest.merge_phases(more);
        }
    }

    /// Gives places to those of some series that have taken more time than the least that
    /// has one, by a quarter, so that equal ones do not change all the time. What those who
    /// lose theirs have goes to `lost`, with whether limits are about their requests. Not to
    /// series of other protocols, which may know no phases.
    pub(super) fn choose(
        &mut self,
        series: impl Iterator<Item = usize>,
        taken: &impl Taken,
        mut lost: impl FnMut(&mut Self, &Detail, bool),
    ) {
        if self.room > 0 {
            return;
        }
        let mut kept: Vec<(Duration, usize)> =
            self.iter().map(|(place, _)| (taken(place).0, place)).collect();
        kept.sort_unstable_by_key(|kept| Reverse(*kept));
        let Some((least, _)) = kept.last() else { return };
        let bound = *least + *least / 4;
        let mut better: Vec<(Duration, usize)> = series
            .filter(|place| self.get(*place).is_none())
            .filter_map(|place| {
                let (time, limited) = taken(place);
                (limited && time > bound).then_some((time, place))
            })
            .collect();
        better.sort_unstable_by_key(|better| Reverse(*better));
        for (time, place) in better {
            let Some((least, loser)) = kept.pop() else { return };
            if time <= least + least / 4 {
                return;
            }
            if let Some(detail) = self.details[loser].take() {
                lost(self, &detail, taken(loser).1);
                self.room += 1;
                self.make(place);
            }
        }
    }

    /// What a series had that has a place no longer.
    pub(super) fn keep_in_sum(&mut self, detail: &Detail, limited: bool) {
        self.rest_of(limited).merge_phases(detail);
    }

    /// Says in the table of a window, in which nothing is counted, which series have a place
    /// here: those whose places there `wanted` knows here.
    pub(super) fn direct(&self, window: &mut Self, wanted: impl Iterator<Item = Option<usize>>) {
        if window.directed == Some(self.version) {
            return;
        }
        window.room = MOST_SERIES;
        for (place, known) in wanted.enumerate() {
            let is_wanted = known.is_some_and(|known| self.get(known).is_some());
            if is_wanted && window.get(place).is_none() {
                window.make(place);
            } else if is_wanted {
                window.room -= 1;
            } else if let Some(detail) = window.details.get_mut(place) {
                *detail = None;
            }
        }
        window.room = self.room;
        window.directed = Some(self.version);
    }

    pub(super) fn since(&self, earlier: &Self) -> Self {
        let since = |(place, detail): (usize, &Option<Box<Detail>>)| {
            let detail = detail.as_deref()?;
            let earlier = earlier.get(place);
            Some(Box::new(earlier.map_or_else(|| detail.clone(), |earlier| detail.since(earlier))))
        };
        let [limited, others] = &*self.rest;
        let rest = [limited.since(&earlier.rest[0]), others.since(&earlier.rest[1])];
        Self {
            details: self.details.iter().enumerate().map(since).collect(),
            rest: Box::new(rest),
            room: 0,
            version: self.version,
            directed: None,
        }
    }

    pub(super) fn clear(&mut self) {
        self.details.iter_mut().flatten().for_each(|detail| detail.clear());
        self.rest.iter_mut().for_each(Detail::clear);
    }
}

#[cfg(test)]
mod tests;
