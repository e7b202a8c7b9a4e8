//! Walking encoded msgpack without decoding it.
//!
//! Messages are encoded once and handed to every observer as they are, so what
//! mite needs most is to find a field, not to build a tree.
//! Files of mite, and of upstream mite, are such values one after the other.
//! Format: <https://github.com/msgpack/msgpack/blob/master/spec.md>.

use std::io::{self, Read};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a value could not be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The bytes end before the value does.
    Truncated,
    /// No value begins with this byte.
    Invalid,
}

/// Encodes a value; structs become maps with their field names.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(value)
}

/// Decodes one value.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, rmp_serde::decode::Error> {
    rmp_serde::from_slice(bytes)
}

/// How many bytes a value takes, if its first byte says so; else 0.
const SIZES: [u8; 256] = {
    let mut sizes = [0; 256];
    let mut marker = 0;
    while marker < sizes.len() {
        sizes[marker] = match marker {
            0x00..=0x7f | 0x80 | 0x90 | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => 1,
            0xa0..=0xbf => 1 + (marker & 0x1f) as u8,
            0xcc | 0xd0 => 2,
            0xcd | 0xd1 => 3,
            0xca | 0xce | 0xd2 => 5,
            0xcb | 0xcf | 0xd3 => 9,
            0xd4..=0xd8 => 2 + (1 << (marker - 0xd4)),
            _ => 0,
        };
        marker += 1;
    }
    sizes
};

/// How many bytes the first value in `bytes` takes.
pub fn value_len(bytes: &[u8]) -> Result<usize, Malformed> {
    // Iterative: nesting costs no stack, so hostile input cannot overflow it.
    let mut at = 0usize;
    let mut pending = 1u64;
    while pending > 0 {
        pending -= 1;
        let marker = *bytes.get(at).ok_or(Malformed::Truncated)?;
        let size = usize::from(SIZES[usize::from(marker)]);
        if size > 0 {
            at += size;
            continue;
        }
        at += 1;
        let (length_bytes, fixed) = match marker {
            0x80..=0x8f => {
                pending += 2 * u64::from(marker & 0x0f);
                continue;
            }
            0x90..=0x9f => {
                pending += u64::from(marker & 0x0f);
                continue;
            }
            0xc4 | 0xd9 => (1, 0),
            0xc5 | 0xda | 0xdc | 0xde => (2, 0),
            0xc6 | 0xdb | 0xdd | 0xdf => (4, 0),
            0xc7 => (1, 1),
            0xc8 => (2, 1),
            0xc9 => (4, 1),
            // The others have a size of their own.
            _ => return Err(Malformed::Invalid),
        };
        let stop = at + length_bytes;
        let length = bytes
            .get(at..stop)
            .ok_or(Malformed::Truncated)?
            .iter()
            .fold(0u64, |n, b| n << 8 | u64::from(*b));
        at = stop + fixed;
        match marker {
            0xdc | 0xdd => pending += length,
            0xde | 0xdf => pending += 2 * length,
            _ => at += length as usize,
        }
    }
    match at <= bytes.len() {
        true => Ok(at),
        false => Err(Malformed::Truncated),
    }
}

/// The values of a file, one after the other. It takes the memory of the largest
/// of them, twice at most; a value that says it is longer than the file, because
/// it is torn or damaged, is as large as what is left of the file.
///
/// ```
/// use mite_core::msgpack::{Values, encode};
/// let file = [encode(&1).unwrap(), encode("two").unwrap(), vec![0xa3, b't']].concat();
/// let mut values = Values::new(&file[..]);
/// assert_eq!(values.next().unwrap(), Some(&[1][..]));
/// assert_eq!(values.next().unwrap(), Some(&b"\xa3two"[..]));
/// assert_eq!(values.next().unwrap(), None);
/// assert_eq!(values.torn(), 2);
/// ```
pub struct Values<R> {
    source: R,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been given out yet.
    start: usize,
    end: usize,
    /// How many bytes were given out.
    position: u64,
    torn: usize,
}

impl<R: Read> Values<R> {
    /// The values of `source`.
    pub fn new(source: R) -> Self {
        Self { source, buffer: vec![0; 1 << 16], start: 0, end: 0, position: 0, torn: 0 }
    }

    /// The next value, encoded; `None` at the end. A last value that ends before
    /// its time is left out: whoever wrote it was interrupted.
    ///
    /// # Errors
    /// If the source cannot be read, or holds what is not msgpack.
    #[allow(clippy::should_implement_trait, reason = "it lends from the buffer")]
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        // A value is only walked again when there is twice as much of it.
        let mut walk_at = 1;
        loop {
            let waiting = self.end - self.start;
            if waiting >= walk_at {
                match value_len(&self.buffer[self.start..self.end]) {
                    Ok(length) => {
                        let value = self.start..self.start + length;
                        self.start += length;
                        self.position += length as u64;
                        return Ok(Some(&self.buffer[value]));
                    }
                    Err(Malformed::Truncated) => walk_at = waiting * 2,
                    Err(Malformed::Invalid) => {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidData,
                            "expected a msgpack value, found something else",
                        ));
                    }
                }
            }
            if !self.fill()? {
                let rest = &self.buffer[self.start..self.end];
                if waiting > 0 && waiting < walk_at && value_len(rest).is_ok() {
                    walk_at = 1;
                    continue;
                }
                self.torn = waiting;
                return Ok(None);
            }
        }
    }

    /// Where in the source the next value begins, in bytes: everything before
    /// is whole values.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// How many bytes of a torn last value were left out; known at the end.
    pub fn torn(&self) -> usize {
        self.torn
    }

    /// Reads more; whether there was any.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read > 0);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// The entries of an encoded map: (encoded key, encoded value). Anything but a
