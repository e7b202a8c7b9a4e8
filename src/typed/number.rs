//! Numbers as people type them.

use std::num::IntErrorKind;
use std::str::FromStr;

/// Reads a number of things, of which there must be some. Zero passes: whoever
/// uses it says what there would be none of.
pub(crate) fn count<T: Whole>(text: &str) -> Result<T, String> {
    whole(text, 1)
}

/// Reads a whole number that may be zero.
pub(crate) fn from_zero<T: Whole>(text: &str) -> Result<T, String> {
    whole(text, 0)
}

/// A number with a point, or `inf`.
pub(crate) fn real(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is not a number; write 10 or 2.5"))
}

/// A type of whole numbers without a sign.
pub(crate) trait Whole: FromStr<Err = std::num::ParseIntError> {
    /// The greatest of them.
    const MAX: u64;
}

impl Whole for u32 {
    const MAX: u64 = Self::MAX as u64;
}
impl Whole for u64 {
    const MAX: u64 = Self::MAX;
}
impl Whole for usize {
    const MAX: u64 = Self::MAX as u64;
}

fn whole<T: Whole>(text: &str, least: u8) -> Result<T, String> {
    text.trim().parse().map_err(|e: std::num::ParseIntError| match e.kind() {
        IntErrorKind::PosOverflow => format!("`{text}` is too many; give {} or less", T::MAX),
        _ => format!("`{text}` is not a whole number; give {least} or more"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_no_sign() {
        assert_eq!(count(" 7 "), Ok(7u32));
        assert_eq!(count("0"), Ok(0usize));
        assert_eq!(from_zero("18446744073709551615"), Ok(u64::MAX));
        for text in ["-1", "abc", "", "1.5", "1e3", "--seed"] {
            let wrong = |least| format!("`{text}` is not a whole number; give {least} or more");
            assert_eq!(count::<u32>(text), Err(wrong(1)));
            assert_eq!(from_zero::<u64>(text), Err(wrong(0)));
        }
        assert_eq!(
            count::<u32>("4294967296"),
            Err("`4294967296` is too many; give 4294967295 or less".to_owned())
        );
    }

    #[test]
    fn real_numbers_may_have_a_point() {
        assert_eq!((real("2.5"), real("-3"), real("inf")), (Ok(2.5), Ok(-3.0), Ok(f64::INFINITY)));
        assert_eq!(real("fast"), Err("`fast` is not a number; write 10 or 2.5".to_owned()));
    }
}
