//! Encoding plain values and names where they are known when the program is compiled.

use std::time::Duration;

use rmp::Marker;
use rmp::encode::{write_str_len, write_uint};

const NOWHERE: &str = "writing to memory cannot fail";

/// The first byte of a text of less than 32 bytes.
const fn text_head(length: usize) -> u8 {
    Marker::FixStr(length as u8).to_u8()
}

/// The name of a field, encoded when the program is compiled: see [`key!`](crate::key).
#[derive(Clone, Copy)]
pub struct Key(&'static [u8]);

impl Key {
    /// The name, encoded.
    #[inline(always)]
    pub const fn bytes(self) -> &'static [u8] {
        self.0
    }

    #[doc(hidden)]
    pub const fn encoded(name: &'static [u8]) -> Self {
        Self(name)
    }

    #[doc(hidden)]
    pub const fn encode<const N: usize>(name: &str) -> [u8; N] {
        assert!(N <= 32 && name.len() + 1 == N, "a key has at most 31 bytes");
        let mut encoded = [text_head(N - 1); N];
        let mut at = 1;
        while at < N {
            encoded[at] = name.as_bytes()[at - 1];
            at += 1;
        }
        encoded
    }
}

/// A [`Key`]: the name of a field that every message of a kind has, of at most 31
/// bytes.
#[macro_export]
macro_rules! key {
    ($name:literal) => {
        const {
            const NAME: &[u8] = &$crate::msgpack::put::Key::encode::<{ $name.len() + 1 }>($name);
            $crate::msgpack::put::Key::encoded(NAME)
        }
    };
}

/// Values that need no serializer. Inlined wherever they are written: that a name's
/// or a number's length is known there makes a field a few moves instead of calls,
/// and messages a third cheaper.
pub trait Plain {
    /// Appends the encoded value.
    fn encode(self, out: &mut Vec<u8>);
}

impl Plain for f64 {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        let mut encoded = [Marker::F64.to_u8(); 9];
        encoded[1..].copy_from_slice(&self.to_be_bytes());
        out.extend_from_slice(&encoded);
    }
}

/// In seconds.
impl Plain for Duration {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        self.as_secs_f64().encode(out);
    }
}

impl Plain for u64 {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        match self < 128 {
            true => out.push(self as u8),
            false => drop(write_uint(out, self).expect(NOWHERE)),
        }
    }
}

impl Plain for bool {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        let marker = if self { Marker::True } else { Marker::False };
        out.push(marker.to_u8());
    }
}

impl Plain for &str {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        match self.len() < 32 {
            true => out.push(text_head(self.len())),
            false => drop(write_str_len(out, self.len() as u32).expect(NOWHERE)),
        }
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Plain> Plain for Option<T> {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.encode(out),
            None => out.push(Marker::Null.to_u8()),
        }
    }
}

/// Writes fields that are numbers of 8 bytes: `put_floats!(writer, "start_time":
/// 1.5, …)`. All their names and the place of each number are known when the
/// program is compiled, so this is one copy of a few hundred bytes.
#[macro_export]
macro_rules! put_floats {
    ($writer:expr, $($name:literal: $value:expr),+ $(,)?) => {{
        const NAMES: &[&str] = &[$($name),+];
        const LENGTH: usize = $crate::msgpack::put::floats_length(NAMES);
        const TEMPLATE: [u8; LENGTH] = $crate::msgpack::put::floats_template(NAMES);
        let mut block = TEMPLATE;
        let mut at = 0;
        $(
            at += $name.len() + 2;
            block[at..at + 8].copy_from_slice(&f64::to_be_bytes($value));
            at += 8;
        )+
        assert!(at == LENGTH);
        $writer.block(NAMES.len() as u32, &block);
    }};
}

#[doc(hidden)]
pub const fn floats_length(names: &[&str]) -> usize {
    let mut length = 0;
    let mut n = 0;
    while n < names.len() {
        length += 1 + names[n].len() + 9;
        n += 1;
    }
    length
}

#[doc(hidden)]
pub const fn floats_template<const LENGTH: usize>(names: &[&str]) -> [u8; LENGTH] {
    let mut template = [0; LENGTH];
    let (mut at, mut n) = (0, 0);
    while n < names.len() {
        let name = names[n].as_bytes();
        assert!(name.len() < 32, "a key has at most 31 bytes");
        template[at] = text_head(name.len());
        at += 1;
        let mut byte = 0;
        while byte < name.len() {
            template[at] = name[byte];
            at += 1;
            byte += 1;
        }
        template[at] = Marker::F64.to_u8();
        at += 9;
        n += 1;
    }
    template
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::msgpack;

    #[test]
    fn plain_values_are_encoded_as_a_serializer_does() {
        fn check<T: Plain + Serialize + Copy>(value: T) {
            let mut out = Vec::new();
            value.encode(&mut out);
            assert_eq!(out, msgpack::encode(&value).unwrap());
        }
        [0.0, -1.5, f64::INFINITY, 1.7e9].into_iter().for_each(check);
        [0, 127, 128, 255, 256, 65_535, 65_536, u64::MAX].into_iter().for_each(check);
        [true, false].into_iter().for_each(check);
        [Some(7u64), None].into_iter().for_each(check);
        for n in [0, 1, 31, 32, 255, 256, 70_000] {
            check(&*"x".repeat(n));
        }
        let mut out = Vec::new();
        Duration::from_millis(1500).encode(&mut out);
        assert_eq!(out, msgpack::encode(&1.5).unwrap());
        assert_eq!(key!("start_time").0, msgpack::encode("start_time").unwrap());
    }
}
