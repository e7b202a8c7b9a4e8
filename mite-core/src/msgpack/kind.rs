//! What a value is, by its first bytes.

use rmp::Marker;

/// Why a value could not be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The bytes end before the value does.
    Truncated,
    /// No value begins with this byte.
    Invalid,
}

/// What an encoded value is, and what its first bytes say of it. Text, bytes and
/// extensions are those of the value; the elements of an array and the entries of
/// a map follow it.
///
/// ```
/// use mite_core::msgpack::{Kind, encode};
/// assert_eq!(Kind::of(&encode(&300).unwrap()), Some(Kind::Unsigned(300)));
/// assert_eq!(Kind::of(&encode("bob").unwrap()), Some(Kind::Text(b"bob")));
/// assert_eq!(Kind::of(&encode(&["bob"]).unwrap()), Some(Kind::Array(1)));
/// assert_eq!(Kind::of(&[]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'a> {
    /// No value.
    Nil,
    /// True or false.
    Bool(bool),
    /// An integer that is written without a sign.
    Unsigned(u64),
    /// An integer that is written with a sign; it need not be negative.
    Signed(i64),
    /// A float of 4 bytes.
    Float32(f32),
    /// A float of 8 bytes.
    Float(f64),
    /// Text, which ought to be UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
    /// So many elements.
    Array(u32),
    /// So many keys, each with its value.
    Map(u32),
    /// An extension: its type and its data.
    Extension(i8, &'a [u8]),
}

impl<'a> Kind<'a> {
    /// The kind of the value that `bytes` begin with; none if there is none, or it
    /// is not whole.
    #[inline]
    pub fn of(bytes: &'a [u8]) -> Option<Self> {
        Self::split(bytes).ok().map(|(kind, _)| kind)
    }

    /// The kind of the value that `bytes` begin with, and what follows: for an
    /// array or a map its content, for all else what is behind the value.
    ///
    /// # Errors
    /// If the bytes end before the value does, or begin with none.
    #[inline]
    pub fn split(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        let (&first, rest) = bytes.split_first().ok_or(Malformed::Truncated)?;
        Ok(match Marker::from_u8(first) {
            Marker::FixPos(n) => (Self::Unsigned(n.into()), rest),
            Marker::FixNeg(n) => (Self::Signed(n.into()), rest),
            Marker::FixStr(n) => data(rest, n.into(), Self::Text)?,
            Marker::FixArray(n) => (Self::Array(n.into()), rest),
            Marker::FixMap(n) => (Self::Map(n.into()), rest),
            Marker::Null => (Self::Nil, rest),
            Marker::True => (Self::Bool(true), rest),
            Marker::False => (Self::Bool(false), rest),
            Marker::U8 => number(rest, |n| Self::Unsigned(u8::from_be_bytes(n).into()))?,
            Marker::U16 => number(rest, |n| Self::Unsigned(u16::from_be_bytes(n).into()))?,
            Marker::U32 => number(rest, |n| Self::Unsigned(u32::from_be_bytes(n).into()))?,
            Marker::U64 => number(rest, |n| Self::Unsigned(u64::from_be_bytes(n)))?,
            Marker::I8 => number(rest, |n| Self::Signed(i8::from_be_bytes(n).into()))?,
            Marker::I16 => number(rest, |n| Self::Signed(i16::from_be_bytes(n).into()))?,
            Marker::I32 => number(rest, |n| Self::Signed(i32::from_be_bytes(n).into()))?,
            Marker::I64 => number(rest, |n| Self::Signed(i64::from_be_bytes(n)))?,
            Marker::F32 => number(rest, |n| Self::Float32(f32::from_be_bytes(n)))?,
            Marker::F64 => number(rest, |n| Self::Float(f64::from_be_bytes(n)))?,
            Marker::Str8 => long(rest, length::<1>, Self::Text)?,
            Marker::Str16 => long(rest, length::<2>, Self::Text)?,
            Marker::Str32 => long(rest, length::<4>, Self::Text)?,
            Marker::Bin8 => long(rest, length::<1>, Self::Bytes)?,
            Marker::Bin16 => long(rest, length::<2>, Self::Bytes)?,
            Marker::Bin32 => long(rest, length::<4>, Self::Bytes)?,
            Marker::Array16 => length::<2>(rest).map(|(n, rest)| (Self::Array(n), rest))?,
            Marker::Array32 => length::<4>(rest).map(|(n, rest)| (Self::Array(n), rest))?,
            Marker::Map16 => length::<2>(rest).map(|(n, rest)| (Self::Map(n), rest))?,
            Marker::Map32 => length::<4>(rest).map(|(n, rest)| (Self::Map(n), rest))?,
            Marker::FixExt1 => extension(rest, 1)?,
            Marker::FixExt2 => extension(rest, 2)?,
            Marker::FixExt4 => extension(rest, 4)?,
            Marker::FixExt8 => extension(rest, 8)?,
            Marker::FixExt16 => extension(rest, 16)?,
            Marker::Ext8 => length::<1>(rest).and_then(|(n, rest)| extension(rest, n))?,
            Marker::Ext16 => length::<2>(rest).and_then(|(n, rest)| extension(rest, n))?,
            Marker::Ext32 => length::<4>(rest).and_then(|(n, rest)| extension(rest, n))?,
            Marker::Reserved => return Err(Malformed::Invalid),
        })
    }
}

