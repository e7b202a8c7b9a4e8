//! Dates of cookies, by the algorithm of RFC 6265 section 5.1.1: it looks for parts
//! that a date must have, wherever they stand, not for a format.

/// Seconds since 1970; none if it is not a date.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|b| is_delimiter(*b)).filter(|token| !token.is_empty()) {
        // Each part is the first token that can be it.
        if time.is_none()
            && let Some(found) = time_of_day(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        short @ 70..=99 => short + 1900,
        short @ 0..=69 => short + 2000,
        long => long,
    };
    let exists = year >= 1601
        && (1..=days_in(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    exists.then(|| days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2f | 0x3b..=0x40 | 0x5b..=0x60 | 0x7b..=0x7e)
}

/// A number of so many digits, whatever follows that is no digit.
fn number(token: &[u8], least: usize, most: usize) -> Option<i64> {
    let digits = token.iter().take_while(|b| b.is_ascii_digit()).count();
    let value = || token[..digits].iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'));
    (least..=most).contains(&digits).then(value)
}

/// Hours, minutes and seconds, each of one or two digits.
fn time_of_day(token: &[u8]) -> Option<(i64, i64, i64)> {
    let mut fields = token.splitn(3, |b| *b == b':');
    let whole = |field: &[u8]| number(field, 1, 2).filter(|_| field.len() <= 2);
    let hour = whole(fields.next()?)?;
    let minute = whole(fields.next()?)?;
    Some((hour, minute, number(fields.next()?, 1, 2)?))
}

fn month_of(token: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8]; 12] = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    let start = token.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|n| n as i64 + 1)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// By the proleptic Gregorian calendar, with years that begin in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * month + 2) / 5;
    365 * year + year / 4 - year / 100 + year / 400 + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_any_order_and_dress() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01-Jan-70 00:00:00 GMT", Some(0)),
            ("Thursday, 01-January-1970 00:00:00", Some(0)),
            ("Thu Jan  1 00:00:00 1970", Some(0)),
            ("Jan-1-1970,0:0:0", Some(0)),
            ("00:00:01 1 janUARY 1970x 99", Some(1)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Tue, 29 Feb 2000 23:59:59 GMT", Some(951_868_799)),
            ("Wed, 01 Jan 69 00:00:00 GMT", Some(3_124_224_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Mon, 01 Jan 1601 00:00:00 GMT", Some(-11_644_473_600)),
            // A zone is not looked at: cookies' times are UTC.
            ("Sat, 01 Jan 2000 00:00:00 +0200", Some(946_684_800)),
            ("Mon, 01 Jan 1600 00:00:00 GMT", None),
            ("Thu, 29 Feb 2001 00:00:00 GMT", None),
            ("Sun, 31 Apr 2000 00:00:00 GMT", None),
            ("Sat, 00 Jan 2000 00:00:00 GMT", None),
            ("Sat, 32 Jan 2000 00:00:00 GMT", None),
            ("Sat, 01 Jan 2000 24:00:00 GMT", None),
            ("Sat, 01 Jan 2000 23:60:00 GMT", None),
            ("Sat, 01 Jan 2000 23:59:60 GMT", None),
            ("Sat, 01 Jan 2000 00:00", None),
            ("Sat, 01 Jan 2000 000:00:00", None),
            ("Sat, 01 Foo 2000 00:00:00", None),
            ("Sat, 01 Jan 12345 00:00:00", None),
            ("01 Jan 00:00:00", None),
            ("0", None),
            ("", None),
            ("1 : : : Jan 2000", None),
        ] {
            assert_eq!(parse(text.as_bytes()), seconds, "{text}");
        }
    }

    #[test]
    fn bytes_of_no_text_are_passed_over() {
        assert_eq!(parse(b"\xff\xe9, 01 Jan 1970\x80 00:00:00\xff"), Some(0));
    }
}
