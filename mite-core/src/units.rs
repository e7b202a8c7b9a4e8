//! How numbers with units are written: here, and nowhere else.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::time::Duration;

/// `1.23 ms` below a second, `1.234 s` above.
pub fn time(duration: Duration) -> String {
    // What would be rounded up to 1000.00 ms is a second already.
    if duration < Duration::from_nanos(999_995_000) {
        format!("{:.2} ms", duration.as_secs_f64() * 1e3)
    } else {
        format!("{:.3} s", duration.as_secs_f64())
    }
}

/// Three digits of a time: `0.12 ms`, `1.23 ms`, `12.3 ms`, `123 ms`, `1.23 s`.
pub fn short_time(duration: Duration) -> String {
    let digits = |value: f64| match value {
        // What would be rounded up has a digit more already.
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    };
    match duration.as_secs_f64() {
        seconds if seconds < 0.9995 => format!("{} ms", digits(seconds * 1e3)),
        seconds => format!("{} s", digits(seconds)),
    }
}

/// `2026-11-25T19:28:23.250Z`, as RFC 3339 has it, of seconds since 1970.
pub fn moment(seconds: f64) -> String {
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

/// `12.0 s` below a minute, `2 min 05 s`, `1 h 02 min` above.
pub fn long_time(duration: Duration) -> String {
    if duration < Duration::from_millis(59_950) {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    let seconds = (duration.as_secs_f64()).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

/// `00:12`, or `1:02:03` from an hour on.
pub fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m:02}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// A number a second: `12.3`, `1.23K`, `4.56M`.
pub fn rate(rate: f64) -> String {
    match rate {
        r if r < 999.95 => format!("{r:.1}"),
        r if r < 999_995.0 => format!("{:.2}K", r / 1e3),
        r => format!("{:.2}M", r / 1e6),
    }
}

/// `12 B`, `1.50 KB`, and so on in steps of 1024 up to PB.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.995 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", UNITS[unit])
}

/// `1 request`, `2 requests`: for nouns whose plural is an s.
pub fn count(n: u64, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}

/// The order of names in which those with numbers follow them: `step 2` before
/// `step 10`.
pub fn by_number(a: &str, b: &str) -> Ordering {
    let is_digit = |c: &char| c.is_ascii_digit();
    let (mut a_rest, mut b_rest) = (a, b);
    loop {
        let (Some(x), Some(y)) = (a_rest.chars().next(), b_rest.chars().next()) else {
            // Names that differ in leading zeros only are still two.
            return a_rest.len().cmp(&b_rest.len()).then(a.cmp(b));
        };
        if is_digit(&x) && is_digit(&y) {
            let digits = |text: &str| text.find(|c| !is_digit(&c)).unwrap_or(text.len());
            let (x, y) = (&a_rest[..digits(a_rest)], &b_rest[..digits(b_rest)]);
            (a_rest, b_rest) = (&a_rest[x.len()..], &b_rest[y.len()..]);
            let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
            match x.len().cmp(&y.len()).then(x.cmp(y)) {
                Ordering::Equal => {}
                order => return order,
            }
        } else if x == y {
            (a_rest, b_rest) = (&a_rest[x.len_utf8()..], &b_rest[y.len_utf8()..]);
        } else {
            return x.cmp(&y);
        }
    }
}

/// The text, cut to `most` characters: what comes from outside may be of any length.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The text in `most` bytes at most: of a longer one the middle is left out, where `…`
/// stands then. For what is kept in tables.
pub(crate) fn within(text: &str, most: usize) -> Cow<'_, str> {
    const GAP: &str = "…";
    if text.len() <= most {
        return text.into();
    }
    let kept = most.saturating_sub(GAP.len());
    let start = text.floor_char_boundary(kept - kept / 3);
    let end = text.ceil_char_boundary(text.len() - kept / 3);
    [&text[..start], GAP, &text[end..]].concat().into()
}

/// `value` in so many digits, but never without those before the point.
///
/// ```
/// use mite_core::units::significant;
/// assert_eq!((significant(0.21234, 4), significant(123_456.7, 4)), ("0.2123".into(), "123457".into()));
/// ```
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let before = value.abs().log10().floor() as i32 + 1;
    let after = (digits as i32 - before).clamp(0, 17) as usize;
    let text = format!("{value:.after$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        assert_eq!(within("abcdefghi", 9), "abcdefghi");
        assert_eq!(within("abcdefghij", 9), "abcd…ij");
        let long = within(&"ü".repeat(1_000), 100).into_owned();
        assert_eq!(long, format!("{}…{}", "ü".repeat(32), "ü".repeat(16)));
    }

    #[test]
    fn times_are_milliseconds_up_to_a_second() {
        let time = |micros| time(Duration::from_micros(micros));
        assert_eq!(time(0), "0.00 ms");
        assert_eq!(time(1_234), "1.23 ms");
        assert_eq!(time(999_990), "999.99 ms");
        assert_eq!(time(999_999), "1.000 s");
        assert_eq!(time(61_234_567), "61.235 s");
    }

    #[test]
    fn long_times_are_minutes_and_hours() {
        let time = |seconds| long_time(Duration::from_secs_f64(seconds));
        assert_eq!(time(9.94), "9.9 s");
        assert_eq!(time(59.96), "1 min 00 s");
        assert_eq!(time(125.4), "2 min 05 s");
        assert_eq!(time(3_725.0), "1 h 02 min");
        assert_eq!(clock(Duration::from_secs(3_725)), "1:02:05");
        assert_eq!(clock(Duration::from_secs(75)), "01:15");
    }

    #[test]
    fn short_times_have_three_digits() {
        for (micros, text) in [
            (0, "0.00 ms"),
            (123, "0.12 ms"),
            (1_234, "1.23 ms"),
            (9_996, "10.0 ms"),
            (99_960, "100 ms"),
            (999_400, "999 ms"),
            (999_600, "1.00 s"),
            (61_234_567, "61.2 s"),
            (3_600_000_000, "3600 s"),
        ] {
            assert_eq!(short_time(Duration::from_micros(micros)), text);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text) in [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (0.007, "1970-01-01T00:00:00.007Z"),
            (951_782_399.0, "2000-02-28T23:59:59.000Z"),
            (951_782_399.999_6, "2000-02-29T00:00:00.000Z"),
            (951_868_799.0, "2000-02-29T23:59:59.000Z"),
            (951_868_800.0, "2000-03-01T00:00:00.000Z"),
            (1_764_098_903.25, "2025-11-25T19:28:23.250Z"),
            (1_767_225_599.999, "2025-12-31T23:59:59.999Z"),
            (4_107_542_400.0, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(moment(seconds), text);
        }
    }

    #[test]
    fn names_with_numbers_follow_them() {
        let mut names =
            ["step 10", "step 2", "a", "step", "step 02", "step 2b", "ü 1", "step 1 of 3"];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(
            names,
            ["a", "step", "step 1 of 3", "step 02", "step 2", "step 2b", "step 10", "ü 1"]
        );
    }

    #[test]
    fn rates_and_bytes_get_a_unit_in_time() {
        assert_eq!(rate(0.0), "0.0");
        assert_eq!(rate(999.94), "999.9");
        assert_eq!(rate(999.96), "1.00K");
        assert_eq!(rate(999_999.0), "1.00M");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.50 KB");
        assert_eq!(bytes(1024 * 1024 - 1), "1.00 MB");
        assert_eq!(bytes(u64::MAX), "16384.00 PB");
    }
}