type Split<'a> = Result<(Kind<'a>, &'a [u8]), Malformed>;
type Length<'a> = Result<(u32, &'a [u8]), Malformed>;

#[inline]
fn number<'a, const N: usize>(rest: &'a [u8], of: impl FnOnce([u8; N]) -> Kind<'a>) -> Split<'a> {
    let (bytes, rest) = rest.split_first_chunk().ok_or(Malformed::Truncated)?;
    Ok((of(*bytes), rest))
}

#[inline]
fn length<const N: usize>(rest: &[u8]) -> Length<'_> {
    let (bytes, rest) = rest.split_first_chunk::<N>().ok_or(Malformed::Truncated)?;
    Ok((bytes.iter().fold(0, |n, byte| n << 8 | u32::from(*byte)), rest))
}

#[inline]
fn data<'a>(rest: &'a [u8], length: u32, of: impl FnOnce(&'a [u8]) -> Kind<'a>) -> Split<'a> {
    let (data, rest) = rest.split_at_checked(length as usize).ok_or(Malformed::Truncated)?;
    Ok((of(data), rest))
}

#[inline]
fn long<'a>(
    rest: &'a [u8],
    length: fn(&'a [u8]) -> Length<'a>,
    of: impl FnOnce(&'a [u8]) -> Kind<'a>,
) -> Split<'a> {
    let (length, rest) = length(rest)?;
    data(rest, length, of)
}

fn extension(rest: &[u8], length: u32) -> Split<'_> {
    let (&kind, rest) = rest.split_first().ok_or(Malformed::Truncated)?;
    data(rest, length, |data| Kind::Extension(kind as i8, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msgpack::{encode, value_len};

    #[test]
    fn every_first_byte_has_a_kind_that_agrees_with_its_length() {
        for first in 0..=u8::MAX {
            let value = [&[first][..], &[0, 0, 0, 1, 2, 3, 4, 5, 6][..], &[7; 32]].concat();
            let Ok((kind, rest)) = Kind::split(&value) else {
                assert_eq!(first, Marker::Reserved.to_u8());
                continue;
            };
            let taken = value.len() - rest.len();
            match kind {
                Kind::Array(0) | Kind::Map(0) => assert_eq!(value_len(&value), Ok(taken)),
                Kind::Array(_) | Kind::Map(_) => assert!(value_len(&value).unwrap() > taken),
                _ => assert_eq!(value_len(&value), Ok(taken), "{first:x}"),
            }
            assert_eq!(Kind::split(&value[..taken - 1]), Err(Malformed::Truncated), "{first:x}");
        }
    }

    #[test]
    fn values_are_what_they_were() {
        let of = |value: &[u8]| format!("{:?}", Kind::of(value));
        let encoded = |value: &dyn Fn() -> Vec<u8>| of(&value());
        assert_eq!(encoded(&|| encode(&u64::MAX).unwrap()), "Some(Unsigned(18446744073709551615))");
        assert_eq!(encoded(&|| encode(&-70_000).unwrap()), "Some(Signed(-70000))");
        assert_eq!(encoded(&|| encode(&-1.5).unwrap()), "Some(Float(-1.5))");
        assert_eq!(encoded(&|| encode(&0.5f32).unwrap()), "Some(Float32(0.5))");
        assert_eq!(encoded(&|| encode(&[[0u16; 20]; 20]).unwrap()), "Some(Array(20))");
        assert_eq!(of(&[0xd4, 0xff, 9]), "Some(Extension(-1, [9]))");
        assert_eq!(of(&[0xc5, 0, 2, 8, 9]), "Some(Bytes([8, 9]))");
    }
}
