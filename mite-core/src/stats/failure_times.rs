//! When failures came.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::failures::{Failure, FailureTable};

/// One distinct failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailureRow {
    /// How often it came.
    pub count: u64,
    /// What it is.
    pub failure: Arc<Failure>,
    /// When it came for the first time and for the last, to the tick.
    pub seen: Option<(Duration, Duration)>,
}

/// When the failures of a table came, to the tick.
#[derive(Debug, Default)]
pub(crate) struct FailureTimes(Vec<FailureTime>);

#[derive(Clone, Copy, Debug)]
struct FailureTime {
    count: u64,
    first: Duration,
    last: Duration,
}

impl FailureTimes {
    /// It is `now`: those that have come for the first time since this was asked before.
    pub(crate) fn tick(&mut self, table: &FailureTable, now: Duration) -> Vec<Arc<Failure>> {
        let known = self.0.len();
        for (at, (_, count)) in table.iter().enumerate() {
            match self.0.get_mut(at) {
                Some(time) if time.count == *count => {}
                Some(time) => (time.count, time.last) = (*count, now),
                None => self.0.push(FailureTime { count: *count, first: now, last: now }),
            }
        }
        table.iter().skip(known).map(|(failure, _)| failure.clone()).collect()
    }

    /// When the failure at a place of the table came for the first time, and for the last.
    pub(crate) fn of(&self, place: usize) -> Option<(Duration, Duration)> {
        self.0.get(place).map(|time| (time.first, time.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::label::Label;

    #[test]
    fn the_first_and_the_last_time_are_known_to_the_tick() {
        let (mut table, mut times) = (FailureTable::new(10), FailureTimes::default());
        let (journey, at) = (Label::intern("j"), Duration::from_secs);
        let mut new = |texts: &[&str], now| {
            texts.iter().for_each(|t| table.record(&journey, None, &Error::new(*t)));
            times.tick(&table, at(now)).iter().map(|f| f.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(new(&["a"], 1), ["a"]);
        assert_eq!(new(&["b", "a"], 2), ["b"]);
        assert_eq!(new(&["a"], 5), [""; 0]);
        assert_eq!((times.of(0), times.of(1)), (Some((at(1), at(5))), Some((at(2), at(2)))));
        assert_eq!(times.of(2), None);
    }
}
