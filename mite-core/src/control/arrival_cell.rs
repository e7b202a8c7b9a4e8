//! What one runner has of the arrivals of one line, as the controller knows it.

use std::collections::VecDeque;

use super::arrivals::{ArrivalGrant, ArrivalProgress, Dropped};

/// What one runner has of the arrivals of one line.
#[derive(Default)]
pub(super) struct ArrivalCell {
    /// Its own arrivals in windows up to each of the last ones, and that window.
    sealed: VecDeque<(u64, u64)>,
    /// What it has reported.
    pub(super) told: ArrivalProgress,
    /// Journeys started, as reported.
    started: u64,
    /// It was sent all of its windows below this one.
    sent: u64,
}

impl ArrivalCell {
    /// A window was sealed in which so many arrivals are its own.
    pub(super) fn seal(&mut self, window: u64, own: u64) {
        self.sealed.push_back((window, self.assigned() + own));
    }

    /// Its own arrivals up to each of the last windows.
    pub(super) fn saved(&self) -> Vec<(u64, u64)> {
        self.sealed.iter().copied().collect()
    }

    pub(super) fn restore(&mut self, saved: &[(u64, u64)]) {
        self.sealed = saved.iter().copied().collect();
    }

    /// Takes in a report.
    pub(super) fn report(&mut self, started: u64, told: ArrivalProgress) {
        self.started = self.started.max(started);
        if told.taken >= self.told.taken {
            self.told = told;
        }
    }

    /// Notes what it was sent.
    pub(super) fn send(&mut self, grant: &ArrivalGrant) {
        if let Some(last) = grant.segments.last() {
            self.sent = last.window + 1;
        }
    }

    /// Whether a window of its own was not sent, and is among the first `begun`.
    pub(super) fn waits_for_window(&self, begun: u64) -> bool {
        self.sealed.iter().any(|(window, _)| *window >= self.sent && *window < begun)
    }

    /// Forgets what windows before this one had; but for the last of them.
    pub(super) fn forget_before(&mut self, window: u64) {
        while self.sealed.get(1).is_some_and(|(w, _)| *w < window) {
            self.sealed.pop_front();
        }
    }

    /// Its own arrivals, of all windows that are sealed.
    fn assigned(&self) -> u64 {
        self.sealed.back().map_or(0, |(_, total)| *total)
    }

    /// Its own arrivals of which nothing is decided yet, as far as it has reported.
    pub(super) fn undecided(&self) -> u64 {
        self.assigned() - self.decided().min(self.assigned())
    }

    /// How many of these are in windows up to this one.
    pub(super) fn coming(&self, window: u64) -> u32 {
        let until = self.sealed.iter().rev().find(|(w, _)| *w <= window).map_or(0, |(_, n)| *n);
        u32::try_from(until.saturating_sub(self.decided())).unwrap_or(u32::MAX)
    }

    fn decided(&self) -> u64 {
        self.started + self.dropped().total() + self.told.cut
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.told.dropped
    }

    /// Whether it has taken every window, and decided on all of its arrivals.
    pub(super) fn is_played(&self) -> bool {
        let last = self.sealed.back().map_or(0, |(window, _)| window + 1);
        self.told.taken >= last && self.told.pending == 0
    }

    /// See [`send`](Self::send).
    #[cfg(test)]
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// How much is kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.sealed.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_come_is_what_is_sealed_and_not_decided() {
        let mut cell = ArrivalCell::default();
        assert_eq!((cell.coming(9), cell.is_played()), (0, true), "it has no windows");
        for window in 0..3 {
            cell.seal(window, 10);
        }
        assert_eq!([0, 1, 2, 9].map(|window| cell.coming(window)), [10, 20, 30, 30]);
        let dropped = Dropped { late: 2, ..Dropped::default() };
        let told = ArrivalProgress { taken: 2, pending: 5, dropped, cut: 0 };
        cell.report(13, told);
        assert_eq!((cell.coming(0), cell.coming(1), cell.undecided()), (0, 5, 15));
        cell.forget_before(2);
        assert_eq!((cell.coming(1), cell.coming(2), cell.size()), (5, 15, 2));
        cell.report(13, ArrivalProgress { taken: 3, pending: 15, dropped, cut: 0 });
        assert!(!cell.is_played());
        cell.report(20, ArrivalProgress { taken: 3, pending: 0, dropped, cut: 8 });
        assert_eq!((cell.is_played(), cell.undecided()), (true, 0));
    }
}
