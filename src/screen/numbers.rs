//! How numbers are written where there is little room.

use mite_core::units;

/// A number with blanks between thousands: `401 233`.
pub(super) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A rate in three digits, or with blanks between thousands.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        r if r < 99.95 => format!("{r:.1}"),
        r => number(r.round() as u64),
    }
}

/// `0.21 %`, `12 %`.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        0.0 => "0 %".to_owned(),
        p if p < 9.995 => format!("{p:.2} %"),
        p => format!("{p:.0} %"),
    }
}

/// Bytes in three digits: `677 B`, `1.40 KB`, `600 KB`.
pub(super) fn bytes(n: u64) -> String {
    let text = units::bytes(n);
    let Some((number, unit)) = text.split_once(' ').filter(|(_, unit)| *unit != "B") else {
        return text;
    };
    let number: f64 = number.parse().unwrap_or_default();
    let digits = if number >= 99.95 { 0 } else { usize::from(number < 9.995) + 1 };
    format!("{number:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_three_digits() {
        let shown = [677, 1_434, 12_800, 614_400, 1_073_741_824].map(bytes);
        assert_eq!(shown, ["677 B", "1.40 KB", "12.5 KB", "600 KB", "1.00 GB"]);
    }

    #[test]
    fn numbers_have_blanks_and_few_digits() {
        assert_eq!([0, 999, 1_000, 401_233].map(number), ["0", "999", "1 000", "401 233"]);
        assert_eq!([0.0, 12.34, 99.96, 3_214.2].map(rate), ["0.0", "12.3", "100", "3 214"]);
        assert_eq!([0.0, 0.002_1, 0.099_99, 1.0].map(percent), ["0 %", "0.21 %", "10 %", "100 %"]);
    }
}
