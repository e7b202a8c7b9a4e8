//! How long load was asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use mite_core::control::Ended;
use mite_core::ids::LineId;

/// Until when the lines of a scenario ask for load: each as long as its volume does, or
/// until the last journey with its data has ended, if that is used up before.
#[derive(Debug, Default)]
pub(super) struct LoadTime {
    /// Lines whose data is used up, or all whose journeys were started, while the last run.
    at_work: BTreeSet<LineId>,
    until: Duration,
}

impl LoadTime {
    /// At `now`, a line whose volume is `planned` to last so long starts nothing more.
    pub(super) fn stopped(
        &mut self,
        line: LineId,
        why: &Ended,
        planned: Option<Duration>,
        now: Duration,
    ) {
        match why {
            Ended::Exhausted | Ended::Complete => {
                self.at_work.insert(line);
            }
            // It may be known a little late.
            Ended::Stopped => self.until = self.until.max(planned.unwrap_or(now).min(now)),
            _ => self.until = self.until.max(now),
        }
    }

    /// At `now`, nothing of a line runs any more.
    pub(super) fn over(&mut self, line: LineId, now: Duration) {
        if self.at_work.remove(&line) {
            self.until = self.until.max(now);
        }
    }

    /// Until when load was asked for, every line having stopped; none while it still is.
    pub(super) fn until(&self) -> Option<Duration> {
        self.at_work.is_empty().then_some(self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn a_volume_lasts_as_long_as_it_was_planned_however_late_that_is_known() {
        let mut load = LoadTime::default();
        load.stopped(1, &Ended::Stopped, Some(ms(2_500)), ms(3_000));
        load.over(1, ms(4_000));
        assert_eq!(load.until(), Some(ms(2_500)));
        // One of the test's own says so only then.
        load.stopped(2, &Ended::Stopped, None, ms(3_000));
        assert_eq!(load.until(), Some(ms(3_000)));
    }

    #[test]
    fn data_that_is_used_up_asks_until_its_last_journey_has_ended() {
        let mut load = LoadTime::default();
        load.stopped(1, &Ended::Exhausted, Some(ms(60_000)), ms(1));
        assert_eq!(load.until(), None);
        load.stopped(2, &Ended::Stopped, Some(ms(500)), ms(500));
        assert_eq!(load.until(), None);
        load.over(1, ms(700));
        load.over(2, ms(900));
        assert_eq!(load.until(), Some(ms(700)));
    }
}
