//! Lines that journeys, and the libraries they use, write with the `log` crate.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::log::{self, Level};

/// Lines a second that are shown; a journey runs ten thousand times in one.
const LINES: u32 = 100;

/// Shows lines of `level` and of more important ones, with the journey and the number
/// of its execution where that is known. Does nothing if the program has a logger of
/// its own.
pub(crate) fn install(level: Level) {
    if ::log::set_boxed_logger(Box::<Logger>::default()).is_ok() {
        ::log::set_max_level(match level {
            Level::Error => ::log::LevelFilter::Error,
            Level::Warn => ::log::LevelFilter::Warn,
            Level::Info => ::log::LevelFilter::Info,
            Level::Debug => ::log::LevelFilter::Debug,
        });
    }
}

#[derive(Default)]
struct Logger {
    gate: Mutex<Gate>,
}

/// Lets so many lines through in a second, and counts the others.
#[derive(Default)]
struct Gate {
    since: Option<Instant>,
    shown: u32,
    left_out: u64,
}

impl Gate {
    /// Whether a line may pass, and how many did not since the last that did.
    fn admit(&mut self, now: Instant) -> Option<u64> {
        if self.since.is_none_or(|since| now - since >= Duration::from_secs(1)) {
            (self.since, self.shown) = (Some(now), 0);
        }
        if self.shown == LINES {
            self.left_out += 1;
            return None;
        }
        self.shown += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl ::log::Log for Logger {
    fn enabled(&self, metadata: &::log::Metadata<'_>) -> bool {
        metadata.level() <= ::log::max_level()
    }

    fn log(&self, record: &::log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let admitted =
            self.gate.lock().unwrap_or_else(PoisonError::into_inner).admit(Instant::now());
        let Some(left_out) = admitted else { return };
        if left_out > 0 {
            let lines = mite_core::units::count(left_out, "line");
            log::log(
                Level::Warn,
                format_args!(
                    "{lines} of journeys and libraries left out: more than {LINES} a second"
                ),
            );
        }
        let level = match record.level() {
            ::log::Level::Error => Level::Error,
            ::log::Level::Warn => Level::Warn,
            ::log::Level::Info => Level::Info,
            ::log::Level::Debug | ::log::Level::Trace => Level::Debug,
        };
        let (target, text) = (record.target(), record.args());
        match mite_core::current_execution() {
            Some((journey, id)) => {
                log::log(level, format_args!("[{journey} {id}] {target}: {text}"));
            }
            None => log::log(level, format_args!("{target}: {text}")),
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_lines_pass_in_a_second_and_the_others_are_counted() {
        let (mut gate, start) = (Gate::default(), Instant::now());
        let passed = (0..250).filter(|_| gate.admit(start).is_some()).count();
        assert_eq!(passed, LINES as usize);
        let later = start + Duration::from_secs(1);
        assert_eq!(gate.admit(later), Some(150));
        assert_eq!(gate.admit(later), Some(0));
    }
}
