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
