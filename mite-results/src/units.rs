//! How numbers with units are written.

/// `11.9 ms`, `1.21 s`: three significant digits.
pub(crate) fn time(seconds: f64) -> String {
    let (value, unit) = if seconds < 0.9995 { (seconds * 1e3, "ms") } else { (seconds, "s") };
    format!("{} {unit}", three_digits(value))
}

/// `3 214`-like numbers without grouping: three significant digits, or whole.
pub(crate) fn three_digits(value: f64) -> String {
    match value.abs() {
        v if v >= 99.95 => format!("{value:.0}"),
        v if v >= 9.995 => format!("{value:.1}"),
        v if v >= 0.9995 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// `5.6 %`, of a share.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", percent_number(share))
}

fn percent_number(share: f64) -> String {
    let percent = share * 100.0;
    let text = match percent.abs() {
        v if v >= 9.95 => format!("{percent:.0}"),
        v if v >= 0.995 => format!("{percent:.1}"),
        _ => format!("{percent:.2}"),
    };
    // "-0.00" says less than nothing.
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        "0".to_owned()
    } else {
        text
    }
}

/// `+5.6` of 0.056; infinite ends by name.
pub(crate) fn signed_percent(share: f64) -> String {
    if share.is_nan() {
        return "?".to_owned();
    }
    if share.is_infinite() {
        return if share > 0.0 { "+inf".to_owned() } else { "-inf".to_owned() };
    }
    let text = percent_number(share);
    if share > 0.0 && text != "0" { format!("+{text}") } else { text }
}

/// `02:05`, or `1:02:05` from an hour on.
pub(crate) fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m:02}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}

/// `1 figure`, `2 figures`: for nouns whose plural is an s.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(time(0.0119), "11.9 ms");
        assert_eq!(time(0.118), "118 ms");
        assert_eq!(time(0.000_06), "0.060 ms");
        assert_eq!(time(0.99949), "999 ms");
        assert_eq!(time(0.9999), "1.00 s");
        assert_eq!(time(61.23), "61.2 s");
    }

    #[test]
    fn percents_keep_what_matters() {
        assert_eq!(percent(0.0021), "0.21 %");
        assert_eq!(signed_percent(0.056), "+5.6");
        assert_eq!(signed_percent(-0.113), "-11");
        assert_eq!(signed_percent(-1e-9), "0");
        assert_eq!(signed_percent(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn clocks_have_hours_from_one_on() {
        assert_eq!(clock(125.4), "02:05");
        assert_eq!(clock(3_725.0), "1:02:05");
    }
}
