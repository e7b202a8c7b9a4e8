//! Writing messages, field by field, where they are sent from.

use std::cell::Cell;

use rmp::Marker;
use rmp::encode::write_str;
use serde::Serialize;

use crate::message::{CurrentTransaction, Identity, Message, MessageRef, Origin};
use crate::msgpack::put::{Key, Plain};
use crate::msgpack::{Fields, fields};
use crate::{key, msgpack};

/// Room for the longest head of a map. How long it is is known at the end.
const HEAD: usize = 5;

/// Bytes that suffice for most messages.
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
        self.out.extend_from_slice(key.bytes());
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
            1 => head[0] = Marker::FixMap(count[3]).to_u8(),
            3 => head.copy_from_slice(&[Marker::Map16.to_u8(), count[2], count[3]]),
            _ => {
                head[0] = Marker::Map32.to_u8();
                head[1..].copy_from_slice(&count);
            }
        }
        MessageRef::new(&self.out[start..], self.kind, self.kind_at - start)
    }
}

impl Message {
    /// Makes a message of `kind`, sent at `time` (seconds since 1970).
    ///
    /// With an identity, the identity and transaction fields are written too,
    /// null where there is none.
    pub fn new(
        kind: &str,
        time: f64,
        identity: Option<&Identity>,
        transaction: CurrentTransaction<'_>,
        fields: &Fields,
    ) -> Self {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, kind, time, identity, transaction);
        writer.extend(fields);
        writer.finish().to_message()
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
    fn buffers_are_lent_one_inside_the_other() {
        with_buffer(|outer| {
            outer.push(1);
            with_buffer(|inner| inner.push(2));
            assert_eq!(outer[..], [1]);
        });
    }
}
