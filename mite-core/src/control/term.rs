//! For how long a runner may hold what it was granted: its lease on itself.

use std::time::Duration;

/// Whether a runner may start journeys, and run any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tenure {
    /// It may.
    #[default]
    Held,
    /// It starts nothing more, and asks what runs to stop: half of its term is over.
    Waning,
    /// It runs nothing: by now others may have what it held.
    Over,
}

/// A term that counts from the sending of the report that the last Grant answers. The
/// controller's, which is a little longer, counts from taking in that report, which is
/// later: so a runner's ends first, whatever the network did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term {
    timeout: Duration,
    /// When the last report was sent.
    sent: Duration,
    /// When the report was sent that the last Grant answers.
    since: Option<Duration>,
}

impl Term {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, sent: Duration::ZERO, since: None }
    }

    /// A report is sent now.
    pub(super) fn send(&mut self, clock: Duration) {
        self.sent = clock;
    }

    /// A Grant has answered the last report.
    pub(super) fn renew(&mut self) {
        self.since = Some(self.sent);
    }

    pub(super) fn tenure(&self, clock: Duration) -> Tenure {
        let Some(since) = self.since else { return Tenure::Held };
        match clock.saturating_sub(since) {
            past if past >= self.timeout => Tenure::Over,
            past if past >= self.timeout / 2 => Tenure::Waning,
            _ => Tenure::Held,
        }
    }

    /// When the tenure changes after `clock`, if nothing renews it.
    pub(super) fn next_change(&self, clock: Duration) -> Option<Duration> {
        let since = self.since?;
        [since + self.timeout / 2, since + self.timeout].into_iter().find(|at| *at > clock)
    }
}

/// How much longer than the runner itself the controller waits until it takes a runner for
/// lost, of which it has heard nothing: what clocks may differ by.
pub(super) fn expiry(timeout: Duration) -> Duration {
    timeout + (timeout / 20).max(LEAST_MARGIN)
}

const LEAST_MARGIN: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_counts_from_the_sending_of_what_was_answered() {
        let s = Duration::from_secs;
        let mut term = Term::new(s(10));
        assert_eq!(term.tenure(s(99)), Tenure::Held, "nothing was granted yet");
        term.send(s(100));
        term.renew();
        term.send(s(104));
        let tenures = [104, 105, 109, 110].map(|clock| term.tenure(s(clock)));
        assert_eq!(tenures, [Tenure::Held, Tenure::Waning, Tenure::Waning, Tenure::Over]);
        let changes = [104, 105, 110].map(|clock| term.next_change(s(clock)));
        assert_eq!(changes, [Some(s(105)), Some(s(110)), None]);
        term.renew();
        assert_eq!(term.tenure(s(108)), Tenure::Held);
        assert_eq!((expiry(s(10)), expiry(s(60))), (Duration::from_millis(10_500), s(63)));
    }
}
