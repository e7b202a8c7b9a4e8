//! Bounds and figures with their units: how they are typed, and shown.

use serde::Serialize;

use crate::units;

/// What a bound or a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A time; nanoseconds.
    Time,
    /// A share; from 0 to 1.
    Share,
    /// A rate; a second.
    PerSecond,
    /// A number of things, or a value of whatever is observed.
    Number,
}

/// What may stand behind a number, with what it makes of it.
pub(super) const UNITS: [(&str, Unit, f64); 11] = [
    ("ns", Unit::Time, 1.0),
    ("us", Unit::Time, 1e3),
    ("µs", Unit::Time, 1e3),
    ("μs", Unit::Time, 1e3),
    ("ms", Unit::Time, 1e6),
    ("s", Unit::Time, 1e9),
    ("m", Unit::Time, 60e9),
    ("min", Unit::Time, 60e9),
    ("h", Unit::Time, 3_600e9),
    ("%", Unit::Share, 0.01),
    ("/s", Unit::PerSecond, 1.0),
];

/// The number that is typed before a unit, in the base of that unit.
pub(super) fn scaled(number: f64, factor: f64) -> f64 {
    // 0.1 % must be the share that 1 of 1000 is: a division rounds once.
    if factor < 1.0 { number / (1.0 / factor).round() } else { number * factor }
}

/// As it is typed: `300ms`, `0.1%`, `480/s`, `17`.
pub(super) fn typed(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Time => format!("{}ms", value / 1e6),
        Unit::Share => format!("{}%", value * 100.0),
        Unit::PerSecond => format!("{value}/s"),
        Unit::Number => value.to_string(),
    }
}

/// For people, in four digits, and more where it would look like `bound` and is not.
pub(super) fn shown(value: f64, bound: f64, unit: Unit) -> String {
    let (divisor, suffix) = match unit {
        Unit::Time if value.abs() < 1e9 => (1e6, " ms"),
        Unit::Time => (1e9, " s"),
        Unit::Share => (0.01, " %"),
        Unit::PerSecond => (1.0, "/s"),
        Unit::Number => (1.0, ""),
    };
    let (value, bound) = (value / divisor, bound / divisor);
    let mut texts = (4..17).map(|digits| units::significant(value, digits));
    let text = texts.find(|text| value == bound || text.parse() != Ok(bound));
    format!("{}{suffix}", text.unwrap_or_else(|| value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_four_digits_unless_it_would_look_like_its_bound() {
        let shown = |value, bound, unit| shown(value, bound, unit);
        assert_eq!(shown(412_159_000.0, 3e8, Unit::Time), "412.2 ms");
        assert_eq!(shown(300_000_001.0, 3e8, Unit::Time), "300.000001 ms");
        assert_eq!(shown(3e8, 3e8, Unit::Time), "300 ms");
        assert_eq!(shown(1_234_567_890.0, 3e8, Unit::Time), "1.235 s");
        assert_eq!(shown(0.002_123, 0.001, Unit::Share), "0.2123 %");
        assert_eq!(shown(479.999_6, 480.0, Unit::PerSecond), "479.9996/s");
        assert_eq!(shown(123_456.0, 5.0, Unit::Number), "123456");
        assert_eq!(shown(0.0, 5.0, Unit::Number), "0");
        assert_eq!(shown(-17.25, 5.0, Unit::Number), "-17.25");
    }

    #[test]
    fn a_share_is_the_share_that_it_says() {
        assert_eq!(scaled(0.1, 0.01), 1.0 / 1000.0);
        assert_eq!(scaled(1.0, 0.01), 2.0 / 200.0);
        assert_eq!(scaled(300.0, 1e6), 3e8);
    }

    #[test]
    fn what_is_typed_reads_the_same_again() {
        assert_eq!(typed(1_500.0, Unit::Time), "0.0015ms");
        assert_eq!(typed(0.001, Unit::Share), "0.1%");
        assert_eq!(typed(2.5, Unit::PerSecond), "2.5/s");
        assert_eq!(typed(0.0, Unit::Number), "0");
    }
}
