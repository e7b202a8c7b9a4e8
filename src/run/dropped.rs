//! Arrivals that were dropped because the network to their runner was away.

use std::collections::BTreeMap;
use std::time::Duration;

use mite_core::control::Report;
use mite_core::ids::LineId;
use mite_core::stats::DropReason;

/// Reasons that may be due to the network.
const OF_NETWORK: [DropReason; 3] =
    [DropReason::Late, DropReason::Unleased, DropReason::Undelivered];

/// How many arrivals of each line were dropped while the network was away, as far as that is
/// known: runners say how many there are in all.
#[derive(Debug, Default)]
pub(super) struct DroppedAway(BTreeMap<(LineId, DropReason), Counted>);

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    /// In all, at the last call of [`follow`](DroppedAway::follow).
    known: u64,
    away: u64,
}

impl DroppedAway {
    /// Updates it with the totals that runners have reported until `now`.
    pub(super) fn follow(
        &mut self,
        now: Duration,
        dropped: impl IntoIterator<Item = (LineId, DropReason, u64)>,
        were_away: impl Fn(Duration, DropReason) -> bool,
    ) {
        for (line, reason, n) in dropped {
            if !OF_NETWORK.contains(&reason) {
                continue;
            }
            let counted = self.0.entry((line, reason)).or_default();
            let more = n.saturating_sub(counted.known);
            counted.known = n;
            if more > 0 && were_away(now, reason) {
                counted.away += more;
            }
        }
    }

    /// Those of a line that runners reported with this reason.
    pub(super) fn of(&self, line: LineId, reason: DropReason) -> u64 {
        self.0.get(&(line, reason)).map_or(0, |counted| counted.away)
    }
}

/// How many of each line were dropped, by reason.
pub(super) fn dropped(report: &Report) -> impl Iterator<Item = (LineId, DropReason, u64)> {
    report
        .lines
        .iter()
        .filter_map(|line| Some((line.id, line.arrivals.as_ref()?)))
        .flat_map(|(id, arrivals)| arrivals.dropped.reasons().map(|(reason, n)| (id, reason, n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_dropped_late_while_the_network_is_away_is_for_its_sake() {
        let mut dropped = DroppedAway::default();
        let mut follow = |second: u64, late, full| {
            let away = Duration::from_secs(6)..Duration::from_secs(9);
            let all = [(2, DropReason::Late, late), (2, DropReason::Full, full)];
            dropped.follow(Duration::from_secs(second), all, |at, _| away.contains(&at));
            assert_eq!((dropped.of(1, DropReason::Late), dropped.of(2, DropReason::Full)), (0, 0));
            dropped.of(2, DropReason::Late)
        };
        assert_eq!(
            [
                follow(5, 3, 0),
                follow(6, 3, 9),
                follow(7, 13, 9),
                follow(8, 20, 9),
                follow(9, 25, 9)
            ],
            [0, 0, 10, 17, 17]
        );
    }
}
