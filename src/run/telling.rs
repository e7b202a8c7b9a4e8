//! What people are told while a run goes on.

use mite_core::control::LostRunner;
use mite_core::dispatch::Notice;
use mite_core::secret;
use mite_core::stats::{Mark, shown_transaction};
use mite_core::units;

use super::monitor::Monitor;
use super::site::{Runners, Site};
use crate::terminal::log::{self, Level};

/// Kinds of failures that are told as they come.
const MOST_FAILURES: usize = 100;

/// Characters that are told of the name of a transaction.
const MOST_NAME: usize = 200;

/// Of more lines than this, starts and ends are told in detail only.
const MANY_LINES: usize = 30;

impl<S: Site> Monitor<S> {
    /// Tells each failure when it comes for the first time; later ones are counted.
    pub(super) fn say_new_failures(&mut self) {
        for failure in self.board.new_failures() {
            if self.told_failures == MOST_FAILURES {
                log::log(Level::Error, "more kinds of errors come; they are told at the end");
            }
            self.told_failures += 1;
            if self.told_failures > MOST_FAILURES {
                continue;
            }
            let place = match shown_transaction(failure.transaction.as_ref()) {
                "" => failure.journey.to_string(),
                name => format!("{}, {}", failure.journey, units::cut(name, MOST_NAME)),
            };
            log::log(
                Level::Error,
                format_args!("{} (in {place}, at {})", failure.message, failure.location),
            );
        }
    }

    /// Takes the moments that outputs have marked, and tells all that are new.
    pub(super) fn take_marks(&mut self) {
        for (at, text) in self.asked.take_marks() {
            let at = at.saturating_duration_since(self.start);
            self.board.mark(Mark::new(at, &text));
        }
        for Mark { at, text } in self.board.marks().iter().skip(self.told_marks) {
            let (at, text) = (units::clock(*at), secret::masked(text));
            log::log(Level::Info, format_args!("mark at {at}: {text}"));
            self.told_marks += 1;
        }
    }

    /// Tells people what has just happened.
    pub(super) fn say(&self, notice: &Notice) {
        let level = if self.lines.len() > MANY_LINES { Level::Debug } else { Level::Info };
        let line = |id: u32| {
            let name = self.lines.get(id as usize - 1);
            format!("scenario {id} ({})", name.map_or("", |line| line.journey.as_str()))
        };
        match notice {
            Notice::LineStarted(id) => log::log(level, format_args!("{} starts", line(*id))),
            Notice::LineStopped(id, why) => {
                log::log(level, format_args!("{} starts no more journeys: {why}", line(*id)));
            }
            Notice::LineEnded(id, _) => log::log(level, format_args!("{} has ended", line(*id))),
            Notice::Overdue(finding) => log::log(Level::Warn, finding),
            Notice::Joined(runner) => {
                log::log(Level::Info, format_args!("runner {runner} has joined"));
            }
            Notice::Left(runner) => log::log(Level::Info, format_args!("runner {runner} has left")),
            Notice::Lost(LostRunner { runner, from, to }) => {
                let silent = units::long_time(to.saturating_sub(*from));
                log::log(
                    Level::Error,
                    format_args!(
                        "runner {runner}{} is lost: nothing was heard of it for {silent}",
                        match self.runners.process_of(*runner) {
                            Some(process) => format!(" of {process}"),
                            None => String::new(),
                        }
                    ),
                );
            }
            // The mark is told.
            Notice::Throttled(throttle) => self.asked.is_throttled(self.elapsed(), *throttle),
        }
    }
}
