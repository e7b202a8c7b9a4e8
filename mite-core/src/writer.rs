//! Writing messages, field by field, where they are sent from.

use std::cell::Cell;
use std::time::Duration;

use rmp::encode::{write_str, write_str_len, write_uint};
use serde::Serialize;

use crate::fields::{self, Fields};
use crate::identity::{Identity, Origin};
use crate::label::Label;
use crate::message::{CurrentTransaction, MessageRef};
use crate::msgpack;

/// Room for the longest head of a map. How long it is is known at the end.
const HEAD: usize = 5;

/// What messages take, mostly.
const COMMON: usize = 1024;

/// A buffer that grew beyond this is given back.
const KEPT: usize = 1 << 20;

const NOWHERE: &str = "writing to memory cannot fail";

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Lends this thread's buffer: a message takes no memory of its own on its way.
pub(crate) fn with_buffer(write: impl FnOnce(&mut Vec<u8>)) {
    // Journeys that are dropped when their thread ends send messages as well.
    let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
    write(&mut buffer);
    if buffer.capacity() <= KEPT {
        let _ = BUFFER.try_with(|kept| kept.set(buffer));
    }
}

/// The name of a field, encoded when the program is compiled: see [`key!`](crate::key).
#[derive(Clone, Copy)]
pub struct Key(&'static [u8]);

impl Key {
    #[doc(hidden)]
    pub const fn encoded(name: &'static [u8]) -> Self {
        Self(name)
    }

    #[doc(hidden)]
    pub const fn encode<const N: usize>(name: &str) -> [u8; N] {
        assert!(N <= 32 && name.len() + 1 == N, "a key has at most 31 bytes");
        let mut encoded = [0xa0 | (N - 1) as u8; N];
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
            const NAME: &[u8] = &$crate::writer::Key::encode::<{ $name.len() + 1 }>($name);
            $crate::writer::Key::encoded(NAME)
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
        let mut encoded = [0xcb; 9];
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
        out.push(0xc2 | u8::from(self));
    }
}

impl Plain for &str {
    #[inline(always)]
    fn encode(self, out: &mut Vec<u8>) {
        match self.len() < 32 {
            true => out.push(0xa0 | self.len() as u8),
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
            None => out.push(0xc0),
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
        const LENGTH: usize = $crate::writer::floats_length(NAMES);
        const TEMPLATE: [u8; LENGTH] = $crate::writer::floats_template(NAMES);
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
        template[at] = 0xa0 | name.len() as u8;
        at += 1;
        let mut byte = 0;
        while byte < name.len() {
            template[at] = name[byte];
            at += 1;
            byte += 1;
        }
        template[at] = 0xcb;
        at += 9;
        n += 1;
    }
    template
}

/// The fields that all messages of an [`Origin`] have.
pub(crate) fn origin(test: &Label, runner_id: u32, journey: &Label, scenario_id: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer =
        Writer { out: &mut out, entries: 0, kind: "", kind_at: 0, with_identity: true };
    writer.put(key!("test"), test.as_str());
    writer.put(key!("runner_id"), u64::from(runner_id));
    writer.put(key!("journey"), journey.as_str());
    writer.put(key!("scenario_id"), u64::from(scenario_id));
    debug_assert_eq!(writer.entries, Origin::FIELDS);
    out
}

/// Writes one message: first the framework's fields, then the sender's. No name
/// may be used twice.
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    entries: u32,
    kind: &'a str,
    /// Where the text of the type is.
    kind_at: usize,
    with_identity: bool,
}

impl<'a> Writer<'a> {
    /// Begins a message of `kind`, sent at `time` (seconds since 1970), in place
    /// of what is in `out`. With an identity, the identity and transaction fields
    /// are written too, null where there is none.
    pub(crate) fn new(
        out: &'a mut Vec<u8>,
        kind: &'a str,
        time: f64,
        identity: Option<&Identity>,
        transaction: CurrentTransaction<'_>,
    ) -> Self {
        out.clear();
        out.reserve(COMMON);
        out.extend_from_slice(&[0; HEAD]);
        let with_identity = identity.is_some();
        let mut writer = Self { out, entries: 0, kind, kind_at: 0, with_identity };
        writer.put(key!("type"), kind);
        writer.kind_at = writer.out.len() - kind.len();
        writer.put(key!("time"), time);
        if let Some(id) = identity {
            writer.block(Origin::FIELDS, id.origin().encoded());
            writer.put(key!("context_id"), id.context_id());
            writer.put(key!("scenario_data_id"), id.scenario_data_id());
            let (name, number) = transaction.unzip();
            writer.put(key!("transaction"), name.map(|name| name.as_str()));
            writer.put(key!("transaction_id"), number);
        }
        writer
    }

    /// Writes a field that is a number, a text, a bool or null.
    #[inline(always)]
    pub fn put(&mut self, key: Key, value: impl Plain) {
        self.entries += 1;
        self.out.extend_from_slice(key.0);
        value.encode(self.out);
    }

    /// Writes fields that are encoded already.
    #[doc(hidden)]
    #[inline]
    pub fn block(&mut self, fields: u32, encoded: &[u8]) {
        self.entries += fields;
        self.out.extend_from_slice(encoded);
    }

    /// Writes a field of any kind.
    pub fn insert<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) {
        self.entries += 1;
        write_str(self.out, name).expect(NOWHERE);
        fields::append(self.out, value);
    }

    /// Writes all of `fields`, but for those with names of the framework's.
    pub fn extend(&mut self, fields: &Fields) {
        let ours = |key: &[u8]| {
            msgpack::text_bytes(key).is_some_and(|name| is_ours(name, self.with_identity))
        };
        let theirs = fields.iter().filter(|(key, _)| !ours(key));
        for (key, value) in theirs {
            self.entries += 1;
            self.out.extend_from_slice(key);
            self.out.extend_from_slice(value);
        }
    }

    /// The message.
    pub(crate) fn finish(self) -> MessageRef<'a> {
        let count = self.entries.to_be_bytes();
        let start = match self.entries {
            0..=15 => HEAD - 1,
            16..=0xffff => HEAD - 3,
            _ => 0,
        };
        let head = &mut self.out[start..HEAD];
        match head.len() {
            1 => head[0] = 0x80 | count[3],
            3 => head.copy_from_slice(&[0xde, count[2], count[3]]),
            _ => head.copy_from_slice(&[0xdf, count[0], count[1], count[2], count[3]]),
        }
        MessageRef::new(&self.out[start..], self.kind, self.kind_at - start)
    }
}

