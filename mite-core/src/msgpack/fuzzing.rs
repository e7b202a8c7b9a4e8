//! What must be true of any bytes that are taken for msgpack. The targets in fuzz/
//! call this, and so does a bounded run in the tests. Not public API.

use std::io::{self, Read};

use serde::de::IgnoredAny;

use crate::msgpack::{
    DEEPEST, Kind, Malformed, Values, decode, decode_row, elements, entries, show, value_len,
};

/// Walking, decoding and reading from a file agree on where values end. The first
/// byte says how a file is cut into reads.
pub fn msgpack_walk(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else { return };
    if let Ok(length) = value_len(bytes) {
        value(&bytes[..length]);
    } else {
        assert!(decode::<serde_json::Value>(bytes).is_err());
    }
    let whole = file(bytes);
    for step in [1, 2 + usize::from(choice)] {
        assert_eq!(file(Pieces(bytes, step)), whole);
    }
}

/// One whole value.
fn value(value: &[u8]) {
    for cut in 0..value.len() {
        assert_eq!(value_len(&value[..cut]), Err(Malformed::Truncated));
    }
    let (kind, content) = Kind::split(value).expect("it has a length");
    let inside: usize = match kind {
        Kind::Array(count) => {
            assert_eq!(elements(value).count(), count as usize);
            elements(value).map(<[u8]>::len).sum()
        }
        Kind::Map(count) => {
            assert_eq!(entries(value).count(), count as usize);
            entries(value).map(|(key, value)| key.len() + value.len()).sum()
        }
        _ => 0,
    };
    assert_eq!(inside, content.len());
    assert!(decode::<IgnoredAny>(value).is_ok());
    let json = decode::<serde_json::Value>(value);
    if let Err(why) = &json {
        assert!(why.text().len() < 10 * value.len() + 200, "{why}");
    }
    // Being lenient takes nothing away.
    if let Ok(json) = json {
        assert_eq!(decode_row::<serde_json::Value>(value), Ok(json));
        assert!(depth(value) <= DEEPEST);
    }
    if let Ok(number) = decode::<i64>(value) {
        assert_eq!(decode::<i128>(value), Ok(number.into()));
        assert_eq!(decode::<u128>(value).ok(), u128::try_from(number).ok());
    }
    assert!(show(value, 50).chars().count() <= 51 || show(value, 50).starts_with('<'));
}

fn depth(value: &[u8]) -> usize {
    let inside = elements(value).chain(entries(value).flat_map(|(key, value)| [key, value]));
    inside.map(|value| 1 + depth(value)).max().unwrap_or(0)
}

/// The lengths of the values of a file, and how it ends.
fn file(source: impl Read) -> (Vec<usize>, Result<usize, String>) {
    let mut values = Values::new(source);
    let mut lengths = Vec::new();
    loop {
        match values.next() {
            Ok(Some(value)) => lengths.push(value.len()),
            Ok(None) => {
                assert_eq!(values.position(), lengths.iter().sum::<usize>() as u64);
                return (lengths, Ok(values.torn()));
            }
            Err(e) => return (lengths, Err(e.to_string())),
        }
    }
}

/// Gives a few bytes at a time.
pub(crate) struct Pieces<'a>(pub(crate) &'a [u8], pub(crate) usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = self.1.min(into.len());
        self.0.read(&mut into[..most])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounded;

    #[test]
    fn walking_and_decoding_agree_whatever_the_bytes_are() {
        bounded::run("msgpack_walk", 3000, msgpack_walk);
    }
}
