//! What mite says while it works: lines with a time and a level on standard error.

use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mite_core::units;

use super::console;
use super::held::Kind;

/// How important a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Level {
    /// Something is lost or broken.
    Error,
    /// Something needs a look.
    #[value(alias = "warning")]
    Warn,
    /// How the run stands.
    Info,
    /// Why mite does what it does.
    Debug,
}

#[cfg(feature = "nats")]
impl Level {
    /// As it is typed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

static SHOWN: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// Shows lines of this level and of more important ones.
pub(crate) fn set_level(level: Level) {
    SHOWN.store(level as u8, Ordering::Relaxed);
}

/// Whether lines of this level are shown.
pub(crate) fn is_shown(level: Level) -> bool {
    level as u8 <= SHOWN.load(Ordering::Relaxed)
}

/// Writes a line unless its level is not shown.
pub(crate) fn log(level: Level, text: impl Display) {
    if !is_shown(level) {
        return;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = match level {
        Level::Error => "ERROR",
        Level::Warn => "WARN ",
        Level::Info => "INFO ",
        Level::Debug => "DEBUG",
    };
    let line = format_args!("{} {name} {text}", units::moment(since.as_secs_f64()));
    let kind = if level <= Level::Warn { Kind::Urgent } else { Kind::Calm };
    console::note_line(line, kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_by_importance() {
        assert!(Level::Error < Level::Warn && Level::Warn < Level::Info);
        assert!(Level::Info < Level::Debug);
    }
}