/// map has none; a torn map ends early.
pub fn entries(map: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (count, mut rest) = match map {
        [m @ 0x80..=0x8f, rest @ ..] => (usize::from(m & 0x0f), rest),
        [0xde, a, b, rest @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        [0xdf, a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => (0, map),
    };
    (0..count).map_while(move |_| {
        let (key, after) = rest.split_at(value_len(rest).ok()?);
        let (value, after) = after.split_at(value_len(after).ok()?);
        rest = after;
        Some((key, value))
    })
}

/// The elements of an encoded array; anything else has none.
pub fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (count, mut rest) = match array {
        [m @ 0x90..=0x9f, rest @ ..] => (usize::from(m & 0x0f), rest),
        [0xdc, a, b, rest @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), rest),
        [0xdd, a, b, c, d, rest @ ..] => (u32::from_be_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => (0, array),
    };
    (0..count).map_while(move |_| {
        let (value, after) = rest.split_at(value_len(rest).ok()?);
        rest = after;
        Some(value)
    })
}

/// The text of an encoded string, if it is one.
pub fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(text_bytes(value)?).ok()
}

/// The bytes of an encoded string, if it is one, whatever they are.
pub(crate) fn text_bytes(value: &[u8]) -> Option<&[u8]> {
    let skip = match value.first()? {
        0xa0..=0xbf => 1,
        0xd9 => 2,
        0xda => 3,
        0xdb => 5,
        _ => return None,
    };
    value.get(skip..)
}

/// Shows an encoded value to a person, on one line, cut after `most` characters.
pub fn show(value: &[u8], most: usize) -> String {
    let text = match decode::<serde_json::Value>(value) {
        Ok(json) => json.to_string(),
        // Bytes and non-text keys have no JSON form; their encoding is better than nothing.
        Err(_) => format!("<{} bytes of msgpack>", value.len()),
    };
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_kind_of_value_has_its_length() {
        let long = "x".repeat(70_000);
        let values: Vec<Vec<u8>> = vec![
            encode(&1u8).unwrap(),
            encode(&-1i8).unwrap(),
            encode(&300u16).unwrap(),
            encode(&-70_000i64).unwrap(),
            encode(&u64::MAX).unwrap(),
            encode(&u128::MAX).unwrap(),
            encode(&1.5f32).unwrap(),
            encode(&f64::NAN).unwrap(),
            encode(&true).unwrap(),
            encode(&()).unwrap(),
            encode("short").unwrap(),
            encode(&long).unwrap(),
            encode(&vec![1, 2, 3]).unwrap(),
            encode(&vec![0u16; 70_000]).unwrap(),
            encode(&BTreeMap::from([("a", vec![Some(1), None])])).unwrap(),
            encode(&(0..20).map(|i| (i, i)).collect::<BTreeMap<i32, i32>>()).unwrap(),
            vec![0xc4, 2, 0, 255],
            vec![0xd4, 1, 9],
            vec![0xc7, 1, 5, 9],
        ];
        for value in values {
            let mut padded = value.clone();
            padded.push(0xc1);
            assert_eq!(value_len(&padded), Ok(value.len()), "{:x?}", &value[..value.len().min(9)]);
            assert_eq!(value_len(&value[..value.len() - 1]), Err(Malformed::Truncated));
        }
        assert_eq!(value_len(&[0xc1]), Err(Malformed::Invalid));
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let mut deep = vec![0x91; 1_000_000];
        deep.push(0xc0);
        assert_eq!(value_len(&deep), Ok(1_000_001));
    }

    /// Gives a few bytes at a time.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(into.len());
            self.0.read(&mut into[..most])
        }
    }

    #[test]
    fn values_are_read_one_by_one_however_they_arrive() {
        let texts: Vec<_> =
            [0, 1, 5, 300, 70_000, 3, 200_000, 0, 9].map(|n| "x".repeat(n)).to_vec();
        let file: Vec<u8> = texts.iter().flat_map(|t| encode(t).unwrap()).collect();
        for step in [1, 7, 65_536, 1 << 20] {
            let mut values = Values::new(Trickle(&file, step));
            for text in &texts {
                assert_eq!(super::text(values.next().unwrap().unwrap()), Some(text.as_str()));
            }
            assert_eq!(values.next().unwrap(), None);
            assert_eq!((values.position(), values.torn()), (file.len() as u64, 0));
        }
        let mut torn = Values::new(Trickle(&file[..file.len() - 3], 4096));
        while torn.next().unwrap().is_some() {}
        assert_eq!((torn.position(), torn.torn()), (file.len() as u64 - 10, 7));
        assert!(Values::new(&[1, 0xc1][..]).next().is_ok());
        let mut bad = Values::new(&[1, 0xc1][..]);
        bad.next().unwrap();
        assert!(bad.next().is_err());
    }

    #[test]
    fn maps_and_arrays_are_walked() {
        let map = encode(&BTreeMap::from([("a", 1), ("b", 2)])).unwrap();
        let seen: Vec<_> = entries(&map)
            .map(|(k, v)| (text(k).unwrap().to_owned(), decode::<i32>(v).unwrap()))
            .collect();
        assert_eq!(seen, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let array = encode(&("x", 5)).unwrap();
        assert_eq!(elements(&array).count(), 2);
    }
}
