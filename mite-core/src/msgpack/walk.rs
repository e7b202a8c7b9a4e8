//! Walking encoded msgpack without decoding it.
//!
//! Messages are encoded once and handed to every observer as they are, so what
//! mite needs most is to find a field, not to build a tree.

use rmp::Marker;

use crate::msgpack::{Kind, Malformed};

/// How many bytes a value takes, if its first byte says so; else 0.
const SIZES: [u8; 256] = {
    let mut sizes = [0; 256];
    let mut first = 0;
    while first < sizes.len() {
        sizes[first] = match Marker::from_u8(first as u8) {
            Marker::FixPos(_) | Marker::FixNeg(_) | Marker::FixMap(0) | Marker::FixArray(0) => 1,
            Marker::Null | Marker::True | Marker::False => 1,
            Marker::FixStr(length) => 1 + length,
            Marker::U8 | Marker::I8 => 2,
            Marker::U16 | Marker::I16 => 3,
            Marker::U32 | Marker::I32 | Marker::F32 => 5,
            Marker::U64 | Marker::I64 | Marker::F64 => 9,
            Marker::FixExt1 => 3,
            Marker::FixExt2 => 4,
            Marker::FixExt4 => 6,
            Marker::FixExt8 => 10,
            Marker::FixExt16 => 18,
            _ => 0,
        };
        first += 1;
    }
    sizes
};

/// How many bytes the first value in `bytes` takes.
pub fn value_len(bytes: &[u8]) -> Result<usize, Malformed> {
    // Iterative: nesting costs no stack, so hostile input cannot overflow it.
    let mut at = 0;
    let mut pending = 1u64;
    while pending > 0 {
        pending -= 1;
        let first = *bytes.get(at).ok_or(Malformed::Truncated)?;
        let size = usize::from(SIZES[usize::from(first)]);
        if size > 0 {
            at += size;
            continue;
        }
        let Head { length, data, values } = Head::of(&bytes[at..])?;
        at += length + data as usize;
        pending += values;
    }
    match at <= bytes.len() {
        true => Ok(at),
        false => Err(Malformed::Truncated),
    }
}

/// How a value begins, for who walks a file without reading all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many bytes come before its data: what it is, and how long; 6 at most.
    pub length: usize,
    /// How many bytes of data it has.
    pub data: u64,
    /// How many values follow that are its elements, or its keys and values.
    pub values: u64,
}

impl Head {
    /// The head of the value that `bytes` begin with.
    ///
    /// # Errors
    /// If the bytes end before the head does, or no value begins so.
    pub fn of(bytes: &[u8]) -> Result<Self, Malformed> {
        let (&first, rest) = bytes.split_first().ok_or(Malformed::Truncated)?;
        let (length, data, values) = match Marker::from_u8(first) {
            Marker::FixArray(count) => (1, 0, count.into()),
            Marker::FixMap(count) => (1, 0, 2 * u64::from(count)),
            Marker::Str8 | Marker::Bin8 => (2, number::<1>(rest)?, 0),
            Marker::Str16 | Marker::Bin16 => (3, number::<2>(rest)?, 0),
            Marker::Str32 | Marker::Bin32 => (5, number::<4>(rest)?, 0),
            Marker::Ext8 => (3, number::<1>(rest)?, 0),
            Marker::Ext16 => (4, number::<2>(rest)?, 0),
            Marker::Ext32 => (6, number::<4>(rest)?, 0),
            Marker::Array16 => (3, 0, number::<2>(rest)?),
            Marker::Array32 => (5, 0, number::<4>(rest)?),
            Marker::Map16 => (3, 0, 2 * number::<2>(rest)?),
            Marker::Map32 => (5, 0, 2 * number::<4>(rest)?),
            Marker::Reserved => return Err(Malformed::Invalid),
            // The others have a size of their own.
            _ => (1, u64::from(SIZES[usize::from(first)]) - 1, 0),
        };
        Ok(Self { length, data, values })
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Result<u64, Malformed> {
    let bytes = bytes.first_chunk::<N>().ok_or(Malformed::Truncated)?;
    Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}

/// The value of the entry `name` of an encoded map, if there is one.
///
/// ```
/// use mite_core::msgpack::{encode, field};
/// let map = encode(&std::collections::BTreeMap::from([("a", 1), ("b", 2)])).unwrap();
/// assert_eq!(field(&map, "b"), Some(&[2][..]));
/// assert_eq!(field(&map, "c"), None);
/// ```
pub fn field<'a>(map: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut entries = entries(map);
    entries.find(|(key, _)| text_bytes(key) == Some(name.as_bytes())).map(|(_, value)| value)
}

/// The entries of an encoded map: (encoded key, encoded value). Anything but a
/// map has none; a torn map ends early.
pub fn entries(map: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let (count, mut rest) = match Kind::split(map) {
        Ok((Kind::Map(count), rest)) => (count, rest),
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
    let (count, mut rest) = match Kind::split(array) {
        Ok((Kind::Array(count), rest)) => (count, rest),
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

/// The bytes of an encoded string, one whole value, if it is one; whatever they are.
pub(crate) fn text_bytes(value: &[u8]) -> Option<&[u8]> {
    let head = match Marker::from_u8(*value.first()?) {
        Marker::FixStr(_) => 1,
        Marker::Str8 => 2,
        Marker::Str16 => 3,
        Marker::Str32 => 5,
        _ => return None,
    };
    value.get(head..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msgpack::{decode, encode};
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
