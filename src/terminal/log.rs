//! What mite says while it works: lines with a time and a level on standard error.

use std::fmt::Display;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::console;

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

static SHOWN: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// Shows lines of this level and of more important ones.
pub(crate) fn set_level(level: Level) {
    SHOWN.store(level as u8, Ordering::Relaxed);
}

/// Writes a line unless its level is not shown.
pub(crate) fn log(level: Level, text: impl Display) {
    if level as u8 > SHOWN.load(Ordering::Relaxed) {
        return;
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = match level {
        Level::Error => "ERROR",
        Level::Warn => "WARN ",
        Level::Info => "INFO ",
        Level::Debug => "DEBUG",
    };
    console::note(format_args!("{} {name} {text}", utc(since.as_secs(), since.subsec_millis())));
}

/// `2026-01-31T23:59:59.123Z`. The date is computed from days since 1970 by
/// counting in eras of 400 years that begin in March, so that the leap day is
/// the last of its year.
pub(crate) fn utc(seconds: u64, millis: u32) -> String {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (h, m, s) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right_around_leap_days() {
        assert_eq!(utc(0, 7), "1970-01-01T00:00:00.007Z");
        assert_eq!(utc(951_782_399, 0), "2000-02-28T23:59:59.000Z");
        assert_eq!(utc(951_782_400, 0), "2000-02-29T00:00:00.000Z");
        assert_eq!(utc(951_868_800, 0), "2000-03-01T00:00:00.000Z");
        assert_eq!(utc(1_767_225_599, 999), "2025-12-31T23:59:59.999Z");
        assert_eq!(utc(4_107_542_400, 0), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn levels_are_ordered_by_importance() {
        assert!(Level::Error < Level::Warn && Level::Warn < Level::Info);
        assert!(Level::Info < Level::Debug);
    }
}
