//! Durations as people type them.

use std::time::Duration;

/// What an instant may be away from now without overflowing: ten years.
const LONGEST: f64 = 10.0 * 366.0 * 86_400.0;

/// Reads `500ms`, `10s`, `2m`, `1h30m`, or a bare number of seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let seconds = read(text.trim()).ok_or_else(|| {
        format!("`{text}` is not a duration; write 500ms, 10s, 2m, 1h30m, or a number of seconds")
    })?;
    if seconds > LONGEST {
        return Err(format!("`{text}` is longer than a test can be; give ten years at most"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// In seconds.
fn read(text: &str) -> Option<f64> {
    if let Some(seconds) = number(text) {
        return Some(seconds);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    let mut last = f64::INFINITY;
    while !rest.is_empty() {
        let (digits, after) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic())?);
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let unit = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        // Each unit once, the greater first: `5s1h` is a slip, not a duration.
        if unit >= last {
            return None;
        }
        last = unit;
        seconds += number(digits)? * unit;
        rest = after;
    }
    (last < f64::INFINITY).then_some(seconds)
}

/// Digits and a point only: no sign, no exponent, no `inf`.
fn number(text: &str) -> Option<f64> {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (text, ms) in [
            ("10s", 10_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1m0.5s", 60_500),
            ("1.5", 1_500),
            ("30", 30_000),
            ("0", 0),
            (" 1s ", 1_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_forms() {
        for text in ["", "10x", "s", "-1", "-1s", "inf", "1e3", "5s1h", "1s2s", "1h30", "1..2s"] {
            assert_eq!(
                parse(text),
                Err(format!(
                    "`{text}` is not a duration; write 500ms, 10s, 2m, 1h30m, or a number of seconds"
                ))
            );
        }
    }

    #[test]
    fn what_no_clock_can_reach_is_refused() {
        for text in ["9999999999999999999", "87841h", "316224001", &"9".repeat(400)] {
            assert_eq!(
                parse(text),
                Err(format!("`{text}` is longer than a test can be; give ten years at most"))
            );
        }
        assert_eq!(parse("87840h"), Ok(Duration::from_secs(316_224_000)));
    }
}
