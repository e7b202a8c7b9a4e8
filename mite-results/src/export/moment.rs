//! When a run began.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A time such as `2026-11-25T12:00:00.000Z`; `None` if it is not one, or before 1970.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':');
    let (hour, minute): (u64, u64) = (time.next()?.parse().ok()?, time.next()?.parse().ok()?);
    let second: f64 = time.next()?.parse().ok()?;
    let sound = (1970..10_000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && (0.0..61.0).contains(&second);
    if !sound {
        return None;
    }
    // Years begin in March here, so that a leap day is the last day.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    let seconds = Duration::from_secs(days * 86_400 + hour * 3_600 + minute * 60);
    Some(UNIX_EPOCH + seconds + Duration::from_secs_f64(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix(text: &str) -> Option<f64> {
        let time = parse(text)?.duration_since(UNIX_EPOCH).expect("after 1970");
        Some(time.as_secs_f64())
    }

    #[test]
    fn days_are_counted_through_leap_years() {
        assert_eq!(unix("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(unix("2000-02-29T00:00:00Z"), Some(951_782_400.0));
        assert_eq!(unix("2026-11-25T12:00:00.500Z"), Some(1_795_608_000.5));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "2026-11-25", "2026-13-01T00:00:00Z", "x-1-1T0:0:0Z", "2026-11-25T25:00:00Z"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
