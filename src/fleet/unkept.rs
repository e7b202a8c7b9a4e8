//! Times in which the server kept nothing, so that nothing was granted.

use std::time::Duration;

use mite_core::stats::Finding;
use mite_core::units;
use tokio::time::Instant;

use crate::terminal::log::{self, Level};

/// What passes sooner is what an outage leaves behind: the lease is renewed again soon.
const PASSES: Duration = Duration::from_secs(2);

/// For how long a server that was there kept nothing of what another controller would have
/// to know.
#[derive(Debug, Default)]
pub(super) struct Unkept {
    since: Option<Instant>,
    told: bool,
    in_all: Duration,
    why: String,
}

impl Unkept {
    /// Looks whether it does now; says so when that changes.
    pub(super) fn look(&mut self, trouble: Option<String>, now: Instant) {
        let Some(why) = trouble else {
            let since = self.since.take();
            if std::mem::take(&mut self.told) {
                let time = since.map_or(Duration::ZERO, |since| now - since);
                self.in_all += time;
                let time = units::long_time(time);
                log::log(
                    Level::Info,
                    format_args!("the NATS server keeps the run again, after {time}"),
                );
            }
            return;
        };
        let since = *self.since.get_or_insert(now);
        if now - since >= PASSES && !std::mem::replace(&mut self.told, true) {
            log::log(
                Level::Error,
                format_args!(
                    "nothing new can be granted, since what another controller would have to know is not kept: {why}; runners start nothing once half of --runner-timeout is over"
                ),
            );
            self.why = why;
        }
    }

    /// What is to be said of it at the end.
    pub(super) fn finding(&self) -> Option<Finding> {
        let since = self.since.filter(|_| self.told);
        let in_all = self.in_all + since.map_or(Duration::ZERO, |since| since.elapsed());
        if in_all.is_zero() {
            return None;
        }
        let what = format!(
            "nothing new was granted for {}, since the NATS server kept nothing of the run: {}",
            units::long_time(in_all),
            self.why
        );
        Some(Finding::Fault { what, times: 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_of_the_time_is_told_and_none_is_no_finding() {
        let (mut unkept, start) = (Unkept::default(), Instant::now());
        let trouble = || Some("its disk is full".to_owned());
        let at = |s| start + Duration::from_secs(s);
        unkept.look(None, start);
        assert_eq!(unkept.finding(), None);
        // What passes at once is none.
        unkept.look(trouble(), start);
        unkept.look(None, at(1));
        assert_eq!(unkept.finding(), None);
        let course = [(2, trouble()), (4, trouble()), (6, None), (8, trouble()), (10, trouble())];
        for (second, trouble) in course {
            unkept.look(trouble, at(second));
        }
        tokio::time::advance(Duration::from_secs(11)).await;
        let what = "nothing new was granted for 7.0 s, since the NATS server kept nothing of the run: its disk is full";
        assert_eq!(unkept.finding(), Some(Finding::Fault { what: what.to_owned(), times: 1 }));
    }
}
