//! Lines that journeys, and the libraries they use, write: with `ctx.log` or the `log`
//! crate.

use std::fmt::Display;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use mite_core::console::Line;

use super::gate::{self, Gate};
use super::log::{self, Level};

static GATE: LazyLock<Mutex<Gate>> = LazyLock::new(Mutex::default);

/// Shows lines of `level` and of more important ones, with the journey and the number
/// of its execution where that is known. Does nothing if the program has a logger of
/// its own.
pub(crate) fn install(level: Level) {
    if ::log::set_boxed_logger(Box::new(Logger)).is_ok() {
        ::log::set_max_level(match level {
            Level::Error => ::log::LevelFilter::Error,
            Level::Warn => ::log::LevelFilter::Warn,
            Level::Info => ::log::LevelFilter::Info,
            Level::Debug => ::log::LevelFilter::Debug,
        });
    }
}

/// Says how many lines were left out since that was said last, at the end of a run.
pub(crate) fn finish() {
    let rest = GATE.lock().unwrap_or_else(PoisonError::into_inner).rest();
    rest.into_iter().for_each(|text| log::log(Level::Warn, text));
}

/// A line of `ctx.log`.
pub(super) fn journey(line: &Line<'_>) {
    let place = (line.place.file(), line.place.line());
    if log::is_shown(Level::Info) && admit(place) {
        log::log(Level::Info, format_args!("[{} {}] {}", line.journey, line.id, line.text));
    }
}

/// Whether a line of this place may be shown. Says how many may not.
fn admit(place: (&str, u32)) -> bool {
    // Runners share the gate: what need not be done behind its lock is done before.
    let now = Instant::now();
    let admitted = GATE.lock().unwrap_or_else(PoisonError::into_inner).admit(place, now);
    if let Some(n @ 1..) = admitted {
        let (file, line) = place;
        log::log(Level::Warn, gate::left_out(n, &format!("{file}:{line}")));
    }
    admitted.is_some()
}

struct Logger;

impl ::log::Log for Logger {
    fn enabled(&self, metadata: &::log::Metadata<'_>) -> bool {
        metadata.level() <= ::log::max_level()
    }

    fn log(&self, record: &::log::Record<'_>) {
        let place = (record.file().unwrap_or(record.target()), record.line().unwrap_or(0));
        if !self.enabled(record.metadata()) || !admit(place) {
            return;
        }
        let level = match record.level() {
            ::log::Level::Error => Level::Error,
            ::log::Level::Warn => Level::Warn,
            ::log::Level::Info => Level::Info,
            ::log::Level::Debug | ::log::Level::Trace => Level::Debug,
        };
        let (target, text): (_, &dyn Display) = (record.target(), record.args());
        match mite_core::current_execution() {
            Some((journey, id)) => {
                log::log(level, format_args!("[{journey} {id}] {target}: {text}"));
            }
            None => log::log(level, format_args!("{target}: {text}")),
        }
    }

    fn flush(&self) {}
}
