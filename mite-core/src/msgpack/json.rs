//! Numbers of JSON that msgpack has no room for.

/// The first integer in JSON text that is beyond 64 bits, and at which byte it is:
/// readers of JSON would take it for a float, and round it.
///
/// ```
/// use mite_core::msgpack::integer_beyond_64_bits;
/// assert_eq!(integer_beyond_64_bits(r#"{"id": 18446744073709551615}"#), None);
/// assert_eq!(
///     integer_beyond_64_bits(r#"{"id": 18446744073709551616}"#),
///     Some((7, "18446744073709551616"))
/// );
/// ```
pub fn integer_beyond_64_bits(json: &str) -> Option<(usize, &str)> {
    let bytes = json.as_bytes();
    if !has_long_number(bytes) {
        return None;
    }
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &json[at..];
                let is_part =
                    |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
                let number = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
                let digits = number.strip_prefix('-').unwrap_or(number);
                if digits.len() >= SHORTEST
                    && digits.bytes().all(|b| b.is_ascii_digit())
                    && number.parse::<i64>().is_err()
                    && number.parse::<u64>().is_err()
                {
                    return Some((at, number));
                }
                at += number.len();
            }
            _ => at += 1,
        }
    }
    None
}

/// Integers of fewer digits fit.
const SHORTEST: usize = 19;

/// Whether so many digits follow each other anywhere: most lines are done with that.
fn has_long_number(bytes: &[u8]) -> bool {
    // Every run of that many digits covers a place that is looked at.
    let mut looked_at = (SHORTEST - 1..bytes.len()).step_by(SHORTEST);
    looked_at.any(|at| {
        let digits = |b: &&u8| b.is_ascii_digit();
        bytes[at].is_ascii_digit()
            && bytes[at..].iter().take_while(digits).count()
                + bytes[..at].iter().rev().take_while(digits).count()
                >= SHORTEST
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_number_is_noticed_at_any_place() {
        for before in 0..60 {
            for (digits, after) in [(18, 0), (19, 0), (19, 1), (40, 25)] {
                let line = [" ".repeat(before), "7".repeat(digits), "x".repeat(after)].concat();
                assert_eq!(has_long_number(line.as_bytes()), digits >= SHORTEST, "{line}");
            }
        }
    }

    #[test]
    fn integers_are_found_wherever_they_are_and_nothing_else() {
        let wide = "9223372036854775809";
        for (json, found) in [
            (format!("-{wide}"), Some((0, format!("-{wide}")))),
            (format!("[1, {{\"a\": -{wide}}}]"), Some((10, format!("-{wide}")))),
            (wide.to_owned(), None),
            (format!("{wide}0"), Some((0, format!("{wide}0")))),
            (format!("\"{wide}0\""), None),
            (format!("\"\\\"{wide}0\""), None),
            (format!("{wide}0.0"), None),
            (format!("{wide}0e3"), None),
            (format!("[\"{wide}0\",{wide}1]"), Some((24, format!("{wide}1")))),
        ] {
            let shown = integer_beyond_64_bits(&json).map(|(at, text)| (at, text.to_owned()));
            assert_eq!(shown, found, "{json}");
        }
    }
}