/// Whether the framework writes a field of this name; a sender's field gives way.
fn is_ours(name: &[u8], with_identity: bool) -> bool {
    match name {
        b"type" | b"time" => true,
        b"test" | b"runner_id" | b"journey" | b"context_id" | b"scenario_id"
        | b"scenario_data_id" | b"transaction" | b"transaction_id" => with_identity,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_as_short_as_it_can_be() {
        for (more, head) in [(13, &[0x8f][..]), (14, &[0xde, 0, 16]), (65_534, &[0xdf, 0, 1, 0, 0])]
        {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out, "kind", 1.5, None, None);
            (0..more).for_each(|n| writer.insert(&format!("f{n}"), &n));
            let message = writer.finish();
            assert_eq!(message.bytes()[..head.len()], *head);
            assert_eq!(message.kind(), "kind");
            assert_eq!(message.get::<u32>(&format!("f{}", more - 1)), Some(more - 1));
            assert_eq!(msgpack::value_len(message.bytes()), Ok(message.bytes().len()));
        }
    }

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

    #[test]
    fn buffers_are_lent_one_inside_the_other() {
        with_buffer(|outer| {
            outer.push(1);
            with_buffer(|inner| inner.push(2));
            assert_eq!(outer[..], [1]);
        });
    }
}
