//! Moments as RFC 3339 has them.

/// `2026-11-25T19:28:23.250Z`, of seconds since 1970.
pub(super) fn rfc3339(seconds: f64) -> String {
    let millis = (seconds.max(0.0) * 1e3).round() as u64;
    let (days, millis) = (millis / 86_400_000, millis % 86_400_000);
    let (year, month, day) = date(days);
    let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
    let (second, millis) = (millis / 1_000 % 60, millis % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Year, month and day of a day since 1970, by the calendar's cycle of 400 years, whose
/// years begin in March so that the leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let day = day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (951_782_399.999_6, "2000-02-29T00:00:00.000Z"),
            (951_868_799.0, "2000-02-29T23:59:59.000Z"),
            (951_868_800.0, "2000-03-01T00:00:00.000Z"),
            (1_764_098_903.25, "2025-11-25T19:28:23.250Z"),
            (4_107_542_400.0, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }
}
