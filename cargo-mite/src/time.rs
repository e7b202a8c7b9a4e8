//! Times as recordings write them: ISO 8601.

/// Seconds since 1970 of a time such as `2026-11-25T12:00:00.250+01:00`.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let (date, time) = text.split_once(['T', ' '])?;
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone);
    let mut parts = time.splitn(3, ':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) =
        (parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0.0));
    let offset = match zone.strip_prefix(['+', '-']) {
        None => 0.0,
        Some(offset) => {
            let offset = offset.replace(':', "");
            let (hours, minutes) = offset.split_at_checked(2)?;
            let of =
                |text: &str| if text.is_empty() { Some(0.0) } else { text.parse::<f64>().ok() };
            let seconds = of(hours)? * 3_600.0 + of(minutes)? * 60.0;
            if zone.starts_with('-') { -seconds } else { seconds }
        }
    };
    let days = days_since_1970(year, month, day) as f64;
    Some(days * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds - offset)
}

/// By Howard Hinnant's `days_from_civil`,
/// <https://howardhinnant.github.io/date_algorithms.html>.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_zone_are_read() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(seconds("2026-11-25T12:00:00.250Z"), Some(1_795_608_000.25));
        assert_eq!(seconds("2026-11-25T13:00:00.250+01:00"), Some(1_795_608_000.25));
        assert_eq!(seconds("2026-11-25T06:30:00.250-0530"), Some(1_795_608_000.25));
        assert_eq!(seconds("2024-02-29T00:00:00"), Some(1_709_164_800.0));
        assert_eq!(seconds("yesterday"), None);
    }
}
